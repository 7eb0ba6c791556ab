"""What words can mean in one catalogue: its categories, creators, titles and words, and which items each is about."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from recommenders.features import features_of, item_vectors, stem
from recommenders.wishes.wish import Target
from simulator.records import F32, Catalog

COMMON: Mapping[str, tuple[str, ...]] = {
    "funny": ("comedy",),
    "funnier": ("comedy",),
    "humour": ("comedy",),
    "humor": ("comedy",),
    "laugh": ("comedy",),
    "scary": ("horror",),
    "scarier": ("horror",),
    "creepy": ("horror",),
    "frightening": ("horror",),
    "violence": ("action", "crime", "horror", "thriller", "war"),
    "violent": ("action", "crime", "horror", "thriller", "war"),
    "gory": ("horror",),
    "bloody": ("horror", "war"),
    "romantic": ("romance",),
    "animated": ("animation",),
    "cartoon": ("animation",),
    "scifi": ("sci fi", "science fiction"),
    "sci fi": ("sci fi", "science fiction"),
    "science fiction": ("sci fi", "science fiction"),
    "kid": ("children", "family", "kid"),
    "child": ("children", "family", "kid"),
    "suspense": ("thriller", "mystery"),
    "detective": ("crime", "mystery"),
    "cowboy": ("western",),
    "magic": ("fantasy",),
    "historical": ("history",),
    "documentary film": ("documentary",),
}
"""Everyday words for genres, which mean those of them that the catalogue has. Assumed."""
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_LIKE_THEM = 0.5
"""Most that an item counts which does not hold the words asked for, but is like those that do. Assumed."""


def tokens_of(text: str) -> list[str]:
    """The words of a text in order: case-folded, singular, without possessive endings and apostrophes."""
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    return [stem(word.removesuffix("'s").replace("'", "")) for word in _TOKEN.findall(folded)]


class Lexicon:
    """Of one catalogue. Names map from their tokens, so that "Science Fiction" is found in "no science fiction"."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        names = [tuple(tokens_of(name)) for name in catalog.category_names]
        by_name: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for tokens, name in zip(names, catalog.category_names, strict=True):
            if tokens:
                by_name[tokens].add(name)
        for word, meant in COMMON.items():
            held = {name for one in meant for name in by_name.get(tuple(tokens_of(one)), ())}
            if held and tuple(word.split()) not in by_name:
                by_name[tuple(word.split())] |= held
        self.categories = {tokens: tuple(sorted(held)) for tokens, held in by_name.items()}
        """Names of categories by tokens."""
        self.creators = _grouped((tokens_of(item.creator[:200]), item.creator) for item in catalog if item.creator)
        """Names of creators by tokens; a surname alone means all who have it."""
        for tokens, names_of in list(self.creators.items()):
            if len(tokens) > 1 and len(tokens[-1]) > 2:
                self.creators[tokens[-1:]] = tuple(sorted({*self.creators.get(tokens[-1:], ()), *names_of}))
        self.titles = _grouped((tokens_of(item.title[:200]), item.item_id) for item in catalog if item.title)
        """Item ids by the tokens of their title."""

    def knows(self, word: str) -> bool:
        """Whether some item holds the word."""
        return word in self._holders

    def has_scale(self, name: str) -> bool:
        """Whether anything is known of how long, dear, old … items are. What is known of "known" is the log's."""
        return name == "known" or bool(np.isfinite(self._facts[name]).any())

    def matching(self, target: Target, known: F32) -> F32:
        """How far each item is what `target` names, 0 to 1. `known`: how many people chose each item. (n_items,)."""
        if target.kind in ("years", "minutes", "price"):
            low, high = (float(edge) for edge in target.key)
            scale = {"years": "year", "minutes": "length", "price": "price"}[target.kind]
            values = self._facts[scale]
            return ((values >= low) & (values <= high)).astype(np.float32)  # what is not known is not met
        if target.kind == "scale":
            name, direction = str(target.key[0]), float(target.key[1])
            return _percentile(direction * (known if name == "known" else self._facts[name]))
        return self._named(target)

    def like(self, target: Target) -> F32:
        """How like the titles that `target` names each item is, 0 to 1. (n_items,)."""
        rows = [self._catalog.row_of[str(item_id)] for item_id in target.key]
        return self._near(rows)

    def _named(self, target: Target) -> F32:
        out = np.zeros(len(self._catalog), dtype=np.float32)
        if target.kind == "category":
            columns = [self._catalog.category_names.index(str(name)) for name in target.key]
            out[(self._catalog.categories[:, columns] > 0).any(axis=1)] = 1
        elif target.kind == "creator":
            out[[row for row, item in enumerate(self._catalog) if item.creator in target.key]] = 1
        elif target.kind == "title":
            out[[self._catalog.row_of[str(item_id)] for item_id in target.key]] = 1
        else:
            return self._with_words([str(word) for word in target.key])
        return out

    def _with_words(self, words: Sequence[str]) -> F32:
        """By the share of the words that an item holds, rare ones counting more; a little for those that are like the
        items that hold most of them."""
        n = len(self._catalog)
        rarity = {word: float(np.log((1 + n) / len(self._holders[word]))) for word in words if self.knows(word)}
        out = np.zeros(n, dtype=np.float32)
        for word, weight in rarity.items():
            out[self._holders[word]] += np.float32(weight / sum(rarity.values()))
        best = np.flatnonzero(out >= 0.99 * out.max(initial=0)).tolist() if out.any() else []
        return np.maximum(out, np.float32(_LIKE_THEM) * self._near(best)) if best else out

    def _near(self, rows: Sequence[int]) -> F32:
        """Cosine with the mean of these items, not below 0. (n_items,)."""
        centre = self._vectors[list(rows)].sum(axis=0)
        length = float(np.sqrt((centre * centre).sum()))
        if length == 0:
            return np.zeros(len(self._catalog), dtype=np.float32)
        near: F32 = np.clip((self._vectors * (centre / np.float32(length))).sum(axis=1), 0, 1)
        return near

    @cached_property
    def _vectors(self) -> F32:
        return item_vectors(self._catalog)

    @cached_property
    def _holders(self) -> Mapping[str, npt.NDArray[np.int64]]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(self._catalog):
            held = features_of(item)
            for word in {*held["title"], *held["text"]}:
                rows[word].append(row)
        return {word: np.array(held, dtype=np.int64) for word, held in rows.items()}

    @cached_property
    def _facts(self) -> Mapping[str, F32]:
        def column(values: Iterable[float | None]) -> F32:
            return np.array([np.nan if one is None else one for one in values], dtype=np.float32)

        return {
            "length": self._catalog.duration_s / np.float32(60),
            "price": column(item.price for item in self._catalog),
            "year": column(item.year for item in self._catalog),
            "praised": column(item.review_mean for item in self._catalog),
        }


@lru_cache(maxsize=4)
def lexicon_of(catalog: Catalog) -> Lexicon:
    """The lexicon of a catalogue, made once."""
    return Lexicon(catalog)


def _grouped(pairs: Iterable[tuple[list[str], str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    out: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for tokens, name in pairs:
        if tokens:
            out[tuple(tokens)].add(name)
    return {tokens: tuple(sorted(names)) for tokens, names in out.items()}


def _percentile(values: F32) -> F32:
    """Where each value stands among those that are known, 0 to 1; equal ones stand together; 0.5 where nothing is
    known."""
    known = np.isfinite(values)
    order = np.sort(values[known])
    below = np.searchsorted(order, values, side="left") + np.searchsorted(order, values, side="right")
    out = np.where(known, (below - 1) / np.float32(max(1, 2 * (order.size - 1))), np.float32(0.5))
    return np.clip(out, 0, 1).astype(np.float32)
