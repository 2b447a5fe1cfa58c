import ast
import subprocess
import sys
from pathlib import Path

import pytest

import glasslab.records
from glasslab.errors import RecordError
from glasslab.records.run_folder import RunFolder, run_name

HASH = "0123456789"
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def legal_on_windows(name: str) -> bool:
    """Returns whether Windows takes a file of this name: no device, no sign, no dot at its end."""
    return (
        name.partition(".")[0].lower() not in DEVICES
        and not set(name) & set('<>:"/\\|?*')
        and name[-1] not in " ."
    )


def lock_in_another_process(folder: Path) -> str:
    """Returns what another process says that tries to write the run."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from glasslab.errors import RecordError\n"
        "from glasslab.records.run_folder import RunFolder\n"
        "try:\n"
        "    with RunFolder(Path(sys.argv[1])).lock():\n"
        "        print('locked')\n"
        "except RecordError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_second_process_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a-s0-0123456789")
    with folder.lock():
        said = lock_in_another_process(folder.path)
    assert said == f"{folder.path}: another process is training this run; wait for it or stop it"
    assert lock_in_another_process(folder.path) == "locked"


def test_the_same_process_is_refused_too_and_let_in_afterwards(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with (
        folder.lock(),
        pytest.raises(RecordError, match="another process is training this run"),
        folder.lock(),
    ):
        pass
    with folder.lock():
        pass


def test_an_error_inside_lets_go_of_the_lock(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(ZeroDivisionError), folder.lock():
        _ = 1 / 0
    with folder.lock():
        pass


def test_runs_beside_each_other_do_not_lock_each_other(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "a").lock(), RunFolder(tmp_path / "b").lock():
        assert (tmp_path / "a").is_dir()


def test_a_runs_files_lie_in_its_folder() -> None:
    run = RunFolder(Path("runs/study/a-s0-0123456789"))
    files = [
        run.manifest,
        run.metrics,
        run.timing,
        run.weights,
        run.predictions,
        run.checkpoint,
        run.probe("x"),
    ]
    assert [path.relative_to(run.path).as_posix() for path in files] == [
        "run.json",
        "metrics.jsonl",
        "timing.jsonl",
        "weights.safetensors",
        "predictions.safetensors",
        "checkpoint/state.safetensors",
        "probes/x.npz",
    ]


def test_a_folder_is_named_by_variant_seed_and_hash() -> None:
    assert run_name("adam-0.01", 3, HASH) == f"adam-0.01-s3-{HASH}"


@pytest.mark.parametrize(
    "variant", ["con", "aux.1", "NUL.x", "com1.5", "lpt9.", "a.b.", "x" * 300, "a+b_c-d.e"]
)
def test_a_folders_name_is_legal_on_windows(variant: str) -> None:
    name = run_name(variant, 2**32 - 1, HASH)
    assert legal_on_windows(name)
    assert len(name) <= 110
    assert name.endswith(f"-s4294967295-{HASH}")


def test_names_of_files_are_legal_on_windows() -> None:
    run = RunFolder(Path("run"))
    for path in (
        run.manifest,
        run.metrics,
        run.weights,
        run.checkpoint,
        run.probe("boundary"),
        Path(".lock"),
    ):
        assert all(legal_on_windows(part) for part in path.parts)


@pytest.mark.parametrize(
    "path", sorted(Path(glasslab.records.__file__).parent.glob("*.py")), ids=lambda p: p.stem
)
def test_nothing_that_only_unix_has_is_imported(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    imported = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    assert not imported & {"fcntl", "resource", "pwd", "grp", "termios"}
