"""Words for numbers, and sentences that say the same in one of several ways."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.randomness import Stream

_HALF = re.compile(r"(\"[^\"]*\"|“[^”]*”)")
_FIRST_PERSON = (
    (r"\byou are\b", "I am"),
    (r"\byou were\b", "I was"),
    (r"\bare you\b", "am I"),
    (r"\byourself\b", "myself"),
    (r"\byours\b", "mine"),
    (r"\byour\b", "my"),
    (r"\b(for|to|with|of|about|from|on|at|gets|in) you\b", r"\1 me"),
    (
        r"\b(made|makes?|lets?|gave|gives?|show(?:s|ed|n)?|told|tells?|reminds?|reminded|draws?|moves?|moved|bores?|bored|pleased?|"
        r"leaves?|left|kept|keeps?) you\b",
        r"\1 me",
    ),
    (r"\byou\b", "I"),
)
_MOODS = ((-0.6, "bad"), (-0.2, "rather low"), (0.2, "even"), (0.6, "good"), (2.0, "very good"))
NEAR_EXPECTED = 0.15
"""Levels of satisfaction, 1-5, within which a page is about what was expected. Chosen."""
TIRED = 0.15
"""Fatigue from which a person is called tired."""
_ENERGY = ((TIRED, "fresh"), (0.35, "a little tired"), (0.6, "tired"), (2.0, "worn out"))
"""As `simulator.minds.language.condition_words` has them."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """Chooses among ways to say a thing: by keys, so that the same person says the same again."""

    seed: int
    user_id: str

    def one_of(self, about: str, options: Sequence[str]) -> str:
        """One of the options, drawn by what it is about."""
        return options[Stream.of(self.seed, "mind", f"interview/{self.user_id}/{about}").key % len(options)]


def chance(p: float) -> str:
    """A chance in words: "about 4 in 10", "about 1 in 12"."""
    if not math.isfinite(p):
        return "an unknown chance"
    if p >= 0.995:
        return "next to certain"
    if p >= 0.15:
        return f"about {max(1, min(9, round(10 * p)))} in 10" if p < 0.95 else "more than 9 in 10"
    if p >= 0.01:
        return f"about 1 in {round(1 / p)}"
    return "less than 1 in 100"


def likely(p: float) -> str:
    """A chance as an adverb would have it."""
    steps = ((0.03, "almost certainly not"), (0.15, "probably not"), (0.35, "I doubt it"), (0.55, "maybe"))
    return next((text for most, text in (*steps, (0.8, "probably")) if p < most), "yes")


def mood(value: float) -> str:
    """A valence in a word."""
    return next(text for most, text in _MOODS if value <= most)


def energy(value: float) -> str:
    """A fatigue in a word."""
    return next(text for most, text in _ENERGY if value <= most)


def against_expectation(gap: float) -> str:
    """Levels of satisfaction above what was expected, in words."""
    if abs(gap) < NEAR_EXPECTED:
        return "about what I expect"
    return "more than I expect" if gap > 0 else "less than I expect"


def seconds(value: float) -> str:
    """A stretch of time: "40 seconds", "3 minutes", "2 hours", "5 days"."""
    for unit, size in (("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0)):
        if value >= 1.5 * size or (unit == "day" and value >= size):
            return counted(round(value / size), unit)
    return counted(round(value), "second")


def counted(n: int, noun: str) -> str:
    """ "one page", "3 pages"."""
    word = {0: "no", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}.get(n, f"{n:,}")
    return f"{word} {noun}{'' if n == 1 else 's'}"


def listed(texts: Sequence[str], joined: str = "and") -> str:
    """ "A", "A and B", "A, B and C"."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {joined} {texts[-1]}" if texts else ""


def some(texts: Sequence[str], most: int = 5) -> str:
    """Like `listed`; what is too much is counted."""
    rest = len(texts) - most
    return listed(texts) if rest <= 0 else f"{', '.join(texts[:most])} and {rest} more"


def quoted(text: str, most: int = 300) -> str:
    """Somebody's own words, on one line."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[: 4 * most]).split())
    line = line.replace("“", '"').replace("”", '"')
    return f"“{line if len(line) <= most else line[: most - 1].rstrip() + '…'}”"


def as_me(text: str) -> str:
    """What is told in the second person, in the first; what stands in quotation marks stays."""
    parts = _HALF.split(text)
    for nth in range(0, len(parts), 2):
        for pattern, by in _FIRST_PERSON:
            parts[nth] = re.sub(pattern, by, parts[nth], flags=re.IGNORECASE)
    return "".join(parts)


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    line = text.strip()
    if not line:
        return ""
    line = line[0].upper() + line[1:]
    if line.endswith(":"):
        return line
    return (
        line
        if (line[-1] in ".!?…”" and not line.endswith("”")) or line.endswith((".”", "?”", "!”", "…”"))
        else f"{line}."
    )


def joined(*sentences: str) -> str:
    """Sentences, one after another."""
    return " ".join(filter(None, map(sentence, sentences)))
