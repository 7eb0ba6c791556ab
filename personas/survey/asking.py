"""Held-out answers from a language model that is told who somebody is: the persona in words, a dozen questions a call.

It sees the persona and the questions, nothing else, and no answer that was held out. A call that fails leaves its
answers empty and is counted; nothing is put in their place. How well a real model does it is not measured here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field, create_model

from personas.asking.asker import Admit, Asker
from personas.asking.words import whole
from personas.schema import Persona
from personas.survey.importing import SurveyPersonas
from personas.survey.items import Item
from personas.survey.predicting import Prediction
from personas.survey.validating import CONSTRUCTS, DEMOGRAPHICS, check, judged
from simulator.llm.fencing import Fence
from simulator.llm.port import Call, CallError, ChatModel
from simulator.llm.prompting import Prompt
from simulator.llm.settings import LLMSettings
from simulator.llm.shapes import whole_number
from simulator.llm.together import all_of

QUESTIONS_A_CALL = 12
TOKENS_AN_ANSWER = 8
PROMPT = Prompt("survey", 1, Path(__file__).with_name("prompts"))
_QUESTION, _LABEL, _SENTENCE = 300, 120, 700


async def validate_language(
    survey: SurveyPersonas, model: ChatModel, llm: LLMSettings, *, seed: int = 7, admit: Admit | None = None
) -> dict[str, Any]:
    """How well a language model tells the held-out answers of personas: the report of `validate`, with both regressions
    beside it.

    `admit` is told of each person's calls before they are made. Raises what `validate` raises, and EndpointError or
    BudgetError as the model and `admit` do.
    """
    check(survey)
    asking = [_told(one, survey.held_out.items, model, llm, seed, admit) for one in survey.personas]
    failures: Counter[str] = Counter()
    rows = []
    for told in await all_of(asking):
        assert told is not None
        rows.append(told[0])
        failures.update(told[1])
    prediction = Prediction(answers=np.array(rows), failures=dict(sorted(failures.items())))
    return judged(survey, "language_model", prediction, seed=seed, beside=(CONSTRUCTS, DEMOGRAPHICS))


def calls_for(persona: Persona, items: Sequence[Item], asker: Asker) -> list[tuple[list[int], Call]]:
    """The calls that ask one person everything, each with the places of its questions, in an order of the person's
    own."""
    order = asker.order("survey questions", (item.name for item in items))
    parts = [order[start : start + QUESTIONS_A_CALL] for start in range(0, len(order), QUESTIONS_A_CALL)]
    fence = asker.fence
    said = [fence.quoted(line, _SENTENCE) for line in (persona.backstory or "").splitlines() if line.strip()]
    system = PROMPT.render("system", fence=fence.word, who=whole(persona, fence), said=said)
    out = []
    for part in parts:
        asked = [items[at] for at in part]
        lines = [f"q{nth} {_question(item, fence)}" for nth, item in enumerate(asked, 1)]
        user = PROMPT.render("questions", fence=fence.word, questions=lines)
        shape = _shape(tuple(_bounds(item) for item in asked))
        names = ",".join(item.name for item in asked)
        messages = [("system", system), ("user", user)]
        out.append((part, asker.call("survey", messages, shape, TOKENS_AN_ANSWER * len(part) + 8, names)))
    return out


async def _told(
    persona: Persona, items: Sequence[Item], model: ChatModel, llm: LLMSettings, seed: int, admit: Admit | None
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], Counter[str]]:
    """One person's answers, NaN where a call failed, and how many answers failed by reason."""
    asker = Asker(model=model, llm=llm, seed=seed, person_id=persona.id, admit=admit)
    asked = calls_for(persona, items, asker)
    answers, failures = np.full(len(items), np.nan), Counter[str]()
    for (places, _), outcome in zip(asked, await asker.all([call for _, call in asked]), strict=True):
        if isinstance(outcome, CallError):
            failures[str(outcome.kind)] += len(places)
            continue
        for nth, at in enumerate(places, 1):
            number = float(getattr(outcome.value, f"q{nth}"))
            answers[at] = items[at].on_scale(np.array(number - 1 if items[at].kind == "choice" else number))
    return answers, failures


def _question(item: Item, fence: Fence) -> str:
    """A question and how it is answered, every text of it quoted."""
    asked = fence.quoted(item.text, _QUESTION)
    if item.kind == "choice":
        options = ", ".join(
            f"{nth} = {fence.quoted(label, _LABEL)}" for nth, label in enumerate(item.labels.values(), 1)
        )
        return f"{asked} options: {options}"
    steps = ", ".join(f"{code} = {fence.quoted(label, _LABEL)}" for code, label in item.labels.items())
    what = "a whole number" if item.kind == "likert" else "a number"
    return f"{asked} {what} from {item.lowest:g} to {item.highest:g}{f', {steps}' if steps else ''}"


def _bounds(item: Item) -> tuple[float, float, bool]:
    """Lowest and highest number that answers a question, and whether it is whole."""
    if item.kind == "choice":
        return 1.0, float(len(item.labels)), True
    return item.lowest, item.highest, item.kind == "likert"


@lru_cache(maxsize=256)
def _shape(bounds: tuple[tuple[float, float, bool], ...]) -> type[BaseModel]:
    """An object with one required number for each question. Bounds stand in the schema, and are kept when reading."""
    fields: dict[str, Any] = {}
    for nth, (low, high, is_whole) in enumerate(bounds, 1):
        schema: dict[str, Any] = {"minimum": low, "maximum": high}
        number: Any = Annotated[float, Field(allow_inf_nan=False, json_schema_extra=schema)]
        fields[f"q{nth}"] = (whole_number((int(low), int(high))) if is_whole else number, ...)
    shape: type[BaseModel] = create_model("Answers", **fields)
    return shape
