"""A graph of items, people and attributes: what speaks for an item that a person never saw.

PathSim (Sun et al., VLDB 2011) over a symmetric meta-path, here item - attribute - item:

    s(x, y) = 2 · paths(x, y) / (paths(x, x) + paths(y, y))

in [0, 1], symmetric, 1 for x = y. Three meta-paths (by category, by creator, by the people who chose both) are
averaged over those in which at least one of the two has any path. As in SimUSER (arXiv 2504.12722), the evidence for an
item x is the k = 3 known items y of a person with the highest α·s(x, y) + (1 - α)·s(person, y), α = 0.8; s(person, y)
is PathSim over categories with rows of unit length, which is their cosine.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from simulator.memory.words import titled
from simulator.population import Population
from simulator.records import F32, I32, Bools, Catalog, InteractionLog
from simulator.turn import F64

ALPHA = 0.8
EVIDENCE = 3
LEAST = 0.1
"""Combined score below which items count as unlike. Assumed."""
EVIDENCE_CHARS, KNOWN_TITLE_CHARS = 64, 34
"""Most characters of what is said of an item, and of a title in it: a rating of five digits behind it still fits, for
without the rating it says nothing."""
TOP = 100
"""Likest items that are kept of each item. An item's evidence is looked for among them."""
MOST_PEOPLE = 20_000
"""People of the log whose choices link items; of a bigger log every n-th person."""
_TILE_CELLS = 4_000_000
_TIE = 1e-14


def pathsim(attributes: sparse.csr_matrix, rows: I32) -> tuple[F32, Bools]:
    """PathSim of `rows` to all items over item - attribute - item, and which pairs have it: those of which at least
    one has any attribute. `attributes` (n_items, n_attributes), both results (len(rows), n_items)."""
    own = np.asarray(attributes.multiply(attributes).sum(axis=1), dtype=np.float32).ravel()
    shared = (attributes[rows] @ attributes.T).toarray().astype(np.float32)
    total = own[rows, None] + own[None, :]
    return np.divide(2 * shared, total, out=np.zeros_like(shared), where=total > 0), total > 0


class ItemGraph:
    """Likeness of items, from a catalogue and from what people are known to have chosen (P and M, never V).

    The likest items of an item are found when it is first met, and kept: 800 bytes an item. Safe for threads.
    """

    def __init__(self, catalog: Catalog, known: InteractionLog, *, top: int = TOP) -> None:
        chosen = known.positives()
        self._catalog = catalog
        self._paths = [_categories(catalog), _creators(catalog), _people(chosen)]
        n = len(catalog)
        self.top = min(top, max(1, n - 1))
        self._likest: I32 = np.full((n, self.top), -1, dtype=np.int32)
        self._likeness: F32 = np.zeros((n, self.top), dtype=np.float32)
        self._found: Bools = np.zeros(n, dtype=np.bool_)
        self._lock = threading.Lock()
        self._pair, self._rating = _known_pairs(chosen, n)

    def likeness(self, rows: I32) -> F32:
        """Mean PathSim of `rows` to all items. (len(rows), n_items)."""
        total = np.zeros((rows.size, len(self._catalog)), dtype=np.float32)
        number = np.zeros_like(total)
        for path in self._paths:
            similar, has = pathsim(path, rows)
            total += similar
            number += has
        return np.divide(total, number, out=total, where=number > 0)

    def neighbours(self, items: I32) -> tuple[I32, F32]:
        """The likest other items of each of `items` (m,), likest first, equal ones by row, -1 where there are fewer;
        and their likeness. (m, top) both."""
        with self._lock:
            missing = np.unique(items[~self._found[items]]).astype(np.int32)
            size = max(1, _TILE_CELLS // len(self._catalog))
            for at in range(0, missing.size, size):
                self._find(missing[at : at + size])
        return self._likest[items], self._likeness[items]

    def evidence(self, people: Population, rows: I32, items: I32, asked: Bools) -> list[dict[int, str]]:
        """For each person and each asked item that the person does not know: the known items that it is like, in
        words. `rows` (n,) of `people`, `items` and `asked` (n, k); one mapping by catalogue row a person."""
        found: list[dict[int, str]] = [{} for _ in range(rows.size)]
        place, column = np.nonzero(asked & (items >= 0))
        if not place.size:
            return found
        row, item = rows[place], items[place, column]
        source = people.source[row].astype(np.int64)
        unknown = ~self._lookup(source, item[:, None].astype(np.int64))[0][:, 0]
        place, row, item, source = place[unknown], row[unknown], item[unknown], source[unknown]
        likest, likeness = self.neighbours(item)
        knows, rating = self._lookup(source, likest.astype(np.int64))
        score = np.where(knows, self._score(people, row, likest, likeness, knows), -np.inf)
        order = np.argsort(-score, axis=1, kind="stable")[:, :EVIDENCE]
        for pair, best in enumerate(order):
            telling = [at for at in best if score[pair, at] >= LEAST]
            if telling:
                known = [(int(likest[pair, at]), float(rating[pair, at])) for at in telling]
                found[int(place[pair])][int(item[pair])] = self._words(known)
        return found

    def _score(self, people: Population, row: I32, likest: I32, likeness: F32, knows: Bools) -> F64:
        """α·s(x, y) + (1 - α)·s(person, y) where the person knows y, 0 elsewhere."""
        pair, at = np.nonzero(knows)
        similar = np.zeros(likest.shape, dtype=np.float64)
        own = np.einsum("mc,mc->m", people.profile[row[pair]], self._catalog.categories[likest[pair, at]])
        similar[pair, at] = np.round(ALPHA * likeness[pair, at] + (1 - ALPHA) * own, 6)
        return similar

    def _find(self, rows: I32) -> None:
        similar = self.likeness(rows).astype(np.float64)
        similar -= np.arange(similar.shape[1]) * _TIE
        similar[np.arange(rows.size), rows] = -1.0
        part = np.argpartition(-similar, self.top - 1, axis=1)[:, : self.top]
        values = np.take_along_axis(similar, part, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        likest, values = np.take_along_axis(part, order, axis=1), np.take_along_axis(values, order, axis=1)
        alike = values > 1e-6
        self._likest[rows] = np.where(alike, likest, -1)
        self._likeness[rows] = np.where(alike, values, 0.0)
        self._found[rows] = True

    def _lookup(self, source: Any, items: Any) -> tuple[Bools, F32]:
        """Which of a person's `items` (m, t) the person knows, and the ratings, NaN where there is none."""
        key = source[:, None] * len(self._catalog) + items
        at = np.minimum(np.searchsorted(self._pair, key), max(0, self._pair.size - 1))
        if not self._pair.size:
            return np.zeros(items.shape, dtype=np.bool_), np.full(items.shape, np.nan, dtype=np.float32)
        knows = (self._pair[at] == key) & (items >= 0)
        return knows, np.where(knows, self._rating[at], np.float32(np.nan))

    def _words(self, known: Sequence[tuple[int, float]]) -> str:
        """Known items in words, as many as there is room for."""
        words = ""
        for item, rating in known:
            judged = f"which you rated {rating:.3g}" if np.isfinite(rating) else "which you chose"
            more = f"{titled(self._catalog[item].title, KNOWN_TITLE_CHARS)}, {judged}"
            if not words:
                words = f"like {more}"
            elif len(words) + len(more) + 2 <= EVIDENCE_CHARS:
                words += f"; {more}"
        return words


def _categories(catalog: Catalog) -> sparse.csr_matrix:
    return sparse.csr_matrix((catalog.categories > 0).astype(np.float32))


def _creators(catalog: Catalog) -> sparse.csr_matrix:
    column: Mapping[str, int] = {
        name: at for at, name in enumerate(sorted({one.creator for one in catalog if one.creator}))
    }
    pairs = [(row, column[one.creator]) for row, one in enumerate(catalog) if one.creator]
    row, place = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    shape = (len(catalog), max(1, len(column)))
    return sparse.csr_matrix((np.ones(row.size, dtype=np.float32), (row, place)), shape=shape)


def _people(chosen: InteractionLog) -> sparse.csr_matrix:
    every = -(-chosen.n_users // MOST_PEOPLE) if chosen.n_users else 1
    return chosen.matrix()[::every].T.tocsr()


def _known_pairs(chosen: InteractionLog, n_items: int) -> tuple[Any, F32]:
    """Sorted keys person · n_items + item of all that is known, and the last rating of each."""
    key = chosen.user.astype(np.int64) * n_items + chosen.item
    order = np.argsort(key, kind="stable")
    key = key[order]
    last = np.append(key[1:] != key[:-1], True) if key.size else np.zeros(0, dtype=np.bool_)
    return key[last], chosen.rating[order][last].astype(np.float32)
