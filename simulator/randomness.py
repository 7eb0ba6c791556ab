"""Keyed, counter-based random numbers: luck that belongs to a person, a turn and a thing, never to an order.

A sequential generator ties every draw to all draws before it: add a person, change a batch size or finish two calls in
another order, and everybody's luck changes. Here a draw is a pure function of its key::

    u = uniform(stream, person_keys, turn, thing_keys)

so the same person meets the same luck in every arm (common random numbers), for any batch, worker or resume.

The function is a chain of 64-bit finalizers (Stafford's variant 13 of MurmurHash3's mixer, the one of SplitMix64:
Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Each word of the key is mixed in
before the next one arrives, and every word passes at least two full avalanches before bits are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

U64 = npt.NDArray[np.uint64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
StreamName = Literal["population", "fit", "luck", "mind"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, SplitMix64's increment
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 2.0**-53


def mix(words: U64) -> U64:
    """SplitMix64's finalizer, elementwise; a bijection of the 64-bit integers. Returns a new array."""
    z = words + _GOLDEN
    z ^= z >> _S30
    z *= _MULTIPLY_1
    z ^= z >> _S27
    z *= _MULTIPLY_2
    z ^= z >> _S31
    return z


def key_of(text: str) -> int:
    """A 64-bit key for any text (an id, a purpose), the same on every machine and in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def keys_of(texts: Iterable[str]) -> U64:
    """`key_of` for many ids. Shape (n,)."""
    return np.fromiter((key_of(str(text)) for text in texts), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Stream:
    """One named source of luck of one seed and one purpose, e.g. ``Stream.of(7, "luck", "click")``.

    The seed splits into four named streams, so that their variances can be told apart: ``population`` (who the people
    are), ``fit`` (what models draw while they are fitted), ``luck`` (what happens to people), ``mind`` (what a mind
    draws of its own, such as a person's lasting taste for one item).
    """

    key: int

    @classmethod
    def of(cls, seed: int, name: StreamName, purpose: str) -> Stream:
        return cls(key_of(f"{seed}/{name}/{purpose}"))

    def bits(self, persons: U64, turn: int | npt.NDArray[Any] = 0, things: U64 | None = None) -> U64:
        """64 random bits for each key. `persons` (n,); `things` (n, k) or (k,), or None: shape (n, k) or (n,)."""
        turns = np.asarray(turn).astype(np.uint64)
        words = mix(mix(persons ^ np.uint64(self.key)) ^ turns)
        if things is None:
            return mix(words)
        return mix(words[:, None] ^ things)

    def uniform(self, persons: U64, turn: int | npt.NDArray[Any] = 0, things: U64 | None = None) -> F64:
        """Uniform on the open interval (0, 1), 52 bits; shapes as in `bits`."""
        return ((self.bits(persons, turn, things) >> _S11).astype(np.float64) + 0.5) * _TO_UNIT

    def normal(self, persons: U64, turn: int | npt.NDArray[Any] = 0, things: U64 | None = None) -> F64:
        """Standard normal by the inverse distribution function; shapes as in `bits`."""
        normal: F64 = ndtri(self.uniform(persons, turn, things))
        return normal

    def gumbel(self, persons: U64, turn: int | npt.NDArray[Any] = 0, things: U64 | None = None) -> F64:
        """Standard Gumbel, for sampling by perturbed maxima; shapes as in `bits`."""
        gumbel: F64 = -np.log(-np.log(self.uniform(persons, turn, things)))
        return gumbel

    def generator(self, person: int, turn: int = 0) -> np.random.Generator:
        """A NumPy generator of one key, for code that needs more than a few draws; costs about 10 microseconds."""
        return np.random.Generator(np.random.Philox(key=[self.key ^ person, turn]))


_SLOT_KEYS = mix(np.arange(4096, dtype=np.uint64))


def slot_keys(k: int) -> U64:
    """Keys of the places 0 … k-1, for luck that belongs to a place and not to what stands there."""
    return _SLOT_KEYS[:k] if k <= _SLOT_KEYS.size else mix(np.arange(k, dtype=np.uint64))
