"""One event loop in a thread of its own, so that minds may be awaited from anywhere.

`asyncio.run` refuses to work where a loop is running already, as in a notebook or a terminal application; a thread of
its own works everywhere, and connections that a mind opens live as long as the run.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import wait
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_HEARD_EVERY_S = 0.5
"""A Ctrl-C that comes in the instant before a wait begins is heard only when the wait ends, so none is longer."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, without any loop. Raises RuntimeError if it does wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine that was said never to wait is waiting; run it in a MindLoop")


class MindLoop:
    """An event loop in a daemon thread. Close it, or use it as a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="minds", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result; what it raises is raised here.

        Ctrl-C while waiting cancels it. Raises RuntimeError from inside the loop's own thread, where waiting would
        never end.
        """
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("MindLoop.run was called from a coroutine of the same loop; await instead")
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            while not wait([future], _HEARD_EVERY_S).done:
                continue
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def cancel(self) -> None:
        """Cancel what runs; those who wait for it get a `concurrent.futures.CancelledError`."""
        if not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()

    def close(self) -> None:
        """Cancel what still runs and end the thread. Calling it again does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
