"""Whether people are as unlike each other as real ones: clones are not, a sample is, and chance is told from both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from personas.files import load, of_mapping
from personas.sampling import sample
from personas.schema import Persona
from personas.traits import BEHAVIOURAL
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.studies.persona_checks import heterogeneity as checked
from simulator.studies.persona_checks.heterogeneity import Features, apart, asked, compared, heterogeneity, vendi
from simulator.studies.persona_checks.setting import Setting


@lru_cache(maxsize=1)
def nobody() -> Setting:
    """A setting without personas, whose models are fitted once for all tests."""
    return Setting(personas=[])


def of(personas: Sequence[Persona]) -> Setting:
    made = Setting(personas=personas)
    vars(made).update(split=nobody().split, stack=nobody().stack)
    return made


def clones(number: int) -> list[Persona]:
    """One and the same description under other ids."""
    traits = {trait.name: 0.6 for trait in BEHAVIOURAL} | {"activity": 1.0}
    said = {"behaviour": traits, "tastes": {"genres": {"liked": ["Drama"]}}}
    return [of_mapping({"id": f"clone-{nth}"} | said, "test") for nth in range(number)]


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    return heterogeneity(of(sample(200).personas))


def made(n: int, spread: float, seed: int, *, groups: int | None = None) -> Features:
    """People of normal traits; `groups`: so many different ones only."""
    luck = np.random.default_rng(seed)
    traits, tastes = luck.normal(0, spread, (n, len(BEHAVIOURAL))), np.abs(luck.normal(0, 1, (n, 6)))
    want = luck.uniform(0.5 - spread / 4, 0.5 + spread / 4, (n, 8))
    if groups is not None:
        traits, tastes, want = (np.resize(values[:groups], values.shape) for values in (traits, tastes, want))
    return Features(traits, tastes / np.linalg.norm(tastes, axis=1, keepdims=True), want)


def test_clones_of_one_persona_are_too_alike() -> None:
    found = heterogeneity(of(clones(30)))
    assert all(one["words"] == "too alike" and one["ratio"] == 0 for one in found["traits"].values())
    for measure in ("all_traits", "profiles", "wants", "distinct"):
        assert found[measure]["words"] == "too alike", measure
        assert found[measure]["ratio"] < 0.5, measure  # far below what strangers of any persona have
    json.dumps(found, allow_nan=False)


def test_the_traits_of_a_sample_are_as_unlike_as_real_ones(drawn: dict[str, Any]) -> None:
    assert drawn["all_traits"]["words"] == "as unlike as"
    assert 0.9 < drawn["all_traits"]["ratio"] < 1.1
    assert sum(one["words"] == "as unlike as" for one in drawn["traits"].values()) >= len(BEHAVIOURAL) - 3
    assert 0.9 < drawn["distinct"]["ratio"] < 1.1


def test_real_people_are_as_unlike_as_real_people() -> None:
    setting = of([])
    people = np.arange(len(setting.real))
    one, other = (checked.features(setting, setting.real.take(people[half::2])) for half in (0, 1))
    found = compared(one, other, 7)
    for measure in ("all_traits", "profiles", "wants", "want_patterns", "distinct"):
        assert 0.93 < found[measure]["ratio"] < 1.07, measure
    assert len(found["too_alike"]) + len(found["more_unlike"]) <= 3


@pytest.mark.parametrize(("spread", "words"), [(0.5, "too alike"), (1.0, "as unlike as"), (2.0, "more unlike than")])
def test_words_follow_the_interval_of_the_spread(spread: float, words: str) -> None:
    found = compared(made(150, spread, 1), made(400, 1.0, 2), 7)
    assert found["all_traits"]["words"] == words and found["wants"]["words"] == words
    low, high = found["all_traits"]["interval"]
    assert low < found["all_traits"]["ratio"] < high and low < spread < high


def test_few_kinds_of_people_are_too_few_distinct_ones_though_they_are_far_apart() -> None:
    real = made(400, 1.0, 2)
    found = compared(made(120, 1.0, 3, groups=4), real, 7)
    assert found["distinct"]["words"] == "too alike" and found["distinct"]["collection"] < 5


def test_intervals_cover_what_they_should() -> None:
    """30 samples of the same people: about 95 % of the intervals of each measure hold 1."""
    real = made(300, 1.0, 0)
    verdicts = [compared(made(40, 1.0, seed), real, seed) for seed in range(1, 31)]
    held = [one["words"] == "as unlike as" for found in verdicts for one in found["traits"].values()]
    assert 0.89 < np.mean(held) < 0.99
    for measure in ("profiles", "wants", "distinct"):
        assert np.mean([found[measure]["words"] == "as unlike as" for found in verdicts]) > 0.8, measure


def test_the_effective_number_counts_kinds() -> None:
    assert vendi(np.eye(6)) == pytest.approx(6)
    assert vendi(np.repeat(np.eye(6), 5, axis=0)) == pytest.approx(6)
    assert vendi(np.ones((9, 4))) == pytest.approx(1)


def test_of_two_people_nothing_is_said() -> None:
    found = heterogeneity(of(clones(2)))
    assert found["all_traits"]["words"] is None and found["distinct"]["interval"] is None
    json.dumps(found, allow_nan=False)


def test_the_same_seed_says_the_same_and_order_of_personas_does_not_matter_to_the_spread() -> None:
    people = list(load("library"))
    one, again = heterogeneity(of(people)), heterogeneity(of(people))
    assert one == again
    turned = heterogeneity(of(people[::-1]))
    assert turned["all_traits"]["ratio"] == pytest.approx(one["all_traits"]["ratio"])


def test_a_model_that_heeds_no_persona_tells_nobody_apart() -> None:
    luck = np.random.default_rng(0)
    page = luck.uniform(0, 10, 10)
    one, other = (page + luck.normal(0, 1, (40, 10)) for _ in range(2))
    assert apart(one, other, 7)["words"] == "not told apart"
    own = page + luck.normal(0, 1, (40, 10))
    one, other = (own + luck.normal(0, 0.3, own.shape) for _ in range(2))
    heeding = apart(one, other, 7)
    assert heeding["words"] == "told apart" and heeding["ratio"] > 2


def test_a_scripted_model_measures_nothing_and_its_failures_are_counted() -> None:
    settings = LLMSettings(model="scripted", faults={"rate": 0.4, "kinds": ["refused"], "seed": 1})
    found = asyncio.run(asked(of(load("library")), ScriptedModel(settings), settings))
    assert found["measured"] is False and "between" not in found
    assert found["calls"] == 48 and 5 < found["failures"]["refused"] < 40


def test_a_real_model_is_measured_by_those_who_answered_both_times() -> None:
    """The scripted rules under another name stand for a model that always says the same of the same persona."""
    settings = LLMSettings(model="another")
    rules = ScriptedModel(LLMSettings(model="scripted"))
    found = asyncio.run(asked(of(load("library")), rules, settings))
    assert found["measured"] and found["answered"] == 24 and found["within"] == 0 and found["between"] > 0
