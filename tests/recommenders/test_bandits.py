"""Thompson and LinUCB: exact propensities, honest probabilities, and learning that repeats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommenders.builtin.bandit import RIDGE, LinearBandit
from recommenders.builtin.linucb import LinUCB
from recommenders.builtin.thompson import Thompson
from recommenders.contract import Feedback, RequestBatch, Slate, SlateBatch, learns
from recommenders.exploration import explore
from recommenders.platform import PlatformView
from recommenders.validation import checked_slates
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, Item

MakeBatch = Callable[..., RequestBatch]
BOTH = pytest.mark.parametrize("kind", [LinUCB, Thompson])


def fitted(kind: type[Any], log: InteractionLog, **params: Any) -> Any:
    bandit = kind(factors=4, **params)
    bandit.fit(log.catalog, log)
    return bandit


def ask(bandit: LinearBandit, batch: RequestBatch, k: int) -> SlateBatch:
    return checked_slates(bandit.recommend(batch, k), batch, k, "bandit")


def feedback_of(batch: RequestBatch, slates: SlateBatch, clicked: np.ndarray) -> Feedback:
    person, place = np.nonzero(slates.items >= 0)
    nothing = np.full(person.size, np.nan, dtype=np.float32)
    return Feedback(
        catalog=slates.catalog,
        user_ids=batch.view.user_ids,
        user=batch.rows[person],
        item=slates.items[person, place],
        position=place.astype(np.int32),
        clicked=clicked[person, place],
        dwell_s=np.zeros(person.size, dtype=np.float32),
        rating=nothing,
        propensity=nothing,
        page=batch.page[person],
        session=np.zeros(person.size, dtype=np.int32),
        turn=batch.turn,
    )


def live(
    bandit: LinearBandit, log: InteractionLog, make_batch: MakeBatch, turns: int, liked: np.ndarray
) -> list[float]:
    """Click rates by turn of people who click every shown item of `liked` (n_people, n_items)."""
    view = make_batch(log).view
    rates = []
    for turn in range(turns):
        rows = np.arange(len(view), dtype=np.int32)
        view.begin_sessions(rows)
        batch = RequestBatch(view, rows, np.zeros_like(rows), turn, Stream.of(3, "luck", "recommender"))
        slates = ask(bandit, batch, 4)
        clicked = (slates.items >= 0) & liked[rows[:, None], np.maximum(slates.items, 0)]
        bandit.observe(feedback_of(batch, slates, clicked))
        view.record(rows, slates.items, np.zeros_like(clicked))  # what was clicked may be shown again: a steady world
        rates.append(float(clicked.mean()))
    return rates


def test_propensities_are_the_frequencies_with_which_items_are_shown(log: InteractionLog) -> None:
    """Four thousand people of one history differ in their luck alone."""
    bandit = fitted(Thompson, log, draws=16)
    n, k = 4000, 3
    ids = np.array([f"twin {nth}" for nth in range(n)])
    view = PlatformView.of(log, np.full(n, 4, dtype=np.int32), ids, keys_of(ids.tolist()))
    rows = np.arange(n, dtype=np.int32)
    batch = RequestBatch(view, rows, np.zeros_like(rows), 0, Stream.of(1, "luck", "recommender"))
    slates = ask(bandit, batch, k)
    assert slates.propensities is not None
    assert len(np.unique(slates.items[:, 0])) > 2, "nothing is explored"
    for place in range(k):  # of those who were shown the same above, the share that was shown each item
        above = np.unique(slates.items[:, :place], axis=0, return_inverse=True)[1].ravel()
        for group in np.unique(above):
            members = np.flatnonzero(above == group)
            if members.size < 400:
                continue
            for item in np.unique(slates.items[members, place]):
                mine = members[slates.items[members, place] == item]
                stated = np.unique(slates.propensities[mine, place])
                assert stated.size == 1
                error = np.sqrt(stated[0] * (1 - stated[0]) / members.size)
                assert abs(mine.size / members.size - stated[0]) < 4.5 * error + 1e-9


def test_the_chances_of_all_pages_add_up_to_one(log: InteractionLog, make_batch: MakeBatch) -> None:
    bandit, batch = fitted(Thompson, log, draws=8), make_batch(log, [4])
    ids = log.catalog.item_ids.tolist()
    pages = [Slate((one, other)) for one in ids for other in ids if one != other]
    every = [batch[0]] * len(pages)
    assert np.exp(bandit.log_prob(every, pages)).sum() == pytest.approx(1.0)


def test_the_chance_of_a_page_is_the_product_of_its_propensities(log: InteractionLog, make_batch: MakeBatch) -> None:
    bandit, batch = fitted(Thompson, log), make_batch(log)
    slates = ask(bandit, batch, 5)
    assert slates.propensities is not None
    np.testing.assert_allclose(bandit.log_prob(batch, slates), np.log(slates.propensities).sum(axis=1), rtol=1e-5)
    twice = [Slate((str(log.catalog.item_ids[0]),) * 2)] * len(batch)
    unknown = [Slate(("not there",))] * len(batch)
    known = [Slate(request.history[:1]) for request in batch[:5]]
    assert (bandit.log_prob(batch, twice) == -np.inf).all() and (bandit.log_prob(batch, unknown) == -np.inf).all()
    assert (bandit.log_prob(batch[:5], known) == -np.inf).all()


def test_linucb_is_sure_of_its_page_and_may_be_explored_around(log: InteractionLog, make_batch: MakeBatch) -> None:
    bandit, batch = fitted(LinUCB, log), make_batch(log)
    slates = ask(bandit, batch, 5)
    assert slates.propensities is None
    assert (bandit.log_prob(batch, slates) == 0).all()
    other = [Slate(slate.item_ids[::-1]) for slate in slates]
    assert (bandit.log_prob(batch, other) == -np.inf).all()
    around = explore(fitted(LinUCB, log), "epsilon_greedy", epsilon=0.5)
    around.catalog = log.catalog
    assert learns(around)
    shown = around.recommend(batch, 5)
    assert isinstance(shown, SlateBatch) and shown.propensities is not None
    assert (shown.propensities > 0).all() and (shown.propensities < 1).any()


def test_the_bound_is_that_of_the_textbook(log: InteractionLog, make_batch: MakeBatch) -> None:
    """θ·z + α σ √(zᵀ A⁻¹ z), with z written out."""
    bandit, batch = fitted(LinUCB, log, alpha=1.7), make_batch(log)
    slates = ask(bandit, batch, 3)
    assert slates.scores is not None
    inverse, theta = np.linalg.inv(bandit.precision), np.linalg.solve(bandit.precision, bandit.response)
    for row in (0, 4, 59):
        sums = np.zeros(4)
        for item_id in batch[row].history:
            sums += bandit.items[log.catalog.row_of[item_id], 2:]
        person = sums / np.linalg.norm(sums) * 2 if sums.any() else sums
        for item, score in zip(slates.items[row], slates.scores[row], strict=True):
            x = bandit.items[item]
            z = np.concatenate([x[:1], [0.0], x[1:], person * x[2:]])
            bound = theta @ z + 1.7 * np.sqrt(bandit.noise[0] * (z @ inverse @ z))
            assert score == pytest.approx(bound, abs=1e-5)


def test_turns_are_added_to_the_posterior_as_one_regression_would(log: InteractionLog, make_batch: MakeBatch) -> None:
    bandit = fitted(LinUCB, log, prior_impressions=0)
    batch = make_batch(log, [1, 2, 3])
    slates = ask(bandit, batch, 4)
    clicked = np.array([[True, False, False, True]] * 3)
    bandit.observe(feedback_of(batch, slates, clicked))
    z = []
    for row in range(3):
        sums = sum(bandit.items[log.catalog.row_of[i], 2:].astype(np.float64) for i in batch[row].history)
        person = sums / np.linalg.norm(sums) * 2
        for place in range(4):
            x = bandit.items[slates.items[row, place]].astype(np.float64)
            z.append(np.concatenate([x[:1], [np.log2(1 + place)], x[1:], person * x[2:]]))
    rows = np.array(z)
    np.testing.assert_allclose(bandit.precision, rows.T @ rows + RIDGE * np.eye(rows.shape[1]), atol=1e-9)
    np.testing.assert_allclose(bandit.response, rows.T @ clicked.ravel(), atol=1e-9)


def test_the_expected_lessons_of_a_log_are_the_average_over_its_items(log: InteractionLog) -> None:
    """The closed form over the whole catalogue against writing every pair out."""
    bandit = fitted(LinUCB, log)
    matrix = log.matrix()
    sums = matrix @ bandit.items[:, 2:].astype(np.float64)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    people = np.divide(sums * 2, length, out=np.zeros_like(sums), where=length > 0)
    weight = np.diff(matrix.indptr) / matrix.nnz
    total = np.zeros_like(bandit.precision)
    every = np.arange(len(log.catalog), dtype=np.int32)
    for person, share in zip(people, weight, strict=True):
        z = bandit._features(np.repeat(person[None], every.size, axis=0), every, np.zeros_like(every))
        total += share * z.T @ z / every.size
    np.testing.assert_allclose(bandit._expected(people, np.diff(matrix.indptr).astype(np.float64)), total, atol=1e-9)


@BOTH
def test_it_learns_what_people_click_and_a_frozen_one_does_not(
    kind: type[Any], log: InteractionLog, make_batch: MakeBatch
) -> None:
    """In the log everybody of even number likes even items; in this run it is the other way round."""
    liked = (np.arange(40)[None] % 2) != (np.arange(60)[:, None] % 2)
    quick, frozen = (fitted(kind, log, learn=learn, prior_impressions=100) for learn in (True, False))
    rates, still = (live(bandit, log, make_batch, 8, liked) for bandit in (quick, frozen))
    assert rates[0] < 0.3
    assert np.mean(rates[2:]) > 0.8
    assert np.mean(still[2:]) < 0.5
    assert learns(quick) and not learns(frozen)


@BOTH
def test_a_stronger_prior_is_slower_to_be_persuaded(
    kind: type[Any], log: InteractionLog, make_batch: MakeBatch
) -> None:
    liked = (np.arange(40)[None] % 2) != (np.arange(60)[:, None] % 2)
    weak, strong = (
        live(fitted(kind, log, prior_impressions=impressions), log, make_batch, 4, liked)[-1]
        for impressions in (10.0, 100_000.0)
    )
    assert weak > strong + 0.1


@BOTH
def test_what_was_learnt_is_saved(kind: type[Any], log: InteractionLog, make_batch: MakeBatch, tmp_path: Path) -> None:
    bandit = fitted(kind, log)
    batch = make_batch(log)
    first = ask(bandit, batch, 5)
    bandit.observe(feedback_of(batch, first, first.items % 3 == 0))
    bandit.save(tmp_path)
    loaded = kind.load(tmp_path)
    for again, kept in ((ask(loaded, make_batch(log, turn=1), 5), ask(bandit, make_batch(log, turn=1), 5)),):
        np.testing.assert_array_equal(again.items, kept.items)
        assert again.scores is not None and kept.scores is not None
        assert again.scores.tobytes() == kept.scores.tobytes()
    loaded.observe(feedback_of(batch, first, first.items % 2 == 0))  # mapped, read-only arrays can be learnt on


@BOTH
def test_blocks_that_are_asked_one_after_the_other_teach_what_one_block_does(
    kind: type[Any], log: InteractionLog, make_batch: MakeBatch
) -> None:
    whole, cut = fitted(kind, log), fitted(kind, log)
    batch = make_batch(log)
    slates = ask(whole, batch, 5)
    told = feedback_of(batch, slates, slates.items % 3 == 0)
    whole.observe(told)
    for people in (range(20), range(20, 60)):
        ask(cut, make_batch(log, list(people)), 5)
    cut.observe(told)
    assert whole.precision.tobytes() == cut.precision.tobytes()
    assert whole.response.tobytes() == cut.response.tobytes()


def test_choices_of_the_run_move_the_person_who_made_them(log: InteractionLog, make_batch: MakeBatch) -> None:
    bandit, batch = fitted(LinUCB, log), make_batch(log, [4, 59])
    view = batch.view
    ask(bandit, batch, 5)
    view.begin_sessions(batch.rows)
    view.record(batch.rows, np.array([[30, 31, 32]] * 2, dtype=np.int32), np.array([[True, False, True]] * 2))
    view.begin_sessions(batch.rows)
    now, fresh = ask(bandit, batch, 30), ask(bandit, make_batch_of_histories(bandit, batch), 30)
    np.testing.assert_array_equal(now.items, fresh.items)
    assert now.scores is not None and fresh.scores is not None
    assert now.scores.tobytes() == fresh.scores.tobytes()


def make_batch_of_histories(bandit: LinearBandit, batch: RequestBatch) -> RequestBatch:
    from recommenders.batching import as_batch

    return as_batch(bandit.catalog, list(batch))


def test_passed_over_impressions_of_a_log_are_lessons_too(make_log: Callable[..., InteractionLog]) -> None:
    from dataclasses import replace

    pairs = [(user, item) for user in range(30) for item in range(20)]
    log = make_log(pairs, n_users=30)
    clicked = log.item < 5
    told = replace(log, clicked=clicked, position=(log.item % 10).astype(np.int32))
    bandit = fitted(LinUCB, told, alpha=0.0)
    scores = bandit._scores(np.zeros((1, 4)), bandit._mean)[0]
    assert scores[:5].min() > scores[5:20].max()


def test_items_that_nobody_chose_are_known_by_their_categories() -> None:
    kinds = [("a",), ("b",)]
    catalog = Catalog(tuple(Item(item_id=f"i{n}", categories=kinds[n % 2]) for n in range(30)))
    user = np.repeat(np.arange(40, dtype=np.int32), 5)
    item = np.concatenate([np.random.default_rng(u).permutation(14)[:5] * 2 + u % 2 for u in range(40)]).astype(
        np.int32
    )
    n = user.size
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{u}" for u in range(40)]),
        user=user,
        item=item,
        rating=np.full(n, np.nan, dtype=np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )
    bandit = fitted(LinUCB, log, alpha=0.0)
    new_of_each = bandit.items[28:, 2:]  # chosen by nobody, one of each kind
    old = bandit.items[:28, 2:].reshape(14, 2, -1).mean(axis=0)
    likeness = new_of_each @ old.T
    assert likeness[0, 0] > likeness[0, 1] and likeness[1, 1] > likeness[1, 0]
