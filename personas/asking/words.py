"""A persona in words, for prompts that are about it. Every text of the persona is quoted data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from personas.schema import Persona
from personas.traits import BEHAVIOURAL, BIG_FIVE, activity_to_sd, to_percentile
from simulator.llm.fencing import Fence

LOW, HIGH = 0.3, 0.7
"""Percentiles at and beyond which a behavioural trait is worth a word. Assumed."""
_FACT, _PHRASE, _SENTENCE = 120, 60, 300
_FACTS = ("age", "gender", "occupation", "place", "language")
_MOST = 6
"""Most phrases of one list."""


def free(persona: Persona, path: str) -> bool:
    """Whether a model may say what this field is: nobody has stated it, and no estimate from data is there.

    What was drawn by lot, and what is inferred of identity and themes (which only a model does), may be said anew.
    """
    value: Any = persona
    for step in path.split("."):
        value = getattr(value, step)
    if path.startswith("personality.") and persona.personality.mbti is not None:
        return False
    how = persona.origin(path).how
    said_by_a_model = how == "inferred" and path.startswith(("identity.", "tastes.themes"))
    return value is None or value == () or how == "sampled" or said_by_a_model


def sure(persona: Persona, fence: Fence) -> list[str]:
    """What is known of who the person is, without what a model or a lot said; nothing of tastes or behaviour, which
    an estimate may have from the very choices that are asked about."""
    lines = list(_identity(persona, [name for name in _FACTS if not free(persona, f"identity.{name}")], fence))
    scores = {name: getattr(persona.personality, name) for name in BIG_FIVE if not free(persona, f"personality.{name}")}
    return lines + _big_five({name: score for name, score in scores.items() if score is not None})


def whole(persona: Persona, fence: Fence) -> list[str]:
    """All that is known of a persona but for its backstory, a line each, in the third person."""
    scores = {name: score for name in BIG_FIVE if (score := getattr(persona.personality, name)) is not None}
    lines = [*_identity(persona, ["name", *_FACTS], fence), *_big_five(scores)]
    if habits := ", ".join(_habits(persona)):
        lines.append(f"Habits: {habits}.")
    if persona.ratings.mean is not None:
        lines.append(f"Gives {persona.ratings.mean:.1f} of 5 on average.")
    for name, likes in persona.tastes.each():
        lines += listed(f"Liked {name}", likes.liked, fence) + listed(f"Disliked {name}", likes.disliked, fence)
    for routine in persona.routines[:_MOST]:
        when, then = fence.quoted(routine.when, _SENTENCE), fence.quoted(routine.then, _SENTENCE)
        lines.append(f"Routine: {when}: {then}")
    lines += listed("Told the service", [one.text for one in persona.instructions], fence, _SENTENCE)
    lines += listed("Goals", persona.goals, fence)
    if persona.vulnerabilities:
        lines.append(f"Weighed on by: {', '.join(persona.vulnerabilities).replace('_', ' ')}.")
    if persona.speaking_style is not None:
        lines.append(f"Speaks like this: {fence.quoted(persona.speaking_style, _SENTENCE)}")
    return lines


def listed(what: str, texts: Iterable[str], fence: Fence, cap: int = _PHRASE) -> list[str]:
    """One line of up to six quoted texts; none for none."""
    quoted = [fence.quoted(text, cap) for text in texts][:_MOST]
    return [f"{what}: {', '.join(quoted)}."] if quoted else []


def _identity(persona: Persona, names: Iterable[str], fence: Fence) -> Iterator[str]:
    for name in names:
        value = getattr(persona.identity, name)
        if value is not None:
            yield f"{name.capitalize()}: {value if isinstance(value, int) else fence.quoted(value, _FACT)}."


def _big_five(scores: dict[str, float]) -> list[str]:
    told = ", ".join(f"{name} {1 + 4 * score:.1f}" for name, score in scores.items())
    return [f"Big Five on 1-5, where most people are near 3: {told}."] if told else []


def _habits(persona: Persona) -> Iterator[str]:
    for trait in BEHAVIOURAL:
        value = getattr(persona.behaviour, trait.name)
        if value is None:
            continue
        percentile = float(to_percentile(activity_to_sd(value))) if trait.name == "activity" else value
        if percentile >= HIGH or percentile <= LOW:
            yield trait.high if percentile >= HIGH else trait.low
