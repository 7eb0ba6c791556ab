"""What is asked of a study, checked against the recommender before anything is run, and kept in `study.json`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from recommenders.loading import URL_SCHEMES, find_class
from scenarios.arm_section import Arm
from scenarios.schema import Scenario
from simulator.documents.fields import did_you_mean
from simulator.evaluation.metrics import BY_NAME, PERSON_METRICS
from simulator.experiment.casting import make_host
from simulator.experiment.facts import family_of
from simulator.experiment.plan import Arm as PlanArm
from simulator.experiment.plan import Plan
from simulator.minds.base import FAMILY_NAMES
from simulator.records import UserInputError
from simulator.studies.planning import plan_of
from simulator.studies.tune.space import FORMS, Dimension, fitting, own_value, with_values

PEOPLE = 1000
"""People who tune, if nobody says how many and there are twice as many."""
TRIALS = 30
STRONGEST = "linear"
"""The family that is held back where the recommender's own is not known: the one that weighs most."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One arm's parameters, a space to search, and with whom."""

    arm: str
    space: tuple[Dimension, ...]
    metric: str
    """A person's metric, or `auto`."""
    trials: int = TRIALS
    people: int | None = None
    """How many tune; None: 1,000, or half of those that there are."""
    fresh: int | None = None
    """How many others judge the winner; None: as many, and at least 1,000 if there are so many."""
    held_back: str
    """The family of evidence that the mind which tunes is without, and all minds that judge have."""

    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"space": {one.name: one.facts() for one in self.space}}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Question:
        """The inverse of `facts`."""
        space = tuple(Dimension.from_facts(name, one) for name, one in facts["space"].items())
        return cls(**{**facts, "space": space})


def question(
    scenario: Scenario,
    *,
    arm: str | None,
    space: Sequence[Dimension],
    metric: str | None = None,
    trials: int = TRIALS,
    people: int | None = None,
    fresh: int | None = None,
    held_back: str | None = None,
) -> Question:
    """Everything that can be refused without data, refused. Raises UserInputError."""
    tuned = _arm(scenario, arm)
    if scenario.mind.kind != "statistical":
        raise UserInputError(
            f"{scenario.where('mind', 'kind')}: tuning asks statistical minds, of which it holds a part back for the "
            f"end, but the mind is {scenario.mind.kind}. Tune with --set mind=statistical, then judge the winner "
            "(best.yaml) with this mind by understudy run"
        )
    named = metric or scenario.evaluation.primary
    known = [one.name for one in PERSON_METRICS]
    if named not in (*known, "auto"):
        where = "--metric" if metric else scenario.where("evaluation", "primary")
        told = "it is a number of the crowd, not of a person" if named == "coverage" else "there is no such metric"
        raise UserInputError(f"{where}: {named[:60]}: {told}.{did_you_mean(named, known)} Tune by: {', '.join(known)}")
    if held_back is not None and held_back not in FAMILY_NAMES:
        near = did_you_mean(held_back, FAMILY_NAMES)
        raise UserInputError(
            f"--hold-back {held_back[:60]}: there is no such family of evidence.{near} Families: "
            f"{', '.join(FAMILY_NAMES)}"
        )
    family = family_of(scenario.arms[tuned].recommender)
    asked = Question(
        arm=tuned,
        space=(),
        metric=named,
        trials=trials,
        people=people,
        fresh=fresh,
        held_back=held_back or family or STRONGEST,
    )
    return replace(asked, space=_possible(scenario, tuned, space))


def direction(metric: str) -> int:
    """1 where more of the metric is better, -1 where less is."""
    return -1 if BY_NAME[metric].lower_is_better else 1


def arm_with(arm: Arm, values: Mapping[str, Any]) -> Arm:
    """The scenario's arm with these values of what is tuned."""
    return arm.model_copy(update={"params": with_values(arm.params, values)})


def plan_arm(plan: Plan, question: Question, name: str, values: Mapping[str, Any]) -> PlanArm:
    """The tuned arm of a plan under another name, with these values of what is tuned."""
    arm = plan.arm(question.arm)
    return replace(arm, name=name, params=with_values(arm.params, values))


def own_values(scenario: Scenario, question: Question) -> dict[str, Any]:
    """What the scenario's arm has for each tuned parameter: its own, or the default; left out where there is none."""
    arm = scenario.arms[question.arm]
    defaults = _defaults(arm, scenario)
    found = {one.name: own_value(arm.params, one.name, defaults) for one in question.space}
    return {name: value for name, value in found.items() if value is not None}


def _arm(scenario: Scenario, name: str | None) -> str:
    names = list(scenario.arms)
    if name is None:
        others = [one for one in names if one != scenario.control] or names
        if len(others) > 1:
            raise UserInputError(f"--arm: the scenario has several arms. Say which one to tune: {', '.join(names)}")
        return others[0]
    if name not in scenario.arms:
        near = did_you_mean(name, names) or f" Arms: {', '.join(names)}"
        raise UserInputError(f"--arm {name[:60]}: this is no arm of the scenario.{near}")
    return name


def _parameters(arm: Arm, scenario: Scenario) -> Mapping[str, inspect.Parameter] | None:
    """The recommender's parameters by name; None where it takes any, or does not tell."""
    if arm.python is not None or arm.recommender.startswith(URL_SCHEMES):  # the class is elsewhere
        return None
    try:
        parameters = inspect.signature(find_class(arm.recommender, folder=scenario.base_dir)).parameters
    except (TypeError, ValueError):  # a class written in C may not tell
        return None
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
        return None
    return {name: one for name, one in parameters.items() if one.kind is not inspect.Parameter.POSITIONAL_ONLY}


def _defaults(arm: Arm, scenario: Scenario) -> dict[str, Any]:
    known = _parameters(arm, scenario) or {}
    return {name: one.default for name, one in known.items() if one.default is not inspect.Parameter.empty}


def _possible(scenario: Scenario, name: str, space: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """The space, if the recommender has these parameters and can be made at every end of it."""
    if not space:
        raise UserInputError(f"--space: nothing to tune is named. {FORMS}")
    names = [one.name for one in space]
    if twice := next((one for nth, one in enumerate(names) if one in names[:nth]), None):
        raise UserInputError(f"--space {twice}: this parameter is there twice. Remove one")
    arm = scenario.arms[name]
    known, defaults = _parameters(arm, scenario), _defaults(arm, scenario)
    fitted = []
    for one in space:
        first, *rest = one.name.split(".")
        if known is not None and first not in known:
            near = did_you_mean(first, known) or f" It has: {', '.join(known) or 'none'}"
            raise UserInputError(
                f"--space {one.text()}: {arm.recommender} has no parameter {first[:60]!r}, so it cannot be tuned.{near}"
            )
        if rest and not isinstance(own_value(arm.params, ".".join((first, *rest[:-1])), defaults), Mapping):
            raise UserInputError(
                f"--space {one.text()}: {'.'.join((first, *rest[:-1]))} is no map in the scenario's arm, so nothing in "
                f"it can be tuned. Write it out under {scenario.where('arms', name, 'params')}"
            )
        fitted.append(fitting(one, own_value(arm.params, one.name, defaults)))
    _refuse_impossible(scenario, name, fitted)
    return tuple(fitted)


def _refuse_impossible(scenario: Scenario, name: str, space: Sequence[Dimension]) -> None:
    """Make the recommender at every end of each dimension, the others as near as can be to what the scenario has."""
    plan = plan_of(scenario)
    arm = plan.arm(name)
    defaults = _defaults(scenario.arms[name], scenario)
    usual = {}
    for one in space:
        own = own_value(arm.params, one.name, defaults)
        usual[one.name] = own if one.holds(own) else one.ends()[0]
    for one in space:
        for end in one.ends():
            try:
                make_host(plan, replace(arm, params=with_values(arm.params, usual | {one.name: end}))).close()
            except UserInputError as error:
                raise UserInputError(
                    f"--space {one.text()}: with {one.name} {end} there is no such recommender: {error}. Change the "
                    "range"
                ) from None
