"""The conversation as a pane: what was asked, what was answered, what was done."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from simulator.console.chat import drawing
from simulator.console.chat.asking import LETTERS
from simulator.console.chat.events import (
    Answered,
    Asked,
    Event,
    Greeting,
    Listed,
    Mistake,
    PageLived,
    Piece,
    Table,
    Told,
)
from simulator.console.chat.words import in_short
from simulator.console.text import clean

MOST = 400
"""Entries that stay; older ones go."""


class Offered(Static):
    """A question that may be asked by a click."""

    class Asked(Message):
        """It is."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, letter: str, question: str, *, last: bool = False) -> None:
        looks = "question -last" if last else "question"
        super().__init__(drawing.offered(letter, question), markup=False, classes=looks)
        self.letter = letter

    def on_click(self) -> None:
        self.post_message(self.Asked(self.letter))


class TalkPane(VerticalScroll):
    """Grows downward, and stays at the end unless somebody scrolled up."""

    BORDER_TITLE = "Conversation"
    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="talk")
        self._speech: Static | None = None
        self._said = ""
        self._speaker = ""

    def on_mount(self) -> None:
        self.anchor()

    def tell(self, event: Event, name: str) -> None:
        """What an event says in the conversation with the person of that name; nothing, where it is shown elsewhere."""
        match event:
            case Asked():
                self.restate(Text(f"> {clean(event.question)}"))
            case Piece():
                self.speak(name, event.text)
            case Answered():
                self.end_speech()
                if (more := drawing.afterword(event.answer)) is not None:
                    self.add(Text(more), "mistake")
            case Greeting():
                self.add(drawing.said(name, event.introduction), "person")
                if event.questions:
                    self.add(Text("Ask anything, or one of these by its letter and Enter:"), "told")
                    for letter, question in zip(LETTERS, event.questions, strict=False):
                        self._mount(Offered(letter, question, last=question is event.questions[-1]))
            case PageLived() if event.new:
                self.add(Text(f"Page {event.number}: {in_short(event.lived)}."), "told")
            case Listed():
                number = len(event.listing.candidates)
                self.add(Text(f"{number} to pick from, on the page: /show 1 3 lets them see 1 and 3."), "told")
            case Table():
                self.add(drawing.table(event), "table")
            case Told():
                self.add(Text(clean(event.text)), "told")
            case Mistake():
                self.add(Text(clean(event.text)), "mistake")

    def add(self, what: RenderableType, kind: str) -> None:
        """An entry; `kind` is its look: you, person, told, mistake, table. Who writes something sees what comes of it,
        wherever they had scrolled to."""
        self.end_speech()
        if kind == "you":
            self.anchor()
        self._mount(Static(what, markup=False, classes=kind))

    def restate(self, question: RenderableType) -> None:
        """What was asked last, in full: it was written shorter."""
        asked = list(self.query(".you").results(Static))
        if asked:
            asked[-1].update(question)

    def speak(self, name: str, piece: str) -> None:
        """More of what the person says."""
        if self._speech is None:
            self._speech, self._said, self._speaker = Static("", markup=False, classes="person"), "", clean(name)
            self._mount(self._speech)
        self._said += piece
        words = "\n".join(map(clean, self._said.split("\n")))
        self._speech.update(Text.assemble((f"{self._speaker}: ", "bold"), words))

    def end_speech(self) -> None:
        """The answer is whole."""
        self._speech = None

    def _mount(self, entry: Static) -> None:
        self.mount(entry)
        for old in list(self.children)[: max(0, len(self.children) - MOST)]:
            old.remove()
