"""Reflection: what people conclude from what happened to them, asked when the memory says that it is time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model

from simulator.llm.fencing import clean
from simulator.llm.port import Call, CallError, ChatModel, Message
from simulator.llm.settings import LLMSettings
from simulator.llm.shapes import one_of, whole_number
from simulator.llm.together import all_of
from simulator.minds.language.elicit import Elicitor
from simulator.minds.language.prompting import prompt
from simulator.population import Population
from simulator.turn import Belief, Page, Task, Thought, Thoughts

CONCLUSIONS = 3
"""Most conclusions of one reflection; further ones are left out."""
EPISODES, BELIEFS = 20, 12
"""Most of what happened (the last) and of what is believed (the surest) that a reflection is shown."""
_TEXT = 96
_CONFIDENCE = (0, 10)
_OCCASIONS = {
    "session": "Your visit has just ended. What do you make of it?",
    "span": "Look back on your last visits together. What do you make of them?",
}


@lru_cache(maxsize=64)
def reflection_answer(beliefs: int) -> type[BaseModel]:
    """The model of an answer to a reflection that shows so many beliefs."""
    keys = tuple(f"b{nth}" for nth in range(1, beliefs + 1))
    fields: dict[str, Any] = {
        "text": (str, ...),
        "confidence": (whole_number(_CONFIDENCE), ...),
        "revises": (one_of("", *keys), ...),
        "contradicts": (bool, ...),
    }
    conclusion = create_model("Conclusion", **fields)
    model: type[BaseModel] = create_model("ReflectionAnswer", beliefs=(list[conclusion], ...))
    return model


class Reflector:
    """Asks people of one block in one arm what they conclude. Personas and fences are the elicitor's."""

    def __init__(
        self, elicitor: Elicitor, *, people: Population, llm: LLMSettings, seed: int, arm: str, mind: str
    ) -> None:
        self._elicitor, self._people, self._llm = elicitor, people, llm
        self._seed, self._arm, self._mind = seed, arm, mind

    async def ask(
        self, model: ChatModel, turn: int, page: Page, tasks: Sequence[Task]
    ) -> tuple[dict[int, Thoughts], dict[int, CallError]]:
        """What came of the tasks, by index into the page, and the errors, by row of the block. Raises EndpointError and
        BudgetError as the model does."""
        calls = [self.call(task, turn, int(page.page[task.index])) for task in tasks]
        answers = await all_of([self._one(model, call) for call in calls])
        thoughts: dict[int, Thoughts] = {}
        errors: dict[int, CallError] = {}
        for task, answer in zip(tasks, answers, strict=True):
            if isinstance(answer, CallError):
                errors[task.row] = answer
            elif answer is not None:
                earlier = thoughts.get(task.index, Thoughts()).beliefs
                thoughts[task.index] = Thoughts((*earlier, *_concluded(answer, _shown(task.beliefs))))
        return thoughts, errors

    def call(self, task: Task, turn: int, page: int) -> Call:
        """The question to one person. Texts are quoted; beliefs are known by short keys in it."""
        fence = self._elicitor.fence(task.row)
        beliefs = _shown(task.beliefs)
        system = prompt("reflection").render(
            "system", fence=fence.word, persona=self._elicitor.persona(task.row), most=CONCLUSIONS
        )
        user = prompt("reflection").render(
            "user",
            occasion=_OCCASIONS[task.level],
            fence=fence.word,
            episodes=[fence.quoted(text, _TEXT) for text in task.episodes[-EPISODES:]],
            beliefs=[f"{fence.quoted(one.text, _TEXT)} ({round(10 * one.confidence)} of 10)" for one in beliefs],
        )
        user_id = str(self._people.user_ids[task.row])
        return Call(
            kind="reflection",
            messages=(Message("system", system), Message("user", user)),
            answer=reflection_answer(len(beliefs)),
            max_tokens=self._llm.room(40 * CONCLUSIONS),
            identity=(self._seed, self._mind, user_id, turn, page, "reflection", task.level),
            arm=self._arm,
            user_id=user_id,
            turn=turn,
        )

    def longest(self, turn: int, row: int) -> Call:
        """A call that no reflection of this person is longer than, in characters, for budgets: all texts are cut."""
        belief = Belief("", "x" * (_TEXT + 1), 1.0)
        task = Task(
            index=0,
            row=row,
            level="span",
            episodes=("x" * (_TEXT + 1),) * EPISODES,
            episode_ids=(),
            beliefs=(belief,) * BELIEFS,
        )
        return self.call(task, turn, 0)

    async def _one(self, model: ChatModel, call: Call) -> BaseModel | CallError:
        try:
            return (await model.ask(call)).value
        except CallError as error:
            return error


def _shown(beliefs: tuple[Belief, ...]) -> tuple[Belief, ...]:
    return beliefs[:BELIEFS]


def _concluded(answer: Any, shown: tuple[Belief, ...]) -> list[Thought]:
    """Conclusions within bounds; what revises a belief that was not shown is new."""
    keys = {f"b{nth}": one.id for nth, one in enumerate(shown, 1)}
    low, high = _CONFIDENCE
    return [
        Thought(
            text=text,
            confidence=min(max(one.confidence, low), high) / high,
            revises=keys.get(one.revises),
            contradicts=bool(one.contradicts) and one.revises in keys,
        )
        for one in answer.beliefs[:CONCLUSIONS]
        if (text := clean(one.text, _TEXT))
    ]
