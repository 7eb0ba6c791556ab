"""What a language model states that personas want of one fixed page: the same items for everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.llm.port import ChatModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.elicit import Elicitor, Reply, Sheet, raw_answers
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import I32, SplitLog
from simulator.studies.persona_checks.setting import Setting
from simulator.turn import Scene

F64 = npt.NDArray[np.float64]
PAGE = 10
"""Items of the page that is asked about."""
PEOPLE = 60
"""Most personas that are asked, by lot: each costs two calls."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stated:
    """Wants (0-10) of two askings, NaN where there was no answer. (n, PAGE) each."""

    one: F64
    other: F64
    failures: Counter[str]
    calls: int

    def answered(self) -> tuple[F64, F64]:
        """Both askings of those who answered both."""
        whole = np.isfinite(self.one).all(axis=1) & np.isfinite(self.other).all(axis=1)
        return self.one[whole], self.other[whole]

    def counts(self) -> dict[str, Any]:
        """How many personas, calls and failures by kind."""
        people = len(self.one)
        return {"people": people, "calls": self.calls, "failures": dict(sorted(self.failures.items()))}


def popular_page(split: SplitLog, size: int) -> I32:
    """The items that most people chose, ties by catalogue order. (min(size, n_items),)."""
    log = split.known.positives()
    counts = np.bincount(log.item, minlength=len(split.catalog))
    return np.argsort(-counts, kind="stable")[:size].astype(np.int32)


def some(people: Population, size: int, seed: int, purpose: str) -> Population:
    """At most so many people, those with the smallest keyed luck, in their order."""
    if len(people) <= size:
        return people
    luck = Stream.of(seed, "population", purpose).bits(people.keys)
    return people.take(np.sort(np.argsort(luck, kind="stable")[:size]))


async def asked_twice(setting: Setting, model: ChatModel, settings: LLMSettings, *, other_order: bool) -> Stated:
    """Ask every persona about the page twice: in one order, or in another order behind another fence.

    EndpointError and BudgetError are raised; a call that fails for itself is counted.
    """
    people = some(replace(setting.people, later=None), PEOPLE, setting.seed, "asked about a page")
    first = _elicitor(setting, people, settings, setting.seed)
    second = _elicitor(setting, people, settings, setting.seed + 1) if other_order else first
    scene = _scene(people, popular_page(setting.split, PAGE))
    sheets = [first.sheets(scene, kind="page"), second.sheets(scene, kind="page")]
    sheets[1] = [None if sheet is None else _again(sheet) for sheet in sheets[1]]
    replies = [await who.ask(model, asked) for who, asked in zip((first, second), sheets, strict=True)]
    k = scene.items.shape[1]
    one, other = (
        raw_answers(asked, told, k).want.astype(np.float64) for asked, told in zip(sheets, replies, strict=True)
    )
    return Stated(one=one, other=other, failures=_failures(replies), calls=sum(map(len, sheets)))


def _elicitor(setting: Setting, people: Population, settings: LLMSettings, seed: int) -> Elicitor:
    return Elicitor(
        people=people,
        catalog=setting.split.catalog,
        biography=Biography(setting.split.known, seed=setting.seed),
        settings=LanguageMindSettings(),
        llm=settings,
        seed=seed,
        arm="",
        mind="persona checks",
    )


def _scene(people: Population, page: I32) -> Scene:
    n = len(people)
    nothing_yet = np.zeros(n, dtype=np.int32)
    items = np.tile(page, (n, 1))
    return Scene(
        people=people,
        state=None,
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=0,
        items=items,
        noticed=items >= 0,
        page=nothing_yet,
        session=nothing_yet,
        layout="list",
    )


def _again(sheet: Sheet) -> Sheet:
    """The question as one that a cache has not seen."""
    return replace(sheet, call=replace(sheet.call, identity=(*sheet.call.identity, "again")))


def _failures(replies: Sequence[Sequence[Reply | None]]) -> Counter[str]:
    return Counter(
        str(reply.error.kind) for told in replies for reply in told if reply is not None and reply.error is not None
    )
