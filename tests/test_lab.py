from pathlib import Path

import pytest

import glasslab
from glasslab.errors import StudyError, UsageError
from glasslab.plan.study import Study

TABLES = {
    "data": {"name": "moons", "samples": 100},
    "net": {"name": "mlp", "widths": (8,)},
    "recipe": {"lr": 0.02, "epochs": 2},
    "variants": {"slow": {}, "fast": {"recipe": {"lr": 0.2}}},
    "claims": [{"says": "A higher rate ends higher", "holds": "fast > slow"}],
    "seeds": 2,
}


def study() -> Study:
    """Returns a study built in Python."""
    return glasslab.Study("Does a higher rate help?", name="rates", **TABLES)


def test_a_study_in_python_is_run_compared_and_reported(tmp_path: Path) -> None:
    results = glasslab.run(study(), out=tmp_path, jobs=1)
    assert results.complete
    said = glasslab.compare(results)
    assert "| slow" in said
    assert "A higher rate ends higher" in said
    assert glasslab.write_report(results).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = glasslab.results(study(), out=tmp_path)
    assert [each.values(study().metric) for each in again.variants] == [
        each.values(study().metric) for each in results.variants
    ]


def test_a_study_in_python_is_the_same_as_one_in_a_file(tmp_path: Path) -> None:
    built = glasslab.open_study("quickstart", overrides={"recipe.lr": 0.01, "net.activation": "tanh"})
    typed = glasslab.open_study("quickstart", overrides=["recipe.lr=0.01", "net.activation=tanh"])
    assert built.variants == typed.variants
    one = glasslab.open_study("quickstart", overrides="recipe.lr=0.01")
    assert one.overrides == ("recipe.lr=0.01",)
    assert built.variants[0].recipe.optimizer.lr == 0.01


def test_mistakes_in_python_are_told_like_those_in_a_file() -> None:
    wrong = {"lr": -1, "epochs": 2}
    with pytest.raises(StudyError, match=r"rates \[recipe\] lr: must be a number above 0, got -1"):
        glasslab.Study("?", name="rates", data=TABLES["data"], net=TABLES["net"], recipe=wrong)


def test_results_of_a_study_that_was_never_run_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been run yet"):
        glasslab.results(study(), out=tmp_path)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = glasslab.nothing


def test_a_study_file_can_be_run_without_opening_it_first(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'question = "?"\n[data]\nname = "moons"\n[net]\nname = "mlp"\n[recipe]\nlr = 0.1\nsteps = 2\n'
    )
    assert glasslab.run(tmp_path / "own.toml", out=tmp_path, jobs=1).complete


def test_some_variants_may_be_trained_and_event_files_written(tmp_path: Path) -> None:
    found = glasslab.run(study(), out=tmp_path, jobs=1, only=["fast"], tensorboard=True)
    assert [len(each.runs) for each in found.variants] == [0, 2]
    folders = sorted(path.name for path in (tmp_path / "rates" / "tensorboard").iterdir())
    assert folders == ["fast-s0", "fast-s1"]


def test_a_trained_run_is_looked_into_from_python(tmp_path: Path) -> None:
    (run, *_) = glasslab.run(study(), out=tmp_path, jobs=1).runs
    seen = glasslab.inspect(run.folder.path, ["boundary"], boundary={"side": 5})
    assert seen["boundary"]["probability"].shape == (5, 5, 2)
    kept = run.probe("boundary")
    assert kept is not None
    assert (kept["probability"] == seen["boundary"]["probability"]).all()
    page = glasslab.write_inside_page(run.manifest.hash, out=tmp_path)
    assert page == run.folder.path / "inside.html"
    with pytest.raises(UsageError, match="no such probe; did you mean 'boundary'"):
        glasslab.inspect(run.folder.path, ["boundry"])


def test_a_probe_s_own_failure_is_raised_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (run, *_) = glasslab.run(study(), out=tmp_path, jobs=1).runs
    monkeypatch.setattr("glasslab.probes.boundary.axis_around", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        glasslab.inspect(run.folder.path, ["boundary"])
