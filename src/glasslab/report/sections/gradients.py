"""Training dynamics: how much of the last layer's gradient reaches the first, and how far steps move each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from glasslab.analysis.gradients import (
    START,
    TRAINING,
    UPDATES,
    USUAL,
    Gradient,
    Profile,
    asks_for_gradients,
    fate,
    first_over_last,
    history,
    multiple,
    profile,
)
from glasslab.analysis.numbers import counted, significant
from glasslab.analysis.phrases import names as listed
from glasslab.figures.gradients import (
    MOST_LINES,
    HistoryPanel,
    LayerPanel,
    Words,
    draw_history,
    draw_layers,
    history_panel,
)
from glasslab.report.drawing import Drawn
from glasslab.report.material import Material
from glasslab.report.section import Section

WORDS = {START: "before training", TRAINING: "over the training"}
TITLES = {START: "Before training (first batch)", TRAINING: "Mean over the training"}
HISTORIES = {
    TRAINING: "Mean absolute gradient of each layer",
    UPDATES: "How far a step moves each layer's weights, as a share of them,",
}
READ_UPDATES = (
    f"||step|| / ||weights||; around {significant(USUAL, 1)} is usual (a rule of thumb). Far below it a "
    "layer stands still, at 0.1 and more its weights are thrown about."
)
MOST_PANELS = 6  # variants whose gradients are followed through training
NAMED = 4  # so many variants stand in the opening; of more, the two ends


@dataclass(frozen=True, slots=True)
class RatioRow:
    """One variant's gradient of the first layer over that of the last.

    Attributes:
        variant: its name.
        n: seeds.
        before: of the first batch, with its interval.
        during: over the training.
        first_update: mean relative update of the first layer's weights a step.
        last_update: of the last layer's.
    """

    variant: str
    n: int
    before: str
    during: str
    first_update: str
    last_update: str


Profiles = dict[str, dict[str, Profile]]  # by time and variant


def gradients_section(material: Material) -> Section | None:
    """Returns gradients and updates by layer, None where no run has them.

    Also where the study neither asks for gradients nor looks inside its networks in any other way.
    """
    study = material.results.study
    if not asks_for_gradients(study) and not study.probes:
        return None
    return dynamics(material)


def dynamics(material: Material) -> Section | None:
    """Returns gradients and updates by layer, None where no run has them."""
    shown = variants_shown(material)
    found = profiles(material, shown)
    if not any(found.values()):
        return None
    content = {
        "layers": layers_figure(material, found),
        "history": history_figure(material, shown[:MOST_PANELS], TRAINING),
        "updates": history_figure(material, shown[:MOST_PANELS], UPDATES),
        "ratios": ratio_rows(material, found),
        "verdict": verdict(found),
    }
    return Section("gradients", "Training dynamics", opening(found), content)


def variants_shown(material: Material) -> list[str]:
    """Returns the variants that are drawn, in the order of their colours: best ones, with the baseline."""
    names = [score.variant for score in material.scores]
    chosen = names[:MOST_LINES]
    baseline = material.results.study.baseline
    if baseline in names and baseline not in chosen:
        chosen = [*chosen[:-1], str(baseline)]
    return sorted(chosen, key=lambda name: material.colours.places[name])


def profiles(material: Material, shown: Sequence[str]) -> Profiles:
    """Returns the gradients by time and variant, those that there are."""
    return {
        when: {
            name: found
            for name in shown
            if (found := profile(material.results.named(name), when)) is not None
        }
        for when in WORDS
    }


def opening(found: Profiles) -> str:
    """Returns the finding in numbers: what part of the last layer's gradient the first layer's is."""
    ratios = {name: ratios_of(found, name) for name in variants_of(found)}
    named = {name: own for name, own in ratios.items() if own}
    if not named:
        return "How large the gradient is in each layer, before training and over it."
    named = smallest_first(named)
    first, *others = named
    seeds = sorted({each.n + each.zeros for own in ratios.values() for each in own.values()})
    n = counted(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    rest = "".join(f"; in {name} {' and '.join(map(part, named[name].values()))}" for name in others)
    return f"In {first} the first layer's mean gradient is {at_length(named[first])}{rest} ({n})."


def variants_of(found: Profiles) -> list[str]:
    """Returns the variants that have gradients of any time."""
    return list(dict.fromkeys(name for own in found.values() for name in own))


def ratios_of(found: Profiles, variant: str) -> dict[str, Gradient]:
    """Returns a variant's gradient of the first layer over that of the last by time, where it is known."""
    ratios = {when: first_over_last(own[variant]) for when, own in found.items() if variant in own}
    return {when: ratio for when, ratio in ratios.items() if ratio.by_seed}


def smallest_first(named: Mapping[str, dict[str, Gradient]]) -> dict[str, dict[str, Gradient]]:
    """Returns the variants by their ratio, over the training where that is known; of many only both ends."""
    means = {name: list(own.values())[-1].mean or 0.0 for name, own in named.items()}
    order = sorted(means, key=means.__getitem__)
    chosen = order if len(order) <= NAMED else [order[0], order[-1]]
    return {name: named[name] for name in chosen}


def at_length(own: Mapping[str, Gradient]) -> str:
    """Returns a variant's ratios in words: "1/250 of the last layer's before training and 1/110 over it"."""
    (when, ratio), *more = own.items()
    said = part(ratio)
    joint = "of" if "/" in said or said == "0" else "times"
    rest = "".join(f" and {part(other)} {WORDS[later]}" for later, other in more)
    return f"{said} {joint} the last layer's {WORDS[when]}{rest}"


def part(ratio: Gradient) -> str:
    """Returns a ratio without its interval; 0 where no seed's is above that."""
    return "0" if ratio.mean is None else multiple(ratio.mean)


def verdict(found: Profiles) -> str:
    """Returns where gradients vanish or explode on their way to the first layer, and what that means."""
    fates: dict[str, list[str]] = {}
    for name in variants_of(found):
        ratio = ratios_of(found, name).get(TRAINING)
        if ratio is not None:
            fates.setdefault(fate(ratio), []).append(name)
    said = []
    if "dies" in fates:
        said.append(f"In {listed(fates['dies'])} no gradient reaches the first layer: it is exactly 0.")
    if "vanishes" in fates:
        said.append(
            f"In {listed(fates['vanishes'])} the gradient vanishes on its way: less than a hundredth of the "
            f"last layer's reaches the first, which under plain gradient steps learns that much more slowly."
        )
    if "explodes" in fates:
        said.append(
            f"In {listed(fates['explodes'])} the gradient explodes on its way: the first layer's is more "
            f"than a hundred times the last one's, and a step that suits one is far off for the other."
        )
    if "arrives" in fates:
        rest = "" if len(fates) > 1 else ": it neither vanishes nor explodes"
        said.append(
            f"In {listed(fates['arrives'])} the first layer's mean gradient is within a factor of 100 of the "
            f"last one's{rest}."
        )
    return " ".join(said)


def ratio_rows(material: Material, found: Profiles) -> list[RatioRow]:
    """Returns the table of ratios with their intervals."""
    rows = []
    for name in variants_of(found):
        own = ratios_of(found, name)
        n = max((len(each.by_seed) for each in own.values()), default=0)
        updates = profile(material.results.named(name), UPDATES)
        ends = [list(updates.layers.values())[place] for place in (0, -1)] if updates else [None, None]
        rows.append(
            RatioRow(name, n, *(with_ends(own.get(when)) for when in WORDS), *map(size_of_update, ends))
        )
    return rows


def size_of_update(found: Gradient | None) -> str:
    """Returns a mean relative update with two digits: "0.0012"; a dash where it is not known."""
    return "–" if found is None or not found.by_seed else plain(found)


def with_ends(ratio: Gradient | None) -> str:
    """Returns a ratio with its interval: "1/250 (1/300 to 1/210)"."""
    if ratio is None:
        return "–"
    said = part(ratio)
    if ratio.low is None or ratio.high is None:
        return said
    return f"{said} ({multiple(ratio.low)} to {multiple(ratio.high)})"


def layers_figure(material: Material, found: Profiles) -> Drawn | None:
    """Returns the figure over the layers, a panel for each time that there are gradients of."""
    panels = [LayerPanel(TITLES[when], tuple(own.values())) for when, own in found.items() if own]
    shown = [each for panel in panels for profile in panel.profiles for each in profile.layers.values()]
    said = [
        averages(shown),
        "Layers run from the input to the output, one scale for both panels.",
        "During the training each run counts with its mean over the measurements.",
        *zeros(shown),
        *left_out(len(material.scores) - len(variants_of(found))),
    ]
    told = "; ".join(f"{panel.title.lower()}: {in_words(panel.profiles)}" for panel in panels)
    title = "Mean absolute gradient by layer"
    words = Words(title, " ".join(said), f"{title}, {told}.")
    figure = draw_layers(panels, material.colours, words)
    return None if figure is None else material.drawings.draw(figure)


def averages(shown: Iterable[Gradient]) -> str:
    """Returns what lines and bands are."""
    n = sorted({each.n for each in shown if each.n})
    if not n or n[-1] < 2:
        return "One seed, on a logarithmic axis."
    many = counted(n[0], "seed") if len(n) == 1 else f"{n[0]} to {n[-1]} seeds"
    return (
        f"Lines: geometric means of {many} (means of the logarithms, as the axis is logarithmic);"
        " bands: 95 % intervals of them."
    )


def zeros(shown: Iterable[Gradient]) -> list[str]:
    """Returns what became of gradients of exactly 0, where there are any."""
    if not any(each.zeros for each in shown):
        return []
    return ["Triangles at the foot: layers in which a seed's gradient is exactly 0, left out of the means."]


def left_out(count: int) -> list[str]:
    """Returns how many variants are not drawn, where there are any."""
    return [f"Not drawn: {counted(count, 'variant')}."] if count > 0 else []


def in_words(profiles: Sequence[Profile]) -> str:
    """Returns the means of the first and the last layer of each variant."""
    told = []
    for each in profiles:
        means = [plain(found) for found in each.layers.values()]
        told.append(f"{each.variant} {means[0]} in the first and {means[-1]} in the last layer")
    return ", ".join(told)


def plain(found: Gradient) -> str:
    """Returns a gradient's mean with two digits."""
    return "0" if found.mean is None else significant(found.mean, 2)


def history_figure(material: Material, shown: Sequence[str], key: str) -> Drawn | None:
    """Returns the figure of gradients or updates over training, None where no run was measured twice."""
    along = "step" if any(v.recipe.course.steps for v in material.results.study.variants) else "epoch"
    found = {name: history(material.results.named(name), key) for name in shown}
    drawn = [history_panel(name, own, along == "step") for name, own in found.items() if own]
    if not any(len(line.along) > 1 for panel in drawn for line in panel.lines):
        return None
    gradients = [each for panel in drawn for line in panel.lines for each in line.gradients]
    said = [
        averages(gradients),
        "Colours are layers here, not variants: dark for the first, light for the last."
        " One scale for all panels.",
        *([READ_UPDATES] if key == UPDATES else []),
        *thinned(drawn),
        *(["Layers of exactly 0 are left out."] if any(each.zeros for each in gradients) else []),
        *left_out(len(material.scores) - len(drawn)),
    ]
    title = f"{HISTORIES[key]} by {along}"
    told = "; ".join(f"{panel.variant}: {last_words(panel)}" for panel in drawn)
    words = Words(title, " ".join(said), f"{title}, at the last one {told}.", along)
    figure = draw_history(drawn, words, *([] if key == TRAINING else ["updates"]))
    return None if figure is None else material.drawings.draw(figure)


def thinned(panels: Sequence[HistoryPanel]) -> list[str]:
    """Returns that not every layer has a line, where that is so."""
    if not any(panel.left_out for panel in panels):
        return []
    return [f"Of more than {MOST_LINES} layers evenly chosen ones are drawn."]


def last_words(panel: HistoryPanel) -> str:
    """Returns the last gradients of a variant's first and last layer."""
    first, last = (plain(panel.lines[place].gradients[-1]) for place in (0, -1))
    return f"{first} in the first layer, {last} in the last"
