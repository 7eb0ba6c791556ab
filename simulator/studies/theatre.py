"""What all worlds have in common that are lived apart from a run: a scenario's data, people, laws and fitted minds.

Made of the pieces that a run is made of, in the same order, but for the recommenders: pages are given from outside, by
an agent (`simulator.studies.gym`) or by hand (`simulator.studies.solo`). What is fitted lies in a scratch folder that
goes with the theatre; of a run that was lived already, it is taken from there.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any, cast

from threadpoolctl import OpenBLASController, ThreadpoolController

from recommenders.contract import RequestBatch, SlateBatch
from recommenders.host import Host
from scenarios.loader import check, load_scenario
from scenarios.resolved import dump_resolved
from scenarios.schema import Scenario
from simulator.experiment.company import Company
from simulator.experiment.folder import RunFolder
from simulator.experiment.language import Language
from simulator.experiment.opening import check_settings, open_language, reach_model
from simulator.experiment.prepare import fit_minds, make_stage, placed, read_data, read_laws, read_mind, read_people
from simulator.experiment.stage import Stage
from simulator.experiment.warmup import warm_up
from simulator.journal.parts import PartKey
from simulator.listener import Listener, Silent
from simulator.minds.loading import is_built_in
from simulator.minds.loop import MindLoop
from simulator.minds.stack import TasteStack
from simulator.population import Population
from simulator.records import I32, InteractionLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.turn import Page
from simulator.world import World

AnyScenario = str | Mapping[str, Any] | Scenario
AGENT = "agent"
"""The name of the arm whose pages are given from outside."""


class Theatre:
    """Where worlds are staged. `kept`: a run of the same scenario, whose fitted models serve as far as it has them.

    Its minds may ask a language model; then it is reached, and calibrated if the scenario says so, before the
    theatre opens. Raises UserInputError, EndpointError and BudgetError.
    """

    def __init__(
        self,
        scenario: Scenario,
        data_dir: Path | None,
        *,
        listener: Listener | None = None,
        kept: RunFolder | None = None,
    ) -> None:
        plan, hear, where = replace(plan_of(scenario), minds="single"), listener or Silent(), scenario.where
        self.scenario, self.plan = scenario, plan
        self._open = ExitStack()
        weakref.finalize(self, self._open.close)
        self._blas = Settled()
        try:
            with self.settled():
                self.folder = _scratch(self._open, scenario)
                if kept is not None:
                    _lend(kept, self.folder)
                self.laws = read_laws(plan, where)
                self.dataset, self.split = read_data(plan, hear, where, data_dir)
                everyone = read_people(plan, self.split, where)
                hear.phase("people", f"{len(everyone):,}")
                self.loop: MindLoop | None = None
                if plan.language is not None or not is_built_in(plan.mind):
                    self.loop = self._open.enter_context(MindLoop())
                if plan.language is not None and self.loop is not None:
                    with placed(where, "llm"):
                        check_settings(plan)
                    reach_model(plan, self.loop, hear)
                fit_minds(plan, self.folder.models / "mind", self.split, hear)
                platform, everyone = warm_up(plan, self.folder, self.split, everyone, self.laws, hear)
                self._mind = None if self.loop is None else read_mind(plan, self.split, self.loop, where)
                self.stage = make_stage(
                    plan,
                    self.folder,
                    self.laws,
                    self.split,
                    everyone,
                    {},
                    self._mind,
                    run=self.dataset.name,
                    platform=platform,
                )
                self.stack = TasteStack.load(self.folder.models / "mind")
                self.language = self._language(hear)
        except BaseException:
            self.close()
            raise

    @property
    def everyone(self) -> Population:
        """All people of the scenario."""
        return self.stage.everyone

    @property
    def log(self) -> InteractionLog:
        """What the platform knows before the first page; with the catalogue."""
        return self.stage.platform

    def settled(self) -> Settled:
        """For the time of a computation: one BLAS thread, so that products round as they do in a run."""
        return self._blas

    def troupe(self, people: Population, size: int) -> Troupe:
        """These people, in blocks of `size`."""
        return self.troupe_of(replace(self.stage, everyone=people, plan=replace(self.plan, block=size)))

    def troupe_of(self, stage: Stage, language: Language | None = None) -> Troupe:
        """The people of a stage that was made from this theatre's. `language`: made from this theatre's."""
        return Troupe(stage, Company(stage, {}, self._mind, self.loop, language, stack=self.stack))

    def close(self) -> None:
        """Let go of models, connections and the scratch folder. Calling it again does nothing."""
        self._open.close()

    def _language(self, hear: Listener) -> Language | None:
        if self.plan.language is None or self.loop is None:
            return None
        with placed(self.scenario.where, "llm"):
            language = open_language(self.stage, self.folder, self.split, {}, self.loop, hear, apart=True)
        self._open.callback(language.close)
        return language


class Settled:
    """One BLAS thread for as long as anybody in any thread is within: the limit is the process's, so the first sets it
    and the last gives it back."""

    def __init__(self) -> None:
        self._libraries, self._lock = ThreadpoolController(), Lock()
        self._within, self._limit = 0, ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._within == 0:
                self._limit.enter_context(self._libraries.limit(limits=1, user_api="blas"))
            self._within += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                # From threadpoolctl 3.8 on, only the thread that set a limit may lift it; it is done, and may be gone.
                if (disown := getattr(OpenBLASController, "clear_controlling_thread", None)) is not None:
                    disown(force=True)
                self._limit.close()


def _scratch(resources: ExitStack, scenario: Scenario) -> RunFolder:
    path = Path(mkdtemp(prefix="understudy-theatre-"))
    resources.callback(shutil.rmtree, path, ignore_errors=True)
    manifest: dict[str, Any] = {
        "run": AGENT,
        "status": "running",
        "scenario_hash": "",
        "versions": {},
        "data_dir": None,
        "resumed": [],
    }
    return RunFolder.create(path, manifest, dump_resolved(scenario))


def _lend(kept: RunFolder, scratch: RunFolder) -> None:
    """What a run of the scenario has fitted already stands in the scratch folder too."""
    for name in ("mind", "calibration.json"):
        if (found := kept.models / name).exists():
            scratch.models.mkdir(exist_ok=True)
            (scratch.models / name).symlink_to(found.resolve())
    for there, here in ((kept.warmup, scratch.warmup), (kept.captions, scratch.captions)):
        if there.exists():
            here.parent.mkdir(exist_ok=True)
            here.symlink_to(there.resolve())


@dataclass(frozen=True, eq=False)
class Troupe:
    """People from whom worlds are made."""

    stage: Stage
    company: Company

    def key(self, block: int, seed: int) -> PartKey:
        """The part of a journal that a world would write."""
        return PartKey(run=self.stage.run, arm=AGENT, seed=seed, mind=self.stage.minds[0], block=block)

    def world(self, block: int, given: Given, seed: int) -> World:
        """The world of one block of the people, in which `given` is the recommender."""
        plan = self.stage.plan
        # Of a host, the company asks only whether it learns.
        casting = self.company.cast("everyone", self.key(block, seed), cast(Host, given))
        return World(casting, Unwritten(), seed=seed, slate_size=plan.slate_size, layout=plan.layout)


class Given:
    """Stands where a recommender stands, and hands on the pages that somebody else made."""

    name = AGENT
    learns = True
    """So that no scores are kept for it."""

    def __init__(self) -> None:
        self.slates: I32 | None = None
        """Catalogue rows by person of the block, -1 for an empty place. (n, k)."""

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch:
        """The given pages of those who ask."""
        assert self.slates is not None and self.slates.shape[1] == k
        return SlateBatch(batch.view.catalog, self.slates[batch.rows])


class Unwritten:
    """Stands where a journal stands: none is kept."""

    committed: Sequence[tuple[int, Page]] = ()

    def append(self, turn: int, page: Page) -> None:
        """Nothing is written."""


def read_scenario(scenario: AnyScenario, overrides: Sequence[str] = ()) -> Scenario:
    """A scenario: a shipped name, a file, plain values (whose `arms` may be left out), or one that is loaded already.
    Raises UserInputError."""
    if isinstance(scenario, str):
        return load_scenario(scenario, overrides=overrides)
    if overrides:
        raise UserInputError("overrides: these belong to a scenario's name or file; write the values into the mapping")
    if isinstance(scenario, Scenario):
        return scenario
    return check({"arms": {AGENT: "random"}} | dict(scenario), file="scenario", base_dir=Path.cwd())
