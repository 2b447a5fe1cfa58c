"""The glasslab command: its subcommands, and what an error or Ctrl-C becomes."""

import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from glasslab.cli import compare, data, inspect, list_runs, new, plan, replicate, report, run, show, studies
from glasslab.errors import GlasslabError
from glasslab.version import VERSION


class Interrupted(Exception):
    """Ctrl-C, under a name that Typer does not turn into an exit code of its own."""


class Commands(TyperGroup):
    """The subcommands; Ctrl-C inside of one reaches `main`."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Carries out the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None


app = typer.Typer(
    name="glasslab",
    cls=Commands,
    help="A lab for neural networks with glass walls: studies over seeds, honest statistics, reports.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("studies")(studies.studies)
app.command("new")(new.new)
app.command("plan")(plan.plan)
app.command("list")(list_runs.list_runs)
app.command("show")(show.show)
app.command("inspect")(inspect.inspect)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("replicate")(replicate.replicate)
app.add_typer(data.app, name="data")


def print_version(wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        print(f"glasslab {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=print_version, is_eager=True, help="Print it."),
) -> None:
    """A lab for neural networks with glass walls: studies over seeds, honest statistics, reports."""


def main() -> None:
    """Runs the command and exits: 0, 1 (a run failed), 2 (wrong use), 130 (Ctrl-C), 143 (SIGTERM)."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers are stopped on the way out
    try:
        app()
    except GlasslabError as error:
        for line in str(error).splitlines():
            print(f"glasslab: {line}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"glasslab: {where}{error.strerror or error}; free it, or choose another place", file=sys.stderr
        )
        sys.exit(2)
    except Interrupted:
        print(
            "\nglasslab: stopped; nothing is lost. The same command goes on where it stopped.",
            file=sys.stderr,
        )
        sys.exit(130)
