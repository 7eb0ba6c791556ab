"""Answers that measure nothing by themselves, as sentences of the persona: those that tell most of the person first.

How much an answer tells is its surprise in the crowd: minus log2 of the share of people who chose that option, or whose
answer lies at least as far out on the same side of a scale.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from personas.survey.answers import Answers
from personas.survey.items import Item
from personas.survey.privacy import without_identifiers

F64 = npt.NDArray[np.float64]

MOST_SENTENCES = 12
"""Answers that a persona tells, at most, besides quotations. Chosen: about 300 words of a prompt."""
MOST_QUOTATIONS = 3
LONGEST_QUOTATION = 280
MOST_CHARACTERS = 3600
"""Of all sentences together; a backstory takes 4,000."""


def surprise(item: Item, values: F64) -> F64:
    """Bits that each answer to one question tells; NaN where there is none. (n,)."""
    known = np.isfinite(values)
    told, bits = values[known], np.full(values.size, np.nan)
    at_most, at_least = rankdata(told, method="max"), rankdata(-told, method="max")
    people = np.minimum(at_most, at_least) if item.ordered else at_most + at_least - told.size  # these: the same option
    bits[known] = np.log2(told.size / people)
    return bits


class Teller:
    """Tells of anybody in a survey; the crowd is everybody in it."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._told = [
            at for at, item in enumerate(answers.items) if item.shown and item.measures is None and item.kind != "text"
        ]
        self._quoted = [item for item in answers.items if item.shown and item.kind == "text"]
        columns = [surprise(answers.items[at], answers.values[:, at]) for at in self._told]
        self._bits = np.column_stack(columns) if columns else np.empty((len(answers), 0))

    def backstory(self, row: int) -> str | None:
        """The sentences of one person, a line each, the most telling first and quotations last; None for none."""
        order = np.argsort(-np.nan_to_num(self._bits[row], nan=-1.0), kind="stable")
        places = [self._told[at] for at in order if np.isfinite(self._bits[row, at])][:MOST_SENTENCES]
        lines = [self._sentence(self._answers.items[at], self._answers.values[row, at]) for at in places]
        quotations = [self._quotation(item, self._answers.texts[item.name][row]) for item in self._quoted]
        lines += [line for line in quotations if line is not None][:MOST_QUOTATIONS]
        kept, room = [], MOST_CHARACTERS
        for line in lines:
            if (room := room - len(line) - 1) < 0:
                break
            kept.append(line)
        return "\n".join(kept) or None

    def _sentence(self, item: Item, value: float) -> str:
        return f"Asked “{item.text}”, says {item.in_words(value)}."

    def _quotation(self, item: Item, text: str | None) -> str | None:
        said = without_identifiers(text or "", LONGEST_QUOTATION).replace("“", '"').replace("”", '"')
        return f"Asked “{item.text}”, says: “{said}”" if said else None
