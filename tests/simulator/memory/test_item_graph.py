"""The graph: PathSim over shared attributes, and what it says of items never seen."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from simulator.datasets import split
from simulator.memory.graph import EVIDENCE_CHARS, ItemGraph, pathsim
from simulator.population import Population, from_log
from simulator.records import Catalog, InteractionLog, Item, SplitLog


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 7), st.integers(1, 6), st.integers(0, 10_000))
def test_pathsim_is_a_similarity(n: int, m: int, seed: int) -> None:
    attributes = sparse.csr_matrix((np.random.default_rng(seed).random((n, m)) < 0.4).astype(np.float32))
    similar, has = pathsim(attributes, np.arange(n, dtype=np.int32))
    assert (similar >= 0).all() and (similar <= 1 + 1e-6).all()
    assert np.array_equal(similar, similar.T)
    known = np.asarray(attributes.sum(axis=1)).ravel() > 0
    assert (similar.diagonal()[known] == 1).all() and (similar.diagonal()[~known] == 0).all()
    assert np.array_equal(has, known[:, None] | known[None, :])


def test_pathsim_is_the_formula() -> None:
    attributes = sparse.csr_matrix(np.array([[1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 0, 1]], dtype=np.float32))
    similar, _ = pathsim(attributes, np.array([0, 2], dtype=np.int32))
    assert similar[0, 1] == pytest.approx(2 * 2 / (3 + 3))
    assert similar[1, 1] == pytest.approx(2 * 1 / (1 + 3))


def small_log() -> InteractionLog:
    """Three films of war and two of love; Ann knows the first of each kind, others link the rest."""
    items = tuple(
        Item(item_id=name, title=name.title(), categories=(kind,), creator=by)
        for name, kind, by in [
            ("heat", "war", "mann"),
            ("ronin", "war", "mann"),
            ("spy", "war", "poe"),
            ("kiss", "love", "poe"),
            ("rose", "love", "lee"),
        ]
    )
    told = [("ann", 0, 5.0), ("ann", 3, 2.0), ("bob", 0, 4.0), ("bob", 1, 4.0), ("cy", 3, 3.0), ("cy", 4, np.nan)]
    people = ["ann", "bob", "cy"]
    n = len(told)
    return InteractionLog(
        catalog=Catalog(items),
        user_ids=np.array(people),
        user=np.array([people.index(who) for who, _, _ in told], dtype=np.int32),
        item=np.array([item for _, item, _ in told], dtype=np.int32),
        rating=np.array([rating for _, _, rating in told], dtype=np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
    )


@pytest.fixture
def small() -> tuple[ItemGraph, Population]:
    log = small_log()
    whole = split(log, "small", fractions=(1.0, 0.0, 0.0))
    return ItemGraph(log.catalog, log), from_log(whole, seed=1)


def speaks(graph: ItemGraph, people: Population, row: int, items: list[int]) -> dict[int, str]:
    page = np.array([items], dtype=np.int32)
    return graph.evidence(people, np.array([row], dtype=np.int32), page, page >= 0)[0]


def test_an_unknown_item_is_likened_to_the_likest_known_one_with_its_rating(small: Any) -> None:
    graph, people = small
    found = speaks(graph, people, 0, [1, 4, -1])
    assert found[1].startswith('like "Heat", which you rated 5')
    assert found[4].startswith('like "Kiss", which you rated 2')


def test_the_rating_of_a_long_title_is_told(small: Any) -> None:
    log = small_log()
    items = tuple(replace(item, title=f"{item.title} and much more of it " * 9) for item in log.catalog.items)
    graph = ItemGraph(Catalog(items), replace(log, catalog=Catalog(items)))
    told = speaks(graph, small[1], 0, [1])[1]
    assert told.startswith('like "Heat and') and told.endswith("which you rated 5") and len(told) <= EVIDENCE_CHARS


def test_known_items_need_no_evidence(small: Any) -> None:
    graph, people = small
    assert speaks(graph, people, 0, [0, 3]) == {}


def test_a_choice_without_a_rating_is_said_to_be_one() -> None:
    log = replace(small_log(), rating=np.full(6, np.nan, dtype=np.float32))
    people = from_log(split(log, "small", fractions=(1.0, 0.0, 0.0)), seed=1)
    assert speaks(ItemGraph(log.catalog, log), people, 0, [1])[1].startswith('like "Heat", which you chose')


def test_neighbours_are_ranked_and_never_the_item_itself(sample: SplitLog, graph: ItemGraph) -> None:
    items = np.arange(0, 600, 37, dtype=np.int32)
    likest, likeness = graph.neighbours(items)
    assert not (likest == items[:, None]).any()
    assert (np.diff(likeness, axis=1) <= 0).all()
    full = graph.likeness(items)
    full[np.arange(items.size), items] = -1
    assert np.allclose(likeness[:, 0], full.max(axis=1))


def test_neighbours_do_not_depend_on_who_asked_before(sample: SplitLog) -> None:
    one, other = ItemGraph(sample.catalog, sample.known), ItemGraph(sample.catalog, sample.known)
    items = np.arange(50, dtype=np.int32)
    for item in items[::-1]:
        other.neighbours(item[None])
    assert all(map(np.array_equal, one.neighbours(items), other.neighbours(items)))


def test_evidence_is_short_and_about_what_the_person_knows(
    sample: SplitLog, graph: ItemGraph, everybody: Population
) -> None:
    rows = np.arange(len(everybody), dtype=np.int32)
    items = np.tile(np.arange(0, 600, 60, dtype=np.int32), (rows.size, 1))
    found = graph.evidence(everybody, rows, items, items >= 0)
    texts = [text for one in found for text in one.values()]
    assert len(texts) > rows.size and all(len(text) <= EVIDENCE_CHARS + 16 for text in texts)
    known = sample.known.matrix()
    for row, one in zip(rows, found, strict=True):
        titles = {sample.catalog[item].title[:30] for item in known[everybody.source[row]].indices}
        assert all(any(title in text for title in titles) for text in one.values())
        assert not set(one) & set(known[everybody.source[row]].indices.tolist())


def test_held_out_choices_are_never_evidence(sample: SplitLog) -> None:
    graph = ItemGraph(sample.catalog, sample.known)
    held = sample.held_out
    knows, _ = graph._lookup(held.user[:, None].astype(np.int64)[:, 0], held.item[:, None].astype(np.int64))
    assert not knows.any()


def test_a_log_without_choices_or_facts_has_no_evidence() -> None:
    catalog = Catalog((Item(item_id="a"), Item(item_id="b")))
    empty = small_log().select(np.zeros(6, dtype=np.bool_))
    graph = ItemGraph(catalog, replace(empty, catalog=catalog))
    assert (graph.neighbours(np.array([0, 1], dtype=np.int32))[0] == -1).all()
