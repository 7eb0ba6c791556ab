"""People made of personas: what is stated is taken, the rest is drawn by person, and the log's own people stay who they
are."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from persona_worlds import SEED, crowd, persona, shop

from personas import links
from personas.files import library
from personas.traits import LIMIT, PERCENTILES, activity_to_sd, sd_to_activity, to_sd
from simulator.behaviour.rating import Rating
from simulator.population import Population, from_log, from_personas, joined
from simulator.population.drawing import HABIT_SPREAD
from simulator.randomness import keys_of
from simulator.records import HELD_OUT, SplitLog, UserInputError

COLUMN = {"diversity": "boredom_proneness"}


def assert_same(one: Population, other: Population, *, but: tuple[str, ...] = ()) -> None:
    for f in fields(one):
        left, right = getattr(one, f.name), getattr(other, f.name)
        if f.name in but:
            continue
        if f.name == "own" and left is not None:
            left, right = left.toarray(), right.toarray()
        if f.name == "later" and left is not None:
            assert_same(left.people, right.people)
            left, right = np.stack([left.owner, left.from_day]), np.stack([right.owner, right.from_day])
        np.testing.assert_array_equal(left, right, err_msg=f.name)


def in_sd(people: Population, trait: str) -> np.ndarray:
    values = getattr(people, COLUMN.get(trait, trait)).astype(np.float64)
    if trait in ("diversity", "position_habit"):
        return (np.log(values) + HABIT_SPREAD**2 / 2) / HABIT_SPREAD
    return values


@pytest.mark.parametrize("percentile", [0.0, 0.05, 0.5, 0.8, 1.0])
def test_what_is_stated_is_taken_as_a_percentile_among_people(percentile: float) -> None:
    people = crowd(persona(behaviour=dict.fromkeys(PERCENTILES, percentile)), 3)
    for trait in PERCENTILES:
        np.testing.assert_allclose(in_sd(people, trait), to_sd(percentile), atol=1e-5, err_msg=trait)


@pytest.mark.parametrize("visits", [0.02, 0.15, 1.2, 5.0, 40.0])
def test_visits_a_day_are_as_stated_however_rare_or_frequent(visits: float) -> None:
    assert crowd(persona(behaviour={"activity": visits}), 2).activity == pytest.approx([visits, visits])


def test_what_is_not_stated_is_drawn_for_each_person_by_their_own_key() -> None:
    bare = crowd(persona(), 1500)
    for trait in PERCENTILES:
        sd = in_sd(bare, trait)
        assert abs(sd.mean()) < 0.1 and 0.9 < sd.std() < 1.1, trait
    assert abs(np.log(bare.activity / 1.2).mean()) < 0.06
    assert 0.5 < np.log(bare.activity).std() < 0.7
    assert abs(np.corrcoef(bare.patience, bare.conformity)[0, 1]) < 0.1, "traits have luck of their own"
    assert_same(crowd(persona(), 1500), bare)
    assert (crowd(persona(), 1500, seed=SEED + 1).impulsivity != bare.impulsivity).mean() > 0.9


def test_nobody_depends_on_who_else_is_there_nor_on_their_order() -> None:
    whole = from_personas(library(), shop(), seed=SEED)
    for some in (slice(3, 9), slice(None, None, -1), slice(5, 6)):
        part = from_personas(library()[some], shop(), seed=SEED)
        rows = np.array([whole.user_ids.tolist().index(one) for one in part.user_ids], dtype=np.int32)
        moved = whole.take(rows)
        assert_same(part, moved, but=("later",))
        assert (part.later is None) == (moved.later is None)
        if part.later is not None and moved.later is not None:
            assert_same(part.later.people, moved.later.people)
            np.testing.assert_array_equal(part.later.owner, moved.later.owner)


def test_clones_share_what_is_stated_and_have_luck_and_the_rest_of_their_own() -> None:
    one = persona(id="ann", behaviour={"patience": 0.9}, tastes={"genres": {"liked": ["War"]}})
    people = from_personas([one, persona(id="bob")], shop(), size=7, seed=SEED)
    assert people.user_ids[:6].tolist() == ["ann", "bob", "ann~2", "bob~2", "ann~3", "bob~3"]
    assert people.user_ids[6] in ("ann~4", "bob~4")
    assert people.cluster.tolist() == [name.split("~")[0] for name in people.user_ids]
    assert (people.source == -1).all() and people.keys.tolist() == keys_of(people.user_ids.tolist()).tolist()
    ann = people.cluster == "ann"
    assert len(set(people.patience[ann].tolist())) == 1 and len(set(people.patience[~ann].tolist())) == (~ann).sum()
    assert len(set(people.impulsivity.tolist())) == 7
    assert {people.persona(row).id for row in np.flatnonzero(ann)} == {"ann"}
    assert people.own is not None and (people.own[[0]] != people.own[[2]]).nnz > 0, "clones know other things"
    assert from_personas([one, persona(id="bob")], shop(), size=1, seed=SEED).user_ids[0] in ("ann", "bob")


def test_the_big_five_age_and_gender_shift_what_is_not_stated_by_their_links_and_leave_its_spread() -> None:
    scores = (0.95, 0.2, 0.9, 0.3, 0.9)
    names = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
    one = persona(identity={"age": 75, "gender": "female"}, personality=dict(zip(names, scores, strict=True)))
    expected = links.derived(one)
    people = crowd(one, 2000)
    for trait in PERCENTILES:
        sd = in_sd(people, trait)
        assert sd.mean() == pytest.approx(expected.get(trait, 0.0), abs=0.09), trait
        assert 0.85 < sd.std() < 1.05, trait
    assert max(abs(value) for value in expected.values()) > 0.3, "there was something to find"
    assert np.log(people.activity / sd_to_activity(0)).mean() == pytest.approx(0.6 * expected["activity"], abs=0.05)


RATINGS: tuple[dict[str, Any], ...] = (
    {"mean": 3.4, "spread": 1.1},
    {"mean": 2.2, "spread": 0.7},
    {"mean": 4.6, "spread": 0.6},
    {"mean": 3.0, "spread": 1.9},
    {"mean": 1.2, "spread": 0.5},
    {"mean": 3.42, "spread": 1.1, "shares": [0.06, 0.13, 0.31, 0.33, 0.17]},
    {"shares": [0, 0, 0, 0, 1]},
    {"shares": [0.5, 0, 0, 0, 0.5]},
    {"spread": 0.9},
    {"mean": 4.0},
)


@pytest.mark.parametrize("said", RATINGS, ids=str)
def test_people_rate_as_they_say_they_do(said: dict[str, Any]) -> None:
    people = crowd(persona(ratings=said), 40)
    if "mean" in said:
        np.testing.assert_allclose(people.rating_mean, said["mean"], atol=0.02)
    if "spread" in said:
        np.testing.assert_allclose(people.rating_spread, said["spread"], atol=0.06)
    np.testing.assert_allclose(people.expectation, np.clip(people.rating_mean, 1, 5), atol=1e-5)
    law, luck = Rating(), np.random.default_rng(1)
    rows = np.repeat(np.arange(40), 400)
    score = law.reliability * luck.standard_normal(rows.size).astype(np.float32)
    level = law.felt(
        people.rating_mean[rows] + people.rating_spread[rows] * score,
        people.rating_mean[rows],
        people.rating_spread[rows],
        people.thresholds[rows],
        luck.standard_normal(rows.size),
    )
    assert level.mean() == pytest.approx(people.rating_mean.mean(), abs=0.04)
    if "shares" in said:
        np.testing.assert_allclose(np.bincount(level, minlength=6)[1:] / level.size, said["shares"], atol=0.015)


def test_who_is_hard_to_please_rates_lower_where_nothing_is_said_of_ratings() -> None:
    low, high = (crowd(persona(behaviour={"pickiness": value}), 400) for value in (0.05, 0.95))
    assert high.rating_mean.mean() < low.rating_mean.mean() - 0.3
    assert np.corrcoef(low.rating_mean, high.rating_mean)[0, 1] > 0.9, "the luck of a person is the same"


def test_ratings_are_on_the_scale_of_the_log() -> None:
    parts = shop()
    ten = replace(parts, log=replace(parts.log, rating=parts.log.rating * 2))
    one, two = (crowd(persona(ratings={"mean": 3.4, "spread": 1.1}), 2, split=split) for split in (parts, ten))
    assert two.rating_unit == 2 and two.rating_mean == pytest.approx(2 * one.rating_mean)
    np.testing.assert_array_equal(one.expectation, two.expectation)


def test_what_is_held_out_changes_nobody() -> None:
    parts = shop()
    hidden = parts.part == HELD_OUT
    poisoned = replace(
        parts.log,
        item=np.where(hidden, 0, parts.log.item).astype(np.int32),
        rating=np.where(hidden, 1, parts.log.rating).astype(np.float32),
    )
    assert_same(
        from_personas(library(), parts, seed=SEED),
        from_personas(library(), SplitLog(parts.name, poisoned, parts.part), seed=SEED),
    )


def test_people_like_what_they_say_they_like() -> None:
    war, love = (crowd(persona(tastes={"genres": {"liked": [name]}}), 50) for name in ("War", "love"))
    names = list(shop().catalog.category_names)
    assert (war.profile.argmax(axis=1) == names.index("War")).all()
    assert (love.profile.argmax(axis=1) == names.index("Love")).all(), "whatever the case"
    np.testing.assert_allclose(np.linalg.norm(war.profile, axis=1), 1, atol=1e-5)


def test_nobody_and_people_of_the_log_are_refused() -> None:
    for cast, size, what in (
        ([], None, "nobody can be simulated"),
        ([persona()], 0, "nobody can be simulated"),
        ([persona(id="u7")], None, "have the same id, 'u7'"),
    ):
        with pytest.raises(UserInputError, match=what):
            from_personas(cast, shop(), size=size, seed=SEED)


def test_the_people_of_the_log_are_who_they_are_with_personas_beside_them() -> None:
    alone = from_log(shop(), size=60, seed=SEED)
    guests = from_personas(library(), shop(), seed=SEED)
    both = joined(alone, guests)
    assert len(both) == 60 + len(guests)
    ours, theirs = both.take(np.arange(60)), both.take(np.arange(60, len(both)))
    assert_same(ours, alone, but=("own", "personas"))
    assert ours.own is not None and ours.own.nnz == 0 and all(one is None for one in ours.personas)
    assert_same(theirs, guests)
    np.testing.assert_array_equal(both.known_as, [*alone.source.tolist(), *[-1] * len(guests)])


def test_where_somebody_took_part_in_a_warm_up_the_platform_knows_them_by_that() -> None:
    both = joined(from_log(shop(), size=5, seed=SEED), crowd(persona(), 2))
    met = replace(both, visitor=np.array([-1] * 5 + [240, 241], dtype=np.int32))
    assert met.known_as.tolist() == [*both.source[:5].tolist(), 240, 241]
    assert met.take(np.array([6, 0])).known_as.tolist() == [241, int(both.source[0])]


def test_extreme_personas_have_finite_arrays_everywhere() -> None:
    ends = [
        persona(
            id=f"p{value:g}",
            behaviour=dict.fromkeys(PERCENTILES, value) | {"activity": 0.001 + 99.9 * value},
            personality=dict.fromkeys(("openness", "neuroticism"), value),
            ratings={"mean": 1 + 4 * value},
        )
        for value in (0.0, 1.0)
    ]
    people = from_personas(ends, shop(), seed=SEED)
    for f in fields(people):
        values = getattr(people, f.name)
        if isinstance(values, np.ndarray) and values.dtype == np.float32:
            assert np.isfinite(values).all(), f.name
    assert (np.diff(people.thresholds, axis=1) >= 0).all()
    assert people.person(1).traits["activity"] == pytest.approx(99.901)
    assert people.person(1).source == "p1"


@pytest.mark.filterwarnings("error")
def test_who_never_comes_is_at_the_lower_limit_of_activity() -> None:
    assert activity_to_sd(0.0) == -LIMIT and activity_to_sd(1e9) == LIMIT
