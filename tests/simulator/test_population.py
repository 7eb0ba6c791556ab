"""Who the people of a run are, and what a log says about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from counting import calls_of, height_of

from simulator.behaviour.rating import Rating
from simulator.population import Population, from_log
from simulator.randomness import keys_of
from simulator.records import HELD_OUT, PLATFORM, Catalog, InteractionLog, Item, SplitLog, UserInputError


def made(n: int = 120, per: int = 40, *, times: bool = False, ratings: bool = True, ids: str = "u{}") -> SplitLog:
    rng = np.random.default_rng(1)
    catalog = Catalog(tuple(Item(item_id=f"i{j}", categories=(f"c{j % 8}",)) for j in range(200)))
    size = n * per
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([ids.format(u) for u in range(n)]),
        user=np.repeat(np.arange(n), per).astype(np.int32),
        item=np.concatenate([rng.choice(200, per, replace=False) for _ in range(n)]).astype(np.int32),
        rating=(rng.integers(1, 6, size) if ratings else np.full(size, np.nan)).astype(np.float32),
        clicked=np.ones(size, dtype=np.bool_),
        time=rng.integers(1, 10**7, size) if times else np.zeros(size, dtype=np.int64),
        dwell_s=np.full(size, np.nan, dtype=np.float32),
        position=np.full(size, -1, dtype=np.int32),
    )
    return SplitLog("made", log, np.full(size, PLATFORM, dtype=np.uint8))


def assert_same(a: Population, b: Population) -> None:
    for f in fields(a):
        np.testing.assert_array_equal(getattr(a, f.name), getattr(b, f.name), err_msg=f.name)


def test_what_is_held_out_changes_nobody() -> None:
    split = made()
    part = np.where(np.arange(len(split.log)) % 5 == 0, HELD_OUT, PLATFORM).astype(np.uint8)
    held = part == HELD_OUT
    poisoned = replace(split.log, rating=np.where(held, 1, split.log.rating).astype(np.float32))
    poisoned = replace(poisoned, item=np.where(held, 7, poisoned.item).astype(np.int32))
    one, two = (from_log(SplitLog("made", log, part), seed=1) for log in (split.log, poisoned))
    assert_same(one, two)


def test_a_smaller_population_is_part_of_a_bigger_one_and_keeps_the_order_of_the_log() -> None:
    split = made()
    small, big = (from_log(split, size=s, seed=1) for s in (30, 70))
    assert set(small.user_ids) < set(big.user_ids)
    assert (np.diff(big.source) > 0).all()
    assert len(small) == 30
    rows = np.flatnonzero(np.isin(big.user_ids, small.user_ids))
    assert_same(big.take(rows), small)


def test_clones_share_a_history_and_have_luck_and_what_it_leaves_open_of_their_own() -> None:
    people = from_log(made(), size=300, seed=1)
    assert len(people) == 300
    assert len(set(people.user_ids)) == 300
    assert len(set(people.keys.tolist())) == 300
    assert people.user_ids[120] == "u0~2"
    assert people.user_ids[-1].endswith("~3")
    assert (people.cluster[120], people.source[120]) == ("u0", 0)
    assert people.keys[120] == keys_of(["u0~2"])[0]
    assert (people.profile[120] == people.profile[0]).all()
    assert people.rating_mean[120] == people.rating_mean[0]
    assert people.pickiness[120] != people.pickiness[0]
    assert people.position_habit[120] != people.position_habit[0]


def test_an_id_that_looks_like_a_clone_is_refused_when_there_are_clones() -> None:
    split = made(2)
    split = replace(split, log=replace(split.log, user_ids=np.array(["a", "a~2"])))
    assert len(from_log(split, seed=1)) == 2
    with pytest.raises(UserInputError, match="rename them"):
        from_log(split, size=4, seed=1)


def test_nobody_is_no_population() -> None:
    with pytest.raises(UserInputError, match=r"population\.size: 0"):
        from_log(made(), size=0, seed=1)


def test_a_trait_is_what_the_log_tells_and_drawn_by_seed_as_far_as_it_does_not() -> None:
    """Half of the people rate one level lower than the others: that is told. Nothing tells who heeds a headline."""
    split = made(per=150)
    harsh = split.log.user < 60
    rating = np.clip(split.log.rating - harsh, 1, 5).astype(np.float32)
    split = replace(split, log=replace(split.log, rating=rating))
    one, two = (from_log(split, seed=s) for s in (1, 2))
    assert np.corrcoef(one.pickiness, two.pickiness)[0, 1] > 0.7
    assert one.pickiness[:60].mean() - one.pickiness[60:].mean() > 1
    assert abs(np.corrcoef(one.headline_susceptibility, two.headline_susceptibility)[0, 1]) < 0.3
    assert (one.headline_susceptibility != two.headline_susceptibility).all()


def test_people_of_a_log_are_as_unlike_each_other_as_people_are_however_little_it_tells() -> None:
    people = from_log(made(400, per=5), seed=1)
    for trait in ("pickiness", "patience", "novelty_seeking", "impulsivity"):
        assert 0.8 < getattr(people, trait).std() < 1.2


def test_patience_comes_from_times_where_the_log_has_them() -> None:
    split = made()
    time = 10**6 * (1 + np.arange(len(split.log)) % 40)
    time[split.log.user < 60] = 10**6 + np.arange(len(split.log))[split.log.user < 60] % 40
    people = from_log(replace(split, log=replace(split.log, time=time)), seed=1)
    assert people.patience[:60].min() > people.patience[60:].max()


def test_longer_histories_make_more_active_people() -> None:
    split = made()
    keep = (split.log.user >= 60) | (np.arange(len(split.log)) % 4 == 0)
    short = SplitLog("made", split.log.select(keep), split.part[keep])
    people = from_log(short, seed=1)
    assert people.activity[:60].max() < people.activity[60:].min()
    assert people.activity.min() > 0.1
    assert people.activity.max() < 10


def test_those_who_rate_like_everyone_conform_and_contrarians_do_not() -> None:
    split = made()
    taste = np.random.default_rng(0).integers(1, 6, 200)
    rating = taste[split.log.item].astype(np.float32)
    contrary = split.log.user < 12
    rating[contrary] = 6 - rating[contrary]
    people = from_log(replace(split, log=replace(split.log, rating=rating)), seed=1)
    assert people.conformity[:12].max() < people.conformity[12:].min()


def test_those_who_choose_one_kind_seek_less_novelty_whatever_the_length_of_their_history() -> None:
    split = made()
    item = split.log.item.copy()
    narrow = split.log.user < 12
    item[narrow] = 8 * (np.arange(narrow.sum()) % 25)
    people = from_log(replace(split, log=replace(split.log, item=item)), seed=1)
    assert people.novelty_seeking[:12].max() < people.novelty_seeking[12:].min()


def test_thresholds_give_back_each_persons_rating_histogram() -> None:
    split = made(per=120)
    tilt = np.where(split.log.user % 2 == 0, 5, split.log.rating)
    people = from_log(replace(split, log=replace(split.log, rating=tilt.astype(np.float32))), seed=1)
    law, rng = Rating(), np.random.default_rng(0)
    rows = np.repeat(np.arange(len(people)), 200)
    score = rng.standard_normal(rows.size) * law.reliability
    expected = people.rating_mean[rows] + people.rating_spread[rows] * score.astype(np.float32)
    level = law.felt(
        expected,
        people.rating_mean[rows],
        people.rating_spread[rows],
        people.thresholds[rows],
        rng.standard_normal(rows.size),
    )
    fives = np.bincount(rows, level == 5) / 200
    assert fives[::2].mean() > 0.9, "people who always give five"
    assert fives[1::2].mean() == pytest.approx(0.2, abs=0.07), "people who give every rating alike"


def test_a_log_without_ratings_or_histories_still_has_people() -> None:
    split = made(ratings=False)
    kept = split.log.user != 3
    people = from_log(SplitLog("made", split.log.select(kept), split.part[kept]), seed=1)
    for f in fields(people):
        values: Any = getattr(people, f.name)
        if isinstance(values, np.ndarray) and values.dtype == np.float32:
            assert np.isfinite(values).all(), f.name
    assert 3 < people.rating_mean[0] < 4
    assert (np.diff(people.thresholds, axis=1) > 0).all()


def test_a_scale_of_ten_is_read_as_five_levels() -> None:
    split = made()
    people = from_log(replace(split, log=replace(split.log, rating=split.log.rating * 2)), seed=1)
    assert people.rating_unit == 2.0
    np.testing.assert_allclose(people.thresholds, from_log(made(), seed=1).thresholds, atol=1e-6)
    assert (people.expectation <= 5).all()


def test_a_person_is_a_view_of_one_row() -> None:
    people = from_log(made(), seed=1)
    person = people.person(5)
    assert person.user_id == "u5"
    assert person.traits["activity"] == pytest.approx(float(people.activity[5]))
    assert "popularity" not in person.traits
    assert len(person.thresholds) == 4


@pytest.mark.parametrize("cost", [calls_of, height_of])
def test_what_it_takes_to_build_people_grows_with_their_number_and_no_faster(
    cost: Callable[[Callable[[], object]], int],
) -> None:
    few, many = (partial(from_log, made(people, 100), seed=1) for people in (500, 2000))
    few(), many()  # imports and caches
    assert cost(many) < 5 * cost(few)  # four times the people: with their square it would be sixteen times
