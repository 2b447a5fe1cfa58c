"""How fast glasslab trains studies, against its peers, on the same work, in one go.

Usage: scripts/bench [--quick] [--only WORK] [--rounds N] [--peers FOLDER] [--out FOLDER]
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.arrays import write_arrays
from benchmarks.contest import CONTENDERS, ROOT, BenchError, Contest, Player
from benchmarks.findings import disagreements, outcomes, paces
from benchmarks.page import Row, page
from benchmarks.works import GLASSLAB, WORKS, Work, quick, training_flops

from glasslab.errors import DataError
from glasslab.records.machine import this_code, this_machine

HERE = Path(__file__).parent
NAMES = tuple(work.name for work in WORKS)
LOAD = os.getloadavg()[0]  # before the bench itself adds to it
PEERS = ("torch", "keras", "jax", "lightning", "skorch", "numpy")


def main() -> int:
    """Measures what the command line asks for; returns 1 where something failed."""
    asked = arguments()
    pythons = environments(asked)
    works = [quick(work) if asked.quick else work for work in WORKS if work.name in (asked.only or NAMES)]
    rows: list[Row] = []
    troubles, notes = [], missing(pythons)
    for work in works:
        tell(f"{work.name}: {work.says}")
        try:
            rows.append(measured(work, pythons, asked.rounds))
        except DataError as error:
            notes.append(f"{work.name} was left out: {error}")
        except BenchError as error:
            troubles.append(f"{work.name}: {error}")
        else:
            troubles += [f"{work.name}: {sentence}" for sentence in disagreements(rows[-1].times)]
    text = page(facts(asked, pythons), rows, notes)
    print(text)
    folder = asked.out or (None if asked.quick or asked.only else HERE)
    if folder:
        write(folder, text, rows)
    for trouble in troubles:
        tell(trouble)
    return 1 if troubles else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=NAMES, help="this work alone; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="5 unless said")
    parser.add_argument("--quick", action="store_true", help="little data: shows that it works, not how fast")
    parser.add_argument("--peers", type=Path, help="environment of the peers (PEERS)")
    parser.add_argument("--peers-tensorflow", type=Path, help="one with TensorFlow (PEERS_TENSORFLOW)")
    parser.add_argument(
        "--out",
        type=Path,
        help="where RESULTS.md and results.json go: here for the whole bench, else they are only printed",
    )
    return parser.parse_args()


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def environments(asked: argparse.Namespace) -> dict[str, Path]:
    """Returns the interpreter of each environment that there is."""
    pythons = {"glasslab": Path(sys.executable)}
    for name, folder, variable in (
        ("peers", asked.peers, "PEERS"),
        ("tensorflow", asked.peers_tensorflow, "PEERS_TENSORFLOW"),
    ):
        where = folder or os.environ.get(variable)
        if where:
            pythons[name] = Path(where) / "bin" / "python"
            if not pythons[name].exists():
                raise SystemExit(f"{pythons[name]}: is not there; name the folder of a virtual environment")
    return pythons


def missing(pythons: dict[str, Path]) -> list[str]:
    """Returns a sentence for each environment that is not there."""
    return [
        f"Left out, for want of an environment '{name}': "
        + ", ".join(each.name for each in CONTENDERS.values() if each.python == name)
        for name in ("peers", "tensorflow")
        if name not in pythons
    ]


def measured(work: Work, pythons: dict[str, Path], rounds: int) -> Row:
    """Returns a work with everything measured on it.

    Raises:
        DataError: when its data is not on this machine.
        BenchError: when a contender's process ends, or glasslab cannot train it.
    """
    names = [name for name in (GLASSLAB, *work.contenders) if CONTENDERS[name].python in pythons]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folders = write_arrays(work, work.all_seeds(rounds), folder)
        rates = matrix_rates(pythons["glasslab"])
        players = [
            stack.enter_context(Player.start(each, pythons[each.python], dict(os.environ)))
            for each in (CONTENDERS[name] for name in names)
        ]
        times = Contest(work, folders, players, tell).measure(rounds)
        data = json.loads((next(iter(folder.iterdir())) / "facts.json").read_text())
    if times[GLASSLAB].cannot:
        raise BenchError(f"glasslab did not take part: {times[GLASSLAB].cannot}")
    found = paces(work, times)
    flops = unit_flops(work, data)
    share = flops / found[GLASSLAB].median / 1e9 / max(rates.values())
    return Row(work, times, found, outcomes(work, found, share), flops, rates)


def matrix_rates(python: Path) -> dict[str, float]:
    """Returns the machine's GFLOP/s by the name of the product."""
    command = [python, "-m", "benchmarks.contenders.matrix_rate"]
    rates: dict[str, float] = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))
    return rates


def unit_flops(work: Work, data: dict[str, Any]) -> float:
    """Returns the FLOPs of one run's epoch or step; the mean over variants, which differ in length only.

    Args:
        work: what is trained.
        data: facts of one of its data sets.
    """
    size = work.tables["recipe"]["batch_size"]
    examples = data["examples"] if work.unit == "epochs" or size == "full" else size
    total = 0
    for name in work.variants:
        tables = work.variant(name)
        shape = tuple(data["shape"])
        if "length" in tables["data"]:
            shape = (tables["data"]["length"] - 1, 1)
        total += training_flops(tables["net"], shape, data["classes"])
    return examples * total / len(work.variants)


def facts(asked: argparse.Namespace, pythons: dict[str, Path]) -> list[tuple[str, str]]:
    """Returns the machine, the versions and the day."""
    machine, code = this_machine(), this_code()
    changed = ", with changes that are not committed" if code.changed else ""
    described = [
        ("date", date.today().isoformat()),
        ("processor", f"{machine.processor}, {machine.cores} cores, {machine.memory_gib} GiB"),
        ("system", f"{machine.system}, Python {machine.python}"),
        ("glasslab", f"{code.version}, commit {code.commit}{changed}, source {code.source}"),
        ("glasslab's libraries", ", ".join(f"{name} {v}" for name, v in machine.libraries.items())),
        ("rounds", f"{asked.rounds}" + (", quick: the seconds mean nothing" if asked.quick else "")),
        ("load average at the start", f"{LOAD:.2f}"),
    ]
    for name, python in pythons.items():
        if name != "glasslab":
            described.append((name, versions(python)))
    return described


def versions(python: Path) -> str:
    """Returns the versions of the peers in an environment."""
    script = (
        "import importlib.metadata as m, sys\n"
        "there = {d.name.lower(): d.version for d in m.distributions()}\n"
        "print(', '.join(f'{n} {there[n]}' for n in sys.argv[1:] if n in there))"
    )
    command = [python, "-c", script, *PEERS, "tensorflow_cpu", "tensorflow-cpu"]
    return subprocess.check_output(command, text=True).strip()


def write(folder: Path, text: str, rows: Sequence[Row]) -> None:
    """Writes the page, and every measured number as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "RESULTS.md").write_text(text)
    numbers = [dataclasses.asdict(row) for row in rows]
    (folder / "results.json").write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    sys.exit(main())
