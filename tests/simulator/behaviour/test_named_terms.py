"""The terms of a decision can be asked for by name, and they are what decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from simulator.behaviour.calibrated import PULLS
from simulator.behaviour.cues import CUES
from simulator.behaviour.leaving import DRIVES, Leaving
from simulator.behaviour.literal import Literal
from simulator.records import Catalog
from simulator.turn import AppraisedBy, LeaveReason


def told(stage: Any) -> Catalog:
    """The stage's catalogue with something to heed on every item."""
    rng = np.random.default_rng(3)
    items = (
        replace(
            item,
            price=float(rng.lognormal(2, 1)),
            review_count=int(rng.integers(1, 500)),
            review_mean=float(rng.uniform(1, 5)),
            headline=("You won't believe this", "A film")[int(rng.integers(2))],
            image_caption=("a woman smiling", "a house")[int(rng.integers(2))],
        )
        for item in stage.split.catalog
    )
    return Catalog(tuple(items))


@pytest.fixture
def heeding(new_stage: Any) -> Any:
    """People who heed every cue, after three pages."""
    stage = new_stage()
    stage.behaviour = type(stage.behaviour)(stage.laws, 5, stage.people, told(stage))
    rng = np.random.default_rng(9)
    for trait in ("price_sensitivity", "trust_in_reviews", "trust_in_popularity", "pickiness", "conformity"):
        getattr(stage.people, trait)[:] = rng.normal(size=200)
    stage.people.headline_susceptibility[:] = stage.people.thumbnail_susceptibility[:] = 1.0
    for turn in range(3):
        stage.live(turn, want=-1.0)
    return stage


def test_want_appeal_and_the_named_pulls_make_the_chance(heeding: Any) -> None:
    scene = heeding.scene(np.arange(200), heeding.random_items(200, 7), turn=9)
    appraisal = heeding.appraisal(scene, want=-0.5)
    pulls, chance = heeding.behaviour.pulls(scene), heeding.behaviour.chance(scene, appraisal)
    assert set(pulls) == set(PULLS) and all(part.shape == scene.items.shape for part in pulls.values())
    total = sum(part.astype(np.float64) for part in pulls.values())
    np.testing.assert_allclose(chance, expit(-0.5 + heeding.laws.click.appeal + total), rtol=1e-5)


def test_what_is_examined_is_chosen_as_often_as_the_chance_says(heeding: Any) -> None:
    chosen = expected = examined = 0.0
    for turn in range(20, 60):
        scene = heeding.scene(np.arange(200), heeding.random_items(200, turn), turn)
        appraisal = heeding.appraisal(scene, want=-0.5)
        page = heeding.behaviour.behave(scene, appraisal)
        chance = heeding.behaviour.chance(scene, appraisal)
        chosen += page.clicked.sum()
        expected += chance[page.examined].sum()
        examined += page.examined.sum()
    assert examined > 10_000
    assert chosen == pytest.approx(expected, rel=0.03)


def test_a_layout_of_pictures_has_no_pull_of_a_price(heeding: Any) -> None:
    items = heeding.random_items(200)
    assert "price" in heeding.behaviour.pulls(heeding.scene(np.arange(200), items))
    pictures = heeding.behaviour.pulls(heeding.scene(np.arange(200), items, layout="grid"))
    assert set(CUES) & set(pictures) == {"thumbnail"}


def test_a_catalogue_that_says_nothing_has_no_cues_and_the_other_pulls_stay(stage: Any) -> None:
    pulls = stage.behaviour.pulls(stage.scene(np.arange(5), stage.random_items(5)))
    assert tuple(pulls) == tuple(name for name in PULLS if name not in CUES)


def test_seeing_a_thing_again_and_again_is_the_pull_of_having_seen_it(stage: Any) -> None:
    scene = stage.scene(np.arange(5), stage.random_items(5))
    assert not stage.behaviour.pulls(scene)["seen before"].any()
    stage.state.exposures[0, scene.items[0, 2]] = 9
    pulls = stage.behaviour.pulls(scene)["seen before"]
    assert pulls[0, 2] < -0.5 and np.count_nonzero(pulls) == 1


def test_the_largest_drive_is_the_reason_that_the_page_gives(stage: Any) -> None:
    names = {LeaveReason.SATED: "sated", LeaveReason.TIRED: "tired", LeaveReason.BORED: "bored"}
    names |= {LeaveReason.DISSATISFIED: "dissatisfied", LeaveReason.INTENDED: "intended"}
    seen = set()
    for turn in range(8):
        rows = stage.state.arrive(turn)
        scene = stage.scene(rows, stage.random_items(rows.size, turn), turn)
        appraisal = stage.appraisal(scene, want=-1.0, rating=2.5)
        page = stage.behaviour.behave(scene, appraisal)
        drives = stage.behaviour.drives(scene, appraisal, page)
        assert tuple(drives) == DRIVES
        for person in np.flatnonzero(page.left):
            reason = names[LeaveReason(int(page.leave_reason[person]))]
            assert drives[reason][person] == max(part[person] for part in drives.values())
            seen.add(reason)
        stage.state.advance(page, turn)
    assert len(seen) > 1


def test_drives_and_what_rests_make_the_hazard() -> None:
    rng = np.random.default_rng(0)
    patience, chosen, fatigue, boredom, shortfall = rng.random((5, 50)).astype(np.float32)
    wish = rng.random(50) < 0.5
    law = Leaving()
    hazard, _ = law.hazard(patience, chosen, fatigue, boredom, shortfall, wish)
    drives = law.drives(patience, chosen, fatigue, boredom, shortfall, wish)
    np.testing.assert_allclose(hazard, expit(law.resting(patience) + sum(drives.values())), rtol=1e-5)


def test_where_a_mind_states_its_clicks_no_chance_is_told(new_stage: Any) -> None:
    stage = new_stage(kind=Literal)
    scene = stage.scene(np.arange(4), stage.random_items(4))
    source = np.array([AppraisedBy.LLM, AppraisedBy.LLM, AppraisedBy.STATISTICAL, AppraisedBy.FALLBACK], dtype=np.int8)
    appraisal = stage.appraisal(scene, clicks=scene.noticed, source=source)
    chance = stage.behaviour.chance(scene, appraisal)
    assert np.isnan(chance[:2]).all() and np.isfinite(chance[2:]).all()
