"""What people said in words under the named mind, and the pages on which the model that speaks for them failed.

A page on which a call failed is no behaviour of a person: with the policy `fallback` another mind appraised it, with
`skip` nobody did. Both are counted here; pages that were skipped are in no metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.evaluation.run_data import RunData
from simulator.evaluation.statistics import F64

if TYPE_CHECKING:
    import duckdb

SAID = ("stated_satisfaction", "interview")
"""Answers in numbers: satisfaction with a page, 1-5, and with a visit at its end, 1-10."""

_ANYTHING = "select count(failure) + count(stated_satisfaction) + count(interview) + count(prompt_id) from event"

_PAGES = """
create or replace temp table said as
select cell_no, arm, user_no, event.turn, any_value(appraised_by) as source, any_value(failure) as failure,
       any_value(stated_satisfaction) as stated_satisfaction, any_value(interview) as interview
from event join cell using (arm, seed, mind) join person using (user_id)
where mind = $mind group by cell_no, arm, user_no, event.turn
"""

_ARMS = """
select arm, count(*) filter (source in ('llm', 'fallback', 'skipped')) as asked,
       count(*) filter (source = 'fallback') as fallback, count(*) filter (source = 'skipped') as skipped
from said group by arm
"""

_KINDS = (
    "select arm, coalesce(failure, 'unknown') as kind, count(*) from said where {failed} group by 1, 2 order by 1, 2"
)
_FAILED = "(failure is not null or source in ('fallback', 'skipped'))"


@dataclass(frozen=True, slots=True)
class Asked:
    """The pages of one arm about which a model was asked."""

    pages: int
    fallback: int
    skipped: int
    by_kind: Mapping[str, int]
    """Failed pages by the kind of failure."""

    @property
    def failed(self) -> int:
        return sum(self.by_kind.values())


@dataclass(frozen=True, eq=False)
class Testimony:
    """Of all people of a run, in id order."""

    asked: Mapping[str, Asked]
    """By arm."""
    failed: Mapping[str, F64]
    """By arm: failed pages of each person, over all seeds. (n,)."""
    said: Mapping[tuple[str, str], F64]
    """By (arm, name of `SAID`): mean of what each person said, NaN for nothing. (n, n_seeds)."""
    prompts: tuple[str, ...]
    """Ids of the prompts that were asked with, in order."""


def read_testimony(db: duckdb.DuckDBPyConnection, data: RunData, n_people: int) -> Testimony | None:
    """Read it from a session of `open_events`; None where nobody said anything and nothing failed."""
    if not (db.execute(_ANYTHING).fetchone() or (0,))[0]:
        return None
    db.execute(_PAGES, {"mind": data.mind})
    kinds: dict[str, dict[str, int]] = {arm: {} for arm in data.arms}
    for arm, kind, number in db.execute(_KINDS.format(failed=_FAILED)).fetchall():
        kinds[str(arm)][str(kind)] = int(number)
    counts = {str(arm): tuple(map(int, numbers)) for arm, *numbers in db.execute(_ARMS).fetchall()}
    prompts = db.execute("select distinct prompt_id from event where prompt_id is not null order by 1").fetchall()
    return Testimony(
        asked={arm: _asked(counts.get(arm, (0, 0, 0)), kinds[arm]) for arm in data.arms},
        failed=_failed(db, data, n_people),
        said=_said(db, data, n_people),
        prompts=tuple(str(row[0]) for row in prompts),
    )


def _asked(counts: Sequence[int], by_kind: Mapping[str, int]) -> Asked:
    pages, fallback, skipped = counts
    return Asked(pages, fallback, skipped, by_kind)


def _failed(db: duckdb.DuckDBPyConnection, data: RunData, n_people: int) -> dict[str, F64]:
    found = {arm: np.zeros(n_people) for arm in data.arms}
    rows = db.execute(f"select arm, user_no, count(*) from said where {_FAILED} group by 1, 2").fetchall()
    for arm, user_no, number in rows:
        found[str(arm)][int(user_no)] = number
    return found


def _said(db: duckdb.DuckDBPyConnection, data: RunData, n_people: int) -> dict[tuple[str, str], F64]:
    found = {(arm, name): np.full((n_people, len(data.seeds)), np.nan) for arm in data.arms for name in SAID}
    means = ", ".join(f"avg({name}) as {name}" for name in SAID)
    rows = db.execute(
        f"select cell.arm, cell.seed, user_no, {means} from said join cell using (cell_no) "
        "where source is distinct from 'skipped' group by 1, 2, 3"
    ).fetchall()
    column = {seed: nth for nth, seed in enumerate(data.seeds)}
    for arm, seed, user_no, *values in rows:
        for name, value in zip(SAID, values, strict=True):
            found[str(arm), name][int(user_no), column[int(seed)]] = np.nan if value is None else value
    return found
