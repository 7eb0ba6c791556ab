"""What went wrong with a request, as one of the port's kinds, or as an endpoint that cannot be used at all.

Server text that reaches a message is one line, short, and without keys. Nothing is chained to the library's
exceptions: they hold the request, and the request holds the key.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.llm.endpoint import NO_KEY, Endpoint
from simulator.llm.port import CallError, EndpointError, FailureKind, Usage

SAID_CHARACTERS = 300
"""Most characters of a server's words in a message."""
_KEYS = re.compile(r"\b(sk|gsk|key|pk)[-_][\w*.\-]{6,}|(?i:bearer)\s+\S+")
"""Whatever looks like a key: servers repeat (parts of) wrong keys."""

SENT = Usage(requests=1)
"""One request that the endpoint charges nothing for, as far as anybody knows."""


class UnreachableError(CallError):
    """No connection came about: refused, unknown host, or no answer to the attempt to connect."""


class RejectedError(CallError):
    """The endpoint refused the request itself. `said`: its words, `field`: the request field that it names, if any."""

    def __init__(self, kind: FailureKind, message: str, *, status: int, said: str, field: str, **more: Any) -> None:
        super().__init__(kind, message, **more)
        self.status, self.said, self.field = status, said, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer that is no completion."""

    status: int
    body: Any
    """As parsed JSON, else as text."""
    headers: Mapping[str, str]

    @property
    def facts(self) -> Mapping[str, Any]:
        """The fields of the error: OpenAI's form has them under `error`, others at the top."""
        if not isinstance(self.body, Mapping):
            return {}
        inner = self.body.get("error")
        return inner if isinstance(inner, Mapping) else self.body

    @property
    def said(self) -> str:
        """The server's words, whole."""
        for name in ("message", "detail", "error"):
            if words := self.facts.get(name):
                return str(words)
        text = str(self.body or "")
        return "an HTML page" if text.lstrip()[:9].lower() in ("<!doctype", "<html>") or "<html" in text[:200] else text


def clean(text: str, endpoint: Endpoint | None = None, most: int = SAID_CHARACTERS) -> str:
    """On one line, printable, without keys, at most `most` characters."""
    text = text[: 8 * most]
    if endpoint is not None and endpoint.key != NO_KEY:
        text = text.replace(endpoint.key, "***")
    text = _KEYS.sub("***", text)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def failure_of(refusal: Refusal, endpoint: Endpoint, model: str) -> CallError | EndpointError:
    """What an HTTP answer other than a completion means.

    401, 402, 403, 404, 405 and a spent quota concern every request, so they are EndpointErrors; so is a 400 whose
    `param` is the model. 408, 409, 425, 429 and 5xx may pass; other 4xx are about this request.
    """
    status, whole = refusal.status, refusal.said
    said = clean(whole, endpoint) or "nothing more"
    code = str(refusal.facts.get("code") or refusal.facts.get("type") or "")
    named = str(refusal.facts.get("param") or "")
    wait = retry_after_s(refusal.headers)
    rejected = RejectedError(
        FailureKind.BAD_REQUEST, f"HTTP {status}: {said}", status=status, said=whole, field=named, usage=SENT
    )
    if "insufficient_quota" in code or status == 402:
        return EndpointError(f"{endpoint.name} says that the account is out of money ({said}); add credit, then resume")
    if status == 429:
        return CallError(FailureKind.RATE_LIMITED, f"HTTP 429: {said}", usage=SENT, retry_after_s=wait, transient=True)
    if "content_filter" in code or (status == 403 and re.search("moderation|flagged", whole)):
        return CallError(FailureKind.REFUSED, f"HTTP {status}: {said}", usage=SENT)
    if status == 401:
        wrong = "asks for a key" if endpoint.key == NO_KEY else "does not accept the key"
        return EndpointError(f"{endpoint.name} {wrong} (HTTP 401); set {endpoint.key_env} to one that it knows")
    if status == 403:
        return EndpointError(f"{endpoint.name} forbids the request (HTTP 403: {said}); check the key's rights")
    if status == 404 and names_an_answer_field(whole):
        return rejected
    if status in (404, 405):
        return EndpointError(
            f"{endpoint.name} knows no model {clean(model)!r}, or no /chat/completions (HTTP {status}: {said}); check "
            f"llm.model, and that llm.base_url ends as the server wants it, mostly in /v1"
        )
    if status == 400 and named == "model":
        return EndpointError(f"{endpoint.name} does not take the model {clean(model)!r} ({said}); check llm.model")
    if status == 408:
        return CallError(FailureKind.TIMEOUT, f"HTTP 408: {said}", usage=SENT, retry_after_s=wait, transient=True)
    if status in (409, 425) or status >= 500 or status < 400:
        return RejectedError(
            FailureKind.SERVER_ERROR,
            f"HTTP {status}: {said}",
            status=status,
            said=whole,
            field=named,
            usage=SENT,
            retry_after_s=wait,
            transient=True,
        )
    return rejected


def names_an_answer_field(said: str) -> bool:
    """Whether words name one of the fields that ask for a structured answer, and not the length of the prompt."""
    if re.search(r"context.{0,3}(length|window)|too long|too many tokens|maximum context", said, re.IGNORECASE):
        return False
    return bool(
        re.search(
            r"response_format|json_schema|json_object|tool_choice|\btools?\b|\bstrict\b|structured.output|function.?call",
            said,
            re.IGNORECASE,
        )
    )


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as an HTTP date
    (RFC 9110, 10.2.3). None where it asks nothing that can be read."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        at = email.utils.parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError, TypeError):
        return None
    return max(0.0, at.timestamp() - time.time())
