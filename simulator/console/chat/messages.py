"""What the session's thread tells the app: messages, which come in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from simulator.console.chat.events import Event, Stage, Told
from simulator.listener import Silent

if TYPE_CHECKING:
    from simulator.console.chat.session import Session


class Came(Message):
    """An event of the session, from its thread."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Rested(Message):
    """The session's thread is done with a line."""


class Opened(Message):
    """The session is there, or why it is not."""

    def __init__(self, session: Session | None, error: Exception | None = None) -> None:
        super().__init__()
        self.session, self.error = session, error


class Phases(Silent):
    """Tells an app what is being prepared, from whichever thread."""

    def __init__(self, app: MessagePump) -> None:
        self.app = app

    def phase(self, name: str, detail: str = "") -> None:
        self.app.post_message(Came(Stage(f"Preparing: {name}{f' ({detail})' if detail else ''}")))

    def notice(self, text: str) -> None:
        self.app.post_message(Came(Told(text)))
