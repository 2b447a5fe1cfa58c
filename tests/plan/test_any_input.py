"""Whatever is written, it is a study or a StudyError in words, never another error."""

import tempfile
import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glasslab.errors import StudyError
from glasslab.plan.changes import PARTS, TOP_KEYS, setting_names
from glasslab.plan.metric import metric_names
from glasslab.plan.study import Study
from glasslab.plan.study_file import TOP_TABLES, Options, make_study, read_study, study_toml
from tests.plan.small import TABLES, TEXT

SETTINGS = [name.partition(".")[2] for name in setting_names()]
WORDS = [*TOP_KEYS, *TOP_TABLES, *SETTINGS, *metric_names(), *setting_names(), "claims", "says", "holds"]
NAMES = ["a", "b", "a-b", "0.1", "adam-0.01", "", " ", "a b", ".", "within", "*", "é", "x" * 90, "a\nb"]
VALUES: list[Any] = [
    *("mlp", "lenet", "mnist5k", "moons", "xor", "npz", "adam", "sgd", "cosine", "step", "m:Net", "a.b:C"),
    *("a > b", "a > *", "a ~ b within 0.1", "2 * a - b > 0.1", "test/loss - train/loss", "*", ">", "'", "\0"),
    *(0, 1, -1, 2, 2**63, 2**64, 10**400, True, False, 0.0, 0.5, -0.5, 1e308, float("nan"), float("inf")),
    *([], {}, [1], [1, [2]], [[]], ["crop", "flip"], ["boundary"], ["relu", "tanh"], [0.1, 0.2], None),
]


def only_one_length(changes: dict[str, Any]) -> dict[str, Any]:
    """Returns changes without the epochs where they have steps."""
    return {
        name: v for name, v in changes.items() if name != "recipe.epochs" or "recipe.steps" not in changes
    }


keys = st.sampled_from([*WORDS, *NAMES]) | st.text(max_size=5)
leaves = st.sampled_from(VALUES) | st.text(max_size=8) | st.integers() | st.floats()
anything = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=4),
    max_leaves=12,
)
settings_tables = st.dictionaries(
    st.sampled_from(SETTINGS), leaves | st.lists(leaves, max_size=3), max_size=4
)
changes = st.dictionaries(st.sampled_from(PARTS), settings_tables, max_size=2)
tables_like_a_study = st.fixed_dictionaries(
    {},
    optional={
        "question": leaves,
        "metric": st.sampled_from(metric_names()) | leaves,
        "seeds": leaves | st.lists(st.integers(-1, 5), max_size=3),
        "probes": st.lists(leaves, max_size=2) | leaves,
        "baseline": st.sampled_from(NAMES) | leaves,
        "data": settings_tables,
        "net": settings_tables,
        "recipe": settings_tables,
        "variants": st.dictionaries(st.sampled_from(NAMES), changes | anything, max_size=3) | leaves,
        "grid": changes | leaves,
        "quick": changes | st.dictionaries(st.sampled_from(setting_names()), leaves, max_size=2) | leaves,
        "claims": st.lists(
            st.dictionaries(st.sampled_from(["says", "holds", "metric", "seeds"]), leaves, max_size=3),
            max_size=2,
        ),
        "reported": st.dictionaries(
            st.sampled_from([*metric_names(), "source"]),
            st.dictionaries(st.sampled_from(NAMES), leaves, max_size=2) | leaves,
            max_size=3,
        ),
        "origin": anything,
    },
)

RIGHT = [
    *(("recipe.lr", lr) for lr in (1, 1e-3, 0.5)),
    *(("net.widths", widths) for widths in ([], [3], [4, 5])),
    *(("recipe.optimizer", optimizer) for optimizer in ("adam", "adamw", "adagrad")),
    *(
        ("data.samples", 50),
        ("data.validation", 10),
        ("net.activation", "tanh"),
        ("recipe.batch_size", "full"),
    ),
    *(("recipe.epochs", 3), ("recipe.steps", 7), ("recipe.weight_decay", 0.0), ("net.init", "he")),
]
right_changes = st.lists(st.sampled_from(RIGHT), max_size=3).map(dict).map(only_one_length)
right_grids = st.dictionaries(
    st.sampled_from(["data.noise", "recipe.clip_norm", "net.dropout"]),
    st.lists(st.sampled_from([0.1, 0.25, 0.5]), min_size=1, max_size=2, unique=True),
    min_size=1,
    max_size=2,
)
right_studies = st.fixed_dictionaries(
    {},
    optional={
        "seeds": st.integers(1, 4) | st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3, unique=True),
        "variants": st.dictionaries(st.sampled_from(["a", "b", "0.1", "a.b"]), right_changes, min_size=1),
        "grid": right_grids,
        "quick": st.sampled_from(RIGHT).map(lambda pair: dict([pair])),
        "metric": st.sampled_from(["test/loss", "train/accuracy:clean - test/accuracy", "parameters"]),
        "probes": st.sampled_from([[], ["boundary"]]),
        "reported": st.just({"source": "A book", "seconds": {}}),
    },
)
overrides = st.lists(
    st.builds(lambda name, value: f"{name}={value}", keys, st.sampled_from(VALUES) | st.text(max_size=5))
    | st.text(max_size=6),
    max_size=2,
).map(tuple)


def read(tables: dict[str, Any], options: Options) -> Study | None:
    """Returns the study that tables describe, None where they are refused in words."""
    try:
        return make_study(tables, "any", options)
    except StudyError as error:
        check_words(error)
        return None


def check_words(error: StudyError) -> None:
    """Checks that an error says something, each thing once, each in a line that begins with the file."""
    assert error.problems
    assert len(set(error.problems)) == len(error.problems)
    assert all(each.startswith("any") and each.isprintable() for each in error.problems)


@given(st.dictionaries(keys, anything, max_size=5))
def test_any_tables_are_a_study_or_refused_in_words(tables: dict[str, Any]) -> None:
    read(tables, Options())


@settings(max_examples=300)
@given(tables_like_a_study, st.booleans(), overrides)
@example({"claims": [{"says": "x", "holds": "base > base"}]}, False, ("net.widths=1", "net.widths.a=2"))
def test_tables_like_a_study_are_one_or_refused_in_words(
    tables: dict[str, Any], quick: bool, typed: tuple[str, ...]
) -> None:
    parts = {part: {**TABLES[part], **tables.get(part, {})} for part in PARTS}
    read({**TABLES, **tables, **parts}, Options(quick=quick, overrides=typed))


@settings(max_examples=150)
@given(right_studies, st.booleans(), right_changes)
def test_a_right_study_is_read_again_from_its_own_file(
    tables: dict[str, Any], quick: bool, typed: dict[str, Any]
) -> None:
    texts = tuple(f"{name}={value!r}" for name, value in typed.items())
    options = Options(quick=quick and "quick" in tables, overrides=texts)
    study = make_study({**TABLES, **tables}, "any", options)
    assert make_study(tomllib.loads(study_toml(study)), study.name, Options()) == study


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.integers(0, len(TEXT)))
def test_any_bytes_in_a_file_are_a_study_or_refused_in_words(written: bytes, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        path.write_bytes(TEXT.encode()[:at] + written + TEXT.encode()[at:])
        try:
            read_study(path)
        except StudyError as error:
            check_words(error)


@settings(max_examples=100)
@given(tables_like_a_study)
def test_a_file_says_what_the_same_tables_in_python_say(tables: dict[str, Any]) -> None:
    whole = {**TABLES, **tables}
    try:
        text = tomli_w.dumps(whole)
        tables_read = tomllib.loads(text)
    except (TypeError, ValueError):  # what TOML cannot hold, Python cannot write
        return
    assert read(tables_read, Options()) == read(whole, Options())
