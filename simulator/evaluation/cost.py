"""What a recommender costs: time to fit, time to answer one person and many, memory.

Measured through the host, as a run asks it, with its checks: a platform would have to check as well.
Every request is answered for somebody whose page was not asked for before, so that nothing is read off a cache. A quick
model is measured in about two seconds; a slow one gets fewer requests and smaller batches, within `budget_s`. Numbers
are this machine's, at this moment: compare those that were taken side by side.
"""

from __future__ import annotations

import gc
import os
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommenders.composition import walk
from recommenders.contract import RequestBatch
from recommenders.host import Host
from recommenders.remote.base import Remote
from simulator.evaluation.memory import Gauge
from simulator.evaluation.offline.rank import BATCH, by_person, requests
from simulator.evaluation.summary import plain
from simulator.randomness import Stream, keys_of
from simulator.records import I32, InteractionLog, UserInputError

REQUESTS = 100
"""Single requests, which give the median to a few per cent; the 99th percentile of so few is nearly the slowest."""
WARM_UP = 3
"""Requests that are not counted: the first ones import, compile and allocate."""
QUICK_S = 1.5
"""A model that answers quickly is asked for no longer than this: half for single requests, half for batches."""
_SIZES = (4, 32, 256, BATCH)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """How long a fit took, and the memory before it and at its height."""

    seconds: float
    before_mb: float | None
    peak_mb: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What was measured; see the module. None where it cannot be known."""

    fit_s: float | None
    latency_p50_ms: float
    latency_p99_ms: float
    throughput_rps: float
    """Requests a second in the largest batch that was tried, at most 1,024 people."""
    memory_mb: float | None
    """MiB by which resident memory grew from before the fit to its height in fitting and answering; of the plug-in's
    own process too where it has one here, None for one behind a URL and on machines without /proc."""
    requests: int
    """Single requests that were timed."""
    batch: int
    """People in the largest batch that was tried."""

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return {name: plain(value) if isinstance(value, float) else value for name, value in asdict(self).items()}


def timed_fit(host: Host, log: InteractionLog) -> Fitted:
    """Fit the recommender on `log` and say what it took. Raises PluginError for a breach of the contract."""
    gc.collect()
    gauge = _gauge(host)
    before = None if gauge is None else gauge.now()
    began = time.perf_counter()
    if gauge is None:
        host.fit(log.catalog, log)
    else:
        with gauge.watching():
            host.fit(log.catalog, log)
    return Fitted(
        seconds=time.perf_counter() - began,
        before_mb=before,
        peak_mb=None if gauge is None else gauge.peak,
    )


def measure_cost(
    host: Host,
    log: InteractionLog,
    *,
    k: int = 10,
    fitted: Fitted | None = None,
    budget_s: float = 10.0,
    seed: int = 0,
) -> Cost:
    """Ask a fitted recommender for pages of `k` items and say what it took.

    Args:
        host: the recommender, fitted on `log`.
        log: what it was fitted on; its people do the asking.
        k: items on a page.
        fitted: what `timed_fit` said; without it, the time and memory of the fit are not known.
        budget_s: seconds that all requests may take together; one request in progress is waited for.
        seed: chooses who asks, and is the luck of recommenders that draw.

    Raises:
        UserInputError: nobody is in the log, or the budget is not above 0.
        PluginError: a breach of the contract.
    """
    if budget_s <= 0:
        raise UserInputError(f"measure_cost: budget_s must be above 0, not {budget_s:g}")
    asking = _Asking(host, log, k, seed)
    gauge = _gauge(host)
    if gauge is None:
        latencies, rate, batch = _timed(asking, budget_s)
    else:
        with gauge.watching():
            latencies, rate, batch = _timed(asking, budget_s)
    return Cost(
        fit_s=None if fitted is None else fitted.seconds,
        latency_p50_ms=float(np.quantile(latencies, 0.5)) * 1e3,
        latency_p99_ms=float(np.quantile(latencies, 0.99)) * 1e3,
        throughput_rps=rate,
        memory_mb=_growth(fitted, gauge),
        requests=len(latencies),
        batch=batch,
    )


class _Asking:
    """Requests of people in an order drawn by lot; round and round where there are too few."""

    def __init__(self, host: Host, log: InteractionLog, k: int, seed: int) -> None:
        if log.n_users == 0:
            raise UserInputError("measure_cost: nobody is in the log, so nobody can ask for a page")
        self.host, self.k = host, k
        self.log = by_person(log)
        self.keys = keys_of(log.user_ids.tolist())
        self.stream = Stream.of(seed, "luck", "recommender")
        self.order: I32 = np.argsort(Stream.of(seed, "luck", "cost").bits(self.keys), kind="stable").astype(np.int32)
        self.next = 0

    def __call__(self, size: int) -> float:
        """Seconds that a batch of the next `size` people took; at most everybody."""
        batch = self._batch(min(size, self.order.size))
        began = time.perf_counter()
        self.host.recommend(batch, self.k)
        return time.perf_counter() - began

    def _batch(self, size: int) -> RequestBatch:
        who = np.take(self.order, np.arange(self.next, self.next + size), mode="wrap")
        self.next = (self.next + size) % self.order.size
        return requests(self.log, who, self.keys[who], self.stream)


def _timed(asking: _Asking, budget_s: float) -> tuple[list[float], float, int]:
    """Seconds of single requests, requests a second in batches, and the size of the largest batch."""
    deadline = time.perf_counter() + budget_s
    warm = _some(asking, WARM_UP, time.perf_counter() + budget_s / 8)
    quick = max(warm) * REQUESTS < QUICK_S / 2
    patience = min(QUICK_S / 2, budget_s / 4) if quick else budget_s / 4
    latencies = _some(asking, REQUESTS, time.perf_counter() + patience)
    size, seconds = 1, float(np.median(latencies))
    slope = seconds
    for larger in _SIZES:
        larger = min(larger, asking.order.size)
        foreseen = seconds + slope * (larger - size)
        if larger <= size or time.perf_counter() + foreseen > deadline:
            break
        took = asking(larger)
        # A call has a cost of its own and one a person: what the last step added a person foresees the next step.
        slope = max((took - seconds) / (larger - size), 0.0)
        size, seconds = larger, took
    ends = min(deadline, time.perf_counter() + QUICK_S / 2)
    runs = [seconds]
    while size > 1 and time.perf_counter() + seconds < ends:
        runs.append(asking(size))
    return latencies, size / float(np.median(runs)), size


def _some(asking: _Asking, n: int, until: float) -> list[float]:
    """Seconds of up to `n` single requests, begun before `until`; at least one."""
    taken = [asking(1)]
    while len(taken) < n and time.perf_counter() < until:
        taken.append(asking(1))
    return taken


def _gauge(host: Host) -> Gauge | None:
    """A gauge of this process and those of the plug-in; None where a part runs where nobody can look."""
    pids = [os.getpid()]
    for part in walk(host.recommender):
        if isinstance(part, Remote):
            pid = getattr(part, "pid", None)
            if not isinstance(pid, int):
                return None
            pids.append(pid)
    return Gauge(pids)


def _growth(fitted: Fitted | None, gauge: Gauge | None) -> float | None:
    if fitted is None or gauge is None or fitted.before_mb is None:
        return None
    peaks = [peak for peak in (fitted.peak_mb, gauge.peak) if peak is not None]
    return max(max(peaks) - fitted.before_mb, 0.0) if peaks else None
