"""Pairs of profiles from tournaments, the better and the worse, for those who align a writer of profiles with them.

A line of the file is one pair in the conversational preference form that DPO trainers read (Rafailov et al., arXiv
2305.18290): `prompt`, `chosen` and `rejected` are lists of messages. Beside them stand the scores, what tells the pairs
that differ by luck alone (`difference`, `se`), and who wrote. The prompt is the one without an angle: it is what a
writer is to do well without being told how.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from personas.asking.differences import Difference
from personas.asking.tournaments import Profile, Tournament
from simulator.llm.port import Message
from simulator.records import UserInputError


@dataclass(frozen=True, kw_only=True)
class Preference:
    """One pair. Scores in nats a choice; `difference`: of the two over the same choices."""

    person: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    score_chosen: float
    score_rejected: float
    difference: Difference
    model: str | None
    prompt_id: str | None

    def as_line(self) -> dict[str, Any]:
        """As JSON has it. What is chosen is told as the writer would: as the JSON object asked for."""
        return {
            "prompt": [{"role": one.role, "content": one.content} for one in self.prompt],
            "chosen": [_said(self.chosen)],
            "rejected": [_said(self.rejected)],
            "score_chosen": self.score_chosen,
            "score_rejected": self.score_rejected,
            "difference": self.difference.mean,
            "se": self.difference.se,
            "choices": self.difference.n,
            "person": self.person,
            "model": self.model,
            "prompt_id": self.prompt_id,
        }


def preferences(found: Tournament, least: float = 0.0) -> tuple[Preference, ...]:
    """All pairs of a tournament's profiles whose scores differ by more than `least` nats, the largest difference first.
    Profiles that failed are in none."""
    scored = [one for one in found.profiles if one.score is not None and one.text is not None]
    pairs = [_pair(found, one, other) for one in scored for other in scored if _score(one) - _score(other) > least]
    return tuple(sorted(pairs, key=lambda pair: -pair.difference.mean))


def write_preferences(found: Iterable[Tournament], path: Path, least: float = 0.0) -> int:
    """Write the pairs of tournaments into a file that must not exist yet, a line each; returns how many.

    Raises UserInputError.
    """
    lines = [json.dumps(pair.as_line(), ensure_ascii=False) for one in found for pair in preferences(one, least)]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except FileExistsError:
        raise UserInputError(f"{path}: there is already such a file. Name another") from None
    except OSError as error:
        raise UserInputError(f"{path}: cannot be written ({error.strerror}). Name another place") from None
    return len(lines)


def _pair(found: Tournament, better: Profile, worse: Profile) -> Preference:
    assert better.text is not None and worse.text is not None
    return Preference(
        person=found.persona.id,
        prompt=found.asked,
        chosen=better.text,
        rejected=worse.text,
        score_chosen=_score(better),
        score_rejected=_score(worse),
        difference=Difference.of(np.subtract(better.by_choice, worse.by_choice)),
        model=found.model,
        prompt_id=found.prompt_id,
    )


def _score(profile: Profile) -> float:
    assert profile.score is not None
    return profile.score


def _said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": json.dumps({"profile": text}, ensure_ascii=False)}
