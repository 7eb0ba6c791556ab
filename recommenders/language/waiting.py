"""Waiting for a coroutine from code that is not one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def waited_for(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, from an event loop of its own in a thread of its own; what it raises is raised here. It
    works where another loop is running, as in a notebook."""
    with ThreadPoolExecutor(1, thread_name_prefix="asking") as thread:
        return thread.submit(lambda: asyncio.run(coroutine)).result()
