"""Looking a plan over without running it: what a run would refuse, how big it is, and what a model would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recommenders.host import Host
from simulator.behaviour.laws import Laws
from simulator.experiment.assumptions import assumptions
from simulator.experiment.estimate import Estimate, rehearse_model
from simulator.experiment.folder import RunFolder
from simulator.experiment.opening import calls_beside, check_settings, reach_model, what_is_known
from simulator.experiment.plan import Plan
from simulator.experiment.prepare import (
    Where,
    fit_minds,
    fit_recommenders,
    make_stage,
    mind_names,
    placed,
    read_data,
    read_laws,
    read_mind,
    read_people,
    refuse_recommenders,
)
from simulator.listener import Listener
from simulator.llm.port import Answer, Call, EndpointError
from simulator.llm.prompting import show
from simulator.minds.loop import MindLoop
from simulator.population import Population
from simulator.records import PARTS, SplitLog


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a language model will be asked."""

    estimate: Estimate
    calls: Mapping[str, tuple[Call, Answer]]
    """The first call of each kind, with the scripted model's answer."""
    model: str
    scripted: bool
    unreachable: str | None
    """Why the endpoint cannot be used; None if it can."""

    @property
    def sentence(self) -> str:
        """For people."""
        return self.estimate.text(f"{self.model} ({self._what})")

    @property
    def _what(self) -> str:
        return "scripted model: no language model" if self.scripted else "language model"

    def facts(self) -> dict[str, Any]:
        """As JSON has it, with one sentence for people."""
        told = self.estimate.facts()
        return {
            "model": self.model,
            "what": self._what,
            "endpoint": self.unreachable or "in order",
            "in_words": self.sentence,
            **told,
        }

    def prompts(self) -> dict[str, str]:
        """By kind of call: the prompt as it would be sent, and the answer that the scripted model gave to it."""
        return {
            kind: f"{show(call)}\n--- the scripted model, which is no language model, answered ---\n{answer.text}\n"
            for kind, (call, answer) in self.calls.items()
        }


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found."""

    facts: dict[str, Any]
    price: Price | None
    """None where no language model is asked."""


def look_over(plan: Plan, where: Where, data_dir: Path | None, listener: Listener, scratch: Path) -> Checked:
    """Everything that a run would refuse, without minds being fitted that it does not take. Uses the empty folder
    `scratch`. Raises UserInputError."""
    laws = read_laws(plan, where)
    dataset, split = read_data(plan, listener, where, data_dir)
    everyone = read_people(plan, split, where)
    folder = RunFolder(scratch / "run")
    if plan.warmup is not None:
        refuse_recommenders(plan, where)
    hosts = fit_recommenders(plan, folder.models / "recommenders", split.catalog, split.platform, listener, where)
    with MindLoop() as loop:
        read_mind(plan, split, loop, where)
        price = None
        if plan.language is not None:
            with placed(where, "llm"):
                price = _price(plan, folder, laws, split, everyone, hosts, loop, listener)
    minds = mind_names(plan)
    others = min(plan.ensemble_size, len(everyone)) * (len(minds) - 1)
    turns = plan.turns * len(plan.arms) * len(plan.seeds)
    facts = {
        "dataset": dataset.name,
        "people": len(everyone),
        "items": len(split.catalog),
        "interactions": {name: int((split.part == part).sum()) for part, name in enumerate(PARTS)},
        "read": dataset.report.as_dict(),
        "arms": [arm.name for arm in plan.arms],
        "minds": len(minds),
        "user_turns_at_most": (len(everyone) + others) * turns,
        "assumed_constants": sum(record.grade == "assumed" for record in assumptions(plan, laws)),
    }
    return Checked(facts=facts, price=price)


def _price(
    plan: Plan,
    folder: RunFolder,
    laws: Laws,
    split: SplitLog,
    everyone: Population,
    hosts: Mapping[str, Host],
    loop: MindLoop,
    listener: Listener,
) -> Price:
    assert plan.llm is not None
    check_settings(plan)
    single = replace(plan, minds="single")
    fit_minds(single, folder.models / "mind", split, listener)
    stage = make_stage(single, folder, laws, split, everyone, hosts, run="check")
    knowledge = what_is_known(plan, split, everyone)
    beside = calls_beside(plan, split.catalog)
    estimate, recorder = rehearse_model(stage, hosts, knowledge, loop, folder.path / "rehearsal", beside=beside)
    unreachable = None
    try:
        reach_model(plan, loop, listener)
    except EndpointError as error:
        unreachable = str(error)
    return Price(
        estimate=estimate,
        calls=recorder.first,
        model=plan.llm.model,
        scripted=plan.llm.scripted,
        unreachable=unreachable,
    )
