"""`check`: a recommender in, a report out, whatever the recommender does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from recommenders.adapter import DuckTyped
from recommenders.conformance.bench import Bench
from recommenders.conformance.checks import CHECKS
from recommenders.conformance.engine import listening, run_checks
from recommenders.conformance.gathering import Gathering
from recommenders.conformance.made import Data, made_data
from recommenders.conformance.report import Report
from recommenders.contract import Recommender
from simulator.plugins import told
from simulator.records import Catalog, InteractionLog, UserInputError

TIMEOUT_S = 60.0
"""Seconds that one call may take, as in an arm that says nothing else."""
MOST_TIMEOUT_S = 86_400
"""A day, as in an arm; waits of many years overflow the clock."""


def check(
    recommender: str | type[Any] | Recommender,
    *,
    params: Mapping[str, Any] | None = None,
    python: str | None = None,
    folder: Path | None = None,
    timeout_s: float = TIMEOUT_S,
    data: tuple[str, Catalog, InteractionLog] | None = None,
    name: str | None = None,
    checks: Collection[str] | None = None,
) -> Report:
    """Try a recommender on made data against every line of the contract.

    `recommender` is what a scenario may say (the name of a built-in or of an entry point, ``module:Class``,
    ``path/file.py:Class`` relative to `folder`, a URL), or a class, or an instance that is not fitted yet. A name is
    checked in a process of its own, so that not even a crash harms the caller; classes and instances in this one.
    `timeout_s` holds for each call, `fit` too. `data` is a name, a catalogue and a log on which pages, time and memory
    are checked once more. `checks` leaves out all but those of `recommenders.conformance.checks.CHECKS`.

    Raises UserInputError where there is nothing to check: no such module, file or class, or params that do not fit.
    """
    names = [each.name for each in CHECKS] if checks is None else list(checks)
    if not 0 < timeout_s <= MOST_TIMEOUT_S:
        raise UserInputError(f"timeout_s must be above 0 and at most {MOST_TIMEOUT_S:,} seconds, not {timeout_s:g}")
    if isinstance(recommender, str):
        from recommenders.conformance.isolated import Order, check_elsewhere

        order = Order(recommender, dict(params or {}), python, folder, timeout_s)
        return check_elsewhere(order, data, names)
    if python is not None:
        raise UserInputError("python: only a recommender that is given by name can run in another interpreter")
    kind = recommender if isinstance(recommender, type) else type(recommender)
    gathering = Gathering(name or kind.__name__)
    with listening() as printed:
        for label, on in benches(data):
            wanted = [each.name for each in CHECKS if each.name in names and (not label or each.on_given_data)]
            bench = Bench(gathering.plugin, _maker(recommender, params), on, timeout_s=timeout_s, label=label)
            try:
                run_checks(bench, [n for n in wanted if n != "elsewhere"], gathering.hear, printed, leave_if_lost=False)
            finally:
                bench.close()
            if gathering.stopped:
                break
    return gathering.report()


def benches(data: tuple[str, Catalog, InteractionLog] | None) -> list[tuple[str, Data]]:
    """What to check on, and what each situation is called after: the made data, and a data set if one is named."""
    given = [] if data is None else [(f"{data[0]}: ", Data(data[1], data[2]))]
    return [("", made_data()), *given]


def _maker(recommender: type[Any] | Recommender, params: Mapping[str, Any] | None) -> Callable[[], Recommender]:
    if isinstance(recommender, type):
        kind, given = recommender, dict(params or {})
        return lambda: _as_recommender(kind(**given))
    if params:
        raise UserInputError("params: an instance has its params already; give the class, or leave params out")
    try:
        fresh = copy.deepcopy(recommender)
    except Exception as error:
        kind_name = type(recommender).__name__
        raise UserInputError(
            f"an instance of {kind_name} is copied, so that several can be fitted, and this one cannot be: "
            f"{told(error)}. Give the class and its params instead: check({kind_name}, params={{…}})"
        ) from None
    return lambda: _as_recommender(copy.deepcopy(fresh))


def _as_recommender(made: Any) -> Recommender:
    return made if isinstance(made, Recommender) else DuckTyped(made)
