"""How well lists find what was held out: recall, precision, nDCG, MRR, hit rate and MAP, one value a person.

The numbers are those of NIST's trec_eval, the programme that retrieval research has been judged by for thirty years, in
the kept binding pytrec_eval (Van Gysel & de Rijke, "Pytrec_eval: an extremely fast Python interface to trec_eval",
SIGIR 2018; the distribution is pytrec-eval-terrier): it gives one value a person, needs NumPy and SciPy alone and takes
a tenth of a second for 6,000 people. ranx brings Numba and ir-datasets along, RecTools 0.19 holds NumPy below 2 on
Python 3.11 and 3.12, LensKit needs torch, and ir-measures asks pytrec_eval.

With R the items held out of a person, r_j whether the item at place j is one of them, and the cutoff k::

    recall@k    = sum_j r_j / |R|                    Some libraries divide by min(k, |R|): a perfect list then has 1.
    precision@k = sum_j r_j / k                      k even where the list is shorter.
    hit@k       = whether any r_j is 1               trec_eval's success.
    mrr@k       = 1 / (the first j with r_j = 1), 0 if there is none; its mean is the MRR (Voorhees, TREC-8, 1999).
    ndcg@k      = sum_j r_j / log2(j + 1) over the best that it can be, sum_{j <= min(k, |R|)} 1 / log2(j + 1)
                  (Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002).
                  RecTools by default sums the ideal over k places whatever |R|: less for people with few items.
    map@k       = sum_j r_j precision@j / |R|        Some divide by min(k, |R|).

All are 0 for an empty list and undefined (NaN) for a person of whom nothing is held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from simulator.records import I32, UserInputError

F64 = npt.NDArray[np.float64]

ACCURACY: tuple[str, ...] = ("ndcg", "recall", "precision", "hit", "mrr", "map")
"""Names of the metrics; ``ndcg@10`` is one at a cutoff."""
_MEASURES = {"ndcg": "ndcg_cut", "recall": "recall", "precision": "P", "hit": "success", "map": "map_cut"}
"""trec_eval's names of those that it cuts at k itself."""


def accuracy(items: I32, relevant: sparse.csr_matrix, cutoffs: Sequence[int] = (10,)) -> dict[str, F64]:
    """Each metric at each cutoff, by names such as ``ndcg@10``, for each person. (n,) each.

    Args:
        items: catalogue rows, best first, -1 for an empty place; an item occurs once in a row. (n, k).
        relevant: what is held out of each person, nonzero where so. (n, n_items).
        cutoffs: places looked at, at most k.

    Raises:
        UserInputError: a cutoff that is not between 1 and k.
    """
    check_cutoffs(cutoffs, items.shape[1])
    judged = np.flatnonzero(np.diff(relevant.indptr) > 0)
    found = _judged_by_trec_eval(items[judged], relevant[judged], cutoffs)
    out: dict[str, F64] = {}
    for metric in ACCURACY:
        for k in cutoffs:
            values = np.full(items.shape[0], np.nan)
            if metric == "mrr":
                # trec_eval looks through the whole list; a first hit below place k counts as none.
                reciprocal = found["recip_rank"]
                values[judged] = np.where(reciprocal > 1 / (k + 0.5), reciprocal, 0.0)
            else:
                values[judged] = found[f"{_MEASURES[metric]}_{k}"]
            out[f"{metric}@{k}"] = values
    return out


def check_cutoffs(cutoffs: Sequence[int], depth: int) -> None:
    """Raises UserInputError unless there are cutoffs, each from 1 to `depth`."""
    if not cutoffs or any(not 1 <= k <= depth for k in cutoffs):
        raise UserInputError(
            f"cutoffs {', '.join(map(str, cutoffs)) or '(none)'}: each must be a whole number from 1 to {depth}, the "
            "length of the lists"
        )


def _judged_by_trec_eval(items: I32, relevant: sparse.csr_matrix, cutoffs: Sequence[int]) -> dict[str, F64]:
    """trec_eval's measures by its names, aligned with the rows. (n,) each."""
    import pytrec_eval

    places = ",".join(str(k) for k in sorted(set(cutoffs)))
    names = [str(row) for row in range(relevant.shape[1])]
    # It sorts by score, and by the text of the id where scores are equal: these never are.
    scores = np.arange(items.shape[1], 0, -1, dtype=np.float64).tolist()
    held, start = relevant.indices.tolist(), relevant.indptr.tolist()
    wanted = {
        str(i): dict.fromkeys([names[row] for row in held[start[i] : start[i + 1]]], 1) for i in range(items.shape[0])
    }
    lists: dict[str, dict[str, float]] = {}
    for i, ranked in enumerate(items.tolist()):
        lists[str(i)] = {names[row]: score for row, score in zip(ranked, scores, strict=True) if row >= 0}
    measures = {f"{measure}.{places}" for measure in _MEASURES.values()} | {"recip_rank"}
    judge: Any = pytrec_eval.RelevanceEvaluator(wanted, measures)
    answer: dict[str, dict[str, float]] = judge.evaluate(lists)
    keys = ["recip_rank", *(f"{measure}_{k}" for measure in _MEASURES.values() for k in cutoffs)]
    return {key: np.array([answer[str(i)][key] for i in range(items.shape[0])], dtype=np.float64) for key in keys}
