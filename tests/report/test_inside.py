from pathlib import Path

from glasslab.report.html import write_report
from glasslab.report.inside.blocks import Note
from glasslab.report.sections.inside import inside_section
from tests.report.made_study import activations
from tests.report.probe_arrays import keep, material, top9_arrays


def test_it_is_said_which_seeds_networks_are_shown(tmp_path: Path) -> None:
    results = activations(tmp_path, probes=["top9"], seeds=2)
    keep(results, "relu", "top9", top9_arrays())
    said = "Pictures and numbers are of the run with seed 0 where nothing else is said; in another"
    assert said in write_report(results, results.folder, command="it").read_text(encoding="utf-8")
    keep(results, "tanh", "top9", top9_arrays())
    found = inside_section(material(results))
    assert found is not None
    assert found.content["whose"].startswith(
        "Pictures and numbers are of the run with seed 0 of each variant where"
    )


def test_looks_that_do_not_compare_are_told_of(tmp_path: Path) -> None:
    results = activations(tmp_path, probes=["top9"], seeds=1)
    keep(results, "relu", "top9", top9_arrays(), images=9, split="train")
    keep(results, "tanh", "top9", top9_arrays(), images=9, split="test")
    found = inside_section(material(results))
    assert found is not None
    (part,) = found.content["parts"]
    assert part.blocks[0] == Note(
        "Not taken with the same settings: relu split train; tanh split test. "
        "Running the study again takes the study's own."
    )
    keep(results, "tanh", "top9", top9_arrays(), images=9, split="train")
    again = inside_section(material(results))
    assert again is not None
    assert "Not taken" not in str(again.content["parts"][0].blocks[0])
