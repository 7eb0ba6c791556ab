"""The facts of a sentence about a person: name, age, type, place, work, how often they come, and what for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from recommenders.wishes.lexicon import Lexicon
from simulator.studies.solo import characters


@dataclass(kw_only=True)
class Sketch:
    """A person as far as a sentence has been read: parts of a persona, and what is told back."""

    lexicon: Lexicon
    identity: dict[str, Any] = field(default_factory=dict)
    personality: dict[str, Any] = field(default_factory=dict)
    behaviour: dict[str, float] = field(default_factory=dict)
    ratings: dict[str, float] = field(default_factory=dict)
    goals: list[str] = field(default_factory=list)
    begins: dict[str, float] = field(default_factory=dict)
    """`fatigue` and `mood` on the first visit."""
    understood: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def _age(sketch: Sketch, found: re.Match[str]) -> str | None:
    age = int(found["age"])
    if "age" in sketch.identity:
        return None
    if not 5 <= age <= 115:
        sketch.missed.append(f"{found[0].strip()} (ages are 5 to 115)")
        return ""
    sketch.identity["age"] = age
    return f"age: {age}"


def _age_in_words(sketch: Sketch, found: re.Match[str]) -> str | None:
    if "age" in sketch.identity:
        return None
    age = _TENTHS[found["tens"].lower()] + (_ONES.index(found["one"].lower()) + 1 if found["one"] else 0)
    sketch.identity["age"] = age
    return f"age: {age}"


def _decade(sketch: Sketch, found: re.Match[str]) -> str | None:
    if "age" in sketch.identity:
        return None
    first = _TENS[found["tens"].lower()] if found["tens"] else int(found["number"])
    age = first + {"early": 2, "late": 8}.get((found["part"] or "").lower(), 5)
    sketch.identity["age"] = age
    return f"age: about {age}"


def _decade_alone(sketch: Sketch, found: re.Match[str]) -> str | None:
    """The same where only its place tells that it is an age: a rule of its own in `BEFORE_TASTES`."""
    return _decade(sketch, found)


def _by_word(sketch: Sketch, found: re.Match[str]) -> str | None:
    if "age" in sketch.identity:
        return None
    sketch.identity["age"] = age = 72 if found[0].lower() == "old" else 24
    return f"age: about {age}"


def _name(sketch: Sketch, found: re.Match[str]) -> str | None:
    if (
        "name" in sketch.identity
        or _PRONOUN.match(found["name"])
        or characters.normal(found["name"].split()[0]) in characters.NOBODY
    ):
        return None
    sketch.identity["name"] = found["name"]
    return f"name: {found['name']}"


def _place(sketch: Sketch, found: re.Match[str]) -> str | None:
    where = found["place"]
    key = tuple(characters.normal(word) for word in where.split())
    if "place" in sketch.identity or key in sketch.lexicon.creators or key in sketch.lexicon.categories:
        return None
    sketch.identity["place"] = where
    return f"place: {where}"


def _home(sketch: Sketch, found: re.Match[str]) -> str | None:
    return _place(sketch, found)


def _job(sketch: Sketch, found: re.Match[str]) -> str | None:
    words = [word for word in found["job"].split() if characters.normal(word) not in characters.NOBODY]
    if "occupation" in sketch.identity or not words:
        return None
    sketch.identity["occupation"] = " ".join(words)
    return f"occupation: {' '.join(words)}"


def _visits(sketch: Sketch, found: re.Match[str]) -> str | None:
    if found["adverb"]:
        a_day = {"daily": 1.0, "weekly": 1 / 7, "monthly": 1 / 30}[found["adverb"].lower()]
    else:
        times = (found["times"] or "").lower()
        number = float(times) if times.isdigit() else _TIMES.get(times, 1.0)
        a_day = number / _DAYS[found["unit"].lower()]
    if not 0 < a_day <= 100:
        return None
    sketch.behaviour["activity"] = round(a_day, 3)
    return f"activity: {a_day:.2g} visits a day"


def _type(sketch: Sketch, found: re.Match[str]) -> str:
    sketch.personality["mbti"] = found["type"]
    return f"type: {found['type']}"


def _goal(sketch: Sketch, found: re.Match[str]) -> str | None:
    goal = " ".join(found["goal"].split())
    if not goal or characters.normal(goal.split()[0]) in ("watch", "see", "read", "buy", "find"):
        return None  # a wish for items, which the grammar of wishes reads
    sketch.goals.append(goal[:120])
    return f"comes to {goal[:120]}"


_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENTHS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_TENS = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80,
}  # fmt: skip
_TIMES = {"once": 1.0, "twice": 2.0, "several times": 3.0, "a few times": 3.0, "many times": 5.0, "ten": 10.0}
_TIMES |= {word: float(number) for number, word in enumerate(_ONES, 1)}
_WATCHED = "films?|movies?|episodes?|shows?|series|books?|articles?|visits?"
_DAYS = {
    "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0, "morning": 1.0, "evening": 1.0,
    "night": 1.0, "weekend": 7.0, "hours": 1 / 24, "days": 1.0, "weeks": 7.0,
}  # fmt: skip
_CAPITALISED = r"[^\W\d_a-z][\w'\u2019-]*(?: [^\W\d_a-z][\w'\u2019-]*){0,3}"
_COMING = r"(?:(?:who )?(?:comes?|visits?|drops|logs|looks|watches|reads|shops)(?: by| in| here| back)? )?"
FACTS: tuple[tuple[re.Pattern[str], Callable[[Sketch, re.Match[str]], str | None]], ...] = (
    (re.compile(r"\b(?P<type>[EI][SN][TF][JP])\b"), _type),
    (re.compile(rf"\b(?:called|named|name is) (?P<name>{_CAPITALISED})"), _name),
    (re.compile(rf"^\W*(?P<name>{_CAPITALISED})(?=,? (?:is|an?|who|works|\d+)\b|, [a-z])"), _name),
    (re.compile(r"\b(?P<age>\d{1,3})[ -]?(?:(?:years?|yrs?)[ -]old|yo\b|y/o|years of age)", re.IGNORECASE), _age),
    (
        re.compile(
            r"(?:\b(?:aged?|age of|is|am|are|turned)|(?<=\w)['\u2019](?:s|m|re)) (?P<age>\d{1,3})\b"
            r"(?! ?(?:%|times|minutes|hours|films|items))",
            re.I,
        ),
        _age,
    ),
    (
        re.compile(
            r"(?<!mother )(?<!father )(?<!parent )(?<!mum )(?<!dad )(?<!mom )(?<!grandmother )(?<!grandfather )"
            r"\bof (?P<age>\d{1,3})\b(?! ?(?:%|years? ago|films|items|children|kids))",
            re.IGNORECASE,
        ),
        _age,
    ),
    (
        re.compile(
            rf"\b(?:of|aged?|is|turned) (?P<tens>{'|'.join(_TENTHS)})(?:[ -](?P<one>{'|'.join(_ONES)}))?\b"
            r"(?! ?(?:%|times|minutes|hours|films|items|children|kids))",
            re.IGNORECASE,
        ),
        _age_in_words,
    ),
    (re.compile(r"(?<=, )(?P<age>\d{1,3})(?=\s*(?:,|\.|$))"), _age),
    (
        re.compile(
            r"\bin (?:his|her|their|my) (?:(?P<part>early|mid|late)[ -])?"
            r"(?:(?P<tens>twenties|thirties|forties|fifties|sixties|seventies|eighties)|(?P<number>[2-9]0)s)\b",
            re.IGNORECASE,
        ),
        _decade,
    ),
    (
        re.compile(
            r"(?:(?<!0s, )(?<=, )|^)(?:(?P<part>early|mid|late)[ -])?(?:(?P<tens>\0)|(?P<number>[2-9]0)s)"
            r"(?=\s*(?:,|\.|$))",
            re.IGNORECASE,
        ),
        _decade_alone,
    ),
    (re.compile(r"\b(?:old|young)(?= (?:man|woman|lady|guy|gentleman|chap|bloke|person|couple)\b)", re.I), _by_word),
    (re.compile(rf"\b(?:lives? in|living in|based in|comes? from|is from) (?P<place>{_CAPITALISED})"), _place),
    (re.compile(rf"\b(?:from|in) (?P<place>{_CAPITALISED}(?:, {_CAPITALISED})?)(?=\W|$)"), _home),
    (
        re.compile(
            r"\b(?:works?|working|employed) as (?:an? |the )?(?P<job>[^\W\d_]+(?:[ -][^\W\d_]+){0,3}?)"
            r"(?=\s+(?:who|and|in|at|from|on|with|of|but)\b|\s*[,.;!?]|\s*$)",
            re.IGNORECASE,
        ),
        _job,
    ),
    (
        re.compile(
            rf"\b{_COMING}(?:(?P<times>once|twice|several times|a few times|many times|"
            rf"(?:\d{{1,2}}|{'|'.join(_ONES[1:])}|ten)(?= (?:times|{_WATCHED})\b))"
            rf"(?: (?:times|{_WATCHED}))? )?(?:an?|per|every|each) "
            r"(?P<unit>hour|day|week|month|year|morning|evening|night|weekend)\b(?!\w)"
            rf"|\b{_COMING}(?P<adverb>daily|weekly|monthly)\b",
            re.IGNORECASE,
        ),
        _visits,
    ),
    (
        re.compile(
            r"\b(?:who |and )?(?:wants?|comes?|hopes?|would like|is here|needs?) to (?P<goal>[^,.;!?\0]{2,120}?)"
            r"(?=\s+(?:and|but) (?:who|is|are|has|never|only|[a-z]+s)\b|\s+who\b|\s*[,.;!?\0]|\s*$)",
            re.IGNORECASE,
        ),
        _goal,
    ),
)
"""What is looked for, in this order, and what takes it: it says what was understood (empty: it has told something
itself), or None if it is not that after all."""
BEFORE_TASTES = frozenset({_home, _decade_alone, _by_word})
"""What is a fact before the first verb of taste alone: "from Leeds", but not "films from Japan"; "30s", but not
"films from the 60s, 70s"."""
_TASTE = re.compile(
    r"\b(?:loves?|likes?|hates?|enjoys?|adores?|dislikes?|prefers?|wants?|watch(?:es)?|reads?|buys?|despises?|fond|into|"
    r"avoids?|finds?|thinks?|skips?|refuses?|scared|afraid|"
    r"obsessed|never|only|can['\u2019]?t|doesn['\u2019]?t|don['\u2019]?t|not a)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"(?:I|He|She|They|It|We|You|This|That)\b(?!\w)")


def taste_begins(text: str) -> int:
    """Where the first verb of taste, or the first relative clause, stands; the end, where there is none."""
    found = _TASTE.search(text)
    return len(text) if found is None else found.start()
