"""Factors of people who are not in the log: where the model would have put them, had it known them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from simulator.minds.factor import FactorFamily
from simulator.minds.family import Histories, Known
from simulator.minds.stack import NAMED, TasteStack
from simulator.population import Population
from simulator.records import SplitLog


@pytest.fixture(scope="module")
def known(parts: SplitLog) -> Known:
    return Known.of(parts.known)


@pytest.fixture(scope="module")
def family(known: Known) -> FactorFamily:
    return FactorFamily.fit(known, seed=1, rounds=30)


def strangers(matrix: sparse.csr_matrix) -> Histories:
    return Histories(np.full(matrix.shape[0], -1, dtype=np.int32), sparse.csr_matrix(matrix))


def test_a_stranger_with_somebodys_history_stands_where_that_person_stands(family: FactorFamily, known: Known) -> None:
    rows = np.arange(1, 60, dtype=np.int32)
    theirs = family.scores(Histories(rows, known.matrix[rows]))
    folded = family.scores(strangers(known.matrix[rows]))
    for one, other in zip(theirs, folded, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.999
    assert np.abs(theirs - folded).max() < 0.05 * theirs.std(), "the last half-step of alternating least squares"


def test_the_folded_factors_solve_the_equation_that_they_are_said_to(family: FactorFamily, known: Known) -> None:
    chosen = known.matrix[7].indices
    x, y = family._folded(chosen).astype(np.float64), family.items.astype(np.float64)

    def loss(point: np.ndarray) -> float:
        """Confidence 1 everywhere for a preference of 0, and `confidence` for one of 1 (Hu, Koren & Volinsky 2008)."""
        scores = y @ point
        wanted = np.zeros(len(y))
        wanted[chosen] = 1
        weight = np.where(wanted > 0, family.confidence, 1.0)
        return float((weight * (wanted - scores) ** 2).sum() + family.penalty * (point**2).sum())

    luck = np.random.default_rng(0)
    for _ in range(20):
        assert loss(x) < loss(x + 1e-3 * luck.normal(size=x.size))


def test_who_is_known_by_nothing_has_no_factors_and_who_is_in_the_log_keeps_theirs(
    family: FactorFamily, known: Known
) -> None:
    nothing = sparse.csr_matrix((2, known.matrix.shape[1]), dtype=np.float32)
    assert np.abs(family.scores(strangers(nothing))).max() == 0
    rows = np.array([3, -1, 5], dtype=np.int32)
    mixed = sparse.csr_matrix(sparse.vstack([known.matrix[[3]], known.matrix[[9]], known.matrix[[5]]], "csr"))
    both = family.scores(Histories(rows, mixed))
    alone = family.scores(Histories(np.array([3, 5], dtype=np.int32), known.matrix[[3, 5]]))
    np.testing.assert_array_equal(both[[0, 2]], alone)
    np.testing.assert_array_equal(both[[1]], family.scores(strangers(known.matrix[[9]])), "company changes nothing")


def test_folding_does_not_depend_on_how_a_history_is_stored(family: FactorFamily, known: Known) -> None:
    row = known.matrix[[4]].copy()
    turned = row.copy()
    turned.indices = row.indices[::-1].copy()
    turned.has_sorted_indices = False
    np.testing.assert_allclose(family.scores(strangers(row)), family.scores(strangers(turned)), atol=1e-5)


def test_a_stack_knows_strangers_by_their_own_choices_and_leaves_the_logs_people_alone(
    stack: TasteStack, people: Population
) -> None:
    some = people.take(np.arange(1, 41))
    own = sparse.csr_matrix(stack.known[some.source])
    half = np.arange(40) % 2 == 0
    away = sparse.csr_matrix(sparse.diags_array(half.astype(np.float32)) @ own)
    away.eliminate_zeros()
    mixed = replace(some, source=np.where(half, -1, some.source).astype(np.int32), own=away)
    tile, usual = (stack.block(crowd).of(NAMED).tile() for crowd in (mixed, some))
    np.testing.assert_array_equal(tile[~half], usual[~half])
    new = np.isfinite(tile[half]) & np.isfinite(usual[half])
    assert new.any() and np.corrcoef(tile[half][new], usual[half][new])[0, 1] > 0.9
    np.testing.assert_array_equal(stack.block(mixed).knows, stack.block(some).knows)
    for member in stack.members:
        assert np.isfinite(np.nan_to_num(stack.block(mixed).of(member).tile())).all()


def test_strangers_of_whom_nothing_is_known_want_what_is_popular(stack: TasteStack, people: Population) -> None:
    nobody = people.take(np.arange(3))
    nobody = replace(nobody, source=np.full(3, -1, dtype=np.int32))
    tile = stack.block(nobody).of(NAMED).tile()
    assert np.isfinite(tile).all()
    counts = np.asarray(stack.known.sum(axis=0)).ravel()
    assert np.corrcoef(tile[0], np.log1p(counts))[0, 1] > 0.8
    np.testing.assert_array_equal(tile[0], tile[1])
