"""Identities that every table must keep, checked on our own tables: what breaks one is refused and never printed.

Published tables in this field break them (an accuracy and a recall that no precision fits, an RMSE below what integer
answers allow), and each time an evaluator had counted something wrongly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.statistics import F64

_PARTS = (
    ("clicks", "impressions"),
    ("judged", "impressions"),
    ("hits", "judged"),
    ("chance", "judged"),
    ("regrets", "rated"),
    ("returns", "ended"),
    ("ended", "pages"),
    ("sessions", "pages"),
    ("mixed", "pages"),
)


class BrokenIdentityError(ArithmeticError):
    """A table contradicts itself: a fault of the program or of the journal, not of the user."""


def check_sums(sums: Mapping[tuple[str, str], Mapping[str, F64]]) -> None:
    """In nobody's sums may a part exceed its whole.

    Raises:
        BrokenIdentityError: naming the arm, the mind and the two sums.
    """
    for (arm, mind), of_cell in sums.items():
        for part, whole in _PARTS:
            if bool(np.any(of_cell[part] > of_cell[whole] + 1e-6)):
                raise BrokenIdentityError(f"arm {arm!r}, mind {mind!r}: somebody has more {part} than {whole}")


def check_summary(summary: Mapping[str, Any]) -> None:
    """The tables of a summary must agree with themselves and with each other.

    Raises:
        BrokenIdentityError: naming the table and what it contradicts.
    """
    arms = summary["arms"]
    for arm, metrics in arms.items():
        for name, cell in metrics.items():
            where = f"{name} of arm {arm!r}"
            _check_inside(where, cell["mean"], cell["ci"])
            low, high = BY_NAME[name].bounds
            if cell["mean"] is not None and not low - 1e-6 <= cell["mean"] <= high + 1e-6:
                raise BrokenIdentityError(f"{where} is {cell['mean']}, outside [{low}, {high}]")
    for row in summary["comparisons"]:
        where = f"{row['metric']} of {row['treatment']!r} against {row['control']!r}"
        _check_inside(where, row["difference"], row["ci"])
        _check_p_value(where, row, 1 - summary["confidence"])
        control, treatment = (arms[row[side]][row["metric"]] for side in ("control", "treatment"))
        # With several seeds equal numbers of people may still hide other seeds in which they were seen.
        one_seed = not isinstance(summary.get("seed"), list)
        same_people = one_seed and row["n_users"] == control["n_users"] == treatment["n_users"]
        if same_people and not _is_difference(row["difference"], treatment["mean"], control["mean"]):
            raise BrokenIdentityError(f"{where}: the mean of the differences is not the difference of the means")
    for arm, row in summary["slate_calibration"].items():
        _check_inside(f"slate calibration of arm {arm!r}", row["residual"], row["ci"])
        if not _is_difference(row["residual"], row["predicted"], row["real"]):
            raise BrokenIdentityError(f"slate calibration of arm {arm!r}: residual is not predicted - real")
    _check_failures(summary.get("failures") or {})


def _check_failures(table: Mapping[str, Any]) -> None:
    for where, one in [("all arms", table), *table.get("arms", {}).items()] if table else []:
        if not one["failed"] <= one["asked"]:
            raise BrokenIdentityError(f"failures of {where}: {one['failed']} pages of {one['asked']} failed")
        if sum(one["by_kind"].values()) != one["failed"]:
            raise BrokenIdentityError(f"failures of {where}: the kinds do not add up to {one['failed']}")


def _check_inside(where: str, value: float | None, ci: list[float | None]) -> None:
    low, high = ci
    if value is None or low is None or high is None:
        return
    if not low - _slack(value) <= value <= high + _slack(value):
        raise BrokenIdentityError(f"{where}: {value} lies outside its interval {ci}")


def _check_p_value(where: str, row: Mapping[str, Any], alpha: float) -> None:
    low, high = row["ci"]
    if row["p_value"] is None or low is None or row["metric"] == "coverage":
        return
    if (row["p_value"] < alpha * (1 - 1e-6)) and low < -_slack(low) and high > _slack(high):
        raise BrokenIdentityError(f"{where}: p = {row['p_value']} but the interval {row['ci']} contains 0")


def _is_difference(difference: float, first: float, second: float) -> bool:
    """Whether `difference` is `first - second`, as far as the digits that a summary keeps can tell."""
    return math.isclose(difference, first - second, rel_tol=1e-6, abs_tol=_slack(max(abs(first), abs(second))) * 10)


def _slack(value: float) -> float:
    return 1e-9 * max(1.0, abs(value))
