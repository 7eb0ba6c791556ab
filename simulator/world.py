"""The world of one block of people in one arm: a Mesa model whose turn is eight verbs, always in this order.

    arrive · recommend · perceive · appraise · behave · remember · journal · learn

A turn that the journal already holds is not lived again: its page is read back, and everything after *behave* happens
as it did. So to resume a run is to start it again, and a killed run ends with the rows of an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import mesa
import numpy as np
import numpy.typing as npt

from recommenders.contract import Feedback, RequestBatch, SlateBatch
from recommenders.platform import PlatformView
from simulator.agent import SimulatedUser
from simulator.minds.port import Mind, ReflectiveMind
from simulator.perception.noticing import notice
from simulator.population import Course, Population
from simulator.randomness import Stream
from simulator.records import I32
from simulator.state import PeopleState
from simulator.turn import Appraisal, Page, Recollection, Scene, Task, Thoughts


class JournalMismatchError(RuntimeError):
    """What the journal holds is not what this scenario brings about."""


class RecommenderHost(Protocol):
    """What a world needs of a recommender (`recommenders.host.Host`)."""

    name: str

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch: ...


class Behaviour(Protocol):
    """Turns appraisals into actions (`simulator.behaviour`)."""

    def behave(self, scene: Scene, appraisal: Appraisal) -> Page: ...


class Memory(Protocol):
    """What a world needs of people's memories (`simulator.memory`). Changed by `apply` alone."""

    def recall(self, scene: Scene) -> tuple[Recollection, ...]: ...

    def due(self, page: Page, turn: int) -> list[Task]: ...

    def write(self, page: Page, turn: int, thoughts: Mapping[int, Thoughts]) -> npt.NDArray[np.object_]: ...

    def apply(self, page: Page, turn: int) -> None: ...


class Record(Protocol):
    """Where a world keeps its turns (`simulator.journal.stream.BlockStream`). `committed`: those it has already."""

    @property
    def committed(self) -> Sequence[tuple[int, Page]]: ...

    def append(self, turn: int, page: Page) -> None: ...


class Reliability(Protocol):
    """Watches how often appraisals fail (`simulator.minds.language.reliability`)."""

    def lived(self, appraised_by: npt.NDArray[np.int8]) -> None: ...

    def replayed(self, appraised_by: npt.NDArray[np.int8]) -> None: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Cast:
    """Who and what meets in a world."""

    people: Population
    state: PeopleState
    view: PlatformView
    host: RecommenderHost
    mind: Mind
    behaviour: Behaviour
    wait_for: Callable[[Coroutine[Any, Any, Any]], Any]
    """Runs the mind's coroutine to its end (`simulator.minds.loop`)."""
    memory: Memory | None = None
    """Comes with a mind that reflects (`simulator.minds.port.ReflectiveMind`)."""
    reliability: Reliability | None = None
    course: Course | None = None
    """How the people change over the run; None: they do not."""


class World(mesa.Model):  # type: ignore[misc]
    """One block of people in front of one recommender, with one mind and one seed."""

    def __init__(self, cast: Cast, stream: Record, *, seed: int, slate_size: int, layout: str) -> None:
        super().__init__(rng=seed)
        self.people, self.state, self.view = cast.people, cast.state, cast.view
        self._cast, self._stream = cast, stream
        self._slate_size = slate_size
        self.layout = layout
        """Of the pages from now on; it may be set between two turns."""
        self._luck = Stream.of(seed, "luck", "recommender")
        self.turn = 0
        self.user_turns_lived = 0
        self.last_page: Page | None = None
        for row in range(len(self.people)):
            SimulatedUser(self, row)

    def recast(self, cast: Cast) -> None:
        """Go on with another cast, such as people of other traits: of the same persons, and with the state, the memory
        and the platform's view of them that this world has."""
        assert cast.state is self.state and cast.view is self.view and cast.memory is self._cast.memory
        self.people, self._cast = cast.people, cast

    def step(self) -> None:
        """One turn: each open session sees one page."""
        rows = self.arrive()
        if self.turn < len(self._stream.committed):
            page = self._replay(rows)
            self.remember(page)
        else:
            slates = self.recommend(rows)
            scene = self.perceive(rows, slates)
            page = self.behave(scene, self.appraise(scene), slates)
            self.reflect(scene, page)
            self.remember(page)
            self.journal(page)
        self.learn(page)
        self.turn += 1

    def arrive(self) -> I32:
        """Open the sessions that are due; the rows of all people whose session is open."""
        rows = self.state.arrive(self.turn)
        self.view.begin_sessions(rows[self.state.page[rows] == 0])
        return rows

    def recommend(self, rows: I32) -> SlateBatch:
        """One slate for each open session."""
        batch = RequestBatch(self.view, rows, self.state.page[rows], self.turn, self._luck)
        return self._cast.host.recommend(batch, self._slate_size)

    def perceive(self, rows: I32, slates: SlateBatch) -> Scene:
        """What of its page each person notices, and what it reminds them of."""
        scene = Scene(
            people=self.people if self._cast.course is None else self._cast.course.on(self.turn),
            state=self.state,
            rows=rows,
            keys=self.people.keys[rows],
            turn=self.turn,
            items=slates.items,
            noticed=slates.items >= 0,
            page=self.state.page[rows],
            session=self.state.session[rows],
            layout=self.layout,
        )
        scene = notice(scene, self.state.laws)
        memory = self._cast.memory
        return scene if memory is None else replace(scene, memories=memory.recall(scene))

    def appraise(self, scene: Scene) -> Appraisal:
        """How much is wanted, and what is felt."""
        appraisal: Appraisal = self._cast.wait_for(self._cast.mind.appraise(scene))
        if self._cast.reliability is not None:  # before anything is committed that rests on too many failures
            self._cast.reliability.lived(appraisal.source)
        return appraisal

    def behave(self, scene: Scene, appraisal: Appraisal, slates: SlateBatch) -> Page:
        """From appraisals to actions."""
        page = self._cast.behaviour.behave(scene, appraisal)
        nothing = np.full(slates.items.shape, np.nan, dtype=np.float32)
        page.score = nothing if slates.scores is None else slates.scores
        page.propensity = nothing if slates.propensities is None else slates.propensities
        return page

    def reflect(self, scene: Scene, page: Page) -> None:
        """What people make of the page: written on it, so that it is committed with it."""
        memory, mind = self._cast.memory, self._cast.mind
        if memory is None:
            return
        thoughts: Mapping[int, Thoughts] = {}
        if (tasks := memory.due(page, self.turn)) and isinstance(mind, ReflectiveMind):
            thoughts = self._cast.wait_for(mind.reflect(scene, page, tasks))
        page.extra["memories"] = memory.write(page, self.turn, thoughts)

    def remember(self, page: Page) -> None:
        """The people's next state and memory, from the page alone."""
        if self._cast.memory is not None:
            self._cast.memory.apply(page, self.turn)
        self.state.advance(page, self.turn)

    def journal(self, page: Page) -> None:
        """Commit the turn."""
        self._stream.append(self.turn, page)
        self.user_turns_lived += len(page)

    def learn(self, page: Page) -> None:
        """The platform takes note of what was shown and chosen. What recommenders learn from it waits for the turn
        barrier."""
        self.view.record(page.rows, page.items, page.clicked)
        self.view.hear(page.rows, page.action, page.extra.get("action_argument"))
        self.last_page = page

    def close(self) -> None:
        """Let go of the arrays at once; the world cannot be used any more.

        Mesa 3.3 counts agents by model in a table of the class, which keeps every model for ever; and a model and its
        agents hold each other, so that even without the table the memory would wait for the collector.
        """
        getattr(SimulatedUser, "_ids", {}).pop(self, None)
        self.__dict__.clear()

    def feedback(self) -> Feedback:
        """The last turn as the platform saw it."""
        page = self.last_page
        assert page is not None, "no turn has been lived yet"
        person, place = np.nonzero(page.shown)
        return Feedback(
            catalog=self.view.catalog,
            user_ids=self.view.user_ids,
            user=page.rows[person],
            item=page.items[person, place],
            position=place.astype(np.int32),
            clicked=page.clicked[person, place],
            dwell_s=page.dwell_s[person, place],
            rating=page.rating[person, place],
            propensity=page.propensity[person, place],
            page=page.page[person],
            session=page.session[person],
            turn=self.turn - 1,
        )

    def _replay(self, rows: I32) -> Page:
        _, page = self._stream.committed[self.turn]
        if not np.array_equal(page.rows, rows):
            raise JournalMismatchError(
                f"turn {self.turn} of the journal was lived by other people than this scenario sends; "
                "the run folder was changed, or its models were fitted differently"
            )
        # One that learns may keep, until it sees what came of it, what it was asked: so it is asked again each time.
        asked = self.turn == len(self._stream.committed) - 1 or getattr(self._cast.host, "learns", False)
        if asked and not np.array_equal(self.recommend(rows).items, page.items):
            raise JournalMismatchError(
                f"turn {self.turn}: {self._cast.host.name} recommends other items than when the turn was lived; it was "
                "changed, or draws chance from elsewhere than request.rng()"
            )
        if self._cast.reliability is not None:
            self._cast.reliability.replayed(page.appraised_by)
        return page
