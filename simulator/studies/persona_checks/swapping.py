"""The same persona as somebody else: gender the other way round, or the origin of another person, and nothing else.

Origin is name, place and language. Each persona is given that of another one of the same gender, around a circle in
keyed order, so that a name does not bring a gender with it, and every origin stands as often before as after. Only
facts that both people state are exchanged: one fact more or less is another difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from personas.links import MEN, WOMEN
from personas.schema import Persona
from simulator.llm.fencing import clean
from simulator.population import Population
from simulator.randomness import Stream, keys_of

F64 = npt.NDArray[np.float64]
MOST = 50
"""Personas whose identity is swapped, at most."""
SWAPS = ("gender", "origin")
ORIGIN = ("name", "place", "language")
_OTHER = {"female": "male", "woman": "man", "girl": "boy", "f": "m"}
_OTHER |= {there: here for here, there in _OTHER.items()}
assert set(_OTHER) == WOMEN | MEN
_GENDERED = {
    "women": frozenset(
        ("she", "her", "hers", "herself", "woman", "girl", "mother", "grandmother", "aunt", "widow", "lady")
    ),
    "men": frozenset(
        ("he", "him", "his", "himself", "man", "boy", "father", "grandfather", "uncle", "widower", "gentleman")
    ),
}
_COMMON = frozenset(
    (
        "united",
        "states",
        "kingdom",
        "republic",
        "north",
        "south",
        "east",
        "west",
        "city",
        "new",
        "and",
        "the",
        "learning",
    )
)
"""Words of places and languages that tell no origin."""
_LEAST = 3
"""Letters of a name or place from which it is looked for."""
_FACT = 40
"""Most characters of a fact in a prompt: `own_words.facts`."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """One persona before and after a swap."""

    before: Persona
    after: Persona
    fields: tuple[str, ...]
    """What of the identity was swapped."""


def kind(persona: Persona) -> str:
    """women, men, or the word that they use."""
    word = (persona.identity.gender or "").strip().casefold()
    return "women" if word in WOMEN else "men" if word in MEN else word


def some(personas: Sequence[Persona], most: int, seed: int) -> list[Persona]:
    """At most so many of the personas, by lot, in their order, as they are on the first day and for good."""
    luck = Stream.of(seed, "population", "whose identity is swapped").bits(keys_of(one.id for one in personas))
    rows = np.sort(np.argsort(luck, kind="stable")[:most])
    return [personas[row].as_of(0).model_copy(update={"changes": ()}) for row in rows.tolist()]


def pairs(cast: Sequence[Persona], swap: str, seed: int) -> list[Pair]:
    """Those of the personas that a swap changes, before and after."""
    return list(_genders(cast) if swap == "gender" else _origins(cast, seed))


def _genders(cast: Sequence[Persona]) -> Iterator[Pair]:
    for one in cast:
        word = (one.identity.gender or "").strip().casefold()
        if word in _OTHER:
            yield _pair(one, {"gender": _OTHER[word]})


def _origins(cast: Sequence[Persona], seed: int) -> Iterator[Pair]:
    stream = Stream.of(seed, "population", "whose origin is taken")
    luck = dict(zip((one.id for one in cast), stream.bits(keys_of(one.id for one in cast)).tolist(), strict=True))
    circles: dict[str, list[Persona]] = {}
    for one in sorted(cast, key=lambda one: (luck[one.id], one.id)):
        if any(getattr(one.identity, name) for name in ORIGIN):
            circles.setdefault(kind(one), []).append(one)
    next_of = {one.id: other for own in circles.values() for one, other in zip(own, own[1:] + own[:1], strict=True)}
    for one in cast:
        if (other := next_of.get(one.id)) is None:
            continue
        mine, theirs = one.identity, other.identity
        both = {name: getattr(theirs, name) for name in ORIGIN if getattr(mine, name) and getattr(theirs, name)}
        if changed := {name: value for name, value in both.items() if value != getattr(mine, name)}:
            yield _pair(one, changed)


def _pair(persona: Persona, changed: Mapping[str, str]) -> Pair:
    after = persona.model_copy(update={"identity": persona.identity.model_copy(update=dict(changed))})
    return Pair(before=persona, after=after, fields=tuple(changed))


def only_swapped(pair: Pair, before: str, after: str) -> bool:
    """Whether two lines of a prompt are the same but for the facts that were swapped."""
    if _QUOTED.sub("", before) != _QUOTED.sub("", after):
        return False
    told = [{_told(name, getattr(one.identity, name)) for name in pair.fields} for one in (pair.before, pair.after)]
    quotes = [[json.loads(quote) for quote in _QUOTED.findall(line)] for line in (before, after)]
    return len(quotes[0]) == len(quotes[1]) and all(
        a == b or (a in told[0] and b in told[1]) for a, b in zip(*quotes, strict=True)
    )


def _told(name: str, value: str) -> str:
    return clean(f"speaks {value}" if name == "language" else value, _FACT)


def left_behind(pair: Pair, texts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """The texts, by path, that still tell what was swapped, and the words by which they do. English, and names as they
    are; a word may be of somebody else ("her mother")."""
    words: set[str] = set()
    for name in pair.fields:
        words |= _GENDERED[kind(pair.before)] if name == "gender" else _telling(getattr(pair.before.identity, name))
    for path, text in texts:
        if path.startswith(("identity.", "origins.")) and path != "identity.occupation":
            continue
        if found := sorted(words & set(re.findall(r"[^\W\d_]+", text.casefold()))):
            yield path, found


def _telling(value: str) -> set[str]:
    return {
        word.casefold()
        for word in re.findall(r"[^\W\d_]+", value)
        if len(word) >= _LEAST and word.casefold() not in _COMMON
    }


def turned(found: Sequence[Pair]) -> F64:
    """What makes a difference of after and before into one of women and men. (n,)."""
    return np.array([1.0 if kind(one.before) == "men" else -1.0 for one in found])


def told_as(people: Population, found: Sequence[Pair]) -> Population:
    """The same people, with the same traits, told of as after the swap."""
    personas = np.empty(len(found), dtype=object)
    personas[:] = [one.after for one in found]
    return replace(people, personas=personas)
