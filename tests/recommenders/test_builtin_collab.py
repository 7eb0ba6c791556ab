"""That `user-knn` and `bpr` compute what their docstrings say, for people of the log, strangers and grown histories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

from recommenders.batching import as_batch
from recommenders.builtin import bpr, user_knn
from recommenders.builtin.bpr import BPR
from recommenders.builtin.popular import Popular
from recommenders.builtin.user_knn import UserKNN
from recommenders.contract import Recommender, Request
from simulator.records import UserInputError

FRESH: dict[str, Callable[[], Recommender]] = {"user-knn": lambda: UserKNN(neighbors=10), "bpr": lambda: BPR(factors=8)}


def asked(*history: str) -> Request:
    return Request("somebody", history, frozenset(history))


def test_user_knn_sums_the_shrunk_cosines_of_the_nearest_people(catalog, log) -> None:
    recommender = UserKNN(neighbors=4, shrinkage=3.0)
    recommender.fit(catalog, log)
    x = log.matrix().toarray()
    person = np.zeros(40)
    person[[4, 7, 12]] = 1
    cosine = x @ person / (np.sqrt(x.sum(axis=1) * 3) + 3.0)
    near = np.argsort(-cosine, kind="stable")[:4]
    expected = cosine[near] @ x[near]
    expected[[4, 7, 12]] = -1
    slate = recommender.recommend([asked("i4", "i7", "i12")], 5)[0]
    np.testing.assert_allclose(slate.scores, np.sort(expected)[::-1][:5], atol=2e-6)


def test_user_knn_by_hand(catalog, make_log) -> None:
    recommender = UserKNN(neighbors=1, shrinkage=0)
    recommender.fit(catalog, make_log([(0, 1), (0, 2), (0, 3), (1, 1), (1, 9), (2, 8), (3, 8), (4, 8)]))
    # i1 and i2: person 0 shares both, 2 / √(2 · 3); person 1 shares one, 1 / √(2 · 2), and is left out.
    slate = recommender.recommend([asked("i1", "i2")], 3)[0]
    assert slate.item_ids == ["i3", "i8", "i9"]
    assert slate.scores[0] == pytest.approx(2 / np.sqrt(6), abs=1e-5)
    assert slate.scores[1] < 1e-5


def test_user_knn_holds_few_similarities_at_once_and_gives_the_same_bits(catalog, log, make_batch, monkeypatch) -> None:
    recommender = UserKNN(neighbors=10)
    recommender.fit(catalog, log)
    whole = recommender.recommend(make_batch(log), 9)
    monkeypatch.setattr(user_knn, "_CELLS", 2 * 57)
    parted = recommender.recommend(make_batch(log), 9)
    assert whole.items.tobytes() == parted.items.tobytes() and whole.scores.tobytes() == parted.scores.tobytes()


def test_user_knn_takes_more_neighbours_than_there_are_people(catalog, log, make_batch) -> None:
    every, more = UserKNN(neighbors=57), UserKNN(neighbors=10_000)
    for recommender in (every, more):
        recommender.fit(catalog, log)
    one, other = (recommender.recommend(make_batch(log), 9) for recommender in (every, more))
    assert one.items.tobytes() == other.items.tobytes()


def test_bpr_people_are_the_maximum_of_its_criterion(catalog, log) -> None:
    recommender = BPR(factors=3, iterations=20, learning_rate=0.1, people_regularization=0.05)
    recommender.fit(catalog, log)
    chosen = np.array([2, 8, 14], dtype=np.int32)
    better = np.repeat(chosen, 4)
    worse = recommender.other[:12]
    better, worse = better[~np.isin(worse, chosen)], worse[~np.isin(worse, chosen)]
    y, b = recommender.item_factors.astype(np.float64), recommender.bias.astype(np.float64)

    def loss(person: np.ndarray) -> float:
        ahead = (y[better] - y[worse]) @ person + b[better] - b[worse]
        return float(np.log1p(np.exp(-ahead)).sum() + 0.05 / 2 * better.size * person @ person)

    best = optimize.minimize(loss, np.zeros(3)).x
    slate = recommender.recommend([asked("i2", "i8", "i14")], 40)[0]
    items = [int(item_id[1:]) for item_id in slate.item_ids]
    np.testing.assert_allclose(slate.scores, (y @ best + b)[items], atol=2e-3)


def test_bpr_repeats_under_a_seed_and_differs_under_another(catalog, log) -> None:
    one, again, other = BPR(factors=8, seed=1), BPR(factors=8, seed=1), BPR(factors=8, seed=2)
    for recommender in (one, again, other):
        recommender.fit(catalog, log)
    assert one.item_factors.tobytes() == again.item_factors.tobytes()
    assert one.other.tobytes() == again.other.tobytes()
    assert not np.allclose(one.item_factors, other.item_factors)


def test_bpr_puts_what_nobody_chose_no_higher_than_what_is_chosen_least(catalog, make_log) -> None:
    pairs = [(person, item) for person in range(40) for item in range(1 + person // 4)]
    recommender = BPR(factors=2, iterations=30, learning_rate=0.1)
    recommender.fit(catalog, make_log(pairs))
    assert (recommender.popularity[20:] == 0).all()
    assert (recommender.bias[20:] == recommender.bias[recommender.popularity > 0].min()).all()
    assert not recommender.item_factors[20:].any()


def test_bpr_can_serve_somebody_who_chose_all_that_it_tells_choices_from(catalog, make_log) -> None:
    recommender = BPR(factors=2, iterations=2)
    recommender.fit(catalog, make_log([(0, 1), (1, 1), (0, 2)]))
    slate = recommender.recommend([asked("i1", "i2")], 3)[0]
    assert len(slate.item_ids) == 3 and np.isfinite(slate.scores).all()


@pytest.mark.parametrize("name", FRESH)
def test_the_taste_of_a_history_is_found_where_popularity_misses_it(name, catalog, make_log) -> None:
    """Two tastes; three of a person's eight choices are held out."""
    rng = np.random.default_rng(3)
    liked = [rng.permutation(20)[:8] * 2 + person % 2 for person in range(60)]
    log = make_log([(person, int(item)) for person in range(60) for item in liked[person][:5]])
    people = [asked(*(f"i{item}" for item in chosen[:5])) for chosen in liked]
    hits = {}
    for each in (FRESH[name](), Popular()):
        each.fit(catalog, log)
        slates = each.recommend(people, 10)
        hits[type(each)] = sum(
            f"i{item}" in slate.item_ids for chosen, slate in zip(liked, slates, strict=True) for item in chosen[5:]
        )
    mine, popular = hits.values()
    assert mine > 1.5 * popular


@pytest.mark.parametrize("name", FRESH)
def test_a_stranger_is_served_like_the_person_of_the_log_who_chose_the_same(name, catalog, log, make_batch) -> None:
    recommender = FRESH[name]()
    recommender.fit(catalog, log)
    known = make_batch(log, [11])
    stranger = as_batch(catalog, [asked(*known[0].history)])
    one, other = recommender.recommend(known, 8), recommender.recommend(stranger, 8)
    assert one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()


@pytest.mark.parametrize("make", [lambda: UserKNN(neighbors=10), lambda: BPR(factors=8, refresh_people=True)])
def test_what_is_chosen_in_a_session_counts_from_the_next_one_on(make, catalog, log, make_batch) -> None:
    recommender = make()
    recommender.fit(catalog, log)
    batch = make_batch(log, [4])
    before = recommender.recommend(batch, 40)
    batch.view.record(batch.rows, np.array([[1, 3, 5, 7]], dtype=np.int32), np.ones((1, 4), dtype=np.bool_))
    same_session = recommender.recommend(batch, 40)
    batch.view.begin_sessions(batch.rows)
    after = recommender.recommend(batch, 40)
    left = [item for item in before.items[0].tolist() if item not in (1, 3, 5, 7)]
    assert [item for item in same_session.items[0].tolist() if item >= 0] == [item for item in left if item >= 0]
    grown = recommender.recommend([asked(*batch[0].history)], 40)
    assert after.items.tobytes() == grown.items.tobytes() and after.scores.tobytes() == grown.scores.tobytes()
    assert set(after.scores[0].tolist()) != set(before.scores[0].tolist())


def test_bpr_holds_to_the_log_unless_told_to_refresh(catalog, log, make_batch) -> None:
    recommender = BPR(factors=8)
    recommender.fit(catalog, log)
    batch = make_batch(log, [4])
    before = recommender.recommend(batch, 40).items[0]
    batch.view.record(batch.rows, np.array([[1, 3]], dtype=np.int32), np.ones((1, 2), dtype=np.bool_))
    batch.view.begin_sessions(batch.rows)
    after = recommender.recommend(batch, 40).items[0]
    assert after[after >= 0].tolist() == [item for item in before.tolist() if item not in (1, 3, -1)]


@pytest.mark.parametrize("name", FRESH)
def test_saved_and_loaded_it_serves_grown_histories_alike(name, catalog, log, tmp_path: Path) -> None:
    recommender = FRESH[name]()
    recommender.fit(catalog, log)
    recommender.save(tmp_path / "model")
    loaded = type(recommender).load(tmp_path / "model")
    people = [asked("i2", "i4"), asked("i39"), asked()]
    one, other = recommender.recommend(people, 60), loaded.recommend(people, 60)
    assert one.items.tobytes() == other.items.tobytes() and one.scores.tobytes() == other.scores.tobytes()
    assert (one.items >= 0).sum(axis=1).tolist() == [38, 39, 40]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: UserKNN(neighbors=0), "neighbors must be a whole number of at least 1, not 0"),
        (lambda: UserKNN(shrinkage=-1), "shrinkage must be a number of at least 0, not -1"),
        (lambda: BPR(factors=0), "factors must be a whole number of at least 1 and at most 4096, not 0"),
        (lambda: BPR(learning_rate=0), "learning_rate must be a number above 0, not 0"),
        (lambda: BPR(people_regularization=0), "people_regularization must be a number above 0, not 0"),
        (lambda: BPR(refresh_people="yes"), "refresh_people must be true or false, not 'yes'"),
        (lambda: BPR(seed=-1), "seed must be a whole number of at least 0"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, told) -> None:
    with pytest.raises(UserInputError) as caught:
        make()
    assert told in str(caught.value)


def test_the_pairs_of_a_long_history_begin_again(catalog, log, monkeypatch) -> None:
    monkeypatch.setattr(bpr, "_PAIRS", 3)
    recommender = BPR(factors=2, iterations=2)
    recommender.fit(catalog, log)
    assert recommender.other.size == 3
    assert len(recommender.recommend([asked(*(f"i{n}" for n in range(0, 20, 2)))], 5)[0].item_ids) == 5


def test_bpr_that_diverges_says_what_to_lower(catalog, log) -> None:
    with pytest.raises(UserInputError, match=r"bpr: .* with learning_rate 1e\+20\. Lower it"):
        BPR(factors=2, learning_rate=1e20).fit(catalog, log)
