"""The first moment: who this is, in a line of their own, and what one might ask them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.console.chat.arguments import counted
from simulator.console.text import clean

if TYPE_CHECKING:
    from personas.schema import Persona
    from simulator.studies.solo.life import Life
    from simulator.studies.solo.lived import Lived

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_NAMED = 3
"""Things of a kind that an introduction names."""


def introduction(life: Life) -> str:
    """Who they are and what they just did, in their own voice."""
    who = _of_persona(life.persona, life.name) if life.persona is not None else f"I am {clean(life.name)}."
    tastes = _stated(life.persona) if life.persona is not None else ""
    return " ".join(part for part in (who, tastes or _chose_before(life), _just_now(life)) if part)


def questions_for(life: Life) -> tuple[str, ...]:
    """Three questions that this person can answer now."""
    if not life.turns:
        return ("What do you like?", "What are you here for?", "How do you feel?")
    last = life.turns[-1]
    return (_of_a_skip(last), _of_a_choice(last), "Why did you leave?" if last.left else "How do you feel now?")


def _of_persona(persona: Persona, name: str) -> str:
    identity = persona.identity
    told = [clean(name)]
    if identity.age is not None:
        told.append(str(identity.age))
    if identity.occupation:
        told.append(clean(identity.occupation))
    return f"I am {', '.join(told)}" + (f", from {clean(identity.place)}." if identity.place else ".")


def _stated(persona: Persona) -> str:
    genres = persona.tastes.genres
    liked, disliked = _some(genres.liked), _some(genres.disliked)
    if liked and disliked:
        return f"I like {liked}, and I do not like {disliked}."
    return f"I like {liked}." if liked else f"I do not like {disliked}." if disliked else ""


def _chose_before(life: Life) -> str:
    if not life.history:
        return "I am new here."
    most = Counter(name for row in life.history for name in life.catalog[row].categories)
    kinds = _some(name for name, _ in most.most_common(_NAMED))
    mostly = f", mostly {kinds}" if kinds else ""
    return f"I have chosen {counted(len(life.history), 'thing')} here before{mostly}."


def _just_now(life: Life) -> str:
    if not life.turns:
        return ""
    last = life.turns[-1]
    chosen = [f"“{clean(place.title)}”" for place in last.clicked]
    what = f"chose {_and(chosen[:_NAMED])}" if chosen else "chose nothing"
    more = f" and {len(chosen) - _NAMED} more" if len(chosen) > _NAMED else ""
    return f"I just looked at a page of {counted(len(last.places), 'item')} and {what}{more}."


def _of_a_skip(last: Lived) -> str:
    skipped = [nth for nth, place in enumerate(last.places) if place.noticed and not place.clicked]
    if not skipped:
        return "Which of them did you like best?"
    nth = 1 if 1 in skipped else skipped[0]
    return f"Why did you skip the {_ORDINALS[nth]} one?" if nth < 10 else f"Why did you skip number {nth + 1}?"


def _of_a_choice(last: Lived) -> str:
    if not last.clicked:
        return "What would you rather have seen?"
    return f"Why did you choose “{clean(last.clicked[0].title)}”?"


def _some(names: Iterable[str]) -> str:
    return _and([clean(name).lower() for name in names][:_NAMED])


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
