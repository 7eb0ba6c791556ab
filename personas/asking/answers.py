"""The shapes of answers. They refuse as little as possible: numbers beyond their range are clipped in reading."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model

from simulator.llm.shapes import whole_number

AGE, SCALE, RATING, WANT = (18, 95), (1, 5), (1, 5), (0, 10)
"""Bounds. Age: nobody is made a minor by a guess, since that decides what they may be shown; the upper end is assumed.
Scale: of the Big Five (SimUSER's has three levels, the questionnaires have five)."""

Age, Scale, Rating, Want = map(whole_number, (AGE, SCALE, RATING, WANT))


class CandidateAnswer(BaseModel):
    """One candidate persona, as the model says it."""

    age: Age  # type: ignore[valid-type]
    occupation: str
    openness: Scale  # type: ignore[valid-type]
    conscientiousness: Scale  # type: ignore[valid-type]
    extraversion: Scale  # type: ignore[valid-type]
    agreeableness: Scale  # type: ignore[valid-type]
    neuroticism: Scale  # type: ignore[valid-type]
    draws: list[str]
    repels: list[str]


class RatingAnswer(BaseModel):
    """What one item would get."""

    rating: Rating  # type: ignore[valid-type]


class WantAnswer(BaseModel):
    """How much one item is wanted."""

    want: Want  # type: ignore[valid-type]


class StoryAnswer(BaseModel):
    """A backstory, and the titles that it mentions."""

    backstory: str
    titles: list[str]


class ProfileAnswer(BaseModel):
    """A profile in free form."""

    profile: str


def names(letter: str, n: int) -> tuple[str, ...]:
    """Keys such as i1 … in."""
    return tuple(f"{letter}{nth}" for nth in range(1, n + 1))


@lru_cache(maxsize=64)
def candidates_answer(n: int) -> type[BaseModel]:
    """n candidates, behind a summary of what the history says."""
    fields: dict[str, Any] = {"summary": (str, ...), **dict.fromkeys(names("c", n), (CandidateAnswer, ...))}
    model: type[BaseModel] = create_model("CandidatesAnswer", **fields)
    return model


@lru_cache(maxsize=256)
def items_answer(n: int, of: type[BaseModel]) -> type[BaseModel]:
    """One answer for each of n items."""
    model: type[BaseModel] = create_model("ItemsAnswer", **dict.fromkeys(names("i", n), (of, ...)))  # type: ignore[call-overload]
    return model


@lru_cache(maxsize=64)
def interview_answer(n: int) -> type[BaseModel]:
    """Answers to n questions, and the titles that they mention."""
    fields: dict[str, Any] = {**dict.fromkeys(names("a", n), (str, ...)), "titles": (list[str], ...)}
    model: type[BaseModel] = create_model("InterviewAnswer", **fields)
    return model


def within(value: int, bounds: tuple[int, int]) -> int:
    """The nearest number in bounds."""
    return min(max(value, bounds[0]), bounds[1])


def of_items(answer: BaseModel, n: int, field: str, bounds: tuple[int, int]) -> list[int]:
    """One number an item, in the order of the slots."""
    return [within(getattr(getattr(answer, name), field), bounds) for name in names("i", n)]
