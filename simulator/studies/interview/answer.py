"""What an answer is, what answers questions, and whom it asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from personas.schema import Persona
from simulator.minds.account import Account
from simulator.records import Catalog
from simulator.studies.solo.lived import Condition, Lived, Place
from simulator.studies.solo.steps import Step


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered to one question."""

    text: str
    understood: bool = True
    grounds: tuple[str, ...] = ()
    """The facts that it rests on, each a short text with its numbers."""
    failed: str | None = None
    """Why the language model did not answer, or broke off; None: nothing failed, or none was asked."""
    corrected: tuple[str, ...] = ()
    """Claims of the language model that the journal contradicts, with what is so."""


class Interview(Protocol):
    """Asks one person. Not for two questions at once."""

    last: Answer
    """Of the last question."""

    def ask(self, question: str) -> Iterator[str]:
        """Pieces of the answer as they come; joined they are `last.text`. Blocks while a model thinks."""

    def interrupt(self) -> None:
        """From another thread: stop the answer that is being given; what came of it stands."""

    def close(self) -> None:
        """Let go of the model, if there is one."""


class Subject(Protocol):
    """What is asked of a life (`simulator.studies.solo.life.Life`). Nothing of it changes by asking."""

    @property
    def user_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def persona(self) -> Persona | None: ...
    @property
    def traits(self) -> Mapping[str, float]: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def layout(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def turns(self) -> tuple[Lived, ...]: ...
    @property
    def now(self) -> Condition: ...
    @property
    def chosen_before(self) -> tuple[int, ...]: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...

    def strongest_memories(self, n: int = 5) -> tuple[tuple[str, float], ...]: ...

    def appraise(self, items: Sequence[int]) -> tuple[Place, ...]: ...

    def intent(self, *, spoken: bool = False) -> str: ...

    def account(self, item: int) -> Account | None: ...
