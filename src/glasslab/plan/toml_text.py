"""TOML as people write it: reading a file or one value, and saying what is wrong where it is not TOML."""

import re
import tomllib
from pathlib import Path
from typing import Any

from glasslab.errors import StudyError

LINE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")
TOO_MUCH = "is not TOML: a number with thousands of digits, or hundreds of brackets in each other"

# What people get wrong most: how tomllib's message begins, what stands where it stopped, what to do.
HINTS = (
    ("Invalid value", r"True\b|False\b", "true and false are written small"),
    ("Invalid value", r"[^\W\d]|[“„‘]", 'a text stands in "quotes"'),
    ("Invalid value", r"\.", "a number has digits on both sides of its point"),
    ("Expected newline", r"\.", "a number has digits on both sides of its point"),
    ("Expected '='", r"/", 'a name with / stands in quotes, as in "test/accuracy" = ...'),
    ("Expected '='", "", "a setting has the form name = value"),
    ("Invalid initial character", r"$", "a table in { } stands on one line"),
    ("Invalid initial character", r"\}", "no comma stands before }"),
    ("Unescaped '\\'", "", "write / in a path, or double the backslash"),
    ("Invalid hex value", "", "write / in a path, or double the backslash"),
    ("Cannot declare", "", "a table stands in a file once"),
    ("Cannot overwrite", "", "a name stands in a table once"),
)


def read_toml(path: Path) -> dict[str, Any]:
    """Returns the tables of a TOML file, which may begin with a byte order mark.

    Raises:
        StudyError: when the file cannot be read or is not TOML, with the place and what is wrong there.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StudyError([f"{path}: cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise StudyError([f"{path.name}: is not UTF-8 text; save it as UTF-8"]) from error
    try:
        return tomllib.loads(text + "\n")  # without it, a mistake in the last line has no place
    except tomllib.TOMLDecodeError as error:
        raise StudyError([f"{path.name}: is not TOML: {explained(text, str(error))}"]) from error
    except (ValueError, RecursionError) as error:  # from Python itself, where a text is made to hurt
        raise StudyError([f"{path.name}: {TOO_MUCH}"]) from error


def explained(text: str, message: str) -> str:
    """Returns tomllib's message with the line that it is about, and what to do where that is known."""
    matched = LINE.fullmatch(message)
    if matched is None:
        return message
    row, column = int(matched[2]), int(matched[3])
    line = text.replace("\r\n", "\n").split("\n")[row - 1]
    rest = line[column - 1 :]
    hints = [hint for begins, at, hint in HINTS if message.startswith(begins) and re.match(at, rest)]
    shown = "".join(each for each in line.strip()[:60] if each.isprintable())
    return "; ".join([f"{message}: {shown}", *hints[:1]])


def toml_value(text: str) -> Any:
    """Returns the one value that a text writes in TOML.

    Raises:
        ValueError: when it is not exactly one value.
    """
    try:
        table = tomllib.loads(f"value = {text}")
    except RecursionError as error:
        raise ValueError(TOO_MUCH) from error
    if len(table) > 1:
        raise ValueError("more than one value")
    return table["value"]
