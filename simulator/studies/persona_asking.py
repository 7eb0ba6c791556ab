"""Asking a language model about the people of a log: which persona, which backstory, which profile.

What `personas.asking` asks about one person is asked here about many, by the rules of the house: a dry run with the
scripted model says beforehand what it will take; answers come from the cache where they are kept; the budget admits the
steps in the order of the people, so where asking stops does not depend on who was quicker; a failure is an outcome, and
too many of them end the asking. Nobody's answer depends on who else is asked about. The log tells P and M, and never V.
How much better people are told by what a real model makes of them is not measured here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from time import perf_counter
from typing import Any, Literal

from personas.asking import Outcome
from personas.schema import Persona
from simulator.experiment.paid import Paid
from simulator.listener import Listener, Silent
from simulator.llm.budget import Cost, TurnGate
from simulator.llm.ledger import Ledger
from simulator.llm.meter import Tally, tallied
from simulator.llm.port import BudgetError, Call
from simulator.llm.reach import reach
from simulator.llm.together import all_of
from simulator.minds.loop import MindLoop
from simulator.records import SplitLog
from simulator.report.language import money
from simulator.studies.persona_price import AskingPrice, price_of_asking
from simulator.studies.persona_subjects import AskingSettings, Mode, Result, Subject, subjects_of

Status = Literal["done", "out of budget", "unreliable"]

WAVE = 64
"""People who are asked about at once: enough to keep every slot of an endpoint busy, few enough that what an endpoint
counts beyond the worst case is charged soon."""
_FEWEST_FAILED = 10
"""Failures before a share of them means anything, as in runs."""
_UNASKED = (Outcome.TOO_LITTLE, Outcome.STATED, Outcome.NOT_ASKED)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came of asking. `results`: one for each of the people, in their order."""

    mode: Mode
    results: tuple[Result, ...]
    status: Status
    stopped: str | None
    """Why not all were asked about, with the cure; None if they were."""
    price: AskingPrice
    took: Tally
    wall_s: float

    @property
    def personas(self) -> tuple[Persona, ...]:
        """The people with what was kept."""
        return tuple(result.persona for result in self.results)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many people had each outcome, the most frequent first."""
        return dict(Counter(str(result.outcome) for result in self.results).most_common())

    @property
    def text(self) -> str:
        """What it took and what came of it, in a sentence."""
        took, came = self.took, ", ".join(f"{number:,} {outcome}" for outcome, number in self.outcomes.items())
        return (
            f"{self.price.model}: {took.calls:,} calls ({took.cached:,} from the cache, {took.failed:,} failed), "
            f"{took.cost.tokens:,} tokens, {money(took.cost.usd)}, {self.wall_s:,.1f} s; people: {came}"
        )

    def facts(self) -> dict[str, Any]:
        """As JSON has it, without the personas."""
        return {
            "mode": self.mode,
            "status": self.status,
            "stopped": self.stopped,
            "outcomes": self.outcomes,
            "price": self.price.facts(),
            "took": asdict(self.took),
            "wall_s": round(self.wall_s, 3),
            "in_words": self.text,
        }


def ask_about(
    people: Sequence[Persona],
    split: SplitLog,
    settings: AskingSettings,
    mode: Mode,
    listener: Listener | None = None,
    *,
    user_of: Mapping[str, str] | None = None,
) -> Asked:
    """Ask the settings' model about people, and report what it took.

    `user_of`: ids of the log by ids of personas; those without one are the person of the same id. A backstory may be
    written for somebody who is not in the log, too. Raises UserInputError before anything is asked, and EndpointError
    where the endpoint cannot be used; what was answered until then is in the cache.
    """
    listener = listener or Silent()
    subjects = subjects_of(people, split, settings, mode, user_of or {})
    if settings.llm.cache != "replay-only":
        with MindLoop() as loop:
            listener.phase("model", loop.run(reach(settings.llm)))
    listener.phase("estimate", "a few people rehearse with the scripted model")
    expected = price_of_asking(subjects, settings, mode)
    listener.notice(expected.text)
    ledger = None if settings.ledger is None else Ledger(settings.ledger)
    began, took = perf_counter(), Tally()
    with MindLoop() as loop:
        paid = Paid(settings.llm, ledger)
        try:
            asking = _Asking(subjects, settings, mode, paid, listener)
            loop.run(asking.run(took))
        finally:
            paid.close(loop)
    asked = Asked(
        mode=mode,
        results=tuple(asking.results),
        status=asking.status,
        stopped=asking.stopped,
        price=expected,
        took=took,
        wall_s=perf_counter() - began,
    )
    listener.notice(asked.text)
    return asked


def price(
    people: Sequence[Persona],
    split: SplitLog,
    settings: AskingSettings,
    mode: Mode,
    *,
    user_of: Mapping[str, str] | None = None,
) -> AskingPrice:
    """What `ask_about` would take. Asks no model, reaches no endpoint, writes nothing. Raises UserInputError."""
    return price_of_asking(subjects_of(people, split, settings, mode, user_of or {}), settings, mode)


class _Asking:
    """Asks about people, a wave at a time, until all were asked about or it is to end."""

    def __init__(
        self, subjects: Sequence[Subject], settings: AskingSettings, mode: Mode, paid: Paid, listener: Listener
    ) -> None:
        self._subjects, self._settings, self._mode = subjects, settings, mode
        self._paid, self._listener = paid, listener
        self.results: list[Result] = []
        self.status: Status = "done"
        self.stopped: str | None = None

    async def run(self, took: Tally) -> None:
        """Fill `results`; what the calls take is added to `took`."""
        n = len(self._subjects)
        with tallied() as tally:
            try:
                for start in range(0, n, WAVE):
                    self._listener.phase(self._mode, f"{start:,} of {n:,} people")
                    await self._wave(self._subjects[start : start + WAVE])
                    if self.status != "done":
                        break
            finally:
                took.cost, took.calls, took.cached, took.failed = tally.cost, tally.calls, tally.cached, tally.failed
        self.results += [subject.unasked(self._mode) for subject in self._subjects[len(self.results) :]]

    async def _wave(self, wave: Sequence[Subject]) -> None:
        gate = TurnGate(self._paid.budget, range(len(wave)))
        found = await all_of([self._one(subject, number, gate) for number, subject in enumerate(wave)])
        refused = sum(result is None for result in found)
        for subject, result in zip(wave, found, strict=True):
            self.results.append(subject.unasked(self._mode) if result is None else result)
        if refused:
            self.status = "out of budget"
            left = refused + len(self._subjects) - len(self.results)
            spent = self._paid.budget.spent
            self.stopped = (
                f"the budget does not cover what is still to be asked about {left:,} of {len(self._subjects):,} "
                f"people: {spent.tokens:,} tokens and {money(spent.usd)} are spent. Raise llm.budget and ask again"
                + ("" if self._settings.llm.cache == "off" else ": what was answered is kept and costs nothing then")
            )
        else:
            self._give_up_if_unreliable()

    async def _one(self, subject: Subject, number: int, gate: TurnGate) -> Result | None:
        """The result; None if the budget refused one of the person's steps."""
        with tallied() as tally:
            purse = _Purse(self._paid, gate, number, tally)
            admit = purse.admit if self._paid.budget.limited else None
            try:
                return await subject.ask(self._paid.stack, self._settings, self._mode, admit)
            except BudgetError:
                return None
            finally:
                purse.close()

    def _give_up_if_unreliable(self) -> None:
        llm = self._settings.llm
        failures = [result.why for result in self.results if result.outcome is Outcome.FAILED]
        asked = sum(result.outcome not in _UNASKED for result in self.results)
        often = len(failures) >= _FEWEST_FAILED and len(failures) > llm.max_failure_rate * asked
        if failures and (llm.on_failure == "abort" or often):
            allowed = "llm.on_failure is abort" if llm.on_failure == "abort" else (
                f"llm.max_failure_rate allows {llm.max_failure_rate:g}"
            )  # fmt: skip
            self.status = "unreliable"
            self.stopped = (
                f"asking about {len(failures):,} of {asked:,} people failed, and {allowed}. The first: {failures[0]}. "
                "Mend the endpoint and ask again"
            )


class _Purse:
    """What one person's steps may cost: the gate admits each before it is asked, and hears what it really took."""

    def __init__(self, paid: Paid, gate: TurnGate, number: int, tally: Tally) -> None:
        self._paid, self._gate, self._number, self._tally = paid, gate, number, tally
        self._step, self._before = -1, Cost()

    async def admit(self, calls: Sequence[Call]) -> None:
        """Raises BudgetError."""
        self._settle()
        self._step += 1
        worst = partial(self._paid.worst_case, calls)
        await self._gate.admit(self._number, self._step, worst(), worst)

    def close(self) -> None:
        """The person's last step has ended."""
        self._settle()
        self._gate.leave(self._number)

    def _settle(self) -> None:
        if self._step >= 0:
            self._gate.settle(self._number, self._step, _less(self._tally.cost, self._before))
            self._before = self._tally.cost


def _less(whole: Cost, part: Cost) -> Cost:
    usd = None if whole.usd is None or part.usd is None else whole.usd - part.usd
    return Cost(whole.tokens - part.tokens, usd)
