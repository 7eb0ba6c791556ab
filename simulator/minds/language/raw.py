"""What the model said about pages, as numbers, before anything is made of them."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.records import F32, Bools


@dataclass(frozen=True, eq=False, kw_only=True)
class RawAnswers:
    """Stated wants and ratings of n people over k places."""

    want: F32
    """0-10; NaN where the place was empty or unnoticed, or the call failed. (n, k)."""
    rating: F32
    """1-5, before the person's own scale; NaN likewise. (n, k)."""
    answered: Bools
    """Whether the call brought an answer. (n,)."""
