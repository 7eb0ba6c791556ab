"""What one person lived in a run, up to a turn, as the pages that their life there is made again from.

The state of a person is a function of their pages (`simulator.state`), and so is what they remember and what the
platform knows of them. So the pages of a journal, applied in their order, make the very person that the run had after
that turn, also where a language model answered for them: nobody is asked again. A run that goes on, or that was
stopped, is read up to its last committed turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.loader import load_scenario
from scenarios.schema import Scenario
from simulator.evaluation.reading.journal import ALL, Journal
from simulator.experiment.folder import RunFolder
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.journal_pages import Rows, Turns, pages_of

if TYPE_CHECKING:
    import duckdb

_ROWS = "select * from event where user_id = $user and turn <= $turn order by turn, position"
_MEMORIES = "select * from memory where user_id = $user and turn <= $turn"
_BUSIEST = """
select user_id::varchar from event where turn <= $turn group by user_id
order by count(distinct turn) desc, user_id limit 1
"""
_BLOCK = "select block from people where user_id = ?"


@dataclass(frozen=True, eq=False, kw_only=True)
class Past:
    """One person of one world of a run, and all that they lived there up to a turn."""

    run: Path
    arm: str
    seed: int
    mind: str
    user_id: str
    turn: int
    """The last turn that is over, whether or not they were there in it; -1: none is."""
    rows: Rows
    """Their rows of the journal, by turn and place."""
    noted: Rows
    """Their rows of the table of memories."""
    turns: Turns
    """Their pages, oldest first, each of one person in row 0, items as rows of the catalogue that it was read with."""


def scenario_of(run: Path) -> Scenario:
    """The scenario that a run was started with, every default written out. Raises UserInputError."""
    return load_scenario(str(RunFolder.open(run).scenario))


def read_past(
    run: Path,
    catalog: Catalog,
    *,
    user: str | None = None,
    turn: int | None = None,
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
) -> Past:
    """A person's pages in a run, whether it is finished, goes on or was stopped.

    Unless chosen, the world is the control's, the first seed's and the named mind's, the person is the one with the
    most pages there, and the last turn is the last one that is committed. `catalog`: of the data that the run was lived
    on.

    Raises:
        UserInputError: the run has no such person, world or turn, or its data is another than `catalog`.
    """
    journal, plan = Journal.open(run), scenario_of(run).world
    parts = journal.chosen(arm=arm, seed=seed, mind=mind)  # refuses names that the run does not have
    if mind == ALL or (mind is not None and mind != journal.minds[0]):
        raise UserInputError(
            f"--mind {mind[:80]}: people are met with the mind that the run names, {journal.minds[0]}; the others are "
            "there to weigh its answer. Leave --mind out"
        )
    arm = arm or next(iter(journal.arms), "")
    seed = next(iter(journal.seeds), 0) if seed is None else seed
    parts = tuple(part for part in parts if (part.arm, part.seed) == (arm, seed))
    if not parts:
        gaps = " ".join(journal.gaps(arm=arm or None, seed=seed))
        raise UserInputError(f"{run}: nobody is to be met there yet. {gaps}".rstrip())
    if turn is not None and not -1 <= turn < plan.turns:
        raise UserInputError(
            f"--turn {turn}: the turns of {run} are 0 to {plan.turns - 1}. Name one of them, or none for the last"
        )
    until = plan.turns - 1 if turn is None else turn
    with journal.session(parts) as db:
        if user is None:
            found = db.execute(_BUSIEST, {"turn": plan.turns}).fetchone()
            if found is None:
                raise UserInputError(f"{run}: nobody has lived a page in arm {arm}, seed {seed}. Name another --arm")
            user = str(found[0])
        journal.require_person(db, user)
        block = int((db.execute(_BLOCK, [user]).fetchone() or (0,))[0])
        values = {"user": user, "turn": until}
        rows = _rows(db, _ROWS, values)
        noted = _rows(db, _MEMORIES, values)
    part = next((part for part in parts if part.block == block), None)
    last = -1 if part is None else (journal.lived_turns(part) if part.living else plan.turns) - 1
    if turn is not None and turn > last:
        raise UserInputError(
            f"--turn {turn}: in arm {arm}, seed {seed}, {user[:80]} has lived up to turn {last} by now. Name an "
            f"earlier turn, or finish the run: understudy resume {run}"
        )
    return Past(
        run=run,
        arm=arm,
        seed=seed,
        mind=journal.minds[0],
        user_id=user,
        turn=min(until, last),
        rows=rows,
        noted=noted,
        turns=pages_of(rows, noted, slate_size=plan.slate_size, row_of=catalog.row_of, where=str(run)),
    )


def _rows(db: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer as one mapping a row, every number as it is."""
    answer = db.execute(sql, dict(values))
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
