"""Controls that are wrong on purpose are wrong in the way that they say, and keep the contract all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pytest
from llm_runs import only_what_is_tested

from recommenders.builtin.clickbait import Clickbait
from recommenders.builtin.ease import EASE
from recommenders.builtin.item_knn import ItemKNN
from recommenders.builtin.popular import Popular
from recommenders.builtin.reversed import Reversed
from recommenders.builtin.stale import Stale
from recommenders.contract import Request, RequestBatch, SlateBatch, learns
from recommenders.exploration import explore
from recommenders.platform import PlatformView
from recommenders.validation import checked_slates
from scenarios.loader import check as checked_scenario
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, Item, UserInputError
from simulator.studies import ab

MakeBatch = Callable[..., RequestBatch]
MakeLog = Callable[..., InteractionLog]


def ask(recommender: Any, batch: RequestBatch, k: int) -> SlateBatch:
    return checked_slates(recommender.recommend(batch, k), batch, k, "control")


def fitted(recommender: Any, log: InteractionLog) -> Any:
    recommender.fit(log.catalog, log)
    return recommender


def test_reversed_is_its_bases_ranking_from_the_other_end(log: InteractionLog, make_batch: MakeBatch) -> None:
    whole = ask(fitted(Popular(), log), make_batch(log), 40)
    worst = ask(fitted(Reversed(base="popular"), log), make_batch(log), 6)
    for row in range(len(whole)):
        best_first = whole.items[row][whole.items[row] >= 0]
        assert worst.items[row].tolist() == best_first[::-1][:6].tolist()
    assert worst.scores is not None and (np.diff(worst.scores, axis=1) >= 0).sum() == (np.diff(worst.scores) == 0).sum()


def test_reversed_can_be_explored_around_and_refuses_a_base_that_draws(
    log: InteractionLog, make_batch: MakeBatch
) -> None:
    around = explore(Reversed(base="popular"), "plackett_luce")
    assert ask(fitted(around, log), make_batch(log), 5).propensities is not None
    with pytest.raises(UserInputError, match=r"reversed: its base draws at random.*such as als"):
        fitted(Reversed(base="random"), log).recommend(make_batch(log), 3)
    with pytest.raises(UserInputError, match=r"clickbait: its base draws at random.*such as item-knn"):
        fitted(Clickbait(base="random"), log).recommend(make_batch(log), 3)


def test_stale_knows_the_oldest_part_of_the_log_alone(make_log: MakeLog, make_batch: MakeBatch) -> None:
    """Everybody chose items 0-9 long ago, and 20-29 of late."""
    pairs = [(user, item) for item in [*range(10), *range(20, 30)] for user in range(6) if (user + item) % 3]
    log = make_log(pairs, n_users=6)
    half = log.select(log.time <= np.sort(log.time)[len(log) // 2 - 1])
    base = fitted(Popular(), half)
    stale = fitted(Stale(base="popular"), log)
    np.testing.assert_array_equal(stale.parts[0].counts, base.counts)
    assert stale.parts[0].counts[20:].sum() == 0 and fitted(Popular(), log).counts[20:].sum() > 0


def test_stale_takes_the_oldest_half_of_each_history_where_times_are_unknown(make_log: MakeLog) -> None:
    pairs = [(user, item) for user in range(4) for item in range(user + 1, user + 5)]
    log = replace(make_log(pairs, n_users=4), time=np.zeros(len(pairs), dtype=np.int64))
    stale = fitted(Stale(base="popular"), log)
    expected = np.bincount([item for user in range(4) for item in (user + 1, user + 2)], minlength=40)
    np.testing.assert_array_equal(stale.parts[0].counts, expected)


@pytest.mark.parametrize("base", ["ease", "item-knn", "als", "thompson", "linucb"])
def test_stale_serves_a_known_person_as_if_only_their_old_choices_were_there(
    base: str, log: InteractionLog, make_batch: MakeBatch
) -> None:
    stale = fitted(Stale(base=base), log)
    cut = np.sort(log.time)[int(len(log) * 0.5) - 1]
    batch = make_batch(log, list(range(20)))
    old = [
        [str(log.catalog.item_ids[i]) for i in log.item[(log.user == user) & (log.time <= cut)]] for user in range(20)
    ]
    requests = [
        replace(request, history=tuple(history), _key=request._key) for request, history in zip(batch, old, strict=True)
    ]
    expected = stale.parts[0].recommend(requests, 5)
    assert [list(s.item_ids) for s in ask(stale, batch, 5)] == [list(s.item_ids) for s in expected]


@pytest.mark.parametrize("kind", [EASE, ItemKNN])
def test_stale_is_moved_by_nothing_that_happens_in_the_run(
    kind: type[Any], log: InteractionLog, make_batch: MakeBatch
) -> None:
    stale = fitted(Stale(base=kind()), log)
    batch = make_batch(log, [4])
    view = batch.view
    order = [int(item) for item in ask(stale, batch, 40).items[0] if item >= 0]
    for _ in range(5):
        view.begin_sessions(batch.rows)
        left = [item for item in order if not view.blocked[0, item]]
        first = ask(stale, batch, 3)
        assert first.items[0].tolist() == left[:3]
        view.record(batch.rows, first.items, np.array([[True, False, False]]))
        assert ask(stale, batch, 3).items[0].tolist() == left[3:6]
    view.begin_sessions(batch.rows)
    while (view.blocked == 0).any():  # somebody who clicks everything is still shown all that is left
        slates = ask(stale, batch, 7)
        view.record(batch.rows, slates.items, slates.items >= 0)


def test_stale_does_not_learn_and_is_kept_whole(log: InteractionLog, make_batch: MakeBatch, tmp_path: Path) -> None:
    stale = fitted(Stale(base={"recommender": "thompson", "params": {"factors": 3}}, share=0.4), log)
    assert not learns(stale)
    stale.save(tmp_path)
    loaded = Stale.load(tmp_path)
    assert not learns(loaded) and loaded.share == 0.4
    np.testing.assert_array_equal(ask(loaded, make_batch(log), 5).items, ask(stale, make_batch(log), 5).items)


def test_stale_treats_people_whom_the_log_lacks_by_the_oldest_share_of_what_they_bring(log: InteractionLog) -> None:
    stale = fitted(Stale(base="ease"), log)
    history = ("i2", "i4", "i6", "i7")
    whole = stale.recommend([Request("a clone", history, frozenset(history))], 5)[0]
    half = stale.parts[0].recommend([Request("a clone", history[:2], frozenset(history))], 5)[0]
    assert list(whole.item_ids) == list(half.item_ids)


def films(n: int = 30, **facts: Callable[[int], Any]) -> Catalog:
    return Catalog(tuple(Item(item_id=f"i{nth}", **{k: v(nth) for k, v in facts.items()}) for nth in range(n)))


def log_of(catalog: Catalog, ratings: Callable[[int], float]) -> InteractionLog:
    """Forty people who each chose fifteen of thirty items, each item as often as any other."""
    user = np.repeat(np.arange(40, dtype=np.int32), 15)
    item = ((user + 2 * np.tile(np.arange(15), 40)) % 30).astype(np.int32)
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{nth:02d}" for nth in range(40)]),
        user=user,
        item=item,
        rating=np.array([ratings(i) for i in item], dtype=np.float32),
        clicked=np.ones(user.size, dtype=np.bool_),
        time=np.arange(1, user.size + 1, dtype=np.int64),
        dwell_s=np.full(user.size, np.nan, dtype=np.float32),
        position=np.full(user.size, -1, dtype=np.int32),
    )


def stranger(log: InteractionLog, catalog: Catalog) -> RequestBatch:
    view = PlatformView.of(log, np.array([-1]), np.array(["new"]), keys_of(["new"]))
    return RequestBatch(view, np.array([0], dtype=np.int32), np.zeros(1, np.int32), 0, Stream.of(0, "luck", "x"))


def test_of_items_chosen_alike_clickbait_takes_those_that_disappoint() -> None:
    catalog = films()
    log = log_of(catalog, lambda item: 1.0 if item % 3 == 0 else 4.0)
    bait = fitted(Clickbait(pool=30, weight=1.0), log)
    assert bait.liking[::3].max() < bait.liking[1::3].min()
    shown = ask(bait, stranger(log, catalog), 10).items[0]
    assert (shown % 3 == 0).all()


def test_clickbait_gives_up_likely_clicks_only_for_so_much_disappointment() -> None:
    """By hand: of four items, places 1, 2/3, 1/3, 0; the last is liked less by sqrt(3) deviations, the others more by
    1/sqrt(3)."""
    catalog = films(4)
    user = np.repeat(np.arange(40, dtype=np.int32), [4] * 10 + [3] * 10 + [2] * 10 + [1] * 10)
    item = np.concatenate([np.arange(n, dtype=np.int32) for n in [4] * 10 + [3] * 10 + [2] * 10 + [1] * 10])
    log = replace(
        log_of(catalog, lambda item: 4.0),
        user=user,
        item=item,
        rating=np.where(item == 3, 1.0, 4.0).astype(np.float32),
        clicked=np.ones(user.size, dtype=np.bool_),
        time=np.ones(user.size, dtype=np.int64),
        dwell_s=np.full(user.size, np.nan, dtype=np.float32),
        position=np.full(user.size, -1, dtype=np.int32),
    )
    liking = fitted(Clickbait(base="popular"), log).liking
    for weight, order in ((0.0, [0, 1]), (0.13, [0, 1]), (0.32, [0, 3]), (2.0, [3, 0])):
        shown = ask(fitted(Clickbait(base="popular", weight=weight), log), stranger(log, catalog), 2)
        worth = np.array([1, 2 / 3, 1 / 3, 0]) - weight * liking
        assert shown.items[0].tolist() == np.argsort(-worth)[:2].tolist() == order
        assert shown.scores is not None
        np.testing.assert_allclose(shown.scores[0], np.sort(worth)[::-1][:2], rtol=1e-6)


def test_reviews_stand_in_for_ratings_and_where_nothing_is_known_clickbait_is_its_base() -> None:
    reviewed = films(review_mean=lambda nth: 1.5 if nth % 5 == 1 else 4.5, review_count=lambda nth: 50)
    log = log_of(reviewed, lambda item: np.nan)
    bait = fitted(Clickbait(pool=30, weight=1.0), log)
    assert (ask(bait, stranger(log, reviewed), 6).items[0] % 5 == 1).all()
    log = log_of(films(), lambda item: np.nan)
    batch = stranger(log, films())
    np.testing.assert_array_equal(
        ask(fitted(Clickbait(), log), batch, 9).items, ask(fitted(ItemKNN(), log), batch, 9).items
    )


def test_clickbait_stays_among_the_best_of_its_base(log: InteractionLog, make_batch: MakeBatch) -> None:
    base, bait = fitted(EASE(), log), fitted(Clickbait(base="ease", pool=8), log)
    best, shown = ask(base, make_batch(log), 8), ask(bait, make_batch(log), 4)
    for row in range(len(best)):
        assert set(shown.items[row]) <= set(best.items[row])


def test_in_front_of_people_the_controls_do_what_their_descriptions_say(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulator's own verdict, on the sample: reversed is clicked less than chance, stale less than its base; and
    clickbait about as often as its base and more than what is popular, by people who regret more, are less satisfied
    than with either, and stay away longer."""
    only_what_is_tested(tmp_path_factory.mktemp("learnt"), monkeypatch)
    arms: dict[str, Any] = {"random": "random", "base": "item-knn", "popular": "popular", "clickbait": "clickbait"}
    arms |= {name: {"recommender": name, "params": {"base": "item-knn"}} for name in ("reversed", "stale")}
    scenario = {
        "population": {"size": 250},
        "world": {"turns": 6},
        "arms": arms,
        "evaluation": {"minds": "single", "control": "random"},
    }
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    columns = ["arm", "user_id", "turn", "clicked", "rating", "satisfaction", "return_gap_s"]
    rows = ds.dataset(tmp_path / "run" / "events").to_table(columns=columns).to_pandas()
    rows["arm"] = rows["arm"].astype(str)
    rates = rows.groupby("arm")["clicked"].mean()
    assert rates["reversed"] < 0.8 * rates["random"]
    assert rates["stale"] < 0.9 * rates["base"] and rates["stale"] > rates["random"]
    assert rates["clickbait"] > 0.85 * rates["base"] and rates["clickbait"] > 1.3 * rates["popular"]
    rated = rows[rows["rating"].notna()]
    regret = (rated["rating"] <= 2).groupby(rated["arm"]).mean()
    assert regret["clickbait"] > 1.1 * regret["base"]
    pages = rows.drop_duplicates(["arm", "user_id", "turn"]).groupby("arm")
    satisfied, away = pages["satisfaction"].mean(), pages["return_gap_s"].median()
    for better in ("base", "popular"):
        assert satisfied["clickbait"] < satisfied[better] - 0.1
        assert away["clickbait"] > away[better]
