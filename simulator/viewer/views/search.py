"""Where a text stands in a run: in titles, people's ids, people's words, their memories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.evaluation.reading import search as reading
from simulator.viewer.desk import Desk, View
from simulator.viewer.sheets import Sheet

_SHOWN, _MORE = 20, 1_000
_COLUMNS = (
    "kind",
    "arm",
    "seed",
    "mind",
    "user_id",
    "turn",
    "position",
    "item_id",
    "title",
    "shown",
    "clicked",
    "text",
)
WHAT: Mapping[str, str] = {
    "item_reason": "of an item",
    "reason": "of a page",
    "feeling": "feeling",
    "interview_reason": "of a visit",
    "action_argument": "asked for",
}


def view(desk: Desk) -> View:
    """Hits of a text, all kinds; without a text, a place to type one."""
    asked = desk.asked
    text = (asked.text("q") or "").strip()
    if not text:
        return View(template="search.html.j2", title="Search", values={"hits": None, "text": "", "what": WHAT})
    whole = asked.text("as") == "csv" or asked.flag("all")
    hits = reading.search(
        desk.journal,
        text,
        arm=asked.text("arm"),
        seed=asked.number("seed"),
        mind=asked.text("mind"),
        user=asked.text("user"),
        limit=_MORE if whole else _SHOWN,
    )
    return View(
        template="search.html.j2",
        title=f"Search: {text}",
        values={"hits": hits, "text": text, "what": WHAT},
        sheet=Sheet(name=f"{desk.slug}-search", columns=_COLUMNS, rows=list(_rows(hits))),
    )


def _rows(hits: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("titles", "people", "words", "memories"):
        for hit in hits[kind]:
            yield {**hit, "kind": hit.get("field") or {"titles": "title", "people": "person"}.get(kind, "memory")}
