"""Coroutines can be waited for from anywhere."""

from __future__ import annotations

import _thread
import asyncio
import signal
import threading

import pytest
from interrupting import interrupted_once

from simulator.minds.loop import MindLoop, drive


async def double(x: int) -> int:
    await asyncio.sleep(0)
    return 2 * x


async def at_once(x: int) -> int:
    return 2 * x


async def broken() -> None:
    raise KeyError("here")


def test_results_and_errors_come_back() -> None:
    with MindLoop() as loop:
        assert loop.run(double(4)) == 8
        with pytest.raises(KeyError, match="here"):
            loop.run(broken())
        assert loop.run(double(5)) == 10


def test_it_works_inside_a_running_loop_as_in_a_notebook() -> None:
    async def cell() -> int:
        with MindLoop() as loop:
            return loop.run(double(6))

    assert asyncio.run(cell()) == 12


def test_several_threads_may_wait_at_once() -> None:
    async def together(barrier: asyncio.Event, count: list[int]) -> int:
        count[0] += 1
        if count[0] == 3:
            barrier.set()
        await asyncio.wait_for(barrier.wait(), 60)
        return count[0]

    with MindLoop() as loop:
        event, count, seen = asyncio.Event(), [0], []
        threads = [threading.Thread(target=lambda: seen.append(loop.run(together(event, count)))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [3, 3, 3]


def test_waiting_from_within_the_loop_is_refused_instead_of_hanging() -> None:
    with MindLoop() as loop:

        async def inner() -> int:
            return loop.run(double(1))

        with pytest.raises(RuntimeError, match="await instead"):
            loop.run(inner())


def test_ctrl_c_is_heard_while_it_waits_even_if_it_comes_in_the_instant_before() -> None:
    begun, ended = threading.Event(), []

    async def long() -> None:
        begun.set()
        await asyncio.sleep(60)
        ended.append("it was waited for")

    with MindLoop() as loop, interrupted_once(begun, lambda main: _thread.interrupt_main(signal.SIGUSR1)):
        loop.run(long())
    assert not ended


def test_closing_twice_is_fine_and_ends_the_thread() -> None:
    async def where() -> threading.Thread:
        return threading.current_thread()

    loop = MindLoop()
    thread = loop.run(where())
    assert thread is not threading.current_thread()
    loop.close()
    loop.close()
    assert not thread.is_alive()


def test_drive_runs_what_never_waits_and_refuses_what_does() -> None:
    assert drive(at_once(3)) == 6

    class Forever:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield

    async def waits() -> None:
        await Forever()

    with pytest.raises(RuntimeError, match="never to wait"):
        drive(waits())
