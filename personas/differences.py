"""What differs between two personas, part by part, as a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from personas.files import plain
from personas.schema import Identity, Persona, Tastes
from personas.standing import given, standing

_TOLD_ELSEWHERE = {"id", "identity", "behaviour", "tastes", "personality"}


def differences(a: Persona, b: Persona) -> dict[str, Any]:
    """How `b` differs from `a`. Ids are not compared.

    `traits`: every trait that one of them has, with both values and `sd`, b minus a in standard deviations of people
    (None where one of them does not say). `tastes`: by kind, what only one of them likes or dislikes. `identity`: the
    facts that are not the same. `other`: the other parts that are not the same, with what stands only in either.
    """
    mine, theirs = given(a), given(b)
    traits = {
        name: {"a": mine.get(name), "b": theirs.get(name), "sd": _apart(name, mine.get(name), theirs.get(name))}
        for name in dict.fromkeys((*mine, *theirs))
    }
    facts = {name: {"a": getattr(a.identity, name), "b": getattr(b.identity, name)} for name in Identity.model_fields}
    return {
        "a": a.id,
        "b": b.id,
        "traits": traits,
        "tastes": _tastes(a.tastes, b.tastes),
        "identity": {name: pair for name, pair in facts.items() if pair["a"] != pair["b"]},
        "other": _others(a, b),
    }


def same(found: dict[str, Any]) -> bool:
    """Whether the document of `differences` tells of none."""
    return not (found["tastes"] or found["identity"] or found["other"]) and all(
        pair["a"] == pair["b"] for pair in found["traits"].values()
    )


def _apart(name: str, a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return None
    return 0.0 if a == b else round(standing(name, b) - standing(name, a), 4)


def _tastes(a: Tastes, b: Tastes) -> dict[str, Any]:
    out: dict[str, Any] = {}
    theirs = dict(b.each())
    for kind, likes in a.each():
        for which in ("liked", "disliked"):
            one, other = getattr(likes, which), getattr(theirs[kind], which)
            only = {"only_a": _only(one, other), "only_b": _only(other, one)}
            if any(only.values()):
                out.setdefault(kind, {})[which] = only
    return out


def _only(these: Iterable[str], those: Iterable[str]) -> list[str]:
    known = {_key(name) for name in those}
    return [name for name in these if _key(name) not in known]


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _others(a: Persona, b: Persona) -> list[dict[str, Any]]:
    """Lists by what stands only in either, all else whole; in the order of the schema."""
    one, other = plain(a), plain(b)
    pairs = {"mbti": (a.personality.mbti, b.personality.mbti)}
    pairs |= {name: (one.get(name), other.get(name)) for name in Persona.model_fields if name not in _TOLD_ELSEWHERE}
    pairs |= {
        f"tastes.{kind}.{which}": (getattr(likes, which), getattr(getattr(b.tastes, kind), which))
        for kind, likes in a.tastes.each()
        for which in ("liked", "disliked")
        if _same_but_for_order(getattr(likes, which), getattr(getattr(b.tastes, kind), which))
    }
    return [_parted(part, mine, theirs) for part, (mine, theirs) in pairs.items() if mine != theirs]


def _same_but_for_order(one: Iterable[str], other: Iterable[str]) -> bool:
    mine, theirs = [_key(name) for name in one], [_key(name) for name in other]
    return mine != theirs and sorted(mine) == sorted(theirs)


def _parted(part: str, a: Any, b: Any) -> dict[str, Any]:
    if isinstance(a or b, list):
        only_a, only_b = (
            [one for one in a or [] if one not in (b or [])],
            [one for one in b or [] if one not in (a or [])],
        )
        if only_a or only_b:
            return {"part": part, "a": only_a, "b": only_b}
    return {"part": part, "a": list(a) if isinstance(a, tuple) else a, "b": list(b) if isinstance(b, tuple) else b}
