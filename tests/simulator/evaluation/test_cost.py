"""What fitting and answering cost, measured on recommenders whose cost is known."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from offline_logs import made_log, two_tastes

from recommenders.contract import Recommender, Request, Slate
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote.base import Remote
from simulator.evaluation.cost import Cost, measure_cost, timed_fit
from simulator.evaluation.memory import MIB, Gauge
from simulator.evaluation.offline.rank import by_person, requests
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, InteractionLog, UserInputError

MEMORY_IS_TOLD = Gauge().now() is not None


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Sleepy(Recommender):
    """Takes `call_s` a call and `each_s` a request, and holds `mib` of memory from the fit on."""

    sleep = staticmethod(time.sleep)

    def __init__(self, call_s: float = 0.0, each_s: float = 0.0, fit_s: float = 0.0, mib: int = 0) -> None:
        self.call_s, self.each_s, self.fit_s, self.mib = call_s, each_s, fit_s, mib
        self.sizes: list[int] = []
        self.asked: list[str] = []

    def fit(self, catalog: Catalog, log: InteractionLog) -> None:
        self.ids = catalog.item_ids.tolist()
        self.ballast = np.ones(self.mib * MIB, dtype=np.uint8)
        self.sleep(self.fit_s)

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        self.sizes.append(len(requests))
        self.asked += [request.user_id for request in requests]
        self.sleep(self.call_s + self.each_s * len(requests))
        return [Slate([i for i in self.ids if i not in request.exclude][:k]) for request in requests]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In the place of this machine's, which other work slows down."""
    made = Clock()
    monkeypatch.setattr("simulator.evaluation.cost.time", made)
    monkeypatch.setattr(Sleepy, "sleep", staticmethod(made.sleep))
    return made


def _measured(recommender: Recommender, log: InteractionLog, budget_s: float = 10.0) -> Cost:
    host = Host(recommender)
    found = measure_cost(host, log, fitted=timed_fit(host, log), budget_s=budget_s)
    host.close()
    return found


@pytest.mark.usefixtures("clock")
def test_times_are_those_that_the_recommender_takes() -> None:
    slow = Sleepy(call_s=0.01, each_s=0.001, fit_s=0.2)
    found = _measured(slow, two_tastes(300, each=6), budget_s=2)
    assert found.fit_s == pytest.approx(0.2)
    assert found.latency_p50_ms == pytest.approx(11) == found.latency_p99_ms
    assert found.batch == 300 and found.throughput_rps == pytest.approx(300 / (0.01 + 0.3))
    assert json.loads(json.dumps(found.as_json()))["throughput_rps"] == pytest.approx(found.throughput_rps)


def test_a_quick_model_is_done_within_two_seconds_with_all_its_requests(clock: Clock) -> None:
    found = _measured(Sleepy(call_s=1e-3, each_s=1e-4), two_tastes(300))
    assert clock.now < 2
    assert found.requests == 100 and found.batch == 300
    assert found.throughput_rps == pytest.approx(300 / (1e-3 + 300e-4))


def test_in_real_time_a_built_in_has_a_cost_too() -> None:
    found = _measured(load_recommender("popular"), two_tastes(30), budget_s=0.5)
    assert found.fit_s is not None and found.fit_s > 0
    assert 0 < found.latency_p50_ms <= found.latency_p99_ms and found.throughput_rps > 0


@pytest.mark.parametrize("slow", [Sleepy(each_s=0.2), Sleepy(call_s=0.2)], ids=["each", "call"])
def test_a_slow_one_gets_fewer_requests_and_keeps_within_the_budget(slow: Sleepy, clock: Clock) -> None:
    found = _measured(slow, two_tastes(300, each=6), budget_s=1.5)
    assert clock.now < 1.5 + 1
    assert 1 <= found.requests < 10
    if slow.each_s:
        assert found.batch <= 8 and 3 < found.throughput_rps <= 5
    else:
        assert found.batch >= 32 and found.throughput_rps > 100  # a cost of the call, not of the person


@pytest.mark.skipif(not MEMORY_IS_TOLD, reason="this machine does not tell how much memory is in use (no /proc)")
@pytest.mark.parametrize("name", ["ease", "als", "markov"])
def test_answering_more_requests_takes_no_more_memory(name: str) -> None:
    """What a batch needed is free once it is answered, without waiting for the garbage collector."""
    log = two_tastes(300)
    host = Host(load_recommender(name))
    host.fit(log.catalog, log)
    stream, people = Stream.of(1, "luck", "recommender"), np.arange(300, dtype=np.int32)
    keys = keys_of(log.user_ids.tolist())
    gc.collect()
    gc.disable()
    try:
        views = []
        for _ in range(3):
            batch = requests(by_person(log), people, keys, stream)
            views.append(weakref.ref(batch.view))
            host.recommend(batch, 10)
            del batch
        assert [view() for view in views] == [None, None, None]
    finally:
        gc.enable()
        host.close()


@pytest.mark.usefixtures("clock")
def test_nobody_is_asked_for_twice_in_a_row_and_the_order_is_the_same_each_time() -> None:
    log = two_tastes(30)
    first, second = Sleepy(each_s=0.005), Sleepy(each_s=0.005)
    for recommender in (first, second):
        _measured(recommender, log, budget_s=0.6)
    single = first.asked[:20]
    assert first.sizes[:20] == [1] * 20 and len(set(single)) == 20
    assert single == second.asked[:20] and single != sorted(single)


def test_one_person_is_enough_and_nobody_is_too_few() -> None:
    found = _measured(load_recommender("popular"), made_log([("ann", "a"), ("ann", "b")], items=list("abcd")))
    assert found.batch == 1 and found.throughput_rps > 0
    host = Host(load_recommender("popular"))
    with pytest.raises(UserInputError, match="nobody is in the log"):
        measure_cost(host, made_log([], items=["a"]))
    with pytest.raises(UserInputError, match="budget_s must be above 0"):
        measure_cost(host, two_tastes(30), budget_s=0)


@pytest.mark.skipif(not MEMORY_IS_TOLD, reason="this machine does not tell how much memory a process holds")
def test_memory_is_what_the_fit_took() -> None:
    found = _measured(Sleepy(fit_s=0.1, mib=120), two_tastes(30), budget_s=0.5)
    assert found.memory_mb is not None and 110 < found.memory_mb < 160


@pytest.mark.skipif(not MEMORY_IS_TOLD, reason="this machine does not tell how much memory a process holds")
def test_memory_at_its_height_counts_though_it_is_given_back() -> None:
    # In a process of its own: in this one, memory that earlier tests gave back may serve again, and nothing grows.
    lives = "print(flush=True); input(); b = b'x' * (80 << 20); print(flush=True); input(); del b; print(flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", lives], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        other.stdout.readline()
        gauge = Gauge(pids=(other.pid,))
        before = gauge.now()
        with gauge.watching():
            other.stdin.write("\n")
            other.stdout.readline()
            until = time.monotonic() + 60
            while (gauge.peak or 0.0) < (before or 0.0) + 75 and time.monotonic() < until:
                time.sleep(0.01)
            other.stdin.write("\n")
            other.stdout.readline()
        after = gauge.now()
    assert before is not None and after is not None and gauge.peak is not None
    assert gauge.peak - before > 75 and after - before < 5


def test_without_the_fit_its_time_and_memory_are_unknown() -> None:
    host = Host(load_recommender("popular"))
    log = two_tastes(30)
    host.fit(log.catalog, log)
    found = measure_cost(host, log, budget_s=0.5)
    assert found.fit_s is None and found.memory_mb is None


class FarAway(Remote, Sleepy):
    """A recommender on another machine, as far as anybody here can tell."""


def test_memory_of_what_runs_where_nobody_can_look_is_unknown() -> None:
    found = _measured(FarAway(), two_tastes(30), budget_s=0.5)
    assert found.memory_mb is None and found.fit_s is not None


ELSEWHERE = f"""
import numpy as np
from recommenders import Recommender, Slate

class Heavy(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()
        self.ballast = np.ones({120 * MIB}, dtype=np.uint8)

    def recommend(self, requests, k):
        return [Slate([i for i in self.ids if i not in request.exclude][:k]) for request in requests]
"""


@pytest.mark.skipif(not MEMORY_IS_TOLD, reason="this machine does not tell how much memory a process holds")
def test_memory_of_a_plug_in_in_a_process_of_its_own_is_counted(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text(ELSEWHERE, encoding="utf-8")
    recommender = load_recommender("heavy.py:Heavy", folder=tmp_path, python=sys.executable)
    found = _measured(recommender, two_tastes(30), budget_s=0.5)
    assert found.memory_mb is not None and 110 < found.memory_mb < 180
