"""A person's own taste for an item lasts, is keyed, and leaves the frequency of choices as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from simulator.minds.residual import Residual
from simulator.randomness import keys_of

PEOPLE, ITEMS = keys_of(f"u{i}" for i in range(400)), keys_of(f"i{i}" for i in range(500))


@settings(max_examples=20, deadline=None)
@given(taste=st.floats(-9, 6), sigma=st.sampled_from([0.0, 0.5, 1.0, 2.0]))
def test_the_mean_chance_over_the_residual_is_that_of_taste(taste: float, sigma: float) -> None:
    z = np.linspace(-8, 8, 4001)
    mass = np.exp(-(z**2) / 2)
    location = float(Residual(1, sigma).location(np.array([taste], dtype=np.float32))[0])
    mean = (expit(location + sigma * z) * mass).sum() / mass.sum()
    assert mean == pytest.approx(expit(taste), rel=0.01)


def test_the_residual_has_its_standard_deviation_and_no_mean() -> None:
    residual = Residual(1, 1.5)
    flat = np.zeros((400, 500), dtype=np.float32)
    own = residual.want(flat, PEOPLE, np.tile(ITEMS, (400, 1)))
    assert own.mean() == pytest.approx(0, abs=0.02)
    assert own.std() == pytest.approx(1.5, rel=0.02)


def test_the_residual_belongs_to_person_and_item_and_seed() -> None:
    flat = np.zeros((2, 3), dtype=np.float32)
    page = np.array([ITEMS[[1, 2, 3]], ITEMS[[3, 1, 9]]])
    here = Residual(1).want(flat, PEOPLE[[5, 6]], page)
    there = Residual(1).want(flat[:1, :1], PEOPLE[[6]], page[1:, :1])
    assert here[1, 0] == there[0, 0]
    assert here[0, 2] != here[1, 0]
    assert not np.isin(Residual(2).want(flat, PEOPLE[[5, 6]], page), here).any()
