"""Accuracy of lists: by hand, against plain loops, against scikit-learn, and on MovieLens."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_logs import lists, wanted
from sklearn.metrics import ndcg_score

from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.datasets.movielens import read
from simulator.evaluation.offline import accuracy, hold_out, rank
from simulator.records import UserInputError

Values = dict[str, npt.NDArray[np.float64]]


def by_loops(items: list[list[int]], relevant: list[set[int]], k: int) -> Values:
    """Every definition of the module, as it is written there."""
    out: dict[str, list[float]] = {name: [] for name in ("ndcg", "recall", "precision", "hit", "mrr", "map")}
    for row, held in zip(items, relevant, strict=True):
        found = [1 if item in held else 0 for item in row[:k] if item >= 0]
        gain = sum(r / math.log2(j + 1) for j, r in enumerate(found, start=1))
        best = sum(1 / math.log2(j + 1) for j in range(1, min(k, len(held)) + 1))
        precisions = [sum(found[:j]) / j for j in range(1, len(found) + 1)]
        out["ndcg"].append(gain / best)
        out["recall"].append(sum(found) / len(held))
        out["precision"].append(sum(found) / k)
        out["hit"].append(float(any(found)))
        out["mrr"].append(1 / (found.index(1) + 1) if 1 in found else 0.0)
        out["map"].append(sum(r * p for r, p in zip(found, precisions, strict=True)) / len(held))
    return {f"{name}@{k}": np.array(values) for name, values in out.items()}


def test_a_list_worked_out_by_hand() -> None:
    # Hits at places 2 and 4; three items are held out.
    found = accuracy(lists([9, 1, 8, 2, 7]), wanted(10, [1, 2, 3]), (1, 3, 5))
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert found["recall@1"][0] == 0 and found["hit@1"][0] == 0 and found["mrr@1"][0] == 0
    assert found["recall@3"][0] == pytest.approx(1 / 3)
    assert found["precision@3"][0] == pytest.approx(1 / 3)
    assert found["mrr@3"][0] == 0.5
    assert found["ndcg@3"][0] == pytest.approx((1 / math.log2(3)) / ideal)
    assert found["ndcg@5"][0] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert found["map@5"][0] == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert found["precision@5"][0] == pytest.approx(2 / 5)


def test_a_perfect_list_has_ndcg_1_however_few_items_are_held_out() -> None:
    found = accuracy(lists([3, 0, 1], [4, 2, 0]), wanted(5, [3], [4, 2, 0]), (3,))
    assert found["ndcg@3"].tolist() == [1.0, 1.0] and found["recall@3"].tolist() == [1.0, 1.0]


def test_short_and_empty_lists_find_little_and_people_without_held_out_items_are_undefined() -> None:
    found = accuracy(lists([1], [], [2, 0, 3]), wanted(4, [1, 2], [0], []), (3,))
    assert found["recall@3"][:2].tolist() == [0.5, 0.0]
    assert found["precision@3"][:2].tolist() == [pytest.approx(1 / 3), 0.0]
    for values in found.values():
        assert np.isnan(values[2]) and np.isfinite(values[:2]).all()


def test_nobody_at_all_gives_empty_columns() -> None:
    found = accuracy(np.zeros((0, 5), dtype=np.int32), wanted(4), (5,))
    assert all(values.shape == (0,) for values in found.values())


@pytest.mark.parametrize("cutoffs", [(), (0,), (4,), (1, 9)])
def test_cutoffs_beyond_the_lists_are_refused(cutoffs: tuple[int, ...]) -> None:
    with pytest.raises(UserInputError, match="each must be a whole number from 1 to 3"):
        accuracy(lists([0, 1, 2]), wanted(4, [1]), cutoffs)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_lists_agree_with_plain_loops(data: st.DataObject) -> None:
    n_items, width = 30, data.draw(st.integers(1, 12))
    item = st.integers(0, n_items - 1)
    rows = data.draw(st.lists(st.lists(item, max_size=width, unique=True), min_size=1, max_size=6))
    held = [data.draw(st.sets(item, min_size=1, max_size=20)) for _ in rows]
    items = lists(*rows, [0] * width)[:-1]
    for k in {1, width, data.draw(st.integers(1, width))}:
        found = accuracy(items, wanted(n_items, *map(sorted, held)), (k,))
        expected = by_loops(items.tolist(), held, k)
        assert set(found) == set(expected)
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, atol=1e-12, err_msg=name)


def _drawn(n: int, n_items: int, k: int) -> tuple[npt.NDArray[np.int32], list[list[int]]]:
    draw = np.random.default_rng(5)
    items = np.argsort(draw.random((n, n_items)), axis=1)[:, :k].astype(np.int32)
    return items, [draw.choice(n_items, size=draw.integers(1, 25), replace=False).tolist() for _ in range(n)]


def test_ndcg_agrees_with_scikit_learn() -> None:
    items, held = _drawn(60, 40, 40)
    relevant = wanted(40, *held)
    scores = np.empty(items.shape)
    np.put_along_axis(scores, items, np.arange(40, 0, -1, dtype=np.float64)[None], axis=1)
    found = accuracy(items[:, :10], relevant, (10,))["ndcg@10"]
    truth = relevant.toarray()
    expected = [ndcg_score(truth[i : i + 1], scores[i : i + 1], k=10) for i in range(60)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_each_person_is_judged_alone_and_names_of_items_do_not_matter() -> None:
    items, held = _drawn(30, 40, 10)
    relevant = wanted(40, *held)
    found = accuracy(items, relevant, (5, 10))
    order = np.random.default_rng(1).permutation(30)
    moved = accuracy(items[order], relevant[order], (5, 10))
    renamed = np.random.default_rng(2).permutation(40).astype(np.int32)
    other = accuracy(renamed[items], wanted(40, *[renamed[row].tolist() for row in held]), (5, 10))
    for name, values in found.items():
        assert np.array_equal(moved[name], values[order]), name
        assert np.array_equal(other[name], values), name


def test_popular_on_movielens_1m_is_what_plain_loops_ranx_and_rectools_say() -> None:
    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[3].parent / "shared" / "data"
    if not (folder / "ml-1m" / "ratings.dat").is_file():
        pytest.skip(f"no MovieLens 1M in {folder}: set UNDERSTUDY_DATA_DIR to check against the real data")
    log = read("movielens-1m", folder / "ml-1m").log
    split = hold_out(log, order="random", salt="movielens-1m")
    host = Host(load_recommender("popular"), "popular")
    host.fit(log.catalog, split.train)
    ranked = rank(host, split, 10)
    found = accuracy(ranked.items, split.relevant, (10,))
    held = np.split(split.relevant.indices, split.relevant.indptr[1:-1])
    expected = by_loops(ranked.items.tolist(), [set(row.tolist()) for row in held], 10)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-12, err_msg=name)
    assert found["ndcg@10"].size == 6_040
    # What ranx 0.3.21 and RecTools 0.19.0 (divide_by_achievable) say of these very lists.
    told = {"ndcg": 0.12980679, "recall": 0.07252981, "precision": 0.10642384, "hit": 0.51407285}
    for name, mean in (told | {"mrr": 0.26247090, "map": 0.03298738}).items():
        assert found[f"{name}@10"].mean() == pytest.approx(mean, abs=1e-8), name
