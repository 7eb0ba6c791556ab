"""The effect while a run goes on: the same people, the same turns, both arms."""

import numpy as np
import pytest

from simulator.evaluation import statistics
from simulator.evaluation.so_far import POINTS, Setting, SoFar, Sums, clusters_of, is_point

N, BLOCK = 6, 4


def so_far(**changes: object) -> SoFar:
    setting = {
        "metrics": ("want", "click_rate"),
        "primary": None,
        "arms": ("plain", "clever"),
        "control": "plain",
        "seeds": (7, 8),
        "mind": "statistical",
        "confidence": 0.9,
        "clusters": clusters_of(["a", "a", "b", "c", "d", "e"]),
        "block": BLOCK,
    }
    return SoFar(Setting(**(setting | changes)))  # type: ignore[arg-type]


def sums(*rates: float, want: bool = False, pages: int = 2) -> Sums:
    """Of a block whose people have these click rates; nobody has a want unless it is twice that."""
    rate = np.array(rates, dtype=np.float32)
    below = np.full(rate.size, pages, dtype=np.float32)
    nothing = np.zeros(rate.size, dtype=np.float32)
    return {"click_rate": (rate * pages, below), "want": (2 * rate * pages, below) if want else (nothing, nothing)}


def test_nobody_is_compared_before_both_arms_have_lived_the_same_turns() -> None:
    found = so_far()
    found.add("plain", 7, 0, 3, sums(0.0, 0.0, 0.0, 0.0))
    found.add("clever", 7, 0, 2, sums(1.0, 1.0, 1.0, 1.0))
    (effect,) = found.effects()
    assert (effect.people, effect.difference, effect.low, effect.high) == (0, None, None, None)
    found.add("clever", 7, 0, 3, sums(0.5, 0.25, 0.5, 0.75))
    (effect,) = found.effects()
    assert (effect.people, effect.difference) == (4, 0.5)


def test_it_is_the_statistics_of_people_over_seeds_with_clones_as_one() -> None:
    found = so_far()
    for seed, shift in ((7, 0.0), (8, 0.25)):
        for block, people in ((0, 4), (1, 2)):
            for turn in (0, 1):
                rates = np.linspace(0.1, 0.6, people) * (turn + 1)
                found.add("plain", seed, block, turn, sums(*rates))
                found.add("clever", seed, block, turn, sums(*(rates + shift)))
    (effect,) = found.effects()
    expected = statistics.mean(np.tile([0.0, 0.25], (N, 1)), clusters_of(["a", "a", "b", "c", "d", "e"]))
    assert effect.difference == pytest.approx(0.125) and effect.people == N
    low, high = expected.interval(0.9)
    assert (effect.low, effect.high) == pytest.approx((low, high), abs=1e-6)


def test_the_first_metric_that_anybody_has_is_told() -> None:
    found = so_far()
    for arm, rate in (("plain", 0.25), ("clever", 0.5)):
        found.add(arm, 7, 0, 0, sums(*[rate] * 4))
    assert [(effect.metric, effect.primary) for effect in found.effects()] == [("click_rate", True)]
    for arm, rate in (("plain", 0.25), ("clever", 0.5)):
        found.add(arm, 7, 1, 0, sums(*[rate] * 2, want=True))
    (effect,) = found.effects()
    assert (effect.metric, effect.difference, effect.people) == ("want", 0.5, 2)
    assert not so_far(primary="coverage", metrics=("click_rate",)).effects()[0].primary


def test_sums_that_nobody_will_ask_for_are_let_go() -> None:
    found = so_far(arms=("plain", "clever", "slow"))
    for turn in range(5):
        found.add("plain", 7, 0, turn, sums(*[0.1] * 4))
        found.add("clever", 7, 0, turn, sums(*[0.2] * 4))
    kept = {arm: sorted(points) for (arm, _, _), points in found._points.items()}
    assert kept == {"plain": [0, 1, 2, 3, 4], "clever": []}, "one arm has not come so far yet"
    for turn in range(5):
        found.add("slow", 7, 0, turn, sums(*[0.3] * 4))
    assert not any(found._points.values())


@pytest.mark.parametrize("turns", [1, 2, 16, 17, 20, 250, 1000])
def test_sums_are_handed_in_a_few_times_and_at_the_end(turns: int) -> None:
    points = [turn for turn in range(turns) if is_point(turn, turns)]
    assert points[-1] == turns - 1 and len(points) <= POINTS + 1
    assert len(points) >= min(turns, POINTS // 2)
