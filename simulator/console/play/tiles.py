"""The items of a page as widgets, in the page's layout."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from rich.text import Text
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from simulator.console.play import words
from simulator.perception import layout_of
from simulator.studies.play.looking import Looking

_LINES = {"grid": 5, "carousel": 8}
"""Lines of a card: ten of them fit a terminal of 24 lines. One more parts it from the next."""
COLUMNS = {"grid": 4, "carousel": 5}


class Tile(Static):
    """One item. Which one is chosen is shown by a mark and not by colour alone."""

    DEFAULT_CSS = """
    Tile { height: auto; padding: 0; }
    Tile.tall { padding: 0 1 0 0; }
    """

    class Pointed(Message):
        """A mouse was clicked on it."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, looking: Looking, place: int) -> None:
        super().__init__(id=f"place-{place}")
        self.looking, self.place = looking, place
        self.add_class("tall" if looking.shown.layout in COLUMNS else "flat")

    def draw(self, chosen: bool) -> None:
        """Anew, as the item stands now."""
        item = self.looking.shown.items[self.place]
        assert item is not None
        mark, done = ("▸" if chosen else " "), words.marks(self.looking, self.place)
        weight = "bold reverse" if chosen else "bold"
        if self.has_class("tall"):
            self.update(self._card(f"{mark}{self.place + 1} ", words.title(item), weight, done))
            return
        width = max(20, self.size.width or 80)
        head = words.cut(words.title(item), width - 6 - len(done))
        self.update(
            Text.assemble(
                f"{mark}{self.place + 1:3} ", (head, weight), f" {done}" if done else "", "\n",
                (f"     {words.cut(words.facts(item), width - 6)}", "dim"),
                no_wrap=True, overflow="ellipsis",
            )
        )  # fmt: skip

    def _card(self, number: str, title: str, weight: str, done: str) -> Text:
        """A title and what the picture shows, each cut between words where the card is full."""
        item = self.looking.shown.items[self.place]
        assert item is not None
        width = max(8, (self.size.width or 16) - 1)
        lines = _LINES[self.looking.shown.layout]
        head = wrap(title, width, initial_indent=number, max_lines=lines - 1, placeholder=" …")
        more = done or words.facts(item, self.looking.shown.layout)
        rest = wrap(more, width, max_lines=lines - len(head), placeholder=" …")
        shown = Text(number)
        shown.append("\n".join(head)[len(number) :], style=weight)
        return shown.append("\n" + "\n".join(rest), style="dim")

    def on_click(self) -> None:
        self.post_message(self.Pointed(self.place))

    def on_resize(self) -> None:
        """The title is cut to the width."""
        self.draw(getattr(self.screen, "chosen", None) == self.place)


class Tiles(VerticalScroll):
    """All items of a page."""

    can_focus = False
    DEFAULT_CSS = """
    Tiles { height: 1fr; scrollbar-size-vertical: 1; }
    Tiles .shelf { layout: grid; height: auto; }
    """

    class Moved(Message):
        """Other items than before are in view."""

    def __init__(self, looking: Looking) -> None:
        super().__init__(id="tiles")
        self.looking = looking

    def compose(self) -> Iterator[Any]:
        """A list or a feed from the top; a grid or shelves in rows."""
        shown = self.looking.shown
        places = shown.places
        columns = COLUMNS.get(shown.layout)
        if columns is None:
            yield from (Tile(self.looking, place) for place in places)
            return
        rows = layout_of(shown.layout, len(shown.items)).row
        for row in dict.fromkeys(int(rows[place]) for place in places):
            shelf = Container(*(Tile(self.looking, p) for p in places if rows[p] == row), classes="shelf")
            shelf.styles.grid_size_columns, shelf.styles.grid_rows = columns, str(1 + _LINES[shown.layout])
            yield shelf

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other items are in view."""
        super().watch_scroll_y(old_value, new_value)
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        self.post_message(self.Moved())

    def on_screen(self) -> list[int]:
        """Places of which the first line at least is in view."""
        view = self.region
        found = []
        for tile in self.query(Tile):
            region = tile.region
            if tile.display and region.height and view.y <= region.y < view.bottom:
                found.append(tile.place)
        return found
