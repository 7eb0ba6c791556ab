"""What an experiment is, in values: no file, no dataset and no model has been touched yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from simulator.llm.settings import LLMSettings
from simulator.memory.settings import MemorySettings
from simulator.minds.language.settings import LanguageMindSettings

BLOCK = 1024
"""People of a block: the unit of scheduling, of the stream, and of commit."""
TALKING_BLOCK = 128
"""The same where people wait for a language model: several blocks of an arm are lived at once, and while one reckons
between its turns, or its last few answers are out, the others keep the server busy. No row depends on it."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One recommender with its parameters and, perhaps, an exploration policy around it."""

    name: str
    recommender: str
    params: Mapping[str, Any] = field(default_factory=dict)
    explore: Mapping[str, Any] | None = None
    python: str | None = None
    """The interpreter that runs the plug-in; None: this one."""
    timeout_s: float = 60.0
    fit_timeout_s: float | None = None
    retries: int = 0


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Who the people are."""

    origin: Literal["history", "personas", "sample"] = "history"
    size: int | None = None
    """How many; None: everyone in the log, every persona once, or 1,000 who are drawn. With `personas` beside the
    people of the log, theirs."""
    personas: str | None = None
    """A file or folder of personas, or `library`; beside the people of the log if the origin is `history`."""
    marginals: Path | None = None
    """A file of marginals for people who are drawn."""


@dataclass(frozen=True, kw_only=True)
class Warmup:
    """What people without a history live before the run."""

    sessions: int
    policy: Arm
    """The logging policy."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Arms × seeds × minds over the same people."""

    name: str
    seeds: tuple[int, ...]
    dataset: Mapping[str, Any]
    """Arguments of `simulator.datasets.load`, without the data folder."""
    split: Mapping[str, Any]
    crowd: Crowd
    mind: str
    mind_params: Mapping[str, Any]
    behaviour: Literal["calibrated", "literal"]
    laws: Mapping[str, Mapping[str, Any]]
    turns: int
    slate_size: int
    layout: str
    arms: tuple[Arm, ...]
    control: str
    primary: str
    minds: Literal["ensemble", "single"]
    ensemble_size: int
    refits: int
    confidence: float
    base_dir: Path
    """The folder that relative paths of plug-ins and data are relative to."""
    language: LanguageMindSettings | None = None
    """How a language model is asked; None where the mind asks none."""
    llm: LLMSettings | None = None
    memory: MemorySettings | None = None
    warmup: Warmup | None = None
    """None: nobody lives one."""
    block: int = BLOCK

    @property
    def seed(self) -> int:
        """The first seed: the one that people, models and minds are made with; further seeds repeat luck and residual
        taste."""
        return self.seeds[0]

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return next(arm for arm in self.arms if arm.name == name)
