"""The client: one request to an OpenAI-compatible endpoint through LangChain's chat model, one answer or one failure.

Whatever is not about this single request (retries, time-outs, concurrency, how a structured answer is asked for) is
another wrapper's. All fields go into the request body as they are: LangChain's own handling of `response_format` parses
answers a second time and raises on a cut one, and its `with_structured_output` hides why an answer ended.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic import ValidationError

from simulator.llm.endpoint import Endpoint, endpoint_of
from simulator.llm.failures import SENT, Refusal, RejectedError, UnreachableError, clean, failure_of
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Message, Usage
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import estimated, estimated_in, is_count
from simulator.records import UserInputError

CONNECT_S = 3.0
"""Seconds that a connection may take to come about: TCP sends its first packet again after 1 s (RFC 6298), so two are
lost before this gives up."""


class Client:
    """A `ChatModel` over HTTP. Opens its connections in the loop that first asks; close it there.

    Raises EndpointError and UserInputError on creation, as `endpoint_of` does.
    """

    def __init__(self, settings: LLMSettings) -> None:
        import httpx2
        from langchain_openai import ChatOpenAI

        # It advises on `with_structured_output`, which is not used here, at every refusal of a response_format.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"langchain_openai\.")
        try:
            json.dumps(dict(settings.extra), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise UserInputError(
                f"llm.extra cannot be sent as JSON ({error}); put text that is no number in quotes"
            ) from None
        self.settings = settings
        self.endpoint = endpoint_of(settings)
        most = settings.concurrency + 1
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(None, connect=CONNECT_S),
            limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        )
        self.chat = ChatOpenAI(
            model=settings.model,
            base_url=self.endpoint.base_url,
            api_key=self.endpoint.key,
            max_retries=0,
            http_async_client=self._http,
            openai_proxy=None,
            use_responses_api=False,
        )
        # OpenAI's newer models refuse `max_tokens`; most other servers know nothing else.
        self.room = "max_completion_tokens" if self.endpoint.openai else "max_tokens"

    async def ask(self, call: Call) -> Answer:
        """One request. Raises CallError or EndpointError; a cancelled call drops its connection."""
        try:
            return await self._ask(call, self.room)
        except RejectedError as refused:
            other = "max_tokens" if self.room == "max_completion_tokens" else "max_completion_tokens"
            if refused.status != 400 or not ("max_tokens" in refused.said and "max_completion_tokens" in refused.said):
                raise
            self.room = other
            return await self._ask(call, other)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def fields(self, call: Call, room: str) -> dict[str, Any]:
        """What goes into the request body beside the messages; `room`: the name of the field for most tokens."""
        settings = self.settings
        fields: dict[str, Any] = {room: call.max_tokens}
        if settings.temperature is not None:
            fields["temperature"] = settings.temperature
        if settings.seed is not None:
            fields["seed"] = settings.seed
        return fields | {**settings.extra, **call.parameters}

    async def _ask(self, call: Call, room: str) -> Answer:
        fields = self.fields(call, room)
        begun = time.perf_counter()
        said = await self._send(call, fields)
        return self._answer(call, said, time.perf_counter() - begun)

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        """One request for plain text, which comes in pieces; the `Answer` is the last of what is yielded.

        Raises CallError, with what came in `partial` where it broke off, and EndpointError.
        """
        from simulator.llm.streaming import pieces_of

        async for piece in pieces_of(self, call):
            yield piece

    async def _send(self, call: Call, fields: Mapping[str, Any]) -> Any:
        """LangChain's message, whatever it says. Every way in which a request fails ends here."""
        messages = [as_langchain(one) for one in call.messages]
        try:
            return await self.chat.ainvoke(messages, extra_body=dict(fields))
        except Exception as error:
            failure = self.meaning(error, call, fields)
            if failure is None:
                raise
        raise failure from None

    def meaning(self, error: Exception, call: Call, fields: Mapping[str, Any]) -> CallError | EndpointError | None:
        """What an error of the client library says of a request; None for an error that is none of its own."""
        import httpx2
        import openai

        endpoint, model = self.endpoint, self.settings.model
        if isinstance(error, openai.APIStatusError):
            refusal = Refusal(error.status_code, error.body, error.response.headers)
            return self._settled_wrong(refusal, fields) or failure_of(refusal, endpoint, model)
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
            return _disconnection(error, endpoint)
        if isinstance(error, IndexError):
            return CallError(FailureKind.EMPTY, "the answer holds no choice", usage=estimate(call, ""))
        if isinstance(error, openai.OpenAIError | ValueError | KeyError | TypeError):
            # A 200 whose body is an error (OpenRouter), or no completion at all (a proxy's HTML page).
            return failure_of(_refusal_in(error), endpoint, model)
        return None

    def _settled_wrong(self, refusal: Refusal, fields: Mapping[str, Any]) -> EndpointError | None:
        """A 400 about a field that the settings put into every request: no call of the run would fare better."""
        named = str(refusal.facts.get("param") or "")
        ours = {"temperature", "seed", *self.settings.extra} & set(fields)
        if refusal.status != 400 or named not in ours:
            return None
        where = f"llm.{named}" if named not in self.settings.extra else f"llm.extra.{named}"
        said = clean(refusal.said, self.endpoint)
        return EndpointError(f"{self.endpoint.name} refuses {where} ({said}); change it or leave it out")

    def _answer(self, call: Call, said: Any, latency_s: float) -> Answer:
        """The answer in a message, checked in this order: declined, cut, empty, no JSON, JSON of another shape."""
        text, meta = text_of(said), said.response_metadata
        usage = usage_of(said) or estimate(call, text)
        ended = str(meta.get("finish_reason") or "")
        refusal = said.additional_kwargs.get("refusal")
        if refusal or ended == "content_filter":
            why = clean(str(refusal), self.endpoint) if refusal else "a content filter stopped the answer"
            raise CallError(FailureKind.REFUSED, why, usage=usage)
        if ended == "length":
            why = f"the answer was cut at {call.max_tokens} tokens"
            raise CallError(FailureKind.TRUNCATED, why, usage=usage, partial=text)
        if not text.strip():
            raise CallError(FailureKind.EMPTY, "the answer is empty", usage=usage)
        json_text = bare_json(text)
        try:
            value = call.answer.model_validate_json(json_text)
        except ValidationError as error:
            kind, why = _fault_in(error)
            raise CallError(kind, clean(why, self.endpoint), usage=usage, partial=text) from None
        model = clean(str(meta.get("model_name") or self.settings.model), most=120)
        return Answer(value=value, text=json_text, model=model, usage=usage, latency_s=latency_s)


def bare_json(text: str) -> str:
    """The JSON object in a text that may think aloud before it or fence it in, as models without an enforced format do;
    the text as it is where there is no such dress."""
    text = text.strip()
    if text.startswith("<think>"):
        text = text.rpartition("</think>")[2].strip()
    if text.startswith("{") and text.endswith("}"):
        return text
    first, last = text.find("{"), text.rfind("}")
    return text[first : last + 1] if 0 <= first < last else text


def as_langchain(message: Message) -> Any:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    text = message.content.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be sent
    kinds = {"system": SystemMessage, "developer": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    kind: Any = kinds[message.role]
    if not message.images:
        return kind(content=text)
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return kind(content=[{"type": "text", "text": text}, *pictures])


def text_of(said: Any) -> str:
    """The text of a message: the arguments of its first tool call, else its content."""
    if said.tool_calls:
        return json.dumps(said.tool_calls[0]["args"], ensure_ascii=False, separators=(",", ":"))
    if said.invalid_tool_calls:
        return str(said.invalid_tool_calls[0]["args"] or "")
    content = said.content
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else str(part.get("text") or "") for part in content)


def usage_of(said: Any) -> Usage | None:
    """The endpoint's own count; None where it gives none that can be one: it is money, and the budget rests on it."""
    counted = said.usage_metadata or {}
    taken_in, taken_out = counted.get("input_tokens"), counted.get("output_tokens")
    if is_count(taken_in) and is_count(taken_out) and taken_in > 0:
        return Usage(taken_in, taken_out, 1)
    return None


def estimate(call: Call, answer: str) -> Usage:
    """For servers that count nothing."""
    return Usage(estimated_in(call.messages), estimated(answer), 1)


def _fault_in(error: ValidationError) -> tuple[FailureKind, str]:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return FailureKind.MALFORMED, f"not JSON: {faults[0]['msg']}"
    told = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in faults[:5])
    return FailureKind.WRONG_SHAPE, told


def _disconnection(error: Exception, endpoint: Endpoint) -> CallError:
    """A request that got no HTTP answer: by what lies beneath, no connection at all, a late one, or a broken one."""
    import httpx2

    cause: BaseException = error
    while not isinstance(cause, httpx2.HTTPError) and cause.__cause__ is not None:
        cause = cause.__cause__
    why = clean(str(cause), endpoint) or type(cause).__name__
    if isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)):
        why = f"no connection within {CONNECT_S:g} s" if isinstance(cause, httpx2.ConnectTimeout) else why
        return UnreachableError(FailureKind.CONNECTION, why, transient=True)
    if isinstance(cause, httpx2.TimeoutException):
        return CallError(FailureKind.TIMEOUT, why, usage=SENT, transient=True)
    return CallError(FailureKind.CONNECTION, f"the connection broke: {why}", usage=SENT, transient=True)


def _refusal_in(error: Exception) -> Refusal:
    """What a body that is no completion says about itself; 502, as a bad gateway, where it names no status."""
    body = error.args[0] if error.args else ""
    if isinstance(body, Mapping):
        code = str(body.get("code") or "")
        return Refusal(int(code) if code.isdigit() and 400 <= int(code) < 600 else 502, {"error": body}, {})
    response = getattr(error, "response", None)
    text = str(getattr(response, "text", "") or f"the answer is no completion: {body}")
    return Refusal(502, text, {})
