"""What a question asks, by the question that is most like it of those whose meaning is known.

The examples stand in `examples.tsv`, as grammar reads them (`MARK` for an item, `CATEGORY_MARK` for a category), each
with its topic; whoever finds a question that is not understood adds it there. Likeness is the cosine of words and pairs
of words, weighted by how few examples have them (Salton & Buckley, "Term-weighting approaches in automatic text
retrieval", Information Processing & Management 1988).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from simulator.studies.interview.grammar import Topic

_FILE = Path(__file__).with_name("examples.tsv")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The example that is most like a question."""

    topic: Topic
    likeness: float
    """0-1."""


class Examples:
    """Questions, plain, with their topics."""

    def __init__(self, known: Mapping[str, Topic]) -> None:
        self._known = known
        self._topics = list(known.values())
        terms = [_terms(text) for text in known]
        count = Counter(term for one in terms for term in one)
        self._weight = {term: math.log((1 + len(terms)) / (1 + number)) + 1 for term, number in count.items()}
        self._unknown = math.log(1 + len(terms)) + 1
        self._rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, one in enumerate(terms):
            length = self._length(one)
            for term in one:
                self._rows[term].append((row, self._weight[term] / length))

    def exactly(self, text: str) -> Topic | None:
        """The topic of a plain text that is an example."""
        return self._known.get(text)

    def nearest(self, text: str) -> Nearest | None:
        """The example that is most like a plain text; None where none has a word of it."""
        terms = _terms(text)
        length, likeness = self._length(terms), defaultdict[int, float](float)
        for term in terms:
            for row, part in self._rows.get(term, ()):
                likeness[row] += self._weight[term] * part / length
        if not likeness:
            return None
        row, best = max(likeness.items(), key=lambda one: (one[1], -one[0]))
        return Nearest(self._topics[row], min(1.0, best))

    def _length(self, terms: frozenset[str]) -> float:
        return math.sqrt(sum(self._weight.get(term, self._unknown) ** 2 for term in terms)) or 1.0


def read_examples(path: Path = _FILE) -> dict[str, Topic]:
    """The examples with their topics."""
    pairs = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return {text: Topic(topic) for text, topic in pairs}


@cache
def examples() -> Examples:
    """Those that ship, read once."""
    return Examples(read_examples())


def _terms(text: str) -> frozenset[str]:
    words = [_stem(word) for word in f"^ {text} $".split(" ")]
    return frozenset((*words[1:-1], *(f"{a} {b}" for a, b in pairwise(words))))


def _stem(word: str) -> str:
    """A word without its ending, so that forms of a verb are alike."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
