"""Each law: its direction, its bounds, and the table of constants."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.behaviour.boredom import Boredom
from simulator.behaviour.click import Click
from simulator.behaviour.constants import constants_of
from simulator.behaviour.dwell import Dwell
from simulator.behaviour.examination import Cascade, PositionBased, UserBrowsing
from simulator.behaviour.fatigue import Fatigue
from simulator.behaviour.laws import EXAMINATION_KINDS, Laws
from simulator.behaviour.leaving import Leaving
from simulator.behaviour.novelty import Novelty
from simulator.behaviour.rating import Rating
from simulator.behaviour.repeat_exposure import RepeatExposure
from simulator.behaviour.returning import DAY_S, Returning
from simulator.behaviour.satisfaction import Satisfaction
from simulator.records import UserInputError
from simulator.turn import LeaveReason

units = st.floats(0, 1, width=32)
levels = st.floats(1, 5, width=32)


def column(*values: float) -> Any:
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize("law", [PositionBased(), Cascade(), UserBrowsing()])
@pytest.mark.parametrize("sequential", [False, True])
def test_the_first_place_is_free_and_no_cost_is_negative(law: Any, sequential: bool) -> None:
    table = law.table(np.arange(1, 11, dtype=np.float32), sequential=sequential)
    assert table.shape == (10, 11)
    assert table[0, 0] == 0
    assert (table >= 0).all()


@pytest.mark.parametrize("law", [PositionBased(), UserBrowsing()])
def test_places_further_down_cost_more_while_nothing_is_clicked(law: Any) -> None:
    costs = law.table(np.arange(1, 11, dtype=np.float32), sequential=False)[:, 0]
    assert (np.diff(costs) > 0).all()


def test_in_a_feed_the_steps_add_up_to_the_places_of_the_position_based_law() -> None:
    ranks = np.arange(1, 11, dtype=np.float32)
    whole, steps = (PositionBased().table(ranks, sequential=s)[:, 0] for s in (False, True))
    assert np.allclose(steps.cumsum(), whole, atol=1e-6)


def test_the_cascade_goes_on_by_its_two_chances() -> None:
    table = Cascade(after_pass=0.8, after_click=0.3).table(np.arange(1, 5, dtype=np.float32), sequential=True)
    assert np.exp(-table[2, 0]) == pytest.approx(0.8)
    assert np.exp(-table[2, 2]) == pytest.approx(0.3), "the last click was on the place before"
    assert np.exp(-table[2, 1]) == pytest.approx(0.8), "the last click was higher up"


def test_user_browsing_looks_right_below_a_click() -> None:
    table = UserBrowsing().table(np.arange(1, 11, dtype=np.float32), sequential=False)
    assert table[5, 5] == 0 < table[5, 3] < table[5, 1]


@given(st.floats(-20, 20, width=32), st.floats(-5, 5, width=32))
def test_a_click_is_likelier_the_more_an_item_is_wanted(want: float, shift: float) -> None:
    low, high = Click().probability(column(want, want + 1), column(shift, shift))
    assert 0 <= low <= high <= 1


@given(units, st.floats(0, 3, width=32))
def test_boredom_never_raises_the_chance_of_a_click(boredom: float, proneness: float) -> None:
    shift = Boredom().shift(np.array([[boredom, 1.0]], dtype=np.float32), column(proneness))
    assert shift[0, 1] <= shift[0, 0] <= 0


@given(units, st.floats(0.125, 2.5, width=32))
def test_the_unfamiliar_attracts_novelty_seekers_and_repels_the_others(familiarity: float, seeking: float) -> None:
    item = np.array([[familiarity]] * 2, dtype=np.float32)
    seeker, avoider = Novelty().shift(item, column(seeking, -seeking))[:, 0]
    assert seeker == -avoider
    assert np.sign(seeker) == np.sign(np.float32(0.5) - np.float32(familiarity))


def test_an_item_grows_on_people_and_then_wears_out() -> None:
    shift = RepeatExposure().by_count()
    assert shift[0] == 0 < shift[1]
    assert (np.diff(shift[2:]) < 0).all()
    assert shift[20] < -0.5


@given(units, st.integers(0, 50), st.integers(0, 50))
def test_fatigue_grows_with_what_is_done_and_stays_below_one(fatigue: float, examined: int, chosen: int) -> None:
    now = column(fatigue)
    less, more = Fatigue().after(now, examined, chosen), Fatigue().after(now, examined + 1, chosen + 1)
    assert now - 1e-6 <= less <= more <= 1


def test_fatigue_and_boredom_fade_while_people_are_away() -> None:
    for law in (Fatigue(), Boredom()):
        hour, day, week = law.remaining(column(3600, DAY_S, 7 * DAY_S))
        assert 1 > hour > day > week >= 0


@given(levels, levels, st.floats(-1, 1, width=32))
def test_satisfaction_rises_with_performance_and_mood_and_falls_with_expectation(
    performance: float, expectation: float, mood: float
) -> None:
    law, found = Satisfaction(), np.array([True])

    def level(p: float, e: float, m: float, f: Any = found) -> float:
        return float(law.level(column(p), column(e), column(m), f)[0])

    base = level(performance, expectation, mood)
    assert 1 <= base <= 5
    assert level(performance + 0.5, expectation, mood) >= base
    assert level(performance, expectation + 0.5, mood) <= base
    assert level(performance, expectation, mood + 0.2) >= base
    assert level(performance, expectation, mood, ~found) <= base


def test_a_disappointment_weighs_more_than_a_surprise() -> None:
    law, found = Satisfaction(), np.array([True])
    met = law.level(column(3), column(3), column(0), found)
    above, below = (law.level(column(3), column(3 - d), column(0), found) for d in (0.5, -0.5))
    assert met - below > above - met > 0


def test_a_page_on_which_nothing_was_noticed_confirms_the_expectation() -> None:
    nothing = column(np.nan)
    assert Satisfaction().performance(nothing, nothing, column(3.3)) == np.float32(3.3)


@given(st.floats(-3, 3, width=32), st.floats(0, 2, width=32))
def test_a_felt_level_is_one_to_five_and_rises_with_the_expected_rating(noise: float, step: float) -> None:
    cuts = np.tile(column(-1.5, -0.8, 0.2, 1.0), (2, 1))
    felt = Rating().felt(column(3, 3 + step), column(3.5, 3.5), column(1, 1), cuts, column(noise, noise))
    assert 1 <= felt[0] <= felt[1] <= 5


def test_what_disappoints_is_left_early_the_more_often() -> None:
    luck = np.random.default_rng(0).random(4000)
    calm = np.zeros(4000, dtype=np.float32)
    back = [Dwell().turns_back(np.full(4000, level, dtype=np.int8), calm, luck).mean() for level in (1, 3, 5)]
    assert back[0] > back[1] > back[2]
    assert back[0] - back[2] > 0.4


@given(st.floats(5, 7200, width=32), st.floats(-3, 3, width=32))
def test_those_who_stay_stay_longer_with_longer_and_more_wanted_items(duration: float, normal: float) -> None:
    stays, luck = np.array([False, False]), column(normal, normal)
    short, long = Dwell().seconds(column(duration, duration * 2), column(0, 0), stays, luck)
    cool, keen = Dwell().seconds(column(duration, duration), column(-2, 1), stays, luck)
    assert 0 < short < long
    assert 0 < cool < keen


def test_an_unknown_duration_has_a_base_length() -> None:
    assert Dwell().length(column(np.nan))[0] == np.float32(Dwell().base_s)


@pytest.mark.parametrize("drive", ["chosen", "fatigue", "boredom", "shortfall"])
def test_each_drive_raises_the_hazard_and_can_be_the_reason(drive: str) -> None:
    none = {name: column(0) for name in ("patience", "chosen", "fatigue", "boredom", "shortfall")}
    reason = {"chosen": "SATED", "fatigue": "TIRED", "boredom": "BORED", "shortfall": "DISSATISFIED"}[drive]
    wish = np.array([False])
    calm, _ = Leaving().hazard(**none, wish=wish)
    driven, why = Leaving().hazard(**{**none, drive: column(1)}, wish=wish)
    assert 0 < calm[0] < driven[0] < 1
    assert why[0] == LeaveReason[reason]


def test_patience_keeps_people_and_a_wish_to_leave_does_not() -> None:
    zero, yes = column(0, 0), np.array([False, True])
    hazard, reason = Leaving().hazard(column(0, 0), zero, zero, zero, zero, yes)
    patient, _ = Leaving().hazard(column(1, 1), zero, zero, zero, zero, yes)
    assert hazard[1] > hazard[0] > patient[0]
    assert reason[1] == LeaveReason.INTENDED


@given(st.floats(0.125, 5, width=32), st.floats(-2.5, 2.5, width=32))
def test_active_and_satisfied_people_come_back_sooner(activity: float, normal: float) -> None:
    law, luck = Returning(), column(normal)
    base = law.gap_s(column(activity), column(3), column(3), luck)
    assert law.shortest_h * 3600 - 1 <= base <= law.longest_d * DAY_S + 1
    assert law.gap_s(column(activity * 2), column(3), column(3), luck) <= base
    assert law.gap_s(column(activity), column(4), column(3), luck) <= base


def test_the_mean_gap_is_one_over_activity() -> None:
    normal = np.random.default_rng(0).standard_normal(200_000)
    same = np.full(normal.size, 3, dtype=np.float32)
    gap = Returning().gap_s(np.full(normal.size, 0.5, dtype=np.float32), same, same, normal)
    assert gap.mean() / DAY_S == pytest.approx(2.0, rel=0.03)


def test_gaps_become_turns_by_the_turns_of_a_day_and_at_least_one() -> None:
    assert Returning(turns_per_day=5).turns(column(1, DAY_S, DAY_S + 1)).tolist() == [1, 5, 6]


def test_every_constant_of_every_law_is_graded_with_unit_and_source() -> None:
    every = [*EXAMINATION_KINDS.values(), *(type(getattr(Laws(), f.name)) for f in fields(Laws))]
    for law in every:
        assert {f.name for f in fields(law)} == set(constants_of(law)), law
        for about in constants_of(law).values():
            assert about.unit
            assert about.source
            assert about.grade in {"fitted", "transferred", "assumed"}


def test_a_scenario_sets_kinds_and_constants() -> None:
    laws = Laws.configure({"examination": {"kind": "position_based", "decay": 0.5}, "click": {"appeal": -1}})
    assert laws.examination == PositionBased(decay=0.5)
    assert laws.click.appeal == -1.0
    assert Laws.configure(laws.settings()) == laws


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"clik": {}}, "did you mean 'click'"),
        ({"click": {"apeal": 1.0}}, "did you mean 'appeal'"),
        ({"click": {"appeal": "high"}}, "not a number"),
        ({"click": {"appeal": True}}, "not a number"),
        ({"click": {"appeal": float("nan")}}, "not a number"),
        ({"click": {"appeal": 11}}, "outside -10 to 10"),
        ({"click": 3}, "constants and their values"),
        ({"examination": {"kind": "casade"}}, "did you mean 'cascade'"),
        ({"examination": {"kind": "cascade", "decay": 1.0}}, "no such constant"),
        ({"examination": {"kind": ["cascade"]}}, "is not one of"),
    ],
)
def test_a_wrong_setting_is_one_message_with_the_cure(settings: Any, words: str) -> None:
    with pytest.raises(UserInputError, match=words) as error:
        Laws.configure(settings)
    assert str(error.value).startswith("behaviour.laws.")
    assert "\n" not in str(error.value)


def test_drawn_laws_stay_in_range_differ_by_draw_and_repeat() -> None:
    draws = [Laws().draw(7, d) for d in range(30)]
    assert draws[3] == Laws().draw(7, 3) != draws[4]
    assert draws[3] != Laws().draw(8, 3)
    for laws in draws:
        assert Laws.configure(laws.settings()) == laws, "every drawn value is within its range"


def test_assumed_constants_are_drawn_wider_than_fitted_ones() -> None:
    draws = [Laws().draw(1, d) for d in range(200)]
    fitted = np.std([d.rating.reliability for d in draws]) / Laws().rating.reliability
    assumed = np.std([d.fatigue.scan for d in draws]) / Laws().fatigue.scan
    assert 0 < fitted < assumed / 3


def test_one_constant_can_be_moved_alone() -> None:
    moved = Laws().moved("click", "appeal", 1.0)
    assert moved.click.appeal == pytest.approx(Laws().click.appeal + 0.3)
    assert moved.dwell == Laws().dwell


def test_a_set_constant_counts_as_assumed() -> None:
    grade = {(r.law, r.constant): r.grade for r in Laws.configure({"click": {"appeal": 0.0}}).grades()}
    assert grade["click", "appeal"] == "assumed"
    assert grade["examination", "after_pass"] == "transferred"
    assert grade["rating", "reliability"] == "fitted"
