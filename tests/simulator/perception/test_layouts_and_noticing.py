"""Where places lie, and what of them reaches a person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.behaviour.examination import Cascade, PositionBased, UserBrowsing
from simulator.perception import LAYOUTS, layout_of, noticed_places, place_luck
from simulator.randomness import keys_of
from simulator.records import UserInputError

LAWS = [Cascade(), PositionBased(), UserBrowsing()]
KEYS = keys_of(f"person {i}" for i in range(4000))


@given(st.sampled_from(LAYOUTS), st.integers(1, 60))
def test_a_layout_orders_every_place_once_by_rank(name: str, k: int) -> None:
    layout = layout_of(name, k)
    assert sorted(layout.order.tolist()) == list(range(k))
    assert layout.rank[0] == 1
    assert (np.diff(layout.rank[layout.order]) >= 0).all()


def test_attention_goes_down_a_list_and_along_rows_and_columns_of_a_grid() -> None:
    assert layout_of("list", 4).rank.tolist() == [1, 2, 3, 4]
    grid = layout_of("grid", 12)
    assert grid.rank[1] < grid.rank[4] < grid.rank[5]
    assert layout_of("carousel", 10).rank[5] < layout_of("carousel", 10).rank[4]


def test_only_a_feed_is_seen_one_at_a_time() -> None:
    assert [name for name in LAYOUTS if layout_of(name, 5).sequential] == ["feed"]


def test_an_unknown_layout_is_a_clear_error() -> None:
    with pytest.raises(UserInputError, match=r"world\.layout: 'spiral' is not one of list"):
        layout_of("spiral", 5)


@pytest.mark.parametrize("law", LAWS)
def test_in_a_feed_nothing_is_noticed_beyond_the_first_thing_passed_over(law: Cascade) -> None:
    noticed = noticed_places(law, "feed", np.ones(4000, dtype=np.float32), place_luck(1, KEYS, 3, 10))
    assert (np.diff(noticed.astype(int), axis=1) <= 0).all()


def test_the_cascade_notices_by_its_chances_at_a_glance() -> None:
    law = Cascade(after_pass=0.81, after_click=0.5, glance=0.5)
    share = noticed_places(law, "list", np.ones(4000, dtype=np.float32), place_luck(1, KEYS, 3, 5)).mean(axis=0)
    assert share == pytest.approx(0.9 ** np.arange(5), abs=0.03)


def test_the_position_based_law_examines_by_place_if_a_glance_is_all_there_is() -> None:
    law = PositionBased(decay=0.5, glance=1.0)
    share = noticed_places(law, "list", np.ones(4000, dtype=np.float32), place_luck(1, KEYS, 3, 6)).mean(axis=0)
    assert share == pytest.approx(1 / (1 + 0.5 * np.arange(6)), abs=0.03)


@pytest.mark.parametrize("law", [Cascade(), PositionBased()])
def test_more_effort_never_notices_more(law: Cascade) -> None:
    luck = place_luck(1, KEYS, 3, 10)
    fresh, tired = (noticed_places(law, "grid", np.full(4000, e, dtype=np.float32), luck) for e in (1.0, 2.0))
    assert not (tired & ~fresh).any()
    assert tired.sum() < 0.9 * fresh.sum()


def test_luck_belongs_to_the_person_the_turn_and_the_place() -> None:
    whole = place_luck(1, KEYS, 3, 10)
    np.testing.assert_array_equal(whole[5:7, :4], place_luck(1, KEYS[5:7], 3, 4))
    assert (whole != place_luck(1, KEYS, 4, 10)).all()
    assert (whole != place_luck(2, KEYS, 3, 10)).all()
    assert whole.mean() == pytest.approx(1.0, abs=0.02)
