"""Whom personas are inferred from: the people of a dataset, of a scenario's dataset, or of a run's journal.

What is held out of a dataset (V) is told to nobody, so that a persona can be judged by it. A journal holds nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from personas.estimation.demographics import age_of
from personas.sampling import TasteSource
from scenarios.loader import load_scenario, shipped_scenarios
from scenarios.mind_section import LANGUAGE_MINDS
from scenarios.schema import Scenario
from simulator.datasets.sources import NAMES, UnknownSourceError, source_named
from simulator.documents.fields import did_you_mean
from simulator.evaluation.observed_log import observed_log
from simulator.evaluation.run_data import read_manifest
from simulator.experiment.prepare import read_data
from simulator.listener import Listener, Silent
from simulator.llm.settings import LLMSettings
from simulator.records import PLATFORM, Catalog, InteractionLog, SplitLog, UserInputError
from simulator.studies.planning import plan_of

_BASE = "quickstart"
"""The shipped scenario whose dataset is replaced where a dataset alone is named."""
GENDERS = {"female": "female", "f": "female", "woman": "female", "male": "male", "m": "male", "man": "male"}


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonaSource:
    """A log, and the scenario that says how it is read and which model may be asked about its people."""

    name: str
    """For people: the dataset, or the run and its arm."""
    split: SplitLog
    scenario: Scenario
    simulated: bool = False
    """Whether the people are those of a run."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of it before a persona is believed."""
        if self.simulated:
            return ("These are simulated people: what is inferred is what a platform would have seen of them.",)
        share = 1 - len(self.log) / max(1, len(self.split.log))
        return (f"{share:.0%} of the log is held out and was not looked at, so that personas can be judged by it.",)

    @property
    def log(self) -> InteractionLog:
        """What is known: everything but V."""
        return self.split.known

    @property
    def catalog(self) -> Catalog:
        return self.split.catalog

    @cached_property
    def llm(self) -> LLMSettings:
        """The model to ask, of a source that was opened `with_model`."""
        settings = plan_of(self.scenario).llm
        if settings is None:
            raise ValueError("this source was opened without a model")
        return settings


def open_source(
    place: str,
    *,
    arm: str | None = None,
    overrides: Sequence[str] = (),
    with_model: bool = False,
    runs: bool = True,
    data_dir: Path | None = None,
    listener: Listener | None = None,
) -> PersonaSource:
    """The log of a dataset's name, a scenario, or a run folder.

    `overrides`: texts `path.to.field=value` for the scenario, or for `dataset` and `llm` where a dataset is named.
    `with_model`: whether `llm` will be asked for. `runs`: whether the people of a run will do. Raises UserInputError.
    """
    listener = listener or Silent()
    if _is_run(Path(place)):
        if not runs:
            raise UserInputError(f"{place}: these are simulated people. Name a dataset or a scenario")
        return _run(Path(place), arm, overrides, with_model, data_dir, listener)
    if arm is not None:
        raise UserInputError(f"--arm {arm}: {place[:200]} is no run, and only a run has arms. Leave it out")
    scenario = _scenario(place, overrides, with_model)
    _, split = read_data(plan_of(scenario), listener, scenario.where, data_dir)
    return PersonaSource(name=split.name, split=split, scenario=scenario)


def _run(
    folder: Path,
    arm: str | None,
    overrides: Sequence[str],
    with_model: bool,
    data_dir: Path | None,
    listener: Listener,
) -> PersonaSource:
    """The journal of a run, over the catalogue of its dataset; nothing of a journal is held out."""
    kept = read_manifest(folder).get("data_dir")
    scenario = _scenario(str(folder / "scenario.yaml"), overrides, with_model)
    place = data_dir or (None if kept is None else Path(kept))
    _, split = read_data(plan_of(scenario), listener, scenario.where, place)
    log = observed_log(folder, split.catalog, arm=arm)
    return PersonaSource(
        name=str(folder) if arm is None else f"{folder}, arm {arm}",
        split=SplitLog(folder.name, log, np.full(len(log), PLATFORM, dtype=np.uint8)),
        scenario=scenario,
        simulated=True,
    )


def taste_source(source: PersonaSource) -> TasteSource:
    """What the people of a log chose by category, an item of several counting in part for each; with age and gender
    where the log tells them. Raises UserInputError if its items have no categories."""
    names = source.catalog.category_names
    if not names:
        raise UserInputError(f"{source.name}: its items have no categories, so nobody's genres can be taken from it")
    held = source.catalog.categories > 0
    parts = held / np.maximum(1, held.sum(axis=1, keepdims=True))
    shares = np.asarray(source.log.matrix() @ parts, dtype=np.float64)
    facts = source.log.demographics
    gender, age = facts.get("gender"), facts.get("age")
    return TasteSource(
        names=names,
        shares=shares,
        gender=None if gender is None else np.array([GENDERS.get(each.strip().lower(), "") for each in gender]),
        age=None if age is None else np.array([_years(each) for each in age]),
        name=source.name,
    )


def _years(said: str) -> float:
    """An age, or the middle of its bracket; NaN for other words."""
    years = age_of(said)[0]
    return float("nan") if years is None else float(years)


def _is_run(folder: Path) -> bool:
    try:
        return (folder / "manifest.json").is_file()
    except OSError:
        return False


def _scenario(place: str, overrides: Sequence[str], with_model: bool) -> Scenario:
    """The scenario of that name, or one with that dataset; with a mind that asks the model if it will be asked."""
    if (dataset := _dataset_name(place)) is not None:
        asks = ["mind=llm"] if with_model else []
        return load_scenario(_BASE, overrides=[f"dataset.source={dataset}", *asks, *overrides])
    if not _may_be_scenario(place):
        near = did_you_mean(place, [*NAMES, *shipped_scenarios()]) or f" Datasets: {', '.join(NAMES)}"
        raise UserInputError(f"{place[:200]}: this is no dataset, scenario or run.{near}")
    plain = load_scenario(place)
    asks = ["mind.kind=llm"] if with_model and plain.mind.kind not in LANGUAGE_MINDS else []
    return load_scenario(place, overrides=[*asks, *overrides])


def _dataset_name(place: str) -> str | None:
    try:
        return None if Path(place).is_file() else source_named(place).name
    except (UnknownSourceError, OSError):
        return None


def _may_be_scenario(place: str) -> bool:
    try:
        return place in shipped_scenarios() or Path(place).exists()
    except OSError:
        return False
