"""Opening an interview: with a language model to speak through, or without."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.llm.fencing import Fence
from simulator.llm.talk import Talk
from simulator.minds.language.persona_words import Biography
from simulator.studies.interview.answer import Interview
from simulator.studies.interview.numbers import NumbersInterview
from simulator.studies.interview.spoken import SpokenInterview
from simulator.studies.solo.life import Life


def open_interview(life: Life, talk: Talk | None = None) -> Interview:
    """Without `talk` the person answers from its own numbers and memories; with it, a language model speaks for them.

    The model need not be the one that drives the person. `talk` is not closed with the interview.
    """
    if talk is None:
        return NumbersInterview(life)
    biography = Biography(life.setting.split.known, seed=life.setting.plan.seed)

    def persona(fence: Fence) -> Sequence[str]:
        return biography.persona(life.people, 0, fence)

    return SpokenInterview(life, talk, persona)
