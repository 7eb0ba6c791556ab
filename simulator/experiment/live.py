"""Living a task: worlds are made, step turn by turn, and leave one Parquet part a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommenders.contract import Feedback
from recommenders.errors import PluginError
from simulator.experiment.committed import Committed, Counting, counted_from_part
from simulator.experiment.company import Company
from simulator.experiment.folder import RunFolder
from simulator.experiment.stage import Stage
from simulator.experiment.tasks import Crowd, Task
from simulator.journal.memories import memory_table
from simulator.journal.parts import PartKey, to_table, write_part
from simulator.journal.stream import BlockStream, read_turns, remove_stream
from simulator.world import JournalMismatchError, World

OnTurn = Callable[[Committed], None]
"""Called when a turn of a block has been lived and committed; what it raises ends the living."""


@dataclass(kw_only=True)
class Outcome:
    """What came of a task."""

    user_turns: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    """By arm: why it could not go on."""


def live(task: Task, stage: Stage, company: Company, on_turn: OnTurn, measured: Sequence[str] | None = None) -> Outcome:
    """Live all units of a task that the journal does not hold yet. An arm that fails stops alone.

    `measured`: the metrics whose sums are told under the named mind, with clicks and open sessions under every mind;
    None where nobody wants to know.
    """
    outcome = Outcome()
    # Compaction is Arrow's work, which needs no interpreter: it goes on while the next worlds are lived.
    with ThreadPoolExecutor(1, "compaction") as writer:
        compactions: list[Future[None]] = []
        for arm, mind, blocks in _together(task):
            if arm in outcome.failures:
                continue
            try:
                lived = _live_together(task, arm, mind, blocks, stage, company, on_turn, measured)
            except PluginError as error:
                outcome.failures[arm] = str(error)
                continue
            outcome.user_turns += lived.user_turns
            compactions += [writer.submit(compact, key, stage, task.crowd) for key in lived.keys]
        for compaction in compactions:
            compaction.result()
    return outcome


def keys_of_task(task: Task, stage: Stage) -> list[PartKey]:
    """The parts of the journal that a task writes."""
    return [
        PartKey(run=stage.run, arm=arm, seed=task.seed, mind=mind, block=block)
        for arm, mind, blocks in _together(task)
        for block in blocks
    ]


def _together(task: Task) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Arm, mind, and the blocks that are lived side by side."""
    for arm in task.arms:
        for mind in task.minds:
            for blocks in [task.blocks] if task.together else [(block,) for block in task.blocks]:
                yield arm, mind, blocks


@dataclass(frozen=True)
class _Lived:
    """User-turns that were lived now, and the parts whose streams are complete."""

    user_turns: int
    keys: Sequence[PartKey]


def _live_together(
    task: Task,
    arm: str,
    mind: str,
    blocks: Sequence[int],
    stage: Stage,
    company: Company,
    on_turn: OnTurn,
    measured: Sequence[str] | None,
) -> _Lived:
    """The blocks of one arm, seed and mind, side by side."""
    folder, plan = RunFolder(stage.folder), stage.plan
    keys = [PartKey(run=stage.run, arm=arm, seed=task.seed, mind=mind, block=block) for block in blocks]
    with ExitStack() as stack:
        for key in keys:
            stack.callback(company.part, key)
        if all(folder.part(key.name).exists() for key in keys):
            for key in keys:
                on_turn(counted_from_part(key, stage, task.crowd, measured))
            return _Lived(0, ())
        host = company.host(arm, fresh=task.together)
        if task.together:
            stack.callback(host.close)
        worlds: list[World] = []
        counting = [Counting(key, stage, len(stage.people_of(task.crowd, key.block)), measured) for key in keys]
        for key in keys:
            stream = stack.enter_context(BlockStream(folder.stream / key.name, plan.slate_size))
            cast = company.cast(task.crowd, key, host)
            world = World(cast, stream, seed=task.seed, slate_size=plan.slate_size, layout=plan.layout)
            worlds.append(world)
            stack.callback(world.close)
        for turn in range(plan.turns):
            for key, world, count in zip(keys, worlds, counting, strict=True):
                before = world.user_turns_lived
                world.step()
                company.settle(key, turn)
                assert world.last_page is not None
                on_turn(count.committed(turn, world.last_page, world.user_turns_lived - before))
            if task.together:
                host.observe(merge([world.feedback() for world in worlds]))
        return _Lived(sum(world.user_turns_lived for world in worlds), keys)


def compact(key: PartKey, stage: Stage, crowd: Crowd) -> None:
    """From the block's stream to its Parquet part; the stream goes when the part is safe."""
    folder = RunFolder(stage.folder)
    base = folder.stream / key.name
    if folder.part(key.name).exists():  # a crash came between the part and the end of its stream
        remove_stream(base)
        return
    turns = list(read_turns(base, stage.plan.slate_size))
    if [turn for turn, _ in turns] != list(range(stage.plan.turns)):
        raise JournalMismatchError(f"{base}: the stream holds {len(turns)} whole turns of {stage.plan.turns}")
    user_ids = stage.people_of(crowd, key.block).user_ids
    memories = memory_table(key, turns, user_ids)
    if memories is not None:
        write_part(memories, folder.memories / f"{key.name}.parquet")
    write_part(to_table(key, turns, user_ids, stage.catalog.item_ids), folder.part(key.name))
    remove_stream(base)


def merge(feedbacks: Sequence[Feedback]) -> Feedback:
    """One turn of several blocks as one, people in id order."""
    first = feedbacks[0]
    if len(feedbacks) == 1:
        return first
    offsets = np.cumsum([0, *(feedback.user_ids.size for feedback in feedbacks)])
    names = ("item", "position", "clicked", "dwell_s", "rating", "propensity", "page", "session")
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(feedback, name) for feedback in feedbacks]) for name in names
    }
    user = [feedback.user + np.int32(offset) for feedback, offset in zip(feedbacks, offsets, strict=False)]
    return Feedback(
        catalog=first.catalog,
        user_ids=np.concatenate([feedback.user_ids for feedback in feedbacks]),
        user=np.concatenate(user),
        turn=first.turn,
        **columns,
    )
