"""The order audit: how far the want that a model states of an item moves with the item's place on the page.

    python benchmarks/llm_order.py [--people 40] [--orders 6]
    python benchmarks/llm_order.py --model gpt-5-mini [--base-url URL] [--set llm.extra={…}]

People of the scenario's data meet one page each of ten items (held-out choices, and others that are as popular), asked
about in several keyed orders, and once more in the first of them: what moves then is the model's own chance. Wants of
the same person and item are compared, so neither taste nor popularity plays a part:

- mean |Δ|: mean distance of two wants of an item, over all pairs of orders; beside it, the same for one order asked
  twice;
- slope: points of want a place further down (least squares within person and item).

Intervals (95 %) are percentiles of 1,000 draws of people with all their answers. By default the scripted model answers,
whose wants do not depend on place by its rules: the audit then checks that places are mapped back as they should, and
everything but 0 is an error (status 1). Answers are kept in the cache, so an interrupted audit costs nothing twice.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scenarios.loader import load_scenario
from simulator import datasets
from simulator.llm.assemble import chat_model
from simulator.llm.cache import Cache
from simulator.minds.language.elicit import Elicitor, Sheet, raw_answers
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.questions import draw_questions
from simulator.minds.language.settings import CalibrationSettings
from simulator.population import Population, from_log
from simulator.records import I32, Bools
from simulator.studies.planning import plan_of
from simulator.turn import Scene

F64 = npt.NDArray[np.float64]
DRAWS = 1000


def asked(chosen: argparse.Namespace) -> tuple[F64, I32, Bools]:
    """Wants by person, order and item (n, orders + 1, k), the last order being the first again; places (n, orders, k);
    and which people answered in all of them. NaN and -1 where there is nothing."""
    settings = [f"llm.model={chosen.model}", *chosen.set]
    settings += [f"llm.base_url={chosen.base_url}"] if chosen.base_url else []
    plan = plan_of(load_scenario(chosen.scenario, overrides=settings))
    assert plan.llm is not None and plan.language is not None
    split = datasets.split(datasets.load(data_dir=chosen.data, **plan.dataset), **plan.split)
    questions = draw_questions(split, CalibrationSettings(people=chosen.people), plan.seed, plan.slate_size)
    people = from_log(split, seed=plan.seed).take(questions.rows)
    elicitor = Elicitor(
        people=people,
        catalog=split.catalog,
        biography=Biography(split.known, seed=plan.seed),
        settings=plan.language,
        llm=plan.llm,
        seed=plan.seed,
        arm="",
        mind="order",
    )
    rounds = [
        elicitor.sheets(_scene(people, questions.items, turn, plan.layout), kind="order")
        for turn in range(chosen.orders)
    ]
    rounds.append([None if sheet is None else _again(sheet) for sheet in rounds[0]])
    llm = plan.llm

    async def all_rounds() -> list[Any]:
        stack = chat_model(llm, cache=lambda inner: Cache(inner, llm))
        try:
            return [await elicitor.ask(stack, sheets) for sheets in rounds]
        finally:
            await stack.close()

    k = questions.items.shape[1]
    replies = asyncio.run(all_rounds())
    raw = [raw_answers(sheets, said, k) for sheets, said in zip(rounds, replies, strict=True)]
    want = np.stack([one.want for one in raw], axis=1).astype(np.float64)
    place = np.stack([_places(sheets, k) for sheets in rounds[:-1]], axis=1)
    answered: Bools = np.stack([one.answered for one in raw]).all(axis=0)
    return want, place, answered


def _scene(people: Population, items: I32, turn: int, layout: str) -> Scene:
    """Everybody has just come in; the turn is what the order is drawn by."""
    n = len(people)
    nothing_yet = np.zeros(n, dtype=np.int32)
    return Scene(
        people=people,
        state=None,
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=turn,
        items=items,
        noticed=items >= 0,
        page=nothing_yet,
        session=nothing_yet,
        layout=layout,
    )


def _again(sheet: Sheet) -> Sheet:
    """The same question, which the cache takes for another one."""
    return replace(sheet, call=replace(sheet.call, identity=(*sheet.call.identity, "again")))


def _places(sheets: Sequence[Sheet | None], k: int) -> I32:
    """The place in the prompt of each item. (n, k), -1 where it was not asked about."""
    place = np.full((len(sheets), k), -1, dtype=np.int32)
    for nth, sheet in enumerate(sheets):
        if sheet is not None:
            place[nth, sheet.places] = np.arange(sheet.places.size)
    return place


def distance(want: F64) -> tuple[F64, F64]:
    """Sum of |Δ| over pairs of orders and items, and how many there are, by person. `want` (n, orders, k)."""
    pairs = np.triu_indices(want.shape[1], 1)
    apart = np.abs(want[:, pairs[0]] - want[:, pairs[1]])
    return np.nansum(apart, axis=(1, 2)), np.isfinite(apart).sum(axis=(1, 2)).astype(np.float64)


def slope(want: F64, place: I32) -> tuple[F64, F64]:
    """Sums of place x want and of place squared within person and item, by person: their ratio is the slope."""
    at = np.where(np.isfinite(want), place, np.nan)
    x, y = (one - np.nanmean(one, axis=1, keepdims=True) for one in (at, want))
    return np.nansum(x * y, axis=(1, 2)), np.nansum(x * x, axis=(1, 2))


def ratio(sums: tuple[F64, F64]) -> tuple[float, float, float]:
    """The ratio of two sums over people, and its interval."""
    top, bottom = sums
    luck = np.random.default_rng(0).integers(0, top.size, (DRAWS, top.size))
    drawn = top[luck].sum(axis=1) / bottom[luck].sum(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(top.sum() / bottom.sum()), float(low), float(high)


def main() -> None:
    """Ask and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--model", default="scripted")
    arguments.add_argument("--base-url")
    arguments.add_argument("--scenario", default="llm_users", help="where data, mind and endpoint are taken from")
    arguments.add_argument("--set", action="append", default=[], help="as of understudy run")
    arguments.add_argument("--data", type=Path, help="folder that holds the datasets")
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--orders", type=int, default=6)
    chosen = arguments.parse_args()
    want, place, whole = asked(chosen)
    if whole.sum() < 2 or chosen.orders < 2:
        raise SystemExit("nothing to compare: give two orders and two people at least, and a model that answers")
    want, place = want[whole], place[whole]
    measures: dict[str, Callable[[], tuple[F64, F64]]] = {
        "mean |Δ| of want, other order": lambda: distance(want[:, :-1]),
        "mean |Δ| of want, same order again": lambda: distance(want[:, [0, -1]]),
        "slope, points of want a place": lambda: slope(want[:, :-1], place),
    }
    print(f"{chosen.model}: {int(whole.sum())} of {whole.size} people answered, {chosen.orders} orders, wants 0-10")
    found = {name: ratio(sums()) for name, sums in measures.items()}
    for name, (value, low, high) in found.items():
        print(f"{name:38}{value:>8.3f}  [{low:.3f}, {high:.3f}]")
    if chosen.model == "scripted" and any(abs(value) > 1e-12 for value, _, _ in found.values()):
        raise SystemExit("the scripted model's wants moved with the place: answers are put back to the wrong items")


if __name__ == "__main__":
    main()
