"""Pages in every situation that a run can bring about: each is checked by the rules that hold in a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommenders.conformance.bench import Bench, BreachError
from recommenders.contract import SlateBatch
from recommenders.platform import CHOSEN
from simulator.records import I32

_K = 5
_BATCH = 12
_TURNS = 8
_CHECKED_ONE_BY_ONE = 5_000
"""A page of the whole catalogue is asked for only where the catalogue has at most so many items."""


def ordinary(bench: Bench) -> None:
    """The first page of some people, as a run asks for it."""
    slates = bench.ask(bench.batch(bench.people[:_BATCH]), _K, f"{_BATCH} people of the log")
    _scores_fall(bench, slates)


def _scores_fall(bench: Bench, slates: SlateBatch) -> None:
    if slates.scores is None or slates.propensities is not None:  # who draws at random need not order by score
        return
    with np.errstate(invalid="ignore"):
        rises = np.argwhere(slates.scores[:, 1:] > slates.scores[:, :-1])
    if rises.size:
        row, place = rises[0].tolist()
        before, after = slates.scores[row, place], slates.scores[row, place + 1]
        fault = f"recommend, k = {_K}: place {place + 2} has the score {after:g} and place {place + 1} only {before:g}"
        bench.note("sorted-scores", fault, "warning")


def sizes(bench: Bench) -> None:
    """One item; more than there are; less than asked for because little may be shown, or nothing."""
    rule = "any-page-size"
    someone = bench.people[:2]
    with bench.noting():
        bench.ask(bench.batch(someone), 1, "pages of one item", rule=rule)
    n_items = len(bench.data.catalog)
    if n_items <= _CHECKED_ONE_BY_ONE:
        with bench.noting():
            bench.ask(bench.batch(someone), n_items + 40, f"more than the {n_items:,} items that there are", rule=rule)
    for left in (3, 0):
        batch = bench.batch(someone)
        free = np.argwhere(batch.view.blocked[0] == 0).ravel()
        batch.view.blocked[0, free[left:]] |= CHOSEN
        with bench.noting():
            bench.ask(batch, _K, f"a person to whom {left} items may still be shown", rule=rule)


def newcomers(bench: Bench) -> None:
    """Who is unknown, has chosen nothing, or both."""
    _, history = next((person for person in bench.people if person[1]), ("", ()))
    known = bench.people[0][0] if bench.people else "somebody"
    for person, what in (
        (("somebody new", ()), "a person with an unknown user_id and an empty history"),
        (("somebody new", history), "a person with an unknown user_id and a history"),
        ((known, ()), "a person of the log whose history is empty"),
    ):
        with bench.noting():
            bench.ask(bench.batch([person]), _K, what, rule="newcomers")


def strange_histories(bench: Bench) -> None:
    """An item that nobody chose before the run; and one that the catalogue does not hold, which is only warned of."""
    chosen = set(bench.data.log.positives().item.tolist())
    unchosen = [row for row in range(len(bench.data.catalog)) if row not in chosen]
    user_id, history = bench.people[0]
    for row in unchosen[:1]:
        seen = (*history, str(bench.data.catalog.item_ids[row]))
        with bench.noting():
            situation = "a history with an item that nobody chose in the log"
            bench.ask(bench.batch([(user_id, seen)]), _K, situation, rule="strange-history")
    request = replace(bench.batch(bench.people[:1])[0], history=(*history, "an item of yesterday"))
    try:
        bench.ask([request], _K, "a history with an item that the catalogue lacks", rule="strange-history")
    except BreachError as breach:
        if breach.gave_up or breach.rule in {finding.rule for finding in bench.findings}:
            raise
        bench.note(breach.rule, breach.fault, "warning")


def candidates(bench: Bench) -> None:
    """Three items are allowed: one that was chosen before, and two that may be shown."""
    request = bench.batch(bench.people[:1])[0]
    free = [item for item in bench.data.catalog.item_ids.tolist() if item not in request.exclude]
    allowed = (*request.history[:1], free[-1], free[-3])
    asked = replace(request, candidates=allowed)

    def answer() -> list[str]:
        return [str(item) for item in bench.subject.recommender.recommend([asked], _K)[0].item_ids]

    situation = f"recommend, k = {_K}, for a person with candidates = {allowed}"
    shown = bench.call(bench.subject, situation, "candidates", answer)
    outside = [item for item in shown if item in free and item not in allowed]  # other faults are found elsewhere
    if outside:
        bench.note("candidates", f"{situation}: item {outside[0]!r} came back, which is not among them")
    elif not {free[-1], free[-3]} <= set(shown):
        bench.note("candidates", f"{situation}: {shown} came back, and not all that may be shown of them", "warning")


def a_life(bench: Bench) -> None:
    """Eight turns in sessions of two pages: what is shown is excluded, and one of the items of each page is chosen."""
    batch = bench.batch(bench.people[:_BATCH])
    view, rows = batch.view, batch.rows
    for turn in range(_TURNS):
        page = turn % 2
        if page == 0:
            view.begin_sessions(rows)
        asked = replace(batch, turn=turn, page=np.full_like(rows, page))
        slates = bench.ask(asked, _K, f"{_BATCH} people at turn {turn}, page {page}")
        items: I32 = slates.items
        clicked = np.zeros(items.shape, dtype=np.bool_)
        clicked[:, turn % _K] = items[:, turn % _K] >= 0
        view.record(rows, items, clicked)
