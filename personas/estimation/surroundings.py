"""What each shown item was to the person at that moment: its popularity, its likeness to what they know and saw, cues.

A pass over the pages of each person's log in order, all people at once: the n-th page of everybody, then the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from personas.estimation.agreement import popularity
from personas.estimation.categories import ShortRows, category_sums
from personas.estimation.pages import Pages
from personas.estimation.scales import F64, standardise
from simulator.records import F32, Catalog, InteractionLog

CUES = ("price", "reviews", "popularity", "headline", "thumbnail")
"""Columns of an item cue matrix: how dear, how well reviewed, how often reviewed, how catchy the headline and the
picture are; standard deviations over the catalogue, 0 where unknown."""
_UPTAKE, _REST_S = 0.2, 24 * 3600.0
"""Share of the trace that a page replaces, and seconds in which a rest lets it fade by 1/e. Assumed, as they are in the
simulator's law of boredom, whose form this is (McAlister, J. Consumer Research 1982)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Surroundings:
    """Of each shown row, (rows,) unless said otherwise."""

    popularity: F64
    """Standard deviations of log popularity over the items."""
    unfamiliar: F64
    """1/2 - cosine of the item's categories with those of all that the person chose before, 0 where unknown."""
    alike: F64
    """Inner product of the item's categories with a fading trace of what was seen, beside the person's mean trace: only
    what varies in time, or a lasting taste for what one is shown much of would pass for love of sameness."""
    seen: F64
    """ln(1 + times that the person was shown the item before)."""
    cues: F64
    """Columns in the order of `CUES`. (rows, 5)."""


def cues_of(catalog: Catalog) -> F32:
    """Price, reviews and popularity of a catalogue's facts as a cue matrix; headline and thumbnail unknown. (n, 5)."""
    facts = [
        [np.nan if item.price is None or item.price <= 0 else np.log(item.price) for item in catalog],
        [np.nan if item.review_mean is None else item.review_mean for item in catalog],
        [np.nan if item.review_count is None else np.log1p(item.review_count) for item in catalog],
    ]
    columns = [standardise(np.array(values, dtype=np.float64)) for values in facts]
    nothing = np.zeros(len(catalog), dtype=np.float32)
    return np.stack([*columns, nothing, nothing], axis=1)


Cues = Sequence[F32 | None] | F32
"""A cue matrix (n_items, 5), or its columns (n_items,) in the order of `CUES`, with None for one that is unknown."""


def cue_matrix(catalog: Catalog, cues: Cues | None) -> F32:
    """Cues as a matrix; None: those of the catalogue's facts. (n_items, 5). ValueError for any other shape."""
    if cues is None:
        return cues_of(catalog)
    if isinstance(cues, np.ndarray):
        matrix = cues
    else:
        nothing = np.zeros(len(catalog), dtype=np.float32)
        matrix = np.stack([nothing if column is None else column for column in cues], axis=1)
    if matrix.shape != (len(catalog), len(CUES)):
        raise ValueError(f"cues have the shape {matrix.shape}, and must have {(len(catalog), len(CUES))}")
    return np.nan_to_num(matrix).astype(np.float32)


def surroundings(log: InteractionLog, pages: Pages, looked: F64, cues: Cues | None) -> Surroundings:
    """Surroundings of the shown rows of `pages`, given the rest of the `log` as history.

    `looked` (rows,) is the chance that each was looked at; `cues`: see `cue_matrix`.
    """
    catalog, shown = log.catalog, pages.log
    known = np.zeros(log.n_users, dtype=np.bool_)
    history = log.select(log.clicked & (log.position < 0))
    profile = category_sums(history, catalog)
    known[history.user] = True
    rows = ShortRows.of(catalog)
    vectors = catalog.categories.astype(np.float64)
    trace, mean_trace = np.zeros_like(profile), np.zeros_like(profile)
    at = np.zeros(log.n_users)
    unfamiliar, alike = np.zeros(len(shown)), np.zeros(len(shown))
    item = shown.item.astype(np.intp)
    order = np.argsort(pages.ordinal, kind="stable")
    bound = np.searchsorted(pages.ordinal[order], np.arange(int(pages.ordinal.max()) + 2))
    for start, end in pairwise(bound.tolist()):
        page = order[start:end]
        user = pages.user[page]
        away = np.maximum(pages.time[page] - at[user], 0.0)
        begins = pages.number[page] == 0
        trace[user] *= np.where(begins, np.exp(-away / _REST_S), 1.0)[:, None]
        at[user] = pages.ends[page]
        places = pages.cell[page]
        owner, row = np.repeat(np.arange(page.size), (places >= 0).sum(axis=1)), places[places >= 0]
        alike[row] = rows.dot(trace[user], owner, item[row])
        mean_trace[user] += trace[user]
        length = np.sqrt((profile[user] ** 2).sum(axis=1))
        familiar = rows.dot(profile[user], owner, item[row]) / np.maximum(length, 1e-12)[owner]
        unfamiliar[row] = np.where(length[owner] > 0, 0.5 - familiar, 0.0)
        weight = looked[row]
        fresh = _sums(owner, weight, vectors[item[row]], page.size)
        fresh /= np.maximum(np.bincount(owner, weight, page.size), 1e-9)[:, None]
        trace[user] += _UPTAKE * (fresh - trace[user])
        chosen = shown.clicked[row]
        profile[user] += _sums(owner[chosen], np.ones(int(chosen.sum())), vectors[item[row[chosen]]], page.size)
    mean_trace /= np.maximum(np.bincount(pages.user, minlength=log.n_users), 1)[:, None]
    alike -= rows.dot(mean_trace, shown.user, item)
    return Surroundings(
        popularity=popularity(log.positives())[item].astype(np.float64),
        unfamiliar=unfamiliar,
        alike=alike,
        seen=np.log1p(_times_before(shown)),
        cues=cue_matrix(catalog, cues)[item].astype(np.float64),
    )


def _sums(group: npt.NDArray[np.intp], weight: F64, vectors: F64, size: int) -> F64:
    out = np.zeros((size, vectors.shape[1]))
    np.add.at(out, group, weight[:, None] * vectors)
    return out


def _times_before(shown: InteractionLog) -> F64:
    """How often the person was shown the item in earlier rows. (rows,)."""
    pair = shown.user.astype(np.int64) * len(shown.catalog) + shown.item
    order = np.argsort(pair, kind="stable")
    new = np.ones(len(shown), dtype=np.bool_)
    new[1:] = pair[order][1:] != pair[order][:-1]
    index = np.arange(len(shown))
    before = np.empty(len(shown))
    before[order] = index - np.maximum.accumulate(np.where(new, index, 0))
    return before
