"""Which display shows a run: the one asked for, or plain lines where there is no terminal to draw on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from simulator.listener import Listener, Silent


class DisplayKind(StrEnum):
    """How a run tells what it does. All displays write to standard error."""

    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


@contextmanager
def display(kind: DisplayKind, *, turns: int) -> Iterator[Listener]:
    """A listener that shows a run of `turns` turns; a live one is taken down at the end, also after an error."""
    if kind is DisplayKind.NONE:
        yield Silent()
    elif kind is DisplayKind.JSON:
        from simulator.console.json_lines import JsonLines

        yield JsonLines(sys.stderr, turns=turns)
    elif kind is DisplayKind.LIVE and sys.stderr.isatty():
        from rich.console import Console

        from simulator.console.live import Live

        with Live(Console(stderr=True, highlight=False), turns=turns) as live:
            yield live
    else:
        from simulator.console.plain import Plain

        yield Plain(sys.stderr, turns=turns)
