"""Groups of people who are alike: the same for any order and company, with representatives that stand for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.minds.language.archetypes import Archetypes
from simulator.population import Population
from simulator.records import UserInputError


@pytest.fixture(scope="module")
def archetypes(people: Population) -> Archetypes:
    return Archetypes.of(people, 12, seed=5)


def test_everybody_belongs_to_one_archetype_and_sizes_say_so(people: Population, archetypes: Archetypes) -> None:
    found = archetypes.assign(people)
    assert found.shape == (len(people),)
    assert np.array_equal(np.bincount(found, minlength=len(archetypes)), archetypes.size)
    assert archetypes.size.min() > 0
    assert archetypes.size.sum() == len(people)
    assert len(archetypes.people) == len(archetypes) == 12


def test_people_of_an_archetype_are_alike(people: Population, archetypes: Archetypes) -> None:
    found = archetypes.assign(people)
    few = ((people.novelty_seeking, 0.85), (people.rating_mean, 0.85), *((column, 0.5) for column in people.profile.T))
    for values, most in few:
        within = sum(values[found == nth].var() * size for nth, size in enumerate(archetypes.size)) / len(people)
        assert within < most * values.var()


def test_planted_groups_are_found(people: Population) -> None:
    planted = np.arange(len(people)) % 3
    profile = np.eye(people.profile.shape[1], dtype=np.float32)[planted]
    calm = {name: np.zeros(len(people), dtype=np.float32) for name in ("patience", "conformity", "novelty_seeking")}
    grouped = replace(people, profile=profile, **calm)
    found = Archetypes.of(grouped, 3, seed=1).assign(grouped)
    assert len(set(zip(found.tolist(), planted.tolist(), strict=True))) == 3


def test_order_and_company_change_nobodys_archetype(people: Population, archetypes: Archetypes) -> None:
    order = np.random.default_rng(0).permutation(len(people))
    again = Archetypes.of(people.take(order), 12, seed=5)
    assert np.array_equal(again.centres, archetypes.centres)
    assert np.array_equal(again.people.source, archetypes.people.source)
    assert np.array_equal(archetypes.assign(people.take(order)), archetypes.assign(people)[order])
    assert np.array_equal(archetypes.assign(people.take(order[:3])), archetypes.assign(people)[order[:3]])


def test_another_seed_may_group_otherwise(people: Population, archetypes: Archetypes) -> None:
    assert not np.array_equal(Archetypes.of(people, 12, seed=6).centres, archetypes.centres)


def test_a_representative_has_a_members_history_and_the_mean_of_traits(
    people: Population, archetypes: Archetypes
) -> None:
    found = archetypes.assign(people)
    for nth, source in enumerate(archetypes.people.source):
        own = found == nth
        assert found[people.source == source] == nth
        assert archetypes.people.patience[nth] == pytest.approx(people.patience[own].mean(), abs=1e-5)
        assert archetypes.people.rating_mean[nth] == pytest.approx(people.rating_mean[own].mean(), abs=1e-5)
        assert archetypes.people.activity[nth] == pytest.approx(np.exp(np.log(people.activity[own]).mean()), rel=1e-5)
        assert (np.diff(archetypes.people.thresholds[nth]) >= 0).all()
        assert np.linalg.norm(archetypes.people.profile[nth]) == pytest.approx(1, abs=1e-5)
    assert archetypes.people.user_ids.tolist() == archetypes.ids.tolist()


@settings(max_examples=15, deadline=None)
@given(k=st.integers(1, 30), n=st.integers(1, 60))
def test_any_number_of_groups_up_to_the_number_of_people(people: Population, k: int, n: int) -> None:
    some = people.take(np.arange(n))
    if k > n:
        with pytest.raises(UserInputError, match=r"mind\.archetypes.*Give 1 to"):
            Archetypes.of(some, k, seed=0)
        return
    found = Archetypes.of(some, k, seed=0)
    assert 1 <= len(found) <= k
    assert found.size.sum() == n


def test_people_who_are_all_the_same_make_one_archetype(people: Population) -> None:
    same = people.take(np.full(5, 7))
    named = replace(same, user_ids=np.array([f"x{n}" for n in range(5)]), keys=np.arange(5, dtype=np.uint64))
    assert len(Archetypes.of(named, 4, seed=0)) == 1
