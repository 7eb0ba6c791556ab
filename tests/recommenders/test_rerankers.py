"""Maximal marginal relevance and calibration: by hand, by what they are for, and inside the contract."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf_items import batch_of, choices, log_of, shelf

from recommenders.builtin.calibrated import SMOOTHING, Calibrated, divergence, spread_of
from recommenders.builtin.item_knn import ItemKNN
from recommenders.builtin.mmr import MMR
from recommenders.builtin.random import Random
from recommenders.contract import Recommender, Request, SlateBatch
from recommenders.pools import relevance
from recommenders.validation import checked_slates
from simulator.records import Catalog, Item, UserInputError

RERANKERS = {
    "mmr": MMR(base="item-knn"),
    "mmr content": MMR(base={"recommender": "item-knn"}, likeness="content", tradeoff=0.5),
    "calibrated": Calibrated(base="item-knn"),
}


class Scored(Recommender):
    """Every item with a stated score, in the order of the scores, as a matrix of one row for all."""

    def __init__(self, scores: list[float]) -> None:
        self.scores = np.array(scores, dtype=np.float32)

    def fit(self, catalog, log) -> None:
        self.catalog = catalog

    def recommend(self, requests, k):
        from recommenders.batching import as_batch
        from recommenders.topk import top_k

        batch = as_batch(self.catalog, requests)
        scores = np.where(batch.view.blocked[batch.rows] != 0, np.float32(-np.inf), self.scores)
        items = top_k(scores, k)
        return SlateBatch(self.catalog, items, np.where(items < 0, np.float32(np.nan), self.scores[items]))


def small(categories: list[tuple[str, ...]]) -> Catalog:
    return Catalog(tuple(Item(item_id=f"i{n}", categories=names) for n, names in enumerate(categories)))


@pytest.fixture(scope="module", params=RERANKERS)
def fitted(request):
    RERANKERS[request.param].fit(shelf(), choices())
    return RERANKERS[request.param]


@pytest.fixture(scope="module")
def base() -> ItemKNN:
    model = ItemKNN()
    model.fit(shelf(), choices())
    return model


def test_mmr_is_what_its_formula_says() -> None:
    catalog = small([("A",), ("A",), ("B",), ("A", "B")])
    model = MMR(base=Scored([1.0, 0.9, 0.5, 0.0]), tradeoff=0.5)
    model.fit(catalog, log_of(catalog, [], 1))
    slate = model.recommend([Request("x", (), frozenset())], 4)[0]
    # i0 first (0.5 × 1). Then i1: 0.45 - 0.5, i2: 0.25 - 0, i3: 0 - 0.5 / √2. Then i1: 0.45 - 0.5, i3: -0.5 / √2.
    assert list(slate.item_ids) == ["i0", "i2", "i1", "i3"]
    np.testing.assert_allclose(slate.scores, [0.5, 0.25, -0.05, -0.5 / np.sqrt(2)], atol=1e-6)


def test_the_divergence_is_steck_s() -> None:
    p, q = np.array([0.7, 0.3, 0.0]), np.array([2.0, 1.0, 1.0])
    smooth = 0.99 * q / 4 + 0.01 * p
    expected = 0.7 * np.log(0.7 / smooth[0]) + 0.3 * np.log(0.3 / smooth[1])
    assert divergence(p, q) == pytest.approx(expected, rel=1e-12)
    assert divergence(p, p) == pytest.approx(0, abs=1e-12)
    assert divergence(p, np.array([0.0, 0.0, 1.0])) == pytest.approx(-np.log(SMOOTHING), rel=1e-9)
    assert divergence(np.zeros(3), q) == 0


def test_an_items_categories_share_it_evenly() -> None:
    np.testing.assert_allclose(spread_of(small([("A",), ("A", "B"), ()])), [[1, 0], [0.5, 0.5], [0, 0]])


def test_calibration_is_the_greedy_optimum_of_its_objective() -> None:
    luck = np.random.default_rng(1)
    names = ["A", "B", "C"]
    categories = [tuple(sorted(set(luck.choice(names, luck.integers(1, 3))))) for _ in range(9)]
    catalog = small(categories)
    scores = luck.random(9)
    model = Calibrated(base=Scored(scores.tolist()), weight=0.6, pool=9)
    model.fit(catalog, log_of(catalog, [], 1))
    history = ("i0", "i1", "i2")
    slate = model.recommend([Request("x", history, frozenset(history))], 4)[0]
    spread = spread_of(catalog).astype(np.float64)
    target = spread[:3].mean(axis=0)
    left = list(range(3, 9))
    good = (scores - scores[3:].min()) / (scores[3:].max() - scores[3:].min())
    page: list[int] = []
    for _ in range(4):
        worth = {
            i: 0.4 * good[[*page, i]].sum() - 0.6 * divergence(target, spread[[*page, i]].sum(axis=0)) for i in left
        }
        page.append(max(left, key=worth.__getitem__))
        left.remove(page[-1])
    assert list(slate.item_ids) == [f"i{row}" for row in page]


def test_seven_dramas_and_three_comedies_are_shown_seven_to_three() -> None:
    catalog = small([("Drama",)] * 40 + [("Comedy",)] * 40)
    history = [*range(7), 40, 41, 42]
    scores = np.linspace(1, 0, 80).tolist()  # the base would show dramas alone
    model = Calibrated(base=Scored(scores), weight=0.99, pool=80)
    model.fit(catalog, log_of(catalog, [(0, row) for row in history], 1))
    slates = model.recommend(batch_of(log_of(catalog, [(0, row) for row in history], 1)), 10)
    assert (slates.items[0] < 40).sum() == 7


def test_what_a_person_chooses_in_the_run_counts_too() -> None:
    catalog = small([("Drama",)] * 40 + [("Comedy",)] * 40)
    log = log_of(catalog, [(0, row) for row in range(4)], 1)
    model = Calibrated(base=Scored(np.linspace(1, 0, 80).tolist()), weight=0.99, pool=80)
    model.fit(catalog, log)
    batch = batch_of(log)
    assert (model.recommend(batch, 8).items < 40).all()
    batch.view.record(batch.rows, np.arange(40, 44, dtype=np.int32)[None], np.ones((1, 4), dtype=np.bool_))
    batch.view.begin_sessions(batch.rows)
    assert (model.recommend(batch, 8).items < 40).sum() == 4


def test_each_does_what_it_is_for(base) -> None:
    plain = base.recommend(batch_of(choices()), 10).items[:62]
    likeness = shelf().categories @ shelf().categories.T

    def alike(items):
        pairs = np.array(list(itertools.combinations(range(10), 2)))
        return likeness[items[:, pairs[:, 0]], items[:, pairs[:, 1]]].mean()

    spread = spread_of(shelf())
    own = batch_of(choices()).view.histories() @ spread
    target = (own / np.maximum(own.sum(axis=1, keepdims=True), 1))[:62]
    for name in RERANKERS:
        RERANKERS[name].fit(shelf(), choices())
    diverse = RERANKERS["mmr"].recommend(batch_of(choices()), 10).items[:62]
    fair = RERANKERS["calibrated"].recommend(batch_of(choices()), 10).items[:62]
    assert alike(diverse) < alike(plain) - 0.05
    assert (
        divergence(target, spread[fair].sum(axis=1)).mean() < 0.7 * divergence(target, spread[plain].sum(axis=1)).mean()
    )


@pytest.mark.parametrize("model", [MMR(base="item-knn", tradeoff=1.0), Calibrated(base="item-knn", weight=0.0)])
def test_at_one_end_of_the_scale_the_base_s_order_stands(model, base) -> None:
    model.fit(shelf(), choices())
    np.testing.assert_array_equal(
        model.recommend(batch_of(choices()), 8).items, base.recommend(batch_of(choices()), 8).items
    )


@settings(max_examples=10, deadline=None)
@given(people=st.lists(st.integers(0, 63), min_size=1, max_size=64, unique=True))
def test_nobodys_page_depends_on_company(fitted, people) -> None:
    whole = fitted.recommend(batch_of(choices()), 7)
    part = fitted.recommend(batch_of(choices(), people), 7)
    np.testing.assert_array_equal(part.items, whole.items[people])
    assert part.scores.tobytes() == whole.scores[people].tobytes()


def test_saved_and_loaded_they_are_the_same(fitted, tmp_path) -> None:
    fitted.save(tmp_path / "model")
    loaded = type(fitted).load(tmp_path / "model")
    one, two = (model.recommend(batch_of(choices()), 7) for model in (fitted, loaded))
    np.testing.assert_array_equal(one.items, two.items)
    assert one.scores.tobytes() == two.scores.tobytes()


def test_pages_keep_the_contract_over_a_session_and_when_items_run_out(fitted) -> None:
    batch = batch_of(choices())
    luck = np.random.default_rng(0)
    for turn in range(12):
        slates = checked_slates(fitted.recommend(batch, 10), batch, 10, f"turn {turn}")
        full = slates.items >= 0
        falls = np.diff(np.where(full, slates.scores, -9.0), axis=1) <= 1e-6
        assert falls.all(), "scores do not rise towards the end"
        batch.view.record(batch.rows, slates.items, luck.random(slates.items.shape) < 0.2)


def test_a_base_without_scores_goes_by_rank() -> None:
    slates = SlateBatch(shelf(), np.array([[3, 1, 2, -1]], dtype=np.int32))
    np.testing.assert_allclose(relevance(slates)[0], [1.0, 0.5, 0.0, -np.inf])
    model = MMR(base=Random())
    model.fit(shelf(), choices())
    checked_slates(model.recommend(batch_of(choices()), 5), batch_of(choices()), 5, "mmr")


def test_relevance_is_scaled_person_by_person_and_equal_scores_are_all_good() -> None:
    items = np.array([[0, 1, 2], [0, 1, 2], [0, -1, -1]], dtype=np.int32)
    scores = np.array([[5, 4, 3], [7, 7, 7], [2, np.nan, np.nan]], dtype=np.float32)
    expected = [[1, 0.5, 0], [1, 1, 1], [1, -np.inf, -np.inf]]
    np.testing.assert_allclose(relevance(SlateBatch(shelf(), items, scores)), expected)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: MMR(tradeoff=1.5), "tradeoff must be"),
        (lambda: MMR(likeness="sound"), "categories or content"),
        (lambda: Calibrated(weight=-1), "weight must be"),
        (lambda: Calibrated(base={"params": {}}), "base must be the name"),
        (lambda: Calibrated(base="item-knnn"), "Did you mean 'item-knn'"),
    ],
)
def test_what_is_wrong_is_told(make, told) -> None:
    with pytest.raises(UserInputError, match=told):
        make()
