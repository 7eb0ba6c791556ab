"""A candidate persona: what a model says that a person could be, and how it becomes part of their persona."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from personas.asking.answers import AGE, SCALE, CandidateAnswer, names, within
from personas.asking.words import free, listed
from personas.files import plain
from personas.schema import Origin, Persona
from personas.traits import BIG_FIVE
from simulator.llm.fencing import Fence, clean

PHRASES, PHRASE = 6, 60
"""Most likes and dislikes of a candidate, and most characters of each."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Who somebody could be. Big Five on 1-5, in the order of `BIG_FIVE`."""

    age: int
    occupation: str
    big_five: tuple[int, ...]
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]

    @classmethod
    def of(cls, answer: CandidateAnswer) -> Candidate:
        """What an answer says, within bounds; what is both liked and disliked is neither."""
        likes, dislikes = _phrases(answer.draws), _phrases(answer.repels)
        both = {one.casefold() for one in likes} & {one.casefold() for one in dislikes}
        return cls(
            age=within(answer.age, AGE),
            occupation=clean(answer.occupation, PHRASE),
            big_five=tuple(within(getattr(answer, name), SCALE) for name in BIG_FIVE),
            likes=tuple(one for one in likes if one.casefold() not in both),
            dislikes=tuple(one for one in dislikes if one.casefold() not in both),
        )

    def lines(self, persona: Persona, fence: Fence) -> list[str]:
        """The candidate in words, told to the model as itself; what is known of the persona for sure is left out."""
        lines = [f"Age: {self.age}."] if free(persona, "identity.age") else []
        if self.occupation and free(persona, "identity.occupation"):
            lines.append(f"Occupation: {fence.quoted(self.occupation, PHRASE)}.")
        scores = [
            f"{name} {score}"
            for name, score in zip(BIG_FIVE, self.big_five, strict=True)
            if free(persona, f"personality.{name}")
        ]
        if scores:
            lines.append(f"Big Five on 1-5, where most people are near 3: {', '.join(scores)}.")
        return [*lines, *listed("You like", self.likes, fence), *listed("You dislike", self.dislikes, fence)]

    def applied(self, persona: Persona, evidence: str) -> Persona:
        """The persona with what it has no better word for, and where that comes from. No reliability is stated: nobody
        has measured it. Raises ValueError for what the persona cannot be, such as retired at 25."""
        data, origin = plain(persona), Origin(how="inferred", evidence=evidence[:300]).model_dump(exclude_none=True)
        said: dict[str, Any] = {
            "identity.age": self.age,
            "identity.occupation": self.occupation or None,
            **{
                f"personality.{name}": (score - SCALE[0]) / (SCALE[1] - SCALE[0])
                for name, score in zip(BIG_FIVE, self.big_five, strict=True)
            },
            "tastes.themes.liked": list(self.likes) or None,
            "tastes.themes.disliked": list(self.dislikes) or None,
        }
        origins = dict(data.get("origins", {}))
        for path, value in said.items():
            if value is None or not free(persona, path):
                continue
            *sections, field = path.split(".")
            here = data
            for section in sections:
                here[section] = dict(here.get(section, {}))
                here = here[section]
            here[field] = value
            origins[path] = origin
        return Persona.model_validate(data | {"origins": origins})


def possible(answer: Any, n: int, persona: Persona) -> list[Candidate]:
    """Those of an answer's n candidates that the persona can be."""
    found = []
    for name in names("c", n):
        candidate = Candidate.of(getattr(answer, name))
        try:
            candidate.applied(persona, "")
        except ValueError:
            continue
        found.append(candidate)
    return found


def _phrases(texts: Iterable[str]) -> tuple[str, ...]:
    by_key: dict[str, str] = {}
    for text in texts:
        if cleaned := clean(text, PHRASE):
            by_key.setdefault(cleaned.casefold(), cleaned)
    return tuple(by_key.values())[:PHRASES]
