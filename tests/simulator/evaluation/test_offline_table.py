"""From a fitted recommender to a table: lists through the host, intervals over persons, paired differences."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from offline_logs import made_log, two_tastes

from recommenders.contract import Recommender, Request, RequestBatch, Slate, SlateBatch
from recommenders.errors import PluginError
from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.evaluation.offline import (
    Holdout,
    Rankings,
    difference_table,
    hold_out,
    measure,
    offline_table,
    paired_differences,
    rank,
)
from simulator.evaluation.offline import rank as rank_
from simulator.evaluation.offline.definitions import definition_of
from simulator.evaluation.offline.rank import BATCH
from simulator.records import Catalog, InteractionLog, UserInputError


@pytest.fixture(scope="module")
def split() -> Holdout:
    return hold_out(two_tastes(200), share=0.2)


def _ranked(name: str, split: Holdout, k: int = 10) -> Rankings:
    host = Host(load_recommender(name, seed=3), name)
    host.fit(split.train.catalog, split.train)
    return rank(host, split, k)


def test_lists_hold_nothing_learnt_from_and_are_what_the_recommender_says(split: Holdout) -> None:
    ranked = _ranked("popular", split)
    assert ranked.items.shape == (200, 10) and ranked.seconds.shape == (1,) and ranked.seconds[0] > 0
    learnt = split.train.matrix().toarray() > 0
    popularity = learnt.sum(axis=0)
    for row, person in zip(ranked.items, ranked.people, strict=True):
        assert not learnt[person, row].any()
        eligible = np.flatnonzero(~learnt[person])
        best = eligible[np.argsort(-popularity[eligible], kind="stable")[:10]]
        assert row.tolist() == best.tolist()


class Counting(Recommender):
    """Shows the first items it may, and keeps the sizes of the batches and what it was told of people."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.histories: dict[str, tuple[str, ...]] = {}

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        self.sizes.append(len(requests))
        self.histories |= {request.user_id: request.history for request in requests}
        return [Slate([i for i in self.ids if i not in request.exclude][:k]) for request in requests]


def test_people_are_asked_for_in_batches_with_their_histories_oldest_first() -> None:
    n = BATCH + 20
    choices = [(f"u{user:05d}", item, when) for when, item in enumerate("abc", start=1) for user in range(n)]
    asked = Counting()
    host = Host(asked)
    split = hold_out(made_log(choices, items=list("abcdef")), share=0.3)
    host.fit(split.train.catalog, split.train)
    ranked = rank(host, split, 2)
    host.close()
    assert asked.sizes == [BATCH, 20] and ranked.seconds.shape == (2,)
    assert len(asked.histories) == n and set(asked.histories.values()) == {("a", "b")}
    assert (ranked.items == [[2, 3]]).all()


def test_lists_are_short_where_the_eligible_items_run_out() -> None:
    split = hold_out(made_log([("ann", "a", 1), ("ann", "b", 2), ("bob", "a", 3), ("bob", "c", 4)]), share=0.5)
    ranked = _ranked("popular", split, 5)
    assert (ranked.items >= 0).sum(axis=1).tolist() == [2, 2]
    table = offline_table(measure(ranked, split, cutoffs=(5,)))
    assert table["recall@5"]["value"] == 1.0 and table["precision@5"]["value"] == 0.2


class Repeating(Recommender):
    """Shows what people chose already, which the contract forbids."""

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        self.catalog = catalog

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        assert isinstance(requests, RequestBatch)
        items = np.tile(np.arange(k, dtype=np.int32), (len(requests), 1))
        return SlateBatch(self.catalog, items)


def test_a_breach_of_the_contract_is_told_and_not_scored(split: Holdout) -> None:
    host = Host(Repeating(), "repeating")
    host.fit(split.train.catalog, split.train)
    with pytest.raises(PluginError, match="chosen before"):
        rank(host, split, 10)
    host.close()
    with pytest.raises(UserInputError, match="k must be at least 1"):
        rank_(host, split, 0)


def test_the_table_is_means_over_persons_with_students_intervals(split: Holdout) -> None:
    measured = measure(_ranked("item-knn", split), split, cutoffs=(5, 10))
    table = offline_table(measured, 0.9)
    assert json.loads(json.dumps(table)) == table
    for name, row in table.items():
        assert definition_of(name).name == name.partition("@")[0]
        assert row["ci"][0] <= row["value"] <= row["ci"][1], name
    values = measured.persons["ndcg@10"]
    half = 1.6525 * values.std(ddof=1) / math.sqrt(values.size)  # Student's 95 % quantile with 199 degrees of freedom
    assert table["ndcg@10"]["value"] == pytest.approx(values.mean(), rel=1e-8)
    assert table["ndcg@10"]["ci"] == pytest.approx([values.mean() - half, values.mean() + half], abs=1e-5)
    assert table["ndcg@10"]["n"] == 200


def test_what_a_log_cannot_tell_is_none_in_the_table() -> None:
    split = hold_out(made_log([("ann", "a", 1), ("ann", "b", 2), ("bob", "a", 3), ("bob", "c", 4)]), share=0.5)
    table = offline_table(measure(_ranked("popular", split, 2), split, cutoffs=(2,)))
    assert table["calibration@2"] == {"value": None, "ci": [None, None], "n": 0}


def test_a_recommender_that_knows_tastes_beats_the_popular_items_person_by_person(split: Holdout) -> None:
    plain, clever = (measure(_ranked(name, split), split) for name in ("popular", "ease"))
    differences = paired_differences(plain, clever)
    found = differences["ndcg@10"]
    each = clever.persons["ndcg@10"] - plain.persons["ndcg@10"]
    assert found.value == pytest.approx(each.mean()) and found.se == pytest.approx(each.std(ddof=1) / math.sqrt(200))
    assert found.interval(0.95)[0] > 0
    assert differences["coverage@10"].value == pytest.approx(
        float(clever.crowd["coverage@10"][0] - plain.crowd["coverage@10"][0])
    )
    assert set(differences) == set(plain.estimates)
    table = difference_table(differences)
    assert table["ndcg@10"]["p_value"] < 0.05 and json.loads(json.dumps(table)) == table
    same = paired_differences(plain, plain)
    assert all(estimate.value == 0 and estimate.p_value == 1 for estimate in same.values() if estimate.defined)


def test_clones_are_no_independent_persons(split: Holdout) -> None:
    ranked = _ranked("popular", split)
    alone = measure(ranked, split)
    pairs = np.array([f"c{n // 2}" for n in range(200)], dtype=np.str_)
    together = measure(ranked, split, clusters=pairs)
    assert together.estimates["ndcg@10"].df == 99 and alone.estimates["ndcg@10"].df == 199
    assert together.estimates["ndcg@10"].value == alone.estimates["ndcg@10"].value


def test_lists_of_other_people_are_refused(split: Holdout) -> None:
    ranked = _ranked("popular", split)
    fewer = replace(ranked, people=ranked.people[:50], items=ranked.items[:50])
    with pytest.raises(ValueError, match="not of the people"):
        measure(fewer, split)
    whole = measure(ranked, split)
    with pytest.raises(ValueError, match="same people"):
        paired_differences(whole, replace(whole, people=whole.people[::-1]))
