"""An answer of the scripted model: any JSON schema is walked, and each key is filled by a stated rule.

Keys that the rules know (`RULES`, and the wants and ratings of slots) get what the rules say; other texts get one line
about what is wanted most; everything is made to fit its schema: the nearest number in bounds, a value of the
enumeration, a text of the right length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAVE_BELOW = 2.5
"""Mean want of a page below which the person leaves."""
OPEN_FROM = 7.0
"""Want from which an item is opened."""
NO_MATCH = "not for you"


@dataclass(frozen=True, slots=True)
class View:
    """What the answer is made of."""

    wants: Mapping[str, float]
    """0-10 by slot."""
    words: Mapping[str, str]
    """The word that an item shares with the person's tastes, by slot; "" if none."""
    liked: tuple[str, ...]
    """Words that are leant towards, the strongest first."""
    disliked: tuple[str, ...]
    tired: bool

    @property
    def mean(self) -> float:
        return math.fsum(self.wants.values()) / len(self.wants) if self.wants else 5.0

    @property
    def leaves(self) -> bool:
        return self.tired or self.mean < LEAVE_BELOW

    @property
    def opened(self) -> list[str]:
        return [slot for slot, want in self.wants.items() if want >= OPEN_FROM]

    @property
    def best_word(self) -> str:
        """The shared word of the item that is wanted most (the first of equals)."""
        return self.words[max(self.wants, key=self.wants.__getitem__)] if self.wants else ""


def slots_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a schema that ask for an item's appraisal: objects with a `want` or a `rating`."""
    properties = schema.get("properties", {})
    return tuple(name for name, part in properties.items() if {"want", "rating"} & set(part.get("properties", {})))


def fill(schema: Mapping[str, Any], view: View, *, key: str = "", slot: str | None = None) -> Any:
    """A value that the schema takes. `key`: the name it stands under; `slot`: the item that it is about."""
    if "const" in schema:
        return schema["const"]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        nothing = any(choice.get("type") == "null" for choice in choices)
        return None if nothing else fill(choices[0], view, key=key, slot=slot)
    kind = schema.get("type")
    if isinstance(kind, list):
        return None if "null" in kind else fill({**schema, "type": kind[0]}, view, key=key, slot=slot)
    if kind == "object" or "properties" in schema:
        return {
            name: fill(part, view, key=name, slot=name if name in view.wants else slot)
            for name, part in schema.get("properties", {}).items()
        }
    said = _rule(key, slot, view)
    if "enum" in schema:
        return _chosen(schema["enum"], said)
    if kind == "array":
        return _listed(schema, view, key, said)
    if kind == "boolean":
        return bool(said) if isinstance(said, bool) else False
    if kind in ("integer", "number"):
        return _number(schema, said)
    return None if kind == "null" else _text(schema, said, view)


def _rule(key: str, slot: str | None, view: View) -> Any:
    """What the rules say about a key; None where they say nothing."""
    if slot is None:
        rule = RULES.get(key)
        return rule(view) if rule else None
    if key in ("want", "rating"):
        return view.wants[slot] if key == "want" else 1 + 0.4 * view.wants[slot]
    return (view.words[slot] or NO_MATCH) if key in ("why", "reason") else None


def _beliefs(view: View) -> list[str]:
    liked = [f"You like {word}." for word in view.liked[:1]]
    return liked + [f"You dislike {word}." for word in view.disliked[:1]]


def _about(view: View) -> list[str]:
    liked = [f"You like {', '.join(view.liked[:5])}."] if view.liked else []
    return liked + ([f"You dislike {', '.join(view.disliked[:5])}."] if view.disliked else [])


RULES: Mapping[str, Any] = {
    "feeling": lambda view: "tired" if view.tired else "pleased" if view.mean >= 5 else "indifferent",
    "mood": lambda view: (view.mean - 4) / 2,
    "satisfaction": lambda view: view.mean / 2,
    "open": lambda view: view.opened,
    "act": lambda view: "leave" if view.leaves else "next",
    "words": lambda view: "",
    "because": lambda view: "tired" if view.tired else "little here" if view.leaves else "there may be more",
    "exit": lambda view: 1 + 0.9 * view.mean,
    "exit_why": lambda view: f"found {view.best_word}" if view.best_word else NO_MATCH,
    "note": lambda view: f"This page had {view.best_word}." if view.best_word else "Nothing on this page stood out.",
    "beliefs": _beliefs,
    "confidence": lambda view: 6,
    "revises": lambda view: "",
    "titles": lambda view: [],
    "draws": lambda view: list(view.liked[:5]),
    "repels": lambda view: list(view.disliked[:5]),
    "profile": lambda view: " ".join(_about(view)) or None,
    "backstory": lambda view: " ".join(_about(view)) or None,
}
"""By key: what is said beyond wants and ratings. Confidence is on 0-10, and scaled down where a schema stops at 1."""


def _chosen(options: Sequence[Any], said: Any) -> Any:
    if said in options:
        return said
    numbers = [one for one in options if isinstance(one, int | float)]
    if isinstance(said, int | float) and numbers:
        return min(numbers, key=lambda one: abs(one - said))
    return options[0]


def _listed(schema: Mapping[str, Any], view: View, key: str, said: Any) -> list[Any]:
    """What the rules list; else as many as there must be, at least one if that is allowed."""
    part = schema.get("items", {})
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if isinstance(said, list):
        named = part.get("type") == "object"
        texts = part.get("properties", {}).get("text", {})
        listed = [{**fill(part, view), "text": _text(texts, one, view)} if named else one for one in said]
        options = part.get("enum")
        listed = [one for one in listed if options is None or one in options]
    else:
        listed = [fill(part, view, key=key)]
    while len(listed) < least:
        listed.append(fill(part, view, key=key))
    return listed[: int(min(most, len(listed)))]


def _number(schema: Mapping[str, Any], said: Any) -> int | float:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    value: float = said if isinstance(said, int | float) else low if math.isfinite(low) else 0.0
    if value > high == 1:
        value /= 10
    value = min(max(value, low), high)
    return math.floor(value + 0.5) if schema.get("type") == "integer" else value


def _text(schema: Mapping[str, Any], said: Any, view: View) -> str:
    line = said if isinstance(said, str) else f"What you like is {view.liked[0]}." if view.liked else NO_MATCH
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(line))
    return line[:most].ljust(least, ".")
