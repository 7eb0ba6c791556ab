"""What a split lets through, and who has seen what is held out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from offline_logs import made_log, pairs_of, two_tastes

from recommenders.contract import Recommender, Request, Slate
from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.evaluation.offline import Holdout, Rankings, accuracy, blind_test, hold_out, leakage, rank
from simulator.records import Catalog, InteractionLog


def test_the_share_of_choices_from_the_future_is_counted_by_hand() -> None:
    log = made_log(
        [("ann", "a", 10), ("ann", "b", 20), ("ann", "c", 30), ("bob", "a", 25), ("bob", "b", 35), ("bob", "c", 45)]
    )
    split = hold_out(log, share=0.3)
    assert sorted(split.test.time.tolist()) == [30, 45] and sorted(split.train.time.tolist()) == [10, 20, 25, 35]
    found = leakage(split)
    # After 30 comes 35, one of four; after 45 nothing. The median of two is the lower one.
    assert found.after_earliest == found.after_median == 0.25
    assert found.after_each == 0.125
    assert (found.in_both, found.strangers, found.timed) == (0, 0, 1.0)
    assert found.cold_items == 1 and found.cold_choices == 1.0  # c is nowhere in what is learnt from
    assert "12% of the choices learnt from were made after" in found.notes[0]
    assert "1 item that nobody chose" in found.notes[1]
    assert json.loads(json.dumps(found.as_json()))["notes"] == list(found.notes)


def test_what_happens_at_the_same_moment_is_not_the_future() -> None:
    log = made_log([("ann", "a", 10), ("ann", "b", 30), ("bob", "a", 30), ("bob", "b", 40)])
    assert leakage(hold_out(log, share=0.5)).after_earliest == 0.0


def test_a_split_at_one_moment_lets_nothing_through() -> None:
    log = two_tastes()
    assert leakage(hold_out(log)).after_each > 0.02
    found = leakage(hold_out(log, scheme="global_time", share=0.2))
    assert found.after_earliest == found.after_median == found.after_each == 0.0
    assert not any("made after" in note for note in found.notes)


def test_without_times_it_says_that_nobody_knows() -> None:
    found = leakage(hold_out(two_tastes(timed=False)))
    assert np.isnan(found.after_each) and found.as_json()["after_each"] is None and found.timed == 0
    assert "have no times" in found.notes[0]


def test_a_split_that_leaks_on_purpose_is_caught() -> None:
    split = hold_out(two_tastes())
    whole = two_tastes()
    found = leakage(replace(split, train=whole))
    assert found.in_both == len(split.test) and "also learnt from" in found.notes[0]
    unknown = replace(split, train=split.train.select(split.train.user != 0))
    assert leakage(unknown).strangers == 1
    assert leakage(unknown).notes[-1] == "Judged though nothing of theirs is learnt from: 1 person."


class Peeking(Recommender):
    """Item-KNN that puts first what it found about the person in the whole log, read from elsewhere."""

    def __init__(self, whole: InteractionLog, share: float) -> None:
        self.honest = load_recommender("item-knn")
        self.known: dict[str, list[str]] = {}
        for user, item in sorted(pairs_of(whole)):
            if hash_of(user) < share:
                self.known.setdefault(user, []).append(item)

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        self.honest.fit(catalog, log)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        out = []
        for request, slate in zip(requests, self.honest.recommend(requests, k), strict=True):
            seen = [item for item in self.known.get(request.user_id, []) if item not in request.exclude]
            out.append(Slate([*seen, *[item for item in slate.item_ids if item not in seen]][:k]))
        return out


def hash_of(user: str) -> float:
    """A number in [0, 1) for each of u000 … u099."""
    return int(user[1:]) % 10 / 10


def _ranked(recommender: Recommender, split: Holdout) -> Rankings:
    host = Host(recommender, "mine")
    host.fit(split.train.catalog, split.train)
    ranked = rank(host, split, 10)
    host.close()
    return ranked


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_plug_in_that_looks_people_up_in_the_whole_log_is_caught(share: float) -> None:
    whole = two_tastes()
    split = hold_out(whole, share=0.2)
    ranked = _ranked(Peeking(whole, share), split)
    found = blind_test(lambda: Peeking(whole, share), ranked, split)
    honest = accuracy(_ranked(load_recommender("item-knn"), split).items, split.relevant)["ndcg@10"].mean()
    told = accuracy(ranked.items, split.relevant)["ndcg@10"].mean()
    assert found.knows_people and "held-out choices" in found.note
    assert found.loss.value == pytest.approx(told - honest)  # all of the advantage, and nothing else


@pytest.mark.parametrize("name", ["random", "popular", "item-knn", "als", "ease"])
def test_honest_recommenders_lose_nothing_with_new_ids(name: str) -> None:
    split = hold_out(two_tastes(), share=0.2)
    ranked = _ranked(load_recommender(name, seed=3), split)
    found = blind_test(lambda: load_recommender(name, seed=3), ranked, split)
    assert found.loss.value == 0 and not found.knows_people
    assert "gains nothing from looking people up" in found.note
