"""What people who are not in the log have chosen elsewhere, imagined from their tastes.

The families of the taste stack know a person by what the person chose. Somebody who is known by words alone is given
choices that go with the words: the items of highest

    affinity + FAME × log popularity (sd) + Gumbel

where affinity adds up what is liked and disliked (genres by their rank, themes and creators found in an item's texts),
named examples come first, and nothing named as disliked comes at all. The draw by perturbed maxima is one without
replacement, in proportion to the exponential of the score (Plackett-Luce). So tastes reach wants by way of the same
models as those of the people of the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from personas.schema import Likes, Persona
from personas.traits import to_percentile
from simulator.randomness import U64, Stream
from simulator.records import I32, Catalog, InteractionLog

MOST = 0.2
"""Share of the catalogue that is imagined to be chosen, at most. Assumed."""
FAME = 1.0
"""Weight of log popularity (sd): people have mostly met what many have met. Assumed."""
LIKED, DISLIKED = 2.5, -4.0
"""Score of an item of the first liked (falling to half at the last) and of a disliked genre. Assumed."""
THEME, CREATOR = 1.5, 2.5
"""Score of an item that a liked theme or creator is found in, and minus that of a disliked one. Assumed."""

F64 = npt.NDArray[np.float64]
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY = frozenset(
    {"the", "and", "for", "with", "about", "that", "from", "one", "who", "are", "film", "story", "people"}
)
"""Words of a theme that tell nothing."""


def imagined_choices(
    people: Sequence[Persona | None],
    keys: U64,
    catalog: Catalog,
    popularity: npt.NDArray[np.float32],
    how_many: I32,
    *,
    seed: int,
) -> sparse.csr_matrix:
    """What each person has chosen elsewhere, binary float32; nothing for those who are None. (n, n_items).

    `popularity` (n_items,) in sd; `how_many` choices (n,), cut at `MOST` of the catalogue. A person's depend on their
    tastes, number and key alone.
    """
    n_items = len(catalog)
    most = np.clip(how_many, 1, max(1, int(MOST * n_items)))
    luck = Stream.of(seed, "population", "imagined choices")
    fame = FAME * popularity.astype(np.float64)
    texts = texts_of(catalog)
    rows: list[npt.NDArray[np.int32]] = []
    for nth, persona in enumerate(people):
        if persona is None:
            rows.append(np.zeros(0, dtype=np.int32))
            continue
        score = fame + affinity(persona, catalog, texts) + luck.gumbel(keys[nth : nth + 1], 0, catalog.keys)[0]
        named, refused = (texts.titled(getattr(persona.tastes.examples, which)) for which in ("liked", "disliked"))
        score[named], score[refused] = np.inf, -np.inf
        best = np.lexsort((np.arange(n_items), -score))[: most[nth]]
        rows.append(np.sort(best[score[best] > -np.inf]).astype(np.int32))
    start = np.concatenate([[0], np.cumsum([row.size for row in rows])])
    column = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int32)
    ones = np.ones(column.size, dtype=np.float32)
    return sparse.csr_matrix((ones, column, start), shape=(len(rows), n_items))


def as_many_as(log: InteractionLog, activity: npt.NDArray[np.float32]) -> I32:
    """How many choices people have made elsewhere who are so active (in sd): as many as the people of the log who are
    as active among themselves, for it is their number that engagement is read off, and the models of taste read it
    too. (n,)."""
    known = np.sort(np.bincount(log.user, minlength=log.n_users))
    known = known[known > 0] if known.any() else np.ones(1, dtype=np.int64)
    return np.quantile(known, to_percentile(activity), method="nearest").astype(np.int32)


def affinity(persona: Persona, catalog: Catalog, texts: Texts | None = None) -> F64:
    """How much each item goes with what the person says of their tastes, in units of the score. (n_items,)."""
    found = texts or texts_of(catalog)
    tastes = persona.tastes
    total = found.genres(tastes.genres)
    total += THEME * (found.with_words(tastes.themes.liked) - found.with_words(tastes.themes.disliked))
    total += CREATOR * (found.by(tastes.creators.liked) - found.by(tastes.creators.disliked))
    return total


class Texts:
    """A catalogue's words, looked up by what people say."""

    def __init__(self, catalog: Catalog) -> None:
        self.n = len(catalog)
        self.column = {name.casefold(): j for j, name in enumerate(catalog.category_names)}
        self.held = catalog.categories > 0
        self.title = _rows_by(_key(item.title) for item in catalog)
        self.creator = _rows_by(_key(item.creator) for item in catalog)
        self.word: dict[str, list[int]] = {}
        for row, item in enumerate(catalog):
            said = f"{item.title} {item.text} {item.headline} {' '.join(item.categories)}"
            for word in {_stem(word) for word in _WORD.findall(said.casefold())}:
                self.word.setdefault(word, []).append(row)

    def genres(self, likes: Likes) -> F64:
        """Score by category. (n_items,)."""
        total = np.zeros(self.n)
        for rank, name in enumerate(likes.liked):
            if (column := self.column.get(_key(name))) is not None:
                total += LIKED * (1 - rank / (2 * max(1, len(likes.liked) - 1))) * self.held[:, column]
        for name in likes.disliked:
            if (column := self.column.get(_key(name))) is not None:
                total += DISLIKED * self.held[:, column]
        return total

    def with_words(self, phrases: Iterable[str]) -> F64:
        """The largest share of a phrase's telling words that an item's texts hold, over all phrases. (n_items,)."""
        best = np.zeros(self.n)
        for phrase in phrases:
            words = {_stem(word) for word in _WORD.findall(phrase.casefold())} - _EMPTY
            share = np.zeros(self.n)
            for word in words:
                share[self.word.get(word, [])] += 1 / len(words)
            best = np.maximum(best, np.where(share >= 0.5, share, 0))
        return best

    def in_categories(self, names: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which items are of any of these categories. (n_items,)."""
        out = np.zeros(self.n, dtype=np.bool_)
        for name in names:
            if (column := self.column.get(_key(name))) is not None:
                out |= self.held[:, column]
        return out

    def titled(self, names: Iterable[str]) -> list[int]:
        """Rows of the items of these titles."""
        return [row for name in names for row in self.title.get(_key(name), [])]

    def by(self, names: Iterable[str]) -> F64:
        """1 for the items of these makers. (n_items,)."""
        out = np.zeros(self.n)
        for name in names:
            out[self.creator.get(_key(name), [])] = 1
        return out


@lru_cache(maxsize=4)
def texts_of(catalog: Catalog) -> Texts:
    """The `Texts` of a catalogue, made once."""
    return Texts(catalog)


def _rows_by(names: Iterable[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            rows.setdefault(name, []).append(row)
    return rows


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _stem(word: str) -> str:
    """A word without the ending of its plural, which is all that two ways to say a theme mostly differ by. English."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
