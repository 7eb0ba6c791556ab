"""That `session-knn` and `markov` read histories in order, by hand and by the formula, and follow the run's choices."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_runs import only_what_is_tested
from small_runs import rows_of, same_rows

from recommenders.builtin import markov, session_knn
from recommenders.builtin.markov import Markov
from recommenders.builtin.popular import Popular
from recommenders.builtin.session_knn import SessionKNN, recency_weights
from recommenders.contract import Request, RequestBatch
from recommenders.platform import PlatformView
from recommenders.sequence import SequenceRecommender, last_choices, ordered_only, sessions_of
from scenarios.loader import check as checked_scenario
from simulator.randomness import Stream
from simulator.records import UserInputError
from simulator.studies import ab

MINUTE = 60
FRESH: dict[str, Callable[[], SequenceRecommender]] = {
    "session-knn": lambda: SessionKNN(neighbors=10, decay=1.0),
    "markov": lambda: Markov(steps=3),
}


def asked(*history: str) -> Request:
    return Request("somebody", history, frozenset(history))


def walks(n_people: int, length: int, seed: int) -> list[tuple[int, int]]:
    """Each person walks round the forty items from somewhere: what comes next follows from where they are alone."""
    start = np.random.default_rng(seed).integers(40, size=n_people)
    return [(person, int(start[person] + step) % 40) for person in range(n_people) for step in range(length)]


def test_sessions_end_at_pauses_and_with_the_person(make_log) -> None:
    pairs = [(0, 1), (0, 2), (1, 3), (0, 4), (1, 5)]
    times = [MINUTE * minute for minute in (100, 110, 120, 171, 180)]
    item, start = sessions_of(make_log(pairs, times=times), 60)
    assert [item[a:b].tolist() for a, b in itertools.pairwise(start)] == [[1, 2], [4], [3, 5]]
    item, start = sessions_of(make_log(pairs, times=times), None)
    assert [item[a:b].tolist() for a, b in itertools.pairwise(start)] == [[1, 2, 4], [3, 5]]


def test_a_person_with_a_choice_without_a_time_has_one_session(make_log) -> None:
    log = make_log([(1, 9), (0, 1), (0, 2), (1, 8)], times=[0, MINUTE, 1000 * MINUTE, 2000 * MINUTE])
    item, start = sessions_of(log, 60)
    assert [item[a:b].tolist() for a, b in itertools.pairwise(start)] == [[1], [2], [9, 8]]


def test_an_order_is_learnt_from_people_with_times_if_there_are_any(make_log) -> None:
    pairs = [(0, 1), (0, 2), (1, 2), (1, 1)]
    assert ordered_only(make_log(pairs, times=[1, 2, 0, 0])).user.tolist() == [0, 0]
    assert ordered_only(make_log(pairs, times=[0, 2, 0, 1])).user.tolist() == [0, 0, 1, 1]


@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(1, 6),
    clicks=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12, unique_by=lambda pair: pair),
    cut=st.integers(0, 12),
)
def test_last_choices_are_the_end_of_each_persons_history(catalog, make_log, length, clicks, cut) -> None:
    log = make_log([(0, 30), (0, 31), (2, 32), (0, 33), (2, 34), (3, 35)], n_users=4)
    people = np.arange(4, dtype=np.int32)
    view = PlatformView.of(log, people, log.user_ids, people.astype(np.uint64))
    for part in (sorted(clicks[:cut]), sorted(clicks[cut:])):
        for person, item in part:
            view.record(np.array([person], np.int32), np.array([[item]], np.int32), np.ones((1, 1), np.bool_))
    for rows in ([0, 1, 2, 3], [2, 0]):
        got = last_choices(view, length, np.array(rows, dtype=np.int32))
        for row, found in zip(rows, got.tolist(), strict=True):
            history = [int(item_id[1:]) for item_id in view.history_of(row)][-length:]
            assert found == [-1] * (length - len(history)) + history


def test_recency_weights_are_of_unit_length_and_count_the_later_of_two() -> None:
    weights = recency_weights(np.array([[-1, 5, 2, 5], [-1, -1, -1, -1]], dtype=np.int32), 2.0, 8).toarray()
    expected = np.array([1, np.exp(-1 / 2)]) / np.sqrt(1 + np.exp(-1))
    np.testing.assert_allclose(weights[0, [5, 2]], expected, rtol=1e-6)
    assert not weights[1].any() and np.count_nonzero(weights[0]) == 2


def test_session_knn_by_hand(catalog, make_log) -> None:
    log = make_log([(0, 1), (0, 2), (0, 3), (1, 2), (1, 4), (2, 1), (2, 5), (2, 6), (2, 7), (3, 9)])
    recommender = SessionKNN(neighbors=2, decay=1.0)
    recommender.fit(catalog, log)
    old, new = np.array([np.exp(-1), 1]) / np.sqrt(1 + np.exp(-2))
    # After i1, i2: the session of person 0 holds both, person 1's the later one, person 2's the earlier one.
    similar = [(old + new) / np.sqrt(3), new / np.sqrt(2), old / np.sqrt(4)]
    assert similar[0] > similar[1] > similar[2]
    slate = recommender.recommend([asked("i1", "i2")], 3)[0]
    assert slate.item_ids[:2] == ["i3", "i4"]
    np.testing.assert_allclose(slate.scores[:2], similar[:2], atol=2e-6)
    assert slate.scores[2] < 2e-6
    assert recommender.recommend([asked("i2", "i1")], 3)[0].item_ids[:2] == ["i3", "i5"]


def test_session_knn_leaves_out_sessions_of_one_item(catalog, make_log) -> None:
    recommender = SessionKNN(gap_minutes=60)
    recommender.fit(catalog, make_log([(0, 1), (0, 2), (0, 3)], times=[MINUTE, 2 * MINUTE, 500 * MINUTE]))
    assert recommender.start.tolist() == [0, 2] and recommender.chosen.tolist() == [1, 2]


def test_session_knn_holds_few_similarities_at_once_and_gives_the_same_bits(
    catalog, log, make_batch, monkeypatch
) -> None:
    recommender = SessionKNN(neighbors=10)
    recommender.fit(catalog, log)
    whole = recommender.recommend(make_batch(log), 9)
    monkeypatch.setattr(session_knn, "_CELLS", 100)
    parted = recommender.recommend(make_batch(log), 9)
    assert whole.items.tobytes() == parted.items.tobytes() and whole.scores.tobytes() == parted.scores.tobytes()


def test_markov_by_hand(catalog, make_log) -> None:
    log = make_log([(0, 1), (0, 2), (0, 3), (1, 1), (1, 3), (2, 2), (2, 2), (2, 4)])
    recommender = Markov(steps=2, window=2, decay=1.0, shrinkage=1.0)
    recommender.fit(catalog, log)
    # Within two steps i1 is followed by i2 once at 1, by i3 once at 2 and once at 1; i2 by i3 at 1, by i4 at 1 and 2.
    after_1 = {"i2": 1 / 3.5, "i3": 1.5 / 3.5}
    after_2 = {"i3": 1 / 3.5, "i4": 1.5 / 3.5}
    old, new = np.array([np.exp(-1), 1]) / np.sqrt(1 + np.exp(-2))
    slate = recommender.recommend([asked("i1", "i2")], 3)[0]
    assert slate.item_ids[:2] == ["i3", "i4"]
    expected = [old * after_1["i3"] + new * after_2["i3"], new * after_2["i4"]]
    np.testing.assert_allclose(slate.scores[:2], expected, atol=2e-6)
    slate = recommender.recommend([asked("i1")], 3)[0]
    np.testing.assert_allclose(slate.scores[:2], [after_1["i3"], after_1["i2"]], atol=2e-6)


def test_markov_of_one_step_and_one_choice_is_the_chain(catalog, make_log) -> None:
    recommender = Markov(steps=1, window=1, shrinkage=0)
    recommender.fit(catalog, make_log([(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 3), (3, 9), (3, 1)]))
    slate = recommender.recommend([asked("i9", "i1")], 2)[0]
    assert slate.item_ids == ["i2", "i3"]
    np.testing.assert_allclose(slate.scores, [2 / 3, 1 / 3], atol=2e-6)


def test_markov_follows_nothing_over_a_pause_or_into_another_person(catalog, make_log) -> None:
    recommender = Markov(steps=5, gap_minutes=10)
    log = make_log([(0, 1), (0, 2), (1, 7), (0, 3)], times=[MINUTE, 2 * MINUTE, 3 * MINUTE, 30 * MINUTE])
    recommender.fit(catalog, log)
    assert recommender.follower.tolist() == [2] and recommender.start[1:3].tolist() == [0, 1]


def test_markov_keeps_the_most_frequent_followers(catalog, make_log, monkeypatch) -> None:
    monkeypatch.setattr(markov, "_ITEMS_AT_ONCE", 7)
    pairs = [(person, item) for person, then in enumerate([5, 5, 5, 6, 6, 7]) for item in (1, then)]
    recommender = Markov(rules=2)
    recommender.fit(catalog, make_log(pairs))
    assert recommender.follower.tolist() == [5, 6]


@pytest.mark.parametrize("name", FRESH)
def test_the_order_of_a_history_decides_what_comes_next(name, catalog, make_log) -> None:
    """Everybody walks the same way round, so the next item is known, and all items are about as popular."""
    recommender, popular = FRESH[name](), Popular()
    for each in (recommender, popular):
        each.fit(catalog, make_log(walks(60, 8, seed=1)))
    truth = walks(60, 9, seed=2)
    paths = [[f"i{item}" for who, item in truth if who == person] for person in range(60)]
    people, nexts = [asked(*path[:8]) for path in paths], [path[8] for path in paths]

    def hits(each: Any) -> int:
        return sum(n in s.item_ids for n, s in zip(nexts, each.recommend(people, 3), strict=True))

    assert hits(recommender) > 50 and hits(popular) < 15
    forth, back = recommender.recommend([asked("i3", "i20"), asked("i20", "i3")], 1)
    assert (forth.item_ids, back.item_ids) == (["i21"], ["i4"]) or name == "session-knn"
    assert forth.item_ids != back.item_ids


@pytest.mark.parametrize("name", FRESH)
def test_a_choice_of_the_run_changes_the_next_page(name, catalog, make_log, make_batch) -> None:
    log = make_log(walks(60, 8, seed=1))
    recommender = FRESH[name]()
    recommender.fit(catalog, log)
    batch = make_batch(log, [4, 9])
    before = recommender.recommend(batch, 3)
    far = (before.items[0, 0] + 15) % 40
    batch.view.record(batch.rows[:1], np.array([[far]], dtype=np.int32), np.ones((1, 1), dtype=np.bool_))
    after = recommender.recommend(batch, 3)
    distance = np.abs((after.items[0] - far + 20) % 40 - 20)
    assert after.items[0].tolist() != before.items[0].tolist() and distance.min() <= 2
    assert after.items[1].tobytes() == before.items[1].tobytes()
    again = recommender.recommend(list(batch), 3)
    assert again.items.tobytes() == after.items.tobytes() and again.scores.tobytes() == after.scores.tobytes()


@pytest.mark.parametrize("name", FRESH)
def test_a_kept_ranking_is_the_one_that_would_be_made_anew(name, catalog, log, make_batch) -> None:
    kept = FRESH[name]()
    kept.fit(catalog, log)
    batch, rng = make_batch(log), np.random.default_rng(7)
    for turn in range(8):
        if turn % 3 == 2:
            batch.view.begin_sessions(batch.rows[rng.random(60) < 0.5])
        asking = RequestBatch(
            batch.view,
            np.flatnonzero(rng.random(60) < 0.6).astype(np.int32),
            batch.page,
            turn,
            Stream.of(0, "luck", "recommender"),
        )
        items = kept.recommend(asking, 4)
        anew = kept.recommend(list(asking), 4)
        assert items.items.tobytes() == anew.items.tobytes() and items.scores.tobytes() == anew.scores.tobytes()
        clicked = (rng.random(items.items.shape) < 0.2) & (items.items >= 0)
        batch.view.record(asking.rows, items.items, clicked)


@pytest.mark.parametrize("name", FRESH)
def test_saved_and_loaded_it_serves_strangers_alike(name, catalog, log, tmp_path: Path) -> None:
    recommender = FRESH[name]()
    recommender.fit(catalog, log)
    recommender.save(tmp_path / "model")
    loaded = type(recommender).load(tmp_path / "model")
    people = [asked("i2", "i4"), asked("i4", "i2"), asked("i39"), asked()]
    one, other = recommender.recommend(people, 60), loaded.recommend(people, 60)
    assert one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()
    assert (one.items >= 0).sum(axis=1).tolist() == [38, 38, 39, 40]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: SessionKNN(neighbors=0), "neighbors must be a whole number of at least 1, not 0"),
        (lambda: SessionKNN(decay=0), "decay must be a number above 0, not 0"),
        (lambda: SessionKNN(gap_minutes=0), "gap_minutes must be a number above 0, not 0"),
        (lambda: Markov(steps=0), "steps must be a whole number of at least 1, not 0"),
        (lambda: Markov(window=1.5), "window must be a whole number of at least 1, not 1.5"),
        (lambda: Markov(rules=0), "rules must be a whole number of at least 1, not 0"),
        (lambda: Markov(shrinkage=-1), "shrinkage must be a number of at least 0, not -1"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, told) -> None:
    with pytest.raises(UserInputError) as caught:
        make()
    assert told in str(caught.value)


def test_a_run_with_all_of_them_is_the_same_with_one_worker_and_with_two(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_what_is_tested(tmp_path_factory.mktemp("learnt"), monkeypatch)
    scenario: dict[str, Any] = {
        "name": "sequences",
        "population": {"size": 60},
        "world": {"turns": 4, "slate_size": 5},
        "arms": {
            "people": "user-knn",
            "pairs": {"recommender": "bpr", "params": {"factors": 8, "iterations": 5, "refresh_people": True}},
            "sessions": "session-knn",
            "chain": "markov",
        },
        "evaluation": {"minds": "single"},
    }
    if find_spec("torch") is not None:
        scenario["arms"] |= {"attention": {"recommender": "sasrec", "params": {"factors": 8, "epochs": 1}}}
    rows = []
    for workers in (1, 2):
        plan = checked_scenario(scenario, file="test", base_dir=tmp_path)
        outcome = ab.run(plan, tmp_path / str(workers), command=["test"], workers=workers)
        assert outcome.status == ab.DONE, outcome.message
        rows.append(rows_of(outcome.folder))
    assert set(rows[0].arm) == set(scenario["arms"]) and same_rows(*rows)
