import re
from pathlib import Path

import pytest

from glasslab.errors import StudyError
from glasslab.plan.toml_text import read_toml, toml_value


def refused(text: str | bytes, folder: Path) -> str:
    """Returns what is said of a file that is not TOML."""
    path = folder / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StudyError) as raised:
        read_toml(path)
    return str(raised.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_of_any_editor_are_read(tmp_path: Path, end: str, mark: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(mark + end.join(["a = 1", "[b]", "c = 'ä'"]).encode())
    assert read_toml(path) == {"a": 1, "b": {"c": "ä"}}


@pytest.mark.parametrize(
    "text, told",
    [
        ("[data]\nname = mnist\n", "Invalid value (at line 2, column 8): name = mnist; a text stands in"),
        (
            "relu = { net.activation = relu }",
            "column 27): relu = { net.activation = relu }; a text stands in",
        ),
        ("name = “mnist”", 'Invalid value (at line 1, column 8): name = “mnist”; a text stands in "quotes"'),
        ("nesterov = True", "column 12): nesterov = True; true and false are written small"),
        ("lr = .5", "column 6): lr = .5; a number has digits on both sides of its point"),
        ("lr = 5.", "column 7): lr = 5.; a number has digits on both sides of its point"),
        ("test/accuracy = 1", 'test/accuracy = 1; a name with / stands in quotes, as in "test/accuracy" ='),
        ("lr: 0.1", "column 3): lr: 0.1; a setting has the form name = value"),
        ("a = {\n  b = 1\n}", "(at line 1, column 6): a = {; a table in { } stands on one line"),
        ("a = { b = 1, }", "column 14): a = { b = 1, }; no comma stands before }"),
        ('path = "C:\\mine\\x.npz"', "; write / in a path, or double the backslash"),
        ('path = "C:\\Users\\x.npz"', "; write / in a path, or double the backslash"),
        ("[net]\na = 1\n[net]\nb = 1", "Cannot declare ('net',) twice (at line 3, column 5): [net]; a table"),
        ("net.a = 1\n[net]\nb = 1", "(at line 2, column 5): [net]; a table stands in a file once"),
        (
            "a = 1\na = 2",
            "Cannot overwrite a value (at line 2, column 6): a = 2; a name stands in a table once",
        ),
        ("a-0 = 1\na-0.1 = { b = 2 }", "(at line 2, column 18): a-0.1 = { b = 2 }; a name stands in a table"),
        ("a = [1, 2", "Unclosed array (at end of document)"),
        ("a = 1\rb = 2", "(at line 1, column 6): a = 1b = 2"),
        ("\0", "Invalid statement (at line 1, column 1)"),
    ],
)
def test_what_is_not_toml_is_shown_with_its_line_and_what_to_do(tmp_path: Path, text: str, told: str) -> None:
    said = refused(text, tmp_path)
    assert said.startswith("mine.toml: is not TOML: ")
    assert told in said
    assert said.isprintable()


@pytest.mark.parametrize("text", ["a = " + "[" * 9000, "a = " + "9" * 9000])
def test_a_text_made_to_hurt_is_refused_too(tmp_path: Path, text: str) -> None:
    assert refused(text, tmp_path) == (
        "mine.toml: is not TOML: a number with thousands of digits, or hundreds of brackets in each other"
    )


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    assert refused("a = 'ä'".encode("utf-16"), tmp_path) == "mine.toml: is not UTF-8 text; save it as UTF-8"


def test_a_folder_or_nothing_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.toml"):
        with pytest.raises(StudyError, match=rf"^{re.escape(str(path))}: cannot be read \(.+\)$"):
            read_toml(path)


@pytest.mark.parametrize(
    "text, value",
    [
        ("0.1", 0.1),
        ("1e-3", 0.001),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'x'", "x"),
        ("{ a = 1 }", {"a": 1}),
    ],
)
def test_one_value_is_read(text: str, value: object) -> None:
    assert toml_value(text) == value


@pytest.mark.parametrize("text", ["", "adam", "1 2", "1\nb = 2", "[" * 9000, "9" * 9000])
def test_what_is_not_one_value_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        toml_value(text)
