"""What a run will ask of a language model, before a cent is spent: its own people, pages and prompts, rehearsed.

A few of the run's people live the whole run with the scripted model in the language model's place: the calls and the
prompts are the real ones, memories included. What they took is scaled up to all people. Two things are not known: how
long the real model's answers are (the scripted ones keep to the same form), and what it would have wanted, which
decides how long people stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recommenders.host import Host
from simulator.experiment.company import Company
from simulator.experiment.engine import Engine
from simulator.experiment.folder import RunFolder
from simulator.experiment.language import Knowledge, Language
from simulator.experiment.paid import Paid
from simulator.experiment.stage import Stage
from simulator.listener import Silent
from simulator.llm.ledger import Ledger
from simulator.llm.port import Answer, Call, ChatModel, Usage
from simulator.llm.prices import cost, price_of
from simulator.llm.scripted import ScriptedModel
from simulator.memory.embedding import HashingEmbedder
from simulator.minds.loop import MindLoop
from simulator.randomness import Stream
from simulator.report.language import money

F64 = npt.NDArray[np.float64]

SAMPLE, CROWD = 40, 2000
"""People who rehearse; and where archetypes share answers, so that calls do not grow with people."""
ANSWER_S = 2.0
"""Seconds of one call: the order of what a small hosted model takes for 200 tokens. Assumed."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run is expected to take. `low` and `high`: of the tokens, from the difference between the people who
    rehearsed (95 %); None where all did."""

    calls: int
    tokens: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    minutes: float
    low: int | None
    high: int | None
    people: int
    of: int
    per_page: float
    """Tokens of a call about a page, in and out, on average."""

    def facts(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)

    def text(self, model: str) -> str:
        """One sentence for people."""
        usd = "at a price that is not known" if self.usd is None else f"for about {money(self.usd)}"
        usd = "for nothing" if self.usd == 0 else usd
        sure = "" if self.low is None else f" ({self.low:,} to {self.high:,}, from {self.people} of {self.of:,} people)"
        long = "a minute" if round(self.minutes) == 1 else f"{self.minutes:,.0f} minutes"
        minutes = f", in about {long} at {ANSWER_S:g} s an answer" if self.minutes >= 1 else ""
        return f"{model}: about {self.calls:,} calls and {self.tokens:,} tokens{sure} {usd}{minutes}"


class Recorder:
    """A `ChatModel` that keeps the first call of each kind, with its answer, for people to read."""

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner
        self.first: dict[str, tuple[Call, Answer]] = {}

    async def ask(self, call: Call) -> Answer:
        answer = await self._inner.ask(call)
        self.first.setdefault(call.kind, (call, answer))
        return answer

    async def close(self) -> None:
        await self._inner.close()


def rehearse_model(
    stage: Stage, hosts: Mapping[str, Host], knowledge: Knowledge, loop: MindLoop, scratch: Path, *, beside: int
) -> tuple[Estimate, Recorder]:
    """Let some of the stage's people live the run with the scripted model, in the empty folder `scratch`.

    `beside`: calls that calibration and captions will take.
    """
    plan, language = stage.plan, stage.plan.language
    assert plan.llm is not None and language is not None
    settings = replace(
        plan.llm,
        model="scripted",
        cache="off" if plan.llm.cache == "off" else "read-write",  # arms that share answers do so here too
        cache_dir=scratch / "cache",
        budget_usd=None,
        budget_tokens=None,
        faults={},
        max_failure_rate=1.0,
    )
    small_plan = replace(plan, llm=settings, seeds=plan.seeds[:1], minds="single")
    everyone = stage.everyone
    size = CROWD if language.kind == "archetype" else SAMPLE
    draw = Stream.of(plan.seed, "population", "rehearsal").bits(everyone.keys)
    people = everyone.take(np.sort(np.argsort(draw, kind="stable")[:size]))
    small = replace(
        stage,
        plan=small_plan,
        folder=scratch,
        everyone=people,
        ensemble=people.take(np.arange(0)),
        minds=stage.minds[:1],
    )
    folder = RunFolder(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    folder.models.symlink_to(RunFolder(stage.folder).models.resolve(), target_is_directory=True)
    recorder = Recorder(ScriptedModel(settings))
    paid = Paid(settings, Ledger(folder.ledger), model=recorder)
    free = replace(knowledge, embedder=None if knowledge.embedder is None else HashingEmbedder())
    rehearsal = Language(small_plan, free, paid, loop, run="check")
    company = Company(small, hosts, loop=loop, language=rehearsal)
    try:
        Engine(small, company).run(small.tasks(1), Silent())
    finally:
        rehearsal.close()
    return _estimate(folder.ledger, stage, people.user_ids.tolist(), beside), recorder


def _estimate(ledger: Path, stage: Stage, user_ids: list[str], beside: int) -> Estimate:
    plan = stage.plan
    assert plan.llm is not None and plan.language is not None
    row = {user: nth for nth, user in enumerate(user_ids)}
    taken: F64 = np.zeros((len(user_ids), 3))
    pages = page_tokens = 0
    for line in map(json.loads, ledger.read_text(encoding="utf-8").splitlines()):
        if line["kind"] == "session" or line["cached"]:
            continue
        tokens = line["tokens_in"] + line["tokens_out"]
        if line["kind"] == "page":
            pages, page_tokens = pages + 1, page_tokens + tokens
        taken[row.get(line["user"], 0)] += (1, line["tokens_in"], line["tokens_out"])
    n, everyone = len(user_ids), len(stage.everyone)
    times = everyone / n * len(plan.seeds)
    calls, tokens_in, tokens_out = taken.sum(axis=0) * times
    per_call = taken.sum(axis=0) / max(taken[:, 0].sum(), 1)
    calls, tokens_in, tokens_out = (calls, tokens_in, tokens_out) + beside * per_call
    tokens = tokens_in + tokens_out
    spread = None
    if n < everyone and plan.language.kind != "archetype":
        people = taken[:, 1:].sum(axis=1)
        spread = 1.96 * people.std(ddof=1) * np.sqrt(1 / n * (1 - n / everyone)) * everyone * len(plan.seeds)
    return Estimate(
        calls=round(calls),
        tokens=round(tokens),
        tokens_in=round(tokens_in),
        tokens_out=round(tokens_out),
        usd=cost(Usage(round(tokens_in), round(tokens_out)), price_of(plan.llm)),
        minutes=0.0 if plan.llm.scripted else calls * ANSWER_S / plan.llm.concurrency / 60,
        low=None if spread is None else round(max(0.0, tokens - spread)),
        high=None if spread is None else round(tokens + spread),
        people=n,
        of=everyone,
        per_page=page_tokens / max(pages, 1),
    )
