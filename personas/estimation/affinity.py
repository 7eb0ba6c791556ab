"""Affinity: how well an item goes with a person's history, by what others chose together.

Most of why a person clicks one item and not another is taste. Where a history is known, what it foretells is taken out,
so that less of it passes for traits: a truncated singular value decomposition of who chose what (Cremonesi, Koren &
Turrin, RecSys 2010), each choice scaled by how much the person and how many the item chose (Dhillon, KDD 2001).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from personas.estimation.scales import F64
from simulator.records import InteractionLog

RANK = 32
_FEWEST = 64
"""People with a history, and items in it, below which nothing is foretold."""
_FLOOR = 0.003


def affinity(history: InteractionLog, shown: InteractionLog) -> F64 | None:
    """ln of the foretold strength of each shown row, standardised, 0 where the person has no history. (rows,).

    None if too little is known.
    """
    chosen = history.matrix().astype(np.float64)
    of_person, of_item = (np.asarray(chosen.sum(axis=axis)).ravel() for axis in (1, 0))
    known = of_person > 0
    if known.sum() < _FEWEST or (of_item > 0).sum() < _FEWEST:
        return None
    long, often = np.sqrt(np.maximum(of_person, 1)), np.sqrt(np.maximum(of_item, 1))
    scaled = sparse.diags_array(1 / long) @ chosen @ sparse.diags_array(1 / often)
    left, strength, right = svds(scaled, k=RANK, v0=np.ones(min(scaled.shape)))
    person, item = left * strength * long[:, None], right.T * often[:, None]
    foretold = np.einsum("rk,rk->r", person[shown.user], item[shown.item])
    value = np.log(np.maximum(foretold, _FLOOR))
    told = known[shown.user]
    if not told.any() or value[told].std() < 1e-9:
        return None
    return np.where(told, (value - value[told].mean()) / value[told].std(), 0.0)
