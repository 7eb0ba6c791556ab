"""The company of one process: fitted recommenders and minds, loaded when first needed and cast into worlds."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any
from weakref import WeakValueDictionary

from recommenders.host import Host
from recommenders.platform import PlatformView
from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.literal import Literal
from simulator.experiment.asides import Asides
from simulator.experiment.casting import fitted_host
from simulator.experiment.folder import RunFolder
from simulator.experiment.language import Language
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Crowd
from simulator.journal.parts import PartKey
from simulator.listener import ModelStanding, Silent
from simulator.minds.block import BlockTaste
from simulator.minds.drifting import drifting
from simulator.minds.loop import MindLoop, drive
from simulator.minds.port import Mind
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.stated import Judge, Statements, stated
from simulator.population import Course, Population
from simulator.records import F32
from simulator.state import PeopleState
from simulator.turn import Appraisal
from simulator.world import Cast


@dataclass(eq=False)
class _Block:
    """What all arms and minds of one block share."""

    crowd: Crowd
    number: int
    people: Population
    course: Course
    taste: BlockTaste
    """Of all versions of the people."""
    said: Statements | None
    tiles: dict[int, F32] = field(default_factory=dict)


class Company:
    """Casts worlds. `hosts` are recommenders that this process has fitted already, `own_mind` a mind of the user's own,
    `loop` the event loop that it was started in, `language` what minds share that ask a language model, `asides`
    hears what recommenders have to say beside their slates, and `stack` is the taste stack, if it was read already."""

    def __init__(
        self,
        stage: Stage,
        hosts: Mapping[str, Host] | None = None,
        own_mind: Mind | None = None,
        loop: MindLoop | None = None,
        language: Language | None = None,
        asides: Asides | None = None,
        stack: TasteStack | None = None,
    ) -> None:
        self._stage, self._own_mind, self._loop, self._language = stage, own_mind, loop, language
        self.asides = Asides(Silent()) if asides is None else asides
        self._hosts: dict[str, Host] = dict(hosts or {})
        self._stack = stack
        self._block: _Block | None = None
        self._tastes: WeakValueDictionary[tuple[Crowd, int], BlockTaste] = WeakValueDictionary()
        self._spare: dict[int, F32] = {}
        self._casting = RLock()

    def host(self, arm: str, *, fresh: bool) -> Host:
        """The arm's recommender; `fresh`: one that has not learnt from any run yet."""
        if fresh:
            return self._fitted(arm)
        if arm not in self._hosts:
            self._hosts[arm] = self._fitted(arm)
        return self._hosts[arm]

    def seat(self, arm: str, host: Host) -> None:
        """Take in a recommender that was fitted after the company had gathered; whoever fitted it closes it."""
        self._hosts[arm] = host

    def dismiss(self, arm: str) -> None:
        """Forget an arm's recommender and every tile: they are kept by `id`, which another recommender may get next."""
        self._hosts.pop(arm, None)
        self._spare.clear()
        if self._block is not None:
            self._block.tiles.clear()

    def _fitted(self, arm: str) -> Host:
        stage = self._stage
        folder = RunFolder(stage.folder).models / "recommenders" / arm
        return fitted_host(stage.plan, stage.plan.arm(arm), folder, stage.catalog, stage.platform, self.asides)

    def cast(self, crowd: Crowd, key: PartKey, host: Host) -> Cast:
        """Everything that a world of this block, arm, seed and mind is made of."""
        with self._casting:  # worlds that wait for a language model are cast by threads of their own
            return self._cast(crowd, key, host)

    def _cast(self, crowd: Crowd, key: PartKey, host: Host) -> Cast:
        stage, block = self._stage, self._shared(crowd, key.block)
        people, laws = block.people, stage.laws[key.mind]
        behaviour: type[Any] = Calibrated if stage.plan.behaviour == "calibrated" else Literal
        view = PlatformView.of(stage.platform, people.known_as, people.user_ids, people.keys)
        common = {
            "people": people,
            "state": PeopleState(people, stage.catalog, laws, key.seed),
            "view": view,
            "behaviour": behaviour(laws, key.seed, people, stage.catalog),
            "course": block.course,
        }
        if key.mind == stage.minds[0] and self._language is not None:
            part = self._language.cast(people, block.course, self._statistical(block, NAMED, key.seed), key)
            return Cast(**common, host=host, **part)
        if not host.learns:
            view.shared, view.spare = block.tiles, self._spare
        mind = self._mind(block, key)
        return Cast(**common, host=host, mind=mind, wait_for=self._wait if mind is self._own_mind else drive)

    def judge(self, crowd: Crowd, key: PartKey) -> tuple[Judge, Course]:
        """The statistical mind of the versions of a block's people, whatever mind the run has; and their course."""
        with self._casting:
            block = self._shared(crowd, key.block)
            return self._statistical(block, NAMED, key.seed), block.course

    def _mind(self, block: _Block, key: PartKey) -> Mind:
        if self._own_mind is not None and key.mind == self._stage.minds[0]:
            return self._own_mind
        return drifting(self._statistical(block, key.mind, key.seed), block.course)

    def _statistical(self, block: _Block, member: str, seed: int) -> Judge:
        return stated(block.taste.mind(member, seed), block.said, seed)

    def _wait(self, appraising: Coroutine[Any, Any, Appraisal]) -> Appraisal:
        """For minds that wait for something, such as a server: one event loop for all worlds of the run."""
        assert self._loop is not None, "a mind of one's own comes with its loop"
        return self._loop.run(appraising)

    def meet(self, keys: Sequence[PartKey]) -> None:
        """These worlds are lived at once from now on, in this order of precedence."""
        if self._language is not None:
            self._language.meet(keys)

    def settle(self, key: PartKey, turn: int) -> None:
        """A world has committed a turn."""
        if self._language is not None:
            self._language.settle(key, turn)

    def part(self, key: PartKey) -> None:
        """A world has ended, in whatever way."""
        if self._language is not None:
            self._language.part(key)

    def model(self) -> ModelStanding | None:
        """What the language model took so far; None where none is asked."""
        return None if self._language is None else self._language.paid.standing()

    def interrupt(self) -> None:
        """Cancel everything that is waited for."""
        if self._loop is not None:
            self._loop.cancel()

    def close(self) -> None:
        """Let go of plug-ins' threads, of the language model and of the event loop."""
        for host in self._hosts.values():
            host.close()
        if self._language is not None:
            self._language.close()
        if self._loop is not None:
            self._loop.close()

    def _shared(self, crowd: Crowd, number: int) -> _Block:
        """One block at a time is kept: tasks go through a block's arms and minds before the next block."""
        if self._block is None or (self._block.crowd, self._block.number) != (crowd, number):
            if self._stack is None:
                self._stack = TasteStack.load(RunFolder(self._stage.folder).models / "mind")
            self._block = None  # let go of the last one before the next takes its place in memory
            people = self._stage.people_of(crowd, number)
            course = Course(people, self._stage.laws[self._stage.minds[0]].returning.turns_per_day)
            taste = self._tastes.get((crowd, number))  # worlds of several blocks may be alive at once
            if taste is None:
                taste = self._stack.block(course.versions)
                self._tastes[crowd, number] = taste
            self._block = _Block(
                crowd, number, people, course, taste, Statements.of(course.versions, self._stage.catalog)
            )
        return self._block
