"""Answers that are kept: the same question of the same person is paid for once, across arms, runs and processes.

The key is the SHA-256 of everything that decides an answer: endpoint, model, messages, schema, parameters, and the
call's identity, but never the arm, so that arms stay paired. Only valid answers are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.llm.answer_store import AnswerStore, Kept
from simulator.llm.endpoint import base_url_of
from simulator.llm.port import Answer, Call, CallError, ChatModel, FailureKind, Usage
from simulator.llm.settings import LLMSettings

FILE_NAME = "answers.sqlite"


def cache_folder(settings: LLMSettings) -> Path:
    """`llm.cache_dir`, else the folder that UNDERSTUDY_CACHE_DIR names, else the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("UNDERSTUDY_CACHE_DIR", "").strip()
    folder = settings.cache_dir or (Path(named) if named else user_cache_path("understudy"))
    return folder.expanduser()


class Cache:
    """A `ChatModel` that answers from what is kept, and keeps what it is answered. Identical calls in flight are one.

    `off`: every call is passed on. `replay-only`: none is; what was not kept fails as `not_cached`. A kept answer took
    no tokens of this run: its usage is nothing.
    """

    def __init__(self, inner: ChatModel, settings: LLMSettings, store: AnswerStore | None = None) -> None:
        """`store`: in place of the one in the settings' folder. Raises UserInputError for one that cannot be used."""
        self._inner, self._mode = inner, settings.cache
        self._prefix = _prefix(settings)
        self._store = None
        if self._mode != "off":
            self._store = store or AnswerStore(cache_folder(settings) / FILE_NAME)
        self._in_flight: dict[str, asyncio.Future[Answer]] = {}

    async def ask(self, call: Call) -> Answer:
        """Raises what the inner model raises; those who shared a call in flight get its failure without its usage."""
        store = self._store
        if store is None:
            return await self._inner.ask(call)
        key = self.key(call)
        while (shared := self._in_flight.get(key)) is not None:
            await asyncio.wait([shared])
            if not shared.cancelled():
                return _again(shared, call)
        answer = _valid(store.get(key), call)
        if answer is not None:
            return answer
        if self._mode == "replay-only":
            raise CallError(FailureKind.NOT_CACHED, "the answer is not in the cache, and replay-only asks nobody")
        return await self._lead(key, call, store)

    def contains(self, call: Call) -> bool:
        """Whether a call would cost nothing, because its answer is kept."""
        return self.kept(call) is not None

    def kept(self, call: Call) -> Answer | None:
        """The answer that is kept, if one is."""
        return None if self._store is None else _valid(self._store.get(self.key(call)), call)

    def keep(self, call: Call, answer: Answer) -> None:
        """Keep an answer that came another way."""
        if self._store is not None:
            usage = answer.usage
            kept = Kept(answer.text, answer.model, usage.tokens_in, usage.tokens_out, time.time())
            self._store.put(self.key(call), kept)

    def key(self, call: Call) -> str:
        """Of everything that decides the answer; hexadecimal."""
        messages = [[m.role, m.content, *m.images] for m in call.messages]
        asked = [messages, call.schema, call.max_tokens, call.parameters, call.identity]
        text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(self._prefix + text.encode(errors="replace")).hexdigest()

    async def close(self) -> None:
        """Write what is not yet written, and close what is inside."""
        try:
            await self._inner.close()
        finally:
            if self._store is not None:
                self._store.close()

    async def _lead(self, key: str, call: Call, store: AnswerStore) -> Answer:
        shared: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._in_flight[key] = shared
        try:
            answer = await self._inner.ask(call)
        except BaseException as failure:
            if isinstance(failure, Exception):
                shared.set_exception(failure)
                shared.exception()
            else:
                shared.cancel()
            raise
        else:
            usage = answer.usage
            store.put(key, Kept(answer.text, answer.model, usage.tokens_in, usage.tokens_out, time.time()))
            shared.set_result(answer)
            return answer
        finally:
            del self._in_flight[key]


def _again(shared: asyncio.Future[Answer], call: Call) -> Answer:
    """What a call in flight came to, for somebody who asked the same."""
    failure = shared.exception()
    if isinstance(failure, CallError):
        raise CallError(failure.kind, failure.message, partial=failure.partial) from None
    if failure is not None:
        raise failure
    answer = shared.result()
    return Answer(value=answer.value, text=answer.text, model=answer.model, usage=Usage(), cached=True)


def _valid(kept: Kept | None, call: Call) -> Answer | None:
    if kept is None:
        return None
    try:
        value = call.answer.model_validate_json(kept.text)
    except ValidationError:
        return None
    return Answer(value=value, text=kept.text, model=kept.model, usage=Usage(), cached=True)


def _prefix(settings: LLMSettings) -> bytes:
    """What all calls of a run share."""
    shared: dict[str, Any] = {"model": settings.model, "temperature": settings.temperature, "seed": settings.seed}
    shared["extra"] = settings.extra
    if settings.scripted:
        from simulator.llm.scripted import rules_digest

        shared |= {"endpoint": rules_digest(), "faults": settings.faults}
    else:
        shared["endpoint"] = base_url_of(settings)
    return json.dumps(shared, sort_keys=True, default=str).encode(errors="replace") + b"\0"
