"""From a scenario, which is what a person wrote, to a plan, which is what an experiment needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from personas.files import LIBRARY_NAME
from scenarios.arm_section import Arm as ScenarioArm
from scenarios.mind_section import Memory
from scenarios.schema import Scenario
from simulator.experiment.plan import BLOCK, TALKING_BLOCK, Arm, Crowd, Plan, Warmup
from simulator.llm.settings import LLMSettings
from simulator.memory.retrieval import Weights
from simulator.memory.settings import MemorySettings, ReflectionLevels
from simulator.minds.language.settings import CalibrationSettings, LanguageMindSettings


def plan_of(scenario: Scenario) -> Plan:
    """The experiment that a scenario asks for."""
    dataset = scenario.dataset
    load: dict[str, Any] = {"source": dataset.source}
    if dataset.path is not None:
        load["path"] = scenario.base_dir / dataset.path
    if dataset.columns is not None:
        load["columns"] = dataset.columns.model_dump(exclude_none=True)
    for name in ("separator", "rating_range"):
        if getattr(dataset, name) is not None:
            load[name] = getattr(dataset, name)
    if dataset.items is not None:
        items = dataset.items.model_dump(exclude_none=True)
        load["items"] = items | {"path": scenario.base_dir / dataset.items.path}
    laws = {name: dict(constants) for name, constants in scenario.behaviour.laws.items()}
    laws.setdefault("returning", {}).setdefault("turns_per_day", scenario.world.sessions.turns_per_day)
    split, warmup = dataset.split, scenario.world.warmup
    return Plan(
        name=scenario.name,
        seeds=scenario.seeds,
        dataset=load,
        split={
            "fractions": (split.platform, split.person, split.held_out),
            "order": "key" if split.order == "random" else split.order,
        },
        crowd=_crowd(scenario),
        mind=scenario.mind.kind,
        mind_params=scenario.mind.params,
        behaviour=scenario.behaviour.kind,
        laws=laws,
        turns=scenario.world.turns,
        slate_size=scenario.world.slate_size,
        layout=scenario.world.layout,
        arms=tuple(_arm(name, arm) for name, arm in scenario.arms.items()),
        warmup=None if warmup is None else Warmup(sessions=warmup.sessions, policy=_arm("warm-up", warmup)),
        control=scenario.control,
        primary=scenario.evaluation.primary,
        minds=scenario.evaluation.minds,
        ensemble_size=scenario.evaluation.ensemble_size,
        refits=scenario.evaluation.refits,
        confidence=scenario.evaluation.confidence,
        base_dir=scenario.base_dir,
        **(_language(scenario) if scenario.mind.asks_a_model else {}),
    )


def _arm(name: str, arm: ScenarioArm) -> Arm:
    return Arm(
        name=name,
        recommender=arm.recommender,
        params=arm.params,
        explore=None if arm.explore is None else arm.explore.model_dump(exclude_none=True),
        python=arm.python,
        timeout_s=arm.timeout_s,
        fit_timeout_s=arm.fit_timeout_s,
        retries=arm.retries,
    )


def _crowd(scenario: Scenario) -> Crowd:
    population, personas = scenario.population, scenario.population.personas
    if personas is not None and personas != LIBRARY_NAME and (scenario.base_dir / personas).exists():
        personas = str(scenario.base_dir / personas)
    marginals = population.marginals
    if marginals is not None and ((scenario.base_dir / marginals).exists() or not Path(marginals).exists()):
        marginals = str(scenario.base_dir / marginals)
    return Crowd(
        origin=population.origin,
        size=population.size,
        personas=personas,
        marginals=None if marginals is None else Path(marginals),
    )


def _language(scenario: Scenario) -> dict[str, Any]:
    """What only a mind that asks a language model needs."""
    mind, llm = scenario.mind, scenario.llm
    own = mind.model_dump(include={"deliberation", "bound", "archetypes", "noise"}, exclude_none=True)
    calibration = {} if mind.calibration is None else mind.calibration.model_dump()
    settings = llm.model_dump(exclude={"budget", "price", "prices", "extra", "faults"})
    return {
        "language": LanguageMindSettings(
            kind=mind.kind,  # type: ignore[arg-type]
            calibration=CalibrationSettings(**calibration),
            images=scenario.perception.images,
            **own,
        ),
        "llm": LLMSettings(
            **settings,
            extra=llm.extra,
            faults=llm.faults,
            budget_usd=llm.budget.usd,
            budget_tokens=llm.budget.tokens,
            price=None if llm.price is None else (llm.price.input, llm.price.output),
            prices=None if llm.prices is None else scenario.base_dir / llm.prices,
        ),
        "memory": _memory(scenario.memory),
        "block": BLOCK if mind.kind == "archetype" else TALKING_BLOCK,  # a block shares what its archetypes said
    }


def _memory(memory: Memory) -> MemorySettings | None:
    if memory.kind == "none":
        return None
    return MemorySettings(
        kind="episodic",
        k=memory.recalled,
        cap=memory.capacity,
        weights=Weights(**memory.weights.model_dump()),
        reflection=ReflectionLevels(**memory.reflection.model_dump()),
        reflection_threshold=memory.reflection_threshold,
        span_sessions=memory.span_sessions,
        graph=memory.graph,
        embedding=memory.embedding,
        embedding_model=memory.embedding_model,
    )
