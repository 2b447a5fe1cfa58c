import pytest

from glasslab.errors import (
    DataError,
    GlasslabError,
    RecordError,
    StudyError,
    UsageError,
    nearest,
)


@pytest.mark.parametrize("kind", [StudyError, DataError, RecordError, UsageError])
def test_every_error_of_ours_has_one_root(kind: type[Exception]) -> None:
    assert issubclass(kind, GlasslabError)


def test_a_study_error_carries_every_problem_one_a_line() -> None:
    error = StudyError(["a: is wrong", "b: is wrong too"])
    assert error.problems == ("a: is wrong", "b: is wrong too")
    assert str(error) == "a: is wrong\nb: is wrong too"


@pytest.mark.parametrize(
    "name, known, said",
    [
        ("mpl", ["mlp", "lenet"], "; did you mean 'mlp'?"),
        ("RELU", ["relu", "tanh"], "; did you mean 'relu'?"),
        ("relu", ["ReLU", "tanh"], "; did you mean 'ReLU'?"),
        ("x", ["b", "a"], "; known: a, b"),
        ("", ["b", "a"], "; known: a, b"),
        ("x", [], ""),
    ],
)
def test_the_nearest_name_is_told_or_all_of_them(name: str, known: list[str], said: str) -> None:
    assert nearest(name, known) == said
    assert nearest(name, iter(known)) == said
