"""Engines: one process, or several that were spawned. The journal does not know which."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Container, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import replace
from multiprocessing import connection
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from simulator.experiment.chorus import live_at_once
from simulator.experiment.committed import Committed
from simulator.experiment.company import Company
from simulator.experiment.live import OnTurn, Outcome, live
from simulator.experiment.process import settled, stage_left_alone
from simulator.experiment.stage import Stage
from simulator.experiment.stopping import Interrupted, Stop, held_back, stoppable
from simulator.experiment.tasks import Task
from simulator.experiment.watch import Watch
from simulator.listener import Listener

T = TypeVar("T")
_CLOSED = "closed"


class WorkerDiedError(RuntimeError):
    """A worker process is gone."""


class Engine:
    """Lives tasks in this process."""

    def __init__(self, stage: Stage, company: Company) -> None:
        self._stage, self._company = stage, company

    def run(self, tasks: Sequence[Task], listener: Listener) -> Outcome:
        """All tasks, in order. An arm that failed in one task is left out of the later ones.

        Raises Interrupted if somebody asks it to stop: at the next committed turn.
        """
        with stage_left_alone(), stoppable(listener) as stop:
            watch = Watch(self._stage, tasks, listener, model=self._company.model)
            try:
                total = self._live(tasks, watch, stop)
                stop.heed()
            finally:
                watch.close()
        return total

    def _live(self, tasks: Sequence[Task], watch: Watch, stop: Stop) -> Outcome:
        total = Outcome()

        def on_turn(turn: Committed) -> None:
            watch.turn(turn)
            stop.heed()

        for task in self._others(tasks, total, watch, stop):
            self._live_here(task, total, watch, on_turn)
        return total

    def _live_here(self, task: Task, total: Outcome, watch: Watch, on_turn: OnTurn) -> None:
        _add(total, live(without(task, total.failures), self._stage, self._company, on_turn, watch.measured))
        watch.failed(total.failures)

    def _others(self, tasks: Sequence[Task], total: Outcome, watch: Watch, stop: Stop) -> list[Task]:
        """Lives the tasks that wait for a language model, all at once, and returns the others."""
        talking = [task for task in tasks if self._stage.asks_a_model(task)]
        if talking:
            _add(total, live_at_once(talking, self._stage, self._company, watch, stop))
        return [task for task in tasks if task not in talking]

    def peak_rss_mb(self) -> float:
        """Largest resident memory so far, in MiB."""
        return _peak_rss_mb()

    def close(self) -> None:
        """Let go of what the engine holds."""


class ProcessEngine(Engine):
    """Lives tasks in `workers` spawned processes; tasks of arms that cannot leave this process are lived here
    meanwhile."""

    def __init__(self, stage: Stage, company: Company, workers: int) -> None:
        super().__init__(stage, company)
        context = multiprocessing.get_context("spawn")
        self._turns: Any = context.SimpleQueue()
        self._news: SimpleQueue[Committed | None] = SimpleQueue()
        self._halt: Any = context.Event()
        self._pool = ProcessPoolExecutor(workers, context, _start_worker, (stage, self._turns, self._halt))
        self._workers = workers
        self._peaks: dict[int, float] = {}
        self._busy = False
        threading.Thread(target=self._hear, name="news", daemon=True).start()
        with held_back():  # when workers stop is for this process to decide
            ready = [self._pool.submit(_peak) for _ in range(workers)]
        for future in ready:
            self._note_peak(_result(future))

    def _live(self, tasks: Sequence[Task], watch: Watch, stop: Stop) -> Outcome:
        """A worker that dies fails the run, and what it committed stays."""
        self._busy = True
        total = Outcome()
        rest = self._others(tasks, total, watch, stop)
        here = [task for task in rest if not self._stage.portable(task)]
        waiting = [task for task in rest if self._stage.portable(task)]
        running: set[Future[tuple[Outcome, tuple[int, float]]]] = set()

        def look_after_workers(timeout: float) -> None:
            if stop.asked:
                self._halt.set()
                waiting.clear()
            while waiting and len(running) < self._workers:
                task = without(waiting.pop(0), total.failures)
                running.add(self._pool.submit(_live_in_worker, task, watch.measured))
            done, _ = wait(running, timeout, FIRST_COMPLETED)
            self._pass_on(watch)
            for future in done:
                running.remove(future)
                outcome, peak = _result(future)
                self._note_peak(peak)
                _add(total, outcome)
                watch.failed(total.failures)

        def on_turn(turn: Committed) -> None:
            watch.turn(turn)
            look_after_workers(0.0)
            stop.heed()

        with suppress(Interrupted):  # workers come to a committed turn too, and then it is raised
            for task in here:
                look_after_workers(0.0)
                self._live_here(task, total, watch, on_turn)
        while waiting or running:
            look_after_workers(0.2)
        self._turns.put(None)
        self._pass_on(watch, to_the_end=True)
        self._busy = False
        return total

    def _hear(self) -> None:
        """Takes news off the workers' hands at once: a pipe holds little, and a worker that cannot write waits."""
        with suppress(EOFError, OSError):
            while (turn := self._turns.get()) != _CLOSED:
                self._news.put(turn)

    def _pass_on(self, watch: Watch, *, to_the_end: bool = False) -> None:
        """Tell what has come; `to_the_end`: up to the None behind the last of it."""
        with suppress(Empty):
            while (turn := self._news.get() if to_the_end else self._news.get_nowait()) is not None:
                watch.turn(turn)
        watch.glance()

    def peak_rss_mb(self) -> float:
        """This process's peak and every worker's, added up."""
        return _peak_rss_mb() + sum(self._peaks.values())

    def close(self) -> None:
        """Let the workers go; in mid run stop them at once: whatever they have committed is kept."""
        if not self._busy:
            self._turns.put(_CLOSED)
            self._pool.shutdown()
            return
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()

    def _note_peak(self, peak: tuple[int, float]) -> None:
        self._peaks[peak[0]] = max(peak[1], self._peaks.get(peak[0], 0.0))


def without(task: Task, failed: Container[str]) -> Task:
    """The task less the arms that have failed."""
    return replace(task, arms=tuple(arm for arm in task.arms if arm not in failed))


def _add(total: Outcome, outcome: Outcome) -> None:
    total.user_turns += outcome.user_turns
    total.failures |= outcome.failures


def _result(future: Future[T]) -> T:
    try:
        return future.result()
    except BrokenProcessPool:
        raise WorkerDiedError("a worker process died: it was killed, or the machine ran out of memory") from None


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


_worker: tuple[Stage, Company, Any, Any] | None = None
_settled = ExitStack()


def _start_worker(stage: Stage, turns: Any, halt: Any) -> None:
    """Called once in each worker."""
    global _worker
    for number in (signal.SIGINT, signal.SIGTERM):  # the coordinator decides when to stop
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _settled.enter_context(settled())
    _worker = (stage, Company(stage), turns, halt)
    _settled.enter_context(stage_left_alone())


def _die_with_parent() -> None:
    """A worker whose coordinator was killed must not write on beside the one that resumes the run."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _peak() -> tuple[int, float]:
    return os.getpid(), _peak_rss_mb()


def _live_in_worker(task: Task, measured: Sequence[str] | None) -> tuple[Outcome, tuple[int, float]]:
    assert _worker is not None
    stage, company, turns, halt = _worker

    def on_turn(turn: Committed) -> None:
        turns.put(turn)
        if halt.is_set():
            raise Interrupted

    try:
        return live(task, stage, company, on_turn, measured), _peak()
    except Interrupted:
        return Outcome(), _peak()
