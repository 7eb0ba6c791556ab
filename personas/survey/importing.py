"""From a table of answers and its codebook to personas, with what was held out and a report of what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from personas.schema import Origin, Persona
from personas.survey.answers import Answers, answers_of, wanted_columns
from personas.survey.codebook import Codebook
from personas.survey.constructs import Construct, constructs_of
from personas.survey.items import Item, items_of
from personas.survey.reading import read_codebook
from personas.survey.sentences import Teller
from personas.survey.table import Table, read_table
from personas.traits import BIG_FIVE
from simulator.documents.fields import did_you_mean
from simulator.randomness import Stream, keys_of
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]
SHORT_SURVEY = 20
"""Questions of one scale from which the same answer to all of them is worth a note."""


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOut:
    """Answers that no persona knows, aligned with the personas."""

    items: tuple[Item, ...]
    answers: F64
    """Numbers as in `Item`; NaN where there is none. (n, k)."""
    again: F64
    """What the same people answered when they were asked again; NaN where they were not. (n, k)."""

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, eq=False, kw_only=True)
class SurveyPersonas:
    """Personas from a survey, and what they can be judged by."""

    personas: tuple[Persona, ...]
    held_out: HeldOut
    report: Mapping[str, Any]
    """Plain values, ready for JSON: people, questions, constructs, what is missing, notes."""


def from_survey(
    answers: Path, codebook: Path, *, n: int | None = None, seed: int = 7, hold_out: Collection[str] = ()
) -> SurveyPersonas:
    """A persona for each person of a survey who answered enough, or for `n` of them, drawn by seed and id.

    `codebook` is a file or the name of one that ships; `hold_out` names further questions to hold out. Constructs are
    scored, and answers found surprising, among everybody in the table, whoever is drawn. Raises `UserInputError`.
    """
    book = read_codebook(codebook)
    _check_named(hold_out, book)
    items = items_of(book, hold_out=hold_out, seed=seed)
    if not any(item.shown for item in items):
        raise UserInputError(f"{book.where('questions')}: every question is held out, so nothing is known. Show some")
    table = read_table(answers, wanted_columns(book))
    everybody = answers_of(table, book, items)
    rows = _drawn(everybody, n, seed, table)
    constructs = constructs_of(everybody)
    teller = Teller(everybody)
    contradicted: list[str] = []
    people = tuple(_persona(everybody, constructs, teller, row, contradicted) for row in rows)
    return SurveyPersonas(
        personas=people,
        held_out=_held_out(everybody.take(rows)),
        report=_report(table, book, everybody, constructs, len(people), contradicted),
    )


def _check_named(names: Collection[str], book: Codebook) -> None:
    for name in names:
        question = book.questions.get(name)
        if question is None:
            near = did_you_mean(name, book.questions) or f" There are: {', '.join(list(book.questions)[:20])}"
            raise UserInputError(f"{book.where('questions')}: hold_out: there is no question {name[:40]!r}.{near}")
        if question.kind == "text" or question.retest_of is not None:
            what = "is answered in free text" if question.kind == "text" else "is a retest"
            raise UserInputError(
                f"{book.where('questions', name)}: hold_out: {name} {what} and cannot be judged. Name another question"
            )


def _drawn(everybody: Answers, n: int | None, seed: int, table: Table) -> npt.NDArray[np.int64]:
    """The rows of the people who become personas, in the order of the table."""
    if n is None:
        return np.arange(len(everybody))
    if not 1 <= n <= len(everybody):
        raise UserInputError(
            f"{table.file}: {n:,} people are wanted, but {len(everybody):,} answered enough. Ask for 1 to that many"
        )
    luck = Stream.of(seed, "population", "survey people").uniform(keys_of(everybody.ids))
    return np.sort(np.argsort(luck, kind="stable")[:n])


def _persona(
    answers: Answers, constructs: Mapping[str, Construct], teller: Teller, row: int, contradicted: list[str]
) -> Persona:
    sections: dict[str, dict[str, Any]] = {"personality": {}, "behaviour": {}}
    origins: dict[str, Origin] = {}
    for name, construct in constructs.items():
        if np.isfinite(construct.value[row]):
            section = "personality" if name in BIG_FIVE else "behaviour"
            sections[section][name] = float(construct.value[row])
            origins[f"{section}.{name}"] = Origin(
                how="inferred", confidence=construct.confidence(row), evidence=construct.evidence(row)
            )
    facts = {name: told[row] for name, told in answers.facts.items() if told[row] is not None}
    data: dict[str, Any] = {"id": answers.ids[row], "origins": origins, **sections}
    if (backstory := teller.backstory(row)) is not None:
        data["backstory"] = backstory
    try:
        return Persona.model_validate({**data, "identity": facts})
    except ValidationError:  # facts that contradict each other, such as a pensioner of twenty: the age is kept
        contradicted.append(answers.ids[row])
        facts.pop("occupation", None)
        return Persona.model_validate({**data, "identity": facts})


def _held_out(people: Answers) -> HeldOut:
    items = tuple(item for item in people.items if item.held_out)
    again = {item.retest_of: item.name for item in people.items if item.retest_of is not None}
    none = np.full(len(people), np.nan)
    columns = [people.column(again[item.name]) if item.name in again else none for item in items]
    return HeldOut(
        items=items,
        answers=people.values[:, [people.place(item.name) for item in items]],
        again=np.column_stack(columns) if columns else np.empty((len(people), 0)),
    )


def _report(
    table: Table,
    book: Codebook,
    everybody: Answers,
    constructs: Mapping[str, Construct],
    personas: int,
    contradicted: list[str],
) -> dict[str, Any]:
    items = everybody.items
    share = {
        item.name: round(float(np.isnan(everybody.values[:, at]).mean()), 4)
        for at, item in enumerate(items)
        if item.kind != "text"
    }
    return {
        "survey": book.name or table.file,
        "people": {
            "rows": table.rows,
            "kept": len(everybody),
            "personas": personas,
            "left_out": {reason: count for reason, count in everybody.left_out.items() if count},
        },
        "questions": {
            "used": sum(item.shown for item in items),
            "measuring": sum(item.shown and item.measures is not None for item in items),
            "held_out": [item.name for item in items if item.held_out],
            "retests": {item.name: item.retest_of for item in items if item.retest_of is not None},
            "columns_unread": len(table.unread),
        },
        "identity": {
            name: {"known": sum(value is not None for value in told)} for name, told in everybody.facts.items()
        },
        "missing": {
            "share": round(float(np.mean(list(share.values()))), 4) if share else 0.0,
            "by_question": {name: missing for name, missing in share.items() if missing},
            "unknown_values": dict(everybody.unknown),
        },
        "constructs": {name: _summary(construct) for name, construct in constructs.items()},
        "notes": _notes(everybody, constructs, contradicted),
    }


def _summary(construct: Construct) -> dict[str, Any]:
    known = construct.score[np.isfinite(construct.score)]
    return {
        "items": len(construct.items),
        "people": int(known.size),
        "mean": round(float(known.mean()), 4) if known.size else None,
        "sd": round(float(known.std()), 4) if known.size else None,
        "alpha": None if construct.alpha is None else round(construct.alpha, 4),
    }


def _notes(everybody: Answers, constructs: Mapping[str, Construct], contradicted: list[str]) -> list[str]:
    notes = []
    meant = dict.fromkeys(item.measures for item in everybody.items if item.measures is not None)
    notes += [f"{name}: all its items are held out" for name in meant if name not in constructs]
    for name, construct in constructs.items():
        if construct.alpha is not None and construct.alpha < 0.5:
            notes.append(f"{name}: the items hardly agree (alpha {construct.alpha:.2f}). Are the reversed ones marked?")
        elif construct.alpha is None:
            notes.append(f"{name}: no reliability can be told of {len(construct.items)} item(s)")
    likert = [at for at, item in enumerate(everybody.items) if item.shown and item.kind == "likert"]
    turned = {everybody.items[at].reversed for at in likert if everybody.items[at].measures is not None}
    if len(likert) >= SHORT_SURVEY and len(turned) == 2:
        told = everybody.values[:, likert]
        most, least = np.nan_to_num(told, nan=-np.inf).max(axis=1), np.nan_to_num(told, nan=np.inf).min(axis=1)
        same = int((most == least).sum())
        if same:
            notes.append(
                f"{same:,} people gave the same answer to all {len(likert)} questions on a scale; they are kept"
            )
    if contradicted:
        notes.append(f"{len(contradicted):,} people state an age and an occupation that cannot be; their age was kept")
    return notes
