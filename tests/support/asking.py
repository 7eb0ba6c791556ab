"""Questions to ask of a model: a page with items in the form that prompts have."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from simulator.llm.port import Call, Message

FENCE = "1f09c2aa"
LIKES = ("You like Crime and Drama.", "You dislike Horror.")


class SlotAnswer(BaseModel):
    """What is said about one item."""

    want: int = Field(ge=0, le=10)
    rating: int = Field(ge=1, le=5)
    why: str


@lru_cache
def page_answer(slots: int) -> type[BaseModel]:
    """The shape of an answer about so many items."""
    fields: dict[str, Any] = {f"i{j}": (SlotAnswer, ...) for j in range(1, slots + 1)}
    fields |= {"satisfaction": (int, Field(ge=1, le=5)), "open": (list[str], ...), "note": (str, ...)}
    return create_model("PageAnswer", **fields, act=(Literal["next", "leave"], ...))


def messages(
    items: Sequence[str],
    *,
    likes: Sequence[str] = LIKES,
    memories: Sequence[str] = (),
    condition: str = "You feel fresh.",
) -> tuple[Message, ...]:
    """A prompt about a page; each item is one line: a JSON string, and what memory says of it."""
    page = [f"- {json.dumps(memory)}" for memory in memories] + [f"i{j} {item}" for j, item in enumerate(items, 1)]
    return (
        Message("system", fenced("You are one real person. Answer with one JSON object.", likes)),
        Message("user", fenced(condition, page)),
    )


def fenced(before: str, lines: Sequence[str]) -> str:
    """Lines of data behind a line that is none."""
    return "\n".join([before, f"<data {FENCE}>", *lines, f"</data {FENCE}>"])


def titles(*texts: str) -> list[str]:
    """Items of which nothing but a text is known."""
    return [json.dumps(text) for text in texts]


def page_call(items: Sequence[str] = ('"Heat, Crime"', '"Scream, Horror"'), **changes: Any) -> Call:
    """A call about a page; `changes` are of the call, or of `messages`."""
    of_messages = {name: changes.pop(name) for name in ("likes", "memories", "condition") if name in changes}
    fields: dict[str, Any] = {
        "kind": "page",
        "messages": messages(items, **of_messages),
        "answer": page_answer(len(items)),
        "max_tokens": 400,
        "identity": (7, "llm", "ann", 0, 0, "page"),
        "arm": "control",
        "user_id": "ann",
        "turn": 0,
    }
    return Call(**(fields | changes))
