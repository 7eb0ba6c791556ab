"""What all worlds of an environment have in common: a scenario's data, people, laws and fitted minds.

Made of the pieces that a run is made of, in the same order, but for the recommenders: those the agent replaces. A
process keeps one theatre for each scenario as long as an environment plays in it, so that a second environment is made
at once.
"""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

from threadpoolctl import ThreadpoolController

from recommenders.contract import RequestBatch, SlateBatch
from recommenders.host import Host
from scenarios.loader import check, load_scenario
from scenarios.resolved import dump_resolved
from scenarios.schema import Scenario
from simulator.experiment.company import Company
from simulator.experiment.folder import RunFolder
from simulator.experiment.prepare import fit_minds, make_stage, read_data, read_laws, read_mind, read_people
from simulator.experiment.stage import Stage
from simulator.experiment.warmup import warm_up
from simulator.journal.parts import PartKey
from simulator.listener import Silent
from simulator.minds.loading import is_built_in
from simulator.minds.loop import MindLoop
from simulator.population import Population
from simulator.records import I32, InteractionLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.turn import Page
from simulator.world import World

AnyScenario = str | Mapping[str, Any] | Scenario
AGENT = "agent"


class Theatre:
    """Where worlds are staged. Make one with `open_theatre`."""

    def __init__(self, scenario: Scenario, data_dir: Path | None) -> None:
        plan = replace(plan_of(scenario), minds="single")
        if plan.language is not None:
            raise UserInputError(
                f"{scenario.where('mind', 'kind')}: an environment is lived with statistical minds; one that asks a "
                "language model needs a run, which has its budget and ledger. Use mind: statistical"
            )
        self._open = ExitStack()
        weakref.finalize(self, self._open.close)
        scratch = mkdtemp(prefix="understudy-gym-")
        self._open.callback(shutil.rmtree, scratch, ignore_errors=True)
        folder, hear = RunFolder(Path(scratch)), Silent()
        self._blas = ThreadpoolController()
        with self.settled():
            laws = read_laws(plan, scenario.where)
            dataset, split = read_data(plan, hear, scenario.where, data_dir)
            everyone = read_people(plan, split, scenario.where)
            fit_minds(plan, folder.models / "mind", split, hear)
            platform, everyone = warm_up(plan, folder, split, everyone, laws, hear)
            self._loop, self._mind = None, None
            if not is_built_in(plan.mind):
                self._loop = self._open.enter_context(MindLoop())
                self._mind = read_mind(plan, split, self._loop, scenario.where)
            self._stage = make_stage(
                plan, folder, laws, split, everyone, {}, self._mind, run=dataset.name, platform=platform
            )
        self.plan = plan

    @property
    def everyone(self) -> Population:
        """All people of the scenario."""
        return self._stage.everyone

    @property
    def log(self) -> InteractionLog:
        """What the platform knows before the first page; with the catalogue."""
        return self._stage.platform

    def settled(self) -> Any:
        """For the time of a computation: one BLAS thread, so that products round as they do in a run."""
        return self._blas.limit(limits=1, user_api="blas")

    def troupe(self, people: Population, size: int) -> Troupe:
        """These people, in blocks of `size`."""
        stage = replace(self._stage, everyone=people, plan=replace(self.plan, block=size))
        return Troupe(stage, Company(stage, {}, self._mind, self._loop))


@dataclass(frozen=True, eq=False)
class Troupe:
    """People from whom worlds are made."""

    stage: Stage
    company: Company

    def world(self, block: int, given: Given, seed: int) -> World:
        """The world of one block of the people, in which `given` is the recommender."""
        key = PartKey(run=self.stage.run, arm=AGENT, seed=seed, mind=self.stage.minds[0], block=block)
        casting = self.company.cast("everyone", key, cast(Host, given))  # of a host it asks only whether it learns
        plan = self.stage.plan
        return World(casting, Unwritten(), seed=seed, slate_size=plan.slate_size, layout=plan.layout)


class Given:
    """Stands where a recommender stands, and hands on the pages that the agent made."""

    name = AGENT
    learns = True
    """So that no scores are kept for it."""

    def __init__(self) -> None:
        self.slates: I32 | None = None
        """Catalogue rows by person of the block, -1 for an empty place. (n, k)."""

    def recommend(self, batch: RequestBatch, k: int) -> SlateBatch:
        """The agent's pages of those who ask."""
        assert self.slates is not None and self.slates.shape[1] == k
        return SlateBatch(batch.view.catalog, self.slates[batch.rows])


class Unwritten:
    """Stands where a journal stands: an environment keeps none."""

    committed: Sequence[tuple[int, Page]] = ()

    def append(self, turn: int, page: Page) -> None:
        """Nothing is written."""


_open_now: weakref.WeakValueDictionary[tuple[str, str, str], Theatre] = weakref.WeakValueDictionary()


def open_theatre(scenario: AnyScenario, *, overrides: Sequence[str] = (), data_dir: Path | None = None) -> Theatre:
    """The theatre of a scenario: a shipped name, a file, plain values (whose `arms` may be left out), or one that is
    loaded already. Raises UserInputError."""
    if isinstance(scenario, str):
        read = load_scenario(scenario, overrides=overrides)
    elif isinstance(scenario, Scenario):
        read = scenario
    else:
        read = check({"arms": {AGENT: "random"}} | dict(scenario), file="scenario", base_dir=Path.cwd())
    if overrides and not isinstance(scenario, str):
        raise UserInputError("overrides: these belong to a scenario's name or file; write the values into the mapping")
    key = (dump_resolved(read), str(read.base_dir), str(data_dir))
    theatre = _open_now.get(key)
    if theatre is None:
        theatre = _open_now[key] = Theatre(read, data_dir)
    return theatre
