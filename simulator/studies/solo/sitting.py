"""One person in one world, to whom pages are given; made again from pages that were lived before, or changed on the
way without losing what was lived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, overload

import numpy as np

from recommenders.contract import Feedback, RequestBatch
from recommenders.host import Host
from simulator.experiment.company import Company
from simulator.journal.parts import PartKey
from simulator.memory.memory import EpisodicMemory
from simulator.population import Population
from simulator.records import I32, InteractionLog
from simulator.state import PeopleState
from simulator.studies.solo.outfit import Outfit
from simulator.studies.solo.telling import Heard, Overheard, of_page
from simulator.studies.theatre import Given, Theatre, Troupe
from simulator.turn import Appraisal, Page, Scene
from simulator.world import Cast, JournalMismatchError, World

_ME = np.zeros(1, dtype=np.int32)


@dataclass(frozen=True, eq=False, kw_only=True)
class Person:
    """Who sits down, and what the platform knows before."""

    people: Population
    """Of one person."""
    platform: InteractionLog
    name: str


class _Pages(Sequence[tuple[int, Page]]):
    """Stands where a journal stands: holds the page that is to be read back instead of lived, by its turn."""

    def __init__(self) -> None:
        self.again: tuple[int, Page] | None = None

    def __len__(self) -> int:
        return 0 if self.again is None else self.again[0] + 1

    @overload
    def __getitem__(self, turn: int) -> tuple[int, Page]: ...
    @overload
    def __getitem__(self, turn: slice) -> Sequence[tuple[int, Page]]: ...
    def __getitem__(self, turn: int | slice) -> Any:
        assert self.again is not None
        return self.again

    @property
    def committed(self) -> Sequence[tuple[int, Page]]:
        """As of a journal that holds all turns up to the one that is read back."""
        return self

    def append(self, turn: int, page: Page) -> None:
        """The life keeps its pages itself."""


class Sitting:
    """A world of one person. Not for several threads."""

    def __init__(self, theatre: Theatre, person: Person, outfit: Outfit, seed: int) -> None:
        self._theatre, self._person, self._seed = theatre, person, seed
        self._given, self._pages = Given(), _Pages()
        self.outfit = outfit
        self._troupe = self._of(outfit)
        self._cast = self._fresh_cast()
        self.world = World(self._cast, self._pages, seed=seed, slate_size=theatre.plan.slate_size, layout=outfit.layout)

    @property
    def state(self) -> PeopleState:
        return self.world.state

    @property
    def memory(self) -> EpisodicMemory | None:
        """What the person remembers, if the scenario gives people a memory."""
        return cast("EpisodicMemory | None", self._cast.memory)

    @property
    def people(self) -> Population:
        """The person as they are today."""
        course = self._cast.course
        return self.world.people if course is None else course.on(self.world.turn)

    @property
    def company(self) -> Company:
        return self._troupe.company

    @property
    def key(self) -> PartKey:
        return self._troupe.key(0, self._seed)

    @property
    def behaviour(self) -> Overheard:
        return cast(Overheard, self._cast.behaviour)

    def wear(self, outfit: Outfit) -> None:
        """From now on the person, or what they look at, is another."""
        self.world.layout = outfit.layout
        if outfit.people is not self.outfit.people or outfit.catalog is not self.outfit.catalog:
            old, self._troupe = self._cast, self._of(outfit)
            new = self._fresh_cast()
            self._cast = replace(new, state=old.state, view=old.view, memory=old.memory, reliability=old.reliability)
            old.view.catalog = outfit.catalog
            if self.memory is not None:
                self.memory.look_at(self._in_words(outfit))
            self.world.recast(self._cast)
        self.outfit = outfit

    def open_visit(self) -> None:
        """Let the time pass until the person is there; nothing if they are."""
        if not self.world.arrive().size:
            self.world.turn = max(self.world.turn, int(self.state.opens_at[0]))
            self.world.arrive()

    def requests(self) -> RequestBatch:
        """What a recommender is asked now; the visit must be open."""
        return RequestBatch(self.world.view, _ME, self.state.page[_ME], self.world.turn, self.world._luck)

    def feedback(self) -> Feedback:
        """What a recommender is told of the last page."""
        return self.world.feedback()

    def live(self, items: Sequence[int]) -> tuple[int, Page, Heard]:
        """One page is shown and lived; the visit must be open."""
        self._give(items)
        turn = int(self.world.turn)
        self._admitted()
        self.world.step()
        self.company.settle(self.key, turn)
        page, heard = self.world.last_page, self.behaviour.heard
        assert page is not None and heard is not None
        return turn, page, heard

    def live_again(self, turn: int, page: Page) -> Heard:
        """A page that was lived before happens as it did; the visit must be open. Raises JournalMismatchError for a
        page of another life."""
        if self.world.turn != turn or page.sim_time[0] != self.state.clock_s[0]:
            raise JournalMismatchError(
                f"turn {turn} was lived at the second {page.sim_time[0]:.0f}, and they look at their next page in turn "
                f"{self.world.turn}, at the second {self.state.clock_s[0]:.0f}"
            )
        self._give(page.items[0].tolist())
        self._pages.again = (turn, page)
        try:
            scene = replace(self.world.perceive(_ME, self.world.recommend(_ME)), noticed=page.noticed)
            heard = self.behaviour.hear(scene, of_page(page), page)
            self.world.step()
        finally:
            self._pages.again = None
        return heard

    def scene(self, items: Sequence[int]) -> Scene:
        """The person in front of these items, all of which they notice."""
        shown, world = np.array(items, dtype=np.int32).reshape(1, -1), self.world
        return Scene(
            people=self.people,
            state=world.state,
            rows=_ME,
            keys=world.people.keys[_ME],
            turn=world.turn,
            items=shown,
            noticed=np.ones(shown.shape, dtype=np.bool_),
            page=world.state.page[_ME],
            session=world.state.session[_ME],
            layout=world.layout,
        )

    def think_of(self, items: Sequence[int]) -> Heard:
        """What the person would make of these items, all of which they notice; nothing of it lasts. The visit must be
        open."""
        scene = self.scene(items)
        if self._cast.memory is not None:
            scene = replace(scene, memories=self._cast.memory.recall(scene))
        self._admitted()
        try:
            appraisal: Appraisal = self._cast.wait_for(self._cast.mind.appraise(scene))
        finally:
            self.company.part(self.key)
        behaviour = self.behaviour.inner
        return Heard(scene, appraisal, behaviour.pulls(scene), behaviour.chance(scene, appraisal), {})

    def close(self) -> None:
        """Let go of the world."""
        self.world.close()

    def _give(self, items: Sequence[int]) -> None:
        slate: I32 = np.full((1, self._theatre.plan.slate_size), -1, dtype=np.int32)
        slate[0, : len(items)] = items
        self._given.slates = slate

    def _admitted(self) -> None:
        """A budget grants turns of one world in their order; somebody who goes back begins a new one."""
        self.company.meet([self.key])

    def _of(self, outfit: Outfit) -> Troupe:
        theatre = self._theatre
        stage = replace(
            theatre.stage,
            plan=replace(theatre.plan, block=1),
            everyone=outfit.people,
            catalog=outfit.catalog,
            platform=self._person.platform,
        )
        language = None if theatre.language is None else theatre.language.apart(outfit.items)
        return theatre.troupe_of(stage, language)

    def _in_words(self, outfit: Outfit) -> Any:
        """The catalogue as memory and prompts have it: with captions, where pictures were put into words."""
        language = self._theatre.language
        return outfit.catalog if language is None else language.catalog.changed(outfit.items)

    def _fresh_cast(self) -> Cast:
        self._admitted()
        made = self.company.cast("everyone", self.key, cast(Host, self._given))
        return replace(made, behaviour=Overheard(cast(Any, made.behaviour)))
