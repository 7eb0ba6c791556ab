"""Parameters of a recommender, as they are typed on a command line."""

from __future__ import annotations

import pytest

from simulator.cli.parameters import params_of
from simulator.records import UserInputError


def test_values_are_read_as_in_a_scenario_file() -> None:
    assert params_of(["factors=16", "learn=true", "base=als", "half_life_days=null", "shares=[0.1, 0.9]"]) == {
        "factors": 16,
        "learn": True,
        "base": "als",
        "half_life_days": None,
        "shares": [0.1, 0.9],
    }
    assert params_of(['{"factors": 8, "base": {"recommender": "als"}}', "factors=9"]) == {
        "factors": 9,
        "base": {"recommender": "als"},
    }
    assert params_of(None) == {}


@pytest.mark.parametrize("typed", ["factors", "=3", "{factors: ", "a=[1"])
def test_what_is_no_parameter_is_refused_with_its_text(typed: str) -> None:
    with pytest.raises(UserInputError, match=r"^--params "):
        params_of([typed])
