"""What the checks of personas share: whose personas they are, and the world that they are tried in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from personas.schema import Persona
from simulator import datasets
from simulator.behaviour.laws import Laws
from simulator.listener import Listener, Silent
from simulator.minds.stack import TasteStack
from simulator.population import Population, from_log, from_personas
from simulator.records import SplitLog


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """Personas, and the data, models of taste and laws that they are checked with. Models are fitted when first
    needed."""

    personas: Sequence[Persona]
    dataset: str = "sample"
    seed: int = 7
    data_dir: Path | None = None
    listener: Listener = field(default_factory=Silent)

    @cached_property
    def split(self) -> SplitLog:
        """The data in its three parts. Raises UserInputError."""
        self.listener.phase("data", self.dataset)
        return datasets.split(datasets.load(self.dataset, data_dir=self.data_dir))

    @cached_property
    def stack(self) -> TasteStack:
        """The models of taste, one member."""
        self.listener.phase("mind", "taste stack")
        return TasteStack.fit(self.split, seed=self.seed, members="single", listener=self.listener)

    @cached_property
    def people(self) -> Population:
        """The people of these personas, one each."""
        return from_personas(self.personas, self.split, seed=self.seed)

    @cached_property
    def real(self) -> Population:
        """The people of the data."""
        return from_log(self.split, seed=self.seed)

    @cached_property
    def laws(self) -> Laws:
        """The laws at their defaults."""
        return Laws()
