"""Correlations of true and inferred, what they mean, and the best that could be."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from personas.estimation.tastes import Tastes
from personas.files import of_mapping
from personas.traits import BEHAVIOURAL
from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.dwell import Dwell
from simulator.behaviour.laws import Laws
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.population import from_personas
from simulator.state import PeopleState
from simulator.studies.persona_checks.effects import effects
from simulator.studies.persona_checks.information import Witnessed
from simulator.studies.persona_checks.recovery import correlated, shares_recovered, tastes_recovered, verdict
from simulator.studies.persona_checks.round_trip import drawn
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Scene


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(personas=())


def test_the_interval_of_a_correlation_is_fishers() -> None:
    lot = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        one = lot.normal(size=80)
        low, high = correlated(one, 0.6 * one + 0.8 * lot.normal(size=80))["interval"]
        covered.append(low < 0.6 < high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_what_does_not_vary_has_no_correlation() -> None:
    assert correlated(np.arange(9.0), np.ones(9))["r"] is None
    assert correlated(np.arange(3.0), np.arange(3.0))["r"] is None


@pytest.mark.parametrize(
    ("r", "high", "attainable", "told", "reason"),
    [
        (0.83, 0.9, 0.9, "yes", None),
        (0.6, 0.7, 0.7, "weakly", "too little for 100 choices to tell more than r = 0.70"),
        (0.1, 0.2, 0.5, "no", "too little for 100 choices to tell more than r = 0.50"),
        (0.78, 0.82, 0.9, "weakly", "r = 0.8 is within the interval"),
        (0.6, 0.7, 0.9, "weakly", "r = 0.90 could be reached if tastes"),
        (0.1, 0.2, 0.0, "no", "nothing that happens in these lives is moved by it"),
        (None, None, 0.9, "no", "the log does not tell it at all"),
    ],
)
def test_a_trait_is_identifiable_or_not_for_a_reason(
    r: float | None, high: float | None, attainable: float, told: str, reason: str | None
) -> None:
    found = {"r": r, "interval": None if high is None else [0.0, high]}
    answer, why = verdict("pickiness", found, attainable, "0.3 logit per sd (assumed)", 100)
    assert answer == told
    assert why is None if reason is None else why is not None and reason in why


def test_every_trait_has_an_effect_with_a_grade_that_follows_the_laws() -> None:
    usual, stronger = effects(Laws()), effects(Laws.configure({"click": {"pickiness": 0.6}}))
    assert set(usual) == {trait.name for trait in BEHAVIOURAL}
    assert usual["pickiness"].value == 0.3 and stronger["pickiness"].value == 0.6
    assert usual["price_sensitivity"].text == "0.2 logit per sd per sd of the cue (assumed)"
    assert {effect.grade for effect in usual.values()} <= {"fitted", "transferred", "assumed"}


def test_information_is_that_of_the_laws_and_watching_changes_nothing(setting: Setting) -> None:
    """One page: pickiness has w² p (1 - p) for each item looked at, patience w² h (1 - h), and so on."""
    people = from_personas(drawn(200, 3), setting.split, seed=3)
    catalog, laws = setting.split.catalog, Laws()
    items = np.tile(np.arange(10, dtype=np.int32), (200, 1))
    rows = np.arange(200, dtype=np.int32)
    first = np.zeros(200, dtype=np.int32)
    scene = Scene(
        people=people, state=PeopleState(people, catalog, laws, 5), rows=rows, keys=people.keys, turn=0, items=items,
        noticed=np.ones(items.shape, dtype=np.bool_), page=first, session=first,
    )  # fmt: skip
    appraisal = drive(setting.stack.block(people).mind(NAMED, 3).appraise(scene))
    witness = Witnessed(laws, 5, people, catalog)
    page, plain = witness.behave(scene, appraisal), Calibrated(laws, 5, people, catalog).behave(scene, appraisal)
    for field in fields(page):
        if field.name != "extra":
            np.testing.assert_array_equal(getattr(page, field.name), getattr(plain, field.name))
    told = witness.information
    assert (told["pickiness"] <= 0.09 * 0.25 * page.examined.sum(axis=1) + 1e-9).all()
    assert told["pickiness"].sum() > 0
    np.testing.assert_allclose(told["activity"], np.where(page.left, (0.6 / 1.03) ** 2, 0), rtol=1e-6)
    assert (told["patience"] <= 0.25 * 0.25 + 1e-9).all() and (told["patience"] > 0).all()
    assert (told["impulsivity"] > 0).tolist() == page.clicked.any(axis=1).tolist()
    assert not told["price_sensitivity"].any()  # no film of the sample has a price
    assert all(0 <= best < 1 for best in witness.attainable().values())


def test_an_estimate_is_as_good_as_the_information_says() -> None:
    """The best of attainable: clicks of known chance but for pickiness, estimated by who knows all else."""
    lot = np.random.default_rng(5)
    trait, base = lot.normal(size=3000), -1.0
    n, weight = 60, 0.3
    clicks = lot.binomial(n, expit(base - weight * trait))
    chance = expit(base - weight * trait)
    information = n * weight**2 * chance * (1 - chance)
    attainable = np.sqrt((information / (1 + information)).mean())
    assert np.corrcoef(-clicks, trait)[0, 1] == pytest.approx(attainable, abs=0.03)


def test_the_chance_to_turn_back_is_what_turning_back_follows() -> None:
    law, felt = Dwell(), np.repeat(np.array([1, 5], dtype=np.int8), 4000)
    impulsivity = np.zeros(8000, dtype=np.float32)
    back = law.turns_back(felt, impulsivity, np.random.default_rng(1).uniform(size=8000))
    chance = law.early_chance(felt, impulsivity)
    for level in (1, 5):
        assert back[felt == level].mean() == pytest.approx(chance[felt == level].mean(), abs=0.02)


def test_shares_are_compared_freed_of_the_crowds_shift() -> None:
    from scipy.special import ndtri

    true = np.array([[0.1, 0.2, 0.4, 0.2, 0.1], [0.3, 0.3, 0.2, 0.1, 0.1]])
    cuts = ndtri(np.cumsum(true, axis=1)[:, :-1]).astype(np.float32)
    moved = true + np.array([0.05, 0.0, 0.0, 0.0, -0.05])
    found = shares_recovered(cuts, moved)
    assert found["shift"] == pytest.approx(0.05, abs=1e-6) and found["distance"] == pytest.approx(0, abs=1e-6)
    assert found["of_the_crowd"] == pytest.approx(0.15, abs=1e-6)


def test_tastes_are_recovered_where_they_agree_with_what_is_liked(setting: Setting) -> None:
    names = setting.split.catalog.category_names
    cast = [
        of_mapping(
            {"id": f"t{nth}", "tastes": {"genres": {"liked": [names[nth]], "disliked": [names[nth + 1]]}}}, "made"
        )
        for nth in range(6)
    ]
    people = from_personas(cast, setting.split, seed=3)
    ratio = np.zeros((6, len(names)))
    for nth in range(6):
        ratio[nth, nth], ratio[nth, nth + 1] = 1.0, -1.0
    here = np.ones(6, dtype=np.bool_)
    right = tastes_recovered(_tastes(names, ratio), people, setting.split.catalog, here)
    wrong = tastes_recovered(_tastes(names, -ratio), people, setting.split.catalog, here)
    assert right["auc"] == 1 and wrong["auc"] == 0 and right["auc_people"] == 6
    assert right["r"] > 0.3 > -0.3 > wrong["r"]


def _tastes(names: tuple[str, ...], ratio: Any) -> Tastes:
    share = np.full(ratio.shape, 0.1)
    blank = np.zeros(ratio.shape)
    return Tastes(
        names=names, n=np.ones(len(ratio)), share=share * np.exp(ratio), expected=share, doubt=blank, confidence=blank,
        rated=blank, rated_doubt=blank,
    )  # fmt: skip
