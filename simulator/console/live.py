"""A display for a terminal: a small panel of fixed height that is drawn again where it stands.

Finished phases and notices stay above it. It is drawn in one write, only if something changed, and a few times a second
at most, so that nothing flickers; what others print meanwhile goes above it, a line at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from threading import Event, RLock, Thread, get_ident
from types import TracebackType
from typing import Any, Self, TextIO

from rich.cells import cell_len
from rich.console import Console, ConsoleDimensions
from rich.text import Text

from simulator.console import panel
from simulator.console.meter import Meter, clock_time
from simulator.console.text import clean
from simulator.experiment.stopping import undisturbed
from simulator.listener import Standing

REDRAWN_EVERY_S = 0.2
_HIDE, _SHOW, _TO_END, _REST_OF_LINE = "\x1b[?25l", "\x1b[?25h", "\x1b[J", "\x1b[K"


class Live:
    """Draws on `console`, which is a terminal. Use as a context manager."""

    def __init__(self, console: Console, *, turns: int) -> None:
        self._console = console
        self._signs = panel.ASCII if console.options.ascii_only else panel.PRETTY
        self._meter, self._phase_meter = Meter(turns), Meter(1)
        self._phase = ""
        self._living = self._stopping = False
        self._standing = Standing()
        self._state, self._painting = RLock(), RLock()
        self._drawn: list[str] = []
        self._size = console.size
        self._end = Event()
        self._painter = Thread(target=self._paint, name="display", daemon=True)
        self._kept: tuple[TextIO, TextIO] | None = None

    def __enter__(self) -> Self:
        self._kept = sys.stdout, sys.stderr
        if sys.stdout.isatty():
            sys.stdout = _Above(sys.stdout, self._print_line)
        if sys.stderr.isatty():
            sys.stderr = _Above(sys.stderr, self._print_line)
        self._write(_HIDE)
        self._painter.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        with undisturbed():
            self._take_down(kind)

    def _take_down(self, kind: type[BaseException] | None) -> None:
        self._end.set()
        self._painter.join()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, _Above):
                stream.close_line()
        if self._kept is not None:
            sys.stdout, sys.stderr = self._kept
        cut_short = kind is not None and self._living
        self._phase, self._living = "", False
        if cut_short:
            self._above(self._told_of_run("-", "yellow"))
        self._redraw()
        self._write(_SHOW)

    def phase(self, name: str, detail: str = "") -> None:
        self._close_phase()
        with self._state:
            self._phase, self._phase_meter = clean(f"{name}: {detail}" if detail else name), Meter(1)

    def started(self, *, units: int, user_turns: int) -> None:
        self._close_phase()
        with self._state:
            self._meter.start(units)
            self._standing, self._living = Standing(), True

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        with self._state:
            self._meter.add((arm, seed, mind, block), turn, user_turns)

    def standing(self, standing: Standing) -> None:
        with self._state:
            self._standing = standing
            self._meter.leave_out(standing.arms)

    def notice(self, text: str) -> None:
        self._above(Text.assemble(("note ", "yellow"), clean(text)))

    def stopping(self, text: str) -> None:
        with self._state:
            self._stopping = True
        self._above(Text.assemble(("stop ", "yellow"), clean(text)))

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._close_phase()

    def _close_phase(self) -> None:
        """Whatever was going on is done. Locks are taken one at a time: whoever draws needs both."""
        sign, told = "✓" if self._signs is panel.PRETTY else "+", None
        with self._state:
            if self._living:
                told = self._told_of_run(sign, "green")
            elif self._phase:
                took = clock_time(self._phase_meter.elapsed_s)
                told = Text.assemble((f"{sign} ", "green"), self._phase, (f"  {took}", "dim"))
            self._phase, self._living = "", False
        if told is not None:
            self._above(told)

    def _told_of_run(self, sign: str, style: str) -> Text:
        meter = self._meter
        share = "" if meter.done >= meter.total else f"{meter.fraction:.0%}, "
        what = f"run: {share}{meter.user_turns:,} user-turns, {meter.rate:,.0f}/s"
        return Text.assemble((f"{sign} ", style), what, (f"  {clock_time(meter.elapsed_s)}", "dim"))

    def _paint(self) -> None:
        while not self._end.wait(REDRAWN_EVERY_S):
            self._redraw()

    def _lines(self, size: ConsoleDimensions) -> list[Text]:
        """The panel as it should be now."""
        with self._state:
            if self._living:
                return panel.lines(
                    self._standing,
                    self._meter,
                    stopping=self._stopping,
                    width=size.width,
                    height=size.height,
                    signs=self._signs,
                )
            if not self._phase:
                return []
            took = clock_time(self._phase_meter.elapsed_s)
            line = Text.assemble("  ", self._phase, (f"  {took}", "dim"))
        line.truncate(size.width - 1, overflow="crop")
        return [line]

    def _redraw(self, above: Text | None = None) -> None:
        with self._painting:
            size = self._console.size
            drawn = [self._rendered(line) for line in self._lines(size)]
            if drawn == self._drawn and above is None:
                return
            # Line over line, and only then what is left below: some terminals keep a screen that is cleared from its
            # first line, and the panel would stay behind in what was scrolled away. After a change of size each line is
            # cleared first: the mark that it goes on in the next may lie on it, and a wider window would join the two.
            told = [] if above is None else self._rendered(above, wrap=True).split("\n")
            over = [f"{_REST_OF_LINE}{line}\n" for line in told]
            over += [f"{line}{_REST_OF_LINE}\n" if size == self._size else f"{_REST_OF_LINE}{line}\n" for line in drawn]
            self._write("".join([self._back_to_top(size.width), *over, _TO_END]))
            self._drawn, self._size = drawn, size

    def _above(self, line: Text) -> None:
        self._redraw(line)

    def _print_line(self, line: str) -> None:
        text = Text.from_ansi(line.expandtabs())
        self._above(text if text.plain.isprintable() else Text(clean(text.plain)))

    def _back_to_top(self, width: int) -> str:
        """To where the panel begins. Terminals wrap lines anew when they become narrower, so its height may differ."""
        rows = sum(max(1, -(-cell_len(Text.from_ansi(line).plain) // max(1, width))) for line in self._drawn)
        return f"\r\x1b[{rows}A" if rows else "\r"

    def _rendered(self, line: Text, *, wrap: bool = False) -> str:
        with self._console.capture() as caught:
            self._console.print(line, end="", soft_wrap=not wrap)
        return caught.get()

    def _write(self, text: str) -> None:
        file = self._console.file
        file.write(text)
        file.flush()


class _Above:
    """Stands in for a stream while the panel is there: whole lines go above it. `print` writes a line and its end one
    after the other, so the beginning of a line is kept for the thread that wrote it."""

    def __init__(self, stream: TextIO, print_line: Callable[[str], None]) -> None:
        self._stream, self._print_line = stream, print_line
        self._begun: dict[int, str] = {}

    def write(self, text: str) -> int:
        *whole, begun = (self._begun.pop(get_ident(), "") + text).split("\n")
        if begun:
            self._begun[get_ident()] = begun
        for line in whole:
            self._print_line(line)
        return len(text)

    def flush(self) -> None:
        """Half a line waits for the rest of it."""

    def close_line(self) -> None:
        """Print what is left of the last lines."""
        for line in list(self._begun.values()):
            self._print_line(line)
        self._begun.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
