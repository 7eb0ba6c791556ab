"""The ensemble: fusion by hand, and what it takes over from its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from shelf_items import batch_of, choices, shelf

from recommenders.builtin.hybrid import Hybrid
from recommenders.builtin.popular import Popular
from recommenders.contract import Recommender, Request, Slate
from recommenders.errors import PluginError
from recommenders.host import Host
from recommenders.validation import checked_slates
from simulator.records import UserInputError


class Fixed(Recommender):
    """The same ranking for everybody, then all others in catalogue order; as a plug-in writes it."""

    def __init__(self, first: Sequence[str], scores: Sequence[float] | None = None) -> None:
        self.first, self.scores = list(first), scores

    def fit(self, catalog, log) -> None:
        self.rest = [item_id for item_id in catalog.item_ids.tolist() if item_id not in self.first]

    def recommend(self, requests, k):
        slates = []
        for request in requests:
            allowed = [i for i in self.first + self.rest if i not in request.exclude]
            scores = None
            if self.scores is not None:
                value = dict(zip(self.first, self.scores, strict=True))
                scores = [value.get(item_id, 0.0) for item_id in allowed[:k]]
            slates.append(Slate(allowed[:k], scores))
        return slates


def fused(*parts, **params) -> Hybrid:
    model = Hybrid(parts=parts, **params)
    model.fit(shelf(), choices())
    return model


def test_ranks_are_fused_by_reciprocals() -> None:
    one, two = Fixed(["f010", "f020", "f030"]), Fixed(["f030", "f040", "f010"])
    slate = fused(one, two, pool=3).recommend([Request("x", (), frozenset())], 3)[0]
    # f010: 1/61 + 1/63, f030: 1/63 + 1/61; f020 and f040: 1/62. Ties go to the lower row.
    assert list(slate.item_ids) == ["f010", "f030", "f020"]
    np.testing.assert_allclose(slate.scores, [1 / 61 + 1 / 63] * 2 + [1 / 62], rtol=1e-6)


def test_weights_stand_beside_the_name_and_who_weighs_more_has_its_way() -> None:
    alone = Popular()
    alone.fit(shelf(), choices())
    favourites = alone.recommend(batch_of(choices()), 5).items
    content = {"recommender": "content", "params": {"width": 64}}
    heavy = fused({"recommender": "popular", "weight": 1000}, content | {"weight": 1})
    np.testing.assert_array_equal(heavy.recommend(batch_of(choices()), 5).items, favourites)
    light = fused("popular", content).recommend(batch_of(choices()), 5)
    assert (light.items != favourites).any()


def test_scores_are_scaled_to_each_parts_pool_before_they_are_added() -> None:
    one = Fixed(["f010", "f020", "f030"], [1000.0, 900.0, 0.0])
    two = Fixed(["f030", "f020", "f010"], [0.3, 0.2, 0.1])
    slate = fused(one, two, pool=3, method="scores").recommend([Request("x", (), frozenset())], 3)[0]
    assert list(slate.item_ids) == ["f020", "f010", "f030"]
    np.testing.assert_allclose(slate.scores, [0.9 + 0.5, 1.0, 1.0], rtol=1e-6)


def test_a_part_without_scores_cannot_be_blended_by_scores() -> None:
    with pytest.raises(UserInputError, match=r"Fixed gives no scores.*method: ranks"):
        fused(Fixed(["f010"]), "popular", method="scores").recommend(batch_of(choices()), 3)


@pytest.mark.parametrize("method", ["ranks", "scores"])
def test_nobodys_page_depends_on_company(method) -> None:
    model = fused("item-knn", "content", {"recommender": "als", "params": {"factors": 8}}, method=method)
    whole = model.recommend(batch_of(choices()), 6)
    for some in ([5], [0, 31, 63], list(range(20, 50))):
        part = model.recommend(batch_of(choices(), some), 6)
        np.testing.assert_array_equal(part.items, whole.items[some])
        assert part.scores.tobytes() == whole.scores[some].tobytes()


def test_saved_and_loaded_it_is_the_same_and_parts_keep_their_weights(tmp_path) -> None:
    parts = [{"recommender": "item-knn", "weight": 0.5}, "content", Popular()]
    model = fused(*parts)
    model.save(tmp_path)
    loaded = Hybrid.load(tmp_path)
    assert loaded._weights == [0.5, 1.0, 1.0]
    one, two = (m.recommend(batch_of(choices()), 8) for m in (model, loaded))
    np.testing.assert_array_equal(one.items, two.items)
    assert one.scores.tobytes() == two.scores.tobytes()


def test_a_plug_in_among_the_parts_makes_it_a_plug_in_that_is_checked() -> None:
    class Repeats(Fixed):
        def recommend(self, requests, k):
            return [Slate(["f001"] * k) for _ in requests]

    host = Host(Hybrid(parts=[Repeats(["f001"]), "popular"]), "mixed")
    assert not host.built_in
    assert not host.can_save
    host.fit(shelf(), choices())
    with pytest.raises(PluginError, match=r"Repeats.*occurs more than once"):
        host.recommend(batch_of(choices(), [62]), 3)
    host.close()
    good = Host(Hybrid(parts=["popular", "item-knn"]), "house")
    assert good.built_in
    assert good.can_save


def test_strangers_and_people_with_little_left_get_whole_pages() -> None:
    model = fused("item-knn", "content", pool=3)
    batch = batch_of(choices(), [62, 63])
    slates = checked_slates(model.recommend(batch, 10), batch, 10, "hybrid")
    assert (slates.items >= 0).all()
    left = Request("x", ("f000",), frozenset(["f000"]), candidates=("f001", "f002"))
    assert sorted(model.recommend([left], 5)[0].item_ids) == ["f001", "f002"]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"parts": []}, "at least one recommender"),
        ({"parts": "als"}, "must be a list"),
        ({"parts": ["als", {"recommender": "als", "weight": 0}]}, r"parts\[1\]\.weight"),
        ({"parts": [{"params": {}}]}, r"parts\[0\] must be the name"),
        ({"parts": ["als"], "method": "votes"}, "ranks or scores"),
        ({"parts": ["nothing-like-it"]}, "there is none of that name"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(params, told) -> None:
    with pytest.raises(UserInputError, match=told):
        Hybrid(**params)


def test_its_own_parts_serve_everybody_and_are_fused_as_by_hand() -> None:
    whole = Hybrid()
    whole.fit(shelf(), choices())
    batch = batch_of(choices())
    votes = [checked_slates(part.recommend(batch, 100), batch, 100, "part").items for part in whole.parts]
    pages = checked_slates(whole.recommend(batch, 10), batch, 10, "hybrid").items
    for row, page in enumerate(pages):
        total = np.zeros(len(shelf()))
        for one in votes:
            there = one[row][one[row] >= 0]
            total[there] += 1.0 / (60 + np.arange(1, there.size + 1))
        assert page.tolist() == np.argsort(-total.astype(np.float32), kind="stable")[:10].tolist()
