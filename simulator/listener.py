"""What a run tells while it runs. The engine never prints: it speaks to a listener, and a display listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmStanding:
    """How far one arm is, over its seeds, minds and blocks."""

    arm: str
    done: int
    """Turns of blocks that are committed."""
    total: int
    ahead: int
    """Turns of blocks, of this arm and of others, that are lived before this arm is done."""
    open_sessions: int
    """Visits that go on after the last turn of the blocks that are being lived."""
    clicks: int
    failed: bool = False
    """It goes on no more: its recommender failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """A treatment minus the control, so far. **Provisional**: an interval that is looked at again and again excludes 0
    at some look far more often than its level says, so nothing may be decided by it before the run ends."""

    metric: str
    """The primary metric; `click_rate` where that cannot be told before the end."""
    primary: bool
    """Whether it is the primary metric."""
    mind: str
    control: str
    treatment: str
    difference: float | None
    """Mean over people; None while nobody has lived the same turns in both arms."""
    low: float | None
    high: float | None
    """Student's interval, clustered by person; None with fewer than two clusters."""
    confidence: float
    people: int
    """People who have lived the same turns in both arms."""
    linked: bool = False
    """Whether a recommender of the two learns during the run: its people are not independent, and the interval, which
    takes them so, is no measure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelStanding:
    """What a language model took so far, over all sessions of the run: the totals of its ledger."""

    model: str
    calls: int
    cached: int
    """Calls that the cache answered."""
    failed: Mapping[str, int]
    """By kind of failure."""
    tokens_in: int
    tokens_out: int
    usd: float | None
    """None where the price is not known."""
    budget_usd: float | None
    budget_tokens: int | None
    """The limits, None where there is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a run stands. Told a few times a second at most."""

    arms: tuple[ArmStanding, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
    model: ModelStanding | None = None


class Listener(Protocol):
    """Hears a run, in one thread but for `stopping`. Calls must return at once: a slow listener slows the run.

    `standing` and `stopping` came later: a listener that has not got them is not told.
    """

    def phase(self, name: str, detail: str = "") -> None:
        """A stage begins, such as `data`, `people`, `mind`, `fit`, `run`, `summary`; `detail` says more in words."""

    def started(self, *, units: int, user_turns: int) -> None:
        """The turns begin: `units` blocks of people (over arms, seeds and minds), at most `user_turns` user-turns."""

    def progress(self, *, arm: str, seed: int, mind: str, block: int, turn: int, user_turns: int) -> None:
        """A block has committed a turn; `user_turns` is the number lived since the last call, 0 for a turn that was
        lived before the run was resumed."""

    def standing(self, standing: Standing) -> None:
        """Where the run stands now."""

    def notice(self, text: str) -> None:
        """Something that the person should know, and that stops nothing."""

    def stopping(self, text: str) -> None:
        """Somebody asked the run to stop, and it will, soon. Called in another thread, at the moment of asking."""

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

    def standing(self, standing: Standing) -> None:
        pass

    def notice(self, text: str) -> None:
        pass

    def stopping(self, text: str) -> None:
        pass

    def finished(self, summary: Mapping[str, Any]) -> None:
        pass
