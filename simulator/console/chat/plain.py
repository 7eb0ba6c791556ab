"""The session in plain lines: on a pipe, in a terminal that can no more, or because somebody asked for it.

The prompt is written only where a person types. Work is done in a thread, so that Ctrl-C can stop an answer instead of
tearing a life in two: once stops the answer, and at the prompt a second time leaves (status 130), as SIGTERM does the
first time. The end of the input (Ctrl-D) leaves with 0.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from simulator.console.chat import drawing
from simulator.console.chat.events import (
    Answered,
    Asked,
    Event,
    Greeting,
    Listed,
    Mistake,
    PageLived,
    Piece,
    Stage,
    Table,
    Told,
)
from simulator.console.chat.speech import Speech
from simulator.console.text import clean
from simulator.experiment.stopping import Terminated
from simulator.listener import Silent

if TYPE_CHECKING:
    from simulator.console.chat.opening import Opening
    from simulator.console.chat.session import Session

PROMPT = "> "
_SOON_S = 0.05


class Plain:
    """Shows a session line by line."""

    def __init__(self, session: Session, stdin: TextIO, stdout: TextIO) -> None:
        self.session, self.stdin, self.stdout = session, stdin, stdout
        self.typed = stdin.isatty()
        width = None if stdout.isatty() else 80
        self.console = Console(file=stdout, highlight=False, markup=False, emoji=False, width=width)
        self._speech: Speech | None = None
        self._stage = ""

    def run(self) -> int:
        """Until the human leaves; the exit status."""
        try:
            self._talk()
        except KeyboardInterrupt:
            return 130
        return 0

    def _talk(self) -> None:
        warned = not self._do(self.session.begin())
        if self.typed:
            with suppress(ImportError):  # with it, `input` knows earlier lines, and lines of more than 4,095 characters
                import readline  # noqa: F401
            self._print(Text("? lists what you can do; /quit or Ctrl-D leaves.", style="dim"))
        while not self.session.over:
            try:
                line = self._line()
            except KeyboardInterrupt as how:
                self.console.print()
                if warned or not self.typed or isinstance(how, Terminated):
                    raise
                warned = True
                self._print("Ctrl-C once more leaves; what is done so far is kept. Or just go on.")
                continue
            if line is None:
                break
            warned = not self._do(self.session.run(line))

    def _line(self) -> str | None:
        """The next line; None at the end."""
        if not self.typed:
            line = self.stdin.readline()
            return line.rstrip("\n") if line else None
        try:
            return input(PROMPT)
        except EOFError:
            self.console.print()
            return None

    def _do(self, events: Iterator[Event]) -> bool:
        """Shows what comes; False if the human stopped it."""
        work = _Work(events)
        stopped, self._stage = False, ""
        while True:
            try:
                work.begin()
                if (event := work.next()) is not None:
                    self._show(event)
                elif work.is_over:
                    break
            except KeyboardInterrupt as how:
                if stopped or isinstance(how, Terminated):  # whatever it is, it is not waited for
                    raise
                stopped = True
                self.session.interrupt()
        self._hush()
        if stopped:
            self._print("Stopped.")
        return not stopped

    def _show(self, event: Event) -> None:
        if isinstance(event, Piece):
            self._speak(event.text)
            return
        self._hush()
        if isinstance(event, Asked):
            self._print(Text(f"{PROMPT}{clean(event.question)}", style="bold"))
        elif isinstance(event, Answered):
            if (more := drawing.afterword(event.answer)) is not None:
                self._print(Text(more, style="yellow"))
        elif isinstance(event, Greeting):
            self._print(drawing.greeting(event, self.session.life.name))
        elif isinstance(event, PageLived):
            self._print(drawing.page(event.lived, event.number))
        elif isinstance(event, Listed):
            self._print(drawing.listing(event.listing))
        elif isinstance(event, Table):
            self._print(drawing.table(event))
        elif isinstance(event, Stage):
            if (stage := event.text.partition(":")[0]) != self._stage:  # how far it is, is no line of its own
                self._print(Text(clean(stage), style="dim"))
            self._stage = stage
        elif isinstance(event, Told):
            self._print(Text(clean(event.text)))
        elif isinstance(event, Mistake):
            self._print(Text(clean(event.text), style="yellow"))

    def _print(self, what: RenderableType) -> None:
        """Without the blanks that tables put at the ends of lines."""
        with self.console.capture() as caught:
            self.console.print(what)
        self.stdout.write("".join(f"{line.rstrip()}\n" for line in caught.get().splitlines()))
        self.stdout.flush()

    def _speak(self, text: str) -> None:
        """Words as they come, without waiting for a whole line."""
        if self._speech is None:
            self._speech = Speech(self.stdout, self.console.width)
            self._speech.add(f"{self.session.life.name}: ")
        self._speech.add(text)

    def _hush(self) -> None:
        if self._speech is not None:
            self._speech.end()
            self._speech = None


class _Work(threading.Thread):
    """Makes the events. An interrupt can come between any two steps of who takes them, so nothing rests on one of them
    alone: the end is seen by the thread being over."""

    def __init__(self, events: Iterator[Event]) -> None:
        super().__init__(daemon=True)
        self._events = events
        self._coming: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._error: BaseException | None = None

    def begin(self) -> None:
        """Starts, if that has not happened yet."""
        if self.ident is None:
            self.start()

    def run(self) -> None:
        try:
            for event in self._events:
                self._coming.put(event)
        except BaseException as error:
            self._error = error

    def next(self) -> Event | None:
        """The next event, if one comes soon; meanwhile, interrupts are heard."""
        try:
            return self._coming.get(timeout=_SOON_S)
        except queue.Empty:
            return None

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more. Raises what went wrong."""
        if self.is_alive() or not self._coming.empty():
            return False
        if self._error is not None:
            raise self._error
        return True


class _Phases(Silent):
    """Says what is being prepared, to whoever waits at a terminal."""

    def phase(self, name: str, detail: str = "") -> None:
        if sys.stderr.isatty():
            print(f"... {clean(name)}{f' ({clean(detail)})' if detail else ''}", file=sys.stderr)


def talk_in_lines(opening: Opening) -> int:
    """A session on this process's standard input and output; the exit status."""
    session = opening(_Phases())
    try:
        status = Plain(session, sys.stdin, sys.stdout).run()
        if status == 130 and session.kept is not None:
            print(f"Interrupted. Go on with: understudy chat --replay {session.kept}", file=sys.stderr)
        return status
    finally:
        session.close()
