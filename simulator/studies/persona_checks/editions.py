"""A catalogue for a round trip: more items than anybody can use up, and every cue in them.

The embedded sample has 600 films without a price. Somebody who chooses a hundred of them has soon seen all that they
want, and what is left says little of who they are. So each film is there in several editions, which are alike in taste
(but for the person's own lasting luck) and differ in price, reviews, headline and picture, all made by lot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from recommenders.contract import RequestBatch, SlateBatch
from simulator.behaviour.cues import CUES
from simulator.minds.residual import Residual
from simulator.minds.stated import Judge
from simulator.minds.statistical import mood
from simulator.randomness import U64, Stream, slot_keys
from simulator.records import I32, Catalog, Item
from simulator.turn import Appraisal, Scene

ITEMS = 60
"""Items of a catalogue for each choice that somebody is to make of it. Assumed enough: of ten times a hundred choices'
worth of pages, hardly an edition is seen twice."""
HEADLINES = (
    "A night in the harbour", "The truth about this man", "7 things nobody knew until now", "What happened next?",
    "Two sisters and a boat", "She never came back", "A quiet year", "This is the reason they left",
)  # fmt: skip
CAPTIONS = ("A woman at a window", "An empty street", "Children on a beach", "A lamp on a table")
"""What is dealt out where a catalogue has no headline, or no picture, at all."""
_TRIES = 4
"""Draws for each place before it stays empty: an edition may have been chosen or shown already."""


def editions_for(catalog: Catalog, interactions: int) -> int:
    """How many editions of each item people need who are to choose so many."""
    return max(1, -(-ITEMS * interactions // len(catalog)))


def in_editions(catalog: Catalog, number: int) -> tuple[Catalog, I32]:
    """Every item `number` times, with cues made by lot, and the row of `catalog` that each is an edition of."""
    base = np.tile(np.arange(len(catalog), dtype=np.int32), number)
    ids = [f"{catalog[int(row)].item_id}~{1 + nth // len(catalog)}" for nth, row in enumerate(base)]
    bare = Catalog(tuple(replace(catalog[int(row)], item_id=name) for row, name in zip(base, ids, strict=True)))
    luck = {cue: Stream.of(0, "population", f"made {cue}") for cue in CUES}
    price, mean, count = (luck[cue].normal(bare.keys) for cue in CUES[:3])
    head, picture = (np.argsort(luck[cue].bits(bare.keys), kind="stable") for cue in CUES[3:])
    headlines = _dealt([item.headline for item in bare], HEADLINES)
    captions = _dealt([item.image_caption for item in bare], CAPTIONS)

    def made(row: int, item: Item) -> Item:
        return replace(
            item,
            price=float(np.exp(1.5 + 0.5 * price[row])),
            review_mean=float(np.clip(3.5 + 0.5 * mean[row], 1, 5)),
            review_count=int(np.exp(4 + count[row])),
            headline=headlines[int(head[row])],
            image_caption=captions[int(picture[row])],
        )

    return Catalog(tuple(made(row, item) for row, item in enumerate(bare))), base


def _dealt(own: list[str], otherwise: tuple[str, ...]) -> list[str]:
    """A catalogue's own words, or made ones where it has none."""
    return own if any(own) else [otherwise[nth % len(otherwise)] for nth in range(len(own))]


@dataclass(eq=False)
class EditionMind:
    """A mind of the plain catalogue in front of editions: a want is that of the item, with the luck of the edition."""

    inner: Judge
    keys: U64
    """Of the editions."""
    plain_keys: U64
    """Of the items of the plain catalogue."""
    base: I32
    """Row of the plain catalogue that each edition is of."""
    seed: int
    name: str = "statistical"
    waits: ClassVar[bool] = False

    @cached_property
    def _residual(self) -> Residual:
        return Residual(self.seed)

    async def appraise(self, scene: Scene) -> Appraisal:
        """The inner mind's appraisal, with the lasting luck of each edition in the place of its item's."""
        plain = np.where(scene.items < 0, -1, self.base[scene.items]).astype(np.int32)
        out = await self.inner.appraise(replace(scene, items=plain))
        nothing = np.zeros(plain.shape, dtype=np.float32)
        out.want = out.want + self._residual.want(nothing, scene.keys, self.keys[np.maximum(scene.items, 0)])
        out.want -= self._residual.want(nothing, scene.keys, self.plain_keys[np.maximum(plain, 0)])
        out.mood = mood(out.want, scene.noticed & (scene.items >= 0), self.inner.usual[scene.rows])
        return out


class ExploringPages:
    """The logging policy: each place is drawn by lot, an item of popularity c in proportion to (c + 1)^`lean`: at 0 all
    alike, above it leaning to what many have chosen.

    It draws places and not whole rankings, so that a page of a catalogue of thousands costs what ten draws cost.
    """

    name = "exploration"

    def __init__(self, counts: npt.NDArray[np.int64], editions: int, lean: float = 0.0) -> None:
        weight = (counts + 1.0) ** lean
        self._share = np.cumsum(weight) / weight.sum()
        self._editions = editions

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch:
        """A page for each request, without what was chosen or shown in the session."""
        view, n = batch.view, len(batch)
        luck = batch.stream.uniform(batch.keys, batch.turn, slot_keys(2 * k * _TRIES)).reshape(2, n, k, _TRIES)
        size = self._share.size
        edition = (luck[1] * self._editions).astype(np.int32)
        drawn = np.minimum(np.searchsorted(self._share, luck[0]), size - 1).astype(np.int32) + size * edition
        items = np.full((n, k), -1, dtype=np.int32)
        for place in range(k):
            for nth in range(_TRIES):
                open_rows = np.flatnonzero(items[:, place] < 0)
                some = drawn[open_rows, place, nth]
                free = view.blocked[batch.rows[open_rows], some] == 0
                free &= ~(items[open_rows, :place] == some[:, None]).any(axis=1)
                items[open_rows[free], place] = some[free]
        return SlateBatch(view.catalog, items)
