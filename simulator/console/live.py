"""A display for a terminal: what happens now, a bar, the speed and the time left."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.text import Text

from simulator.console.meter import Meter, clock_time
from simulator.console.text import clean


class Live:
    """Redraws one line. Finished phases stay above it, with the time that they took."""

    def __init__(self, console: Console, *, turns: int) -> None:
        self._console = console
        self._meter = Meter(turns)
        self._phase = ""
        self._phase_meter = Meter(1)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[tail]}", markup=False),
            console=console,
            transient=True,
        )
        self._task: TaskID = self._bar.add_task("", total=None, tail="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.stop()

    def phase(self, name: str, detail: str = "") -> None:
        self._close_phase()
        self._phase, self._phase_meter = clean(f"{name}: {detail}" if detail else name), Meter(1)
        self._bar.reset(self._task, description=self._phase, total=None, tail="")

    def started(self, *, units: int, user_turns: int) -> None:
        self._close_phase()
        self._meter.start(units)
        self._bar.reset(self._task, total=self._meter.total, description="", tail="")

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        meter = self._meter
        meter.add((arm, seed, mind, block), turn, user_turns)
        self._bar.update(
            self._task,
            completed=meter.done,
            description=arm if mind == "statistical" else f"{arm}, {mind}",
            tail=f"{meter.fraction:.0%}  {meter.rate:,.0f} turns/s  {clock_time(meter.left_s)} left",
        )

    def notice(self, text: str) -> None:
        self._console.print(Text.assemble(("note ", "yellow"), clean(text)))

    def finished(self, summary: Mapping[str, Any]) -> None:
        self._close_phase()
        self._bar.update(self._task, visible=False)

    def _close_phase(self) -> None:
        if self._phase:
            took = clock_time(self._phase_meter.elapsed_s)
            self._console.print(Text.assemble(("✓ ", "green"), self._phase, (f"  {took}", "dim")))
        self._phase = ""
