"""The offline half: each recommender is fitted on what is not held out, judged by what is, and timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from recommenders.composition import walk
from recommenders.contract import Recommender
from recommenders.host import Host
from recommenders.remote.base import Remote
from simulator.datasets import Dataset, people_with_complete_times
from simulator.evaluation.cost import measure_cost, timed_fit
from simulator.evaluation.offline.blind import BlindTest, blind_test
from simulator.evaluation.offline.leakage import leakage
from simulator.evaluation.offline.rank import rank
from simulator.evaluation.offline.splits import Holdout, Scheme, hold_out
from simulator.evaluation.offline.table import (
    Measured,
    difference_table,
    measure,
    offline_table,
    paired_differences,
)
from simulator.evaluation.summary import plain
from simulator.experiment.casting import make_host
from simulator.experiment.plan import Arm, Plan
from simulator.listener import Listener
from simulator.records import InteractionLog, SplitLog, UserInputError
from simulator.studies.evaluate.question import Question

CUTOFFS = (10, 20)
MOST_BLIND_FIT_S = 60.0
"""A plug-in whose fit takes longer is not fitted once more to see whether it knows people by their ids."""


@dataclass(frozen=True, kw_only=True)
class Offline:
    """What was found, as JSON has it."""

    split: Mapping[str, Any]
    """How the log was split, what leaks, and whether the plug-in knew people from elsewhere."""
    tables: Mapping[str, Mapping[str, Any]]
    """By arm, then by metric: {value, ci, n}."""
    differences: tuple[Mapping[str, Any], ...]
    """The candidate minus each baseline: {metric, control, treatment, difference, ci, p_value, n_users}."""
    cost: Mapping[str, Mapping[str, Any]]
    """By arm: `Cost`."""

    def as_json(self) -> dict[str, Any]:
        """The fields, for the file that a study goes on from."""
        return {
            "split": self.split, "tables": self.tables, "differences": list(self.differences), "cost": self.cost,
        }  # fmt: skip


def measure_offline(
    asked: Question, plan: Plan, dataset: Dataset, split: SplitLog, scheme: Scheme, listener: Listener
) -> Offline:
    """Fit, rank, judge and time every arm on the dataset's log. Raises PluginError for a breach of the contract."""
    listener.phase("hold out", "a tenth of the choices")
    log, left_out = _log_of(split, scheme)
    holdout = hold_out(log, scheme=scheme, salt=dataset.name)
    measured: dict[str, Measured] = {}
    cost: dict[str, Mapping[str, Any]] = {}
    blind: BlindTest | None = None
    unknown: list[str] = []
    for name in (*asked.baselines, asked.candidate):
        arm = plan.arm(name)
        listener.phase("offline", name)
        with closing(make_host(plan, arm, listener.notice)) as host:
            fitted = timed_fit(host, holdout.train)
            rankings = rank(host, holdout, max(CUTOFFS), seed=plan.seed)
            measured[name] = measure(rankings, holdout, cutoffs=CUTOFFS)
            taken = measure_cost(host, holdout.train, k=plan.slate_size, fitted=fitted, seed=plan.seed)
            cost[name] = taken.as_json()
            by_itself, elsewhere = not host.built_in, fitted_elsewhere(host)
        if elsewhere:
            unknown.append(name)
        if name == asked.candidate and by_itself and fitted.seconds <= MOST_BLIND_FIT_S:
            listener.phase("offline", f"{name}, with everybody's id changed")
            blind = blind_test(partial(_unfitted, plan, arm), rankings, holdout, seed=plan.seed)
    level = plan.confidence
    return Offline(
        split=_split(holdout, blind, left_out, unknown),
        tables={name: offline_table(one, level) for name, one in measured.items()},
        differences=tuple(
            {
                "metric": metric,
                "control": baseline,
                "treatment": asked.candidate,
                "difference": row["difference"],
                "ci": row["ci"],
                "p_value": row["p_value"],
                "n_users": row["n"],
            }
            for baseline in asked.baselines
            for metric, row in difference_table(
                paired_differences(measured[baseline], measured[asked.candidate]), level
            ).items()
            if row["difference"] is not None
        ),
        cost=cost,
    )


def fitted_elsewhere(host: Host) -> bool:
    """Whether a part of it learns nothing from `fit`, because it comes as it is."""
    return any(isinstance(part, Remote) and not part.fits for part in walk(host.recommender))


def _unfitted(plan: Plan, arm: Arm) -> Recommender:
    return make_host(plan, arm).recommender


def _log_of(split: SplitLog, scheme: Scheme) -> tuple[InteractionLog, int]:
    """The log to judge by, and how many people it leaves out: one moment for all wants everybody's times."""
    known = split.log.complete_times()
    if scheme == "per_user" or bool(known.all()):
        return split.log, 0
    if not bool(known.any()):
        raise UserInputError(
            "--split global-time: nobody's times are all known, so no moment divides the log. Use --split per-user, or "
            "name the column of times (--columns time=COLUMN)"
        )
    return people_with_complete_times(split.log), int((~known).sum())


def _split(holdout: Holdout, blind: BlindTest | None, left_out: int, elsewhere: Sequence[str]) -> dict[str, Any]:
    found = leakage(holdout).as_json()
    notes = [holdout.why, *found.pop("notes")]
    if left_out:
        notes.insert(1, f"{left_out:,} people whose times are not all known are left out.")
    notes = [
        *(
            f"{name} was fitted elsewhere, on what is not known here. It may have learnt from what is held out: its "
            "accuracy is an upper bound."
            for name in elsewhere
        ),
        *notes,
    ]
    if blind is not None and blind.knows_people:
        notes.insert(0, blind.note)
    return {
        "scheme": holdout.scheme,
        "order": holdout.order,
        "share": holdout.share,
        "people": int(holdout.people.size),
        "held_out": len(holdout.test),
        "leakage": found,
        "fitted_elsewhere": list(elsewhere),
        "knows_people_by_id": None if blind is None else blind.knows_people,
        "loss_with_new_ids": None if blind is None else plain(blind.loss.value),
        "notes": notes,
    }
