"""Whether people stay themselves over two lives that differ in luck alone."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from personas.files import load, of_mapping
from personas.traits import BEHAVIOURAL
from simulator.llm.port import Answer, Call
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError
from simulator.studies.persona_checks.consistency import asked, consistency, icc, identified, repeated, wilson
from simulator.studies.persona_checks.lives import Lives, lived
from simulator.studies.persona_checks.setting import Setting


class FenceBlind:
    """Asks the rules with every fence's word replaced: their luck is a hash of the whole prompt."""

    def __init__(self, rules: ScriptedModel) -> None:
        self._rules = rules
        self.fences: set[str] = set()

    async def ask(self, call: Call) -> Answer:
        word = re.search(r"<data (\w+)>", call.messages[1].content)
        assert word is not None
        self.fences.add(word[1])
        messages = tuple(replace(one, content=one.content.replace(word[1], "fence0")) for one in call.messages)
        return await self._rules.ask(replace(call, messages=messages))

    async def close(self) -> None:
        return None


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(personas=load("library"))


@pytest.fixture(scope="module")
def found(setting: Setting) -> dict[str, Any]:
    return consistency(setting)


@pytest.fixture(scope="module")
def life(setting: Setting) -> Lives:
    return lived(setting, setting.people, seed=3, sessions=6)


def test_people_of_the_library_are_known_again(found: dict[str, Any]) -> None:
    assert found["identified"]["chance"] == pytest.approx(1 / 24)
    assert found["identified"]["interval"][0] > 5 * found["identified"]["chance"]
    assert found["score"] > 0.4
    for name in ("click_rate", "pages_per_visit", "visits_per_day"):
        assert found["behaviours"][name]["interval"][0] > 0.3, name
    json.dumps(found, allow_nan=False)


def test_clones_of_one_persona_are_not_told_apart() -> None:
    traits = {trait.name: 0.5 for trait in BEHAVIOURAL} | {"activity": 1.0}
    said = {"behaviour": traits, "ratings": {"mean": 3.5, "spread": 1.0}, "tastes": {"genres": {"liked": ["Drama"]}}}
    personas = [of_mapping({"id": f"clone-{nth}"} | said, "test") for nth in range(60)]
    same = consistency(Setting(personas=personas), sessions=10)
    for name in ("visits_per_day", "pages_per_visit", "short_dwells"):  # what nothing but traits and luck decides
        assert abs(same["behaviours"][name]["icc"]) < 0.3, name
        assert same["behaviours"][name]["interval"][0] < 0.1, name


def test_more_visits_make_people_steadier(setting: Setting, found: dict[str, Any]) -> None:
    assert consistency(setting, sessions=3)["score"] < found["score"]


def test_icc_of_luck_is_near_zero_and_its_interval_holds_it() -> None:
    luck = np.random.default_rng(1)
    assert abs(icc(luck.normal(size=(4000, 2)))["icc"]) < 0.05
    held = [icc(luck.normal(size=(25, 2)))["interval"] for _ in range(400)]
    assert 0.92 < np.mean([low < 0 < high for low, high in held]) < 0.98


def test_icc_is_the_share_of_the_variance_between_people() -> None:
    luck = np.random.default_rng(2)
    person = luck.normal(0, np.sqrt(3), (400, 30, 1))
    every = [icc(one + luck.normal(size=(30, 2))) for one in person]
    assert np.mean([one["icc"] for one in every]) == pytest.approx(0.75, abs=0.02)
    assert 0.92 < np.mean([one["interval"][0] < 0.75 < one["interval"][1] for one in every]) < 0.98


def test_what_cannot_be_told_is_none() -> None:
    assert icc(np.full((10, 2), 3.0))["icc"] is None
    assert icc(np.full((10, 2), np.nan)) == {"icc": None, "interval": None, "people": 0}


def test_identical_people_are_identified_by_chance_alone(life: Lives) -> None:
    same = {name: np.resize(values[:1], values.shape) for name, values in vars(life).items()}
    alike = replace(life, **same)
    assert identified(alike, alike)["share"] == pytest.approx(1 / 24)
    assert identified(life, life)["share"] == 1.0


def test_wilsons_interval() -> None:
    """Wilson's own formula for 8 of 10, as the textbooks have it."""
    assert wilson(0.8, 10) == pytest.approx([0.490, 0.943], abs=0.001)


def test_a_life_has_its_visits_and_numbers_that_fit(life: Lives) -> None:
    assert (life.visits == 6).all() and (life.pages >= 6).all()
    assert life.pages_per_visit == pytest.approx(life.pages / 6)
    assert life.clicks_per_page == pytest.approx(life.clicks / life.pages)
    assert (life.click_place[life.clicks > 0] >= 1).all() and np.nanmax(life.click_place) <= 10
    assert np.nanmin(life.rating_level) >= 1 and np.nanmax(life.rating_level) <= 5
    assert np.linalg.norm(life.profile, axis=1)[life.clicks > 0] == pytest.approx(1)


def test_nobodys_life_depends_on_who_else_lives(setting: Setting, life: Lives) -> None:
    some = np.array([20, 3, 11])
    alone = lived(setting, setting.people.take(some), seed=3, sessions=6)
    assert np.array_equal(alone.behaviours(), life.behaviours()[some], equal_nan=True)
    assert np.array_equal(alone.profile, life.profile[some])


def test_luck_and_policy_make_another_life(setting: Setting, life: Lives) -> None:
    other = lived(setting, setting.people, seed=4, sessions=6)
    lot = lived(setting, setting.people, seed=3, sessions=6, policy="random")
    assert not np.array_equal(other.clicks, life.clicks)
    assert lot.click_rate.mean() < life.click_rate.mean()  # what is popular is wanted more


def test_real_people_live_too(setting: Setting) -> None:
    some = lived(setting, setting.real.take(np.arange(20)), seed=3, sessions=3)
    assert (some.visits == 3).all() and some.clicks.sum() > 20


def test_no_visits_are_refused(setting: Setting) -> None:
    with pytest.raises(UserInputError, match="at least one person and one visit"):
        lived(setting, setting.people, seed=3, sessions=0)


def test_a_model_that_heeds_no_persona_identifies_nobody() -> None:
    luck = np.random.default_rng(0)
    page = luck.uniform(0, 10, 10)
    one, other = (page + luck.normal(0, 1, (40, 10)) for _ in range(2))
    heedless = repeated(one, other, 7)
    assert heedless["between"] > 0.8 and heedless["interval"][0] < 0 < heedless["interval"][1]
    assert heedless["identified"]["share"] < 0.15
    own = page + luck.normal(0, 2, (40, 10))
    one, other = (own + luck.normal(0, 0.5, own.shape) for _ in range(2))
    heeding = repeated(one, other, 7)
    assert heeding["interval"][0] > 0 and heeding["identified"]["share"] > 0.8


def test_another_order_is_put_back_and_a_scripted_model_measures_nothing(setting: Setting) -> None:
    """The scripted rules heed no order; blind to fences and under another name, they agree with themselves."""
    rules = ScriptedModel(LLMSettings(model="scripted"))
    blind = FenceBlind(rules)
    same = asyncio.run(asked(setting, blind, LLMSettings(model="another")))
    assert len(blind.fences) == 48  # every call stood behind another fence
    assert same["measured"] and same["within"] == pytest.approx(1) and same["between"] < 0.99
    assert same["calls"] == 48 and same["failures"] == {}
    scripted = asyncio.run(asked(setting, rules, LLMSettings(model="scripted")))
    assert scripted["measured"] is False and "within" not in scripted
