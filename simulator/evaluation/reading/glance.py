"""A run at a glance: whose, since when, how far, and its answer if it has one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from simulator.evaluation.reading.journal import Journal
from simulator.evaluation.reading.scenario import said
from simulator.evaluation.run_kind import kind_of
from simulator.records import UserInputError

GLANCED = 32 << 20
"""Bytes of streams up to which a glance reads them."""


def glance(folder: Path) -> dict[str, Any]:
    """One run: {folder, run, name, status, reason, started, finished, arms, control, seeds, minds, mind, people,
    primary, progress, bytes}.

    `status` is the manifest's (`running` may be an interrupted run too) or `broken`, and `reason` says why a run failed
    or cannot be read. `primary` is None without an answer, else {metric, arms: {arm: {mean, ci, n_users}}, comparisons:
    [{metric, control, treatment, difference, ci, verdict, …}]}. `progress` is {parts, parts_done, parts_begun, share}:
    of the journal's parts, `share` from 0 to 1, with begun ones by their turns unless their streams are long; None
    where the plan is not known yet.
    """
    try:
        journal = Journal.open(folder)
        progress = _progress(journal)
    except UserInputError as broken:
        return _broken(folder, str(broken))
    manifest = journal.manifest
    primary, trouble = _primary(folder)
    return {
        "folder": str(folder),
        "run": manifest.get("run"),
        "kind": kind_of(manifest),
        "name": manifest.get("name") or manifest.get("run") or folder.name,
        "status": str(manifest.get("status", "unknown")),
        "reason": manifest.get("failure") or trouble,
        "started": manifest.get("started"),
        "finished": manifest.get("finished"),
        "arms": list(journal.arms),
        "control": manifest.get("control"),
        "seeds": list(journal.seeds),
        "minds": list(journal.minds),
        "mind": next(iter(journal.minds), None),
        "people": _people(folder),
        "primary": primary,
        "progress": progress,
        "bytes": size_of(folder),
    }


def size_of(folder: Path) -> int:
    """Bytes of all files under a folder; links are not followed."""
    total = 0
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # a file or a folder of a run that goes on may vanish at any time
            continue
    return total


def _broken(folder: Path, reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("run", "kind", "started", "finished", "control", "mind", "people", "primary", "progress"))
    return {
        "folder": str(folder),
        "name": folder.name,
        "status": "broken",
        "reason": reason,
        "arms": [],
        "seeds": [],
        "minds": [],
        "bytes": size_of(folder),
        **nothing,
    }


def _people(folder: Path) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(folder / "people.parquet").num_rows)
    except (OSError, pa.ArrowException):
        return None


def _primary(folder: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The answer to the run's question, and what is wrong with its file."""
    path = folder / "summary.json"
    if not path.is_file():
        return None, None
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        metric = str(summary["primary"])
        arms = {str(arm): table.get(metric) for arm, table in summary["arms"].items()}
        comparisons = [row for row in summary.get("comparisons") or () if row["metric"] == metric]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, f"{path}: cannot be read. Cure: understudy resume {folder} makes it again"
    return {"metric": metric, "arms": arms, "comparisons": comparisons}, None


def _progress(journal: Journal) -> dict[str, Any] | None:
    blocks = journal.manifest.get("blocks")
    if not isinstance(blocks, Mapping):
        return None
    wanted = sum(
        int(blocks.get("everyone" if mind == journal.minds[0] else "ensemble", 0))
        for _, _, mind in product(journal.arms, journal.seeds, journal.minds)
    )
    begun = 0.0
    if journal.living and size_of(journal.folder / "stream") <= GLANCED:
        turns = said(journal.folder, "world", "turns")
        if isinstance(turns, int) and turns > 0:
            begun = sum(min(1.0, journal.lived_turns(part) / turns) for part in journal.living)
    done = len(journal.parts)
    return {
        "parts": wanted,
        "parts_done": done,
        "parts_begun": len(journal.living),
        "share": min(1.0, (done + begun) / wanted) if wanted else None,
    }
