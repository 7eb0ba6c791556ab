"""Which display shows a run: the one asked for, or plain lines where there is no terminal to draw on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TextIO

from simulator.listener import Listener, Silent


class DisplayKind(StrEnum):
    """How a run tells what it does. All displays write to standard error."""

    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


def can_draw(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a panel can be drawn on the stream: a terminal that can move its cursor, in front of a person.

    `NO_COLOR` and `CI` ask for plain lines, whatever the stream is: who sets the one wants text without escape
    sequences, and the log of the other is read afterwards.
    """
    ci = environment.get("CI", "").lower() not in ("", "0", "false")
    dumb = environment.get("TERM", "dumb").lower() in ("", "dumb", "unknown")
    return stream.isatty() and not dumb and not ci and not environment.get("NO_COLOR")


@contextmanager
def display(kind: DisplayKind, *, turns: int) -> Iterator[Listener]:
    """A listener that shows a run of `turns` turns; a live one is taken down at the end, also after an error."""
    if kind is DisplayKind.NONE:
        yield Silent()
    elif kind is DisplayKind.JSON:
        from simulator.console.json_lines import JsonLines
        from simulator.experiment.stopping import undisturbed

        listener = JsonLines(sys.stderr, turns=turns)
        try:
            yield listener
        except KeyboardInterrupt:
            with undisturbed():
                listener.interrupted()
            raise
    elif kind is DisplayKind.LIVE and can_draw(sys.stderr):
        from rich.console import Console

        from simulator.console.live import Live

        with Live(Console(file=sys.stderr, highlight=False), turns=turns) as live:
            yield live
    else:
        from simulator.console.plain import Plain

        yield Plain(sys.stderr, turns=turns)
