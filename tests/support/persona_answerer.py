"""Somebody who answers questions about personas by a planted taste, and reads nothing but the bytes on the wire.

The shop has films of four kinds. Somebody likes one kind and dislikes another, which their ratings show. The answerer
proposes a candidate of each kind, writes profiles of which one is right, and judges items as the one who it is told to
be: whoever likes a kind rates it 5 and wants it 9, whoever dislikes it gives 1 and 0.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from replying_server import Reply, ReplyingServer, completion

from personas.asking import Evidence, Seen, Shelf, Thing
from personas.asking.tournaments import ANGLES
from personas.schema import Persona
from simulator.llm.assemble import Stack, chat_model
from simulator.llm.settings import LLMSettings

KINDS = ("Noir", "Farce", "Western", "Opera")
RIGHT = 2
"""The profile that is right, from 0."""
_ITEM = re.compile(r'^i(\d+) (".*")$', re.MULTILINE)
_HISTORY = re.compile(r'^(liked|disliked|you chose|found middling) ("(?:[^"\\]|\\.)*")', re.MULTILINE)
_LIKES, _DISLIKES = (re.compile(rf"(?i)\byou {verb}:? (.*?)(?:\.|$)", re.MULTILINE) for verb in ("like", "dislike"))
T = TypeVar("T")


def things(n: int = 160) -> tuple[Thing, ...]:
    """Films, a fourth of each kind, each kind as popular as the others."""
    return tuple(
        Thing(item_id=f"m{nth}", title=f"Film Number {nth}", facts=KINDS[nth % 4], chosen_by=10 + nth // 8)
        for nth in range(n)
    )


def evidence(kind: str, *, against: str = "Farce", n: int = 36, of: tuple[Thing, ...] | None = None) -> Evidence:
    """Somebody who chose `n` films: those of a kind rated 5 or 4, those of another 1 or 2, and some others 3."""
    shop = of or things()
    liked = [thing for thing in shop if thing.facts == kind]
    disliked = [thing for thing in shop if thing.facts == against][: n // 6]
    other = [thing for thing in shop if thing.facts not in (kind, against)][: n // 6]
    rated = [*((one, 5 - nth % 2) for nth, one in enumerate(liked[: n - len(disliked) - len(other)]))]
    rated += [(one, 1 + nth % 2) for nth, one in enumerate(disliked)] + [(one, 3) for one in other]
    return Evidence(seen=tuple(Seen(thing=thing, rating=float(rating)) for thing, rating in rated))


def shelf() -> Shelf:
    """All films of the shop."""
    return Shelf(things())


def person(persona_id: str = "ann", **fields: Any) -> Persona:
    """A persona."""
    return Persona.model_validate({"id": persona_id, **fields})


def said(body: Mapping[str, Any]) -> dict[str, str]:
    """The text of a request by role."""
    return {one["role"]: one["content"] for one in body["messages"]}


def schema_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer is to keep to."""
    found: dict[str, Any] = body["response_format"]["json_schema"]["schema"]
    return found


def asked_for(body: Mapping[str, Any]) -> str:
    """Which question it is: proposal, rating, want, profile, backstory or interview."""
    names = schema_of(body)["properties"]
    if "c1" in names:
        return "proposal"
    if "i1" in names:
        return str(next(iter(names["i1"]["properties"])))
    return "interview" if "a1" in names else str(next(iter(names)))


def candidate(kind: str, against: str, *, age: int = 40) -> dict[str, Any]:
    """A candidate of a kind."""
    five = dict.fromkeys(("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"), 4)
    tastes = {"draws": [f"{kind} nights"], "repels": [f"loud {against}"]}
    return {"age": age, "occupation": f"{kind} usher", **five, **tastes}


def by_taste(body: dict[str, Any]) -> Any:
    """The answer's values, from the request alone."""
    told, what = said(body), asked_for(body)
    match what:
        case "proposal":
            n = len([name for name in schema_of(body)["properties"] if name.startswith("c")])
            loved, hated = _taste(told["user"])
            order = [*(kind for kind in KINDS if kind != loved), loved]  # the right one comes last
            found = {f"c{nth}": candidate(order[nth % 4], hated) for nth in range(n)}
            return {"summary": f"{loved}", **{f"c{nth + 1}": found[f"c{nth}"] for nth in range(n)}}
        case "rating" | "want":
            levels = {"rating": (5, 3, 1), "want": (9, 4, 0)}[what]
            likes, dislikes = (" ".join(one.findall(told["system"])) for one in (_LIKES, _DISLIKES))
            return {
                f"i{nth}": {what: levels[0 if kind in likes else 2 if kind in dislikes else 1]}
                for nth, kind in ((nth, _kind(words)) for nth, words in _ITEM.findall(told["user"]))
            }
        case "profile":
            loved, hated = _taste(told["user"])
            nth = _angle(told["system"])
            others = [kind for kind in KINDS if kind != loved]
            return {"profile": f"You like {loved if nth == RIGHT else others[nth % 3]}.\nYou dislike {hated}."}
    raise AssertionError(what)


def _angle(system: str) -> int:
    return next((nth for nth, angle in enumerate(ANGLES) if angle in system), 0)


def _taste(user: str) -> tuple[str, str]:
    """The kinds that are liked and disliked most in a history."""
    count = {verb: Counter[str]() for verb in ("liked", "disliked", "you chose", "found middling")}
    for verb, words in _HISTORY.findall(user):
        count[verb][_kind(words)] += 1
    loved = (count["liked"] + count["you chose"]).most_common(1)[0][0]
    return loved, count["disliked"].most_common(1)[0][0] if count["disliked"] else "Nothing"


def _kind(words: str) -> str:
    return next((kind for kind in KINDS if kind in json.loads(words)), "")


def replying(values: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Reply]:
    """Values as completions; a `Reply` stays as it is."""

    def reply(body: dict[str, Any]) -> Reply:
        found = values(body)
        return found if isinstance(found, Reply) else completion(json.dumps(found))

    return reply


def over_a_socket(
    act: Callable[[Stack, ReplyingServer], Awaitable[T]],
    values: Callable[[dict[str, Any]], Any] = by_taste,
    **settings: Any,
) -> T:
    """Let the real client ask a server on the loopback that answers with these values."""

    async def go() -> T:
        async with ReplyingServer(replying(values)) as server:
            stack = chat_model(LLMSettings(**{"model": "m", "base_url": server.url, "cache": "off", **settings}))
            try:
                return await asyncio.wait_for(act(stack, server), 30)
            finally:
                await stack.close()

    return asyncio.run(go())


def in_a_cache(folder: Path, **more: Any) -> LLMSettings:
    """The scripted model with a cache of its own."""
    return LLMSettings(**{"model": "scripted", "cache_dir": folder, **more})
