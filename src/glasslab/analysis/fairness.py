"""Warnings about a comparison that is not as fair as it looks."""

from glasslab.analysis.results import Results

UNEQUAL = 1.5  # parameters that differ by more than this factor are worth a word


def fairness(results: Results) -> list[str]:
    """Returns a sentence for each thing that could explain a difference besides what the study varies."""
    return [
        *unequal_sizes(results),
        *several_factors(results),
        *mixed_makers(results),
        *chosen_on_test(results),
    ]


def unequal_sizes(results: Results) -> list[str]:
    """Warns when the networks' parameter counts lie far apart."""
    counts = {
        each.name: run.manifest.net.parameters
        for each in results.variants
        for run in list(each.runs.values())[:1]
        if run.manifest.net is not None
    }
    if len(counts) < 2 or max(counts.values()) <= UNEQUAL * max(1, min(counts.values())):
        return []
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    return [
        f"The networks differ in size: {most} has {counts[most]:,} parameters, {least} has {counts[least]:,}."
    ]


def several_factors(results: Results) -> list[str]:
    """Warns when variants differ in several parts at once."""
    parts = {name.split(".")[0] for name in results.study.differing()}
    if len(parts) < 2:
        return []
    return [f"Variants differ in {' and '.join(sorted(parts))} at once, so a difference may come from any."]


def mixed_makers(results: Results) -> list[str]:
    """Warns when the runs were not all made by the same code, machine and data."""
    found = []
    manifests = [run.manifest for run in results.runs]
    if len({m.code.source for m in manifests}) > 1:
        found.append("The runs were not all made by the same version of the code.")
    if len({(m.machine.processor, m.device, m.threads) for m in manifests}) > 1:
        found.append("The runs were not all made on the same kind of machine.")
    prints = {(m.data.fingerprint, m.seed) for m in manifests if m.data}
    if len(prints) > len({seed for _, seed in prints}) and "data" not in {
        name.split(".")[0] for name in results.study.differing()
    }:
        found.append("The runs were not all made on the same data.")
    return found


def chosen_on_test(results: Results) -> list[str]:
    """Warns when the metric is the best over epochs as judged on the test set."""
    if not results.study.metric.chosen_on_test:
        return []
    return [
        "The metric is the best value over epochs, chosen on the test set, and so too good to expect again."
    ]
