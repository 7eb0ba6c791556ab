"""The human as the recommender: what the person sees next, from a recommender, a search, or picked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import are_numbers, count_of, is_quoted, numbers_of, words_of
from simulator.console.chat.events import Event, Listed, Listing, Stage, Told
from simulator.console.chat.titles import titles_like
from simulator.console.text import clean
from simulator.records import UserInputError
from simulator.studies.solo.lived import Source

if TYPE_CHECKING:
    from simulator.console.chat.session import Session

SEARCHED = 20
"""Items that a search lists at most."""
COMPLETED = 8
"""Titles that are offered to complete a word."""
AT_ONCE = 100
"""Pages that one line may let a person see."""


def next_pages(session: Session, text: str) -> Iterator[Event]:
    """One page of the present recommender after the other; stops where they leave."""
    number = count_of(text, "/next", most=AT_ONCE)
    for page in range(number):
        yield from session.live_next(session.recommender)
        if page + 1 < number:
            yield session.refresh()
            if session.life.turns[-1].left:
                yield Told(f"They left after {page + 1} of {number} pages; /next opens their next visit.")
                return


def recommend(session: Session, text: str) -> Iterator[Event]:
    """They see at once what this recommender shows."""
    name = _name(text) or session.recommender
    if name != session.recommender:
        yield Stage(f"{clean(name)} looks at what is known")
    yield from session.live_next(name)


def list_recommended(session: Session, text: str) -> Iterator[Event]:
    """What it would show, twice as much as goes on a page, without anybody seeing it."""
    name = _name(text) or session.recommender
    if name != session.recommender:
        yield Stage(f"{clean(name)} looks at what is known")
    yield from _list(session, session.recommended(name, 2 * session.life.slate_size))


def search(session: Session, text: str) -> Iterator[Event]:
    """Items to pick from, found by words."""
    if not text:
        raise UserInputError("/search needs words to look for, such as /search horror")
    found = session.life.search(text, SEARCHED)
    if not found:
        raise UserInputError(f"nothing is found by “{clean(text)[:60]}”. Titles, creators and categories are searched")
    yield from _list(session, Listing(candidates=tuple(found), source=Source(kind="search", name=text)))


def show(session: Session, text: str) -> Iterator[Event]:
    """They see the items that are named, or the list that is on the screen."""
    if text:
        yield from session.live(session.picked(text), Source(kind="hand"))
    elif (listing := session.listing) is not None:
        first = listing.candidates[: session.life.slate_size]
        yield from session.live([each.item for each in first], listing.source)
    else:
        yield from next_pages(session, "")


def recommenders(session: Session, text: str) -> Iterator[str]:
    """Names that begin so."""
    yield from (name for name in session.host.recommenders if name.startswith(text.casefold()))


def titles(session: Session, text: str) -> Iterator[str]:
    """The text with its last number or title completed: numbers of what is on the screen, titles behind the last double
    quote or semicolon."""
    yield from _numbers(session, text)
    if is_quoted(text):
        head, _, last = text.rpartition('"')
        if head.count('"') % 2:  # the last quote closes a title
            return
        yield from (f'{head}"{title}"' for title in titles_like(session.life.catalog, last, COMPLETED))
        return
    head, mark, last = text.rpartition(";")
    begin = f"{head}{mark} " if mark else ""
    if last.strip() and not last.strip().isdecimal():
        yield from (f"{begin}{title}" for title in titles_like(session.life.catalog, last, COMPLETED))


def chosen(session: Session, text: str) -> str:
    """The titles that the numbers of a text mean so far."""
    words, rows = words_of(text), session.on_screen()
    if not words or not are_numbers(words):
        return ""
    try:
        picked = numbers_of(words, len(rows), "the screen")
    except UserInputError:
        return ""
    titles = [f"{number} {session.title(rows[number - 1])}" for number in picked[:COMPLETED]]
    return "; ".join(titles) + (" …" if len(picked) > COMPLETED else "")


def _numbers(session: Session, text: str) -> Iterator[str]:
    head, _, last = text.rpartition(" ")
    if (head and not are_numbers(head.split())) or (last and not last.isdecimal()):
        return
    begin, had = f"{head} " if head else "", set(head.split())
    every = (str(number) for number in range(1, len(session.on_screen()) + 1))
    yield from (f"{begin}{number}" for number in every if number.startswith(last) and number not in had)


def _list(session: Session, listing: Listing) -> Iterator[Event]:
    session.listing = listing
    yield Listed(listing)
    yield session.refresh()


def _name(text: str) -> str:
    words = words_of(text)
    if len(words) > 1:
        raise UserInputError("one recommender at a time, such as /recommend als")
    return words[0] if words else ""
