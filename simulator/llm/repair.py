"""A second chance for an answer that came but cannot be used: one, never more."""

from __future__ import annotations

from dataclasses import replace

from simulator.llm.failures import clean
from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind, Message

BROKEN_CHARACTERS = 4000
"""Most characters of a broken answer that are shown to the model again (about 1,000 tokens)."""
MORE_ROOM = 2
"""Factor on the most tokens of an answer that was cut."""


class Repair:
    """A `ChatModel` that asks once more, saying what was wrong, when an answer is unusable.

    No JSON or JSON of another shape: the answer and the fault are put behind the question. Cut: twice the room.
    Declined or empty: the same question again. The usage of both is added up; the second failure is the call's.
    """

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner

    async def ask(self, call: Call) -> Answer:
        try:
            return await self._inner.ask(call)
        except CallError as failure:
            second, first = _second(call, failure), failure
        if second is None:
            raise first
        try:
            answer = await self._inner.ask(second)
        except CallError as failure:
            failure.usage = first.usage + failure.usage
            raise
        return replace(answer, usage=first.usage + answer.usage)

    async def close(self) -> None:
        await self._inner.close()


def _second(call: Call, failure: CallError) -> Call | None:
    """What to ask after a failure, or None where asking again is no repair."""
    if failure.kind in (FailureKind.REFUSED, FailureKind.EMPTY):
        return call
    if failure.kind is FailureKind.TRUNCATED:
        return call.asking(max_tokens=MORE_ROOM * call.max_tokens)
    if failure.kind in (FailureKind.MALFORMED, FailureKind.WRONG_SHAPE):
        return call.asking(
            Message("assistant", clean(failure.partial or "", most=BROKEN_CHARACTERS) or "(nothing)"),
            Message(
                "user",
                f"That answer cannot be read ({failure.message}). Give it once more, whole, as the JSON asked for.",
            ),
        )
    return None
