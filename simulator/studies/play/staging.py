"""From a scenario to a stage with one seat: which arm, whose history, what is fitted on it, and the run folder."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from personas import estimation
from personas.files import load_one
from recommenders.host import Host
from scenarios.schema import Scenario
from simulator.behaviour.laws import Laws
from simulator.datasets import Dataset
from simulator.documents.fields import did_you_mean
from simulator.experiment.casting import fitted_host, make_host
from simulator.experiment.company import Company
from simulator.experiment.facts import write_facts, write_origins, write_tables
from simulator.experiment.folder import RunFolder
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import fit_minds, make_stage, placed, read_data, read_laws
from simulator.experiment.stage import Stage
from simulator.journal.parts import PartKey
from simulator.listener import Listener
from simulator.minds.stack import NAMED
from simulator.population import Population, copies, from_personas
from simulator.randomness import Stream, key_of
from simulator.records import Catalog, Ids, SplitLog, UserInputError
from simulator.studies.planning import plan_of
from simulator.studies.play.seat import HUMAN
from simulator.studies.play.taste import Pick, with_history
from simulator.world import Cast

DOUBLES = 512
"""Copies of the double over whose luck its chances are averaged: a chance of .1 then has a standard error of .01."""
_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Seating:
    """Who plays, in front of what, for how long: what the manifest keeps of it."""

    user: str
    """Pseudonym."""
    arm: str
    blind: bool
    pages: int
    sessions: int
    person: str | None = None
    """The person of the log, or the persona, whose history the player takes; None: their own."""

    def facts(self) -> dict[str, Any]:
        """For the manifest, with what the numbers of a human mean."""
        return {
            "user": self.user,
            "arm": self.arm,
            "blind": self.blind,
            "pages": self.pages,
            "sessions": self.sessions,
            "as": self.person,
            "means": {
                "clicked": "the item's page was opened",
                "dwell_s": "seconds on the opened item's page, by the player's clock: reading about it, not consuming",
                "rating": "asked after a click, skippable: how they like it, or expect to",
                "satisfaction": "asked when a page ends, 1 to 5; null: no answer",
                "noticed": "was on the screen",
                "examined": "was on the screen",
                "liked": "rated four of five or higher; null: not rated",
                "leave_reason": "asked when they leave; without an answer, intended",
                "return_gap_s": "null; in simulated time one day passes between visits",
            },
        }

    @classmethod
    def of(cls, facts: Any, scenario: Scenario, where: Path) -> Seating:
        """From the manifest of a play. `where` begins what is said of one that does not tell (UserInputError)."""
        kinds = {"user": str, "arm": str, "blind": bool, "pages": int, "sessions": int, "as": str | None}
        known = facts if isinstance(facts, dict) else {}
        wrong = [name for name, kind in kinds.items() if not isinstance(known.get(name), kind)]
        if wrong or known["arm"] not in scenario.arms:
            raise UserInputError(f"{where}: play.{(wrong or ['arm'])[0]} is not what it was. Cure: restore the file")
        return cls(**{name: known[name] for name in kinds if name != "as"}, person=known["as"])


@dataclass(frozen=True, eq=False, kw_only=True)
class Staged:
    """Everything that the play is made of, fitted."""

    plan: Plan
    stage: Stage
    """Of the doubles: the first has the player's id and key, the others stand for luck and traits left open."""
    company: Company
    host: Host
    catalog: Catalog
    split: SplitLog
    laws: Laws
    key: PartKey
    picks: int
    """Items that the double is made from."""

    @property
    def unit(self) -> float:
        """Step of the five levels on the dataset's scale."""
        return float(self.stage.everyone.rating_unit)

    def key_of(self, mind: str) -> PartKey:
        """The part of the journal of the player, or of their double."""
        return replace(self.key, mind=mind)

    def close(self) -> None:
        """Let go of the recommender."""
        self.company.close()


def pseudonym(name: str | None) -> str:
    """`you-` and eight random hexadecimal digits, which say nothing of anybody; or the name that the player gave.
    Raises UserInputError."""
    if name is None:
        return f"you-{secrets.token_hex(4)}"
    if not name.strip() or len(name) > _NAME or not name.isprintable():
        raise UserInputError(f"--name {name[:_NAME]!r}: give 1 to {_NAME} printable characters")
    return name.strip()


def drawn_arm(scenario: Scenario, wanted: str | None, user: str) -> str:
    """The arm of that name, or one by lot, keyed by seed and person. Raises UserInputError."""
    names = list(scenario.arms)
    if wanted is None:
        me = np.array([key_of(user)], dtype=np.uint64)
        luck = float(Stream.of(scenario.seeds[0], "population", "arm of the seat").uniform(me)[0])
        return names[int(luck * len(names))]
    if wanted not in names:
        near = did_you_mean(wanted, names) or f" It has: {', '.join(names)}"
        raise UserInputError(f"--arm {wanted[:80]}: the scenario has no such arm.{near}")
    return wanted


def seat_plan(scenario: Scenario, arm: str) -> Plan:
    """The scenario with one arm and one person: doubles are statistical, whatever mind the scenario has, and nobody
    lives a warm-up, for the player brings a history."""
    plan = plan_of(scenario)
    return replace(
        plan,
        arms=(plan.arm(arm),),
        control=arm,
        seeds=plan.seeds[:1],
        minds="single",
        mind=NAMED,
        mind_params={},
        behaviour="calibrated",
        language=None,
        llm=None,
        memory=None,
        warmup=None,
    )


def scale_unit(split: SplitLog) -> float:
    """Step of the five levels on the dataset's scale."""
    return estimation.rating_unit(split.known.positives())


def cast_of(stage: Stage, staged: Staged) -> Cast:
    """Everything that the player's world is made of but the player."""
    return Company(stage, {staged.plan.arms[0].name: staged.host}).cast("everyone", staged.key_of(NAMED), staged.host)


def refuse_early(plan: Plan, scenario: Scenario) -> None:
    """Raises UserInputError for an arm that cannot be made at all, before the player is asked anything."""
    with placed(scenario.where, "arms", plan.arms[0].name):
        make_host(plan, plan.arms[0]).close()


def read(
    plan: Plan, scenario: Scenario, folder: RunFolder, data_dir: Path | None, listener: Listener
) -> tuple[Dataset, SplitLog, Laws]:
    """Data and laws. Raises UserInputError; also for data that changed since the play began."""
    laws = read_laws(plan, scenario.where)
    dataset, split = read_data(plan, listener, scenario.where, data_dir)
    before = folder.read_manifest().get("dataset")
    if before is not None and before["fingerprint"] != dataset.fingerprint:
        raise UserInputError(
            f"{scenario.where('dataset')}: {dataset.name} is not what it was when the play began. "
            "Cure: restore it, or start a new play"
        )
    return dataset, split, laws


def set_stage(
    plan: Plan,
    scenario: Scenario,
    folder: RunFolder,
    read_before: tuple[Dataset, SplitLog, Laws],
    seating: Seating,
    picks: Sequence[Pick],
    listener: Listener,
) -> Staged:
    """Fit recommender and mind on the log with the player in it, and write what readers of the run need. Raises
    UserInputError, also where the arm's plug-in fails."""
    dataset, split, laws = read_before
    ids = np.array([seating.user, *(f"{seating.user}~{n}" for n in range(2, DOUBLES + 1))], dtype=np.str_)
    split, doubles, known = _whose(split, seating, picks, ids, plan.seed)
    fit_minds(plan, folder.models / "mind", split, listener)
    arm = plan.arms[0]
    said = "the arm" if seating.blind else f"{arm.name} ({arm.recommender})"
    listener.phase("fit", said)
    with placed(scenario.where, "arms", arm.name):
        host = fitted_host(
            plan, arm, folder.models / "recommenders" / arm.name, split.catalog, split.platform, listener.notice
        )
        host.probe(split.catalog, split.platform, plan.slate_size)
    run = str(folder.read_manifest()["run"])
    stage = make_stage(plan, folder, laws, split, doubles, {arm.name: host}, run=run)
    seen = replace(
        stage,
        everyone=doubles.take(np.zeros(1, dtype=np.intp)),
        ensemble=doubles.take(np.zeros(1, dtype=np.intp)),
        minds=(HUMAN, NAMED),
    )
    write_origins(folder, dataset, seen.everyone)
    write_tables(folder, seen, split, seen.everyone.cluster)
    write_facts(folder, seen, dataset, laws)
    return Staged(
        plan=plan,
        stage=stage,
        company=Company(stage, {arm.name: host}),
        host=host,
        catalog=split.catalog,
        split=split,
        laws=laws,
        key=PartKey(run=run, arm=arm.name, seed=plan.seed, mind=HUMAN, block=0),
        picks=known,
    )


def _whose(
    split: SplitLog, seating: Seating, picks: Sequence[Pick], ids: Ids, seed: int
) -> tuple[SplitLog, Population, int]:
    """The log, the doubles, and how many choices they are made from."""
    if seating.person is None:
        extended = with_history(split, seating.user, picks)
        return extended, copies(extended, split.log.n_users, ids, seed=seed), len(picks)
    rows = np.flatnonzero(split.log.user_ids == seating.person)
    if rows.size:
        row = int(rows[0])
        known = int((split.known.positives().user == row).sum())
        return split, copies(split, row, ids, seed=seed), known
    persona = load_one(seating.person)
    people = from_personas([persona], split, size=ids.size, seed=seed).renamed(ids)
    return split, people, 0 if people.own is None else int(people.own[:1].nnz)


def check_person(split: SplitLog, seating: Seating) -> None:
    """Raises UserInputError for a name that the data has already, and for a person whom nobody knows."""
    if seating.user in set(split.log.user_ids.tolist()):
        raise UserInputError(f"--name {seating.user[:80]!r}: somebody in the data is called so. Give another name")
    if seating.person is not None and seating.person not in set(split.log.user_ids.tolist()):
        try:
            load_one(seating.person)
        except UserInputError as error:
            raise UserInputError(f"--as {seating.person[:80]}: nobody in the data is called so, and {error}") from None
