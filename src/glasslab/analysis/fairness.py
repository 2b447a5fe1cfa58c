"""Whether a comparison is as fair as it looks: sizes, factors, makers, seconds, choosing on the test set."""

from collections.abc import Iterable, Sequence

from glasslab.analysis.results import Results, VariantResults
from glasslab.plan.data import drawn_per_seed
from glasslab.plan.metric import Metric
from glasslab.plan.settings import plain
from glasslab.records.manifest import Manifest
from glasslab.records.run import Run

UNEQUAL = 1.5  # parameters that differ by more than this factor are worth a word


def fairness(results: Results) -> list[str]:
    """Returns a sentence for each thing that could explain a difference besides what the study varies."""
    return [
        *unequal_sizes(results),
        *several_factors(results),
        *mixed_makers(results),
        *mixed_seconds(results),
        *chosen_on_test(results),
    ]


def unequal_sizes(results: Results) -> list[str]:
    """Warns when the networks' parameter counts lie far apart."""
    counts = {
        each.name: run.manifest.net.parameters
        for each in results.variants
        for run in each.runs.values()
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
    parts = differing_parts(results)
    if len(parts) < 2:
        return []
    return [f"Variants differ in {' and '.join(parts)} at once, so a difference may come from any."]


def differing_parts(results: Results) -> list[str]:
    """Returns which of data, net and recipe are not the same in every variant."""
    return sorted({name.split(".")[0] for name in results.study.differing()})


def mixed_makers(results: Results) -> list[str]:
    """Warns when the runs were not all made by the same code, libraries, machine and data."""
    manifests = [run.manifest for run in results.runs]
    found = []
    if len({m.code.source for m in manifests}) > 1:
        found.append("The runs were not all made by the same version of the code.")
    if len({tuple(sorted(m.machine.libraries.items())) for m in manifests}) > 1:
        found.append("The runs were not all made with the same versions of the libraries.")
    if len({maker(m) for m in manifests}) > 1:
        found.append("The runs were not all made on the same kind of machine.")
    if data_changed(results):
        found.append("The runs were not all made on the same data.")
    return found


def maker(manifest: Manifest) -> tuple[str, str, int]:
    """Returns what a run's speed and its last bits depend on."""
    return manifest.machine.processor, manifest.device, manifest.threads


def data_changed(results: Results) -> bool:
    """Returns whether runs with the same data settings had different examples.

    Points and palindromes are drawn anew for each seed, so only runs of the same seed must agree.
    """
    prints: dict[str, set[str]] = {}
    for each in results.variants:
        made = drawn_per_seed(each.variant.data)
        for seed, run in each.runs.items():
            key = repr((plain(each.variant.data), seed if made else None))
            if run.manifest.data is not None:
                prints.setdefault(key, set()).add(run.manifest.data.fingerprint)
    return any(len(found) > 1 for found in prints.values())


def mixed_seconds(results: Results) -> list[str]:
    """Warns when seconds are asked about that were not measured so that they compare."""
    for metric in metrics_asked(results):
        why = unfair_seconds(metric, results.variants)
        if why:
            return [f"Seconds are shown and not compared: {why}."]
    return []


def unfair_seconds(metric: Metric, variants: Iterable[VariantResults]) -> str:
    """Returns why the training times of these variants do not compare; empty where they do.

    Seconds compare between runs that were each alone on the same kind of machine. Metrics without seconds in
    them always do.
    """
    if "seconds" not in metric.names:
        return ""
    runs = [run for each in variants for run in each.runs.values() if run.finished]
    if any(not alone(run) for run in runs):
        return (
            "runs were trained side by side, so their seconds do not compare;"
            " with --engine solo --jobs 1 and another --out they would"
        )
    if len({maker(run.manifest) for run in runs}) > 1:
        return "runs were trained on different machines, so their seconds do not compare"
    return ""


def alone(run: Run) -> bool:
    """Returns whether a run had its machine for itself from beginning to end."""
    return run.manifest.at_once == 1 and run.manifest.engine != "stacked"


def metrics_asked(results: Results) -> Sequence[Metric]:
    """Returns the study's metric, those beside it and those of its claims."""
    return [results.study.metric, *results.study.also, *(claim.metric for claim in results.study.claims)]


def chosen_on_test(results: Results) -> list[str]:
    """Warns when a metric is the best over epochs as judged on the test set."""
    if results.study.metric.chosen_on_test:
        what = "The metric is the best value over epochs"
    elif any(claim.metric.chosen_on_test for claim in results.study.claims):
        what = "A claim is about the best value over epochs"
    else:
        return []
    return [f"{what}, chosen on the test set, and so too good to expect again."]
