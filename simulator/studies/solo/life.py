"""One simulated person in front of one platform, page by page: forwards, back, and otherwise.

The steps are the truth. A life is made again from them, so that to go back is to do without the last ones: pages that
were lived once with the same steps before them happen as they did (and a language model is asked nothing again), and
changes are made again where they were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from personas.schema import Persona
from simulator.minds.account import Account
from simulator.population import Population
from simulator.records import Catalog, UserInputError
from simulator.studies.solo import intents, remembering, searching, telling
from simulator.studies.solo.candidates import Candidate, candidate
from simulator.studies.solo.changes import Change
from simulator.studies.solo.line import Known, Line, steps_of
from simulator.studies.solo.lived import Condition, Lived, Place, Source
from simulator.studies.solo.outfit import Outfit
from simulator.studies.solo.recommending import Advisers
from simulator.studies.solo.sitting import Person
from simulator.studies.solo.steps import Changed, Shown, Step, Waited
from simulator.studies.solo.stopped import LifeStoppedError, surfaced
from simulator.studies.solo.traits import traits_of
from simulator.turn import Page
from simulator.world import JournalMismatchError

if TYPE_CHECKING:
    from simulator.studies.solo.past import Past
    from simulator.studies.solo.setting import Setting

__all__ = ["Candidate", "Changed", "Life", "LifeStoppedError", "Shown", "Step", "Waited"]


class Life:
    """One simulated person in front of one platform. Deterministic by (setting, seed, person, steps).

    What a language model has to answer raises `LifeStoppedError` if it does not; then, as after every UserInputError,
    the life is what it was before. Methods may be called from any thread; they wait for each other.
    """

    def __init__(self, setting: Setting, person: Person, *, seed: int, past: Past | None = None) -> None:
        self.setting, self._person, self.seed = setting, person, seed
        self.user_id, self.name = str(person.people.user_ids[0]), person.name
        self.drifts = person.people.later is not None  # whether they are another from some day on
        self._first = Outfit(people=person.people, catalog=setting.catalog, layout=setting.plan.layout, items={})
        self._advisers = Advisers(setting.recommenders)
        self._known: Known = {}
        self._line = self._begun()
        if past is not None:
            try:
                self._live_past(past)
            except BaseException:
                self.close()
                raise

    # What there is

    @property
    def turns(self) -> tuple[Lived, ...]:
        """The pages of this branch, oldest first; those of a run that the person comes from are among them."""
        return self._line.turns

    @property
    def steps(self) -> tuple[Step, ...]:
        """Everything that was done, in order."""
        return self._line.steps

    @property
    def now(self) -> Condition:
        """How they are; between two visits, as they left."""
        return self._line.now

    @property
    def persona(self) -> Persona | None:
        """Who they are as far as it is written down, with what was changed; None for people of the log."""
        return self._line.sitting.outfit.of(self.people).persona

    @property
    def people(self) -> Population:
        """The person, as they are today, as a population of one."""
        return self._line.sitting.people

    @property
    def traits(self) -> Mapping[str, float]:
        """Every trait in standard deviations from the average person."""
        return traits_of(self.people)

    @property
    def catalog(self) -> Catalog:
        """The items, as they are now."""
        return self._line.sitting.outfit.catalog

    @property
    def layout(self) -> str:
        """How pages lie from now on."""
        return self._line.sitting.outfit.layout

    @property
    def slate_size(self) -> int:
        """Places of a page."""
        return self.setting.plan.slate_size

    @property
    def history(self) -> tuple[int, ...]:
        """Catalogue rows that the platform knows they chose before this life, oldest first."""
        view = self._line.sitting.world.view
        return tuple(view.items[view.indptr[0] : view.indptr[1]].tolist())

    @property
    def chosen_before(self) -> tuple[int, ...]:
        """Catalogue rows of all that they chose before this life: what the platform knows of (`history`), and what
        only they know. What a mind says of their taste, and their profile, rest on these."""
        people = self.people
        if int(people.source[0]) >= 0:
            return tuple(remembering.of_log(people, self.setting.split).item.tolist())
        return self.history if people.own is None else tuple(people.own.indices.tolist())

    @property
    def pages(self) -> tuple[tuple[int, Page], ...]:
        """The pages of this branch as a journal keeps them, each with its turn."""
        return self._line.pages

    # What may be shown

    def recommend(self, name: str | None = None, k: int | None = None) -> tuple[Candidate, ...]:
        """What a recommender would show now: an arm of the setting, a built-in one or a plug-in; None: the setting's
        first. It is fitted when it is first asked. Raises UserInputError."""
        wanted, chosen = self._size(k), name or self.setting.recommenders.default
        with self.setting.lock, surfaced(), self.setting.theatre.settled():
            sitting = self._line.sitting
            sitting.open_visit()
            rows = self._advisers.ask(chosen, sitting.requests(), wanted, self._line.feedback)
        return tuple(candidate(self.catalog, row) for row in rows)

    def search(self, text: str, k: int | None = None) -> tuple[Candidate, ...]:
        """Items that may be shown now, by words of title, maker and category, the best first."""
        wanted = self._size(k)
        with self.setting.lock:
            self._line.sitting.open_visit()
            blocked = self._line.sitting.world.view.blocked[0]
            found = searching.find(self.catalog, text, self.people.popularity)
            rows = [row for row in found if not blocked[row]]
        return tuple(candidate(self.catalog, row) for row in rows[:wanted])

    # What happens

    def show(self, items: Sequence[int], source: Source) -> Lived:
        """Live one page; the next visit opens first if none is open. Raises UserInputError for a page that may not be
        shown, and LifeStoppedError."""
        with self.setting.lock:
            self._do(Shown(items=tuple(int(item) for item in items), source=source, layout=self.layout))
            return self.turns[-1]

    def change(self, change: Change) -> str:
        """Change the person or the platform from now on; the next visit opens first where its mood or fatigue is set.
        Returns a warning where neither the laws nor a statistical mind heed the change, else nothing. Raises
        UserInputError."""
        with self.setting.lock:
            self._do(Changed(change=change))
            return self.warning(change)

    def wait(self) -> None:
        """Let the time pass until the next visit opens. Raises UserInputError if one is open."""
        self._do(Waited())

    def warning(self, change: Change) -> str:
        """Why a change moves nothing, in a sentence; nothing where it does, or where a language model reads it."""
        if self.setting.asks_a_model:
            return ""
        return self._line.sitting.outfit.unread(change, self.setting.laws)

    def back(self, turns: int) -> None:
        """Forget the last pages and what was done since: all is as it was when the first of them was about to be
        shown. Raises UserInputError."""
        with self.setting.lock:
            steps = self.steps
            shown = [nth for nth, step in enumerate(steps) if isinstance(step, Shown)]
            if not 1 <= turns <= len(shown):
                raise UserInputError(
                    f"back: {turns} pages cannot be taken back, for {len(shown)} were lived. Give 1 to that many"
                )
            self.relive(steps[: shown[-turns]])

    def forget_step(self) -> Step:
        """Undo the last step, and tell which it was. Raises UserInputError if there is none."""
        with self.setting.lock:
            if not self.steps:
                raise UserInputError("undo: nothing was done yet")
            last = self.steps[-1]
            self.relive(self.steps[:-1])
            return last

    def relive(self, steps: Sequence[Step]) -> None:
        """Make this life one of these steps. Pages that were lived after the same steps happen as they did; others are
        lived. Raises UserInputError and LifeStoppedError; the life stays as it was then."""
        with self.setting.lock, surfaced(), self.setting.theatre.settled():
            self._exchange(self._made(steps))

    # What they would say

    def appraise(self, items: Sequence[int]) -> tuple[Place, ...]:
        """What they would make of these items now, were they to look at them; nothing is lived. Raises UserInputError
        and LifeStoppedError."""
        out: list[Place] = []
        with self.setting.lock, surfaced(), self.setting.theatre.settled():
            sitting, rows = self._line.sitting, self._line.rows(items)
            sitting.open_visit()
            for start in range(0, len(rows), self.slate_size):
                heard = sitting.think_of(rows[start : start + self.slate_size])
                out += telling.thought(self.catalog, heard)
        return tuple(out)

    def account(self, item: int) -> Account:
        """What the statistical mind's want of an item is made of. Raises UserInputError."""
        with self.setting.lock, self.setting.theatre.settled():
            sitting, (row,) = self._line.sitting, self._line.rows([item])
            judge, course = sitting.company.judge("everyone", sitting.key)
            return judge.account(int(course.rows(sitting.world.turn)[0]), row)

    def intent(self, *, spoken: bool = False) -> str:
        """What they are here for: lines about them, or sentences `spoken` by them. Empty where nothing is known."""
        with self.setting.lock:
            sitting = self._line.sitting
            sitting.open_visit()
            return intents.intent(sitting.scene(()), sitting.world.view, self.persona, spoken=spoken)

    def strongest_memories(self, n: int = 5) -> tuple[tuple[str, float], ...]:
        """What they remember most, in words, and how strongly (0-1): from their memory if they have one, else from
        their own pages and what they chose before."""
        with self.setting.lock:
            memory, now = self._line.sitting.memory, self.now.clock_s
            if memory is not None:
                return remembering.from_memory(memory, now, n)
            pages = [page for _, page in self.pages]
            return remembering.from_pages(self.people, self.catalog, pages, self.setting.split, now, n)

    def interrupt(self) -> None:
        """From another thread: stop waiting for a model, or for a recommender that is fitted."""
        self.setting.recommenders.interrupt()
        if self.setting.loop is not None:
            self.setting.loop.cancel()

    def close(self) -> None:
        """Let go of the world. Calling it again does nothing."""
        self._advisers.forget()
        self._line.close()

    # How it is done

    def _begun(self) -> Line:
        return Line(self.setting.theatre, self._person, self._first, self.seed, self._known)

    def _made(self, steps: Sequence[Step]) -> Line:
        line = self._begun()
        try:
            for step in steps:
                line.check(step)
                line.take(step)
        except BaseException:
            line.close()
            raise
        return line

    def _exchange(self, line: Line) -> None:
        self._advisers.forget()
        self._line.close()
        self._line = line

    def _do(self, step: Step) -> None:
        """One step, whole or not at all."""
        with self.setting.lock, surfaced(), self.setting.theatre.settled():
            self._line.check(step)
            try:
                self._line.take(step)
            except BaseException:
                self._exchange(self._made(self.steps))
                raise

    def _live_past(self, past: Past) -> None:
        """The pages of a run come first; one may go back behind them like behind any others."""
        steps = steps_of(past, self._known, slate_size=self.slate_size, layout=self.layout)
        try:
            for step in steps:
                self._line.take(step)
        except JournalMismatchError as error:
            raise UserInputError(
                f"{past.run}: {past.user_id} did not live these pages in this setting ({error}). Open the run's own "
                "scenario, with its data"
            ) from error

    def _size(self, k: int | None) -> int:
        if k is not None and k < 1:
            raise UserInputError(f"items: {k} of them cannot be listed. Give 1 or more")
        return self.slate_size if k is None else min(k, len(self.catalog))
