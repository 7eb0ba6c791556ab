"""People with known traits live, and what a platform saw of them tells the traits again, as far as it can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from personas.files import library
from personas.traits import BEHAVIOURAL
from simulator.population import from_personas
from simulator.studies.persona_checks import life_log
from simulator.studies.persona_checks import round_trip as study
from simulator.studies.persona_checks.life_log import Life, lived_log
from simulator.studies.persona_checks.round_trip import drawn, round_trip, true_traits
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Page


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(personas=tuple(library())[:12])


@pytest.fixture(scope="module")
def lives(setting: Setting) -> dict[str, Life]:
    """What was lived, kept for the other tests."""
    return {}


@pytest.fixture(scope="module")
def report(setting: Setting, lives: dict[str, Life]) -> dict[str, Any]:
    def kept(*given: Any) -> Life:
        lives["life"] = lived_log(*given)
        return lives["life"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(life_log, "PATIENT", 500)
        patch.setattr(life_log, "LONGEST", 1)
        patch.setattr(study, "lived_log", kept)
        return round_trip(setting, people=48, interactions=20)


def test_what_moves_much_is_recovered_from_a_few_choices_and_what_moves_little_is_not(report: dict[str, Any]) -> None:
    traits = report["traits"]
    assert set(traits) == {trait.name for trait in BEHAVIOURAL}
    assert report["people"] == 48 and 16 <= report["interactions"] < 22 and report["reached"] > 0.5
    for name, least in (("activity", 0.9), ("patience", 0.8)):
        assert traits[name]["r"] > least, name
    assert traits["activity"]["identifiable"] == "yes" and traits["activity"]["reason"] is None
    assert traits["diversity"]["identifiable"] != "yes" and "too little for 20 choices" in traits["diversity"]["reason"]
    for row in traits.values():
        low, high = row["interval"] or (-1, 1)
        assert row["r"] is None or low < row["r"] < high
    assert report["ratings"]["mean"]["r"] > 0.5
    assert report["identifiable"] == sum(row["identifiable"] == "yes" for row in traits.values())


def test_nobody_who_knows_less_than_all_does_better_than_is_attainable(report: dict[str, Any]) -> None:
    for name, row in report["traits"].items():
        assert row["interval"] is None or row["interval"][0] < row["attainable"], name
    attainable = {name: row["attainable"] for name, row in report["traits"].items()}
    assert attainable["activity"] > 0.9 > attainable["price_sensitivity"] > attainable["conformity"]


def test_personas_who_were_given_make_the_trip_beside_others_and_are_told_of_apart(report: dict[str, Any]) -> None:
    assert report["given"]["people"] == 12
    assert report["given"]["traits"]["activity"]["r"] > 0.7
    assert report["tastes"]["auc"] > 0.7 and report["tastes"]["auc_people"] >= 10


def test_many_personas_make_the_trip_alone(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "ENOUGH", 12)
    monkeypatch.setattr(life_log, "PATIENT", 20)
    found = round_trip(setting, interactions=1)
    assert found["people"] == 12 and found["given"] is None and "the personas themselves" in found["notes"][0]
    assert round_trip(setting, people=12, interactions=1)["people"] == 12


def test_drawn_people_do_not_take_the_names_of_given_ones() -> None:
    assert drawn(2, 7)[0].id == "trip-00000"
    assert drawn(2, 7, {"trip-00000"})[0].id == "trip--00000"


def test_traits_that_do_not_act_are_not_recovered(
    setting: Setting, report: dict[str, Any], lives: dict[str, Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is inferred comes from what people do: with the truth shuffled among them nothing agrees."""
    lot = np.random.default_rng(0)

    def shuffled(people: Any) -> dict[str, Any]:
        order = lot.permutation(len(people))
        return {name: values[order] for name, values in true_traits(people).items()}

    monkeypatch.setattr(study, "true_traits", shuffled)
    monkeypatch.setattr(study, "lived_log", lambda *_: lives["life"])
    found = round_trip(setting, people=48, interactions=20)["traits"]
    assert max(abs(row["r"] or 0) for row in found.values()) < 0.5


def test_a_claim_that_is_not_kept_is_told(report: dict[str, Any]) -> None:
    traits = {name: {"claimed": row["claimed"], "r": row["claimed"]} for name, row in report["traits"].items()}
    assert study._overclaimed(traits) == []
    traits["conformity"] = {"claimed": 0.7, "r": 0.1}
    traits["diversity"] = {"claimed": 0.3, "r": None}
    assert "conformity (0.70, r 0.10), diversity (0.30, r 0.00)" in study._overclaimed(traits)[0]


def test_the_log_of_a_life_holds_everybodys_choices_and_ends_for_all_at_once(
    setting: Setting, report: dict[str, Any], lives: dict[str, Life]
) -> None:
    log = lives["life"].log
    chosen = np.bincount(log.user[log.clicked], minlength=60)
    assert np.median(chosen) >= 20 and chosen.max() < 20 + life_log.K and not log.clicked.all()
    assert np.isnan(log.dwell_s[~log.clicked]).all() and (log.time > 0).all()
    assert set(log.position.tolist()) <= set(range(10))
    last = np.zeros(60)
    np.maximum.at(last, log.user, log.time)
    assert np.ptp(last) <= 1


def test_a_life_repeats_and_reads_nothing_latent(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    people = replace(from_personas(drawn(6, 7), setting.split, seed=7), later=None)
    monkeypatch.setattr(life_log, "PATIENT", 60)
    once = lived_log(setting, people, 2).log
    append = life_log._Diary.append

    def poisoned(self: Any, turn: int, page: Page) -> None:
        nothing = np.full(page.items.shape, np.nan, dtype=np.float32)
        latent = {"want": nothing, "taste": nothing, "noticed": ~page.noticed, "examined": ~page.examined}
        append(self, turn, replace(page, **latent, liked=~page.liked, fatigue=page.fatigue * np.nan))

    monkeypatch.setattr(life_log._Diary, "append", poisoned)
    again = lived_log(setting, people, 2).log
    for name in ("user", "item", "rating", "clicked", "time", "dwell_s", "position"):
        np.testing.assert_array_equal(getattr(once, name), getattr(again, name))
