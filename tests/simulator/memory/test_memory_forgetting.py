"""Forgetting: a power law of simulated time, in bounds, and the share of memories left follows it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.memory.forgetting import ForgettingLaw, faded, lasting_luck
from simulator.records import UserInputError

LAW = ForgettingLaw()
ages = st.floats(0, 1e9)
unit = st.floats(0, 1)


@settings(deadline=None)
@given(ages, ages, unit, unit, st.floats(0, 3))
def test_retention_is_bounded_falls_with_age_and_rises_with_importance(
    one: float, other: float, less: float, more: float, decay: float
) -> None:
    law = ForgettingLaw(decay=decay)
    young, old = sorted((one, other))
    light, heavy = sorted((less, more))
    at = np.array([young, old, young, old])
    kept = law.retention(at, np.array([light, light, heavy, heavy]))
    assert (kept > 0).all() and (kept <= 1).all()
    assert kept[1] <= kept[0] and kept[3] <= kept[2]
    assert kept[0] <= kept[2] and kept[1] <= kept[3]


def test_it_is_a_power_law() -> None:
    days = np.array([3.0, 15.0]) * LAW.unit_s
    near, far = LAW.retention(days, np.zeros(2))
    assert far == pytest.approx(near**2)


def test_nothing_is_forgotten_at_once_and_what_matters_most_never() -> None:
    luck = lasting_luck(1, np.arange(50, dtype=np.uint64), np.tile(np.arange(40), (50, 1)))
    assert not faded(LAW.retention(np.zeros((50, 40)), np.zeros((50, 40))), luck).any()
    assert not faded(LAW.retention(np.full((50, 40), 1e9), np.ones((50, 40))), luck).any()


@pytest.mark.parametrize("days", [1, 7, 60])
def test_the_share_that_is_left_is_the_retention(days: int) -> None:
    keys, ids = np.arange(400, dtype=np.uint64), np.tile(np.arange(50), (400, 1))
    kept = LAW.retention(np.full(ids.shape, days * LAW.unit_s), np.zeros(ids.shape))
    left = 1 - faded(kept, lasting_luck(3, keys, ids)).mean()
    assert left == pytest.approx(float(kept[0, 0]), abs=0.02)


def test_what_is_forgotten_stays_forgotten_as_time_goes_on() -> None:
    keys, ids = np.arange(30, dtype=np.uint64), np.tile(np.arange(30), (30, 1))
    luck = lasting_luck(3, keys, ids)
    weight = np.full(ids.shape, 0.3)
    gone = np.zeros(ids.shape, dtype=bool)
    for days in range(0, 100, 5):
        now = faded(LAW.retention(np.full(ids.shape, days * LAW.unit_s), weight), luck)
        assert (now >= gone).all()
        gone = now
    assert gone.any() and not gone.all()


@pytest.mark.parametrize(("field", "value"), [("decay", -0.1), ("unit_s", 0.0), ("decay", float("nan"))])
def test_impossible_laws_are_refused(field: str, value: float) -> None:
    with pytest.raises(UserInputError, match=f"memory.forgetting.{field}"):
        ForgettingLaw(**{field: value})
