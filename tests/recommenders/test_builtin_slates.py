"""What holds for the slates of every recommender that comes with the house."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommenders.builtin import BUILTINS, builtin
from recommenders.contract import Recommender, Request, RequestBatch, SlateBatch
from recommenders.platform import SHOWN, PlatformView
from recommenders.validation import checked_slates
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog

NAMES = sorted(name for name, place in BUILTINS.items() if place.startswith("recommenders.builtin."))
if find_spec("torch") is None:
    NAMES.remove("sasrec")
EXPLORERS = ("linucb", "thompson")
"""They find out what strangers like by showing it."""
CONTROLS = ("reversed", "stale", "clickbait")
"""They are wrong on purpose."""


@pytest.fixture(scope="module")
def fitted(catalog: Catalog, log: InteractionLog) -> dict[str, Recommender]:
    out = {}
    for name in NAMES:
        out[name] = builtin(name)()
        out[name].fit(catalog, log)
    return out


def ask(recommender: Recommender, requests: object, k: int) -> SlateBatch:
    slates = recommender.recommend(requests, k)  # type: ignore[arg-type]
    assert isinstance(slates, SlateBatch)
    return slates


def same(one: SlateBatch, other: SlateBatch) -> None:
    np.testing.assert_array_equal(one.items, other.items)
    for name in ("scores", "propensities"):
        left, right = getattr(one, name), getattr(other, name)
        assert (left is None) == (right is None)
        if left is not None:
            assert left.tobytes() == right.tobytes()


def rows_of(slates: SlateBatch, rows: list[int]) -> SlateBatch:
    take = [None if values is None else values[rows] for values in (slates.scores, slates.propensities)]
    return SlateBatch(slates.catalog, slates.items[rows], *take)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(people=st.lists(st.integers(0, 59), min_size=1, max_size=60, unique=True))
def test_a_slate_does_not_depend_on_who_else_is_in_the_batch(name, people, fitted, log, make_batch) -> None:
    whole = ask(fitted[name], make_batch(log), 7)
    same(ask(fitted[name], make_batch(log, people), 7), rows_of(whole, people))


@pytest.mark.parametrize("name", NAMES)
def test_the_requests_of_some_rows_of_a_view_get_the_slates_of_all(name, fitted, log, make_batch) -> None:
    whole = ask(fitted[name], make_batch(log), 7)
    batch = make_batch(log)
    for rows in ([3], [0, 1, 58], list(range(30, 60))):
        part = RequestBatch(batch.view, np.array(rows, dtype=np.int32), batch.page[rows], 0, batch.stream)
        same(ask(fitted[name], part, 7), rows_of(whole, rows))


@pytest.mark.parametrize("name", NAMES)
def test_hand_made_requests_get_the_same_slates_as_arrays(name, fitted, log, make_batch) -> None:
    batch = make_batch(log)
    same(ask(fitted[name], list(batch), 7), ask(fitted[name], batch, 7))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_chosen_or_shown_comes_back_over_a_session(name, fitted, log, make_batch) -> None:
    batch = make_batch(log)
    view, rng = batch.view, np.random.default_rng(1)
    for turn in range(6):
        if turn == 3:
            view.begin_sessions(batch.rows)
        request = RequestBatch(view, batch.rows, view.pages_in_session.copy(), turn, batch.stream)
        slates = checked_slates(ask(fitted[name], request, 10), request, 10, name)
        view.record(batch.rows, slates.items, rng.random(slates.items.shape) < 0.3)


@pytest.mark.parametrize("name", NAMES)
def test_more_places_than_items_leaves_the_last_places_empty(name, fitted, log, make_batch) -> None:
    batch = make_batch(log)
    slates = checked_slates(ask(fitted[name], batch, 50), batch, 50, name)
    eligible = (batch.view.blocked == 0).sum(axis=1)
    np.testing.assert_array_equal((slates.items >= 0).sum(axis=1), eligible)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_and_nothing_left_are_empty_answers(name, fitted, log, make_batch) -> None:
    batch = make_batch(log, [0])
    batch.view.blocked[:] |= SHOWN
    assert (ask(fitted[name], batch, 5).items == -1).all()
    none = RequestBatch(batch.view, batch.rows[:0], batch.page[:0], 0, batch.stream)
    assert ask(fitted[name], none, 5).items.shape == (0, 5)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("random", *EXPLORERS, *CONTROLS)])
def test_people_without_a_history_get_what_is_popular(name, fitted, catalog, log) -> None:
    count = np.bincount(log.item, minlength=40)
    expected = catalog.item_ids[np.argsort(-count, kind="stable")[:8]].tolist()
    stranger = Request("nobody knows me", (), frozenset())
    assert list(fitted[name].recommend([stranger], 8)[0].item_ids) == expected
    expected.remove(first := expected[0])
    assert list(fitted[name].recommend([Request("x", (), frozenset([first]))], 7)[0].item_ids) == expected


@pytest.mark.parametrize("name", NAMES)
def test_only_candidates_are_recommended_where_they_are_given(name, fitted) -> None:
    request = Request("u", ("i1", "i3"), frozenset(["i5"]), candidates=("i5", "i7", "i9", "not there"))
    assert sorted(fitted[name].recommend([request], 10)[0].item_ids) == ["i7", "i9"]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_log_can_be_fitted_and_served(name, catalog, make_log, make_batch) -> None:
    empty = make_log([], n_users=3)
    recommender = builtin(name)()
    recommender.fit(catalog, empty)
    batch = make_batch(empty)
    checked_slates(ask(recommender, batch, 5), batch, 5, name)
    assert len(recommender.recommend([Request("x", ("i1",), frozenset(["i1"]))], 5)[0].item_ids) == 5


@pytest.mark.parametrize("name", NAMES)
def test_saved_and_loaded_it_gives_the_same_slates(name, fitted, log, make_batch, tmp_path: Path) -> None:
    fitted[name].save(tmp_path / "model")
    files = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix not in (".npy", ".json")]
    loaded = type(fitted[name]).load(tmp_path / "model")
    same(ask(loaded, make_batch(log), 9), ask(fitted[name], make_batch(log), 9))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_fitted_on_nothing_can_be_loaded(name, catalog, make_log, tmp_path: Path) -> None:
    recommender = builtin(name)()
    recommender.fit(catalog, make_log([], n_users=0))
    recommender.save(tmp_path)
    assert len(type(recommender).load(tmp_path).recommend([Request("x", (), frozenset())], 3)[0].item_ids) == 3


@pytest.mark.parametrize("name", ["item-knn", "ease"])
@pytest.mark.parametrize("person", [4, 59], ids=["known", "newcomer"])
def test_choices_of_the_run_count_like_choices_of_the_log(name, person, fitted, log, make_batch, catalog) -> None:
    batch = make_batch(log, [person])
    view = batch.view
    ask(fitted[name], batch, 5)
    before = view.history_of(0)
    page = np.array([[30, 31, 32]], dtype=np.int32)
    view.begin_sessions(batch.rows)
    view.record(batch.rows, page, np.array([[True, False, True]]))
    view.begin_sessions(batch.rows)
    folded = ask(fitted[name], batch, 30)
    history = (*before, "i30", "i32")
    fresh = fitted[name].recommend([Request("x", history, frozenset(history))], 30)[0]
    assert fresh.scores is not None
    assert folded.scores is not None
    np.testing.assert_allclose(folded.scores[0][folded.items[0] >= 0], fresh.scores, rtol=1e-4, atol=1e-6)


def test_als_can_take_in_the_choices_of_a_session_when_the_next_one_begins(catalog, log, make_batch) -> None:
    als = builtin("als")(refresh_people=True)
    als.fit(catalog, log)
    batch = make_batch(log, [4])
    view = batch.view
    view.begin_sessions(batch.rows)
    first = ask(als, batch, 40)
    view.record(batch.rows, np.array([[31, 33]], dtype=np.int32), np.array([[True, True]]))
    during = ask(als, batch, 40)
    still = [item for item in first.items[0] if item not in (31, 33)]
    assert [item for item in during.items[0] if item >= 0] == [item for item in still if item >= 0]
    view.begin_sessions(batch.rows)
    history = view.history_of(0)
    fresh = als.recommend([Request("x", history, frozenset(history))], 40)[0]
    assert ask(als, batch, 40)[0].item_ids == fresh.item_ids


@pytest.mark.parametrize("name", NAMES)
def test_two_fits_of_the_same_log_agree_bit_for_bit(name, fitted, catalog, log, make_batch) -> None:
    again = builtin(name)()
    again.fit(catalog, log)
    same(ask(again, make_batch(log), 10), ask(fitted[name], make_batch(log), 10))


@pytest.mark.parametrize(("name", "params"), [("item-knn", {}), ("ease", {}), ("als", {"factors": 2})])
def test_it_learns_the_two_tastes_of_the_log(name, params, catalog, log, make_batch) -> None:
    recommender = builtin(name)(**params)
    recommender.fit(catalog, log)
    slates = ask(recommender, make_batch(log, list(range(57))), 5)
    own = (slates.items % 2) == (np.arange(57) % 2)[:, None]
    assert own.mean() > 0.85


def test_a_view_of_nobody_is_served(fitted, log) -> None:
    nobody = np.empty(0, dtype=np.int32)
    view = PlatformView.of(log, nobody, log.user_ids[nobody], keys_of([]))
    batch = RequestBatch(view, nobody, nobody, 0, Stream.of(0, "luck", "recommender"))
    for recommender in fitted.values():
        assert ask(recommender, batch, 4).items.shape == (0, 4)
