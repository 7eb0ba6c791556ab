"""What is held out of a log, and that nothing of it is learnt from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_logs import Choice, made_log, pairs_of, two_tastes

from simulator.evaluation.offline import hold_out
from simulator.records import InteractionLog, UserInputError

CHOICES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("uvwxyz"), st.integers(0, 4)), min_size=2, max_size=40
)


def _timed(user: str, n: int, first: int = 1) -> list[Choice]:
    return [(user, f"{user}{k}", first + k) for k in range(n)]


def test_the_last_choices_of_each_person_are_held_out_by_time() -> None:
    log = made_log([*_timed("ann", 10), *_timed("bob", 4, 50)])
    split = hold_out(log, share=0.3)
    assert pairs_of(split.test) == {("ann", "ann7"), ("ann", "ann8"), ("ann", "ann9"), ("bob", "bob3")}
    assert pairs_of(split.train) == pairs_of(log) - pairs_of(split.test)
    assert split.order == "time" and "last 30%" in split.why


def test_times_that_are_incomplete_make_it_a_lot_for_that_person_alone() -> None:
    choices = [*_timed("ann", 10), *_timed("bob", 10)]
    choices[13] = ("bob", "bob3", 0)
    split = hold_out(made_log(choices), share=0.1)
    assert split.order == "mixed" and "of 1 person whose times are all known" in split.why
    assert ("ann", "ann9") in pairs_of(split.test)
    assert sorted(user for user, _ in pairs_of(split.test)) == ["ann", "bob"]
    with pytest.raises(UserInputError, match="1 of 2 people have interactions without one"):
        hold_out(made_log(choices), order="time")


def test_a_lot_is_the_same_whoever_else_is_in_the_log_and_another_for_another_salt() -> None:
    log = two_tastes(timed=False)
    whole = hold_out(log, share=0.2, salt="a")
    assert whole.order == "random" and "by lot, because nobody's times" in whole.why
    half = hold_out(log.select(log.user < 40), share=0.2, salt="a")
    named = log.user_ids[:40].tolist()
    assert pairs_of(half.test) == {pair for pair in pairs_of(whole.test) if pair[0] in named}
    assert pairs_of(hold_out(log, share=0.2, salt="b").test) != pairs_of(whole.test)
    shuffled = log.select(np.random.default_rng(0).permutation(len(log)))
    assert pairs_of(hold_out(shuffled, share=0.2, salt="a").test) == pairs_of(whole.test)


def test_who_chose_one_item_only_has_none_held_out() -> None:
    split = hold_out(made_log([("ann", "x", 1), ("bob", "x", 2), ("bob", "y", 3), ("bob", "y", 4)]), share=0.9)
    assert pairs_of(split.test) == {("bob", "y")}
    assert split.people.tolist() == [1] and split.relevant.toarray().tolist() == [[0.0, 1.0]]
    assert "Of 1 person with fewer than two choices" in split.why


def test_a_repeated_choice_counts_once_at_its_first_time_and_its_repeats_are_not_learnt_from() -> None:
    log = made_log([("ann", "x", 1), ("ann", "y", 2), ("ann", "z", 3), ("ann", "x", 9), ("ann", "z", 10)])
    split = hold_out(log, share=0.4)
    assert pairs_of(split.test) == {("ann", "z")}
    assert split.train.time.tolist() == [1, 2] and split.test.time.tolist() == [3]


def test_the_first_time_of_a_choice_counts_in_whichever_order_the_rows_are() -> None:
    split = hold_out(made_log([("ann", "x", 9), ("ann", "y", 2), ("ann", "x", 1)]), share=0.5)
    assert pairs_of(split.test) == {("ann", "y")} and split.train.time.tolist() == [1]


def test_what_was_passed_over_after_the_first_held_out_choice_is_not_learnt_from() -> None:
    choices: list[Choice] = [("ann", "p", 1), ("ann", "x", 2), ("ann", "y", 3), ("ann", "q", 4), ("ann", "y", 1)]
    split = hold_out(made_log(choices, clicked=[False, True, True, False, False]), share=0.5)
    assert pairs_of(split.test) == {("ann", "y")}
    ids = split.train.catalog.item_ids[split.train.item].tolist()
    assert list(zip(ids, split.train.clicked.tolist(), strict=True)) == [("p", False), ("x", True)]


def test_one_moment_for_all_leaves_nothing_after_it_to_learn_from() -> None:
    log = two_tastes()
    split = hold_out(log, share=0.2, scheme="global_time")
    assert split.train.time.max() < split.test.time.min()
    assert abs(len(split.test) / len(log) - 0.2) < 0.02
    newcomer = made_log([("ann", "x", 1), ("bob", "x", 2), ("ann", "y", 8), ("new", "y", 9)])
    cut = hold_out(newcomer, share=0.5, scheme="global_time")
    assert pairs_of(cut.test) == {("ann", "y")} and "Not judged: 1 person who first came after it" in cut.why


@pytest.mark.parametrize(
    ("settings_", "told"),
    [
        ({"share": 0.0}, "share must lie between 0 and 1"),
        ({"share": 1.0}, "share must lie between 0 and 1"),
        ({"order": "newest"}, "order must be auto, time or random"),
        ({"scheme": "weekly"}, "scheme must be per_user or global_time"),
        ({"scheme": "global_time", "order": "random"}, "cannot be 'random'"),
        ({"scheme": "global_time"}, "80 of 80 have none"),
    ],
)
def test_what_cannot_be_is_told_in_one_message(settings_: dict[str, object], told: str) -> None:
    log = two_tastes(8, each=10, timed=False)
    with pytest.raises(UserInputError, match=told) as error:
        hold_out(log, **settings_)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_logs_that_hold_nothing_to_hold_out_are_told() -> None:
    with pytest.raises(UserInputError, match="none of the 2 people chose two items"):
        hold_out(made_log([("ann", "x", 1), ("bob", "x", 2)]))
    with pytest.raises(UserInputError, match="no moment with choices before and after"):
        hold_out(made_log([("ann", "x", 5), ("ann", "y", 5)]), scheme="global_time")
    with pytest.raises(UserInputError, match="nobody who chose something before and after"):
        hold_out(made_log([("ann", "x", 1), ("bob", "y", 2)]), share=0.5, scheme="global_time")


@settings(max_examples=150, deadline=None)
@given(
    choices=CHOICES,
    clicked=st.lists(st.booleans(), min_size=40, max_size=40),
    share=st.floats(0.05, 0.95),
    order=st.sampled_from(["auto", "random"]),
)
def test_for_any_log_no_pair_is_on_both_sides_and_each_person_keeps_one(
    choices: list[tuple[str, str, int]], clicked: list[bool], share: float, order: str
) -> None:
    log = made_log(choices, clicked=clicked[: len(choices)])
    try:
        split = hold_out(log, share=share, order=order)  # type: ignore[arg-type]
    except UserInputError:
        assert np.diff(log.matrix().indptr).max() < 2
        return
    learnt, held = pairs_of(split.train), pairs_of(split.test)
    assert not learnt & held
    assert learnt | held == pairs_of(log)
    assert len(held) == len(split.test) == split.relevant.nnz
    for user in {user for user, _ in held}:
        assert any(user == other for other, _ in learnt)
    _nothing_passed_over_of_what_is_held_out(split.train, held)


def _nothing_passed_over_of_what_is_held_out(train: InteractionLog, held: set[tuple[str, str]]) -> None:
    shown = replace(train, clicked=np.ones(len(train), dtype=np.bool_))
    assert not pairs_of(shown) & held
