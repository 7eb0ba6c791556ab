"""Orders that the gullible scripted model takes from whatever stands outside the data of a prompt.

It is there for tests: were a title, a memory or a name ever to leave its delimiters, its orders would be obeyed here,
and somebody else's appraisal would change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

_MOST = 10.0
_IGNORE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|above|previous|prior)\b", re.I
)
_TOLD = re.compile(
    r"\b(?:rate|score|give|set|want|answer|return|output)\s+(?:item\s+)?(\w+)(?:\s+items?)?\s*(?:=|:|\s|to|as|an?|with)+\s*"
    r"(-?\d+)(?!\s*(?:-|to)\s*\d)",
    re.I,
)
_JSON = re.compile(r"\b(\w+)\W{1,8}(?:want\W{1,4})?(-?\d+)\s*[,}]")
_ROLE = re.compile(
    r"^\s*(?:system|assistant|user|developer)\s*:|^#+ *system|"
    r"<\|\w+\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|data)\b",
    re.I | re.M,
)
_EVERYTHING = frozenset(("all", "everything", "every", "each", "them", "it", "this", "me"))


@dataclass(frozen=True, slots=True)
class Orders:
    """What was told."""

    wants: Mapping[str, float] = field(default_factory=dict)
    """By slot."""
    everything: float | None = None
    """For all slots without a word of their own."""
    breaks: bool = False
    """Somebody played another role: the answer is no JSON any more."""


def orders_in(outside: str, slots: Collection[str]) -> Orders:
    """The orders in a text, for the slots of a page."""
    told = [(found[1], float(found[2])) for found in (*_TOLD.finditer(outside), *_JSON.finditer(outside))]
    wants = {slot: value for slot, value in told if slot in slots}
    everything = next((value for name, value in told if name.casefold() in _EVERYTHING), None)
    if everything is None and not wants and _IGNORE.search(outside):
        everything = _MOST
    return Orders(wants, everything, breaks=bool(_ROLE.search(outside)))
