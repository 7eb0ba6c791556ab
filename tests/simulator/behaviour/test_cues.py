"""What a page says of an item beside what it is, and who heeds it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from persona_worlds import N_ITEMS, crowd, lived, persona, shop, with_items

from simulator.behaviour.cues import CUES, TRAITS, Cues, cue_scores
from simulator.behaviour.laws import Laws
from simulator.minds.language.page_words import item_words
from simulator.perception import LAYOUTS
from simulator.population import Population, from_log
from simulator.records import Catalog, Item, SplitLog

ONE = np.zeros(1, dtype=np.int32)
ALL = np.arange(N_ITEMS, dtype=np.int32)[None, :]


def someone(**traits: float) -> Population:
    """One person with these traits, in standard deviations, and no other that heeds a cue."""
    people = crowd(persona(), 1)
    values = {name: np.full(1, traits.get(name, 0.0), dtype=np.float32) for name in TRAITS}
    return replace(people, **values)


def catalog_of(**columns: Any) -> Catalog:
    """A few items with these columns."""
    n = len(next(iter(columns.values())))
    return Catalog(tuple(Item(item_id=f"i{row}", **{k: v[row] for k, v in columns.items()}) for row in range(n)))


def shift_of(catalog: Catalog, layout: str = "list", cues: Cues | None = None, **traits: float) -> np.ndarray | None:
    items = np.arange(len(catalog), dtype=np.int32)[None, :]
    shift = (cues or Cues()).shift(someone(**traits), ONE, items, catalog, layout)
    return None if shift is None else shift[0]


def test_each_cue_shifts_by_weight_times_trait_times_cue_and_only_the_price_with_a_minus_sign() -> None:
    scores = cue_scores(shop().catalog)
    for nth, (cue, trait) in enumerate(zip(CUES, TRAITS, strict=True)):
        for deviations in (-2.0, 0.5, 2.5):
            shift = Cues().shift(someone(**{trait: deviations}), ONE, ALL, shop().catalog, "list")
            sign = -1 if cue == "price" else 1
            expected = sign * 0.2 * deviations * scores[nth]
            assert shift is not None and shift.dtype == np.float32 and shift.shape == (1, N_ITEMS)
            np.testing.assert_allclose(shift[0], expected, atol=1e-6, err_msg=cue)


def test_cues_add_up_and_an_ordinary_person_is_not_moved() -> None:
    both = shift_of(shop().catalog, price_sensitivity=1.0, trust_in_reviews=-1.0)
    parts = [
        shift_of(shop().catalog, **{name: value})
        for name, value in (("price_sensitivity", 1.0), ("trust_in_reviews", -1.0))
    ]
    assert both is not None and parts[0] is not None and parts[1] is not None
    np.testing.assert_allclose(both, parts[0] + parts[1], atol=1e-6)
    ordinary = shift_of(shop().catalog)
    assert ordinary is not None and np.abs(ordinary).max() == 0


def test_who_minds_the_price_wants_the_cheap_more_and_ratios_count_alike() -> None:
    shift = shift_of(catalog_of(price=[1.0, 10.0, 100.0]), price_sensitivity=2.0)
    assert shift is not None and shift[0] > shift[1] > shift[2]
    np.testing.assert_allclose(shift[0] - shift[1], shift[1] - shift[2], atol=1e-6)


def test_cues_are_standardised_over_the_items_of_which_they_are_known_and_unknown_ones_move_nothing() -> None:
    price = [3.0, None, 12.0, 0.0, -4.0, 48.0]
    (score, *others) = cue_scores(catalog_of(price=price))
    known = [row for row, value in enumerate(price) if value is not None and value > 0]
    assert score[known].mean() == pytest.approx(0, abs=1e-6) and score[known].std() == pytest.approx(1, abs=1e-6)
    assert score[[1, 3, 4]].tolist() == [0, 0, 0], "no price, and prices that are none"
    assert others == [None] * 4
    for nth, name in enumerate(CUES):
        values = cue_scores(shop().catalog)[nth]
        assert abs(values.mean()) < 1e-5 and values.std() == pytest.approx(1, abs=1e-4), name


def test_a_mean_of_no_reviews_is_no_review_and_no_reviews_are_few() -> None:
    catalog = catalog_of(review_mean=[5.0, 1.0, 3.0, 2.0], review_count=[0, 10, 1000, None])
    _, reviews, popularity, *_ = cue_scores(catalog)
    assert reviews[0] == 0 and reviews[3] == 0 and reviews[2] > 0 > reviews[1]
    assert popularity[3] == 0, "nobody knows how many"
    assert popularity[0] < popularity[1] < popularity[2]


@pytest.mark.parametrize(
    "catalog",
    [
        catalog_of(title=["a", "b"]),
        catalog_of(price=[5.0, None]),
        catalog_of(price=[5.0, 5.0], review_count=[3, 3], review_mean=[4.0, 4.0], headline=["x", "x"]),
        Catalog((Item(item_id="a", price=3.0, review_count=5, review_mean=2.0, headline="x", image_caption="a man"),)),
    ],
    ids=["no cues", "one price", "all alike", "one item"],
)
def test_a_catalogue_in_which_no_two_items_differ_costs_nothing(catalog: Catalog) -> None:
    assert cue_scores(catalog) == (None,) * 5
    assert shift_of(catalog, **dict.fromkeys(TRAITS, 2.0)) is None


def test_weights_of_nothing_cost_nothing_and_weights_are_the_laws() -> None:
    nothing = Laws.configure({"cues": dict.fromkeys(CUES, 0.0)}).cues
    assert shift_of(shop().catalog, cues=nothing, **dict.fromkeys(TRAITS, 2.0)) is None
    double = Laws.configure({"cues": {"price": 0.4}}).cues
    once, twice = (shift_of(shop().catalog, cues=cues, price_sensitivity=1.0) for cues in (Cues(), double))
    assert once is not None and twice is not None
    np.testing.assert_allclose(twice, 2 * once, atol=1e-6)
    assert [field.name for field in fields(Cues)] == list(CUES)


def test_a_layout_shows_people_the_cues_that_it_shows_a_model() -> None:
    """What acts by law is what stands in the prompt: a grid shows pictures and titles alone."""
    item = Item(
        item_id="x", title="Titled", price=9.5, review_count=21, review_mean=4.2,
        headline="They did what?", image_caption="a woman at sea",
    )  # fmt: skip
    shown = {"price": "9.50", "reviews": "4.2/5", "popularity": "by 21", "headline": "They did", "thumbnail": "a woman"}
    for layout in LAYOUTS:
        words = item_words(item, layout)
        acts = dict(zip(CUES, Cues().weights(layout) != 0, strict=True))
        assert acts == {cue: text in words for cue, text in shown.items()}, layout
    assert (Cues().weights("grid") != 0).tolist() == [False] * 4 + [True]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_hidden_cue_changes_no_life(layout: str) -> None:
    mean, mild = (persona(behaviour={"price_sensitivity": value}) for value in (0.95, 0.05))
    lives = [lived(crowd(one, 25), 10, layout=layout) for one in (mean, mild)]
    assert lives[0].equals(lives[1]) == (layout in ("grid", "carousel"))


def test_without_cues_people_live_alike_whatever_they_heed() -> None:
    bare = with_items(price=None, review_count=None, review_mean=None, headline="", image_caption="")
    lives = [
        lived(crowd(persona(behaviour=dict.fromkeys(TRAITS, value)), 25, split=bare), 8, split=bare)
        for value in (0.05, 0.95)
    ]
    assert lives[0].equals(lives[1]) and len(lives[0]) > 100


def test_rows_are_those_of_their_people_and_items_may_stand_anywhere() -> None:
    parts: SplitLog = shop()
    people = from_log(parts, size=30, seed=3)
    rows = np.array([4, 9, 4], dtype=np.int32)
    items = np.array([[3, 1], [1, 3], [1, 3]], dtype=np.int32)
    shift = Cues().shift(people, rows, items, parts.catalog, "list")
    assert shift is not None
    np.testing.assert_array_equal(shift[0], shift[2][::-1])
    alone = Cues().shift(people, rows[1:2], items[1:2], parts.catalog, "list")
    assert alone is not None
    np.testing.assert_array_equal(shift[1], alone[0])


def test_scores_are_made_once_for_a_catalogue() -> None:
    assert cue_scores(shop().catalog) is cue_scores(shop().catalog)
