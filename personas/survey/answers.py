"""From the cells of a table to answers, by the codebook: every value has a meaning, is known to be missing, or is told.

People who answered too little are left out, and counted. Nothing is filled in for an answer that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from personas.schema import ID
from personas.survey.codebook import Codebook, Fact
from personas.survey.codes import EMPTY, code_of, number_of
from personas.survey.items import Item
from personas.survey.privacy import hashed_id, without_identifiers
from personas.survey.table import Table
from simulator.records import Bools, UserInputError

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

LONGEST_FACT = 80
AGES = (5, 115)
"""Ages that a persona may have."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """What people answered, one row a person, one column a question."""

    items: tuple[Item, ...]
    ids: tuple[str, ...]
    values: F64
    """Numbers as in `Item`, NaN where there is none and for texts. (n, k)."""
    texts: Mapping[str, tuple[str | None, ...]]
    """Answers to text questions, as they were given."""
    facts: Mapping[str, tuple[str | int | None, ...]]
    """Facts of a persona's identity by name."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many people are not here, by reason."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """How many values were taken as unknown because they have no meaning, by column."""

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> F64:
        """The answers to one question. (n,)."""
        return self.values[:, self.place(name)]

    def place(self, name: str) -> int:
        """The column of a question."""
        return next(at for at, item in enumerate(self.items) if item.name == name)

    def take(self, rows: Sequence[int] | I64) -> Answers:
        """Some of the people, in the order of `rows`."""
        return Answers(
            items=self.items,
            ids=tuple(self.ids[row] for row in rows),
            values=self.values[np.asarray(rows, dtype=np.int64)],
            texts={name: tuple(told[row] for row in rows) for name, told in self.texts.items()},
            facts={name: tuple(told[row] for row in rows) for name, told in self.facts.items()},
            left_out=self.left_out,
            unknown=self.unknown,
        )


def wanted_columns(book: Codebook) -> dict[str, str]:
    """The columns that a codebook speaks of, each with the ``file:line: field`` that declares it."""
    wanted = {} if book.id is None else {book.id.column: f"{book.where('id')}: id"}
    wanted |= {fact.column: f"{book.where('identity', name)}: identity.{name}" for name, fact in book.identity.given()}
    return wanted | {
        book.column_of(name): f"{book.where('questions', name)}: questions.{name}" for name in book.questions
    }


def answers_of(table: Table, book: Codebook, items: tuple[Item, ...]) -> Answers:
    """The answers of everybody who answered enough. Raises `UserInputError` for a value that means nothing, for an id
    that is there twice, and where nobody answered enough."""
    unknown: dict[str, int] = {}
    ids = _ids(table, book)
    values = np.full((table.rows, len(items)), np.nan)
    texts: dict[str, tuple[str | None, ...]] = {}
    for at, item in enumerate(items):
        if item.kind == "text":
            texts[item.name] = _texts(table, book, item)
        else:
            values[:, at] = _values(table, book, item, unknown)
    facts = {name: _facts(table, book, name, fact, unknown) for name, fact in book.identity.given()}
    known = np.array([one is not None for one in ids], dtype=np.bool_)
    enough = _enough(values, items, book)
    left_out = {
        "no id": int((~known).sum()),
        "too few answers": int((known & ~enough).sum()),
    }
    whole = Answers(
        items=items,
        ids=tuple("" if one is None else one for one in ids),
        values=values,
        texts=texts,
        facts=facts,
        left_out=left_out,
        unknown=unknown,
    )
    rows = np.flatnonzero(known & enough)
    if rows.size == 0:
        raise _nobody(table, book, values, items)
    return whole.take(rows)


def _ids(table: Table, book: Codebook) -> list[str | None]:
    """An id for each row; None where the cell is empty. Without a column people are numbered as they stand."""
    if book.id is None:
        digits = len(str(table.rows))
        return [f"person-{row + 1:0{digits}d}" for row in range(table.rows)]
    codes, words = table.columns[book.id.column]
    empty = np.array([word.casefold() in EMPTY for word in words], dtype=np.bool_)
    count = np.bincount(codes, minlength=len(words))
    for code in np.flatnonzero((count > 1) & ~empty)[:1]:
        first, second = np.flatnonzero(codes == code)[:2]
        raise UserInputError(
            f"{table.where(int(second))}: {book.id.column}: the same id as {table.where(int(first))}. "
            "A table has one row a person: remove one, or correct `id` in the codebook"
        )
    if book.id.hashed:
        made: list[str | None] = [None if gone else hashed_id(word) for word, gone in zip(words, empty, strict=True)]
    else:
        for code, word in enumerate(words):
            if not empty[code] and not re.fullmatch(ID, word):
                row = int(np.flatnonzero(codes == code)[0])
                raise UserInputError(
                    f"{table.where(row)}: {book.id.column}: {word[:40]!r} cannot be a persona's id, which has letters, "
                    "digits, - _ and . only. Write `hashed: true` in the codebook's id"
                )
        made = [None if gone else word for word, gone in zip(words, empty, strict=True)]
    return [made[code] for code in codes]


def _missing(book: Codebook, codes: Sequence[str | int | float]) -> frozenset[str]:
    return EMPTY | {code_of(code) for code in codes}


def _values(table: Table, book: Codebook, item: Item, unknown: dict[str, int]) -> F64:
    question, column = book.questions[item.name], book.column_of(item.name)
    codes, words = table.columns[column]
    declared = {code_of(code) for code in book.missing_of(question)}
    missing = declared | EMPTY  # an option called "none" is an answer all the same
    numbers = [None if code_of(word) in declared else item.number(word) for word in words]
    strange = np.array([n is None and code_of(w) not in missing for n, w in zip(numbers, words, strict=True)], np.bool_)
    if strange.any():
        if question.otherwise == "refuse":
            takes = (
                f"an option of {item.name}"
                if item.kind == "choice"
                else f"on its scale, {item.lowest:g} to {item.highest:g}"
            )
            where = book.where("questions", item.name)
            cure = f"Correct {where}, list the value under `missing` there, or write `otherwise: unknown`"
            raise _strange(table, column, codes, strange, words, f"not {takes}", cure)
        unknown[column] = int(strange[codes].sum())
    lookup = np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
    values: F64 = lookup[codes]
    return values


def _texts(table: Table, book: Codebook, item: Item) -> tuple[str | None, ...]:
    codes, words = table.columns[book.column_of(item.name)]
    missing = _missing(book, book.missing_of(book.questions[item.name]))
    told = [None if code_of(word) in missing else word for word in words]
    return tuple(told[code] for code in codes)


def _facts(
    table: Table, book: Codebook, name: str, fact: Fact, unknown: dict[str, int]
) -> tuple[str | int | None, ...]:
    codes, words = table.columns[fact.column]
    missing = _missing(book, book.missing_of(fact))
    values = {code_of(code): value for code, value in fact.values.items()}
    low, high = AGES if name == "age" else (-np.inf, np.inf)
    low = low if fact.lowest is None else max(low, fact.lowest)
    high = high if fact.highest is None else min(high, fact.highest)

    def meaning(word: str) -> str | int | None:
        code = code_of(word)
        if code in values:
            return values[code]
        if name == "age":
            number = number_of(code)
            return None if number is None or not low <= number <= high else int(number)
        if fact.values and fact.otherwise != "keep":
            return None
        number = number_of(code)
        if number is not None and not low <= number <= high:
            return None
        return without_identifiers(word, LONGEST_FACT) or None

    told = [None if code_of(word) in missing else meaning(word) for word in words]
    strange = np.array(
        [v is None and code_of(w) not in missing for v, w in zip(told, words, strict=True)], dtype=np.bool_
    )
    if strange.any():
        if fact.otherwise == "refuse":
            takes = (
                f"no {name} between {low:g} and {high:g}" if name == "age" else "none of the values that it may have"
            )
            where = book.where("identity", name)
            cure = f"Add it to {where}, list it under `missing` there, or write `otherwise: unknown`"
            raise _strange(table, fact.column, codes, strange, words, takes, cure)
        unknown[fact.column] = int(strange[codes].sum())
    return tuple(told[code] for code in codes)


def _strange(
    table: Table, column: str, codes: I64, strange: Bools, words: Sequence[str], what: str, cure: str
) -> UserInputError:
    rows = np.flatnonzero(strange[codes])
    more = f" ({rows.size - 1:,} more like it)" if rows.size > 1 else ""
    return UserInputError(
        f"{table.where(int(rows[0]))}: {column}: {words[codes[rows[0]]][:40]!r} is {what}{more}. {cure}"
    )


def _enough(values: F64, items: tuple[Item, ...], book: Codebook) -> Bools:
    answered = _share_answered(values, items)
    enough: Bools = (answered >= book.least_answered - 1e-9) & (answered > 0)
    return enough


def _share_answered(values: F64, items: tuple[Item, ...]) -> F64:
    """Of the questions that are shown and not answered in free text. (n,)."""
    counted = [at for at, item in enumerate(items) if item.shown and item.kind != "text"]
    share: F64 = np.isfinite(values[:, counted]).mean(axis=1) if counted else np.ones(values.shape[0])
    return share


def _nobody(table: Table, book: Codebook, values: F64, items: tuple[Item, ...]) -> UserInputError:
    most = float(_share_answered(values, items).max())
    return UserInputError(
        f"{table.file}: nobody of {table.rows:,} rows answered {book.least_answered:.0%} of the questions shown; the "
        f"most is {most:.0%}. Correct scales or `missing` in {book.where('questions')}, or lower least_answered"
    )
