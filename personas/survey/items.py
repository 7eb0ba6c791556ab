"""A question ready for use: its scale resolved, what its codes mean, and how an answer to it is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from personas.survey.codebook import Codebook, Question
from personas.survey.codes import code_of, number_of
from simulator.randomness import Stream, keys_of

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question. Answers are numbers: on the scale, or for a choice the option's place from 0."""

    name: str
    text: str
    kind: Literal["likert", "number", "choice", "text"]
    lowest: float = 0.0
    highest: float = 1.0
    labels: Mapping[str, str]
    """Words by code: of the options, in their order, or of some steps of the scale."""
    reversed: bool = False
    measures: str | None = None
    held_out: bool = False
    retest_of: str | None = None

    @property
    def ordered(self) -> bool:
        """Whether answers can be more or less apart; options cannot."""
        return self.kind in ("likert", "number")

    @property
    def shown(self) -> bool:
        """Whether its answers go into a persona."""
        return not self.held_out and self.retest_of is None

    @property
    def width(self) -> float:
        """Distance between the ends of the scale; for options 1."""
        return self.highest - self.lowest if self.ordered else 1.0

    @cached_property
    def meanings(self) -> Mapping[str, float]:
        """The number that each code or label stands for, without those that a scale takes as they are."""
        codes = [code_of(code) for code in self.labels]
        places = range(len(codes)) if self.kind == "choice" else [number_of(code) for code in codes]
        by_label = {
            code_of(label): float(at) for at, label in zip(places, self.labels.values(), strict=True) if at is not None
        }
        return by_label | {code: float(at) for code, at in zip(codes, places, strict=True) if at is not None}

    def number(self, word: str) -> float | None:
        """The answer that a word of the table is; None if it is none."""
        code = code_of(word)
        if self.kind == "choice" or code in self.meanings:
            return self.meanings.get(code)
        number = number_of(code)
        if number is None or not self.lowest <= number <= self.highest:
            return None
        return number if self.kind == "number" or number % 1 == 0 else None

    def on_scale(self, values: F64) -> F64:
        """The nearest answers that the question takes: whole steps, options, within the ends. NaN stays."""
        inside = np.clip(values, self.lowest, self.highest if self.ordered else len(self.labels) - 1)
        return inside if self.kind == "number" else np.round(inside)

    def in_words(self, value: float) -> str:
        """An answer as people would say it."""
        if self.kind == "choice":
            return f"“{list(self.labels.values())[int(value)]}”"
        if self.kind == "number":
            return f"{value:g}"
        if (label := self._label(value)) is not None:
            return f"“{label}” ({value:g} of {self.lowest:g} to {self.highest:g})"
        ends = [
            f"{end:g}" + (f", “{told}”," if (told := self._label(end)) else "") for end in (self.lowest, self.highest)
        ]
        return f"{value:g} on a scale from {ends[0]} to {ends[1].rstrip(',')}"

    def _label(self, value: float) -> str | None:
        """The word that stands by a step of the scale."""
        return next((label for code, label in self.labels.items() if number_of(code) == value), None)


def items_of(book: Codebook, *, hold_out: Collection[str] = (), seed: int) -> tuple[Item, ...]:
    """The questions of a codebook in its order. Held out are those that it says, those in `hold_out`, and as many more
    as its share asks for, drawn by the seed and each question's own key."""
    items = tuple(_item(book, name, question) for name, question in book.questions.items())
    named = {item.name for item in items if item.held_out} | set(hold_out)
    free = [i.name for i in items if i.name not in named and i.kind != "text" and i.retest_of is None]
    if book.hold_out and free:
        luck = Stream.of(seed, "population", "held-out questions").uniform(keys_of(free))
        n = min(max(1, round(book.hold_out * len(free))), len(free) - 1)
        named |= {free[at] for at in np.argsort(luck, kind="stable")[:n]}
    return tuple(replace(item, held_out=item.name in named) for item in items)


def _item(book: Codebook, name: str, question: Question) -> Item:
    scale = book.scale_of(question)
    labels = question.options if scale is None else scale.labels
    return Item(
        name=name,
        text=" ".join(question.text.split()),
        kind=question.kind,
        lowest=0.0 if scale is None else scale.lowest,
        highest=1.0 if scale is None else scale.highest,
        labels=labels,
        reversed=question.reversed,
        measures=question.measures,
        held_out=question.held_out,
        retest_of=question.retest_of,
    )
