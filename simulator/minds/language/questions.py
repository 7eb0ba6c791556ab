"""The questions from which stated wants are calibrated: pages of held-out choices among items that are as popular.

Each person who is asked sees one page of the size of the run's. On it stand some of the person's own held-out choices,
and for each of them items that the person did not choose and that about as many people chose: so a want that merely
knows what is popular, as every language model does, tells nothing. Such a page holds far more choices than a real one,
so the pairs carry weights that put the share of choices back to a base rate that is measured: the share of held-out
choices among the top slots of the reference panel's slates, which are what people are shown. Weights of this kind
correct for choosing by outcome whatever the form of the model (King & Zeng, "Logistic regression in rare events data",
Political Analysis 2001, eq. 8; Manski & Lerman, Econometrica 1977).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.minds.language.settings import CalibrationSettings
from simulator.minds.panel import DEPTH, ReferencePanel
from simulator.randomness import U64, Stream, keys_of
from simulator.records import F32, I32, Bools, SplitLog, UserInputError

F64 = npt.NDArray[np.float64]

N_FOLDS = 5
BAND = 0.2
"""How far a matched item may be, in ln(1 + people who chose it): within about a fifth. Doubled where too few are."""
PAGES_SEEN = 3
"""Pages of a slate that people come to see, over which the base rate is taken. Assumed; browsing is mostly shorter."""
_PEOPLE_OF_RATE = 1024
"""People on whose slates the base rate is measured, at most: its relative error is then some 3 % on MovieLens-1M."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Questions:
    """One page each of n people of the log, k places, -1 where a place is empty."""

    rows: I32
    """Row of each person in the log, ascending. (n,)."""
    items: I32
    """Catalogue rows. (n, k)."""
    held_out: Bools
    """Whether the item is among the person's held-out choices. (n, k)."""
    popularity: F32
    """ln(1 + people who chose the item in P). (n, k)."""
    fold: I32
    """Fold of each person, 0 … N_FOLDS - 1. (n,)."""
    base_rate: float
    """Share of held-out choices among what people are shown."""

    @property
    def weight(self) -> F64:
        """Weight of each pair if every question is answered, 0 at empty places. (n, k)."""
        shown = self.items >= 0
        weight = np.zeros(shown.shape)
        weight[shown] = base_rate_weights(self.held_out[shown], self.base_rate)
        return weight

    def __len__(self) -> int:
        return int(self.rows.size)


def base_rate_weights(held_out: Bools, base_rate: float) -> F64:
    """Weights with mean 1 under which the share of held-out choices is the base rate; all 0 unless there are choices
    and others. (m,)."""
    n_chosen = int(held_out.sum())
    if not 0 < n_chosen < held_out.size:
        return np.zeros(held_out.size)
    chosen, other = base_rate / n_chosen, (1 - base_rate) / (held_out.size - n_chosen)
    return np.where(held_out, chosen, other) * held_out.size


def draw_questions(
    split: SplitLog,
    settings: CalibrationSettings,
    seed: int,
    slate_size: int,
    *,
    panel: ReferencePanel | None = None,
    depth: int | None = None,
) -> Questions:
    """Draw the questions, keyed by seed, person and item: a smaller `settings.people` asks some of the same people.

    `panel`: the reference panel, if it has been fitted already. `depth`: how many of the top slots people come to see;
    None: `PAGES_SEEN` pages. A page has one held-out choice for every `settings.negatives` others, as many times as
    they fit into `slate_size` (one time at least). Raises UserInputError if the settings are not positive or nobody
    has held-out choices.
    """
    for name in ("people", "negatives"):
        if getattr(settings, name) < 1:
            raise UserInputError(f"mind.calibration.{name}: {getattr(settings, name)} is too few; give at least 1")
    known, held_out = split.known.matrix(), _held_out_only(split)
    eligible = np.flatnonzero(np.diff(held_out.indptr) > 0).astype(np.int32)
    if eligible.size == 0:
        raise UserInputError(
            f"mind.calibration: nobody in dataset {split.name} has choices that were held out, and what a stated want "
            "means is learnt from them. Cure: mind: {calibration: none}, or a log with more choices a person"
        )
    keys = keys_of(split.log.user_ids[eligible].tolist())
    lot = Stream.of(seed, "fit", "calibration people").bits(keys)
    asked = np.sort(np.lexsort((eligible, lot))[: settings.people])
    rows, own = eligible[asked], keys[asked]
    count = np.bincount(split.platform.positives().item, minlength=len(split.catalog))
    popularity = np.log1p(count).astype(np.float32)
    drawing = _Drawing(popularity, split.catalog.keys, settings.negatives, slate_size, seed)
    pages = [
        drawing.page(held_out[[row]].indices, known[[row]].indices, key) for row, key in zip(rows, own, strict=True)
    ]
    items = np.full((rows.size, max(len(page) for page, _ in pages)), -1, dtype=np.int32)
    chosen = np.zeros(items.shape, dtype=np.bool_)
    for nth, (page, mark) in enumerate(pages):
        items[nth, : page.size], chosen[nth, : page.size] = page, mark
    fold = np.empty(rows.size, dtype=np.int32)
    fold[np.lexsort((rows, lot[asked]))] = np.arange(rows.size) % N_FOLDS
    few = eligible[np.sort(np.lexsort((eligible, lot))[:_PEOPLE_OF_RATE])]
    panel = panel or ReferencePanel.fit(split, seed=seed)
    shown = min(DEPTH, PAGES_SEEN * slate_size if depth is None else depth)
    return Questions(
        rows=rows,
        items=items,
        held_out=chosen,
        popularity=np.where(items >= 0, popularity[np.maximum(items, 0)], np.float32(0)),
        fold=fold,
        base_rate=_base_rate(panel.slates(few)[:, :, :shown], known[few], held_out[few]),
    )


@dataclass(frozen=True, eq=False)
class _Drawing:
    """Draws one person's page."""

    popularity: F32
    item_keys: U64
    negatives: int
    slate_size: int
    seed: int

    def page(self, held_out: I32, known: I32, key: np.uint64) -> tuple[I32, Bools]:
        """Items in the order of the page, and which of them were held out. (k,) each."""
        times = max(1, self.slate_size // (1 + self.negatives))
        chosen = self._by_lot("choices", key, held_out)[:times]
        free = np.ones(self.popularity.size, dtype=np.bool_)
        free[known] = free[held_out] = False
        others: list[I32] = []
        for item in chosen:
            matched = self._matched(int(item), free, key)
            free[matched] = False
            others.append(matched)
        page = self._by_lot("places", key, np.concatenate([chosen, *others]))
        return page, np.isin(page, chosen)

    def _matched(self, item: int, free: Bools, key: np.uint64) -> I32:
        distance = np.abs(self.popularity - self.popularity[item])
        enough, band = min(self.negatives, int(free.sum())), BAND
        while (near := free & (distance <= band)).sum() < enough:
            band *= 2
        return self._by_lot(f"others of {item}", key, np.flatnonzero(near).astype(np.int32))[: self.negatives]

    def _by_lot(self, purpose: str, key: np.uint64, items: I32) -> I32:
        stream = Stream.of(self.seed, "fit", f"calibration {purpose}")
        lot = stream.bits(np.array([key], dtype=np.uint64), 0, self.item_keys[items])[0]
        return items[np.lexsort((items, lot))]


def _held_out_only(split: SplitLog) -> sparse.csr_matrix:
    """Held-out choices that the person is not known to have made before."""
    held_out = split.held_out.matrix()
    fresh = sparse.csr_matrix(held_out - held_out.multiply(split.known.matrix()))
    fresh.eliminate_zeros()
    fresh.sort_indices()
    return fresh


def _base_rate(slates: I32, known: sparse.csr_matrix, held_out: sparse.csr_matrix) -> float:
    """Share of held-out choices among slots of items that are new to the person, with Jeffreys' half of each kind, so
    that a small log has no rate of 0. `slates` (panel, n, depth)."""
    is_known, is_held_out = known.toarray() > 0, held_out.toarray() > 0
    across = np.arange(slates.shape[1])[:, None]
    real = np.maximum(slates, 0)
    new = (slates >= 0) & ~is_known[across, real]
    hits = int((new & is_held_out[across, real]).sum())
    return (hits + 0.5) / (int(new.sum()) + 1.0)
