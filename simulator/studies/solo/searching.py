"""Finding items by words of their titles, makers and categories."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.records import Catalog

_WORD = re.compile(r"[^\W_]+")
_TITLE, _REST = 2.0, 1.0
"""Weight of a word found in the title, and elsewhere."""
_READ = 400
"""Characters of a query that are read."""


def find(catalog: Catalog, text: str, popularity: npt.NDArray[np.float32]) -> list[int]:
    """Rows of the items that hold every word of `text`, or its beginning; if none does, of those that hold any. The
    whole title first, then words of the title, then the most popular. `popularity` (n_items,)."""
    words = _words(text[:_READ])
    if not words:
        return []
    index = _index_of(catalog)
    hits = np.zeros((len(words), len(catalog)))
    for nth, word in enumerate(words):
        for place, weight in ((index.titles, _TITLE), (index.rest, _REST)):
            for row in place.rows(word):
                hits[nth, row] = max(hits[nth, row], weight)
    held = (hits > 0).sum(axis=0)
    found: npt.NDArray[np.bool_] = held == len(words) if (held == len(words)).any() else held > 0
    whole = np.array([title == " ".join(words) for title in index.whole])
    order = np.lexsort((np.arange(len(catalog)), -popularity, -hits.sum(axis=0), -whole.astype(float)))
    return [row for row in order.tolist() if found[row]]


class _Index:
    """Words in order, and the rows in which each stands."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        rows: dict[str, list[int]] = {}
        for row, words in enumerate(texts):
            for word in set(words):
                rows.setdefault(word, []).append(row)
        self._words = sorted(rows)
        self._rows = rows

    def rows(self, beginning: str) -> list[int]:
        """Rows with a word that begins so."""
        from bisect import bisect_left

        found: list[int] = []
        at = bisect_left(self._words, beginning)
        while at < len(self._words) and self._words[at].startswith(beginning):
            found += self._rows[self._words[at]]
            at += 1
        return found


class _Found:
    def __init__(self, catalog: Catalog) -> None:
        titles = [_words(item.title) for item in catalog]
        self.whole = [" ".join(words) for words in titles]
        self.titles = _Index(titles)
        self.rest = _Index([_words(f"{item.creator} {' '.join(item.categories)}") for item in catalog])


@lru_cache(maxsize=2)
def _index_of(catalog: Catalog) -> _Found:
    return _Found(catalog)


def _words(text: str) -> list[str]:
    """Words without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
