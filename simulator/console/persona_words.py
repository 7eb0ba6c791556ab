"""A persona's habits, instructions and changes in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from personas.schema import Change, Context, Instruction, Origin, Persona, RoutineAction
from simulator.console.bars import Letters
from simulator.console.persona_traits import label, shown_value
from simulator.console.text import clean

_DAYS = {"weekday": "on weekdays", "weekend": "on weekends"}
_ENERGY = {"fresh": "when fresh", "tired": "when tired"}
_MOOD = {"low": "in a low mood", "good": "in a good mood"}
_RATINGS = {"mean": "mean rating", "spread": "spread of ratings", "shares": "shares of ratings"}


def chance(probability: float) -> str:
    """`7 in 10`, `35 in 100`, `always`."""
    if probability >= 0.995:
        return "always"
    tenths, hundredths = round(probability * 10), round(probability * 100)
    if tenths and abs(probability * 10 - tenths) < 0.05:
        return f"{tenths} in 10"
    return f"{hundredths} in 100" if hundredths else "hardly ever"


def context(when: Context) -> str:
    """`on weekdays between 8:00 and 11:00, when tired`; empty if it always holds."""
    days = _DAYS.get(when.days or "", "")
    hours = "" if when.hours is None else f"between {when.hours[0]}:00 and {when.hours[1]}:00"
    time = f"{days} {hours}".strip()
    return ", ".join(part for part in (time, _ENERGY.get(when.energy or ""), _MOOD.get(when.mood or "")) if part)


def action(does: RoutineAction | Instruction) -> str:
    """`wants Comedy, avoids Horror, leaves`; empty if there is nothing for a machine to do."""
    parts = [f"wants {_names(does.look_for)}"] if does.look_for else []
    parts += [f"avoids {_names(does.avoid)}"] if does.avoid else []
    parts += ["leaves"] if isinstance(does, RoutineAction) and does.leave else []
    return ", ".join(parts)


def sentence(text: str) -> str:
    """With a capital at its beginning, and on one line."""
    told = " ".join(clean(text).split())
    return told[:1].upper() + told[1:]


def origin(found: Origin) -> str:
    """Where something comes from; empty for what was stated."""
    if found.how == "stated" and found.evidence is None:
        return ""
    sure = "" if found.confidence is None else f", reliability {found.confidence:.2f}"
    rests = "" if found.evidence is None else f": {clean(found.evidence)}"
    return f"{found.how}{sure}{rests}"


def changed(before: Persona, change: Change, using: Letters) -> Iterator[str]:
    """What a change makes of the person that was `before`, a line for each field."""
    for section, fields in (
        ("identity", change.identity),
        ("behaviour", change.behaviour),
        ("ratings", change.ratings),
    ):
        if fields is not None:
            for name in sorted(fields.model_fields_set, key=list(type(fields).model_fields).index):
                old, new = (_value(section, name, getattr(of, name)) for of in (getattr(before, section), fields))
                yield f"{_RATINGS.get(name, label(name))}: {old} {using.arrow} {new}"
    if change.tastes is not None:
        for kind, likes in change.tastes.each():
            if kind in change.tastes.model_fields_set:
                for which, names in (("likes", likes.liked), ("dislikes", likes.disliked)):
                    yield f"{kind}: {which} {_names(names)}"
    if change.goals is not None:
        yield f"comes for: {_names(change.goals)}"


def _value(section: str, name: str, value: Any) -> str:
    if value is None:
        return "not said"
    if section == "behaviour":
        return f"{shown_value(name, value)}{' visits a day' * (name == 'activity')}"
    if isinstance(value, tuple):
        return ", ".join(f"{share:.0%}" for share in value)
    return clean(str(value))


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(clean, names)) or "nothing"
