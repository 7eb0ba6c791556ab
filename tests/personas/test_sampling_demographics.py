"""Raking, rounding and allotting: margins hold, associations stay, nobody is what nobody can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from personas.sampling.demographics import People, allotted, joint_table
from personas.sampling.marginals import read
from personas.sampling.raking import raked
from personas.sampling.rounding import rounded
from simulator.randomness import Stream, keys_of


def test_raking_reaches_the_margins_keeps_odds_ratios_and_zeros() -> None:
    seed = np.array([[3.0, 1.0, 2.0], [1.0, 4.0, 0.0]])
    rows, columns = np.array([0.7, 0.3]), np.array([0.4, 0.35, 0.25])
    found = raked(seed, {0: rows, 1: columns})
    assert found.worst < 1e-6
    np.testing.assert_allclose(found.table.sum(axis=1), rows, atol=1e-6)
    np.testing.assert_allclose(found.table.sum(axis=0), columns, atol=1e-6)
    assert found.table[1, 2] == 0
    odds = found.table[0, 0] * found.table[1, 1] / (found.table[0, 1] * found.table[1, 0])
    assert odds == pytest.approx(3 * 4 / (1 * 1))
    made = seed / seed.sum() * found.factors[0][:, None] * found.factors[1]
    np.testing.assert_allclose(made, found.table, atol=1e-12)


def test_raking_says_how_far_it_stays_from_margins_that_zeros_forbid() -> None:
    found = raked(np.eye(2), {0: np.array([0.5, 0.5]), 1: np.array([0.9, 0.1])})
    assert found.worst == pytest.approx(0.4)


@settings(max_examples=60, deadline=None)
@given(
    table=arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(0, 5)),
    seed=st.integers(0, 99),
)
def test_rounding_moves_no_cell_and_no_margin_by_a_whole_person(table: np.ndarray, seed: int) -> None:
    whole = rounded(table, Stream.of(seed, "population", "test"))
    for axis in (None, 0, 1):
        sums, wanted = (whole, table) if axis is None else (whole.sum(axis=axis), table.sum(axis=axis))
        assert np.abs(sums - wanted).max() < 1
    assert (whole >= 0).all()


def test_rounding_keeps_whole_margins_and_is_without_bias() -> None:
    table = np.array([[0.2, 0.5, 1.3], [0.8, 0.5, 0.7]])  # rows 2, 2; columns 1, 1, 2
    rounds = np.stack([rounded(table, Stream.of(seed, "population", "test")) for seed in range(3000)])
    assert (rounds.sum(axis=1) == [1, 1, 2]).all() and (rounds.sum(axis=2) == 2).all()
    np.testing.assert_allclose(rounds.mean(axis=0), table, atol=0.04)  # over four standard errors


def crowd(n: int, seed: int = 7, given: dict[str, dict[str, float]] | None = None) -> People:
    joint = joint_table(None if given is None else read(given))
    return allotted(joint, n, seed=seed, keys=keys_of(f"s-{nth:06d}" for nth in range(1, n + 1)))


def worst_margin(people: People) -> float:
    return max(
        float(np.abs(np.bincount(rows, minlength=len(target)) / people.age.size - target).max())
        for rows, target in zip(people.rows(), people.joint.targets, strict=True)
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [200, 500, 3000])
def test_every_margin_of_even_a_small_crowd_is_within_one_per_cent(n: int, seed: int) -> None:
    assert worst_margin(crowd(n, seed)) < 0.01
    own = {
        "age": {"13-17": 0.137, "18-24": 0.243, "25-49": 0.41, "50+": 0.21},
        "gender": {"female": 0.613, "male": 0.354, "other": 0.033},
        "occupation": {"pupil": 0.12, "student": 0.21, "retired": 0.083, "lamp lighter": 0.287, "nurse": 0.3},
        "place": {"Leeds, UK": 0.31, "Atlantis": 0.27, "Lagos, Nigeria": 0.42},
    }
    assert worst_margin(crowd(n, seed, own)) < 0.01


def test_a_few_people_are_allotted_too() -> None:
    for n in (1, 2, 7):
        people = crowd(n)
        assert all(rows.size == n for rows in people.rows())
        assert worst_margin(people) * n < 1.5


def test_ages_lie_in_their_brackets_and_nobody_is_too_young_or_old_for_what_they_do() -> None:
    people = crowd(20_000, given={"age": {"13-24": 0.3, "25-64": 0.5, "65+": 0.2}})
    bracket = np.array([(13, 24), (25, 64), (65, 90)])[people.bracket]
    assert ((people.age >= bracket[:, 0]) & (people.age <= bracket[:, 1])).all()
    work = np.array(people.joint.categories[2])[people.occupation]
    assert people.age[work == "retired"].min() > 50
    assert people.age[work == "pupil"].max() < 18
    assert people.age[work == "doctor"].min() > 24
    assert (work == "pupil").sum() > 500 and (work == "retired").sum() > 1000
    assert np.median(people.age[work == "university student"]) < 25


def test_associations_of_gender_and_of_country_are_there() -> None:
    people = crowd(10_000)
    gender = np.array(people.joint.categories[1])[people.gender]
    work = np.array(people.joint.categories[2])[people.occupation]
    place = np.array(people.joint.categories[3])[people.place]
    assert (gender[work == "nurse"] == "female").mean() > 0.75
    assert (gender[work == "electrician"] == "female").mean() < 0.15
    assert people.age[place == "Tokyo, Japan"].mean() > people.age[place == "Lagos, Nigeria"].mean() + 5


def test_the_same_seed_allots_the_same_and_another_differs() -> None:
    one, same, other = crowd(300, 1), crowd(300, 1), crowd(300, 2)
    assert (one.age == same.age).all() and (one.place == same.place).all()
    assert (one.age != other.age).mean() > 0.5
    assert np.abs(np.corrcoef(one.place, np.arange(300))[0, 1]) < 0.2, "people of one place must not stand together"
