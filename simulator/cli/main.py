"""The command `understudy`: which verbs there are, and how every mistake ends.

Exit status: 0 done, 1 the run failed, 2 the input is wrong (one message, no traceback), 3 the budget is spent, 130
interrupted. Nothing heavy is imported until a verb needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from simulator.cli import chat, check, compare, evaluate, log, play, report, resume, run, scenarios, tune, view
from simulator.console.text import clean_lines

PACKAGES = ("simulator", "personas", "recommenders", "scenarios")

_CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]
"""What typer raises for a wrong command line, under whichever name its version gives it."""


def _lazy(module: str) -> type[TyperGroup]:
    """A group of commands whose module is imported when one of them is wanted."""

    class Lazy(TyperGroup):
        def _load(self) -> None:
            if not self.commands:
                self.commands = get_group(import_module(module).app).commands

        def list_commands(self, ctx: Any) -> list[str]:
            self._load()
            return list(super().list_commands(ctx))

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            self._load()
            return super().get_command(ctx, cmd_name)

    return Lazy


def _group(module: str) -> typer.Typer:
    return typer.Typer(cls=_lazy(module), no_args_is_help=True, rich_markup_mode=None)


class _Root(TyperGroup):
    """All commands. Typer itself would end an interrupted one without a word."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        with _said():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _said():
            return super().invoke(ctx)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Abort from None


app = typer.Typer(
    name="understudy",
    cls=_Root,
    help="Simulated people in front of a recommender, so that the A/B test can be run before the real one.",
    epilog="Start here: understudy run quickstart",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("resume")(resume.resume)
app.command("check")(check.check)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("view")(view.view)
app.command("compare")(compare.compare)
app.command("tune")(tune.tune)
app.command("chat")(chat.chat)
app.command("play")(play.play)
app.add_typer(log.app, name="log")
app.add_typer(_group("simulator.cli.data"), name="data", help="Get data sets.")
app.add_typer(_group("simulator.cli.recommenders"), name="recommenders", help="Which there are, and whether they work.")
app.add_typer(_group("simulator.cli.personas"), name="personas", help="Who the simulated people are.")
app.add_typer(scenarios.app, name="scenarios")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"understudy {version('understudy')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command with `argv` (None: of the process) and returns its exit status."""
    nowhere = io.StringIO()  # what is said to a stream that the caller closed
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter is no reason to fail
    try:
        _same_distribution()
        _append_working_folder()
        status = app(args=argv, prog_name="understudy", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted.", file=sys.stderr)
        return 130
    except _CommandLineError as error:
        print(_explained(error), file=sys.stderr)
        return 2
    except Exception as error:
        from simulator.records import UserInputError  # numpy comes with it, so only now

        if isinstance(error, OSError):
            with suppress(OSError):
                print(f"Error: {error.strerror or error}: {error.filename or 'output'}", file=sys.stderr)
            return 1
        if not isinstance(error, UserInputError):
            raise
        print(f"Error: {clean_lines(str(error))}", file=sys.stderr)
        return 2


def _append_working_folder() -> None:
    """Lets plug-ins of the working folder be found, where they can shadow nothing."""
    with suppress(FileNotFoundError):  # the folder was deleted under this shell
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())


def _explained(error: Any) -> str:
    """A wrong command line in one line: what is wrong, what was probably meant, where to read on."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "understudy"
    what = getattr(error, "message", "") if getattr(error, "possibilities", None) else error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(what)
    near = f" Did you mean {error.possibilities[0]}?" if getattr(error, "possibilities", None) else ""
    what = what.rstrip(".") if not what.endswith("?") else what
    return f"Error: {command}: {what}{'.' if not what.endswith('?') else ''}{near} See `{command} --help`"


def _same_distribution() -> None:
    """The import names are generic: another package of the same name would quietly take the place of ours."""
    home = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        spec = find_spec(name)
        where = Path(spec.origin).resolve().parents[1] if spec is not None and spec.origin is not None else None
        if where != home:
            from simulator.records import UserInputError

            raise UserInputError(
                f"the package {name!r} is taken from {where or 'nowhere'}, not from Understudy's {home}. Another "
                "package has its name: install Understudy into a virtual environment of its own, or rename the other"
            )


if __name__ == "__main__":
    from simulator.cli.entry import main as enter

    sys.exit(enter())
