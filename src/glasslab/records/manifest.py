"""run.json: what a run is, how it went, and what it was made by."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from glasslab.errors import RecordError
from glasslab.records.durable import write_file
from glasslab.records.machine import Code, Machine

Status = Literal["running", "finished", "diverged", "failed"]


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was trained and measured on.

    Attributes:
        fingerprint: hash of the examples, see `glasslab.data.dataset`.
        origin: where they were read from.
        classes: their names.
        input_shape: of one example: (channels, height, width) or (features,).
        examples: how many in each split.
    """

    fingerprint: str
    origin: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    examples: dict[str, int]


class LayerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of the network.

    Attributes:
        name: as the module is called.
        kind: the module's class.
        output_shape: without the batch.
        parameters: numbers that it learns.
        flops: floating-point operations of a forward pass of one example; None where unknown.
        text: the layer as a formula would write it ("conv 5x5,32"); empty for a mere change of shape.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    flops: int | None
    text: str = ""


class NetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the network is.

    Attributes:
        parameters: numbers that it learns, in all.
        flops: of a forward pass of one example, where every layer's are known.
        layers: in the order of the forward pass.
        formula: the layers in one line, "784 - 128 relu - 10"; empty where they say nothing of themselves.
    """

    parameters: int
    flops: int | None
    layers: tuple[LayerFacts, ...]
    formula: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a run but its numbers by epoch, its weights and its predictions.

    Attributes:
        hash: 10 hex digits over `identity`; names the folder.
        identity: the settings that determine the run, see `glasslab.plan.identity`.
        variant: the name under which it was run first.
        seed: its seed.
        status: running until it has ended one way or another.
        sentence: how it ended, for people; empty while running.
        engine: which engine trained it, "solo" or "stacked".
        cohort: hashes of the runs that were trained together with it, in order; empty where it was alone.
        device: "cpu", "cuda", "mps".
        threads: of the training process; part of what makes results equal to the bit.
        at_once: runs that were trained on the machine at the same time; seconds compare only where it is 1.
        seconds: of training, measurements by epoch included, data loading and start-up excluded; of a cohort,
            this run's share.
        interruptions: how often it was resumed.
        started: when, UTC, ISO 8601.
        ended: when it ended; empty while running.
        code: what code made it.
        machine: what machine made it.
        data: what it was trained on; None until that is known.
        net: what the network is; None until that is known.
        snapshots: after how many measurements weights were kept along the way; 0 is before training.
    """

    hash: str
    identity: dict[str, Any]
    variant: str
    seed: int
    status: Status = "running"
    sentence: str = ""
    engine: str = "solo"
    cohort: tuple[str, ...] = ()
    device: str = "cpu"
    threads: int = 1
    at_once: int = 1
    seconds: float = 0.0
    interruptions: int = 0
    started: str = ""
    ended: str = ""
    code: Code
    machine: Machine
    data: DataFacts | None = None
    net: NetFacts | None = None
    snapshots: tuple[int, ...] = ()


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes a manifest so that a reader finds the old one or this one."""
    write_file(path, msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def read_manifest(path: Path) -> Manifest:
    """Returns a manifest.

    Raises:
        RecordError: when it is missing, damaged, or of a version that this one cannot read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path}: is not a run's manifest ({error}); delete the run's folder to make it again"
        ) from error
