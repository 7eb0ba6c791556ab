"""Slips of the pen in a question: a word that nobody knows is taken for the known one that is one slip away.

Known are the words that the forms of questions are made of, and those of the catalogue's categories. A slip is two
letters exchanged, one left out or typed too much, or one typed for another (Damerau, "A technique for computer
detection and correction of spelling errors", Communications of the ACM 1964); of several words, the one with the slip
that stands first here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from string import ascii_lowercase

SHORTEST = 4
"""Letters of a word that is looked at: shorter ones are one slip away from too many others."""
_SHORTEST_OTHER = 6
"""Letters from which one typed for another is a slip; in a shorter word it makes another word."""


def mended(text: str, known: frozenset[str]) -> str:
    """A plain text with its slips mended."""
    return " ".join(_word(word, known) for word in text.split(" "))


@cache
def words_of(*texts: str) -> frozenset[str]:
    """The words that stand in some texts, regular expressions among them. Of one that goes on as an expression
    ("ignor\\w*") the beginning is there, with a star."""
    found: set[str] = set()
    for text in texts:
        plain = text.lower().replace(r"\b", " ")
        for word, goes_on in re.findall(r"([a-z]{3,})(\\w|\(\?)?", plain):
            found |= {f"{word}*"} if goes_on else {word, f"{word}s"}
    return frozenset(found)


def _word(word: str, known: frozenset[str]) -> str:
    if len(word) < SHORTEST or not word.isascii() or not word.isalpha() or _is_known(word, known):
        return word
    return next((other for other in _slips(word) if other in known), word)


def _is_known(word: str, known: frozenset[str]) -> bool:
    """Whether a word, or the one that it is a form of, is known."""
    stems = (word, word.removesuffix("s"), word.removesuffix("ed"), word.removesuffix("d"), word.removesuffix("ing"))
    if any(stem in known for stem in stems) or word in _beginnings(known):
        return True
    return any(f"{word[:end]}*" in known for end in range(SHORTEST, len(word) + 1))


@cache
def _beginnings(known: frozenset[str]) -> frozenset[str]:
    """Of words: who writes "sleep" means no "sleepy"."""
    return frozenset(word[:end] for word in known for end in range(SHORTEST, len(word)))


def _slips(word: str) -> Iterator[str]:
    """What may have been meant, the likelier slips first."""
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in range(1, len(word)):
        if word[at] == word[at - 1]:
            yield word[:at] + word[at + 1 :]
    for at in range(1, len(word) + 1):
        for letter in ascii_lowercase:
            yield word[:at] + letter + word[at:]
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
    if len(word) >= _SHORTEST_OTHER:
        for at in range(1, len(word)):
            for letter in ascii_lowercase:
                yield word[:at] + letter + word[at + 1 :]
