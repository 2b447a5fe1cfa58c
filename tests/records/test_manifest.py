import re
from pathlib import Path

import msgspec
import pytest

from glasslab.errors import RecordError
from glasslab.records.machine import Code, Machine, this_code, this_machine
from glasslab.records.manifest import (
    DataFacts,
    LayerFacts,
    Manifest,
    NetFacts,
    read_manifest,
    write_manifest,
)

FULL = Manifest(
    hash="0123456789",
    identity={
        "schema": 1,
        "data": {"name": "xor"},
        "net": {"widths": [2, 3]},
        "recipe": {"lr": 1e-08},
        "seed": 7,
    },
    variant="größer",
    seed=7,
    status="diverged",
    sentence="the loss was NaN",
    engine="solo",
    device="cpu",
    threads=2,
    at_once=3,
    seconds=1.25,
    interruptions=4,
    started="2025-01-01T00:00:00Z",
    ended="2025-01-01T00:01:00Z",
    code=Code(version="0.1.0", source="abc", commit="def", changed=True),
    machine=Machine(
        processor="p", cores=2, memory_gib=7.5, system="s", python="3.11.9", libraries={"torch": "2.13.0"}
    ),
    data=DataFacts(
        fingerprint="f",
        origin="made",
        classes=("0", "1"),
        input_shape=(1, 28, 28),
        examples={"train": 5, "test": 6},
    ),
    net=NetFacts(
        parameters=9,
        flops=None,
        layers=(
            LayerFacts(name="0", kind="Linear", output_shape=(3,), parameters=9, flops=18),
            LayerFacts(name="1", kind="ReLU", output_shape=(3,), parameters=0, flops=None, text="relu"),
        ),
    ),
)


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path / "run.json", FULL)
    assert read_manifest(tmp_path / "run.json") == FULL


def test_a_manifest_of_a_run_that_has_just_begun_comes_back_too(tmp_path: Path) -> None:
    begun = Manifest(hash="a", identity={}, variant="v", seed=0, code=this_code(), machine=this_machine())
    write_manifest(tmp_path / "run.json", begun)
    found = read_manifest(tmp_path / "run.json")
    assert found == begun
    assert (found.status, found.ended, found.data, found.net) == ("running", "", None, None)


def test_a_manifest_is_text_that_people_can_read(tmp_path: Path) -> None:
    write_manifest(tmp_path / "run.json", FULL)
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert '\n "variant": "größer",\n' in text
    assert text.endswith("}\n")


def test_a_manifest_is_replaced_whole(tmp_path: Path) -> None:
    write_manifest(tmp_path / "run.json", FULL)
    short = msgspec.structs.replace(FULL, net=None, data=None, status="running")
    write_manifest(tmp_path / "run.json", short)
    assert read_manifest(tmp_path / "run.json") == short
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_a_key_of_a_later_version_is_overlooked(tmp_path: Path) -> None:
    write_manifest(tmp_path / "run.json", FULL)
    later = msgspec.json.decode((tmp_path / "run.json").read_bytes()) | {"mood": "good"}
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(later))
    assert read_manifest(tmp_path / "run.json") == FULL


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    with pytest.raises(RecordError, match=re.escape(f"{path}: cannot be read (No such file or directory)")):
        read_manifest(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Input data was truncated"),
        (b'{"hash": "01', "Input data was truncated"),
        (b"{hash}", "malformed"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `hash`"),
        (b'{"hash": "\xff"}', "invalid start byte"),
    ],
)
def test_a_damaged_manifest_is_named_with_what_to_do(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    match = re.escape(f"{path}: is not a run's manifest (") + ".*" + re.escape(why) + ".*"
    with pytest.raises(RecordError, match=match + re.escape("); delete the run's folder to make it again")):
        read_manifest(path)


def test_an_unknown_status_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_manifest(path, FULL)
    path.write_bytes(path.read_bytes().replace(b'"diverged"', b'"asleep"'))
    with pytest.raises(RecordError, match=r"Invalid enum value 'asleep' - at `\$\.status`"):
        read_manifest(path)
