"""Where lives are lived: a scenario's data, people, laws and minds, fitted once for everybody who sits down there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock

import numpy as np

from personas.schema import Persona
from scenarios.loader import load_scenario
from scenarios.schema import Scenario
from simulator.behaviour.laws import Laws
from simulator.documents.fields import did_you_mean
from simulator.experiment.folder import RunFolder
from simulator.experiment.paid import Paid
from simulator.experiment.plan import Plan
from simulator.experiment.warmup import warm_up
from simulator.listener import Listener, Silent
from simulator.minds.loop import MindLoop
from simulator.population import Population, from_log, from_personas
from simulator.records import Catalog, InteractionLog, SplitLog, UserInputError
from simulator.studies.solo.life import Life
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.recommending import Recommenders
from simulator.studies.solo.sitting import Person
from simulator.studies.solo.stopped import surfaced
from simulator.studies.theatre import AnyScenario, Theatre, read_scenario

DEFAULT = "quickstart"
"""The scenario where nobody names one: the shipped sample, a statistical mind, people of the log and of the library."""


class Setting:
    """Make one with `open_setting`; close it, or use it as a context manager. Its lives may be lived from any thread, a
    page at a time."""

    def __init__(self, theatre: Theatre, listener: Listener) -> None:
        self._theatre, self._listener = theatre, listener
        self.recommenders = Recommenders(theatre, lambda text: listener.phase("recommender", text))
        self.lock = RLock()
        """Held while somebody lives a page."""
        self._strangers = 0

    @property
    def theatre(self) -> Theatre:
        return self._theatre

    @property
    def scenario(self) -> Scenario:
        return self._theatre.scenario

    @property
    def plan(self) -> Plan:
        return self._theatre.plan

    @property
    def catalog(self) -> Catalog:
        return self._theatre.split.catalog

    @property
    def laws(self) -> Laws:
        return self._theatre.laws

    @property
    def split(self) -> SplitLog:
        """The log by part."""
        return self._theatre.split

    @property
    def log(self) -> InteractionLog:
        """What the platform knows before anybody sits down."""
        return self._theatre.log

    @property
    def everyone(self) -> Population:
        """The scenario's people."""
        return self._theatre.everyone

    @property
    def asks_a_model(self) -> bool:
        """Whether its people are driven by a language model."""
        return self._theatre.language is not None

    @property
    def paid(self) -> Paid | None:
        """That model with its cache, ledger and budget; None where there is none."""
        return None if self._theatre.language is None else self._theatre.language.paid

    @property
    def loop(self) -> MindLoop | None:
        """The event loop in which that model is asked."""
        return self._theatre.loop

    def life(self, person: PersonSource | Persona | str, *, seed: int | None = None) -> Life:
        """A person sits down: a persona, somebody of the scenario's people or of the log by id, or whoever a
        `PersonSource` says, with the pages that they lived in a run. `seed`: of luck; None: the run's, else the
        scenario's first. Raises UserInputError."""
        source = person if isinstance(person, PersonSource) else None
        past = None if source is None else source.past
        who = (source.persona or source.user_id) if source is not None else person
        if seed is None:
            seed = self.plan.seed if past is None else past.seed
        with self.lock, surfaced(), self._theatre.settled():
            found = self._of_persona(who) if isinstance(who, Persona) else self._by_id(str(who))
            return Life(self, found, seed=seed, past=past)

    def close(self) -> None:
        """Let go of models, recommenders and what was fitted."""
        self.recommenders.close()
        self._theatre.close()

    def __enter__(self) -> Setting:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _by_id(self, user_id: str) -> Person:
        for people in (self.everyone, self._of_log):
            rows = np.flatnonzero(people.user_ids == user_id)
            if rows.size:
                return _seated(people, int(rows[0]), self.log)
        near = did_you_mean(user_id, self.everyone.user_ids[:5000].tolist())
        raise UserInputError(
            f"{user_id[:80]!r}: nobody of {self._theatre.dataset.name} has this id, and none of the scenario's "
            f"personas.{near}"
        )

    def _of_persona(self, persona: Persona) -> Person:
        rows = np.flatnonzero(self.everyone.user_ids == persona.id)
        if rows.size and self.everyone.persona(int(rows[0])) == persona:
            return _seated(self.everyone, int(rows[0]), self.log)
        people = from_personas([persona], self.split, seed=self.plan.seed)
        return _seated(*self._welcomed(people))

    def _welcomed(self, stranger: Population) -> tuple[Population, int, InteractionLog]:
        """Somebody who is in no log, after the warm-up that the scenario gives such people."""
        if self.plan.warmup is None:
            return stranger, 0, self.log
        self._strangers += 1
        folder = RunFolder(self._theatre.folder.path / "strangers" / str(self._strangers))
        folder.path.mkdir(parents=True)
        folder.models = self._theatre.folder.models
        log, people = warm_up(self.plan, folder, self.split, stranger, self.laws, self._listener)
        return people, 0, log

    @cached_property
    def _of_log(self) -> Population:
        """Everybody of the log, where the scenario takes some."""
        return from_log(self.split, seed=self.plan.seed)


def open_setting(
    scenario: AnyScenario | None = None,
    *,
    overrides: Sequence[str] = (),
    data_dir: Path | None = None,
    listener: Listener | None = None,
    run: Path | None = None,
) -> Setting:
    """Read the data and fit the minds of a scenario, the shipped sample's if none is named.

    `run`: a run whose people are to be met; without a scenario its own is taken, and what it has fitted already
    serves again. `listener` hears what goes on, stage by stage.

    Raises:
        UserInputError: the scenario, its data or the run cannot be read.
        LifeStoppedError: the scenario's language model cannot be reached, or its budget does not cover calibration.
    """
    kept, hear = None if run is None else RunFolder.open(run), listener or Silent()
    if kept is not None:
        manifest = kept.read_manifest()
        if data_dir is None and manifest["data_dir"] is not None:
            data_dir = Path(manifest["data_dir"])
    if scenario is None:
        name = DEFAULT if kept is None else str(kept.scenario)
        read = load_scenario(name, overrides=overrides)
    else:
        read = read_scenario(scenario, overrides)
    with surfaced():
        theatre = Theatre(read, data_dir, listener=hear, kept=kept)
    if kept is not None:
        known = (manifest.get("dataset") or {}).get("fingerprint")
        if known is not None and known != theatre.dataset.fingerprint:
            theatre.close()
            raise UserInputError(
                f"{run}: {theatre.dataset.name} is not what it was when the run was lived. Cure: restore the data"
            )
    return Setting(theatre, hear)


def _seated(people: Population, row: int, platform: InteractionLog) -> Person:
    one = people.take(np.array([row]))
    persona = one.persona(0)
    user = str(one.user_ids[0])
    name = persona.name if persona is not None else user
    return Person(people=one, platform=platform, name=name)
