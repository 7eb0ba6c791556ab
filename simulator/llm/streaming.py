"""Plain text from an OpenAI-compatible endpoint as it comes, piece by piece, through LangChain's chat model.

What `client` does for a whole answer is done here for one that streams: the same fields, the same failures by kind.
What came before a connection broke is not lost: it is the failure's `partial`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from simulator.llm.failures import RejectedError, clean
from simulator.llm.port import Answer, Call, CallError, FailureKind

if TYPE_CHECKING:
    from simulator.llm.client import Client


class Speech(BaseModel):
    """An answer in plain words: what calls that stream ask for. Its schema is never sent."""

    text: str


async def pieces_of(client: Client, call: Call) -> AsyncIterator[str | Answer]:
    """The pieces of one answer, then the `Answer`. Raises CallError and EndpointError.

    Servers that do not know `stream_options`, or the name of the field for most tokens, say so before the first piece
    and are asked again without.
    """
    room, count = client.room, True
    while True:
        begun = False
        try:
            async for piece in _attempt(client, call, room, count=count):
                begun = True
                yield piece
            client.room = room
            return
        except RejectedError as refused:
            other = "max_tokens" if room == "max_completion_tokens" else "max_completion_tokens"
            if begun or refused.status != 400:
                raise
            if count and ("stream_options" in refused.said or "include_usage" in refused.said):
                count = False
            elif "max_tokens" in refused.said and "max_completion_tokens" in refused.said and room == client.room:
                room = other
            else:
                raise


async def _attempt(client: Client, call: Call, room: str, *, count: bool) -> AsyncIterator[str | Answer]:
    from simulator.llm.client import as_langchain, estimate, text_of, usage_of

    fields = client.fields(call, room)
    messages = [as_langchain(one) for one in call.messages]
    begun, parts, whole = time.perf_counter(), list[str](), None
    try:
        async for chunk in client.chat.astream(messages, extra_body=fields, stream_usage=count):
            whole = chunk if whole is None else whole + chunk
            if text := text_of(chunk):
                parts.append(text)
                yield text
    except Exception as error:
        failure = client.meaning(error, call, fields)
        if failure is None:
            raise
        if isinstance(failure, CallError) and parts:
            failure.partial, failure.usage = "".join(parts), estimate(call, "".join(parts))
        raise failure from None
    text = "".join(parts)
    usage = (None if whole is None else usage_of(whole)) or estimate(call, text)
    meta: dict[str, Any] = {} if whole is None else whole.response_metadata
    ended = str(meta.get("finish_reason") or "")
    refusal = None if whole is None else whole.additional_kwargs.get("refusal")
    if refusal or ended == "content_filter":
        why = clean(str(refusal), client.endpoint) if refusal else "a content filter stopped the answer"
        raise CallError(FailureKind.REFUSED, why, usage=usage, partial=text or None)
    if ended == "length":
        why = f"the answer was cut at {call.max_tokens} tokens"
        raise CallError(FailureKind.TRUNCATED, why, usage=usage, partial=text or None)
    if not text.strip():
        raise CallError(FailureKind.EMPTY, "the answer is empty", usage=usage)
    if not ended:
        raise CallError(FailureKind.CONNECTION, "the answer ended before it was whole", usage=usage, partial=text)
    name = clean(str(meta.get("model_name") or client.settings.model), most=120)
    speech = Speech(text=text)
    yield Answer(
        value=speech,
        text=speech.model_dump_json(),
        model=name,
        usage=usage,
        latency_s=time.perf_counter() - begun,
    )
