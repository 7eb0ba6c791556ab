"""A transformer that reads item embeddings from left to right, in NumPy: one person's result never depends on others.

Rows of one length are computed together, each by products of its own (`np.matmul` of a stack makes one product after
the other), so that nothing rounds by company; and so that who only wants pages needs no PyTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from simulator.records import F32

_EPSILON = 1e-8
"""Added to a variance before its root is taken, as in Kang and McAuley's own code."""

_AT_ONCE = 256
"""Sequences at once; what one layer holds then stays in tens of megabytes."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """Causal self-attention blocks in Kang & McAuley's arrangement: the query is normalised, keys and values are not.

    In block b: q = norm(x), x = q + attention(q, x, x), x = norm(x), x = x + W₂ relu(W₁ x); norm(x) at the end. The
    position of the last choice is the last row of `position`, whatever the length.
    """

    parameters: dict[str, F32]
    blocks: int
    heads: int

    @staticmethod
    def shapes(factors: int, blocks: int, window: int) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter by name, in the order in which they are kept. Matrices map row vectors."""
        square, vector = (factors, factors), (factors,)
        out: dict[str, tuple[int, ...]] = {"position": (window, factors)}
        for b in range(blocks):
            for name in ("query", "key", "value", "out", "inner", "outer"):
                out[f"{b}.{name}"] = square
                out[f"{b}.{name}_bias"] = vector
            for name in ("before", "between"):
                out[f"{b}.{name}_scale"] = vector
                out[f"{b}.{name}_shift"] = vector
        return out | {"last_scale": vector, "last_shift": vector}

    @classmethod
    def of(cls, weights: F32, factors: int, blocks: int, heads: int, window: int) -> Self:
        """Take `weights`, all parameters one after the other, apart."""
        shapes = cls.shapes(factors, blocks, window)
        stops = np.cumsum([math.prod(shape) for shape in shapes.values()])
        parts = np.split(np.asarray(weights), stops[:-1])
        named = {name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
        return cls(named, blocks, heads)

    def last(self, embedded: F32) -> F32:
        """What the last place of each sequence of embeddings (n, length, factors) comes to. (n, factors)."""
        out = np.empty((len(embedded), embedded.shape[2]), dtype=np.float32)
        for first in range(0, len(embedded), _AT_ONCE):
            out[first : first + _AT_ONCE] = self._last(embedded[first : first + _AT_ONCE])
        return out

    def _last(self, embedded: F32) -> F32:
        _, length, factors = embedded.shape
        position = self.parameters["position"]
        x: F32 = embedded * np.float32(math.sqrt(factors)) + position[len(position) - length :]
        for b in range(self.blocks):
            # Of the last block only the last place is asked for, and its keys and values are all that it needs.
            asking = x[:, -1:] if b == self.blocks - 1 else x
            query = self._norm(asking, f"{b}.before")
            x = query + self._attention(b, query, x)
            x = self._norm(x, f"{b}.between")
            x = x + self._linear(np.maximum(self._linear(x, f"{b}.inner"), 0), f"{b}.outer")
        return self._norm(x[:, -1], "last")

    def _attention(self, b: int, query: F32, x: F32) -> F32:
        q = self._parted(self._linear(query, f"{b}.query"))
        k = self._parted(self._linear(x, f"{b}.key"))
        v = self._parted(self._linear(x, f"{b}.value"))
        fit = np.matmul(q, np.ascontiguousarray(k.swapaxes(-1, -2))) / np.float32(math.sqrt(q.shape[-1]))
        asked, length = fit.shape[-2:]
        fit[..., ~np.tri(asked, length, length - asked, dtype=np.bool_)] = -np.inf
        fit -= fit.max(axis=-1, keepdims=True)
        share = np.exp(fit)
        share /= share.sum(axis=-1, keepdims=True)
        mixed = np.matmul(share, v).swapaxes(1, 2)
        return self._linear(np.ascontiguousarray(mixed).reshape(query.shape), f"{b}.out")

    def _parted(self, x: F32) -> F32:
        """(n, length, factors) as (n, heads, length, factors / heads)."""
        n, length, factors = x.shape
        return np.ascontiguousarray(x.reshape(n, length, self.heads, factors // self.heads).swapaxes(1, 2))

    def _linear(self, x: F32, name: str) -> F32:
        product: F32 = np.matmul(x, self.parameters[name])
        product += self.parameters[f"{name}_bias"]
        return product

    def _norm(self, x: F32, name: str) -> F32:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        scaled: F32 = centred / np.sqrt(variance + np.float32(_EPSILON))
        scaled *= self.parameters[f"{name}_scale"]
        scaled += self.parameters[f"{name}_shift"]
        return scaled
