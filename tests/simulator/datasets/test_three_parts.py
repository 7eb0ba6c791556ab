"""P, M and V: sizes, minima, and that nobody's split depends on anybody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.datasets import Dataset, load, people_with_complete_times, split, with_reviews_from
from simulator.datasets.splitting import sizes
from simulator.records import HELD_OUT, PERSON, PLATFORM, SplitLog, UserInputError

shares = st.tuples(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20)).map(
    lambda parts: tuple(part / sum(parts) for part in parts)
)


def by_ids(parts: SplitLog) -> dict[tuple[str, str], int]:
    log = parts.log
    users, items = log.user_ids[log.user].tolist(), log.catalog.item_ids[log.item].tolist()
    return {(user, item): part for user, item, part in zip(users, items, parts.part.tolist(), strict=True)}


def history(user: str, n: int) -> list[tuple[str, str]]:
    return [(user, f"i{item}") for item in range(n)]


@given(n=st.integers(3, 5000), fractions=shares)
def test_everybody_divisible_has_one_in_each_part_and_nothing_is_lost(n, fractions):
    counts = [int(size[0]) for size in sizes(np.array([n]), fractions, at_least_one=True)]
    assert sum(counts) == n
    for count, fraction in zip(counts, fractions, strict=True):
        assert count >= (1 if fraction > 0 else 0)
        assert abs(count - n * fraction) <= 2


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 12), min_size=2, max_size=8), leaving=st.integers(0, 7), name=st.text(min_size=1)
)
def test_removing_a_person_changes_nobody_elses_split(make_log, lengths, leaving, name):
    histories = [history(f"u{user}", n) for user, n in enumerate(lengths)]
    whole = by_ids(split(make_log([pair for one in histories for pair in one]), name))
    gone = f"u{leaving % len(lengths)}"
    rest = by_ids(split(make_log([pair for one in histories for pair in one if pair[0] != gone]), name))
    assert rest == {pair: part for pair, part in whole.items() if pair[0] != gone}


def test_short_histories_stay_with_the_platform(make_log):
    parts = split(make_log([*history("a", 2), *history("b", 3)]), "some")
    mine = by_ids(parts)
    assert [mine["a", f"i{item}"] for item in range(2)] == [PLATFORM, PLATFORM]
    assert sorted(mine["b", f"i{item}"] for item in range(3)) == [PLATFORM, PERSON, HELD_OUT]


def test_the_split_does_not_depend_on_the_order_of_the_rows_but_on_the_name(make_log):
    pairs = [*history("a", 40), *history("b", 40)]
    first = by_ids(split(make_log(pairs), "one"))
    assert by_ids(split(make_log(pairs[::-1]), "one")) == first
    assert by_ids(split(make_log(pairs), "two")) != first


def test_the_split_of_the_sample_is_the_same_for_ever():
    parts = split(load("sample"))
    assert np.bincount(parts.part).tolist() == [28838, 9616, 9616]
    assert "".join(map(str, parts.part[:40].tolist())) == "0010000112001120000000022000012120010200"


def test_in_order_of_time_the_latest_are_held_out(make_log):
    log = make_log(history("a", 10), times=[100 - item for item in range(10)])
    assert split(log, "some", order="time").part.tolist() == [2, 2, 1, 1, 0, 0, 0, 0, 0, 0]


def test_order_of_time_is_refused_where_times_are_missing(make_log):
    log = make_log([*history("a", 3), *history("b", 3)], times=[1, 2, 3, 4, 0, 6])
    with pytest.raises(UserInputError, match="1 of 2 people have interactions without one"):
        split(log, "some", order="time")
    rest = people_with_complete_times(log)
    assert (rest.user_ids.tolist(), rest.n_users, len(rest)) == (["a"], 1, 3)
    assert split(rest, "some", order="time").part.tolist() == [0, 1, 2]


def test_what_was_passed_over_does_not_count_as_a_choice(make_log):
    log = make_log(history("a", 12), clicked=[item < 2 for item in range(12)])
    assert not split(log, "some").part.any(), "two choices cannot be shared by three parts"
    log = make_log(history("a", 12), clicked=[item < 3 for item in range(12)])
    parts = split(log, "some")
    assert sorted(parts.part[:3].tolist()) == [PLATFORM, PERSON, HELD_OUT]
    assert set(parts.part[3:].tolist()) == {PLATFORM, PERSON, HELD_OUT}


@pytest.mark.parametrize("fractions", [(0.5, 0.2, 0.2), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1), (0.5, 0.5)])
def test_impossible_fractions_are_refused(make_log, fractions):
    with pytest.raises(UserInputError, match="add up to 1"):
        split(make_log(history("a", 5)), "some", fractions)


def test_a_part_of_fraction_zero_stays_empty(make_log):
    assert set(split(make_log(history("a", 30)), "some", (0.8, 0.0, 0.2)).part.tolist()) == {PLATFORM, HELD_OUT}


def test_review_figures_come_from_the_platforms_part_alone(make_log):
    log = make_log(history("a", 5), ratings=[1, 2, 3, 4, 5])
    parts = SplitLog("some", log, np.array([0, 1, 2, 0, 2], dtype=np.uint8))
    catalog = with_reviews_from(parts)
    assert [item.review_count for item in catalog] == [1, 0, 0, 1, 0]
    assert [item.review_mean for item in catalog] == [1.0, None, None, 4.0, None]


def test_items_keep_the_review_figures_of_their_source():
    sample = load("sample")
    assert with_reviews_from(split(sample)).items == sample.catalog.items


def test_the_real_movielens_1m_is_split_in_the_wanted_proportions(real_data: Path):
    dataset: Dataset = load("movielens-1m", data_dir=real_data)
    parts = split(dataset)
    assert np.abs(np.bincount(parts.part) / len(dataset.log) - [0.6, 0.2, 0.2]).max() < 0.001
    counts = np.bincount(dataset.log.user * 3 + parts.part, minlength=dataset.log.n_users * 3)
    assert counts.min() >= 1
    # People do not get different films in V than in P: the popularity of both is the same on average.
    popularity = np.bincount(dataset.log.item)[dataset.log.item]
    means = [popularity[parts.part == part].mean() for part in (PLATFORM, PERSON, HELD_OUT)]
    assert max(means) / min(means) < 1.01


def test_a_name_that_is_used_first_hides_no_other() -> None:
    """Names are found when they are first used; the module of one must not take the place of a function."""
    program = (
        "from simulator.datasets import people_with_complete_times; from simulator import datasets; "
        "assert callable(datasets.split) and callable(people_with_complete_times)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
