"""The seat on a full screen: the play runs in a thread of its own, and each question of it is a screen.

The thread dies with the process: whatever the player did is on disk the moment they did it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing import resource_tracker
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from rich.text import Text
from textual.events import Event as TextualEvent
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Static

from simulator.console.fitting import FittingApp
from simulator.console.play.phases import WORDS
from simulator.console.play.screens import ItemScreen, PageScreen, Question, TitlesScreen
from simulator.console.text import clean
from simulator.listener import Silent
from simulator.studies.play.looking import Looking, Stopped
from simulator.studies.play.playing import Played
from simulator.studies.play.seat import Player
from simulator.studies.play.taste import Onboarding, Pick

_PATIENCE_S = 0.1
"""How often a waiting thread looks whether the screen is still there."""
_SOON_S = 0.01
"""How often a key looks whether the screen that it is for has been drawn."""
_INTERRUPTS = "ctrl+c"
_STOPS = ("q", "ctrl+d", "ctrl+q", _INTERRUPTS)
CarryOut = Callable[[Player, Any], Played]


class PlayApp(FittingApp[None]):
    """`carry_out` plays, with the player and the listener that it is given. Afterwards `played` or `fault` is set."""

    TITLE = "understudy play"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #said { padding: 1 2; }
    #keys, #foot { dock: bottom; height: auto; }
    #where { height: auto; }
    #listed, #details { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def __init__(self, carry_out: CarryOut) -> None:
        super().__init__()
        # While Textual has the terminal, standard error has no file descriptor, and whatever starts the tracker of
        # semaphores then (tqdm does, in libraries that fit) fails.
        resource_tracker.ensure_running()
        self.played: Played | None = None
        self.fault: BaseException | None = None
        self.stopped = Event()
        self._carry_out = carry_out

    def compose(self) -> Any:
        """What is said while nothing is asked."""
        yield Static(id="said")

    def on_mount(self) -> None:
        """Begin."""
        self.say("One moment …")
        Thread(target=self._work, name="play", daemon=True).start()

    def say(self, text: str) -> None:
        """Say what is being done."""
        self.screen_stack[0].query_one("#said", Static).update(Text(clean(text)))

    async def on_event(self, event: TextualEvent) -> None:
        """Each key is done with before the next one is looked at. Textual would put keys that come in one go (typed
        ahead, or late over a slow line) before the screen that was there when the first came: of `n3`, turn the page
        and call it so so, the 3 would open the third item, a click that nobody made."""
        if not isinstance(event, Key):
            await super().on_event(event)
        elif event.key in _STOPS:
            self.stop(KeyboardInterrupt() if event.key == _INTERRUPTS else Stopped())
        elif isinstance(screen := self.screen, Question | ItemScreen | PageScreen | TitlesScreen):
            while not screen.is_mounted:
                await asyncio.sleep(_SOON_S)
            screen.press(event)

    def stop(self, how: BaseException) -> None:
        """The player goes away."""
        if isinstance(self.screen, ItemScreen):
            self.screen.put_down()
        self.stopped.set()
        self.fault = self.fault or how
        self.exit()

    def _work(self) -> None:
        try:
            self.played = self._carry_out(ScreenPlayer(self), ScreenPhases(self))
        except BaseException as fault:  # whatever it is, it is told where the screen is no more
            self.fault = self.fault or fault
        if not self.stopped.is_set() and self.is_running:
            self.call_from_thread(self.exit)


class ScreenPlayer:
    """The player's side of the play, called in the play's thread."""

    def __init__(self, app: PlayApp) -> None:
        self._app, self._told = app, ""

    def onboard(self, onboarding: Onboarding, note: Callable[[Pick], None]) -> None:
        """Ask about titles."""
        self._shown(lambda: TitlesScreen(onboarding, note))

    def tell(self, text: str) -> None:
        """Shown above the next page."""
        self._told = f"  {clean(text)}"

    def look(self, looking: Looking) -> None:
        """Show a page until it is done."""
        told, self._told = self._told, ""
        self._shown(lambda: PageScreen(looking, told))
        if not looking.done:
            raise Stopped

    def again(self, visit: int) -> bool:
        """Ask whether to come back."""
        answers = ["1  yes", "2  no"]
        question = f"A day goes by. Do you come back for visit {visit}?"
        return bool(self._shown(lambda: Question(question, answers, skip="yes", back=False)) != 2)

    def _shown(self, make: Callable[[], Screen[Any]]) -> Any:
        answer: Queue[Any] = Queue(1)
        if self._app.stopped.is_set():
            raise Stopped

        async def show() -> None:
            self._app.say("")
            await self._app.push_screen(make(), answer.put)

        shown: Callable[[], Any] = show
        self._app.call_from_thread(shown)
        while True:
            try:
                return answer.get(timeout=_PATIENCE_S)
            except Empty:
                if self._app.stopped.is_set() or not self._app.is_running:
                    raise Stopped from None


class ScreenPhases(Silent):
    """Says what is being done, from the play's thread."""

    def __init__(self, app: PlayApp) -> None:
        self._app = app

    def phase(self, name: str, detail: str = "") -> None:
        if name in WORDS and not self._app.stopped.is_set():
            self._app.call_from_thread(self._app.say, WORDS[name])


def play_on_screen(carry_out: CarryOut) -> Played:
    """The whole play on a full screen; what it raises passes, and Stopped or, after Ctrl-C, KeyboardInterrupt."""
    app = PlayApp(carry_out)
    app.run()
    if app.played is None:
        raise app.fault or Stopped()
    return app.played
