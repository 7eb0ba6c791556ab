"""What the scripted model reads in a prompt: what is liked and disliked, the items, whether the person is tired.

It knows nothing but the bytes of the request, and takes them by their form:

- *Data* stands in JSON strings between ``<data WORD>`` and ``</data WORD>``. Everything else is *outside*.
- An *item* is a line that begins with a slot's key; the keys are those of the answer's schema.
- A *leaning* is a word in a clause that says, outside its quoted titles, that something is liked or disliked (``You
  like Crime``, ``you rated "Heat" 2``). A line that is one string, as memories are, is read as what the string says.
  Lines of items lean nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from simulator.llm.port import Message

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_FENCED = re.compile(r"<data (\w+)>(.*?)</data \1>", re.DOTALL)
_ONE_STRING = re.compile(r'\s*(?:-|b\d+)\s*("(?:[^"\\\n]|\\.)*")')
_WORD = re.compile(r"[^\W\d_]{3,}")
_CLAUSE = re.compile(r"(?<=[.;:!?])\s+|\s+but\s+|\n")
_ILL = re.compile(
    r"\b(?:dislike[ds]?|hate[ds]?|avoid(?:ed|s)?|bored|boring|bad|weak|regret(?:ted|s)?|disappoint\w*|passed over|"
    r"rated low|(?:not|never|n't) (?:really |much )?(?:like|love|enjoy|want|for)|(?:rated|gave)\b\D{0,80}?\b[12])\b",
    re.IGNORECASE,
)
_WELL = re.compile(
    r"\b(?:you (?:\w+ )?(?:like|love|enjoy|adore|prefer)[ds]?|you chose|liked|loved|enjoyed|favou?rites?|fond of|"
    r"good|great|(?:rated|gave)\b\D{0,80}?\b[45])\b",
    re.IGNORECASE,
)
_ANEW = re.compile(r"\byou\b", re.IGNORECASE)
"""Begins a new thought: without it, a clause goes on as the one before."""
_RATED = re.compile(r"\b(?:rated|gave)\b\D{0,12}([1-5])\b", re.IGNORECASE)
_TIRED = re.compile(
    r"\byou (?:are|feel) (?:(?:very|really|quite|rather) )?(?:tired|weary|exhausted|worn)", re.IGNORECASE
)
_EVIDENCE = " to you: "
_DULL = frozenset(
    _WORD.findall(
        "a about after again ago all also and any are but can day days did dislike disliked each ever every few "
        "film films for from gave give had has have hour hours how item items its last like liked likes list love "
        "loved may month months more most movie movies much never none not now null one only other out over page "
        "part rate rated rating really saw say seen shown some star stars take than that the them then there they "
        "thing things this time title too two use very visit want was watch watched week weeks were what when which "
        "while who why will with word words year years yet you your"
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the page: its own words, and what memory says for or against it, from -2 to 2."""

    text: str
    evidence: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was read."""

    persona: str
    """The system messages, as they are."""
    leanings: Mapping[str, int]
    """Clauses that speak well of a word, less those that speak ill of it."""
    items: Mapping[str, Item]
    """By slot."""
    pages: str
    """The other messages, as they are."""
    tired: bool

    @property
    def outside(self) -> str:
        """Everything but the data."""
        return _FENCED.sub(_without_data, f"{self.persona}\n{self.pages}")

    def leaning(self, text: str) -> Mapping[str, int]:
        """The words of a text that are leant towards (1) or away from (-1), in alphabetical order."""
        found = ((word, self.leanings.get(word, 0)) for word in sorted(words_of(text)))
        return {word: 1 if points > 0 else -1 for word, points in found if points}


def read(messages: Sequence[Message], slots: Iterable[str]) -> Prompt:
    """What the messages say, up to the first answer that is quoted back in them."""
    asked = before_answers(messages)
    persona = "\n".join(m.content for m in asked if m.role == "system")
    pages = "\n".join(m.content for m in asked if m.role != "system")
    items, rest = _split(pages, tuple(slots))
    leanings = dict(_leanings(persona))
    for word, points in _leanings.__wrapped__(rest):
        leanings[word] = leanings.get(word, 0) + points
    return Prompt(persona, leanings, items, pages, tired=bool(_TIRED.search(_STRING.sub(" ", rest))))


def before_answers(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages before the first one that the model itself is said to have written."""
    end = next((i for i, message in enumerate(messages) if message.role == "assistant"), len(messages))
    return tuple(messages[:end])


def words_of(text: str) -> frozenset[str]:
    """Case-folded words of three letters or more, without those that say nothing about taste."""
    return frozenset(word.casefold() for word in _WORD.findall(text)) - _DULL


def _split(text: str, slots: tuple[str, ...]) -> tuple[dict[str, Item], str]:
    """Items by slot (the first line of each), and all other lines."""
    items: dict[str, Item] = {}
    rest = []
    begins = _line_of(slots)
    for line in text.split("\n"):
        found = begins.match(line) if slots else None
        if found is None:
            rest.append(line)
        else:
            own, _, said = line[found.end() :].strip().partition(_EVIDENCE)
            items.setdefault(found[1], Item(own, _evidence(said)))
    return items, "\n".join(rest)


def _evidence(said: str) -> int:
    """What ``like "Heat", which you rated 5`` says for an item: its rating, from the middle of 1-5; a choice says 1."""
    rated = _RATED.search(said)
    return int(rated[1]) - 3 if rated else int("you chose" in said)


@lru_cache(maxsize=64)
def _line_of(slots: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s*({'|'.join(map(re.escape, slots))})\b[ \t:.]*")


@lru_cache(maxsize=4096)
def _leanings(text: str) -> tuple[tuple[str, int], ...]:
    """Words and points. Kept for personas, which are read again on every page."""
    points: dict[str, int] = {}
    for line in text.split("\n"):
        whole = _ONE_STRING.fullmatch(line.rstrip())
        said = _unquoted(whole[1]) if whole else line
        towards, start = 0, 0
        masked = _STRING.sub(lambda quoted: "\0" * len(quoted[0]), said)
        for end in (*(found.span() for found in _CLAUSE.finditer(masked)), (len(said), len(said))):
            clause = slice(start, end[0])
            heard = -1 if _ILL.search(masked[clause]) else 1 if _WELL.search(masked[clause]) else 0
            towards, start = heard or (0 if _ANEW.search(masked[clause]) else towards), end[1]
            if towards:
                for word in words_of(said[clause]):
                    points[word] = points.get(word, 0) + towards
    return tuple(points.items())


def _unquoted(string: str) -> str:
    try:
        return str(json.loads(string))
    except ValueError:
        return string


def _without_data(fenced: re.Match[str]) -> str:
    return _STRING.sub(" ", fenced[2])
