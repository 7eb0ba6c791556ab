"""What a run tells while it runs. The engine never prints: it speaks to a listener, and a display listens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Listener(Protocol):
    """Hears a run, in one thread. Calls must return at once: a slow listener slows the run."""

    def phase(self, name: str, detail: str = "") -> None:
        """A stage begins, such as `data`, `people`, `mind`, `fit`, `run`, `summary`; `detail` says more in words."""

    def started(self, *, units: int, user_turns: int) -> None:
        """The turns begin: `units` blocks of people (over arms, seeds and minds), at most `user_turns` user-turns."""

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        """A block has committed a turn; `user_turns` is the number lived since the last call."""

    def notice(self, text: str) -> None:
        """Something that the person should know, and that stops nothing."""

    def finished(self, summary: Mapping[str, Any]) -> None:
        """The run is complete; `summary` is the content of summary.json."""


class Silent:
    """Hears everything and says nothing."""

    def phase(self, name: str, detail: str = "") -> None:
        pass

    def started(self, *, units: int, user_turns: int) -> None:
        pass

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        pass

    def notice(self, text: str) -> None:
        pass

    def finished(self, summary: Mapping[str, Any]) -> None:
        pass
