"""Does a persona know its person? Held-out answers predicted from the personas, beside guesses that know nobody."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from personas.survey.importing import SurveyPersonas
from personas.survey.judging import Judgement
from personas.survey.predicting import FOLDS, TRIVIAL, Prediction, Predictor, Regression
from simulator.records import UserInputError

LEAST_PEOPLE = 2 * FOLDS
CONSTRUCTS, DEMOGRAPHICS = Regression(), Regression(name="demographics", constructs=False)
_NAMED: dict[str, Predictor] = {one.name: one for one in (CONSTRUCTS, DEMOGRAPHICS)}


def validate(
    survey: SurveyPersonas,
    *,
    predictor: Predictor | Literal["constructs", "demographics"] = "constructs",
    seed: int = 7,
) -> dict[str, Any]:
    """How well a predictor tells the held-out answers, as plain values ready for JSON.

    Beside it stand a regression on demographics alone, the trivial rows, and, where questions were asked again, the
    people's own repetition as the ceiling. All rows are on the cells that the predictor answered. Raises
    `UserInputError` where nothing is held out or too few people are left.
    """
    chosen = _NAMED[predictor] if isinstance(predictor, str) else predictor
    check(survey)
    return judged(survey, chosen.name, chosen.predict(survey.personas, survey.held_out, seed=seed), seed=seed)


def check(survey: SurveyPersonas) -> None:
    """Raises `UserInputError` unless there are answers to judge by and people to learn from."""
    name = survey.report["survey"]
    if len(survey.held_out) == 0:
        raise UserInputError(
            f"{name}: no question is held out, so nothing can be judged. Write `held_out: true` at some questions of "
            "the codebook, or `hold_out: 0.2`"
        )
    people = int(np.isfinite(survey.held_out.answers).any(axis=1).sum())
    if people < LEAST_PEOPLE:
        raise UserInputError(
            f"{name}: {people} people answered a held-out question; {LEAST_PEOPLE} are needed. Take more people"
        )


def judged(
    survey: SurveyPersonas,
    name: str,
    prediction: Prediction,
    *,
    seed: int,
    beside: tuple[Predictor, ...] = (DEMOGRAPHICS,),
) -> dict[str, Any]:
    """The report on a prediction; `beside` are further predictors, told next to it."""
    rows = {name: prediction}
    for other in (*beside, *TRIVIAL):
        if other.name not in rows:
            rows[other.name] = other.predict(survey.personas, survey.held_out, seed=seed)
    held_out = survey.held_out
    return Judgement(
        items=held_out.items,
        truth=held_out.answers,
        again=held_out.again,
        rows=rows,
        trivial=tuple(one.name for one in TRIVIAL),
    ).report()
