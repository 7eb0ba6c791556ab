"""Worlds that wait for a language model are lived at once, a thread each, so that the model's server is never idle.

A world waits most of its time. Its arithmetic is little beside that, so threads are enough, and everything that the
worlds share (the client, its limiter, the ledger) stays in one process. The order in which worlds advance decides
nothing: luck is keyed, and effects are applied within a world in the order of its people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

from simulator.experiment.committed import Committed
from simulator.experiment.company import Company
from simulator.experiment.live import Outcome, keys_of_task, live
from simulator.experiment.stage import Stage
from simulator.experiment.stopping import Stop
from simulator.experiment.tasks import Task
from simulator.llm.port import BudgetError

if TYPE_CHECKING:
    from simulator.experiment.watch import Watch

AT_ONCE = 16
"""Worlds of one wave: more than a scenario's arms mostly are, and few enough for their arrays to fit into memory."""
_GLANCE_S = 0.05
"""How often news is passed on and an interruption is noticed."""


class _StoppedError(Exception):
    """Another world failed, so this one does not go on."""


def waves(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """The tasks, an arm each, as many at a time as are lived at once."""
    waiting = iter([replace(task, arms=(arm,)) for task in tasks for arm in task.arms])
    while wave := list(islice(waiting, AT_ONCE)):
        yield wave


def live_at_once(tasks: Sequence[Task], stage: Stage, company: Company, watch: Watch, stop: Stop) -> Outcome:
    """Live the tasks in waves of worlds. What stops one world for good stops the others, but for the budget's end:
    then each lives the turns that it was granted, so that where a run stops does not depend on who was quicker. A stop
    that is asked for cancels what is waited for; the answers that came are kept. Raises Interrupted then."""
    total = Outcome()
    for wave in waves(tasks):
        going = [replace(task, arms=tuple(arm for arm in task.arms if arm not in total.failures)) for task in wave]
        company.meet([key for task in going for key in keys_of_task(task, stage)])
        for outcome in _live_wave(going, stage, company, watch, stop):
            total.user_turns += outcome.user_turns
            total.failures |= outcome.failures
        watch.failed(total.failures)
    return total


def _live_wave(wave: Sequence[Task], stage: Stage, company: Company, watch: Watch, stop: Stop) -> Iterator[Outcome]:
    news: SimpleQueue[Committed] = SimpleQueue()
    halt = Event()

    def on_turn(turn: Committed) -> None:
        news.put(turn)
        if halt.is_set():
            raise _StoppedError

    with ThreadPoolExecutor(len(wave), "world") as pool:
        running = {pool.submit(live, task, stage, company, on_turn, watch.measured) for task in wave}
        ended: list[Future[Outcome]] = []
        try:
            while running:
                done, running = wait(running, _GLANCE_S, FIRST_COMPLETED)
                ended += done
                _pass_on(news, watch)
                if stop.asked or any(_fatal(future) for future in done):
                    halt.set()
                if halt.is_set():  # again and again: a world that was reckoning a moment ago may ask now
                    company.interrupt()
        except BaseException:
            halt.set()
            while running:
                company.interrupt()
                _, running = wait(running, _GLANCE_S)
            raise
    _pass_on(news, watch)
    errors = [error for future in ended if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda one: isinstance(one, BudgetError)):
        if not isinstance(error, _StoppedError | CancelledError):
            raise error
    stop.heed()
    yield from (future.result() for future in ended)


def _fatal(future: Future[Outcome]) -> bool:
    error = future.exception()
    return error is not None and not isinstance(error, BudgetError)


def _pass_on(news: SimpleQueue[Committed], watch: Watch) -> None:
    """Listeners hear in one thread, whichever thread the news comes from."""
    with suppress(Empty):
        while True:
            watch.turn(news.get_nowait())
    watch.glance()
