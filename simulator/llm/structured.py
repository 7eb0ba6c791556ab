"""How a structured answer is asked for: four modes, tried in order once per endpoint and model, and remembered."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from simulator.llm.failures import RejectedError, clean, names_an_answer_field
from simulator.llm.port import Answer, Call, CallError, ChatModel, EndpointError, FailureKind, Usage
from simulator.llm.settings import Structured

Mode = Literal["json_schema", "function_calling", "json_object", "prompt"]
ORDER: tuple[Mode, ...] = get_args(Mode)

NAME = "answer"
TOLD = "\n\nAnswer with one JSON object and nothing else. It must keep to this JSON schema:\n"
_FIELDS: dict[Mode, str] = {
    "json_schema": r"response_format|json_schema|structured.output|\bstrict\b",
    "function_calling": r"tool_choice|\btools?\b|function|\bstrict\b",
    "json_object": r"response_format|json_object",
    "prompt": r"(?!)",
}
"""What an endpoint names when it does not know a mode."""
_ANSWERED = (
    FailureKind.TRUNCATED,
    FailureKind.MALFORMED,
    FailureKind.WRONG_SHAPE,
    FailureKind.REFUSED,
    FailureKind.EMPTY,
)
"""Failures of the answer, not of the way it was asked for."""


def shaped(call: Call, mode: Mode) -> Call:
    """The call with the request fields of a mode, or with the schema told in its last message where the mode has no
    field for it."""
    fields: dict[str, Any] = {}
    messages = call.messages
    if mode == "json_schema":
        schema = {"name": NAME, "schema": call.schema, "strict": True}
        fields = {"response_format": {"type": "json_schema", "json_schema": schema}}
    elif mode == "function_calling":
        # Without `strict`: servers that know tools but not schemas often refuse the word.
        function = {"name": NAME, "parameters": call.schema}
        choice = {"type": "function", "function": {"name": NAME}}
        fields = {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    else:
        last = messages[-1]
        told = replace(last, content=last.content + TOLD + json.dumps(call.schema, separators=(",", ":")))
        messages = (*messages[:-1], told)
        if mode == "json_object":
            fields = {"response_format": {"type": "json_object"}}
    return replace(call, messages=messages, parameters={**fields, **call.parameters})


def refuses(mode: Mode, failure: CallError) -> bool:
    """Whether a failure says that the endpoint does not know a mode: a 4xx that names one of the mode's fields.

    Never 429 and no other 5xx than one known case: llama-cpp-python's server answers 500 to a `response_format` of
    type json_schema, and names it.
    """
    if not isinstance(failure, RejectedError):
        return False
    if failure.status == 500:
        return mode != "prompt" and "response_format" in failure.said
    if failure.kind is not FailureKind.BAD_REQUEST:
        return False
    if failure.field:
        return bool(re.match(_FIELDS[mode], failure.field))
    return names_an_answer_field(failure.said) and bool(re.search(_FIELDS[mode], failure.said, re.IGNORECASE))


class Negotiator:
    """A `ChatModel` that asks in the mode of the settings, or in the best one that the endpoint takes (`auto`).

    While the mode is unknown one call tries and the others wait, so that an endpoint refuses each mode once. They wait
    for one try only, even where it fails without a word on the mode: behind a stalling server they would queue for
    hours. A mode that is refused later (another server behind the same address) is lowered further. `endpoint`:
    address without secrets. Deleting `endpoints.json` from the folder has every mode tried anew.
    """

    def __init__(
        self, inner: ChatModel, mode: Structured, *, endpoint: str, model: str, folder: Path | None = None
    ) -> None:
        self._inner, self._mode_given = inner, mode
        self._name = clean(f"{endpoint} {model}", most=400)
        self._notes = folder / "endpoints.json" if folder else None
        noted = _noted(self._notes, self._name) if mode == "auto" else mode
        self.mode: Mode = noted or ORDER[0]
        self._found = noted
        self._tried = asyncio.Event()
        if noted:
            self._tried.set()
        self._trying = asyncio.Lock()

    async def ask(self, call: Call) -> Answer:
        if not self._tried.is_set():
            async with self._trying:
                if not self._tried.is_set():
                    try:
                        return await self._lowering(call)
                    finally:
                        self._tried.set()
        return await self._lowering(call)

    async def close(self) -> None:
        await self._inner.close()

    async def _lowering(self, call: Call) -> Answer:
        """Ask in the present mode, and in lower ones as long as the endpoint refuses them."""
        spent = Usage()
        while True:
            mode = self.mode
            try:
                answer = await self._inner.ask(shaped(call, mode))
            except CallError as failure:
                failure.usage = spent = spent + failure.usage
                if refuses(mode, failure):
                    self._lower(mode, failure)
                    continue
                if failure.kind in _ANSWERED:
                    self._settle()
                raise
            self._settle()
            return replace(answer, usage=spent + answer.usage)

    def _lower(self, refused: Mode, failure: CallError) -> None:
        if self._mode_given != "auto":
            raise EndpointError(
                f"{self._name} does not take llm.structured={refused} ({failure.message}); set llm.structured to auto"
            )
        if self.mode == refused:
            self.mode = ORDER[ORDER.index(refused) + 1]

    def _settle(self) -> None:
        if self._found != self.mode:
            self._found = self.mode
            if self._notes is not None:
                _note(self._notes, self._name, self.mode)


def _read(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict):
            return kept
    return {}


def _noted(path: Path | None, name: str) -> Mode | None:
    """The mode that an earlier run found; None where there is none that can be read."""
    kept = _read(path).get(name) if path else None
    return next((mode for mode in ORDER if mode == kept), None)


def _note(path: Path, name: str, mode: Mode) -> None:
    """Keep a mode for later runs, whole or not at all. A folder that cannot be written costs a few requests."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(_read(path) | {name: mode}, file, indent=1, sort_keys=True)
        os.replace(draft, path)
