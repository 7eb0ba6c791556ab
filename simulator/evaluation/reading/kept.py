"""What has been reckoned from files and holds as long as the files do: a small store for whatever is asked again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
State = tuple[str, int, int]


def state_of(path: Path) -> State:
    """Name, size and time of a file: another state is another file."""
    told = path.stat()
    return str(path), told.st_size, told.st_mtime_ns


def states_of(paths: Iterable[Path]) -> tuple[State, ...]:
    """The states of several files, in their order."""
    return tuple(state_of(path) for path in paths)


class Kept(Generic[T]):
    """The last `most` results, by what they were reckoned from. One thread reckons, others wait for it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, reckon: Callable[[], T]) -> T:
        """The result of that key, reckoned if it is not there."""
        with self._lock:
            if key not in self._found:
                self._put(key, reckon())
            self._found.move_to_end(key)
            return self._found[key]

    def of_files(
        self, paths: Sequence[Path], reckon: Callable[[list[Path]], dict[Path, T]], *, about: Hashable = None
    ) -> list[T]:
        """One result a file, those that are not there reckoned together. `about`: what was asked of the files."""
        with self._lock:
            states = {path: (about, state_of(path)) for path in paths}
            lacking = [path for path, state in states.items() if state not in self._found]
            new = reckon(lacking) if lacking else {}
            found = [new[path] if path in new else self._found[state] for path, state in states.items()]
            for path, result in new.items():
                self._put(states[path], result)
            return found

    def _put(self, key: Hashable, result: T) -> None:
        self._found[key] = result
        while len(self._found) > self._most:
            self._found.popitem(last=False)
