"""What people said about their pages, put back from slots to places and into the journal's words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from simulator.minds.language.answers import Said
from simulator.minds.language.elicit import Reply, Sheet
from simulator.records import F32, Bools
from simulator.turn import I8, Action, Scene

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Testimony:
    """What was said, for the n people of a scene; nothing, and the next page, where nobody answered."""

    mood: F32
    """Valence in [-1, 1]. (n,)."""
    action: I8
    argument: Texts
    because: Texts
    opened: Bools
    """What they say they would open. (n, k)."""
    words: dict[str, Texts]
    """By the names of `turn.WORDS`. (n,) each."""

    @classmethod
    def of(cls, scene: Scene, sheets: Sequence[Sheet | None], replies: Sequence[Reply | None], prompt_id: str) -> Self:
        """From the replies to the sheets of a scene."""
        n, k = scene.items.shape
        told = cls(
            mood=np.zeros(n, dtype=np.float32),
            action=np.full(n, Action.NEXT_PAGE, dtype=np.int8),
            argument=np.full(n, None, dtype=object),
            because=np.full(n, None, dtype=object),
            opened=np.zeros((n, k), dtype=np.bool_),
            words={
                name: np.full(n, None, dtype=object)
                for name in ("llm_model", "prompt_id", "item_reasons", "testimony", "failure", "usage")
            },
        )
        for nth, (sheet, reply) in enumerate(zip(sheets, replies, strict=True)):
            if sheet is not None and reply is not None:
                told._take(nth, sheet, reply, prompt_id)
        return told

    def _take(self, nth: int, sheet: Sheet, reply: Reply, prompt_id: str) -> None:
        words = self.words
        words["prompt_id"][nth] = prompt_id
        words["llm_model"][nth] = reply.model
        used = reply.usage
        words["usage"][nth] = _json(
            {"tokens_in": used.tokens_in, "tokens_out": used.tokens_out, "cached": reply.cached}
        )
        said = reply.said
        if said is None:
            words["failure"][nth] = None if reply.error is None else str(reply.error.kind)
            return
        self.mood[nth], self.action[nth] = said.mood, said.action
        self.argument[nth], self.because[nth] = said.argument, said.because or None
        for slot in said.open:
            self.opened[nth, sheet.places[slot]] = True
        reasons: list[str | None] = [None] * self.opened.shape[1]
        for place, why in zip(sheet.places.tolist(), said.why, strict=True):
            reasons[place] = why or None
        words["item_reasons"][nth] = _json(reasons)
        words["testimony"][nth] = _json(_testimony(said))


def _testimony(said: Said) -> dict[str, Any]:
    return {
        "feeling": said.feeling,
        "satisfaction": said.satisfaction,
        "interview": said.interview,
        "interview_reason": said.interview_reason,
        "note": said.note,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
