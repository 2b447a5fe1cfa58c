"""The page's templates, and how text and numbers are set in them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
NARROW, HARD = "\u202f", "\u00a0"  # spaces that do not break: a narrow one and a full one
UNITS = r"%|s|min|h|d|points?|seeds?|epochs?|steps?|runs?|more"
PARTS = re.compile(
    r"(?P<whole>[^.±]*?)(?P<rest>\.\d+)?(?P<half> ± (?P<half_whole>\d+)(?P<half_rest>\.\d+)?)?"
)


def environment() -> Environment:
    """Returns where templates are found: everything is escaped, and an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["prose"] = prose
    made.filters["in_line"] = in_line
    return made


def template_text(name: str) -> Markup:
    """Returns a file of the templates' folder, to stand in the page as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def prose(text: str) -> Markup:
    """Returns a text in which numbers do not part from their units at a line's end."""
    safe = str(escape(text)).replace("\u2009", NARROW)
    safe = re.sub(rf"(\d) (?=(?:{UNITS})\b|%)", rf"\1{HARD}", safe)
    safe = re.sub(r" ± ", f"{HARD}±{HARD}", safe)
    safe = re.sub(r"−(?=\d)", "\u2060−\u2060", safe)
    return Markup(safe)


def in_line(texts: Sequence[str]) -> list[Markup]:
    """Returns numbers that, set to the right in figures of one width, have their points and signs in line.

    What a number lacks beside the longest of its column is filled with digits that are not seen.
    """
    read = [PARTS.fullmatch(text) for text in texts]
    rest = max((len(m["rest"] or "") for m in read if m), default=0)
    half = max((len(m["half_rest"] or "") for m in read if m), default=0)
    whole = max((len(m["half_whole"] or "") for m in read if m), default=0)
    any_half = any(m and m["half"] for m in read)
    lined = []
    for text, m in zip(texts, read, strict=True):
        if m is None or "×" in text or not any(sign.isdigit() for sign in text):
            lined.append(prose(text))
            continue
        shown = escape(m["whole"].replace("\u2009", NARROW)) + (m["rest"] or "") + unseen(rest, m["rest"])
        if m["half"]:
            gap = unseen_digits(whole - len(m["half_whole"]))
            shown += (
                f"{HARD}±{HARD}"
                + gap
                + m["half_whole"]
                + (m["half_rest"] or "")
                + unseen(half, m["half_rest"])
            )
        elif any_half:
            shown += Markup('<span class="unseen" aria-hidden="true">&nbsp;±&nbsp;{}</span>').format(
                "0" * whole + ("." + "0" * (half - 1) if half else "")
            )
        lined.append(Markup(shown))
    return lined


def unseen(longest: int, rest: str | None) -> Markup:
    """Returns what a number's decimals lack beside the longest ones, point included."""
    lacking = longest - len(rest or "")
    if lacking <= 0:
        return Markup("")
    filled = "0" * lacking if rest else "." + "0" * (lacking - 1)
    return Markup('<span class="unseen" aria-hidden="true">{}</span>').format(filled)


def unseen_digits(count: int) -> Markup:
    """Returns so many digits that are not seen."""
    return (
        Markup('<span class="unseen" aria-hidden="true">{}</span>').format("0" * count)
        if count > 0
        else Markup("")
    )


def render(name: str, **context: Any) -> str:
    """Returns a template filled in."""
    return environment().get_template(name).render(**context)
