"""The statistical mind, moved by a language model within bounds: taste from data, words from the model."""

from __future__ import annotations

from simulator.minds.language.llm import LLMMind
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.scales import moved
from simulator.records import F32
from simulator.turn import Appraisal, Scene


class HybridMind(LLMMind):
    """Wants are the statistical ones, moved by at most `bound` logits; taste and ratings are the statistical ones.

    Feelings, intentions and words are the model's. So whatever a model says, or is made to say, no want is further than
    the bound from what the person's history tells.
    """

    name = "hybrid"

    def _judged(self, scene: Scene, raw: RawAnswers, ordinary: Appraisal) -> tuple[F32, F32, F32]:
        return ordinary.want + moved(raw.want, self._settings.bound), ordinary.taste, ordinary.rating
