"""Waiting for many coroutines at once, in one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def all_of(waiting: Sequence[Coroutine[Any, Any, T] | None]) -> list[T | None]:
    """The results in the order of `waiting`, None for None. The first exception cancels the others and is raised."""
    tasks = [None if one is None else asyncio.ensure_future(one) for one in waiting]
    running = [task for task in tasks if task is not None]
    try:
        await asyncio.gather(*running)
    except BaseException:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        raise
    return [None if task is None else task.result() for task in tasks]
