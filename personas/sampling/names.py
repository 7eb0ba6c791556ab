"""Names that fit gender and place, and that no two people share.

A culture's grid of given and family names is used up first; then people have a second given name, then a double family
name too, then a third given name: 4 million names for each gender of a culture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from personas.sampling.name_lists import CULTURES, Culture
from personas.sampling.places import peoples_of
from simulator.randomness import U64, Stream

Texts = npt.NDArray[np.str_]
I64 = npt.NDArray[np.int64]

_GIVEN = (1, 2, 2, 3)
_FAMILY = (1, 1, 2, 2)
"""How many given and family names people have, at each of four levels."""


def languages_and_cultures(places: Sequence[str], place: I64, seed: int, keys: U64) -> tuple[Texts, Texts]:
    """Language ("": unsaid) and culture of people, by the peoples of their place. `place` (n,): rows of `places`."""
    luck = Stream.of(seed, "population", "people").uniform(keys)
    language, culture = np.empty(place.size, dtype=object), np.empty(place.size, dtype=object)
    for nth, name in enumerate(places):
        rows = np.flatnonzero(place == nth)
        peoples = peoples_of(name)
        upper = np.cumsum([share for share, _, _ in peoples])
        chosen = np.searchsorted(upper / upper[-1], luck[rows], side="right")
        language[rows] = np.array([one[1] for one in peoples])[chosen]
        culture[rows] = np.array([one[2] for one in peoples])[chosen]
    return language.astype(np.str_), culture.astype(np.str_)


def names(culture: Texts, gender: Texts, seed: int, keys: U64) -> list[str]:
    """A full name for each person, all different. (n,) each.

    Which one depends on who comes before in the crowd: that is how no two are alike. People who are neither female nor
    male have a name of either list.
    """
    coin = Stream.of(seed, "population", "given names").uniform(keys) < 0.5
    female = (gender == "female") | ((gender != "male") & coin)
    out = [""] * culture.size
    for name in np.unique(culture):
        for side in (True, False):
            rows = np.flatnonzero((culture == name) & (female == side))
            stream = Stream.of(seed, "population", f"names of {name} {side}")
            made = _of_one_list(CULTURES[str(name)], side, rows.size, stream)
            for row, full in zip(rows.tolist(), made, strict=True):
                out[row] = full
    return out


def _of_one_list(culture: Culture, female: bool, n: int, stream: Stream) -> list[str]:
    """The first n names of a culture and list, in the stream's order."""
    given, family = culture.female if female else culture.male, culture.family
    out: list[str] = []
    for level, (n_given, n_family) in enumerate(zip(_GIVEN, _FAMILY, strict=True)):
        sizes = [len(given) - nth for nth in range(n_given)] + [len(family) - nth for nth in range(n_family)]
        capacity = int(np.prod(sizes))
        wanted = min(capacity, n - len(out))
        if not wanted:
            break
        slots = np.arange(capacity, dtype=np.uint64)
        order = np.argsort(stream.bits(slots, turn=level), kind="stable")[:wanted]
        digits = np.column_stack(np.unravel_index(order, sizes))
        first = _different(digits[:, :n_given])
        last = _different(digits[:, n_given:])
        for givens, families in zip(first.tolist(), last.tolist(), strict=True):
            parts = " ".join(given[nth] for nth in givens), "-".join(family[nth] for nth in families)
            out.append(" ".join(parts[::-1] if culture.family_first else parts))
    return out


def _different(digits: I64) -> I64:
    """The nth digit as a place among what the digits before it have left. (n, k), k up to 3."""
    out = digits.copy()
    for nth in range(1, digits.shape[1]):
        for taken in np.sort(out[:, :nth], axis=1).T:
            out[:, nth] += out[:, nth] >= taken
    return out
