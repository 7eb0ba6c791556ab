"""Why a person wants an item, or does not: the terms that a want is the sum of, by name.

For one person and one item at a time, when somebody asks; nothing of it is computed while people live.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_REASONS = 5
"""Past choices that are named at most."""


@dataclass(frozen=True, kw_only=True)
class TasteAccount:
    """What the models of taste say, in logits."""

    taste: float
    """Logit that the item is among the person's own choices, without their own luck."""
    usual: float
    """Mean of that over the page that the person is used to: the popular items that they do not know."""
    families: Mapping[str, float]
    """By family (`linear`, `factor`, `neighbour`, `content`, `popularity`): what it adds for this item beyond what it
    adds on the page that the person is used to."""
    because: tuple[tuple[int, float], ...]
    """Past choices that speak most for the item, as catalogue rows, with the logits that the want would lack without
    them; the strongest first, none that speaks against it."""
    known: bool
    """Whether the person had chosen the item before; `taste` is then that of a choice of theirs."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A want and what it is made of, in logits: m(taste) + personal + stated."""

    taste: TasteAccount
    personal: float
    """A lasting liking or dislike of this one thing that nothing else explains (`simulator.minds.residual`)."""
    want: float
    """Routines aside, which depend on the hour and the mood."""
    stated: float = 0.0
    """From what the person says of itself: dislikes and standing instructions (`simulator.minds.stated`)."""
