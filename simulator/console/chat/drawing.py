"""Events as they are read: the same words and tables on both screens, clear without colour.

Whatever came from data, a model or a plug-in is put into `Text`, so that it is shown and never read as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from simulator.console.chat.asking import LETTERS
from simulator.console.chat.events import Greeting, Listing, Table
from simulator.console.chat.words import deed, ending, facts, moment, source_in_words
from simulator.console.text import clean
from simulator.perception.layouts import layout_of

if TYPE_CHECKING:
    from simulator.studies.interview.answer import Answer
    from simulator.studies.solo.life import Candidate
    from simulator.studies.solo.lived import Lived

SHELVES = {"grid": "row", "carousel": "shelf"}
"""How items that lie side by side are called together, by layout."""
_STYLES = {"chosen": "bold", "examined": "", "noticed": "", "unseen": "dim"}


def greeting(event: Greeting, name: str) -> RenderableType:
    """Who they are, and three questions to begin with."""
    asked = [offered(letter, question) for letter, question in zip(LETTERS, event.questions, strict=False)]
    return Group(said(name, event.introduction), Text("Ask anything, or one of these by its letter:"), *asked)


def offered(letter: str, question: str) -> RenderableType:
    """A question beside its letter, also where it takes several lines."""
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_row("", letter, Text(clean(question)))
    return grid


def said(name: str, text: str) -> Text:
    """Words of the person."""
    return Text.assemble((f"{clean(name)}: ", "bold"), clean(text))


def table(event: Table) -> RenderableType:
    """A title and rows; headings with `>` are numbers, and stand on the right."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(event.headings))
    for nth, heading in enumerate(event.headings, start=1):
        last = nth == len(event.headings)
        grid.add_column(
            Text(heading.lstrip(">")),
            header_style="dim",
            justify="right" if heading.startswith(">") else "left",
            overflow="fold",
            ratio=1 if last and not heading.startswith(">") else None,
        )
    for row in event.rows:
        grid.add_row(*(Text(clean(cell)) for cell in row))
    return Group(Text(clean(event.title), style="bold"), grid)


def page(lived: Lived, number: int) -> RenderableType:
    """A page, item by item, and what became of each."""
    head = Text.assemble(
        (f"Page {number}", "bold"), f": {source_in_words(lived.source)}; {lived.layout}; {moment(lived.before.clock_s)}"
    )
    rows = layout_of(lived.layout, max(1, len(lived.places))).row.tolist()
    name = SHELVES.get(lived.layout)
    grid = _columns(4)
    for nth, place in enumerate(lived.places):
        if name is not None and (nth == 0 or rows[nth] != rows[nth - 1]):
            grid.add_row("", Text(f"{name} {rows[nth] + 1}", style="dim"))
        style = _STYLES[deed(place)]
        cells = (str(nth + 1), clean(place.title or place.item_id), deed(place), ", ".join(facts(place)))
        grid.add_row(*(Text(cell, style=style) for cell in cells))
    return Group(head, grid, close(lived))


def close(lived: Lived) -> Text:
    """How a page ended."""
    return Text(f"Satisfied {lived.satisfaction:.1f} of 5 with the page; {ending(lived)}.")


def listing(event: Listing) -> RenderableType:
    """What may be picked, with what an item says of itself."""
    head = Text.assemble(
        ("To pick from", "bold"), f": {source_in_words(event.source)}. /show 1 3 lets them see 1 and 3"
    )
    grid = _columns(3)
    for nth, each in enumerate(event.candidates, start=1):
        cells = (str(nth), clean(each.title or each.item_id), item_facts(each))
        grid.add_row(*(Text(cell) for cell in cells))
    return Group(head, grid)


def item_facts(each: Candidate) -> str:
    """Categories, price, stars and of how many reviews, year, as far as they are known: where there is no room, the
    last is lost first."""
    told = [clean(", ".join(each.categories[:3]))] if each.categories else []
    told += [f"{each.price:.2f}"] if each.price is not None else []
    stars = f"{each.review_mean:.1f} stars" if each.review_mean is not None else ""
    number = f"{each.review_count:,}" if each.review_count is not None else ""
    told += [f"{stars} ({number})" if stars and number else stars or f"{number} reviews"] if stars or number else []
    told += [str(each.year)] if each.year else []
    return "; ".join(told)


def afterword(answer: Answer) -> str | None:
    """What must be said of an answer that claims what was not; that a model failed, the answer says itself."""
    if answer.corrected:
        return f"Not so, by the journal: {'; '.join(map(clean, answer.corrected))}"
    return None


def _columns(number: int) -> Grid:
    """A number, a title that takes the room, and what else there is."""
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column in range(number):
        grid.add_column(justify="left" if column else "right", overflow="fold", no_wrap=column == 0)
    return grid
