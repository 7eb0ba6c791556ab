"""People with known traits live, and what a platform saw of them tells the traits again, as far as it can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from personas.files import library
from personas.traits import BEHAVIOURAL
from simulator.journal.schema import OBSERVABLE
from simulator.population import from_personas
from simulator.records import InteractionLog
from simulator.studies.persona_checks import round_trip as study
from simulator.studies.persona_checks.editions import in_editions
from simulator.studies.persona_checks.round_trip import drawn, lived_log, round_trip, true_traits
from simulator.studies.persona_checks.setting import Setting


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(personas=tuple(library()))


@pytest.fixture(scope="module")
def report(setting: Setting) -> dict[str, Any]:
    return round_trip(setting, people=60, interactions=25)


def test_what_moves_much_is_recovered_from_a_few_choices_and_what_moves_little_is_not(report: dict[str, Any]) -> None:
    traits = report["traits"]
    assert set(traits) == {trait.name for trait in BEHAVIOURAL}
    assert report["people"] == 60 and 25 <= report["interactions"] < 27
    for name, least in (("activity", 0.9), ("patience", 0.8)):
        assert traits[name]["r"] > least, name
    assert traits["activity"]["identifiable"] == "yes" and traits["activity"]["reason"] is None
    assert traits["diversity"]["identifiable"] != "yes" and traits["diversity"]["reason"]
    for row in traits.values():
        low, high = row["interval"] or (-1, 1)
        assert row["r"] is None or low < row["r"] < high
    assert report["ratings"]["mean"]["r"] > 0.5
    assert report["identifiable"] == sum(row["identifiable"] == "yes" for row in traits.values())


def test_traits_that_do_not_act_are_not_recovered(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is inferred comes from what people do: with the truth shuffled among them nothing agrees."""
    lot = np.random.default_rng(0)

    def shuffled(people: Any) -> dict[str, Any]:
        order = lot.permutation(len(people))
        return {name: values[order] for name, values in true_traits(people).items()}

    monkeypatch.setattr(study, "true_traits", shuffled)
    found = round_trip(setting, people=60, interactions=10)["traits"]
    assert max(abs(row["r"] or 0) for row in found.values()) < 0.5


def test_the_log_of_a_life_holds_what_a_platform_sees_and_everybodys_choices(setting: Setting) -> None:
    people = replace(from_personas(drawn(12, 7), setting.split, seed=7), later=None)
    log = lived_log(setting, people, 5)
    chosen = np.bincount(log.user[log.clicked], minlength=12)
    assert (chosen >= 5).all() and not log.clicked.all()
    assert np.isnan(log.dwell_s[~log.clicked]).all() and (log.time > 0).all()
    assert set(log.position.tolist()) <= set(range(10))
    fields = {"user": "user_id", "item": "item_id", "time": "sim_time"}
    columns = ("user", "item", "rating", "clicked", "time", "dwell_s", "position")
    assert {fields.get(name, name) for name in columns} <= set(OBSERVABLE)
    assert isinstance(log, InteractionLog)
    again = lived_log(setting, people, 5)
    np.testing.assert_array_equal(log.item, again.item)


def test_editions_share_what_taste_reads_and_differ_in_their_cues(setting: Setting) -> None:
    catalog, base = in_editions(setting.split.catalog, 3)
    n = len(setting.split.catalog)
    assert len(catalog) == 3 * n and base.tolist() == 3 * list(range(n))
    one, other = catalog[5], catalog[5 + n]
    assert (one.title, one.categories) == (other.title, other.categories)
    assert one.price != other.price and one.review_mean != other.review_mean
