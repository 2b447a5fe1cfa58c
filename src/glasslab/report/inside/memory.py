"""Memory: the gradient through time, and what a recurrent network holds and answers after every step."""

from collections.abc import Sequence

from glasslab.analysis.gradients import multiple
from glasslab.analysis.memory import (
    ThroughTime,
    digits,
    factor_words,
    fate,
    main_state,
    settled,
    state_names,
    through_time,
)
from glasslab.analysis.numbers import significant
from glasslab.figures.gradients import Words
from glasslab.figures.maps import heat, largest_of, signed
from glasslab.figures.memory import TimePanel, draw
from glasslab.figures.pixels import picture
from glasslab.report.inside.beside import Example, Row, Shown, beside, examples
from glasslab.report.inside.blocks import Block, Chart, Note, Part, Table
from glasslab.report.material import Look, Material

TALL = 168  # pixels that all steps of an example are high on the page
STATES = 420  # pixels that a state's units are wide, at the most
CLASS = 13  # pixels that a class's answers are wide
SHORT = 1  # signs of a class's name that have room under them

Numbers = tuple[Look, tuple[ThroughTime, ...]]


def memory_part(material: Material) -> Part | None:
    """Returns what recurrent networks remember, None where no run has it."""
    found = [(look, through_time(look.arrays)) for look in material.looks("memory")]
    if not found:
        return None
    blocks: list[Block] = []
    figure = draw(panels(found), material.colours, words(found))
    if figure is not None:
        blocks += [Chart(material.drawings.draw(figure)), Note(READING)]
    blocks.append(table(found))
    blocks += [states(look) for look, _ in found]
    return Part("memory", "Memory through time", opening(found), blocks)


READING = (
    "How to read it: what a network learns from a step is in proportion to the gradient that reaches the "
    "step's state. A line that falls by a power of ten every few steps vanishes: the steps far back hardly "
    "change a weight, and what has to be remembered from there is hardly learned, as in long palindromes, "
    "whose first digit is the answer. A line that rises explodes, and makes training unsteady. A level line "
    "lasts (Bengio, Simard and Frasconi, 1994; Hochreiter and Schmidhuber, 1997)."
)


def opening(found: Sequence[Numbers]) -> str:
    """Returns what becomes of each network's gradient."""
    return " ".join(f"{look.variant}: {fate(main_state(each))}." for look, each in found)


def words(found: Sequence[Numbers]) -> Words:
    """Returns what is said around the figure."""
    said = [
        f"{look.variant} {multiple(state.ratio) if state.ratio else '0'}"
        for look, each in found
        if (state := main_state(each)).ratio is not None
    ]
    title = f"Of the gradient at the last step, the first gets: {', '.join(said)}"
    examples_seen = max(main_state(each).examples for _, each in found)
    caption = (
        f"Norm of the loss's gradient with respect to the state after each step, every later step and layer "
        f"included, in the trained network. Line: geometric mean over {examples_seen} test examples; band: "
        f"the central 90 % of them. Left is the last step, right the first; the scale is logarithmic."
    )
    return Words(title, caption, f"Gradients through time. {title}.")


def panels(found: Sequence[Numbers]) -> list[TimePanel]:
    """Returns a panel for the state that networks are judged by, and one for each other kind of state."""
    main = TimePanel("Hidden state", tuple((look.variant, main_state(each)) for look, each in found))
    others: dict[str, list[tuple[str, ThroughTime]]] = {}
    for look, each in found:
        for name, state in zip(state_names(each), each, strict=True):
            if state is not main_state(each) and any(mean is not None for mean in state.mean):
                others.setdefault(name[0].upper() + name[1:], []).append((look.variant, state))
    return [main, *(TimePanel(title, tuple(lines)) for title, lines in others.items())]


def table(found: Sequence[Numbers]) -> Table:
    """Returns the gradient's way back in numbers, state by state."""
    rows = []
    for look, each in found:
        for name, state in zip(state_names(each), each, strict=True):
            last, first = state.mean[0], state.mean[-1]
            rows.append(
                (
                    f"{look.variant}, {name}",
                    str(state.steps),
                    significant(last or 0.0, 2),
                    significant(first or 0.0, 2),
                    "–" if state.ratio is None else multiple(state.ratio) if state.ratio else "0",
                    factor_words(state),
                    state.verdict,
                )
            )
    heads = ("state", "steps", "at the last", "at the first", "first / last", "per step", "verdict")
    caption = (
        "Geometric means over test examples; the ratio is example by example. “Per step” is what each step "
        "back multiplies the gradient by, on average. It vanishes below 1/100, explodes above 100, and "
        "otherwise lasts. A direction whose state the read-out hears for one step only has 0 at the others."
    )
    return Table("The gradient's way back", heads, tuple(rows), caption)


def states(look: Look) -> Block:
    """Returns, for each example, what a network reads, answers and holds, step by step from top to bottom."""
    rows = []
    for place, example in enumerate(examples(look)):
        shown = (given(look, place, example), answer(look, place, example), held(look, place, example))
        rows.append(Row(title(look, place, example), example.verdict, shown))
    unit = "row" if look.arrays["row"] else "step"
    top = significant(largest_of(look.arrays["hidden"]), 2)
    count = look.arrays["hidden"].shape[2]
    heads = ("read", f"answer after each {unit}", f"state after each {unit}, {count} units")
    low = "" if look.arrays["row"] else " Read: dark is the lowest number, light the highest."
    caption = (
        f"Time runs from top to bottom, a {unit} a line.{low} Answer: a column a class "
        f"({', '.join(look.classes)}), the probability if the input ended there, dark 0 to light 1. State: a "
        f"column a unit, mid-grey is 0, light and warm up to {top}, dark and blue down to −{top}, the same "
        f"scale for all."
    )
    return beside(f"{look.variant}: what it holds after each {unit}", heads, rows, caption)


def title(look: Look, place: int, example: Example) -> str:
    """Returns what stands beside an example: its class, and what it reads where that is a few digits."""
    read = digits(look.arrays["inputs"][place]) if "inputs" in look.arrays else ""
    return f"{read} → {example.true}" if read else example.true


def given(look: Look, place: int, example: Example) -> Shown:
    """Returns what is read: an image, or a sequence as a map of its steps."""
    if "pixels" in look.arrays:
        seen = picture(look.arrays["pixels"][place])
        return Shown(seen, example.name, round(TALL * seen.width / seen.height), TALL)
    inputs = look.arrays["inputs"]
    low, high = float(inputs.min()), float(inputs.max())
    across = min(TALL, 20 * inputs.shape[2])
    return Shown(heat(inputs[place], low, high), f"The sequence of {example.name}", across, TALL)


def answer(look: Look, place: int, example: Example) -> Shown:
    """Returns the probabilities after each step, with the step from which on the class stays the same."""
    answers, steps = look.arrays["answers"][place], look.arrays["steps"]
    unit = "row" if look.arrays["row"] else "step"
    final = look.classes[int(answers[-1].argmax())]
    at = f"{final} from {unit} {settled(answers, steps)} of {int(steps[-1])} on"
    across = min(STATES, CLASS * answers.shape[1])
    columns = look.classes if max(map(len, look.classes)) <= SHORT else ()
    return Shown(heat(answers, 0.0, 1.0), f"Answers for {example.name}: {at}", across, TALL, at, columns)


def held(look: Look, place: int, example: Example) -> Shown:
    """Returns the state after each step."""
    hidden = look.arrays["hidden"]
    count = hidden.shape[2]
    across = min(STATES, 6 * count) if count > STATES else count * max(1, min(6, STATES // count))
    largest = largest_of(hidden)
    return Shown(signed(hidden[place], largest), f"The state after each step of {example.name}", across, TALL)
