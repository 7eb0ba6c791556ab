"""The page as they saw it, in its layout; or the list that one may pick from. Items carry the numbers that commands
use; a click on one writes its number."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from simulator.console.chat.drawing import SHELVES, close, item_facts
from simulator.console.chat.words import deed, facts, moment, source_in_words
from simulator.console.text import clean
from simulator.perception.layouts import layout_of

if TYPE_CHECKING:
    from simulator.console.chat.events import Listing
    from simulator.studies.solo.lived import Lived, Place

SYMBOLS = {"chosen": "●", "examined": "◐", "noticed": "○", "unseen": "·"}
_STYLES = {"chosen": "bold", "examined": "", "noticed": "", "unseen": "dim"}


_CARD = 15
"""Columns that an item needs at least."""


class Picked(Message):
    """Somebody pointed at an item."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Card(Static):
    """One item of a grid, a shelf or a feed."""

    def __init__(self, number: int, text: Text, classes: str) -> None:
        super().__init__(text, markup=False, classes=classes)
        self.number = number

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Picked(self.number))


class Row(Horizontal):
    """One item of a list: its number and what became of it, its title, and beside or below it what else is known."""

    def __init__(self, number: int, mark: Text, title: Text, more: Text, classes: str = "") -> None:
        body = Container(Static(title, markup=False, classes="title"), Static(more, markup=False, classes="more"))
        super().__init__(Static(mark, markup=False, classes="mark"), body, classes=classes)
        self.number = number

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Picked(self.number))


class Shelf(Container):
    """The items that lie side by side on a page: as many in a line as can be read, the rest below, so that all are in
    sight."""

    def __init__(self, cards: list[Card], most: int) -> None:
        super().__init__(*cards)
        self._most = most

    def on_resize(self, event: events.Resize) -> None:
        self.styles.grid_size_columns = max(1, min(self._most, event.size.width // _CARD))


class PagePane(VerticalScroll):
    """What is on the screen: numbers refer to it."""

    BORDER_TITLE = "Page"
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[Listing | None, Lived | None] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="page-head", markup=False)
        yield Vertical(id="items")
        yield Static("", id="page-foot", markup=False)

    async def show(self, listing: Listing | None, page: Lived | None) -> None:
        """Draws what may be picked from, else the page; nothing where it is drawn already."""
        if self._drawn and self._drawn[0] is listing and self._drawn[1] is page:
            return
        self._drawn = (listing, page)
        items = self.query_one("#items", Vertical)
        if listing is not None:
            head, foot = f"To pick from: {source_in_words(listing.source)}", "/show 1 3 lets them see 1 and 3"
            cards: list[Widget] = _list_cards(listing)
        elif page is not None:
            head, foot, cards = _head(page), close(page).plain, _page_cards(page)
        else:
            head, foot, cards = "No page yet: /next shows the first.", "", []
        async with self.batch():
            await items.remove_children()
            await items.mount_all(cards)
            self.query_one("#page-head", Static).update(Text(head, style="bold"))
            self.query_one("#page-foot", Static).update(Text(foot))
        self.scroll_home(animate=False)


def _head(lived: Lived) -> str:
    return f"{source_in_words(lived.source)} · {lived.layout} · {moment(lived.before.clock_s)}"


def _list_cards(listing: Listing) -> list[Widget]:
    cards: list[Widget] = []
    for number, each in enumerate(listing.candidates, start=1):
        title, more = Text(clean(each.title or each.item_id)), Text(item_facts(each), style="dim")
        cards.append(Row(number, Text(f"{number:>2}", style="bold"), title, more, "listed"))
    return cards


def _page_cards(lived: Lived) -> list[Widget]:
    if lived.layout == "feed":
        return [Card(nth, _card(nth, place), "screen") for nth, place in enumerate(lived.places, start=1)]
    if (name := SHELVES.get(lived.layout)) is None:
        return [_row(nth, place) for nth, place in enumerate(lived.places, start=1)]
    cards: list[Widget] = []
    lies = layout_of(lived.layout, max(1, len(lived.places))).row.tolist()
    numbered = zip(lies, enumerate(lived.places, start=1), strict=False)
    for row, some in groupby(numbered, key=lambda pair: pair[0]):
        cards.append(Static(f"{name} {row + 1}", markup=False, classes="shelf-name"))
        cards.append(Shelf([Card(nth, _card(nth, place), "cell") for _, (nth, place) in some], lies.count(0)))
    return cards


def _row(number: int, place: Place) -> Row:
    did = deed(place)
    mark = Text.assemble((f"{number:>2} ", "bold"), (f"{SYMBOLS[did]} {did}", _STYLES[did]))
    told = " · ".join(each for each in (*facts(place), clean(", ".join(place.categories[:3]))) if each)
    title = Text(clean(place.title or place.item_id), style=_STYLES[did])
    return Row(number, mark, title, Text(told, style="" if place.clicked else "dim"))


def _card(number: int, place: Place) -> Text:
    did = deed(place)
    text = Text.assemble((f"{number} ", "bold"), (f"{SYMBOLS[did]} {did}\n", _STYLES[did]))
    text.append(clean(place.title or place.item_id), style=_STYLES[did])
    if told := facts(place):
        text.append(f"\n{', '.join(told)}")
    return text
