"""One session with one person: what is on the screen, what was before, and how a line is run.

No screen is known here. A line goes in, events come out; both screens, the pipe and the tests share all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import are_numbers, counted, is_quoted, meant, numbers_of, short, words_of
from simulator.console.chat.events import Event, Greeting, Listing, Mistake, PageLived, Refresh, Stage, Told
from simulator.console.chat.portrait import portrait
from simulator.console.chat.titles import rows_of_title
from simulator.console.text import clean
from simulator.records import UserInputError
from simulator.studies.solo.lived import Condition, Lived, Source
from simulator.studies.solo.stopped import LifeStoppedError

MAIN = "main"
"""The branch on which a session begins."""

if TYPE_CHECKING:
    from simulator.console.chat.host import Host, Meeting
    from simulator.studies.interview.answer import Interview
    from simulator.studies.solo.changes import Change
    from simulator.studies.solo.life import Life, Step
    from simulator.studies.solo.replaying import Replay


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A place to which one may return."""

    meeting: Meeting
    steps: tuple[Step, ...]
    branch: str
    branches: Mapping[str, Branch] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A line of the life that was left, and may be taken up again."""

    steps: tuple[Step, ...]
    turns: tuple[Lived, ...]
    now: Condition


class Session:
    """What one human does with one simulated person at a time. Not for several threads, but for `interrupt`."""

    def __init__(self, host: Host, meeting: Meeting) -> None:
        self.host = host
        self.done: list[Moment] = []
        self.undone: list[Moment] = []
        self.over = False
        self._lost: set[Path] = set()
        """Files in which sessions kept themselves until they could not be written any more."""
        self.recommender: str = host.recommender
        """Whose page `/next` shows."""
        self.meet(meeting)

    def meet(self, meeting: Meeting) -> None:
        """Somebody is in front of the human from now on."""
        self.meeting = meeting
        self.listing: Listing | None = None
        """What may be picked from; None: a page is on the screen."""
        self.page: Lived | None = None
        """The page on the screen."""
        self.questions: tuple[str, ...] = ()
        """What was offered to ask, by letter."""
        self.asked = False
        """Whether there was a question yet."""
        self.branch = MAIN
        self.branches: dict[str, Branch] = {}

    @classmethod
    def replayed(cls, host: Host, replay: Replay) -> Session:
        """A session that goes on where a saved one ended. Raises UserInputError and LifeStoppedError."""
        for _ in replay:
            pass
        told = [each.text for each in replay.differences]
        session = cls(host, host.seated(replay.source, replay.life, told=told))
        session.take_up(replay)
        return session

    def take_up(self, replay: Replay) -> None:
        """The branches of a saved session. Raises UserInputError and LifeStoppedError."""
        life, here = self.life, self.life.steps
        self.branch = replay.session.line
        try:
            for name, steps in replay.branches().items():
                life.relive(steps)
                self.branches[name] = Branch(steps=life.steps, turns=life.turns, now=life.now)
        finally:
            life.relive(here)

    @property
    def life(self) -> Life:
        return self.meeting.life

    @property
    def interview(self) -> Interview:
        return self.meeting.interview

    def refresh(self) -> Refresh:
        """What a screen draws again."""
        return Refresh(portrait(self.life, self.meeting.traits, self.branch))

    @property
    def moment(self) -> Moment:
        """Where the session is now."""
        return Moment(
            meeting=self.meeting, steps=tuple(self.life.steps), branch=self.branch, branches=dict(self.branches)
        )

    def begin(self) -> Iterator[Event]:
        """Somebody is met: they live a first page, so that there is something to talk about, and say who they are."""
        from simulator.console.chat.greeting import introduction, questions_for

        yield from (Told(each) for each in self.meeting.told)
        try:
            if not self.life.turns:
                yield Stage(f"{clean(self.life.name)} looks at a first page, made by {clean(self.recommender)}")
                yield from self.live_next(self.recommender)
            else:
                yield PageLived(self.life.turns[-1], len(self.life.turns), new=False)
        except (UserInputError, LifeStoppedError) as error:
            yield Mistake(clean(str(error)))
        self.page = self.life.turns[-1] if self.life.turns else None
        self.listing = None
        self.questions = questions_for(self.life)
        yield from self.keep()
        yield self.refresh()
        yield Greeting(introduction=introduction(self.life), questions=self.questions)

    def run(self, line: str) -> Iterator[Event]:
        """What comes of one line. Whatever is wrong with it becomes a `Mistake`, and the session goes on."""
        from simulator.console.chat.meaning import find

        line, here = line.strip(), self.moment
        if not line:
            return
        try:
            command, text = find(line, self)
            yield from command.run(self, text)
        except UserInputError as error:
            yield Mistake(clean(str(error)))
        except LifeStoppedError as error:
            yield Mistake(f"{clean(str(error)).rstrip('.')}. Nothing is lost: the session is where it was")
        else:
            if not command.travels and here != self.moment:
                self.done.append(here)
                self.undone.clear()
        if here != self.moment:
            yield from self.keep()
            yield self.refresh()

    def live(self, items: Sequence[int], source: Source) -> Iterator[Event]:
        """The person looks at these items. Raises UserInputError for a page that may not be."""
        lived = self.life.show(items, source)
        self.page, self.listing = lived, None
        if source.kind == "recommender":
            self.recommender = source.name
        yield PageLived(lived, len(self.life.turns))

    def live_next(self, name: str) -> Iterator[Event]:
        """The person looks at what a recommender shows them now. Raises UserInputError."""
        listing = self.recommended(name)
        yield from self.live([each.item for each in listing.candidates], listing.source)

    def recommended(self, name: str, k: int | None = None) -> Listing:
        """What a recommender would show them now. Raises UserInputError."""
        found = self.life.recommend(name, k)
        return Listing(candidates=tuple(found), source=Source(kind="recommender", name=name))

    def change(self, change: Change, was: str = "") -> Iterator[Event]:
        """The person or the platform is another from now on. Raises UserInputError."""
        told = clean(change.told(self.life.catalog))
        warning = self.life.change(change)
        yield Told(f"{told[0].upper()}{told[1:]}{f' ({was})' if was else ''}.")
        if warning:
            yield Told(clean(warning))

    def on_screen(self) -> tuple[int, ...]:
        """Rows of the catalogue, in the order of the numbers on the screen."""
        if self.listing is not None:
            return tuple(each.item for each in self.listing.candidates)
        return tuple(place.item for place in self.page.places) if self.page is not None else ()

    def title(self, item: int) -> str:
        """How an item is called, safe for a terminal."""
        found = self.life.catalog[item]
        return clean(found.title or found.item_id)

    def picked(self, text: str) -> list[int]:
        """The items that a text means: numbers on the screen, a title, or several of either in double quotes or
        between semicolons. Rows of the catalogue, each once. Raises UserInputError."""
        words = words_of(text)
        if are_numbers(words):
            return self._numbered(words)
        several = words if is_quoted(text) else tuple(part.strip() for part in text.split(";") if part.strip())
        rows: dict[int, None] = {}
        for each in several:
            rows.update(dict.fromkeys(self._numbered([each]) if are_numbers([each]) else [self.titled(each)]))
        return list(rows)

    def titled(self, text: str) -> int:
        """The one item of that title or id. Raises UserInputError where none or several are meant."""
        catalog = self.life.catalog
        rows = rows_of_title(catalog, text)
        if len(rows) == 1:
            return rows[0]
        if not rows:
            near = meant(text, [item.title.casefold() for item in catalog if item.title])
            raise UserInputError(f"no item is called {short(text)}.{near or ' /search WORDS looks for it'}")
        some = "; ".join(self.title(row) for row in rows[:3])
        raise UserInputError(f"{len(rows)} items are meant by {short(text)}, such as {some}. Write more of the title")

    def _numbered(self, words: Sequence[str]) -> list[int]:
        rows = self.on_screen()
        where = "the list" if self.listing is not None else "the page"
        if not rows:
            raise UserInputError(
                "there are no numbers on the screen yet: /next shows a page, /search WORDS lists items"
            )
        return [rows[number - 1] for number in numbers_of(words, len(rows), where)]

    def go_to(self, moment: Moment) -> None:
        """Return to a moment: what was lived after it is forgotten."""
        from simulator.console.chat.what_if import travel

        self.meeting, self.branch, self.branches = moment.meeting, moment.branch, dict(moment.branches)
        travel(self.life, moment.steps)
        self.page, self.listing = self.life.turns[-1] if self.life.turns else None, None

    def keep(self) -> Iterator[Event]:
        """What was done survives from here on; where it cannot be written any more, that is told once."""
        file = self.meeting.autosave
        if file is None or file.path in self._lost:
            return
        try:
            file.keep(self.branch, self.life.steps, self.life.pages)
        except OSError as error:
            self._lost.add(file.path)
            why = clean(error.strerror or str(error))
            yield Mistake(f"This session does not save itself any more: {file.path}: {why}. /save keeps it elsewhere")

    @property
    def kept(self) -> Path | None:
        """Where the session keeps itself, so that it can be taken up again; None where it cannot."""
        file = self.meeting.autosave
        return None if file is None or file.path in self._lost else file.path

    def interrupt(self) -> None:
        """From another thread: stop what waits for a model."""
        self.interview.interrupt()
        self.life.interrupt()

    def close(self) -> None:
        """Lets go of the people who were met."""
        self.host.close()


def pages(number: int) -> str:
    """`1 page`, `2 pages`."""
    return counted(number, "page")
