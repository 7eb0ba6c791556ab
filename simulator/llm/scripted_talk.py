"""The scripted models talk: rules that answer in words like a person would, so that a conversation works offline.

What is said depends on nothing but the bytes of the request. The facts of a prompt stand in JSON strings between
fences, in the first person (`simulator.studies.interview`); those that share most words with the last question are said
again, in their order, at most three. The gullible model obeys, besides, whatever stands outside the data in the form
``say: …``: it is there for tests, as in `scripted_orders`.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence

from simulator.llm.faults import faults_of
from simulator.llm.port import Answer, Call, CallError, FailureKind, Message, Usage
from simulator.llm.settings import LLMSettings
from simulator.llm.streaming import Speech
from simulator.llm.tokens import estimated, estimated_in

MOST_SAID = 3
_FENCED = re.compile(r"<data (\w+)>(.*?)</data \1>", re.DOTALL)
_LINE = re.compile(r'^\s*-?\s*("(?:[^"\\]|\\.)*")\s*$')
_WORD = re.compile(r"[^\W\d_]{3,}")
_SAY = re.compile(r"\bsay:\s*(.+)", re.IGNORECASE)
_PIECE = re.compile(r"\s*\S+")
_DULL = frozenset(_WORD.findall("the you did was why what how and are have has that this with for one about not but"))


def speak(messages: Sequence[Message], *, gullible: bool = False) -> str:
    """What the scripted model answers to the last message."""
    asked = messages[-1].content if messages else ""
    question = _FENCED.sub(" ", asked)
    if gullible and (order := _SAY.search("\n".join(_FENCED.sub(" ", one.content) for one in messages))):
        return order[1].strip()
    wanted = set(_words(_in_data(asked) or question)) - _DULL
    facts = [fact for one in messages if one.role != "assistant" for fact in _facts(one.content)]
    ranked = sorted(range(len(facts)), key=lambda nth: (-len(wanted & set(_words(facts[nth]))), nth))
    said = sorted(nth for nth in ranked[:MOST_SAID] if wanted & set(_words(facts[nth])))
    if not said:
        said = [0] if facts else []
    return " ".join(facts[nth] for nth in said) or "I could not say."


def _facts(text: str) -> list[str]:
    """The lines of data that are one string each, without the question itself."""
    lines = [line for found in _FENCED.finditer(text) for line in found[2].splitlines()]
    strings = [json.loads(found[1]) for line in lines if (found := _LINE.match(line))]
    return [str(one) for one in strings if not str(one).startswith("Question: ")]


def _in_data(text: str) -> str:
    """The question, where it stands as data."""
    for found in _FENCED.finditer(text):
        for line in found[2].splitlines():
            if (one := _LINE.match(line)) and (said := str(json.loads(one[1]))).startswith("Question: "):
                return said.removeprefix("Question: ")
    return ""


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


class ScriptedTalker:
    """Talks by the rules above. Faults are scripted by `llm.faults`: a broken connection and a cut answer come in the
    middle of it, the others before."""

    def __init__(self, settings: LLMSettings) -> None:
        """Raises UserInputError for a script of faults that means nothing."""
        self.name = settings.model
        self._gullible = settings.model == "scripted-gullible"
        self._faults = faults_of(settings.faults)

    async def stream(self, call: Call) -> AsyncIterator[str | Answer]:
        """Word by word, then the `Answer`. Raises CallError where a fault is scripted."""
        text = speak(call.messages, gullible=self._gullible)
        pieces = _PIECE.findall(text)
        fate, tokens_in = self._faults.fate(call.messages), estimated_in(call.messages)
        midway = fate in (FailureKind.CONNECTION, FailureKind.TRUNCATED)
        if fate is not None and not midway:
            raise CallError(fate, f"scripted fault ({fate})", usage=Usage(tokens_in, 0, 1))
        said = pieces[: len(pieces) // 2] if midway else pieces
        for piece in said:
            yield piece
        if fate is not None:
            half = "".join(said)
            usage = Usage(tokens_in, estimated(half), 1)
            raise CallError(fate, f"scripted fault ({fate})", usage=usage, partial=half)
        speech = Speech(text=text)
        usage = Usage(tokens_in, estimated(text), 1)
        yield Answer(value=speech, text=speech.model_dump_json(), model=self.name, usage=usage)

    async def close(self) -> None:
        """Nothing to let go of."""
