"""What the verbs write: documents to standard output, and how a run ended."""

from __future__ import annotations

import json
import os
import pydoc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simulator.console.text import clean_lines

if TYPE_CHECKING:
    from rich.console import Console

    from simulator.studies.ab import Outcome


@contextmanager
def only_the_document(wanted: bool) -> Iterator[None]:
    """Meanwhile, whatever plug-ins and libraries print goes to standard error, so that a document stands alone."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    try:
        kept = os.dup(sys.stdout.fileno())
    except (OSError, ValueError):  # no real file, as in a notebook or a test
        with redirect_stdout(sys.stderr):
            yield
        return
    try:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, sys.stdout.fileno())
        os.close(kept)


def write_json(document: Any) -> None:
    """One JSON document; numbers that are not finite are a mistake of ours, and raise."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def stdout_console() -> Console:
    """Standard output for tables: as wide as the terminal, 80 columns and plain where there is none."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 80)


@contextmanager
def paged() -> Iterator[Console]:
    """Standard output for what may be long: through the pager if a person sits there and it is taller than the screen,
    and never into a pipe."""
    console = stdout_console()
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        yield console
        return
    with console.capture() as caught:
        yield console
    text = caught.get()
    if text.count("\n") < console.size.height:
        sys.stdout.write(text)
    else:
        os.environ.setdefault("LESS", "-R")  # or `less` shows colours as signs
        pydoc.pager(text)


def close_run(outcome: Outcome, *, as_json: bool) -> None:
    """Shows how a run ended, and exits with its status."""
    folder: Path = outcome.folder
    if outcome.summary is not None and as_json:
        sys.stdout.write((folder / "summary.json").read_text(encoding="utf-8"))
    elif outcome.summary is not None:
        from simulator.console.tables import print_summary

        print_summary(outcome.summary, stdout_console())
        typer.echo(f"Report: {folder / 'report.html'}")
    if outcome.message:
        message = clean_lines(outcome.message)
        typer.echo(message if outcome.status == 0 else f"Error: {message}", err=True)
    raise typer.Exit(outcome.status)


@contextmanager
def interruptible(how_to_go_on: Callable[[], str]) -> Iterator[None]:
    """Meanwhile SIGTERM counts as Ctrl-C, and either ends the command with status 130 and these words, which no further
    Ctrl-C cuts short or adds to."""
    from simulator.cli.leaving import last_word
    from simulator.experiment.stopping import terminated_like_ctrl_c, undisturbed

    with terminated_like_ctrl_c():
        try:
            yield
        except KeyboardInterrupt:
            last_word(130)
            with undisturbed():
                typer.echo(how_to_go_on(), err=True)
            raise typer.Exit(130) from None


def how_to_resume(folder: Path) -> str:
    """How an interrupted run goes on."""
    if (folder / "manifest.json").exists():
        return f"Interrupted. Nothing committed is lost; go on with: understudy resume {folder}"
    return "Interrupted before the run began; nothing was written."
