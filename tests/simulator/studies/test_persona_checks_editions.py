"""A catalogue in editions, the mind in front of it, and the policy that shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommenders.contract import RequestBatch
from recommenders.platform import PlatformView
from simulator.behaviour.cues import cue_scores
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.population import from_log
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog
from simulator.studies.persona_checks.cues_there import cues_there
from simulator.studies.persona_checks.editions import EditionMind, ExploringPages, editions_for, in_editions
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Scene


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(personas=())


def test_editions_share_what_taste_reads_and_differ_in_their_cues(setting: Setting) -> None:
    catalog, base = in_editions(setting.split.catalog, 3)
    n = len(setting.split.catalog)
    assert len(catalog) == 3 * n and base.tolist() == 3 * list(range(n))
    one, other = catalog[5], catalog[5 + n]
    assert (one.title, one.categories) == (other.title, other.categories)
    assert one.price != other.price and one.review_mean != other.review_mean
    scores = cue_scores(catalog)
    assert all(score is not None for score in scores)
    apart = np.corrcoef(np.stack([*scores, np.tile(np.arange(n) % 7, 3)]))  # cues are dealt by lot
    assert np.abs(apart - np.eye(len(apart))).max() < 0.1


def test_there_are_as_many_editions_as_choices_need(setting: Setting) -> None:
    assert editions_for(setting.split.catalog, 100) == 10
    assert editions_for(setting.split.catalog, 5) == 1


def test_a_catalogue_without_words_is_dealt_made_ones(setting: Setting) -> None:
    bare = Catalog(tuple(replace(item, headline="", image_caption="") for item in setting.split.catalog))
    assert cue_scores(bare)[3] is None
    assert all(score is not None for score in cue_scores(in_editions(bare, 1)[0]))


def test_what_the_data_itself_lacks_for_a_trait_is_told(setting: Setting) -> None:
    lacking = cues_there(setting.split)
    assert lacking["price_sensitivity"] == "no two of its items differ in price"
    assert "popularity" in lacking["trust_in_popularity"]  # reviews are counted from choices
    assert "headline_susceptibility" not in lacking


def test_an_edition_is_wanted_like_its_item_but_for_the_persons_own_luck(setting: Setting) -> None:
    people = from_log(setting.split, size=40, seed=7)
    catalog, base = in_editions(setting.split.catalog, 2)
    inner = setting.stack.block(people).mind(NAMED, setting.seed)
    mind = EditionMind(inner, catalog.keys, setting.split.catalog.keys, base, setting.seed)
    n = len(setting.split.catalog)
    rows = np.arange(40, dtype=np.int32)
    items = np.tile(np.arange(30, dtype=np.int32), (40, 1))
    items[:, -1] = -1
    first = np.zeros(40, dtype=np.int32)
    scene = Scene(
        people=people, state=None, rows=rows, keys=people.keys, turn=0, items=items, noticed=items >= 0, page=first,
        session=first,
    )  # fmt: skip
    plain = drive(inner.appraise(scene))
    one = drive(mind.appraise(scene))
    other = drive(mind.appraise(replace(scene, items=np.where(items < 0, -1, items + n).astype(np.int32))))
    luck = (other.want - one.want)[:, :-1]
    assert abs(luck.mean()) < 0.15 and luck.std() == pytest.approx(np.sqrt(2), abs=0.1)  # two draws of sd 1
    own = (one.want - plain.want)[:, :-1]
    assert own.std() == pytest.approx(np.sqrt(2), abs=0.1)  # the edition's luck stands in the place of the item's
    assert np.corrcoef(plain.want[:, :-1].ravel(), other.want[:, :-1].ravel())[0, 1] > 0.7
    np.testing.assert_array_equal(one.rating, other.rating)


def test_the_policy_leans_as_declared_and_shows_nothing_twice() -> None:
    counts = np.array([0] * 50 + [99] * 50)
    catalog = in_editions(_plain(100), 2)[0]
    ids = np.array([f"u{nth}" for nth in range(300)])
    view = PlatformView(catalog, ids, keys_of(ids.tolist()), np.zeros(301, dtype=np.int64), np.zeros(0, dtype=np.int32))
    view.blocked[:, :20] = 1
    rows = np.arange(300, dtype=np.int32)
    batch = RequestBatch(view, rows, np.zeros_like(rows), 3, Stream.of(1, "luck", "recommender"))
    slates = ExploringPages(counts, 2, lean=-0.5).recommend(batch, 10).items
    assert (slates >= 0).mean() > 0.99 and not np.isin(slates, range(20)).any()
    assert all(len(set(page[page >= 0])) == (page >= 0).sum() for page in slates)
    shown = np.bincount(slates[slates >= 0], minlength=200)
    rare, common = shown[100:150].mean(), shown[150:].mean()
    assert rare / common == pytest.approx(10, rel=0.3)  # (0 + 1)^-.5 / (99 + 1)^-.5


def _plain(n: int) -> Catalog:
    from simulator.records import Item

    return Catalog(tuple(Item(item_id=f"i{nth}", title=f"Thing {nth}") for nth in range(n)))
