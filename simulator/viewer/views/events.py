"""The journal's rows, an impression each: what meets some conditions, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.evaluation.reading.rows import SOURCES, Conditions, all_rows, rows
from simulator.journal.schema import SCHEMA
from simulator.viewer.address import MAX_NUMBER, Asked
from simulator.viewer.desk import Crumb, Desk, View
from simulator.viewer.sheets import Sheet

PAGE = 100
"""Rows on a page."""
_YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
TICKS: Mapping[str, str] = {
    "clicked": "clicked",
    "rated": "rated",
    "left": "left after the page",
    "failed": "the model failed",
}
"""Conditions that hold or do not."""


def view(desk: Desk) -> View:
    """One page of the rows that are asked for."""
    asked, journal = desk.asked, desk.journal
    page = max(1, asked.number("page", 1) or 1)
    conditions = _conditions(asked)
    found = rows(journal, conditions, limit=PAGE, offset=PAGE * (page - 1))
    crumbs = []
    if conditions.user is not None:
        crumbs = [
            Crumb(text="People", href=desk.link("people")),
            Crumb(text=conditions.user, href=desk.link("person", user=conditions.user)),
        ]
    return View(
        template="events.html.j2",
        title="Events",
        crumbs=crumbs,
        values={
            "found": found,
            "page": page,
            "pages": max(1, -(-found["total"] // PAGE)),
            "ticks": TICKS,
            "sources": SOURCES,
            "several": _several(desk),
        },
        sheet=Sheet(name=f"{desk.slug}-events", columns=(*SCHEMA.names, "title"), rows=all_rows(journal, conditions)),
    )


def _conditions(asked: Asked) -> Conditions:
    first, last = asked.number("from", least=0), asked.number("to", least=0)
    one = asked.number("turn", least=0)
    source = asked.text("appraised_by")
    ticks: dict[str, Any] = {name: _YES_NO.get(asked.text(name) or "") for name in TICKS}
    return Conditions(
        arm=asked.text("arm"),
        seed=asked.number("seed"),
        mind=asked.text("mind"),
        user=asked.text("user"),
        item=asked.text("item"),
        first_turn=_turn(first if one is None else one),
        last_turn=_turn(last if one is None else one),
        appraised_by=source if source in SOURCES else None,
        text=(asked.text("q") or "").strip(),
        **ticks,
    )


def _turn(number: int | None) -> int | None:
    return None if number is None else min(number, MAX_NUMBER)


def _several(desk: Desk) -> dict[str, bool]:
    """Which of arm, seed and mind tell rows apart."""
    journal = desk.journal
    return {"seed": len(journal.seeds) > 1, "mind": len(journal.minds) > 1}
