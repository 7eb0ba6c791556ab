"""The people of a run and what they did in each arm: to be filtered, sorted, and looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.evaluation.reading import people as reading
from simulator.viewer.desk import Desk, View
from simulator.viewer.sheets import Sheet

PAGE = 50
"""People on a page."""
_FIGURES = ("pages", "visits", "shown", "clicks", "ratings", "satisfaction", "left", "failed", "apart", "first_apart")
MOST_ARMS = 3
"""Arms side by side, unless one is chosen."""


def view(desk: Desk) -> View:
    """One page of the list of people."""
    asked, journal = desk.asked, desk.journal
    _, seed, mind = desk.world  # a wrong name in the address is told here
    sort = asked.one_of("sort", reading.SORTS, "user_id")
    page = max(1, asked.number("page", 1) or 1)
    several = len(journal.arms) > MOST_ARMS
    choice: dict[str, Any] = {
        "text": (asked.text("q") or "")[:200],
        "arm": asked.text("arm") or (journal.arms[1] if several else None),
        "seed": seed if asked.text("seed") else None,
        "mind": mind,
        "sort": sort,
        "descending": asked.flag("down"),
    }
    found = reading.people(journal, **choice, limit=PAGE, offset=PAGE * (page - 1))
    return View(
        template="people.html.j2",
        title="People",
        values={
            "found": found,
            "arms": found["arms"],
            "sort": sort,
            "down": choice["descending"],
            "page": page,
            "pages": max(1, -(-found["total"] // PAGE)),
            "seed": asked.text("seed"),
            "mind": mind,
            "arm": choice["arm"],
        },
        sheet=Sheet(name=f"{desk.slug}-people", columns=_columns(found["arms"]), rows=_rows(desk, choice)),
    )


def _columns(arms: Sequence[str]) -> list[str]:
    return [
        "user_id",
        "name",
        "ensemble",
        "gain",
        "divergence",
        *(f"{name} ({arm})" for arm in arms for name in _FIGURES),
    ]


def _rows(desk: Desk, choice: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for person in reading.all_people(desk.journal, **choice):
        figures = {f"{name} ({arm})": of[name] for arm, of in person["arms"].items() for name in _FIGURES}
        yield person | figures
