"""Reading a sentence about a person: facts first, then words for what people are like, then what they do for a living.

What is taken is blanked, so that no word is read twice; the rest is left for the grammar of wishes (`told_tastes`).
Adjectives describe the person before the first verb of taste ("a happy girl who …") and where they end their part
("… and is patient"), not elsewhere: who wants happy endings need not be happy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from personas.traits import BIG_FIVE, BY_NAME
from recommenders.wishes.lexicon import Lexicon
from simulator.studies.solo import characters
from simulator.studies.solo.characters import Phrase
from simulator.studies.solo.told_facts import BEFORE_TASTES, FACTS, Sketch, taste_begins

_TAKEN = "\0"
_QUOTED = re.compile('["\u201c\u201d][^"\u201c\u201d]{1,200}["\u201c\u201d]')
_ADJECTIVE_ENDS = re.compile(
    r"\s*(?:$|[^\w\s'\u2019-]|(?:and|or|but|who|when|at all|enough|today|tonight|now)\b)", re.I
)


class Reader:
    """Takes facts and character words out of a sentence, and leaves the rest for the grammar of wishes."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.sketch = Sketch(lexicon=lexicon)
        self._left = list(text)
        self._tastes_from = taste_begins(text)

    def read(self) -> None:
        """Take what is known; facts first, because they hold words that would mean something else elsewhere."""
        for pattern, take in FACTS:
            for found in pattern.finditer(self._masked()):
                if take in BEFORE_TASTES and found.start() >= self._tastes_from:
                    continue
                if (said := take(self.sketch, found)) is not None:
                    self._take(found.start(), found.end())
                    self.sketch.understood += [said] if said else []
        self._character()
        self._occupation()

    def rest(self) -> str:
        """What has not been taken, gaps as commas."""
        return re.sub(rf"{_TAKEN}[\s{_TAKEN}]*", " , ", "".join(self._left))

    def _masked(self) -> str:
        """The text with what is taken or quoted blanked, at the same places."""
        text = "".join(self._left)
        return _QUOTED.sub(lambda found: _TAKEN * len(found[0]), text)

    def _take(self, start: int, end: int) -> None:
        self._left[start:end] = _TAKEN * (end - start)

    def _character(self) -> None:
        """Words for what people are like, the longest phrase first."""
        text = self._masked()
        words = characters.words_of(text)
        at = 0
        while at < len(words):
            at += self._phrase(text, words, at)

    def _phrase(self, text: str, words: Sequence[tuple[int, int, str]], at: int) -> int:
        for size in range(min(characters.LONGEST, len(words) - at), 0, -1):
            phrase: Phrase = tuple(word for _, _, word in words[at : at + size])
            if not _adjacent(text, words[at : at + size]):
                continue
            start, end = words[at][0], words[at + size - 1][1]
            early = start < self._tastes_from
            if size == 1 and not early and not _ADJECTIVE_ENDS.match(text, end):
                continue
            if _OF_SOMETHING_ELSE.search(text[:start]) or (phrase in characters.STATES and _OF.match(text, end)):
                continue  # "hates anything sad", "family friendly", "tired of comedies"
            if phrase == ("patient",) and _A_PATIENT.search(text[:end]) and _OF_A_PATIENT.match(text, end):
                continue  # the noun
            if (trait := characters.TRAITS.get(phrase)) is not None:
                self._trait(text, words, at, trait, end)
            elif (state := characters.STATES.get(phrase)) is not None:
                self._state(text, words, at, state, end)
            elif (mean := characters.RATERS.get(phrase)) is not None:
                self.sketch.ratings["mean"] = mean
                self._noted(start, end, f"rates {mean:g} of 5 on average")
            elif (
                early
                and (gender := characters.GENDERS.get(phrase)) is not None
                and "gender" not in self.sketch.identity
            ):
                self.sketch.identity["gender"] = gender
                self.sketch.understood.append(f"gender: {gender}")
                self._take_if_plain(start, end, phrase)
            elif early and text[end - 1] != "s" and (age := self._new("age", phrase)) is not None:
                self.sketch.identity["age"] = age
                self._noted(start, end, f"age: about {age}")
            else:
                continue
            return size
        return 1

    def _new(self, fact: str, phrase: Phrase) -> Any:
        """What a phrase says of age or gender, if that is not known yet."""
        table: Mapping[Phrase, Any] = characters.AGES if fact == "age" else characters.GENDERS
        return None if fact in self.sketch.identity else table.get(phrase)

    def _take_if_plain(self, start: int, end: int, phrase: Phrase) -> None:
        """A word such as "woman" tells the gender alone; one such as "waitress" tells the occupation, too."""
        if phrase[-1] in characters.NOBODY or len(phrase) > 1:
            self._take(start, end)

    def _degree(self, text: str, words: Sequence[tuple[int, int, str]], at: int) -> tuple[float, bool, int]:
        """Percentile of the high end by the words before, whether it is denied, and where these words begin."""
        value, first, denied = characters.PLAIN, at, False
        for size in (2, 1):
            before = words[max(0, first - size) : first]
            degree = characters.MORE.get(tuple(word for _, _, word in before))
            if len(before) == size and degree is not None and _adjacent(text, [*before, words[first]]):
                value, first = degree, first - size
                break
        if first > 0 and words[first - 1][2] in characters.NOT and _adjacent(text, words[first - 1 : first + 1]):
            denied, first = True, first - 1
        return value, denied, words[first][0]

    def _trait(
        self, text: str, words: Sequence[tuple[int, int, str]], at: int, meant: tuple[str, int], end: int
    ) -> None:
        name, sign = meant
        value, denied, start = self._degree(text, words, at)
        if denied:
            value = characters.DENIED
            if (wholly := _AT_ALL.match(text, end)) is not None:
                value, end = characters.PLAINLY_DENIED, wholly.end()
        value = round(value if sign > 0 else 1 - value, 2)
        if name in BIG_FIVE:
            self.sketch.personality[name] = score_of(name, value)
            self._noted(start, end, f"{name}: {value:.2f} (percentile)")
            return
        self.sketch.behaviour[name] = value
        trait = BY_NAME[name]
        self._noted(start, end, f"{trait.label}: {value:.2f} (percentile; {trait.high if value > 0.5 else trait.low})")

    def _state(
        self, text: str, words: Sequence[tuple[int, int, str]], at: int, meant: tuple[str, float], end: int
    ) -> None:
        name, value = meant
        degree, denied, start = self._degree(text, words, at)
        if denied:
            value = 0.0
        elif degree > 0.9:
            value = round(value * 1.5, 2) if abs(value) < 0.6 else value
        self.sketch.begins[name] = value
        self._noted(start, end, f"{name} at the start: {value:g}")

    def _noted(self, start: int, end: int, said: str) -> None:
        self._take(start, end)
        self.sketch.understood.append(said)

    def _occupation(self) -> None:
        """The noun at the start of the sentence, unless it only says that this is a person."""
        if "occupation" in self.sketch.identity:
            return
        text = self._masked().replace(_TAKEN, " ")
        found = _OPENING.match(text)
        if found is None:
            return
        words = [word for word in found["what"].split() if characters.normal(word) not in characters.NOBODY]
        phrase = tuple(characters.normal(word) for word in words)
        if not words or len(words) > 4 or phrase in self.sketch.lexicon.categories or _FAN.search(found["what"]):
            return
        if not found["article"] and not {"age", "name"} & self.sketch.identity.keys():
            return
        if not characters.NO_NOUNS.isdisjoint(characters.normal(word) for word in words):
            return
        if not characters.JOBS.search(words[-1].casefold()):
            return
        self.sketch.identity["occupation"] = " ".join(words)
        self.sketch.understood.append(f"occupation: {' '.join(words)}")
        self._take(found.start("what"), found.end("what"))


def _adjacent(text: str, words: Sequence[tuple[int, int, str]]) -> bool:
    """Whether nothing but blanks and hyphens stands between words that follow each other."""
    return all(not text[one[1] : other[0]].strip(" -\u2010\u2011") for one, other in pairwise(words))


def score_of(name: str, percentile: float) -> float:
    """The Big-Five score, 0-1, of so many people among those of `personas.sampling.big_five`."""
    from personas.sampling import big_five
    from personas.traits import to_sd

    fitted = big_five.fitted()
    place = BIG_FIVE.index(name)
    score = float(fitted.mean[place] + fitted.sd[place] * float(to_sd(percentile)))
    return round(min(1.0, max(0.0, score)), 2)


_OPENING = re.compile(
    r"\s*(?:(?:he|she|they|i|it|this|who|\W)\s*(?:is|am|are|'s|'m)\s+)?[\s,]*(?P<article>(?:an?|the|my)[\s,]+)?"
    r"(?P<what>(?!(?:who|of|with|from|in|at|on|and|but|is|that|which)\b)[^\W\d_]+(?:[ -]+[^\W\d_]+){0,6}?)"
    r"(?=\s+(?:who|of|that|which|from|in|with|and|aged|on|at|by|but|is|for|loves?|likes?|hates?)\b|\s*[,.;:!?]|\s{2}|\s*$)",
    re.IGNORECASE,
)
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:anything|something|everything|nothing|things?|stuff|films?|movies?|stories|books?|family|kid|child|user|eco)"
    r"[ -]$",
    re.I,
)
_OF = re.compile(r"\s+(?:of|with|by|about)\b", re.IGNORECASE)
_AT_ALL = re.compile(r"\s+at all\b", re.IGNORECASE)
_A_PATIENT = re.compile(r"\b(?:a|the)\s+patient$", re.IGNORECASE)
_OF_A_PATIENT = re.compile(r"\s*(?:$|[,.\0]|(?:of|in|with|from|at|on)\b)", re.IGNORECASE)
_FAN = re.compile(
    r"\b(?:fan|lover|buff|addict|enthusiast|fanatic|aficionado|hater|loving|hating|obsessed)\b", re.IGNORECASE
)
