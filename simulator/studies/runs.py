"""Runs from Python: `simulator.run(…)` lives one, `simulator.open(…)` reads one.

    import simulator

    run = simulator.run("quickstart", users=200)
    run.summary["comparisons"]
    run.events.to_pandas()

Both work where an event loop is running already, as in a notebook.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from scenarios.loader import check, load_scenario
from scenarios.overrides import OverrideError, apply_override, parse_override
from scenarios.schema import Scenario
from simulator.evaluation.reading.run import Run
from simulator.experiment.folder import free_folder
from simulator.listener import Listener
from simulator.records import UserInputError
from simulator.studies import ab


class RunFailedError(RuntimeError):
    """A run that did not come to its answer; the message says why and how it goes on."""

    def __init__(self, message: str, *, status: int, run: Run) -> None:
        super().__init__(message)
        self.status = status
        """1 failed, 3 stopped by its budget: the exit status of the command."""
        self.run = run
        """What there is of it."""


def open(run: str | PathLike[str]) -> Run:  # noqa: A001 - it is `simulator.open`
    """The run in a folder, finished or not. Raises UserInputError if the folder holds none."""
    return Run(Path(run))


def run(
    scenario: str | PathLike[str] | Mapping[str, Any],
    out: str | PathLike[str] | None = None,
    *,
    workers: int = 1,
    overrides: Sequence[str] = (),
    users: int | None = None,
    seed: int | None = None,
    listener: Listener | None = None,
    data_dir: str | PathLike[str] | None = None,
) -> Run:
    """Live a scenario and open its run: what `understudy run` does.

    `scenario` is a file, the name of one that ships, or its plain values (paths in them start at the working folder).
    `out` is a folder that is empty or not there yet; None: `runs/NAME-TIME`. `overrides` are texts such as
    `world.turns=5`; `users` and `seed` set the population's size and the seed.

    Raises:
        UserInputError: something is wrong with the scenario, the data or a plug-in, and nothing was lived.
        RunFailedError: the run failed or its budget stopped it; nothing committed is lost.
    """
    if workers < 1:
        raise UserInputError(f"workers: {workers} is too few. Give 1 or more")
    loaded = _loaded(scenario, overrides, users, seed)
    folder = free_folder(loaded.name if isinstance(scenario, Mapping) else str(scenario)) if out is None else Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserInputError(f"out: there is something at {folder} already, and nothing is overwritten. Name another")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # a library's progress bars, which nobody will see
        outcome = ab.run(
            loaded,
            folder,
            workers=workers,
            listener=listener,
            command=["simulator.run"],
            data_dir=None if data_dir is None else Path(data_dir),
        )
    lived = Run(outcome.folder)
    if outcome.status != ab.DONE:
        raise RunFailedError(outcome.message or "the run failed", status=outcome.status, run=lived)
    return lived


def _loaded(
    scenario: str | PathLike[str] | Mapping[str, Any], overrides: Sequence[str], users: int | None, seed: int | None
) -> Scenario:
    if not isinstance(scenario, Mapping):
        return load_scenario(str(scenario), overrides=overrides, users=users, seed=seed)
    values: dict[str, Any] = copy.deepcopy(dict(scenario))
    numbers = (("population.size", users), ("seed", seed))
    for text in [*overrides, *(f"{field}={number}" for field, number in numbers if number is not None)]:
        try:
            apply_override(values, *parse_override(text))
        except OverrideError as problem:
            name = text.partition("=")[0]  # a value may be a key
            raise UserInputError(f"overrides: {name[:80]}: {problem}") from None
    return check({"name": "scenario"} | values, file="scenario", base_dir=Path.cwd())
