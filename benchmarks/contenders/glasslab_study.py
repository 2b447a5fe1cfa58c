"""glasslab as its users call it: a study goes in, and comes back when every run's folder is written.

Usage: python -m benchmarks.contenders.glasslab_study [auto|solo|stacked]
"""

import sys
import tempfile

from benchmarks.arrays import run_name
from benchmarks.contenders.serving import CannotTrain, Message, serve

import glasslab
from glasslab.errors import GlasslabError


def train(message: Message, engine: str = "auto") -> dict[str, float]:
    """Runs the whole study, its worker processes and files included; returns the accuracies."""
    with tempfile.TemporaryDirectory() as folder:
        study = glasslab.Study(**message["study"], name="bench")
        try:
            results = glasslab.run(study, out=folder, engine=engine)
        except GlasslabError as error:
            raise CannotTrain(str(error)) from error
    for run in results.runs:
        if not run.finished:
            raise CannotTrain(f"run {run.folder.path.name}: {run.manifest.status}, {run.manifest.sentence}")
    unit, after = message["judged"]
    return {
        run_name(run.manifest.variant, run.manifest.seed): row["test/accuracy"]
        for run in results.runs
        for row in run.rows
        if row[unit.removesuffix("s")] == after
    }


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "auto"
    serve(lambda message: train(message, chosen), lambda message: None)
