"""What a scenario says under `mind` and `perception`, for minds that ask a language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LanguageKind = Literal["llm", "hybrid", "archetype"]
LANGUAGE_KINDS: tuple[LanguageKind, ...] = ("llm", "hybrid", "archetype")


@dataclass(frozen=True, kw_only=True)
class CalibrationSettings:
    """How wants on 0-10 become probabilities."""

    method: Literal["none", "platt", "isotonic"] = "none"
    people: int = 100
    """People of the log who are asked, one page each, about their own held-out choices and matched others."""
    negatives: int = 4
    """Items not chosen for each held-out choice, matched on popularity."""


@dataclass(frozen=True, kw_only=True)
class LanguageMindSettings:
    """How a language model is asked, and what its word counts for."""

    kind: LanguageKind = "llm"
    deliberation: Literal["none", "brief", "multi_round"] = "none"
    bound: float = 2.0
    """`hybrid`: most logits by which the model moves the statistical want."""
    calibration: CalibrationSettings = CalibrationSettings()
    archetypes: int = 50
    """`archetype`: clusters of people that share answers."""
    noise: float = 0.5
    """`archetype`: standard deviation, in logits, of a person's own departure from the archetype's want."""
    images: Literal["none", "caption"] = "none"
    """`caption`: items' images are described once by the model, and the description is checked against the facts."""
