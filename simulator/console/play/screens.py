"""The screens of the seat: titles at the start, the page, an item, a question. Keys come by `press`, one after the
other, to the screen that is there then (`screen.PlayApp`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from simulator.console.play import words
from simulator.console.play.tiles import COLUMNS, Tile, Tiles
from simulator.records import Item
from simulator.studies.play.looking import LEVELS, Looking
from simulator.studies.play.taste import Onboarding, Pick

_HELP = (
    "↑ ↓ ← → (k j): choose · Enter or a number (0 is 10): open, which is a click",
    "in an item: 1-5 rate it, Esc or b back · n: next page · l: leave the visit",
    "q or Ctrl-C: stop for now, everything is kept · ?: this help",
)


class Question(ModalScreen[int | None]):
    """A question with numbered answers: dismissed with a number from 1, 0 for no answer, None for going back."""

    DEFAULT_CSS = """
    Question { align: center middle; }
    Question > Vertical { width: 64; max-width: 100%; height: auto; border: round $foreground 60%; padding: 0 1; }
    """

    def __init__(self, question: str, answers: Sequence[str], *, skip: str = "no answer", back: bool = True) -> None:
        super().__init__()
        self._question, self._answers, self._skip, self._back = question, answers, skip, back

    def compose(self) -> Iterator[Any]:
        """The question, its answers, the keys."""
        with Vertical():
            yield Static(Text(self._question, style="bold"))
            yield Static(Text("\n".join(self._answers)))
            yield Static(Text(f"Enter: {self._skip}" + (" · Esc: back" if self._back else ""), style="dim"))

    def press(self, event: Key) -> None:
        """One key answers."""
        if event.character and event.character.isdecimal() and 1 <= int(event.character) <= len(self._answers):
            self.dismiss(int(event.character))
        elif event.key == "enter":
            self.dismiss(0)
        elif event.key == "escape" and self._back:
            self.dismiss(None)


class ItemScreen(Screen[None]):
    """Everything about one item; the time on it runs until it is left."""

    def __init__(self, looking: Looking, place: int) -> None:
        super().__init__()
        self._looking, self._place = looking, place

    def compose(self) -> Iterator[Any]:
        """Texts that scroll, and the rating below."""
        item = self._looking.shown.items[self._place]
        assert item is not None
        yield Static(Text(words.title(item), style="bold reverse"))
        with VerticalScroll(id="details"):
            for label, text in words.details(item):
                yield Static(Text.assemble((f"{label}: " if label else "", "bold"), text))
        yield Static(id="foot")

    def on_mount(self) -> None:
        """The keys."""
        self._foot()

    def _foot(self) -> None:
        scale, level = self._looking.shown.scale, self._looking.levels.get(self._place)
        said = "" if level is None else f" You said {scale[level - 1]}."
        keys = f"{words.LIKED} {words.levels(scale)}.{said} Esc or Enter: back"
        self.query_one("#foot", Static).update(Text(keys, style="bold"))

    def press(self, event: Key) -> None:
        """A level rates, Esc goes back."""
        if event.character and event.character.isdecimal() and int(event.character) in LEVELS:
            self._looking.rate(self._place, int(event.character))
            self._foot()
        elif event.key in ("escape", "enter", "b", "backspace", "left"):
            self.put_down()
            self.dismiss(None)
        elif event.key in ("down", "j", "pagedown", "space", "up", "k", "pageup"):
            scroll = self.query_one("#details", VerticalScroll)
            step = scroll.scroll_relative
            step(y=-3 if event.key in ("up", "k", "pageup") else 3, animate=False)

    def put_down(self) -> None:
        """The time on the item ends here."""
        self._looking.back()


class PageScreen(Screen[None]):
    """One page in its layout."""

    _MOVES: ClassVar[dict[str, str]] = {
        "up": "up",
        "k": "up",
        "down": "down",
        "j": "down",
        "left": "left",
        "right": "right",
        "home": "first",
        "end": "last",
    }

    def __init__(self, looking: Looking, told: str = "") -> None:
        super().__init__()
        self.looking, self._told = looking, told
        places = looking.shown.places
        deepest = max((places.index(place) for place in looking.seen), default=0)
        self.chosen = places[deepest] if looking.shown.layout == "feed" else places[0]

    def compose(self) -> Iterator[Any]:
        """Where one is, the items, the keys."""
        yield Static(Text(words.where(self.looking.shown) + self._told, style="bold"), id="where")
        yield Tiles(self.looking)
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Draw, and note what is in view; again whenever it moves."""
        self._keys()
        self._draw()

    def on_tiles_moved(self) -> None:
        """Scrolled."""
        self._note_seen()

    def on_resize(self) -> None:
        """Another size shows other places."""
        self.call_after_refresh(self._note_seen)

    def on_screen_resume(self) -> None:
        """Back from an item."""
        self._draw()

    def open_place(self, place: int) -> None:
        """A click."""
        if place not in self.looking.shown.places or (self._feed and place != self.chosen):
            return
        self.chosen = place
        self.looking.open(place)
        self.app.push_screen(ItemScreen(self.looking, place))

    def on_tile_pointed(self, message: Tile.Pointed) -> None:
        """A mouse opens what it points at."""
        self.open_place(message.place)

    def press(self, event: Key) -> None:
        """Every act has a key."""
        places = self.looking.shown.places
        self._keys()
        if event.character and event.character.isdecimal():
            number = int(event.character) or 10
            self.open_place(number - 1)
        elif event.key in self._MOVES:
            self._move(self._MOVES[event.key])
        elif event.key == "enter":
            self.open_place(self.chosen)
        elif event.key in ("n", "space"):
            self._ask_satisfaction(self.looking.turn_page)
        elif event.key == "l" and places:
            self.app.push_screen(Question("Why do you leave?", words.reasons(), skip="meant to go anyway"), self._leave)
        elif event.character == "?":
            self._keys("\n".join(_HELP))

    @property
    def _feed(self) -> bool:
        return self.looking.shown.layout == "feed"

    def _move(self, where: str) -> None:
        places = self.looking.shown.places
        at, wide = places.index(self.chosen), COLUMNS.get(self.looking.shown.layout, 1)
        step = {"up": -wide, "down": wide, "left": -1, "right": 1, "first": -at, "last": len(places) - 1 - at}[where]
        to = at + step
        if not 0 <= to < len(places):
            return
        self.chosen = places[to]
        if self._feed:  # one title at a time: it is on the screen from now on, however soon it is passed over
            self.looking.see([self.chosen])
        self._draw()

    def _draw(self) -> None:
        for tile in self.query(Tile):
            tile.display = not self._feed or tile.place == self.chosen
            tile.draw(tile.place == self.chosen)
            if tile.place == self.chosen:
                tile.scroll_visible(animate=False)
        self.call_after_refresh(self._note_seen)

    def _note_seen(self) -> None:
        if self.is_current and not self.looking.done:
            self.looking.see(self.query_one(Tiles).on_screen())

    def _keys(self, said: str | None = None) -> None:
        move = "↓ next title · Enter open" if self._feed else "number or Enter: open"
        keys = said or f"{move} · n next page · l leave · q stop, go on later · ? help"
        self.query_one("#keys", Static).update(Text(keys, style="bold"))

    def _leave(self, answer: int | None) -> None:
        if answer is None:
            return
        reason = words.REASON_KEYS[(answer or len(words.REASON_KEYS)) - 1]
        self._ask_satisfaction(lambda level: self.looking.leave(reason, level))

    def _ask_satisfaction(self, end: Callable[[int | None], None]) -> None:
        def answered(answer: int | None) -> None:
            if answer is not None:
                end(answer or None)
                self.dismiss(None)

        self.app.push_screen(Question("How was this page?", words.ANSWERS), answered)


class TitlesScreen(Screen[None]):
    """Titles that the player may know, eight at a time."""

    def __init__(self, onboarding: Onboarding, note: Callable[[Pick], None]) -> None:
        super().__init__()
        self._asked, self._note = onboarding, note
        self._levels: dict[str, int | None] = {pick.item_id: pick.level for pick in onboarding.picks.values()}
        self._round = 0

    def compose(self) -> Iterator[Any]:
        """The question, the titles, the keys."""
        yield Static(Text(f"{words.WELCOME}\n{words.ONBOARDING}"))
        with VerticalScroll(id="listed", can_focus=False):
            yield Static(id="titles")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """The first round."""
        self._draw()

    def on_resize(self) -> None:
        """Titles are cut to the width."""
        self._draw()

    @property
    def _titles(self) -> tuple[Item, ...]:
        rounds = self._asked.rounds()
        return rounds[self._round] if rounds else ()

    def _draw(self) -> None:
        width = max(30, (self.size.width or 80) - 1)
        lines = Text("\n")
        for nth, item in enumerate(self._titles, 1):
            picked = item.item_id in self._levels
            level = self._levels.get(item.item_id)
            done = "" if not picked else " [picked]" if level is None else f" [{self._asked.scale[level - 1]}]"
            lines.append(f"  {nth}  ")
            lines.append(words.cut(words.title(item), width - 6 - len(done)), style="bold")
            lines.append(f"{done}\n     ")
            lines.append(words.cut(words.facts(item), width - 6) + "\n", style="dim")
        self.query_one("#titles", Static).update(lines)
        keys = f"{len(self._levels)} picked · number: pick · n: more titles · Enter: begin · q: stop"
        self.query_one("#keys", Static).update(Text(keys, style="bold"))

    def press(self, event: Key) -> None:
        """A number picks and asks how it is liked."""
        if event.character and event.character.isdecimal() and 1 <= int(event.character) <= len(self._titles):
            item = self._titles[int(event.character) - 1]
            question = Question(words.title(item), words.level_answers(self._asked.scale), skip="picked, not rated")
            self.app.push_screen(question, lambda level: self._picked(item, level))
        elif event.key in ("n", "space", "right", "p", "left"):
            step = -1 if event.key in ("p", "left") else 1
            self._round = (self._round + step) % max(1, len(self._asked.rounds()))
            self.query_one("#listed", VerticalScroll).scroll_home(animate=False)
            self._draw()
        elif event.key in ("up", "k", "down", "j"):
            self.query_one("#listed", VerticalScroll).scroll_relative(
                y=-2 if event.key in ("up", "k") else 2, animate=False
            )
        elif event.key == "enter":
            self.dismiss(None)

    def _picked(self, item: Item, level: int | None) -> None:
        if level is not None:
            self._levels[item.item_id] = level or None
            self._note(Pick(item_id=item.item_id, level=level or None))
            self._draw()
