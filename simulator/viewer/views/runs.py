"""The runs: what each asked, how it stands, and what it answered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.kept import Kept
from simulator.viewer.address import link
from simulator.viewer.answer import answer_of
from simulator.viewer.desk import View
from simulator.viewer.pulse import Pulse, pulse
from simulator.viewer.sheets import Sheet
from simulator.viewer.wording import count, size

_COLUMNS = ("name", "folder", "kind", "status", "started", "arms", "people", "answer")


_kept: Kept[dict[str, Any]] = Kept(2048)


def pulses(shelf: Mapping[str, Path]) -> dict[str, Pulse]:
    """How each run of the shelf does, by its slug."""
    return {slug: pulse(folder) for slug, folder in shelf.items()}


def mark(of_runs: Mapping[str, Pulse]) -> str:
    """Differs from an earlier one if a run came, went, or became more."""
    facts: Iterable[str] = (f"{slug} {now.status} {now.mark}" for slug, now in of_runs.items())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def view(shelf: Mapping[str, Path], of_runs: Mapping[str, Pulse]) -> View:
    """All runs of the shelf with their pulses; one that is broken says why."""
    rows = [_row(slug, folder, of_runs[slug]) for slug, folder in shelf.items()]
    return View(
        template="runs.html.j2",
        title="Runs",
        values={"runs": rows},
        sheet=Sheet(name="runs", columns=_COLUMNS, rows=rows),
    )


def _row(slug: str, folder: Path, now: Pulse) -> dict[str, Any]:
    """What is said of a run, made once for each state of it."""
    return _kept.get((folder, now), lambda: _made(slug, folder, now))


def _made(slug: str, folder: Path, now: Pulse) -> dict[str, Any]:
    seen = glance(folder)
    broken = seen["status"] == "broken"
    started = str(seen["started"] or "")[:16].replace("T", " ")
    share = (seen["progress"] or {}).get("share")
    facts = (
        {"play": "a play", "session": "a saved session"}.get(str(seen["kind"]), ""),
        f"{started} UTC" if started else "",
        count(len(seen["arms"]), "arm") if seen["arms"] else "",
        count(seen["people"], "person", "people") if seen["people"] else "",
        size(seen["bytes"]),
    )
    return {
        "href": link(f"/r/{slug}", {}),
        "name": str(seen["name"]),
        "folder": str(folder),
        "status": "broken" if broken else now.status,
        "told": "cannot be read" if broken else now.told,
        "share": share if share and now.status != "finished" and seen["kind"] == "experiment" else None,
        "trouble": str(seen["reason"] or ""),
        "answer": "" if broken else _headline(folder),
        "facts": [fact for fact in facts if fact],
        "kind": seen["kind"],
        "started": seen["started"],
        "arms": seen["arms"],
        "people": seen["people"],
    }


def _headline(folder: Path) -> str:
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return answer_of(summary).headline if isinstance(summary, dict) else ""
