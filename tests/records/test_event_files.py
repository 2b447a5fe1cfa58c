import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from glasslab.errors import RecordError, UsageError
from glasslab.records.event_files import event_files, require_tensorboard
from glasslab.records.log import Log
from glasslab.records.machine import Code, Machine
from glasslab.records.manifest import Manifest, write_manifest
from glasslab.records.run import Run, read_run
from glasslab.records.run_folder import RunFolder, run_name

Row = dict[str, Any]

EPOCHS = {"data": {"name": "xor"}, "net": {"name": "mlp", "widths": [2]}, "recipe": {"lr": 0.5, "epochs": 9}}
STEPS = {**EPOCHS, "recipe": {"lr": 0.5, "steps": 40}}
DRAWN = {**EPOCHS, "seed": 0, "data": {"name": "xor", "fingerprint": "0f"}, "schema": 1}
STARTED = 1735689600.0  # date -u -d 2025-01-01T00:00:00Z +%s


@dataclass(frozen=True)
class Happening:
    hash: str
    kind: str
    step: int = 0
    row: Row | None = None


def row(epoch: int, **others: Any) -> Row:
    """Returns a row of four steps an epoch; its numbers are exact in the 32 bits that are kept."""
    return {"epoch": epoch, "step": 4 * epoch, "lr": 0.5, "train/loss": 1 / 2**epoch, **others}


def write_run(
    study: Path, rows: Sequence[Row], variant: str = "a", seed: int = 0, hash_: str = "0" * 10, **facts: Any
) -> Run:
    """Writes a run into a study's folder, 2 seconds a row, and returns it as it is read again."""
    folder = RunFolder(study / run_name(variant, seed, hash_))
    manifest = Manifest(
        hash=hash_,
        variant=variant,
        seed=seed,
        started="2025-01-01T00:00:00Z",
        code=Code(version="0", source="0"),
        machine=Machine(processor="p", cores=1, memory_gib=1, system="s", python="3", libraries={}),
        **{"identity": EPOCHS, **facts},
    )
    folder.path.mkdir(parents=True, exist_ok=True)
    write_manifest(folder.manifest, manifest)
    metrics, timing = Log(folder.metrics, 0), Log(folder.timing, 0)
    for each in rows:
        metrics.append(each)
        timing.append({"step": each["step"], "seconds": 2.0})
    metrics.close()
    timing.close()
    return read_run(folder.path)


def nothing(happening: Happening) -> None:
    """Is told and does nothing."""


def write_ended(study: Path, *runs: Run) -> None:
    with event_files(study, [(run.manifest.variant, run) for run in runs], nothing):
        pass


def read(study: Path, run: str = "a-s0") -> EventAccumulator:
    found = EventAccumulator(str(study / "tensorboard" / run))
    found.Reload()
    return found


def curve(study: Path, tag: str = "train/loss", run: str = "a-s0") -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in read(study, run).Scalars(tag)]


HALVES = [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.0625)]


def test_every_measured_number_is_a_curve_over_epochs(tmp_path: Path) -> None:
    measured = {
        "gradient_norm": 3.0,
        "train/accuracy": 0.5,
        **{"val/loss": 2.0, "val/accuracy": 0.25, "test/loss": 4.0, "test/accuracy": 0.75},
        "gradients": {"hidden1": 0.125, "output": 1},
        "gradients_at_start": {"hidden1": 8.0, "output": 8.0},
    }
    write_ended(tmp_path, write_run(tmp_path, [row(1, **measured), row(2, **measured)]))
    tags = [name for name in measured if not name.startswith("gradients")]
    tags += ["lr", "train/loss", "gradients/hidden1", "gradients/output"]
    assert sorted(read(tmp_path).Tags()["scalars"]) == sorted(tags)
    assert curve(tmp_path) == HALVES[:2]
    assert curve(tmp_path, "lr") == [(1, 0.5), (2, 0.5)]
    assert curve(tmp_path, "test/accuracy") == [(1, 0.75), (2, 0.75)]
    assert curve(tmp_path, "gradients/hidden1") == [(1, 0.125), (2, 0.125)]
    assert curve(tmp_path, "gradients/output") == [(1, 1.0), (2, 1.0)]


def test_what_was_not_finite_is_left_out(tmp_path: Path) -> None:
    last = {**row(2), "train/loss": None, "gradients": {"hidden1": None, "output": 2.0}}
    write_ended(tmp_path, write_run(tmp_path, [row(1), last], status="diverged"))
    assert curve(tmp_path) == HALVES[:1]
    assert curve(tmp_path, "lr") == [(1, 0.5), (2, 0.5)]
    assert "gradients/hidden1" not in read(tmp_path).Tags()["scalars"]
    assert curve(tmp_path, "gradients/output") == [(2, 2.0)]


def test_a_run_that_is_counted_in_steps_is_drawn_over_steps(tmp_path: Path) -> None:
    rows = [{"epoch": 0.5, "step": 2, "train/loss": 1.0}, {"epoch": 1, "step": 4, "train/loss": 0.5}]
    write_ended(tmp_path, write_run(tmp_path, rows, identity=STEPS))
    assert curve(tmp_path) == [(2, 1.0), (4, 0.5)]


def test_each_run_has_a_folder_with_a_readable_name(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path, [row(1)], variant, seed, f"{place:010d}")
        for place, (variant, seed) in enumerate([("relu", 0), ("relu", 1), ("adam-0.01", 0), ("aux.1", 0)])
    ]
    write_ended(tmp_path, *runs)
    found = EventMultiplexer().AddRunsFromDirectory(str(tmp_path / "tensorboard")).Reload()
    assert sorted(found.Runs()) == ["_aux.1-s0", "adam-0.01-s0", "relu-s0", "relu-s1"]


def test_runs_whose_names_would_be_one_are_told_apart_by_their_hashes(tmp_path: Path) -> None:
    names = ["x" * 90 + "y", "x" * 90 + "z", "A", "a"]
    write_ended(
        tmp_path, *(write_run(tmp_path, [row(1)], name, 0, f"{n:010d}") for n, name in enumerate(names))
    )
    x = "x" * 80
    assert sorted(each.name for each in (tmp_path / "tensorboard").iterdir()) == sorted(
        [f"{x}-s0", f"{x}-s0-0000000001", "A-s0", "a-s0-0000000003"]
    )


def test_a_run_is_called_as_the_study_calls_its_variant_now(tmp_path: Path) -> None:
    run = write_run(tmp_path, [row(1)], "old")
    with event_files(tmp_path, [("new", run)], nothing):
        pass
    assert curve(tmp_path, run="new-s0") == HALVES[:1]


def test_a_run_without_rows_has_no_folder(tmp_path: Path) -> None:
    write_ended(tmp_path, write_run(tmp_path, [], status="failed"))
    assert not (tmp_path / "tensorboard").exists()


def test_points_have_the_time_at_which_they_were_measured(tmp_path: Path) -> None:
    write_ended(tmp_path, write_run(tmp_path, [row(1), row(2)]))
    assert [point.wall_time - STARTED for point in read(tmp_path).Scalars("lr")] == [2, 4]
    (tmp_path / "a-s0-0000000000" / "timing.jsonl").write_text("damaged\n")
    write_ended(tmp_path, read_run(tmp_path / "a-s0-0000000000"))
    assert [point.wall_time - STARTED for point in read(tmp_path).Scalars("lr")] == [0, 0]


def test_settings_are_hyperparameters_and_the_seeds_of_a_variant_one_group(tmp_path: Path) -> None:
    write_ended(
        tmp_path, *(write_run(tmp_path, [row(1)], "a", n, f"{n:010d}", identity=DRAWN) for n in (0, 1))
    )
    groups = []
    for run in ("a-s0", "a-s1"):
        metadata = read(tmp_path, run).SummaryMetadata("_hparams_/session_start_info")
        told = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
        groups.append(told.group_name)
        assert {name: value.WhichOneof("kind") for name, value in told.hparams.items()} == {
            "data.name": "string_value",
            "net.name": "string_value",
            "net.widths": "string_value",
            "recipe.lr": "number_value",
            "recipe.epochs": "number_value",
        }
        assert told.hparams["net.widths"].string_value == "[2]"
        assert told.hparams["recipe.lr"].number_value == 0.5
        assert told.start_time_secs == STARTED
    assert groups == ["a", "a"]


def test_writing_again_gives_each_point_once_and_touches_no_other_file(tmp_path: Path) -> None:
    run = write_run(tmp_path, [row(n) for n in (1, 2, 3)])
    write_ended(tmp_path, run)
    folder = tmp_path / "tensorboard" / "a-s0"
    (folder / "notes.txt").write_text("mine")
    (folder.parent / "events.out.tfevents.1").write_text("not in a run's folder")
    write_ended(tmp_path, run)
    assert curve(tmp_path) == HALVES[:3]
    assert len(list(folder.glob("events.out.tfevents*"))) == 1
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder.parent / "events.out.tfevents.1").exists()


def tell_all(study: Path, happenings: Iterable[Happening], ended: Sequence[tuple[str, Run]] = ()) -> None:
    with event_files(study, ended, nothing) as tell:
        for happening in happenings:
            tell(happening)


def one(kind: str, step: int = 0, measured: Row | None = None) -> Happening:
    return Happening("0" * 10, kind, step, measured)


def test_a_row_can_be_read_as_soon_as_it_is_told(tmp_path: Path) -> None:
    write_run(tmp_path, [], status="running")
    heard: list[Happening] = []
    with event_files(tmp_path, [], heard.append) as tell:
        tell(one("begun"))
        tell(one("step", 2))
        for n in (1, 2):
            tell(one("row", 4 * n, row(n)))
            assert curve(tmp_path) == HALVES[:n]
        tell(one("ended"))
        assert curve(tmp_path) == HALVES[:2]
    assert [each.kind for each in heard] == ["begun", "step", "row", "row", "ended"]
    assert all(point.wall_time > STARTED + 4 for point in read(tmp_path).Scalars("lr"))


@pytest.mark.parametrize("checkpoint", [0, 4, 5, 8, 11, 12])
def test_a_resumed_run_repeats_no_point(tmp_path: Path, checkpoint: int) -> None:
    # three rows lie in the log, and training goes on from a checkpoint that was made before the last of them
    run = write_run(tmp_path, [row(n) for n in (1, 2, 3)], status="running")
    again = [one("row", 4 * n, row(n)) for n in (1, 2, 3, 4) if 4 * n > checkpoint]
    for _ in range(2):
        tell_all(tmp_path, [one("begun", checkpoint), *again, one("ended")], [("a", run)])
        assert curve(tmp_path) == HALVES


def test_a_row_at_the_very_step_of_the_checkpoint_may_come_again(tmp_path: Path) -> None:
    # the checkpoint was made after the last step of an epoch and before its measurement
    write_run(tmp_path, [row(1), row(2)], status="running")
    tell_all(tmp_path, [one("begun", 8), one("row", 8, row(2)), one("row", 12, row(3)), one("ended")])
    assert curve(tmp_path) == HALVES[:3]


def test_a_run_that_starts_anew_drops_its_old_points(tmp_path: Path) -> None:
    run = write_run(tmp_path, [{**row(n), "train/loss": 99.0} for n in (1, 2, 3)], status="failed")
    with event_files(tmp_path, [("a", run)], nothing) as tell:
        assert curve(tmp_path) == [(1, 99.0), (2, 99.0), (3, 99.0)]
        tell(one("begun", 0))
        tell(one("row", 4, row(1)))
        assert curve(tmp_path) == HALVES[:1]


def test_an_interrupted_study_keeps_what_was_told(tmp_path: Path) -> None:
    write_run(tmp_path, [], status="running")

    def interrupted() -> Iterator[Happening]:
        yield from (one("begun"), one("row", 4, row(1)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell_all(tmp_path, interrupted())
    assert curve(tmp_path) == HALVES[:1]


def test_a_torn_or_damaged_log_keeps_no_run_from_being_watched(tmp_path: Path) -> None:
    run = write_run(tmp_path, [row(1), row(2)], status="running")
    with run.folder.metrics.open("ab") as log:
        log.write(b'{"epoch": 3, "st')
    tell_all(tmp_path, [one("begun", 8), one("row", 12, row(3))])
    assert curve(tmp_path) == HALVES[:3]
    run.folder.metrics.write_bytes(b"damaged\n")
    tell_all(tmp_path, [one("begun", 8), one("row", 12, row(3))])
    assert curve(tmp_path) == HALVES[2:3]


def test_a_run_that_fails_before_it_begins_is_passed_over(tmp_path: Path) -> None:
    tell_all(tmp_path, [one("ended"), one("row", 4, row(1)), one("begun")])
    assert not (tmp_path / "tensorboard").exists()


@pytest.fixture
def without_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)


def opened(folder: Path) -> None:
    with event_files(folder, [], nothing):
        raise AssertionError("this must not be reached")


@pytest.mark.usefixtures("without_tensorboard")
@pytest.mark.parametrize("asked", [lambda folder: require_tensorboard(), opened])
def test_a_missing_package_is_refused_with_how_to_install_it(
    tmp_path: Path, asked: Callable[[Path], None]
) -> None:
    with pytest.raises(
        UsageError,
        match=r"event files need the package tensorboard .*; run pip install \"glasslab\[tensorboard\]\"",
    ):
        asked(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path, [row(1)])
    (tmp_path / "tensorboard").write_text("a file")
    with pytest.raises(
        RecordError, match=r"tensorboard.a-s0: event files cannot be written \(Not a directory\)"
    ):
        write_ended(tmp_path, run)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run(tmp_path, [row(1)])
    real = Path.open

    def full(path: Path, *args: Any) -> IO[Any]:
        return real(Path("/dev/full"), "wb") if "tfevents" in path.name else real(path, *args)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(RecordError, match=r"cannot be written \(No space left on device\)"):
        write_ended(tmp_path, run)


def test_tensorboard_is_imported_only_when_asked_for_and_never_brings_torch_or_a_warning() -> None:
    code = (
        "import sys; from glasslab.records.event_files import require_tensorboard; "
        "before = 'tensorboard' in sys.modules; require_tensorboard(); "
        "print(before, 'tensorboard' in sys.modules, 'torch' in sys.modules)"
    )
    clean = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=clean)
    assert done.stdout.split() == ["False", "True", "False"]
