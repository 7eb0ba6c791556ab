"""How a run is cut: which blocks of people, in front of which arms, are lived together.

Blocks share nothing while recommenders are fixed, so a task is one block of one seed with all arms (whose scores of
people and tastes are computed once). A recommender that learns links people: its task is all blocks of one seed and
mind, which meet at the turn barrier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Crowd = Literal["everyone", "ensemble"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Blocks × arms × minds of one seed. `together`: the blocks advance turn by turn, side by side."""

    crowd: Crowd
    blocks: tuple[int, ...]
    seed: int
    arms: tuple[str, ...]
    minds: tuple[str, ...]
    together: bool = False

    @property
    def units(self) -> int:
        """How many parts of the journal the task writes."""
        return len(self.blocks) * len(self.arms) * len(self.minds)


def cut(
    *,
    arms: Sequence[str],
    seeds: Sequence[int],
    minds: Sequence[str],
    blocks: Callable[[Crowd], int],
    learns: Callable[[str], bool],
    alone: Callable[[str], bool],
    workers: int,
) -> list[Task]:
    """All tasks of a run, the ensemble's first: its blocks meet more minds, so they take longest.

    `minds[0]` is lived by everyone, the others by the ensemble's people. `learns`: whether the arm's recommender learns
    during the run. `alone`: whether the arm must not share tasks with others.
    """
    shared = tuple(arm for arm in arms if not learns(arm) and not alone(arm))
    own = tuple(arm for arm in arms if alone(arm) and not learns(arm))
    tasks: list[Task] = []
    casts: list[tuple[Crowd, tuple[str, ...]]] = [("ensemble", tuple(minds[1:])), ("everyone", tuple(minds[:1]))]
    for crowd, members in casts:
        if not members:
            continue
        every = tuple(range(blocks(crowd)))
        few = workers > 1 and len(every) * len(seeds) < 3 * workers
        pieces: list[tuple[tuple[str, ...], tuple[str, ...]]] = [((arm,), members) for arm in own]
        if shared and not few:
            pieces.append((shared, members))
        elif shared and len(members) >= workers:  # minds that stand together share what they were made from
            pieces += [(shared, part) for part in _parts(members, workers)]
        else:
            pieces += [((arm,), members) for arm in shared]
        for seed in seeds:
            tasks += [
                Task(crowd=crowd, blocks=every, seed=seed, arms=(arm,), minds=(mind,), together=True)
                for arm in arms
                if learns(arm)
                for mind in members
            ]
            tasks += [
                Task(crowd=crowd, blocks=(block,), seed=seed, arms=some_arms, minds=some_minds)
                for block in every
                for some_arms, some_minds in pieces
            ]
    return tasks


def _parts(names: tuple[str, ...], count: int) -> list[tuple[str, ...]]:
    """`names` in order, in `count` parts of about the same length."""
    cuts = [len(names) * nth // count for nth in range(count + 1)]
    return [names[a:b] for a, b in pairwise(cuts)]
