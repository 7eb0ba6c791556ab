"""What lists are like beyond being right: novel, varied, calibrated, popular; and how they share out the catalogue.

One value a person, but for coverage and the Gini index, which belong to the crowd. No kept library gives these on NumPy
2 without a deep-learning framework and with one value a person, and the house's metrics of simulated pages must mean
the same, so they are computed here. Let c_i be how many choices of `train` are of item i, and v_i its unit category
vector::

    novelty     = mean over the list of -log2((c_i + 1) / sum_j (c_j + 1)), as on simulated pages (Zhou et al., PNAS
                  107(10), 2010, with Laplace's rule).
    popularity  = mean over the list of the share of people with choices who chose the item (the average recommendation
                  popularity of Yin, Cui, Li, Yao & Chen, "Challenging the long tail recommendation", PVLDB 5(9), 2012,
                  divided by the number of people).
    diversity   = mean of 1 - v_i . v_j over pairs of the list; items of unknown category are left out (Ziegler,
                  McNee, Konstan & Lausen, "Improving recommendation lists through topic diversification", WWW 2005).
    calibration = KL(p || 0.99 q + 0.01 p) in nats, of the category shares p of the person's choices and q of the list,
                  an item's weight spread evenly over its categories; 0 is perfectly calibrated (Steck, "Calibrated
                  recommendations", RecSys 2018, without its weights by rank and age).
    coverage    = share of the catalogue on anybody's list.
    gini        = Gini index of how often each catalogue item is on a list; 0 all alike, near 1 a few take all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.evaluation.coverage import GROUPS, group_of, leave_one_out
from simulator.evaluation.offline.accuracy import check_cutoffs
from simulator.records import I32, InteractionLog

F64 = npt.NDArray[np.float64]

BEYOND: tuple[str, ...] = ("novelty", "popularity", "diversity", "calibration")
"""Names of the metrics of a person's list."""
CROWD: tuple[str, ...] = ("coverage", "gini")
"""Names of the metrics of everybody's lists together."""
SMOOTHING = 0.01
"""Steck's alpha: how much of p is mixed into q, so that a category missing from the list costs a finite amount."""
_PEOPLE = 1_024
"""People whose category shares are held in memory at a time."""


def beyond_accuracy(items: I32, people: I32, train: InteractionLog, cutoffs: Sequence[int] = (10,)) -> dict[str, F64]:
    """Each of `BEYOND` at each cutoff, by names such as ``novelty@10``. (n,) each, NaN where undefined.

    Args:
        items: catalogue rows, best first, -1 for an empty place. (n, k).
        people: rows of `train.user_ids`. (n,).
        train: what recommenders have learnt from.
        cutoffs: places looked at, at most k.

    Raises:
        UserInputError: a cutoff that is not between 1 and k.
    """
    check_cutoffs(cutoffs, items.shape[1])
    counts = np.bincount(train.positives().item, minlength=len(train.catalog)).astype(np.float64)
    bits = -np.log2((counts + 1) / (counts + 1).sum())
    chosen = train.matrix()
    active = max(1, int(np.count_nonzero(np.diff(chosen.indptr))))
    fame = np.asarray(chosen.sum(axis=0), dtype=np.float64).ravel() / active
    vectors = sparse.csr_matrix(train.catalog.categories.astype(np.float64))
    histories = chosen[people]
    out: dict[str, F64] = {}
    for k in cutoffs:
        top = items[:, :k]
        listed = _indicator(top, len(train.catalog))
        out[f"novelty@{k}"] = _mean_of(bits, top)
        out[f"popularity@{k}"] = _mean_of(fame, top)
        out[f"diversity@{k}"] = _diversity(listed, vectors)
        out[f"calibration@{k}"] = _calibration(histories, listed, vectors)
    return out


def exposure(items: I32, user_ids: Sequence[str], n_items: int, cutoffs: Sequence[int] = (10,)) -> dict[str, F64]:
    """Each of `CROWD` at each cutoff, of everybody and without each jackknife group. (1 + GROUPS,) each.

    `items` (n, k) are the lists of the people `user_ids` (n,); groups are keyed by their ids.
    """
    check_cutoffs(cutoffs, items.shape[1])
    group = group_of(user_ids)
    present = np.bincount(group, minlength=GROUPS) > 0
    out: dict[str, F64] = {}
    for k in cutoffs:
        row, place = np.nonzero(items[:, :k] >= 0)
        cell = group[row] * n_items + items[row, place]
        shown = np.bincount(cell, minlength=GROUPS * n_items).reshape(GROUPS, n_items)
        total = shown.sum(axis=0)
        only = ((shown == total) & (total > 0)).sum(axis=1)
        out[f"coverage@{k}"] = leave_one_out(int((total > 0).sum()), only, present, n_items)
        without = np.where(present, gini(total - shown), np.nan)
        out[f"gini@{k}"] = np.concatenate([gini(total[None]), without])
    return out


def gini(shown: npt.NDArray[np.integer]) -> F64:
    """Gini index of each row: sum_i (2 i - n - 1) x_(i) / (n sum x), x ascending; NaN where nothing is shown.

    `shown` (rows, n). The formula is the usual one for sorted values (Shani & Gunawardana, "Evaluating recommendation
    systems", Recommender Systems Handbook, 2011, use it for how evenly items are recommended).
    """
    n = shown.shape[1]
    ordered = np.sort(shown, axis=1).astype(np.float64)
    total = ordered.sum(axis=1)
    weight = 2 * np.arange(1, n + 1) - n - 1
    index: F64 = np.divide(ordered @ weight, n * total, out=np.full(total.shape, np.nan), where=total > 0)
    return index


def _indicator(items: I32, n_items: int) -> sparse.csr_matrix:
    """Which items are on each list, binary. (n, n_items)."""
    full = items >= 0
    indptr = np.concatenate([[0], np.cumsum(full.sum(axis=1))])
    return sparse.csr_matrix((np.ones(int(indptr[-1])), items[full], indptr), shape=(items.shape[0], n_items))


def _mean_of(values: F64, items: I32) -> F64:
    """Mean of the items' values over each list, NaN for an empty one. (n,)."""
    full = items >= 0
    total = np.where(full, values[items], 0.0).sum(axis=1)
    count = full.sum(axis=1)
    mean: F64 = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def _diversity(listed: sparse.csr_matrix, vectors: sparse.csr_matrix) -> F64:
    """With unit vectors, the sum of v_i . v_j over i != j is |sum v|^2 - n: no pair is ever formed. (n,)."""
    known = (np.diff(vectors.indptr) > 0).astype(np.float64)
    n = listed @ known
    sums = listed @ vectors
    squares = np.asarray(sums.multiply(sums).sum(axis=1)).ravel()
    pairs = n * (n - 1)
    closeness = np.divide(squares - n, pairs, out=np.full(n.shape, np.nan), where=pairs > 0)
    distance: F64 = np.clip(1 - closeness, 0.0, 1.0)
    return distance


def _calibration(histories: sparse.csr_matrix, listed: sparse.csr_matrix, vectors: sparse.csr_matrix) -> F64:
    spread = vectors.copy()
    spread.data[:] = 1 / np.repeat(np.maximum(np.diff(spread.indptr), 1), np.diff(spread.indptr))
    out = np.empty(listed.shape[0])
    for start in range(0, listed.shape[0], _PEOPLE):
        rows = slice(start, start + _PEOPLE)
        p, q = _shares(histories[rows] @ spread), _shares(listed[rows] @ spread)
        mixed = (1 - SMOOTHING) * q + SMOOTHING * p
        ratio = np.divide(p, mixed, out=np.ones_like(p), where=p > 0)
        out[rows] = np.maximum((p * np.log(ratio)).sum(axis=1), 0.0)
    return out


def _shares(weights: sparse.csr_matrix) -> F64:
    """Rows that add up to 1; NaN for a row without a known category."""
    dense: F64 = weights.toarray().astype(np.float64)
    total = dense.sum(axis=1, keepdims=True)
    shares: F64 = np.divide(dense, total, out=np.full_like(dense, np.nan), where=total > 0)
    return shares
