"""From committed turns to what listeners hear: each turn at once, and where the run stands a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow.parquet as pq

from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.running_sums import told_of
from simulator.evaluation.so_far import Setting, SoFar, clusters_of
from simulator.experiment.chorus import waves
from simulator.experiment.committed import Committed
from simulator.experiment.folder import RunFolder
from simulator.experiment.live import OnTurn, keys_of_task
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Task
from simulator.journal.parts import PartKey
from simulator.listener import ArmStanding, Effect, Listener, ModelStanding, Silent, Standing

STANDING_S = 0.25
"""Between two standings."""
EFFECT_S = 2.0
"""Between two reckonings of the effect."""
_SPARE = 50
"""Times as long as a reckoning takes must pass before the next: with millions of people it is no longer nothing."""


def told(listener: Listener) -> OnTurn:
    """Passes turns on, and nothing else."""

    def on_turn(turn: Committed) -> None:
        key = turn.key
        listener.progress(
            arm=key.arm, seed=key.seed, mind=key.mind, block=key.block, turn=turn.turn, user_turns=turn.user_turns
        )

    return on_turn


class Watch:
    """Hears of every committed turn, in one thread. `tasks`: the work, in the order in which it is begun; `model`: says
    what a language model took so far."""

    def __init__(
        self,
        stage: Stage,
        tasks: Sequence[Task],
        listener: Listener,
        *,
        model: Callable[[], ModelStanding | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell, self._model, self._clock = told(listener), model, clock
        self._standing = _hears(listener)
        self.measured: tuple[str, ...] | None = None
        """What is to be counted of turns (`live.live`)."""
        if self._standing is None:
            return
        groups = list(_order(stage, tasks))
        keys = [key for group in groups for key in group]
        self._turns = stage.plan.turns
        self._place = {key: place for place, key in enumerate(keys)}
        self._group = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        self._left = np.full(len(keys), self._turns, dtype=np.int64)
        self._open = np.zeros(len(keys), dtype=np.int64)
        self._never = np.zeros(len(keys), dtype=np.int64)
        self._failed: set[str] = set()
        self._clicks = dict.fromkeys((arm.name for arm in stage.plan.arms), 0)
        self._blocks = {
            arm: np.array([place for place, key in enumerate(keys) if key.arm == arm], dtype=np.int64)
            for arm in self._clicks
        }
        self._so_far, self.measured = _so_far(stage)
        self._effects: tuple[Effect, ...] = ()
        self._next_standing = self._next_effect = float("-inf")
        self.glance()

    def turn(self, turn: Committed) -> None:
        """A turn was committed, in whatever process."""
        self._tell(turn)
        if self._standing is None:
            return
        key, place = turn.key, self._place[turn.key]
        self._left[place] = min(self._left[place], self._turns - 1 - turn.turn)
        self._open[place] = turn.open_sessions
        self._clicks[key.arm] += turn.clicks
        if self._so_far is not None and turn.sums is not None:
            self._so_far.add(key.arm, key.seed, key.block, turn.turn, turn.sums)
        self.glance()

    def failed(self, arms: Mapping[str, str]) -> None:
        """These arms go on no more."""
        if self._standing is not None:
            for arm in arms:
                places = self._blocks[arm]
                self._never[places] += self._left[places]
                self._left[places] = self._open[places] = 0
            self._failed |= arms.keys()

    def glance(self) -> None:
        """Tell where the run stands, if it is time."""
        if self._standing is None or (now := self._clock()) < self._next_standing:
            return
        if self._so_far is not None and now >= self._next_effect:
            self._effects = self._so_far.effects()
            self._next_effect = now + max(EFFECT_S, _SPARE * (self._clock() - now))
        self._next_standing = now + STANDING_S
        self._standing(Standing(arms=tuple(self._arms()), effects=self._effects, model=self._model()))

    def close(self) -> None:
        """Tell where it stands now, whatever the time."""
        self._next_standing = self._next_effect = float("-inf")
        self.glance()

    def _arms(self) -> Iterator[ArmStanding]:
        before = np.bincount(self._group, self._left).cumsum()
        for arm, places in self._blocks.items():
            if not places.size:
                continue
            left = self._left[places]
            waiting = places[left > 0]
            yield ArmStanding(
                arm=arm,
                done=int(left.size * self._turns - left.sum() - self._never[places].sum()),
                total=left.size * self._turns,
                ahead=int(before[self._group[waiting[-1]]]) if waiting.size else 0,
                open_sessions=int(self._open[places].sum()),
                clicks=self._clicks[arm],
                failed=arm in self._failed,
            )


def _hears(listener: Listener) -> Callable[[Standing], None] | None:
    """How the listener is told; None if it does not want to know."""
    deaf = (None, Silent.standing, Listener.standing)
    return None if getattr(type(listener), "standing", None) in deaf else listener.standing


def _order(stage: Stage, tasks: Sequence[Task]) -> Iterator[list[PartKey]]:
    """The work in its order; blocks of one group are lived side by side."""
    talking = [task for task in tasks if stage.asks_a_model(task)]
    for wave in waves(talking):
        yield [key for task in wave for key in keys_of_task(task, stage)]
    for task in tasks:
        if task in talking:
            continue
        keys, side_by_side = keys_of_task(task, stage), len(task.blocks) if task.together else 1
        yield from (keys[nth : nth + side_by_side] for nth in range(0, len(keys), side_by_side))


def _so_far(stage: Stage) -> tuple[SoFar | None, tuple[str, ...]]:
    """What reckons the effect, and the metrics that it needs; nothing of a stage that has one arm only."""
    plan, folder = stage.plan, RunFolder(stage.folder)
    if len(plan.arms) < 2 or not folder.people.is_file():
        return None, ()
    log_has_clicks = bool(folder.read_manifest().get("log_has_clicks", False))
    metrics = told_of(plan.primary, log_has_clicks=log_has_clicks)
    setting = Setting(
        metrics=metrics,
        primary=plan.primary if plan.primary in BY_NAME else None,
        arms=tuple(arm.name for arm in plan.arms),
        control=plan.control,
        seeds=plan.seeds,
        mind=stage.minds[0],
        confidence=plan.confidence,
        clusters=clusters_of(pq.read_table(folder.people, columns=["cluster_id"])["cluster_id"].to_pylist()),
        block=plan.block,
        linked=stage.learning,
    )
    return SoFar(setting), metrics
