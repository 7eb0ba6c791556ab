"""What a persona cannot mean: parts of it that say opposite things. Raised as pydantic errors that know their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from personas.schema import Likes, Persona

Place = str | tuple[str | int, ...]
"""A dotted path, or its steps where a name holds a dot."""
SHARES_OFF, MEAN_OFF, SPREAD_OFF = 0.011, 0.1, 0.1
"""How far shares may be from adding up to 1, their mean from the mean that is stated, and a spread from its bounds."""


def contradictions(persona: Persona) -> None:
    """Raises the first contradiction of a persona as a `PydanticCustomError` whose context names the `place`."""
    for place, what in _found(persona):
        told = "{what}"
        raise PydanticCustomError("contradiction", told, {"what": what, "place": place})


def _found(persona: Persona) -> Iterator[tuple[Place, str]]:
    yield from _ratings(persona)
    for name, likes in persona.tastes.each():
        yield from _tastes(f"tastes.{name}", likes)
    yield from _identity(persona)
    yield from _routines(persona)
    yield from _instructions(persona)
    yield from _mbti(persona)
    yield from _changes(persona)
    yield from _origins(persona)


def _ratings(persona: Persona) -> Iterator[tuple[str, str]]:
    ratings = persona.ratings
    if ratings.shares is None:
        yield from _spread_of(ratings.mean, ratings.spread)
        return
    total = sum(ratings.shares)
    if abs(total - 1) > SHARES_OFF:
        yield "ratings.shares", f"the five shares add up to {total:.2f}, and must add up to 1. Change them"
        return
    mean = sum(level * share for level, share in enumerate(ratings.shares, 1)) / total
    if ratings.mean is not None and abs(mean - ratings.mean) > MEAN_OFF:
        yield "ratings.mean", f"is {ratings.mean:g}, but the shares have a mean of {mean:.2f}. Change one of the two"


def _spread_of(mean: float | None, spread: float | None) -> Iterator[tuple[str, str]]:
    """Five whole levels with a mean have a spread within bounds: all at its two neighbours, or all at 1 and 5."""
    if mean is None or spread is None:
        return
    rest = mean - int(mean)
    least, most = (rest * (1 - rest)) ** 0.5, ((5 - mean) * (mean - 1)) ** 0.5
    if not least - SPREAD_OFF <= spread <= most + SPREAD_OFF:
        bounds = f"{least:.2f} to {most:.2f}"
        yield (
            "ratings.spread",
            f"is {spread:g}, but levels 1-5 with mean {mean:g} spread by {bounds}. Change one of the two",
        )


def _tastes(place: str, likes: Likes) -> Iterator[tuple[str, str]]:
    disliked = {_key(name) for name in likes.disliked}
    for name in likes.liked:
        if _key(name) in disliked:
            yield place, f"{name[:60]!r} is both liked and disliked. Remove one of the two"
    for which in ("liked", "disliked"):
        if twice := _twice(getattr(likes, which)):
            yield f"{place}.{which}", f"{twice[:60]!r} stands there twice. Remove one"


def _identity(persona: Persona) -> Iterator[tuple[str, str]]:
    age = persona.identity.age
    if age is not None and age >= 18 and "minor" in persona.vulnerabilities:
        yield "vulnerabilities", f"minor, but the age is {age}. Remove the flag, or change identity.age"
    job = (persona.identity.occupation or "").casefold()
    if age is not None and age < 30 and "retired" in job.split():
        yield "identity.occupation", f"retired at {age}. Change it, or identity.age"
    if twice := _twice(persona.vulnerabilities):
        yield "vulnerabilities", f"{twice} stands there twice. Remove one"


def _routines(persona: Persona) -> Iterator[tuple[str, str]]:
    for nth, routine in enumerate(persona.routines):
        place = f"routines.{nth}"
        if both := _shared(routine.action.look_for, routine.action.avoid):
            yield f"{place}.action", f"looks for and avoids {both[:60]!r}. Remove one of the two"
        hours = routine.context.hours
        if hours is not None and not (0 <= hours[0] <= 23 and 0 <= hours[1] <= 24 and hours[0] != hours[1]):
            yield f"{place}.context.hours", "must be [from, to) within 0 and 24, such as [18, 23] or [22, 4]. Change it"
    for nth, one in enumerate(persona.routines):
        for other in persona.routines[:nth]:
            if one.context != other.context:
                continue
            if both := _shared(one.action.look_for, other.action.avoid) or _shared(
                one.action.avoid, other.action.look_for
            ):
                yield (
                    f"routines.{nth}",
                    f"in the same context another routine says the opposite of {both[:60]!r}. Change one",
                )


def _instructions(persona: Persona) -> Iterator[tuple[str, str]]:
    liked = persona.tastes.genres.liked
    for nth, instruction in enumerate(persona.instructions):
        place = f"instructions.{nth}"
        if both := _shared(instruction.look_for, instruction.avoid):
            yield place, f"asks for {both[:60]!r} and rules it out. Remove one of the two"
        if both := _shared(instruction.avoid, liked):
            yield f"{place}.avoid", f"rules out {both[:60]!r}, which tastes.genres likes. Change one of the two"


def _mbti(persona: Persona) -> Iterator[tuple[str, str]]:
    if persona.personality.mbti is None:
        return
    from personas import mbti

    stated = {name: getattr(persona.personality, name) for name in mbti.BIG_FIVE}
    for what in mbti.contradictions(persona.personality.mbti, stated):
        yield "personality.mbti", what


def _changes(persona: Persona) -> Iterator[tuple[str, str]]:
    days = [change.from_day for change in persona.changes]
    for nth, change in enumerate(persona.changes):
        if nth and days[nth] <= days[nth - 1]:
            yield (
                f"changes.{nth}.from_day",
                f"day {days[nth]} is not after day {days[nth - 1]}. Put them in order",
            )
        parts = ("identity", "behaviour", "ratings", "tastes", "goals")
        if all(getattr(change, part) is None for part in parts):
            yield f"changes.{nth}", f"changes nothing. Give one of {', '.join(parts)}, or remove it"
        if change.tastes is not None:
            for name, likes in change.tastes.each():
                yield from _tastes(f"changes.{nth}.tastes.{name}", likes)
        later = persona.as_of(change.from_day)  # each part may be right and their sum wrong
        for place, what in (*_ratings(later), *_instructions(later)):
            yield f"changes.{nth}", f"from day {days[nth]} on {place} {what}"


def _origins(persona: Persona) -> Iterator[tuple[Place, str]]:
    from personas.schema import known_path

    for path, origin in persona.origins.items():
        if not known_path(path):
            yield ("origins", path), "this names no part of a persona. Write a path such as behaviour.activity"
        if origin.confidence is not None and origin.how != "inferred":
            yield ("origins", path), f"what is {origin.how} has no confidence. Remove it, or write how: inferred"


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in names if _key(name) in seen or seen.add(_key(name))), None)  # type: ignore[func-returns-value]


def _shared(one: Iterable[str], other: Iterable[str]) -> str | None:
    theirs = {_key(name) for name in other}
    return next((name for name in one if _key(name) in theirs), None)
