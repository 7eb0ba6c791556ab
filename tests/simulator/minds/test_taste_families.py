"""Each family learns what it is there for, and comes back from its arrays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import simulator.minds.linear
from simulator.minds.base import FAMILIES
from simulator.minds.content import ContentFamily, item_vectors
from simulator.minds.family import Family, Histories, Known
from simulator.minds.linear import LinearFamily
from simulator.minds.neighbour import NeighbourFamily
from simulator.minds.popularity import PopularityFamily
from simulator.records import Catalog, Item, SplitLog


@pytest.fixture(scope="module")
def known(parts: SplitLog) -> Known:
    return Known.of(parts.known)


def everybody(known: Known) -> Histories:
    return Histories(np.arange(known.matrix.shape[0], dtype=np.int32), known.matrix)


@pytest.mark.parametrize("kind", FAMILIES, ids=lambda kind: kind.name)
def test_a_family_prefers_held_out_choices(kind: type[Family], known: Known, parts: SplitLog) -> None:
    scores = kind.fit(known, seed=1).scores(everybody(known))
    held_out, unknown = parts.held_out.matrix().toarray() > 0, known.matrix.toarray() == 0
    wins = [
        (scores[u][held_out[u]].mean() > scores[u][unknown[u] & ~held_out[u]].mean())
        for u in range(1, len(scores))
        if held_out[u].any()
    ]
    assert np.mean(wins) > 0.75


@pytest.mark.parametrize("kind", FAMILIES, ids=lambda kind: kind.name)
def test_a_family_survives_its_arrays(kind: type[Family], known: Known) -> None:
    family = kind.fit(known, seed=1)
    again = kind.from_arrays(family.arrays())
    np.testing.assert_array_equal(again.scores(everybody(known)), family.scores(everybody(known)))


def test_linear_weights_are_those_of_the_closed_form(known: Known) -> None:
    family = LinearFamily.fit(known, seed=0, penalty=50.0)
    x = known.matrix.toarray().astype(np.float64)
    inverse = np.linalg.inv(x.T @ x + 50.0 * np.eye(x.shape[1]))
    expected = np.eye(len(inverse)) - inverse / np.diag(inverse)
    one_item_each = sparse.eye_array(len(expected), format="csr", dtype=np.float32)
    np.testing.assert_allclose(family.weights.after(one_item_each), expected, atol=1e-5)


def test_a_catalogue_that_is_too_large_is_covered_in_its_most_chosen_part(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator.minds.linear, "MAX_ITEMS", 40)
    family = LinearFamily.fit(known, seed=0)
    scores = family.scores(everybody(known))
    covered = np.zeros(scores.shape[1], dtype=bool)
    covered[family.covered] = True
    assert covered.sum() == 40
    assert known.counts[covered].min() >= known.counts[~covered].max()
    assert (scores[:, ~covered] == 0).all() and (scores[:, covered] != 0).any()


def test_a_neighbours_similarity_is_the_shrunk_cosine(known: Known) -> None:
    family = NeighbourFamily.fit(known, seed=0, neighbours=len(known.catalog), shrinkage=7.0)
    together, counts = known.gram, known.counts
    i, j = 3, 12
    expected = together[i, j] / np.sqrt(counts[i] * counts[j]) * together[i, j] / (together[i, j] + 7.0)
    assert family.similarity[i, j] == pytest.approx(expected, rel=1e-5)
    assert family.similarity[i, i] == 0


def test_popularity_knows_what_a_group_prefers(known: Known, parts: SplitLog) -> None:
    family = PopularityFamily.fit(known, seed=0)
    scores = family.scores(everybody(known))
    side = parts.log.demographics["side"]
    left, right = np.flatnonzero(side == "left")[0], np.flatnonzero(side == "right")[0]
    chosen = known.matrix.toarray()
    rate = {name: chosen[side == name].mean(axis=0) for name in ("left", "right")}
    item = int(np.argmax(rate["left"] - rate["right"]))
    assert scores[left, item] > scores[right, item]
    stranger = Histories(np.array([-1], dtype=np.int32), known.matrix[:1])
    np.testing.assert_array_equal(family.scores(stranger)[0], np.log1p(known.counts))


def test_content_brings_items_of_one_kind_together(known: Known) -> None:
    vectors = item_vectors(known.catalog, width=96, seed=0)
    likeness = vectors @ vectors.T
    genre = np.arange(len(vectors)) % 3
    same = (genre[:, None] == genre) & ~np.eye(len(vectors), dtype=bool)
    assert likeness[same].mean() > likeness[genre[:, None] != genre].mean() + 0.2


def test_content_of_a_catalogue_about_which_nothing_is_known_is_a_constant() -> None:
    catalog = Catalog(tuple(Item(item_id=str(row)) for row in range(4)))
    np.testing.assert_array_equal(item_vectors(catalog, width=8, seed=0), np.ones((4, 1)))


def test_content_does_not_need_anybody_to_have_chosen_an_item(known: Known) -> None:
    scores = ContentFamily.fit(known, seed=0).scores(everybody(known))
    last = len(known.catalog) - 1  # nobody chose it; its genre is the third
    shares = known.matrix[:, 2::3].sum(axis=1) / np.maximum(known.matrix.sum(axis=1), 1)
    assert np.corrcoef(np.asarray(shares).ravel(), scores[:, last])[0, 1] > 0.2
