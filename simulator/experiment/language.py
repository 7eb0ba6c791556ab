"""What all worlds of a run share that are driven by a language model: the model itself, its price, and memory's parts.

It lives in the coordinating process only. Whatever waits is awaited in the run's one event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from simulator.experiment.paid import Paid
from simulator.experiment.plan import Plan
from simulator.experiment.remembered import world_of
from simulator.journal.parts import PartKey
from simulator.llm.budget import Cost, TurnGate
from simulator.llm.meter import tallied
from simulator.llm.port import Call
from simulator.memory.chroma import ChromaProjection
from simulator.memory.embedding import Embedder
from simulator.memory.graph import ItemGraph
from simulator.memory.memory import EpisodicMemory
from simulator.minds.drifting import drifting
from simulator.minds.language.archetype import ArchetypeMind
from simulator.minds.language.archetypes import Archetypes
from simulator.minds.language.calibration import Calibrator
from simulator.minds.language.hybrid import HybridMind
from simulator.minds.language.llm import Admit, LLMMind
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.reliability import Reliability
from simulator.minds.loop import MindLoop
from simulator.minds.port import Mind
from simulator.minds.stated import Judge
from simulator.population import Course, Population
from simulator.records import Catalog, Ids


@dataclass(frozen=True, eq=False, kw_only=True)
class Knowledge:
    """What minds and memories of all worlds are made from."""

    catalog: Catalog
    biography: Biography
    calibrator: Calibrator | None = None
    archetypes: Archetypes | None = None
    graph: ItemGraph | None = None
    embedder: Embedder | None = None


@dataclass(eq=False)
class _World:
    """One world that is lived now: its place among the others, and what its turn has cost so far."""

    number: int
    turn: int = -1
    cost: Cost = field(default_factory=Cost)


class Language:
    """Casts minds that ask a language model, and the memories that go with them."""

    def __init__(
        self,
        plan: Plan,
        knowledge: Knowledge,
        paid: Paid,
        loop: MindLoop,
        *,
        run: str,
        chroma: ChromaProjection | None = None,
    ) -> None:
        assert plan.language is not None and plan.llm is not None
        self._plan, self._settings, self._llm = plan, plan.language, plan.llm
        self._knowledge, self._paid, self._loop = knowledge, paid, loop
        self._run, self._chroma = run, chroma
        self._worlds: dict[PartKey, _World] = {}
        self._gate = TurnGate(paid.budget, ())

    def clusters(self, people: Population) -> Ids:
        """The unit of resampling of each person: people who share an archetype's answers are one. (n,)."""
        archetypes = self._knowledge.archetypes
        return people.cluster if archetypes is None else archetypes.ids[archetypes.assign(people)]

    @property
    def catalog(self) -> Catalog:
        """The items as people are told of them."""
        return self._knowledge.catalog

    @property
    def paid(self) -> Paid:
        """The model, with its cache, ledger and budget."""
        return self._paid

    def apart(self, changed: Mapping[int, Mapping[str, Any]]) -> Language:
        """The same model and budget for worlds that are lived by themselves, in front of a catalogue in which fields
        of some rows are `changed`. Whoever has the first one closes it."""
        known = replace(self._knowledge, catalog=self._knowledge.catalog.changed(changed))
        return Language(self._plan, known, self._paid, self._loop, run=self._run)

    def meet(self, keys: Sequence[PartKey]) -> None:
        """These worlds are lived at once from now on, and may begin from any turn; the budget's grants follow this
        order."""
        self._worlds = {key: _World(number) for number, key in enumerate(keys)}
        self._gate = TurnGate(self._paid.budget, range(len(keys)), run=self._run)

    def cast(self, people: Population, course: Course, statistical: Judge, key: PartKey) -> dict[str, Any]:
        """Mind, memory and reliability of one world, and the way to wait for them. `statistical`: of all versions of
        the people."""
        return {
            "mind": drifting(self._mind(course.versions, statistical, key, self._admitting(key)), course),
            "memory": self._memory(people, key),
            "reliability": Reliability(self._llm.max_failure_rate),
            "wait_for": self._waiting(key),
        }

    def settle(self, key: PartKey, turn: int) -> None:
        """A turn of some world has been committed: what it really cost is what counts from now on.

        Turns that cost nothing are settled too: blocks that advance side by side wait for each other's, and the one
        that took this turn asks for its next one only after them.
        """
        world = self._worlds.get(key)
        if world is not None:
            self._gate.settle(world.number, turn, world.cost)
            world.cost = Cost()

    def part(self, key: PartKey) -> None:
        """Some world has ended, in whatever way."""
        world = self._worlds.get(key)
        if world is None:
            return
        if world.turn >= 0 and world.cost != Cost():  # it ended within a turn, whose answers are paid all the same
            self._gate.settle(world.number, world.turn, world.cost)
            world.cost = Cost()
        self._gate.leave(world.number)

    def close(self) -> None:
        """Let go of the model and of the memories' projection."""
        if self._chroma is not None:
            self._chroma.close()
        self._paid.close(self._loop)

    def _admitting(self, key: PartKey) -> Admit | None:
        if not self._paid.budget.limited:
            return None

        async def admit(turn: int, calls: Sequence[Call]) -> None:
            world = self._worlds[key]
            world.turn = turn
            worst = partial(self._paid.worst_case, calls)
            await self._gate.admit(world.number, turn, worst(), worst)

        return admit

    def _waiting(self, key: PartKey) -> Callable[[Coroutine[Any, Any, Any]], Any]:
        async def counted(asking: Coroutine[Any, Any, Any]) -> Any:
            world = self._worlds[key]
            with tallied() as tally:
                try:
                    return await asking
                finally:
                    world.cost += tally.cost

        return lambda asking: self._loop.run(counted(asking))

    def _mind(
        self,
        people: Population,
        statistical: Judge,
        key: PartKey,
        admit: Admit | None,
    ) -> Mind:
        known = self._knowledge
        common: dict[str, Any] = {
            "people": people,
            "catalog": known.catalog,
            "biography": known.biography,
            "model": self._paid.stack,
            "settings": self._settings,
            "llm": self._llm,
            "statistical": statistical,
            "seed": key.seed,
            "arm": key.arm,
            "admit": admit,
        }
        match self._settings.kind:
            case "llm":
                return LLMMind(**common, **self._told_to_the_mind(), calibrator=known.calibrator)
            case "hybrid":
                return HybridMind(**common, **self._told_to_the_mind())
            case "archetype":
                assert known.archetypes is not None
                return ArchetypeMind(**common, calibrator=known.calibrator, archetypes=known.archetypes)

    def _told_to_the_mind(self) -> dict[str, Any]:
        """What memory and behaviour want of a mind."""
        memory = self._plan.memory
        levels = None if memory is None else memory.reflection
        return {
            "notes": notes_wanted(self._plan),
            "reflections": int(levels is not None and (levels.session or levels.span)),
            "literal": self._plan.behaviour == "literal",
        }

    def _memory(self, people: Population, key: PartKey) -> EpisodicMemory | None:
        settings, known = self._plan.memory, self._knowledge
        if settings is None:
            return None
        assert known.embedder is not None
        return EpisodicMemory(
            people,
            known.catalog,
            known.graph,
            settings,
            seed=key.seed,
            prefix=world_of(key),
            embedder=known.embedder,
            sink=None if self._chroma is None else self._chroma.accept,
        )


def notes_wanted(plan: Plan) -> bool:
    """Whether a note on each page rides in its call."""
    return plan.memory is not None and plan.memory.reflection.page
