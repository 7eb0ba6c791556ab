"""A person from a sentence, without a language model: a small grammar that says what it did not understand.

    a tired nurse of 34 who loves horror, hates romance and is very patient

Facts (name, age, gender, occupation, place, how often they come, what they come for) and words for what people are like
(`characters`) are taken out first; what is left is read as likes and dislikes (`told_tastes`) in the catalogue's own
vocabulary. Nothing is guessed: what is not known is told back, and the traits that are not named are drawn like those
of any stranger (`simulator.population.from_personas`), keyed by the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from personas.files import of_mapping
from personas.sampling.name_lists import CULTURES
from personas.schema import Persona
from recommenders.wishes.grammar import MOST_LETTERS
from recommenders.wishes.lexicon import lexicon_of
from simulator.llm.fencing import clean
from simulator.randomness import Stream, key_of
from simulator.records import F32, Catalog, UserInputError
from simulator.studies.solo.told_character import Reader
from simulator.studies.solo.told_tastes import told_tastes, without_others

TELL = "Tell who they are, such as: a tired nurse of 34 who loves horror, hates romance and is very patient"


@dataclass(frozen=True, kw_only=True)
class Invention:
    """A person made from a sentence, and how much of the sentence is in them."""

    persona: Persona
    understood: tuple[str, ...]
    """In words, one thing each."""
    missed: tuple[str, ...]
    """What nothing was made of, in the sentence's own words, with a reason where there is one."""
    begins: Mapping[str, float]
    """How they are on the first visit: `fatigue` in [0, 1), `mood` in [-1, 1]; what is not told is ordinary."""
    notices: tuple[str, ...] = ()


def invent(sentence: str, catalog: Catalog, known: F32) -> Invention:
    """The person of a sentence. `known`: how many people chose each item of the catalogue. (n_items,).

    Raises UserInputError if nothing of it is understood, or if it contradicts itself.
    """
    said = clean(sentence[:MOST_LETTERS], MOST_LETTERS)
    own, others = without_others(said)
    reader = Reader(own, lexicon_of(catalog))
    reader.read()
    sketch = reader.sketch
    told = told_tastes(reader.rest(), lexicon_of(catalog), catalog, known)
    missed = [*sketch.missed, *told.missed, *others]
    if len(sentence) > MOST_LETTERS:
        missed.append(f"everything after the first {MOST_LETTERS:,} letters")
    understood = [*sketch.understood, *told.understood]
    if not understood:
        shown = f"{said[:80]}…" if len(said) > 80 else said
        raise UserInputError(f"{shown or 'an empty sentence'}: nothing of this was understood. {TELL}")
    behaviour = sketch.behaviour | {name: value for name, value in told.traits.items() if name not in sketch.behaviour}
    origins: dict[str, Any] = {
        part: {"how": "inferred", "evidence": "words of a sentence, as percentiles"}
        for part, value in (("behaviour", behaviour), ("personality", sketch.personality))
        if value
    }
    identity = with_name(sketch.identity, id_of(sentence), origins)
    data: dict[str, Any] = {
        "id": id_of(sentence),
        "identity": identity,
        "personality": sketch.personality,
        "behaviour": behaviour,
        "ratings": sketch.ratings,
        "tastes": told.as_tastes(),
        "goals": sketch.goals,
        "backstory": said,
        "origins": origins,
    }
    data = {name: value for name, value in data.items() if value}
    return Invention(
        persona=of_mapping(data, "the sentence"),
        understood=tuple(understood),
        missed=tuple(dict.fromkeys(missed)),
        begins=sketch.begins,
    )


def id_of(sentence: str) -> str:
    """The id of a sentence's person, which is what their luck hangs on: the same sentence, the same person."""
    return f"invented-{blake2b(' '.join(sentence.split()).encode(errors='replace'), digest_size=4).hexdigest()}"


def with_name(identity: Mapping[str, Any], person_id: str, origins: dict[str, Any]) -> dict[str, Any]:
    """The same with a given name by lot, keyed by the id, where none is told; `origins` hears of it."""
    if identity.get("name"):
        return dict(identity)
    key = np.array([key_of(person_id)], dtype=np.uint64)
    first, second = Stream.of(0, "population", "name of an invented person").uniform(
        key, 0, np.arange(2, dtype=np.uint64)
    )[0]
    gender = identity.get("gender") or ("female" if first < 0.5 else "male")
    names = CULTURES["english"].male if gender == "male" else CULTURES["english"].female
    origins["identity.name"] = "sampled"
    return {"name": names[int(second * len(names))], **identity}
