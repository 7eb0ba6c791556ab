"""Texts as vectors: hashed words and word pieces by default, or an endpoint's embeddings.

Vectors are unit vectors in 8 bits a component (`STEPS` steps to 1). The inner product of two of them is a sum of
integers below 2^24, which float32 holds exactly in any order of addition: likeness is the same on every machine, in
every batch and beside everybody else. Rounding moves a cosine by about 0.002 (standard deviation).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from simulator.records import F32, Catalog, Item, UserInputError

I8 = npt.NDArray[np.int8]

STEPS = 127
WIDTH = 256
_WORD = re.compile(r"[^\W_]+")
_EMPTY_WORDS = frozenset(
    _WORD.findall(
        "a an and are as at be but by for from had has have i in is it its just like me my no not of on or so than "
        "that the their then there they this to too was were what when which with you your"
    )
)
"""Words that say nothing about the subject of an English text."""
_WHOLE = 3
"""Weight of a whole word beside each of its pieces. Assumed."""


class Embedder(Hashable, Protocol):
    """Texts in, unit vectors out. `name` and `width` identify it: vectors of different embedders never meet."""

    name: str
    width: int

    def __call__(self, texts: Sequence[str]) -> F32:
        """(n, width) float32, rows of unit length, or 0 for a text that says nothing."""


class HashingEmbedder:
    """Bags of hashed words and of their three-letter pieces, signed (Weinberger et al., ICML 2009).

    Pieces let "detective" meet "detectives". It downloads nothing, and knows nothing of meaning: texts are alike as
    far as they share words.
    """

    def __init__(self, width: int = WIDTH) -> None:
        self.width = width
        self.name = "hashing-1"
        self._codes: Callable[[str], tuple[int, ...]] = lru_cache(maxsize=50_000)(self._hashed)

    def __call__(self, texts: Sequence[str]) -> F32:
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        codes = [self._text(text) for text in texts]
        sizes = np.array([len(one) for one in codes])
        flat = np.fromiter((code for one in codes for code in one), dtype=np.int64, count=int(sizes.sum()))
        flat += np.repeat(np.arange(len(texts)), sizes) * (2 * self.width)
        counts = np.bincount(flat, minlength=len(texts) * 2 * self.width).reshape(len(texts), 2, self.width)
        return unit((counts[:, 0] - counts[:, 1]).astype(np.float32))

    def _text(self, text: str) -> list[int]:
        folded = unicodedata.normalize("NFKC", text).casefold()
        return [code for word in _WORD.findall(folded) if word not in _EMPTY_WORDS for code in self._codes(word)]

    def _hashed(self, word: str) -> tuple[int, ...]:
        padded = f"_{word}_"
        pieces = [padded[at : at + 3] for at in range(len(padded) - 2)]
        return (self._code(word),) * _WHOLE + tuple(map(self._code, pieces))

    def _code(self, feature: str) -> int:
        """Column of a feature, shifted by the width where its sign is minus."""
        key = zlib.crc32(feature.encode("utf-8", "surrogatepass"))
        return key % self.width + self.width * (key >> 31)


class EndpointEmbedder:
    """Embeddings of an endpoint, asked in batches.

    `ask` takes texts and returns a vector for each; a coroutine function is bridged by the one who owns the loop:
    ``lambda texts: loop.run(ask(texts))``. `name` is the model's. Raises `UserInputError` where the answer is not one
    finite vector of `width` numbers for each text; what `ask` raises passes through.
    """

    batch: ClassVar[int] = 256

    def __init__(self, name: str, width: int, ask: Callable[[list[str]], Sequence[Any]]) -> None:
        self.name, self.width, self._ask = name, width, ask

    def __call__(self, texts: Sequence[str]) -> F32:
        parts = [self._part(list(texts[at : at + self.batch])) for at in range(0, len(texts), self.batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), dtype=np.float32)

    def _part(self, texts: list[str]) -> F32:
        vectors = np.asarray(self._ask(texts), dtype=np.float32)
        if vectors.shape != (len(texts), self.width) or not np.isfinite(vectors).all():
            raise UserInputError(
                f"memory.embedding: {self.name} answered {len(texts)} texts with vectors of shape {vectors.shape}, "
                f"where {(len(texts), self.width)} finite numbers were due; name the model that made them, or take "
                "`embedding: hashing`"
            )
        return unit(vectors)


class OnceEmbedder:
    """Asks another embedder about each text once, and keeps what it said."""

    def __init__(self, inner: Embedder) -> None:
        self.name, self.width, self._inner = inner.name, inner.width, inner
        self._kept: dict[str, F32] = {}

    def __call__(self, texts: Sequence[str]) -> F32:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept.update(zip(new, self._inner(new), strict=True))
        rows = [self._kept[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.width), dtype=np.float32)


def unit(vectors: F32) -> F32:
    """Rows of length 1; zero rows stay. (n, width)."""
    norm = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    rows: F32 = np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 0)
    return rows


def pack(vectors: F32) -> I8:
    """Unit vectors in 8 bits a component."""
    packed: I8 = np.rint(vectors * np.float32(STEPS)).astype(np.int8)
    return packed


def cosine(vectors: I8, query: I8) -> F32:
    """Likeness of each person's `vectors` (n, m, width) to the person's `query` (n, width): (n, m), in [-1, 1]."""
    inner = np.matmul(vectors.astype(np.float32), query.astype(np.float32)[:, :, None])[:, :, 0]
    likeness: F32 = np.clip(inner / np.float32(STEPS * STEPS), -1, 1)
    return likeness


class ItemVectors:
    """Packed vectors of a catalogue's items, made when an item is first met."""

    def __init__(self, catalog: Catalog, embedder: Embedder) -> None:
        self._catalog, self._embedder = catalog, embedder
        self._vectors: I8 = np.zeros((len(catalog), embedder.width), dtype=np.int8)
        self._known = np.zeros(len(catalog), dtype=np.bool_)

    def __call__(self, items: npt.NDArray[Any]) -> I8:
        """`items`: catalogue rows, any shape; (*shape, width)."""
        missing = np.unique(items[~self._known[items]])
        if missing.size:
            self._vectors[missing] = pack(self._embedder([about(self._catalog[int(row)]) for row in missing]))
            self._known[missing] = True
        vectors: I8 = self._vectors[items]
        return vectors


@lru_cache(maxsize=4)
def item_vectors(catalog: Catalog, embedder: Embedder) -> ItemVectors:
    """The `ItemVectors` of a catalogue and an embedder, shared by all worlds of a process. Worlds in several threads
    may fill it at once: they write the same values."""
    return ItemVectors(catalog, embedder)


def about(item: Item) -> str:
    """What an item is about, for likeness only: never shown to anybody."""
    return " ".join((item.title, *item.categories[:6], item.creator, item.headline))[:400]
