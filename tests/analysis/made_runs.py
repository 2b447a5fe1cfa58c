"""Runs made for tests: chosen values by variant and seed, in memory or written through the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from glasslab.analysis.results import Results, VariantResults, load_results
from glasslab.plan.identity import RunSettings, identity, run_hash
from glasslab.plan.study import Study, Variant
from glasslab.plan.study_file import Options, make_study
from glasslab.records.log import Log
from glasslab.records.machine import Code, Machine
from glasslab.records.manifest import DataFacts, Manifest, NetFacts, Status, write_manifest
from glasslab.records.run import Run
from glasslab.records.run_folder import RunFolder, run_name

CODE = Code(version="0.1.0", source="0123456789abcdef")
MACHINE = Machine(
    processor="a processor",
    cores=2,
    memory_gib=8.0,
    system="a system",
    python="3.11",
    libraries={"torch": "2"},
)
DATA = DataFacts(
    fingerprint="f1", origin="made", classes=("0", "1"), input_shape=(2,), examples={"train": 4, "test": 4}
)


@dataclass(frozen=True)
class Ending:
    """How a made run ends.

    Attributes:
        final: metrics of its final row.
        status: how it ended.
        parameters: of its net; None where that never became known.
        rows: its measurements; one like the final row where None.
        facts: what else its manifest says.
    """

    final: Mapping[str, float] = field(default_factory=dict)
    status: Status = "finished"
    parameters: int | None = 10
    rows: Sequence[Mapping[str, Any]] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


DIVERGED = Ending(status="diverged")
FAILED = Ending(status="failed", parameters=None)
RUNNING = Ending(status="running")

Value = float | Ending | None
Values = Mapping[str, Sequence[Value]]


def ending_of(value: float | Ending) -> Ending:
    """Returns an ending; a bare number is the test accuracy of a run that finished."""
    return value if isinstance(value, Ending) else Ending({"test/accuracy": value})


def study_over(values: Values, *holds: str, twins: Mapping[str, str] | None = None, **tables: Any) -> Study:
    """Returns a study with a variant for each name in values, that claims what `holds` writes.

    Variants differ in their learning rate; `twins` names those that have another one's.
    """
    rates = {name: 0.1 * (place + 1) for place, name in enumerate(values)}
    rates |= {name: rates[first] for name, first in (twins or {}).items()}
    return make_study(
        {
            "question": "Which is best?",
            "seeds": max(len(each) for each in values.values()),
            "data": {"name": "xor"},
            "net": {"name": "mlp", "widths": [2]},
            "recipe": {"optimizer": "sgd", "steps": 1},
            "variants": {name: {"recipe": {"lr": rate}} for name, rate in rates.items()},
            "claims": [{"says": each, "holds": each} for each in holds],
            **tables,
        },
        "made",
        Options(),
    )


def run_of(variant: Variant, seed: int, ending: Ending, folder: Path = Path("nowhere")) -> Run:
    """Returns a run as it would be read from its folder."""
    data = ending.facts.get("data", DATA)
    known_by = identity(RunSettings.of(variant, seed), data.fingerprint, ending.facts.get("source"))
    net = None if ending.parameters is None else NetFacts(parameters=ending.parameters, flops=None, layers=())
    made = Manifest(
        hash=run_hash(known_by),
        identity=known_by,
        variant=variant.name,
        seed=seed,
        status=ending.status,
        seconds=1.0,
        started="2025-01-01T00:00:00Z",
        code=CODE,
        machine=MACHINE,
        data=data,
        net=net,
    )
    manifest = msgspec.structs.replace(made, **{k: v for k, v in ending.facts.items() if k != "source"})
    finished = {"epoch": 1, "step": 1, **ending.final} if ending.status == "finished" else {}
    rows = [finished] * bool(finished) if ending.rows is None else ending.rows
    final = {"final": True, **finished} if finished else {}
    where = RunFolder(folder / run_name(variant.name, seed, manifest.hash))
    return Run(where, manifest, tuple(rows), final)


def write_run(run: Run) -> RunFolder:
    """Writes a run to its folder."""
    write_manifest(run.folder.manifest, run.manifest)
    log = Log(run.folder.metrics, 0)
    for row in (*run.rows, *([run.final] if run.final else [])):
        log.append(row)
    log.close()
    return run.folder


def results_of(study: Study, values: Values) -> Results:
    """Returns the results of a study whose runs end as given, without writing anything."""
    twins = study.twins()
    variants = []
    for variant in study.variants:
        owner = study.variant(twins.get(variant.name, variant.name))
        given = dict(zip(study.seeds, values[owner.name], strict=False))
        runs = {s: run_of(owner, s, ending_of(v)) for s, v in given.items() if v is not None}
        missing = tuple(seed for seed in study.seeds if seed not in runs)
        variants.append(VariantResults(variant, runs, missing, twins.get(variant.name)))
    return Results(study, Path("nowhere"), tuple(variants))


def written_results(study: Study, values: Values, folder: Path) -> Results:
    """Returns the same results after writing every run and reading it again."""
    for variant in study.variants:
        for seed, value in zip(study.seeds, values[variant.name], strict=False):
            if value is not None and variant.name not in study.twins():
                write_run(run_of(variant, seed, ending_of(value), folder))
    return load_results(study, folder)


def made(values: Values, *holds: str, twins: Mapping[str, str] | None = None, **tables: Any) -> Results:
    """Returns the results of `study_over` the same arguments, in memory."""
    return results_of(study_over(values, *holds, twins=twins, **tables), values)
