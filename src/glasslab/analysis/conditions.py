"""The conditions that a study's numbers hold under, and what makes them less than the study asked for."""

from datetime import datetime

from glasslab.analysis.numbers import count, counted
from glasslab.analysis.phrases import names
from glasslab.analysis.results import Results, VariantResults
from glasslab.plan.grid import value_name
from glasslab.plan.recipe import Course
from glasslab.records.manifest import Manifest

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def conditions(results: Results) -> str:
    """Returns one line: data, network, length of training, seeds, machine, date, and whether it was quick."""
    manifests = [run.manifest for run in results.runs]
    parts = [
        data_words(results, manifests),
        net_words(results, manifests),
        course_words(results),
        counted(len(results.study.seeds), "seed"),
        machine_words(manifests),
        date_words(manifests),
        form_words(results),
    ]
    return " · ".join(part for part in parts if part)


def data_words(results: Results, manifests: list[Manifest]) -> str:
    """Returns the data sets and how many examples they have."""
    found = list(dict.fromkeys(str(each.settings()["data.name"]) for each in results.study.variants))
    sizes = {tuple(m.data.examples.items()) for m in manifests if m.data}
    if len(sizes) != 1:
        return names(found)
    splits = {"train": "training", "val": "validation", "test": "test"}
    told = [f"{count(n)} {splits.get(split, split)}" for split, n in next(iter(sizes)) if n]
    return f"{names(found)}, {names(told)} examples"


def net_words(results: Results, manifests: list[Manifest]) -> str:
    """Returns the network families and how many parameters they have."""
    found = list(dict.fromkeys(net_line(each.settings()) for each in results.study.variants))
    counts = sorted({m.net.parameters for m in manifests if m.net})
    families = names(found) if len(found) < 4 else f"{len(found)} networks"
    if not counts:
        return families
    ends = " to ".join(count(n) for n in dict.fromkeys((counts[0], counts[-1])))
    return f"{families}, {ends} parameters"


def net_line(settings: dict[str, object]) -> str:
    """Returns a network's family with its sizes: "mlp 128-64"."""
    name = str(settings["net.name"])
    sizes = settings.get("net.widths", settings.get("net.channels"))
    if sizes is None:
        return name
    return f"{name} {value_name(sizes).replace('x', '-')}" if sizes else f"{name} without hidden layers"


def course_words(results: Results) -> str:
    """Returns how long was trained: "10 epochs", "1500 steps", "10 to 20 epochs"."""
    courses = [variant.recipe.course for variant in results.study.variants]
    said = [
        length_words(sorted({n for n in map(how_long, courses) if n is not None}), noun)
        for how_long, noun in ((epochs_of, "epoch"), (steps_of, "step"))
    ]
    return " and ".join(part for part in said if part)


def epochs_of(course: Course) -> int | None:
    """Returns a course's epochs."""
    return course.epochs


def steps_of(course: Course) -> int | None:
    """Returns a course's steps."""
    return course.steps


def length_words(lengths: list[int], noun: str) -> str:
    """Returns a length or the range of several."""
    if not lengths:
        return ""
    if lengths[0] == lengths[-1]:
        return counted(lengths[0], noun)
    return f"{count(lengths[0])} to {counted(lengths[-1], noun)}"


def machine_words(manifests: list[Manifest]) -> str:
    """Returns what the runs were made on."""
    devices = {"cpu": "", "cuda": "CUDA", "mps": "MPS"}
    found = list(
        dict.fromkeys(
            " with ".join(part for part in (m.machine.processor, devices.get(m.device, m.device)) if part)
            for m in manifests
        )
    )
    return found[0] if len(found) == 1 else f"{len(found)} machines" if found else ""


def date_words(manifests: list[Manifest]) -> str:
    """Returns the day, UTC, on which the last run ended."""
    ended = max((m.ended or m.started for m in manifests), default="")
    if not ended:
        return ""
    day = datetime.fromisoformat(ended)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def form_words(results: Results) -> str:
    """Returns whether the study was run as it stands."""
    study = results.study
    changed = "changed by --set" if study.overrides else ""
    return ", ".join(part for part in ("quick" if study.quick else "full", changed) if part)


def warnings(results: Results) -> list[str]:
    """Returns a sentence for everything that makes these numbers less than what the study asked for."""
    found = []
    if results.study.quick:
        found.append(
            "Quick run: shortened by the study's [quick] settings, so these numbers do not answer the full"
            " question."
        )
    if results.study.overrides:
        found.append(f"Changed by --set {', '.join(results.study.overrides)}.")
    found += missing_words(results)
    found += ended_badly(results, "failed", "they have no values")
    found += ended_badly(results, "diverged", "they are counted, and left out of the means")
    if results.troubles:
        found.append(
            f"{counted(len(results.troubles), 'run folder')} cannot be read: {'; '.join(results.troubles)}."
        )
    return found


def missing_words(results: Results) -> list[str]:
    """Returns how many runs have not been made, or have not ended."""
    own = [each for each in results.variants if each.same_as is None]
    missing = sum(len(each.missing) for each in own)
    running = sum(len(each.with_status("running")) for each in own)
    planned = sum(len(results.study.seeds) for _ in own)
    said = []
    if missing:
        said.append(f"{missing} of {counted(planned, 'run')} {'is' if missing == 1 else 'are'} missing.")
    if running:
        said.append(f"{running} of {counted(planned, 'run')} {'has' if running == 1 else 'have'} not ended.")
    return said


def ended_badly(results: Results, status: str, so: str) -> list[str]:
    """Returns which runs failed, or diverged, and what that means for the numbers."""
    by_variant = {
        each.name: [run.manifest.seed for run in each.with_status(status)]
        for each in results.variants
        if each.same_as is None and each.with_status(status)
    }
    if not by_variant:
        return []
    total = sum(map(len, by_variant.values()))
    where = names([seeds_words(results.named(name), seeds) for name, seeds in by_variant.items()])
    return [f"{total} of {counted(len(results.runs), 'run')} {status} ({where}); {so}."]


def seeds_words(variant: VariantResults, seeds: list[int]) -> str:
    """Returns which seeds of a variant: "relu with seeds 1 and 3", "relu with every seed"."""
    if len(seeds) > 1 and len(seeds) == len(variant.runs) + len(variant.missing):
        return f"{variant.name} with every seed"
    return f"{variant.name} with seed{'s' if len(seeds) > 1 else ''} {names([str(s) for s in seeds])}"
