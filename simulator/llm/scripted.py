"""The scripted models: rules that answer like a person would, so that everything works offline. No language models.

A reply depends on nothing but the bytes of the request (`scripted_prompt` says what is read in them). The rules:

- The *want* of an item starts at 3. Each word that it shares with what the prompt, persona or memories, says the person
  likes adds two points, and takes two if it is disliked (a word spoken of in both ways counts by the majority), five at
  most in all. What memory says for or against the item itself adds or takes two at most; the person's own luck with the
  item, a hash of both texts, one. It is cut to 0-10. So an item's appraisal depends on the persona, the memories and
  that item's own text alone.
- *Ratings* run from 1 to 5 with the want; the *reason* is the shared word.
- Feeling, satisfaction and the interview follow the mean want. Items wanted at 7 or more are opened. Who is tired, or
  wants little of the page, leaves; everybody else goes on. Notes tell of the item that is wanted most; beliefs, and
  what is written of a person, of the words that come up most.

The *gullible* model obeys, besides, every order that stands outside the data of a prompt (`scripted_orders`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.llm.faults import faults_of
from simulator.llm.port import Answer, Call, CallError, FailureKind, Message, Usage
from simulator.llm.scripted_answer import View, fill, slots_of
from simulator.llm.scripted_orders import orders_in
from simulator.llm.scripted_prompt import Item, Prompt, read
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import estimated, estimated_in

BASE_WANT = 3
POINTS_FOR_WORD = 2
MOST_FROM_TASTE = 5


def reply(messages: Sequence[Message], schema: Mapping[str, Any], *, gullible: bool = False) -> str:
    """JSON text that answers the messages and keeps to the schema (unless a gullible model was told not to)."""
    slots = slots_of(schema)
    prompt = read(messages, slots)
    appraised = {slot: _appraise(prompt, prompt.items.get(slot, Item(""))) for slot in slots}
    wants = {slot: want for slot, (want, _) in appraised.items()}
    if gullible:
        orders = orders_in(prompt.outside, slots)
        if orders.breaks:
            return "As you say."
        told = {slot: orders.wants.get(slot, orders.everything) for slot in slots}
        wants |= {slot: want for slot, want in told.items() if want is not None}
    ranked = sorted(prompt.leanings.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    view = View(
        wants=wants,
        words={slot: word for slot, (_, word) in appraised.items()},
        liked=tuple(word for word, points in ranked if points > 0),
        disliked=tuple(word for word, points in ranked if points < 0),
        tired=prompt.tired,
    )
    return json.dumps(fill(schema, view), ensure_ascii=False, separators=(",", ":"))


def _appraise(prompt: Prompt, item: Item) -> tuple[float, str]:
    """Want from 0 to 10, and the shared word that moved it most."""
    leaning = prompt.leaning(item.text)
    taste = max(-MOST_FROM_TASTE, min(MOST_FROM_TASTE, POINTS_FOR_WORD * sum(leaning.values())))
    luck = hashlib.blake2b(f"{prompt.persona}\0{item.text}".encode(errors="replace"), digest_size=2).digest()
    want = BASE_WANT + taste + item.evidence + luck[0] % 3 - 1
    strongest = max(leaning, key=lambda word: (leaning[word] * taste, word), default="")
    return float(max(0, min(10, want))), strongest


def rules_digest() -> str:
    """SHA-256 (hexadecimal) of the rules' own text: changed rules must not meet answers that the old ones gave."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("scripted*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class ScriptedModel:
    """A `ChatModel` in this process that answers by the rules above. Faults are scripted by `llm.faults`."""

    def __init__(self, settings: LLMSettings) -> None:
        """Raises UserInputError for a script of faults that means nothing."""
        self.name = settings.model
        self._gullible = settings.model == "scripted-gullible"
        self._faults = faults_of(settings.faults)

    async def ask(self, call: Call) -> Answer:
        """Raises CallError where a fault is scripted, or where a gullible model was made to break the schema."""
        tokens_in = estimated_in(call.messages)
        fate = self._faults.fate(call.messages)
        if fate is not None:
            raise CallError(fate, f"scripted fault ({fate})", usage=Usage(tokens_in, 0, 1))
        text = reply(call.messages, call.schema, gullible=self._gullible)
        usage = Usage(tokens_in, estimated(text), 1)
        try:
            value = call.answer.model_validate_json(text)
        except ValidationError:
            kind = FailureKind.WRONG_SHAPE if text.startswith("{") else FailureKind.MALFORMED
            raise CallError(
                kind, "the scripted model was told to break the schema", usage=usage, partial=text
            ) from None
        return Answer(value=value, text=text, model=self.name, usage=usage)

    async def close(self) -> None:
        """Nothing to let go of."""
