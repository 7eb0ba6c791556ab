"""Which world of a run is looked at: an arm, a seed and a mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.evaluation.reading.journal import ALL, Journal, Part
from simulator.records import UserInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where a life is lived; None for what the run does not know yet."""

    arm: str | None
    seed: int | None
    mind: str | None

    def parts(self, journal: Journal) -> list[Part]:
        """The parts of this world alone."""
        return [part for part in journal.everything if part.world == (self.arm, self.seed, self.mind)]


def world_of(journal: Journal, *, arm: str | None, seed: int | None, mind: str | None) -> World:
    """The world that is asked for; for what is not chosen the control's (or the first arm's that is there), the first
    seed's, the named mind's. Raises UserInputError for a name that the run does not have."""
    if mind == ALL:
        raise UserInputError("--mind all: a life is lived under one mind. Name one")
    parts: Sequence[Part] = journal.chosen(arm=arm, seed=seed, mind=mind)
    first = min(parts, key=lambda part: journal.arms.index(part.arm), default=None)
    if first is not None:
        return World(arm=first.arm, seed=first.seed, mind=first.mind)
    known = (next(iter(journal.arms), None), next(iter(journal.seeds), None), next(iter(journal.minds), None))
    return World(arm=arm or known[0], seed=known[1] if seed is None else seed, mind=mind or known[2])
