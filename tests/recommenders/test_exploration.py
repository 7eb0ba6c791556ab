"""Randomised slates: that what happens is as probable as it is said to be."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommenders.builtin.ease import EASE
from recommenders.builtin.popular import Popular
from recommenders.builtin.random import Random
from recommenders.contract import Recommender, Request, RequestBatch, Slate, learns
from recommenders.errors import PluginError
from recommenders.exploration import explore
from recommenders.platform import PlatformView
from recommenders.validation import checked_slates
from simulator.randomness import mix
from simulator.records import UserInputError

POLICIES = [
    ("epsilon_greedy", {"epsilon": 0.3}),
    ("plackett_luce", {"temperature": 0.7, "pool": 6}),
    ("plackett_luce", {"temperature": 2.0}),
]


class Fixed(Recommender):
    """A plug-in that ranks the catalogue backwards, by hand."""

    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()[::-1]

    def recommend(self, requests, k):
        slates = []
        for request in requests:
            free = [i for i in self.ids if i not in request.exclude][:k]
            slates.append(Slate(free, [float(len(free) - n) for n in range(len(free))]))
        return slates


def policy(base, catalog, log, kind, settings_):
    wrapped = explore(base, kind, **settings_)
    wrapped.fit(catalog, log)
    return wrapped


@pytest.mark.parametrize("base", [Popular, Fixed])
@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
def test_slates_come_as_often_as_their_propensities_say(base, kind, settings_, catalog, log, make_batch) -> None:
    # Many people who are alike and may see five items only: every ordered pair is counted against its probability.
    wrapped = policy(base(), catalog, log, kind, settings_)
    many = np.full(6000, 57, dtype=np.int32)
    view = PlatformView.of(log, many, log.user_ids[many], mix(np.arange(many.size, dtype=np.uint64)))
    view.blocked[:, 5:] |= 1
    rows = np.arange(many.size, dtype=np.int32)
    slates = wrapped.recommend(RequestBatch(view, rows, 0 * rows, 3, make_batch(log).stream), 2)
    seen = Counter(map(tuple, slates.items.tolist()))
    stated = {}
    for pair, propensity in zip(map(tuple, slates.items.tolist()), slates.propensities.tolist(), strict=True):
        assert stated.setdefault(pair, np.prod(propensity)) == pytest.approx(np.prod(propensity))
    turns = many.size
    batch = RequestBatch(view, rows[:1], 0 * rows[:1], 3, make_batch(log).stream)
    for pair in permutations(range(5), 2):
        slate = Slate([f"i{n}" for n in pair])
        probability = exp(wrapped.log_prob(batch, [slate])[0])
        if pair in stated:
            assert probability == pytest.approx(stated[pair], rel=1e-4)
        spread = max(1.0, np.sqrt(turns * probability * (1 - probability)))
        assert abs(seen[pair] - turns * probability) < 4.5 * spread
    total = sum(exp(wrapped.log_prob(batch, [Slate([f"i{a}", f"i{b}"])])[0]) for a, b in permutations(range(5), 2))
    assert total == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
@settings(max_examples=10, deadline=None)
@given(people=st.lists(st.integers(0, 59), min_size=1, max_size=40, unique=True))
def test_luck_belongs_to_the_person_not_to_the_batch(kind, settings_, people, catalog, log, make_batch) -> None:
    wrapped = policy(Popular(), catalog, log, kind, settings_)
    whole, part = wrapped.recommend(make_batch(log), 6), wrapped.recommend(make_batch(log, people), 6)
    np.testing.assert_array_equal(part.items, whole.items[people])
    assert part.propensities.tobytes() == whole.propensities[people].tobytes()


@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
def test_slates_keep_the_contract_and_log_prob_agrees_with_them(kind, settings_, catalog, log, make_batch) -> None:
    wrapped = policy(EASE(), catalog, log, kind, settings_)
    batch = make_batch(log)
    for k in (1, 7, 45):
        slates = checked_slates(wrapped.recommend(batch, k), batch, k, "x", unscored=True)
        logs = np.log(np.where(slates.items >= 0, slates.propensities, 1).astype(np.float64)).sum(axis=1)
        np.testing.assert_allclose(wrapped.log_prob(batch, slates), logs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
def test_impossible_slates_have_no_probability(kind, settings_, catalog, log) -> None:
    wrapped = policy(Popular(), catalog, log, kind, settings_)
    request = Request("u", ("i1",), frozenset(["i1"]))
    for ids in (["i1", "i2"], ["i2", "i2"], ["nowhere"]):
        assert wrapped.log_prob([request], [Slate(ids)])[0] == -np.inf


def test_without_epsilon_the_ranking_stays_as_it_was(catalog, log, make_batch) -> None:
    base = EASE()
    wrapped = policy(base, catalog, log, "epsilon_greedy", {"epsilon": 0.0})
    slates = wrapped.recommend(make_batch(log), 8)
    np.testing.assert_array_equal(slates.items, base.recommend(make_batch(log), 8).items)
    assert (slates.propensities == 1).all()


def test_a_low_temperature_is_the_ranking_and_a_high_one_is_chance(catalog, log, make_batch) -> None:
    base = EASE()
    cold = policy(base, catalog, log, "plackett_luce", {"temperature": 1e-6, "pool": 20})
    hot = policy(EASE(), catalog, log, "plackett_luce", {"temperature": 1e6})
    batch = make_batch(log, list(range(57)))
    np.testing.assert_array_equal(cold.recommend(batch, 3).items, base.recommend(batch, 3).items)
    slates = hot.recommend(batch, 3)
    left = (batch.view.blocked == 0).sum(axis=1)[:, None] - np.arange(3)
    np.testing.assert_allclose(slates.propensities, 1 / left, rtol=1e-4)


@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
def test_two_arms_share_their_luck(kind, settings_, catalog, log, make_batch) -> None:
    # Two rankings that differ in one pair of items, before the same people: most slates must be the same.
    class Swapped(Fixed):
        def fit(self, catalog, log):
            super().fit(catalog, log)
            self.ids[30], self.ids[31] = self.ids[31], self.ids[30]

    one, other = (policy(base(), catalog, log, kind, settings_) for base in (Fixed, Swapped))
    batch = make_batch(log)
    same = (one.recommend(batch, 4).items == other.recommend(batch, 4).items).all(axis=1)
    assert same.mean() > 0.8


@pytest.mark.parametrize(("kind", "settings_"), POLICIES)
def test_different_turns_and_seeds_bring_different_luck(kind, settings_, catalog, log, make_batch) -> None:
    wrapped = policy(Popular(), catalog, log, kind, settings_)
    first = wrapped.recommend(make_batch(log), 8).items
    for other in (make_batch(log, turn=1), make_batch(log, seed=1)):
        assert (wrapped.recommend(other, 8).items != first).any(axis=1).mean() > 0.5


def test_an_item_of_luck_has_no_score_and_the_others_keep_theirs(catalog, log, make_batch) -> None:
    base = EASE()
    wrapped = policy(base, catalog, log, "epsilon_greedy", {"epsilon": 0.5})
    batch = make_batch(log)
    ranked = base.recommend(batch, 40)
    slates = wrapped.recommend(batch, 5)
    at = np.argmax(ranked.items[:, None, :] == slates.items[:, :, None], axis=2)
    expected = np.take_along_axis(ranked.scores, at, axis=1)
    scored = ~np.isnan(slates.scores)
    assert scored.any()
    assert (~scored).any()
    np.testing.assert_array_equal(slates.scores[scored], expected[scored])
    assert (at[~scored] >= 5).all()


def test_what_is_random_already_is_refused(catalog, log, make_batch) -> None:
    wrapped = policy(Random(), catalog, log, "epsilon_greedy", {})
    with pytest.raises(UserInputError, match="draws at random already"):
        wrapped.recommend(make_batch(log), 3)


def test_plackett_luce_needs_scores(catalog, log, make_batch) -> None:
    class Silent(Fixed):
        def recommend(self, requests, k):
            return [Slate(slate.item_ids) for slate in super().recommend(requests, k)]

    wrapped = policy(Silent(), catalog, log, "plackett_luce", {})
    with pytest.raises(PluginError, match="'Silent', turn 0: its slates have no scores"):
        wrapped.recommend(make_batch(log), 3)


def test_it_can_be_put_around_what_is_fitted_already(catalog, log, make_batch) -> None:
    base = EASE()
    base.fit(catalog, log)
    slates = explore(base, "epsilon_greedy", epsilon=0.0).recommend(make_batch(log), 3)
    np.testing.assert_array_equal(slates.items, base.recommend(make_batch(log), 3).items)


def test_it_learns_if_what_it_wraps_learns() -> None:
    assert learns(explore(Popular(learn=True), "epsilon_greedy"))
    assert not learns(explore(Popular(), "epsilon_greedy"))


@pytest.mark.parametrize(
    ("kind", "settings_", "told"),
    [
        ("epsilon_greedy", {"epsilon": 1.5}, "explore.epsilon must be a number of at least 0 and at most 1, not 1.5"),
        ("plackett_luce", {"temperature": 0}, "explore.temperature must be a number above 0, not 0"),
        ("plackett_luce", {"pool": 0}, "explore.pool must be a whole number of at least 1, not 0"),
        ("plackett_luce", {"epsilon": 0.1}, "epsilon belongs to epsilon_greedy"),
        ("epsilon_greedy", {"pool": 9}, "temperature and pool belong to plackett_luce"),
        ("boltzmann", {}, "kind must be epsilon_greedy or plackett_luce, not 'boltzmann'"),
    ],
)
def test_settings_out_of_range_are_named(kind, settings_, told) -> None:
    with pytest.raises(UserInputError) as caught:
        explore(Popular(), kind, **settings_)
    assert told in str(caught.value)
