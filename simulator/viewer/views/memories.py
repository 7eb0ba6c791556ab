"""What people remember: of one person all of it, world by world; without one, where to find somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.evaluation.reading.remembered import remembered
from simulator.viewer.desk import Crumb, Desk, View
from simulator.viewer.sheets import Sheet

_COLUMNS = (
    *("arm", "seed", "mind", "user_id", "id", "kind", "turn", "session", "revised", "used", "importance"),
    *("confidence", "valence", "item_id", "text", "evidence"),
)


def view(desk: Desk) -> View:
    """A person's memories at the end of what was lived."""
    user = desk.asked.text("user")
    if user is None:
        kept = any(desk.folder.glob("memories/*.parquet")) or bool(desk.journal.living)
        return View(
            template="memories.html.j2",
            title="Memories",
            values={"user": None, "kept": kept, "worlds": [], "found": {}},
        )
    asked = desk.asked
    found = remembered(desk.journal, user, arm=asked.text("arm"), seed=asked.number("seed"), mind=asked.text("mind"))
    return View(
        template="memories.html.j2",
        title=f"Memories of {user}",
        crumbs=[
            Crumb(text="People", href=desk.link("people")),
            Crumb(text=user, href=desk.link("person", user=user)),
        ],
        values={"user": user, "kept": found["has_memories"], "worlds": found["worlds"], "found": found},
        sheet=Sheet(name=f"{desk.slug}-memories", columns=_COLUMNS, rows=list(_rows(found))),
    )


def _rows(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for world in found["worlds"]:
        whose = {"arm": world["arm"], "seed": world["seed"], "mind": world["mind"], "user_id": found["user_id"]}
        for memory in world["memories"]:
            yield memory | whose
