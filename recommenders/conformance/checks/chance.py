"""Whether probabilities are what they say: claimed propensities against what is really drawn, many times.

People without a difference but their luck (one history, other ids) ask for two places out of five eligible items. Each
beginning of a page, one place long or two, was drawn n times of N, and its propensities say p: under the null
hypothesis n is binomial, and a count more than six standard deviations off is no luck.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommenders.conformance.bench import Bench, BreachError, writes
from recommenders.contract import RequestBatch, Slate, SlateBatch
from recommenders.platform import CHOSEN

_DRAWS = 3_000
_BLOCK = 1_000
_GLANCE = 50
_LEFT, _PLACES = 5, 2
_SIGMAS = 6.0
_SLACK = 3.0
"""Draws off that are never held against anybody: a probability of 1 leaves the binomial no spread at all."""
_LOG_TOLERANCE = 1e-3


@dataclass
class _Begin:
    drawn: int = 0
    claimed: float = 0.0
    """Sum of what its propensities said."""


def propensities(bench: Bench) -> None:
    """Draw, count, and compare."""
    few = bench.ask(_alike(bench, 0, _GLANCE), _PLACES, f"{_GLANCE} people alike")
    if few.propensities is None:
        _without(bench, few)
        return
    begins: dict[tuple[str, ...], _Begin] = defaultdict(_Begin)
    drawn = 0
    for start in range(0, _DRAWS, _BLOCK):
        batch = _alike(bench, start, min(_BLOCK, _DRAWS - start))
        slates = bench.ask(batch, _PLACES, f"{len(batch):,} people alike, to whom {_LEFT} items may be shown")
        _count(slates, begins)
        drawn += len(batch)
    worst = max(begins.items(), key=lambda pair: _sigmas(pair[1], drawn))
    begin, seen = worst
    if _sigmas(seen, drawn) > _SIGMAS:
        claimed = seen.claimed / seen.drawn
        fault = (
            f"of {drawn:,} pages drawn for people alike, {seen.drawn:,} ({seen.drawn / drawn:.1%}) began with "
            f"{', '.join(begin)}, and their propensities say {claimed:.1%}"
        )
        bench.note("honest-propensities", fault)


def _alike(bench: Bench, start: int, n: int) -> RequestBatch:
    history = max((history for _, history in bench.people), key=len, default=())[:3]
    batch = bench.batch([(f"stranger {start + i}", history) for i in range(n)])
    free = np.flatnonzero(batch.view.blocked[0] == 0)
    step = max(1, free.size // _LEFT)
    left = free[::step][:_LEFT]
    batch.view.blocked[:, np.setdiff1d(free, left)] |= CHOSEN
    return batch


def _without(bench: Bench, slates: SlateBatch) -> None:
    bench.not_applicable["honest-propensities"] = "its slates have no propensities"
    if (slates.items != slates.items[0]).any():
        told = "slates are drawn at random and have no propensities, so no log of them can be used off policy"
        bench.note("honest-propensities", told, "info")


def _count(slates: SlateBatch, begins: dict[tuple[str, ...], _Begin]) -> None:
    for slate in slates:
        if slate.propensities is None:
            continue
        for size in range(1, len(slate.item_ids) + 1):
            begin = begins[tuple(slate.item_ids[:size])]
            begin.drawn += 1
            begin.claimed += float(np.prod(slate.propensities[:size]))


def _sigmas(seen: _Begin, drawn: int) -> float:
    claimed = min(1.0, seen.claimed / seen.drawn)
    off = abs(seen.drawn - drawn * claimed) - _SLACK
    spread = float(np.sqrt(drawn * claimed * (1.0 - claimed)))
    return 0.0 if off <= 0 else off / max(spread, 1e-9)


def log_prob(bench: Bench) -> None:
    """The logarithms of the recommender's own slates, and of one that it may not show."""
    if not writes(bench.subject.recommender, "log_prob"):
        bench.not_applicable["log-prob"] = "log_prob is not written"
        return
    batch = bench.batch(bench.people[:8])
    slates = bench.ask(batch, _PLACES, "8 people of the log")
    try:
        logs = _asked(bench, batch, slates, "the slates that it just gave")
    except BreachError as breach:
        if "NotImplementedError" not in breach.fault:  # a recommender elsewhere tells only when it is asked
            raise
        bench.not_applicable["log-prob"] = "log_prob is not written"
        return
    if logs is None:
        return
    if slates.propensities is not None:
        sums = np.log(slates.propensities.astype(np.float64)).sum(axis=1, where=slates.items >= 0)
        off = np.abs(logs - sums)
        if not off.max() <= _LOG_TOLERANCE:
            row = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
            fault = f"log_prob of a slate is {logs[row]:g}, and its propensities say {sums[row]:g}"
            bench.note("log-prob", fault)
    elif np.isnan(logs).any() or (logs > _LOG_TOLERANCE).any():
        bench.note("log-prob", f"log_prob gave {logs[np.isnan(logs) | (logs > 0)][0]:g}, which is no log probability")
    forbidden = [
        Slate([*history[:1], *slate.item_ids[1:]]) for (_, history), slate in zip(bench.people[:8], slates, strict=True)
    ]
    impossible = _asked(bench, batch, forbidden, "slates with an item that is excluded")
    if impossible is not None and (impossible > -20.0).any():
        fault = f"log_prob of a slate with an excluded item is {impossible.max():g} and not -inf"
        bench.note("log-prob", fault, "warning")


def _asked(bench: Bench, batch: RequestBatch, slates: Sequence[Slate], what: str) -> npt.NDArray[np.float64] | None:
    recommender = bench.subject.recommender
    given = list(slates)
    logs = np.asarray(
        bench.call(bench.subject, f"log_prob of {what}", "log-prob", lambda: recommender.log_prob(batch, given)),
        dtype=np.float64,
    )
    if logs.shape != (len(batch),):
        bench.note("log-prob", f"log_prob of {len(batch)} slates has the shape {logs.shape} and not ({len(batch)},)")
        return None
    return logs
