"""Whether a text keeps to what is stated of a person, as far as that can be checked without understanding it.

Checked are claims in the first person and the present: age (in figures or words), occupation, gender and name; and
titles, wherever they stand: one that the person is not known to have met is made up, or somebody else's. What the text
says in other words, or in another language than English, is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from personas.schema import Persona

Said = Literal["said", "unsaid", "contradicted"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ONES = _WORD.findall("one two three four five six seven eight nine")
_TEENS = _WORD.findall("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = _WORD.findall("twenty thirty forty fifty sixty seventy eighty ninety")
_NUMBERS: Mapping[str, int] = {
    **{word: nth for nth, word in enumerate([*_ONES, *_TEENS], 1)},
    **{word: 10 * nth for nth, word in enumerate(_TENS, 2)},
    **{f"{ten} {one}": 10 * t + o for t, ten in enumerate(_TENS, 2) for o, one in enumerate(_ONES, 1)},
}
_NUMBER = rf"(\d{{1,3}}|(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES)}))?|{'|'.join(_TEENS)})"
_I_AM = r"\bI(?:\s+am|['’]m)\s+(?:now |just |only |already |still |currently )?"
_AGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_I_AM}(?:an? |aged )?{_NUMBER}[- ]years?[- ]old\b",
        rf"{_I_AM}(?:aged )?{_NUMBER}(?=\s*(?:[.,;:!—–]|and\b|but\b|now\b|$))",
        rf"\bas an? {_NUMBER}[- ]year[- ]old,? I\b",
        rf"\bmy age is {_NUMBER}\b",
    )
)
_JOBS = re.compile(
    r"\b(?:I(?:\s+am|['’]m)?\s+(?:now |still |currently )?(?:work|working|employed)(?:\s+[a-z-]+){0,2}?\s+as"
    r"|my (?:job|work|profession|trade|occupation) is(?: that of| as| being)?)\s+(?:an? |the )?([^.,;:!?\n]{2,60})",
    re.IGNORECASE,
)
_WOMAN = ("woman", "girl", "mother", "grandmother", "lady")
_MAN = ("man", "boy", "father", "grandfather", "gentleman")
_GENDER = re.compile(rf"{_I_AM}an? (?:[\w-]+ ){{0,2}}({'|'.join((*_WOMAN, *_MAN))})\b", re.IGNORECASE)
_GENDERS = {"female": _WOMAN, "woman": _WOMAN, "male": _MAN, "man": _MAN}
_NAME = re.compile(r"\b(?:[Mm]y name is|[Tt]hey call me|I['’]m called|I am called)\s+([^\W\d_][\w'’-]*)")
_QUOTED = re.compile(r"[\"“”«»„]([^\"“”«»„\n]{2,90})[\"“”«»„]")
_SMALL = frozenset(_WORD.findall("a an and as at but by for from in into of on or the to upon with de la le les der"))
_EMPTY = frozenset(_WORD.findall("the and for with from that this who works work working nights days part full time"))


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """What was found. `said`: by field, for the stated fields that can be checked."""

    said: Mapping[str, Said] = field(default_factory=dict)
    contradictions: tuple[str, ...] = ()
    """In words that may go back to a model as data."""

    @property
    def holds(self) -> bool:
        """Whether nothing contradicts."""
        return not self.contradictions


def grounding(
    text: str, persona: Persona, *, met: Collection[str], named: Iterable[str] = (), catalogue: Iterable[str] = ()
) -> Grounding:
    """Check a text. `met`: titles that the person knows; `named`: titles that the writer says are in the text;
    `catalogue`: all titles, of which those of two words or more are looked for."""
    said: dict[str, Said] = {}
    wrong: list[str] = []
    for name, told, claims in (
        ("age", persona.identity.age, _ages(text)),
        ("occupation", persona.identity.occupation, [found[1].strip() for found in _JOBS.finditer(text)]),
        ("gender", persona.identity.gender, [found[1].lower() for found in _GENDER.finditer(text)]),
        ("name", persona.identity.name, [found[1] for found in _NAME.finditer(text)]),
    ):
        if told is None:
            continue
        against = [claim for claim in claims if not _agrees(name, told, claim)]
        mentioned = bool(claims) or (name in ("occupation", "name") and _shares(str(told), text))
        said[name] = "contradicted" if against else "said" if mentioned else "unsaid"
        if against:
            wrong.append(f"the {name} is {told}, and the text says {against[0]}")
    known = [_key(title) for title in (*met, *persona.tastes.examples.liked, *persona.tastes.examples.disliked)]
    titles = dict.fromkeys((*named, *_quoted(text), *_listed(text, catalogue)))
    strange = [title for title in titles if not _met(title, known)]
    wrong += [f"{title} is no title that this person is known to have met" for title in strange]
    return Grounding(said=said, contradictions=tuple(wrong))


def _ages(text: str) -> list[int]:
    """Ages that are claimed, in the order of the patterns."""
    told = (found[1].lower().replace("-", " ") for pattern in _AGES for found in pattern.finditer(text))
    return [int(one) if one.isdigit() else _NUMBERS[" ".join(one.split())] for one in told]


def _agrees(name: str, told: str | int, claim: str | int) -> bool:
    match name:
        case "age":
            return told == claim
        case "gender":
            fitting = _GENDERS.get(str(told).casefold())
            return fitting is None or claim in fitting
        case _:
            return _shares(str(told), str(claim))


def _shares(one: str, other: str) -> bool:
    """Whether two texts have a telling word in common, endings aside; so if one has none."""
    mine, theirs = _stems(one), _stems(other)
    return not mine or not theirs or bool(mine & theirs)


def _stems(text: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[:5] for word in words if len(word) > 2 and word not in _EMPTY)


def _quoted(text: str) -> Iterator[str]:
    """What stands in quotation marks and is written as titles are."""
    for found in _QUOTED.finditer(text):
        title = found[1].strip()
        words = _WORD.findall(title)
        capital = [word for word in words if word[0].isupper() or word[0].isdigit()]
        if len(words) > 1 and title[-1] not in ".,!?…" and all(w in capital or w.casefold() in _SMALL for w in words):
            yield title


def _listed(text: str, catalogue: Iterable[str]) -> Iterator[str]:
    """Titles of the catalogue, of two words or more, that stand in the text letter by letter."""
    by_words = _by_words(catalogue if isinstance(catalogue, frozenset) else frozenset(catalogue))
    longest = max(map(len, by_words), default=0)
    words = _WORD.findall(text)
    for start in range(len(words)):
        for end in range(start + 2, min(len(words), start + longest) + 1):
            if (title := by_words.get(tuple(words[start:end]))) is not None:
                yield title


@lru_cache(maxsize=4)
def _by_words(catalogue: frozenset[str]) -> Mapping[tuple[str, ...], str]:
    """Titles by their words as they are written; such as are no title by their letters are left out."""
    found = ((tuple(_WORD.findall(title)), title) for title in sorted(catalogue))
    return {words: title for words, title in found if sum(word[0].isupper() for word in words) > 1}


def _key(title: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(title))


def _met(title: str, known: Iterable[tuple[str, ...]]) -> bool:
    """Whether the words of a title stand together in one that is known, which may have a subtitle or a year more."""
    words = _key(title)
    n = len(words)
    return not n or any(words == one[at : at + n] for one in known for at in range(len(one) - n + 1))
