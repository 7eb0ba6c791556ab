"""What has been reckoned from files and holds as long as the files do: a small store for whatever is asked again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    """The last `most` results, by what they were reckoned from. One thread reckons, others that want the same wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._gates: dict[Hashable, tuple[threading.Lock, int]] = {}
        """What is being reckoned, and by how many threads it is wanted."""

    def get(self, key: Hashable, reckon: Callable[[], T]) -> T:
        """The result of that key, reckoned if it is not there."""
        with self._gate(key):
            if (known := self._known(key)) is not None:
                return known[0]
            found = reckon()
            self._put({key: found})
            return found

    def of_files(
        self, paths: Sequence[Path], reckon: Callable[[list[Path]], dict[Path, T]], *, about: Hashable = None
    ) -> list[T]:
        """One result a file, those that are not there reckoned together. `about`: what was asked of the files."""
        with self._gate((about, tuple(paths))):
            states = {path: (about, state_of(path)) for path in paths}
            with self._lock:
                found = {path: self._found[state] for path, state in states.items() if state in self._found}
            lacking = [path for path in states if path not in found]
            if lacking:
                new = reckon(lacking)
                self._put({states[path]: new[path] for path in lacking})
                found |= new
            return [found[path] for path in states]

    @contextmanager
    def _gate(self, key: Hashable) -> Iterator[None]:
        """One thread at a time for each key."""
        with self._lock:
            gate, waiting = self._gates.get(key, (threading.Lock(), 0))
            self._gates[key] = gate, waiting + 1
        try:
            with gate:
                yield
        finally:
            with self._lock:
                gate, waiting = self._gates[key]
                if waiting > 1:
                    self._gates[key] = gate, waiting - 1
                else:
                    del self._gates[key]

    def _known(self, key: Hashable) -> tuple[T] | None:
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return (self._found[key],)

    def _put(self, results: Mapping[Hashable, T]) -> None:
        with self._lock:
            self._found |= results
            while len(self._found) > self._most:
                self._found.popitem(last=False)
