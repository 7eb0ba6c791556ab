"""The people of a run as arrays: every metric of every person in every arm, under every mind.

One pass over the journal sums each person's impressions, pages and sessions (in DuckDB; the rows never reach Python);
what is left is one number a person, seed and metric, on which the statistics work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.evaluation import statistics
from simulator.evaluation.coverage import GROUPS, leave_one_out
from simulator.evaluation.events import PAIR, TURNS, cells, columns, open_events, readable
from simulator.evaluation.identities import check_sums
from simulator.evaluation.metrics import PERSON_METRICS, REGRET, RETURN_WITHIN_S
from simulator.evaluation.run_data import RunData
from simulator.evaluation.statistics import F64, UNDEFINED, Estimate
from simulator.evaluation.testimony import Testimony, read_testimony

if TYPE_CHECKING:
    import duckdb

Bools = npt.NDArray[np.bool_]

_SUMS = f"""
with page as (
    select page_no, any_value(session) as session, count(item_no) as impressions,
           sum(clicked::integer) as clicks, sum(dwell_s) as dwell, any_value(satisfaction) as satisfaction,
           count(rating) filter (clicked) as rated,
           count(*) filter (clicked and rating <= {REGRET} * (select rating_unit from scale)) as regrets,
           bool_or("left") as "left", any_value(return_gap_s) as gap, sum(bits) as bits,
           sum(chance) as chance, count(chance) as judged, count(held.pair) filter (chance is not null) as hits
    from impression left join held on held.pair = impression.user_no * {PAIR} + impression.item_no
    group by page_no)
select page_no // {TURNS} as visitor_no, count(*) as pages, count(distinct session) as sessions,
       sum(impressions) as impressions, sum(clicks) as clicks, sum(dwell) as dwell,
       sum(satisfaction) as satisfaction, count(satisfaction) as felt,
       count(*) filter ("left") as ended, count(gap) as gaps,
       count(*) filter ("left" and gap <= {RETURN_WITHIN_S}) as returns,
       sum(rated) as rated, sum(regrets) as regrets,
       sum(bits) as bits, sum(chance) as chance, sum(judged) as judged, sum(hits) as hits
from page group by visitor_no
"""

_DISTANCES = f"""
with shares as (
    select page_no * (select count(distinct category_no) + 1 from category) + category_no as share_no,
           any_value(page_no) as page_no, sum(weight) as weight, sum(weight * weight) as norm
    from impression join category using (item_no) group by share_no),
page as (
    select page_no, round(sum(norm)) as items, sum(weight * weight) as squares from shares group by page_no)
select page_no // {TURNS} as visitor_no, count(*) as mixed,
       sum(exact(greatest(0.0, 1 - (squares - items) / (items * (items - 1))))) as distance
from page where items > 1 group by visitor_no
"""
# Unit vectors v of a page's n items: the sum of v_i . v_j over i != j is |sum v|^2 - n, so no pair is ever formed.

_SHOWN = """
with item_of_cell as (
    select cell_no, item_no, min(jack) as low, max(jack) as high
    from impression where item_no is not null {where} group by cell_no, item_no)
select cell_no, case when low = high then low else -1 end as jack, count(*) as items
from item_of_cell group by 1, 2
"""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Per-person values of one run. Rows are the people in id order."""

    data: RunData
    user_ids: npt.NDArray[np.str_]
    clusters: npt.NDArray[np.str_]
    ensemble: Bools
    """The people before whom every mind of the ensemble ran. (n,)."""
    values: dict[tuple[str, str], dict[str, F64]]
    """By (arm, mind), then by name (the person metrics and `hit_rate`): (n, n_seeds), NaN where undefined."""
    covered: dict[tuple[str, str, bool], F64]
    """By (arm, mind, ensemble's people only): leave-one-out coverage, averaged over seeds. (1 + GROUPS,)."""
    testimony: Testimony | None = None
    """What people said in words and where their model failed; None where nobody said anything."""

    @classmethod
    def read(cls, data: RunData) -> Crowd:
        """Sum the journal of a run. Raises UserInputError if a file of it is damaged."""
        with readable(data.folder), open_events(data) as db:
            people = db.execute("select user_id, cluster_id, ensemble, jack from person order by user_no").fetchnumpy()
            ensemble = np.asarray(people["ensemble"], dtype=np.bool_)
            sums = _sums(db, data, ensemble.size)
            held = db.execute(f"select distinct pair // {PAIR} as user_no from held").fetchnumpy()["user_no"]
            covered: dict[tuple[str, str, bool], F64] = {}
            for only_ensemble in (False, True):
                members = ensemble if only_ensemble else np.ones_like(ensemble)
                covered |= _coverage(db, data, sums, np.asarray(people["jack"], dtype=np.int64), members, only_ensemble)
            testimony = read_testimony(db, data, ensemble.size)
        check_sums(sums)
        has_held_out = np.zeros(ensemble.size, dtype=np.bool_)
        has_held_out[held.astype(np.int64)] = True
        values = {key: _ratios(of_cell) for key, of_cell in sums.items()}
        for of_cell in values.values():  # whoever has nothing held out cannot be hit: no evidence, and no miss
            of_cell["hit_rate"][~has_held_out] = np.nan
        return cls(
            data=data,
            user_ids=people["user_id"].astype(np.str_),
            clusters=people["cluster_id"].astype(np.str_),
            ensemble=ensemble,
            values=values,
            covered=covered,
            testimony=testimony,
        )

    @property
    def calibrated(self) -> bool:
        """Whether the named mind says how likely a held-out choice is (it has a taste)."""
        return any(np.isfinite(self.values[arm, self.data.mind]["want"]).any() for arm in self.data.arms)

    def of(self, arm: str, metric: str, mind: str | None = None, *, ensemble: bool = False) -> F64:
        """The values of people, all of them or NaN outside the ensemble's. (n, n_seeds)."""
        values = self.values[arm, mind or self.data.mind][metric]
        return np.where(self.ensemble[:, None], values, np.nan) if ensemble else values

    def among(self, people: Bools) -> Crowd:
        """The same crowd with the person metrics of these people only. `people` (n,)."""
        values = {
            key: {name: np.where(people[:, None], column, np.nan) for name, column in table.items()}
            for key, table in self.values.items()
        }
        return replace(self, values=values)

    def mean(self, arm: str, metric: str, mind: str | None = None, *, ensemble: bool = False) -> Estimate:
        """The metric of an arm."""
        if metric == "coverage":
            return self._coverage_of((arm,), mind, ensemble)
        return statistics.mean(self.of(arm, metric, mind, ensemble=ensemble), self.clusters)

    def paired(self, control: str, treatment: str) -> bool:
        """Whether both arms met the same people with the same luck: at least half of the smaller arm's cells."""
        seen = [np.isfinite(self.of(arm, "novelty")) for arm in (control, treatment)]
        return bool(2 * (seen[0] & seen[1]).sum() >= max(1, min(cells.sum() for cells in seen)))

    def contrast(self, control: str, treatment: str, of_control: F64, of_treatment: F64) -> Estimate:
        """Mean of one arm's values minus the other's: on the people they share, or of independent means (Welch)."""
        if self.paired(control, treatment):
            return statistics.paired(of_control, of_treatment, self.clusters)
        means = (statistics.mean(values, self.clusters) for values in (of_control, of_treatment))
        return statistics.unpaired(*means)

    def difference(
        self, control: str, treatment: str, metric: str, mind: str | None = None, *, ensemble: bool = False
    ) -> Estimate:
        """Treatment minus control."""
        if metric == "coverage":
            if self.paired(control, treatment):
                return self._coverage_of((treatment, control), mind, ensemble)
            return statistics.unpaired(*(self._coverage_of((arm,), mind, ensemble) for arm in (control, treatment)))
        pair = (self.of(arm, metric, mind, ensemble=ensemble) for arm in (control, treatment))
        return self.contrast(control, treatment, *pair)

    def _coverage_of(self, arms: tuple[str, ...], mind: str | None, ensemble: bool) -> Estimate:
        """Of one arm, or of the first minus the second: the same groups are left out on both sides."""
        named = mind or self.data.mind
        first, *rest = (self.covered[arm, named, ensemble] for arm in arms)
        seen = [np.isfinite(self.of(arm, "novelty", mind, ensemble=ensemble)).any(axis=1) for arm in arms]
        n = int(np.logical_and.reduce(seen).sum())
        return statistics.jackknife(first - rest[0] if rest else first, n) if n else UNDEFINED


def _sums(db: duckdb.DuckDBPyConnection, data: RunData, n_people: int) -> dict[tuple[str, str], dict[str, F64]]:
    """Every sum of `_SUMS` and `_DISTANCES` as (n_people, n_seeds) by (arm, mind); 0 for a person with no page."""
    shape = (len(cells(data)), n_people)
    dense: dict[str, F64] = {}
    for answer in (columns(db, _SUMS), columns(db, _DISTANCES)):
        at = np.divmod(answer.pop("visitor_no").astype(np.int64), n_people)
        for name, column in answer.items():
            dense[name] = np.zeros(shape)
            dense[name][at] = column
    # A column that nobody filled was not measured; a person without dwell had none.
    for name, witness in (("dwell", "dwell"), ("clicks", "clicks"), ("ended", "gaps")):
        measured = bool(np.isfinite(dense[witness]).any()) and (witness != "gaps" or dense[witness].any())
        dense[name] = np.nan_to_num(dense[name]) if measured else np.full(shape, np.nan)
    rows = {cell: row for row, cell in enumerate(cells(data))}
    return {
        (arm, mind): {
            name: np.stack([table[rows[arm, seed, mind]] for seed in data.seeds], axis=1)
            for name, table in dense.items()
        }
        for arm in data.arms
        for mind in data.minds
    }


def _ratios(sums: dict[str, F64]) -> dict[str, F64]:
    """The person metrics and the hit rate on V; NaN where nothing was counted. Each (n_people, n_seeds)."""
    pairs = {metric.name: (metric.numerator, metric.denominator) for metric in PERSON_METRICS}
    pairs["hit_rate"] = ("hits", "judged")
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            name: np.where(sums[below] > 0, sums[above] / sums[below], np.nan) for name, (above, below) in pairs.items()
        }


def _coverage(
    db: duckdb.DuckDBPyConnection,
    data: RunData,
    sums: dict[tuple[str, str], dict[str, F64]],
    jack: npt.NDArray[np.int64],
    members: Bools,
    only_ensemble: bool,
) -> dict[tuple[str, str, bool], F64]:
    """Leave-one-out coverage by (arm, mind, only_ensemble), of the people who are `members`."""
    answer = db.execute(_SHOWN.format(where="and ensemble" if only_ensemble else "")).fetchnumpy()
    counts = np.zeros((len(cells(data)), 1 + GROUPS), dtype=np.int64)
    counts[answer["cell_no"].astype(np.int64), 1 + answer["jack"].astype(np.int64)] = answer["items"]
    rows = {cell: row for row, cell in enumerate(cells(data))}
    out: dict[tuple[str, str, bool], F64] = {}
    for arm in data.arms:
        for mind in data.minds:
            of_seeds = []
            for s, seed in enumerate(data.seeds):
                of_cell = counts[rows[arm, seed, mind]]
                seen = members & (sums[arm, mind]["impressions"][:, s] > 0)
                present = np.bincount(jack[seen], minlength=GROUPS) > 0
                if present.any():
                    of_seeds.append(leave_one_out(int(of_cell.sum()), of_cell[1:], present, data.catalog_size))
            out[arm, mind, only_ensemble] = np.mean(of_seeds, axis=0) if of_seeds else np.full(1 + GROUPS, np.nan)
    return out
