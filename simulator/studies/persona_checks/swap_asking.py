"""What a language model states of the same pages before and after an identity swap, and under a placebo.

The placebo is the same persona in the same words, under another fence and another id: it says nothing of anybody, and
what moves then is the model's own chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.evaluation.statistics import Estimate, mean
from simulator.llm.port import ChatModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.elicit import Elicitor, raw_answers
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population, from_personas
from simulator.randomness import Stream
from simulator.records import I32
from simulator.studies.persona_checks.privacy import texts
from simulator.studies.persona_checks.setting import Setting
from simulator.studies.persona_checks.swapping import F64, MOST, SWAPS, Pair, left_behind, pairs, some, told_as, turned
from simulator.turn import Scene

CONFIDENCE = 0.95
POINT = 1.0
"""Points of want, on 0-10, from which a want counts as moved."""


async def asked(
    setting: Setting,
    model: ChatModel,
    settings: LLMSettings,
    *,
    pages: int = 2,
    items: int = 8,
    most: int = MOST,
) -> dict[str, Any]:
    """What a model states of the same pages before and after each swap, and under a placebo.

    Traits are held, so that the words alone differ. By swap: `contradicted`, personas whose texts
    still tell what was swapped; `calls` and `failed` ones; and the `tests`: `want` (0-10) and `rating`
    (1-5), the mean difference (of a gender swap, women less men; of others, after less before: an exchange, so that
    what origins are worth in themselves cancels), `distance`, mean |Δ| of want, and `moved`, the share of items whose
    want moved by a point or more. Each has `swap` and `placebo`, and of the latter two `beyond`, the difference of the
    two: value, 95 % interval and p by Student, clustered by persona. `p_holm` is corrected over the p of all swaps'
    `want`, `rating`, `distance` and `moved` together (Holm 1979).

    The scripted model is no language model: `measured` is then False, and nothing is said of any. Raises as the model
    does for what is no failure of one call, and UserInputError.
    """
    cast = some(setting.personas, most, setting.seed)
    swaps: dict[str, Any] = {}
    for swap in SWAPS:
        found = pairs(cast, swap, setting.seed)
        swaps[swap] = {"swapped": len(found)}
        if found:
            swaps[swap] |= await _asked(setting, model, settings, found, swap, pages, items)
    tests = [one for swap in swaps.values() for one in swap.get("tests", {}).values()]
    for one, p in zip(tests, _holm([one["p"] for one in tests]), strict=True):
        one["p_holm"] = p
    measured = not settings.scripted
    return {"model": settings.model, "measured": measured, "personas": len(cast), "pages": pages, "swaps": swaps}


async def _asked(
    setting: Setting, model: ChatModel, settings: LLMSettings, found: Sequence[Pair], swap: str, pages: int, items: int
) -> dict[str, Any]:
    before = from_personas([one.before for one in found], setting.split, seed=setting.seed)
    # Other ids make another fence and another place in the cache; the keys, and so order and luck, stay.
    renamed = np.array([f"{name}~placebo" for name in before.user_ids.tolist()])
    versions = {
        "own": before,
        "swap": told_as(before, found),
        "placebo": replace(before, user_ids=renamed),
    }
    want, rating, failed = {}, {}, {}
    for name, people in versions.items():
        want[name], rating[name], failed[name] = await _stated(setting, model, settings, people, swap, pages, items)
    sign = (turned(found) if swap == "gender" else np.ones(len(found)))[:, None, None]
    whose = np.arange(len(found))
    tests: dict[str, Any] = {}
    for measure, of in (("want", want), ("rating", rating)):
        by = {name: mean(_per_page(sign * (of[name] - of["own"])), whose) for name in ("swap", "placebo")}
        tests[measure] = _tested(by, by["swap"])
    for measure in ("distance", "moved"):
        pages_of = {name: _per_page(_moved(want[name] - want["own"], measure)) for name in ("swap", "placebo")}
        beyond = mean(pages_of["swap"] - pages_of["placebo"], whose)
        by = {name: mean(values, whose) for name, values in pages_of.items()}
        tests[measure] = _tested({**by, "beyond": beyond}, beyond)
    calls = len(found) * pages * len(versions)
    contradicted = sum(any(left_behind(one, list(texts(one.before)))) for one in found)
    return {
        "contradicted": contradicted,
        "calls": calls,
        "failed": sum(failed.values()),
        "failed_by_version": failed,
        "tests": tests,
    }


async def _stated(
    setting: Setting, model: ChatModel, settings: LLMSettings, people: Population, swap: str, pages: int, items: int
) -> tuple[F64, F64, int]:
    """Wants and ratings (n, pages, k), NaN where nothing was answered, and how many calls failed."""
    elicitor = Elicitor(
        people=people,
        catalog=setting.split.catalog,
        biography=Biography(setting.split.known, seed=setting.seed),
        settings=LanguageMindSettings(),
        llm=settings,
        seed=setting.seed,
        arm="",
        mind=f"{swap} swap",
    )
    wants, ratings, failed = [], [], 0
    for turn in range(pages):
        page = _page(setting, people, turn, items)
        sheets = elicitor.sheets(_scene(people, page, turn), kind="swap")
        replies = await elicitor.ask(model, sheets)
        failed += sum(reply is not None and reply.error is not None for reply in replies)
        raw = raw_answers(sheets, replies, page.shape[1])
        wants.append(raw.want.astype(np.float64))
        ratings.append(raw.rating.astype(np.float64))
    return np.stack(wants, axis=1), np.stack(ratings, axis=1), failed


def _page(setting: Setting, people: Population, turn: int, k: int) -> I32:
    """Items by lot, keyed by person and page. (n, k)."""
    luck = Stream.of(setting.seed, "luck", "page of a swap").uniform(people.keys, turn, setting.split.catalog.keys)
    return np.argsort(luck, axis=1, kind="stable")[:, :k].astype(np.int32)


def _scene(people: Population, page: I32, turn: int) -> Scene:
    """Everybody has just come in; the turn is what the order is drawn by."""
    n = len(people)
    nothing_yet = np.zeros(n, dtype=np.int32)
    return Scene(
        people=people,
        state=None,
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=turn,
        items=page,
        noticed=page >= 0,
        page=nothing_yet,
        session=nothing_yet,
    )


def _moved(apart: F64, measure: str) -> F64:
    """|Δ|, or whether it is a point or more; NaN where it is unknown."""
    far = np.abs(apart)
    return far if measure == "distance" else np.where(np.isnan(far), np.nan, far >= POINT)


def _tested(by: dict[str, Estimate], tested: Estimate) -> dict[str, Any]:
    return {name: _plain(one) for name, one in by.items()} | {"p": _finite(tested.p_value)}


def _per_page(values: F64) -> F64:
    """Mean over the items of each page, of those that are known. (n, pages, k) to (n, pages)."""
    known = np.isfinite(values)
    count = known.sum(axis=2)
    total = np.where(known, values, 0.0).sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _plain(estimate: Estimate) -> dict[str, Any]:
    low, high = estimate.interval(CONFIDENCE)
    return {"value": _finite(estimate.value), "low": _finite(low), "high": _finite(high), "personas": estimate.n}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _holm(values: Sequence[float | None]) -> list[float | None]:
    """p values corrected for there being several of them (Holm 1979); what is None stays so and does not count."""
    known = sorted((p, nth) for nth, p in enumerate(values) if p is not None)
    out: list[float | None] = [None] * len(values)
    least = 0.0
    for rank, (p, nth) in enumerate(known):
        least = max(least, min(1.0, p * (len(known) - rank)))
        out[nth] = least
    return out
