"""What one block of people would like: family scores computed once, and weighed by each member where somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from simulator.minds.account import MOST_REASONS, TasteAccount
from simulator.minds.base import BaseModels, Scores
from simulator.minds.family import Histories
from simulator.minds.member import Member
from simulator.minds.ratings import RatingModel
from simulator.minds.residual import Residual
from simulator.population import Population
from simulator.randomness import U64
from simulator.records import F32, I32, Bools

if TYPE_CHECKING:
    from simulator.minds.statistical import StatisticalMind

_FRONT_PAGE = 20
"""Items of the page that a person is used to: the most popular ones that they do not know."""


@dataclass(frozen=True, eq=False)
class BlockTaste:
    """The taste of a block of people, shared by all members, arms and turns. Rows are rows of the block."""

    people: Population
    histories: Histories
    fold: I32
    """Fold of each person, whose curves were learnt from the other folds. (n,)."""
    bases: Mapping[str, BaseModels]
    members: Mapping[str, Member]
    ratings: RatingModel
    item_keys: U64
    popularity: F32
    """(n_items,)."""
    _scores: dict[str, Scores] = field(default_factory=dict)
    _views: dict[str, MemberTaste] = field(default_factory=dict)

    @cached_property
    def knows(self) -> Bools:
        """Whether a person already has an item, in P or M. (n, n_items)."""
        known: Bools = self.histories.matrix.toarray() > 0
        return known

    def of(self, member: str) -> MemberTaste:
        """The block's taste under one member. Raises KeyError for a member that the stack does not have."""
        if member not in self._views:
            chosen = self.members[member]
            if chosen.base not in self._scores:
                self._scores[chosen.base] = self.bases[chosen.base].scores(self.histories)
            self._views[member] = MemberTaste(self, chosen, self._scores[chosen.base])
        return self._views[member]

    def mind(self, member: str, seed: int) -> StatisticalMind:
        """The mind of these people under one member; `seed` keys their lasting personal tastes."""
        from simulator.minds.statistical import StatisticalMind

        return StatisticalMind(member, self, self.of(member), Residual(seed))

    @cached_property
    def front_page(self) -> I32:
        """`usual_page`, made once."""
        return self.usual_page()

    def usual_page(self) -> I32:
        """The most popular items that each person does not know; known ones where those run out. (n, m)."""
        width = min(_FRONT_PAGE, self.popularity.size)
        order = np.argsort(-self.popularity, kind="stable").astype(np.int32)
        out = np.tile(order[:width], (len(self.people), 1))
        pending, depth = np.arange(len(self.people)), 4 * width
        while pending.size:
            window = order[:depth]
            unknown = ~self.knows[pending[:, None], window]
            place = np.cumsum(unknown, axis=1, dtype=np.int32)
            row, column = np.nonzero(unknown & (place <= width))
            out[pending[row], place[row, column] - 1] = window[column]
            if depth >= order.size:
                break
            pending = pending[place[:, -1] < width]
            depth *= 4
        return out


class MemberTaste:
    """Calibrated logits of a block under one member, at the places that are asked for."""

    def __init__(self, block: BlockTaste, member: Member, scores: Scores) -> None:
        self._block, self._member = block, member
        self._tiles = [np.ascontiguousarray(tile).reshape(-1) for tile in scores.tiles]
        n = block.fold.size
        slope = 1 / np.maximum(member.step, np.float32(1e-12))[:, block.fold]
        shift = -member.low[:, block.fold] * slope
        for family in range(len(self._tiles)):
            # A standardised score is the score on another scale, so both read the same tile.
            f = 2 * family + 1
            shift[f] -= scores.mean[family] / scores.spread[family] * slope[f]
            slope[f] /= scores.spread[family]
        self._slope, self._shift = slope, shift + np.float32(0.5)
        self._start = block.fold * np.int32(member.entries)
        activity = np.log1p(np.diff(block.histories.matrix.indptr)).astype(np.float32)[:, None]
        rows = np.arange(n, dtype=np.int32)
        own = self._look_up(2 * len(self._tiles), activity, rows)[:, 0]
        self._own = own + member.intercept[block.fold]

    def logits(self, rows: I32, items: I32) -> F32:
        """Logit that an item is among a person's held-out choices. `rows` (n,), `items` (n, k) not negative; (n, k).

        Items that a person already has get the logit of a held-out choice in their place (`Member.without_optimism`).
        """
        n_items = self._block.item_keys.size
        place = rows.astype(np.intp)[:, None] * n_items + items
        total = np.repeat(self._own[rows][:, None], items.shape[1], axis=1)
        used = self._member.used
        for family, tile in enumerate(self._tiles):
            if 2 * family in used or 2 * family + 1 in used:
                score = tile.take(place)
                total += self._look_up(2 * family, score, rows)
                total += self._look_up(2 * family + 1, score, rows)
        known = self.knows(rows, items)
        if known.any():
            whose = np.broadcast_to(self._block.fold[rows, None], known.shape)
            total[known] = self._member.without_optimism(total[known], whose[known])
        return total

    @property
    def typical(self) -> F32:
        """Median logit of other people's held-out choices. (n,)."""
        return self._member.typical[self._block.fold]

    def knows(self, rows: I32, items: I32) -> Bools:
        """Whether a person already has an item. (n, k)."""
        known: Bools = self._block.knows[rows[:, None], items]
        return known

    def tile(self) -> F32:
        """Logits of all items for all people of the block, NaN where a person already has the item. (n, n_items)."""
        rows = np.arange(self._block.fold.size, dtype=np.int32)
        everything = np.arange(self._block.item_keys.size, dtype=np.int32)
        out = np.empty((rows.size, everything.size), dtype=np.float32)
        for start in range(0, rows.size, 64):
            some = rows[start : start + 64]
            out[some] = self.logits(some, np.tile(everything, (some.size, 1)))
        out[self._block.knows] = np.nan
        return out

    @cached_property
    def usual(self) -> F32:
        """Mean chance of wanting an item of the page that a person is used to: `BlockTaste.usual_page`. (n,)."""
        rows = np.arange(self._block.fold.size, dtype=np.int32)
        chance: F32 = expit(self.logits(rows, self._block.front_page))
        mean: F32 = chance.mean(axis=1)
        return mean

    def account(self, row: int, item: int) -> TasteAccount:
        """What speaks for one item, and against it, to one person: in the logits that `logits` sums."""
        block, member = self._block, self._member
        person = Histories(block.histories.rows[row : row + 1], block.histories.matrix[[row]])
        usual = block.front_page[row]
        rows = np.array([row], dtype=np.int32)
        families: dict[str, float] = {}
        told = np.zeros(person.matrix.nnz, dtype=np.float64)
        for nth, family in enumerate(block.bases[member.base].families):
            places = np.append(usual, item).astype(np.intp) + row * block.item_keys.size
            part = self._curve(nth, self._tiles[nth].take(places)[None], rows)[0]
            families[family.name] = float(part[-1] - part[:-1].mean())
            if 2 * nth in member.used or 2 * nth + 1 in member.used:
                score = self._tiles[nth][places[-1]]
                without = (score - family.evidence(person, item)).astype(np.float32)
                told += part[-1] - self._curve(nth, without[None], rows)[0]
        chosen = person.matrix.indices
        others = np.flatnonzero((chosen != item) & (told > 0))
        order = others[np.argsort(-told[others], kind="stable")]
        at = np.append(usual, item)[None].astype(np.int32)
        logits = self.logits(rows, at)[0]
        return TasteAccount(
            taste=float(logits[-1]),
            usual=float(logits[:-1].mean()),
            families=families,
            because=tuple((int(chosen[nth]), float(told[nth])) for nth in order[:MOST_REASONS]),
            known=bool(block.knows[row, item]),
        )

    def _curve(self, family: int, score: F32, rows: I32) -> F32:
        """Both curves of a family. (n, k)."""
        raw, standard = (self._look_up(2 * family + nth, score, rows) for nth in (0, 1))
        return raw + standard

    def _look_up(self, feature: int, values: F32, rows: I32) -> F32:
        place = values * self._slope[feature, rows, None]
        place += self._shift[feature, rows, None]
        np.clip(place, 0, self._member.entries - 1, out=place)
        index = place.astype(np.int32)
        index += self._start[rows, None]
        found: F32 = self._member.tables[feature].take(index)
        return found
