"""What asking a language model about people will take, before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from simulator.experiment.estimate import ANSWER_S
from simulator.llm.budget import Cost, worst_case
from simulator.llm.port import Answer, Call, Usage
from simulator.llm.prices import cost, price_of
from simulator.llm.prompting import show
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import estimated, estimated_in
from simulator.minds.loop import MindLoop
from simulator.randomness import Stream, keys_of
from simulator.report.language import money
from simulator.studies.persona_subjects import AskingSettings, Mode, Subject

SAMPLE = 20
"""People who rehearse. Assumed enough: what is asked about people differs little."""


@dataclass(frozen=True, kw_only=True)
class AskingPrice:
    """What asking is expected to take, before anybody is asked.

    Calls and prompts are the real ones, of people who rehearsed with the scripted model; answers are taken to be as
    long as they are asked to be. `low`, `high`: of the tokens, from the difference between those who rehearsed (95 %);
    None where all did. `at_most`: if every answer took all its room, and a quarter were repaired. That a backstory is
    written once more is not foreseen.
    """

    mode: Mode
    model: str
    people: int
    of: int
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    minutes: float
    low: int | None
    high: int | None
    at_most: Cost
    prompts: Mapping[str, str]
    """The first call of each kind, for people to read."""

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.tokens_in + self.tokens_out

    @property
    def text(self) -> str:
        """One sentence for people."""
        usd = "at a price that is not known" if self.usd is None else f"for about {money(self.usd)}"
        usd = "for nothing" if self.usd == 0 else usd
        of = f", from {self.people} of {self.of:,} people"
        sure = "" if self.low is None else f" ({self.low:,} to {self.high:,}{of})"
        minutes = f", in about {self.minutes:,.0f} min at {ANSWER_S:g} s an answer" if self.minutes >= 1 else ""
        most = "" if self.at_most.usd in (None, 0) else f" or {money(self.at_most.usd)}"
        return (
            f"{self.model}: about {self.calls:,} calls and {self.tokens:,} tokens{sure} {usd}{minutes}; at most "
            f"{self.at_most.tokens:,} tokens{most}"
        )

    def facts(self) -> dict[str, Any]:
        """As JSON has it, without the prompts."""
        return {name: value for name, value in asdict(self).items() if name != "prompts"} | {"in_words": self.text}


class _Rehearsal:
    """A scripted `ChatModel` that keeps what it was asked. `taken`: calls and tokens of the present person."""

    def __init__(self, settings: LLMSettings) -> None:
        self._inner = ScriptedModel(settings)
        self.calls: list[Call] = []
        self.first: dict[str, str] = {}
        self.taken = np.zeros(3)

    async def ask(self, call: Call) -> Answer:
        answer = await self._inner.ask(call)
        self.calls.append(call)
        asked = show(call)
        self.first.setdefault(
            call.kind, f"{asked}\n--- the scripted model, no language model, answered ---\n{answer.text}"
        )
        expected = max(estimated(answer.text), call.max_tokens // 3)  # `LLMSettings.room` gives three times as much
        self.taken += (1, estimated_in(call.messages), expected)
        return answer

    async def close(self) -> None:
        await self._inner.close()


def price_of_asking(subjects: Sequence[Subject], settings: AskingSettings, mode: Mode) -> AskingPrice:
    """What asking about them would take. Asks no model."""
    llm = settings.llm
    scripted = replace(llm, model="scripted", faults={}, max_tokens=None)
    draw = Stream.of(settings.seed, "population", "asking rehearsal").bits(keys_of(s.persona.id for s in subjects))
    sample = [subjects[place] for place in np.sort(np.argsort(draw, kind="stable")[:SAMPLE])]
    model, rows = _Rehearsal(scripted), []
    with MindLoop() as loop:
        for subject in sample:
            model.taken = np.zeros(3)
            loop.run(subject.ask(model, replace(settings, llm=scripted), mode, None))
            rows.append(model.taken)
    taken, n, everyone = np.stack(rows), len(sample), len(subjects)
    calls, tokens_in, tokens_out = (round(float(one)) for one in taken.mean(axis=0) * everyone)
    tokens, spread = tokens_in + tokens_out, None
    if 1 < n < everyone:
        sd = taken[:, 1:].sum(axis=1).std(ddof=1)
        spread = float(1.96 * sd * np.sqrt(1 / n * (1 - n / everyone)) * everyone)
    price = price_of(llm)
    most = worst_case([replace(call, max_tokens=llm.max_tokens or call.max_tokens) for call in model.calls], price)
    scale = everyone / n
    return AskingPrice(
        mode=mode,
        model=llm.model,
        people=n,
        of=everyone,
        calls=calls,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        usd=cost(Usage(tokens_in, tokens_out), price),
        minutes=0.0 if llm.scripted else calls * ANSWER_S / llm.concurrency / 60,
        low=None if spread is None else round(max(0.0, tokens - spread)),
        high=None if spread is None else round(tokens + spread),
        at_most=Cost(round(most.tokens * scale), None if most.usd is None else most.usd * scale),
        prompts=model.first,
    )
