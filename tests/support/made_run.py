"""A made run of any size in the real layout, written by the project's own writers: people who click by lot.

Two arms show the same pages until a turn that is the person's own. With `words`, people say why; with `memories`, they
remember what they clicked. `living` blocks stay in `stream/`, as if the run went on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.journal.memories import memory_table
from simulator.journal.parts import PartKey, to_table, write_part
from simulator.journal.stream import BlockStream
from simulator.turn import Action, AppraisedBy, LeaveReason, Page

KINDS = ("Drama", "Comedy", "War", "Crime", "Music", "Noir", "Western", "Thriller")
WORDS = (
    *("quiet", "harbour", "winter", "garden", "silver", "river", "lantern", "forest", "border", "signal"),
    *("paper", "orchard", "copper", "window", "train", "island", "market", "stranger", "thunder", "mirror"),
    *("summer", "shadow", "bridge", "letter", "falcon", "desert", "canyon", "violin", "engine", "meadow"),
)
RARE = "palimpsest"
"""A word that stands in one title in a hundred, and in no reason."""
SAID = "kaleidoscope"
"""A word that one person in a hundred says, and no title has."""


@dataclass(frozen=True, kw_only=True)
class MadeRun:
    """What to make. Rows: arms × seeds × people × turns × slate × `open_share`, about."""

    people: int = 64
    turns: int = 6
    slate: int = 5
    items: int = 120
    arms: tuple[str, ...] = ("control", "treatment")
    seeds: tuple[int, ...] = (7,)
    minds: tuple[str, ...] = ("statistical",)
    block: int = 1024
    open_share: float = 0.8
    words: bool = False
    memories: bool = False
    living: int = 0
    """So many blocks of each world, the last ones, are in `stream/` with half of their turns."""
    name: str = "made"

    @property
    def blocks(self) -> int:
        return -(-self.people // self.block)


TEN_MILLION = MadeRun(people=25_000, turns=25, slate=10, items=10_000, words=True, name="ten million rows")
ONE_MILLION = MadeRun(people=2_500, turns=25, slate=10, items=4_000, words=True, name="a million rows")


def make_run(folder: Path, made: MadeRun) -> Path:
    """Write the run; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    luck = np.random.default_rng(11)
    item_ids = np.array([f"i{row:05d}" for row in range(made.items)])
    user_ids = np.array([f"u{row:06d}" for row in range(made.people)])
    catalog = {
        "item_id": item_ids,
        "title": [_title(luck, row) for row in range(made.items)],
        "categories": [sorted(luck.choice(KINDS, 1 + row % 3, replace=False).tolist()) for row in range(made.items)],
        "popularity": luck.integers(0, 500, made.items),
    }
    people = {
        "user_id": user_ids,
        "cluster_id": user_ids,
        "source_id": user_ids,
        "block": (np.arange(made.people) // made.block).astype(np.int32),
        "ensemble": np.arange(made.people) < made.people // 4,
    }
    history = {"user_id": user_ids, "item_id": luck.choice(item_ids, made.people), "part": ["P"] * made.people}
    for name, table in (("catalog", catalog), ("people", people), ("history", history)):
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    (folder / "manifest.json").write_text(json.dumps(_manifest(folder, made)), encoding="utf-8")
    if not made.living:
        (folder / "summary.json").write_text(json.dumps(_summary(made)), encoding="utf-8")
    for seed in made.seeds:
        for mind in made.minds:
            everyone = made.people if mind == made.minds[0] else made.people // 4
            for block in range(-(-everyone // made.block)):
                rows = np.arange(block * made.block, min((block + 1) * made.block, everyone))
                for arm in range(len(made.arms)):
                    key = PartKey(run=folder.name, arm=made.arms[arm], seed=seed, mind=mind, block=block)
                    _write(folder, key, list(_pages(made, key, arm, rows.size)), user_ids[rows], item_ids, made)
    return folder


def _write(
    folder: Path, key: PartKey, turns: list[tuple[int, Page]], user_ids: Any, item_ids: Any, made: MadeRun
) -> None:
    if key.block >= made.blocks - made.living:
        with BlockStream(folder / "stream" / key.name, made.slate) as stream:
            for turn, page in turns[: made.turns // 2]:
                stream.append(turn, page)
        return
    if (memories := memory_table(key, turns, user_ids)) is not None:
        write_part(memories, folder / "memories" / f"{key.name}.parquet")
    write_part(to_table(key, turns, user_ids, item_ids), folder / "events" / f"{key.name}.parquet")


def _pages(made: MadeRun, key: PartKey, arm: int, n: int) -> Iterator[tuple[int, Page]]:
    shared = np.random.default_rng([key.seed, key.block, 1])
    own = np.random.default_rng([key.seed, key.block, 2, arm])
    parts_at = shared.integers(0, made.turns, n)
    session, page_no = np.full(n, -1), np.zeros(n, dtype=np.int64)
    leaving = np.ones(n, dtype=np.bool_)
    for turn in range(made.turns):
        here = np.flatnonzero(shared.random(n) < made.open_share)
        common = _slates(shared, made, n)
        apart = _slates(own, made, n)
        items = np.where((turn >= parts_at)[:, None] & (arm > 0), apart, common)[here]
        session[here] += leaving[here]
        page_no[here] = np.where(leaving[here], 0, page_no[here] + 1)
        draw = np.random.default_rng([key.seed, key.block, turn, 3]).random((n, made.slate, 4))[here]
        noticed = draw[..., 0] < 0.8
        examined = noticed & (draw[..., 1] < 0.5)
        clicked = examined & (draw[..., 2] < 0.3 + 0.1 * arm)
        left = draw[:, 0, 3] < 0.3
        leaving[here] = left
        satisfaction = (2.5 + clicked.sum(1) * 0.5).clip(1, 5)
        yield (
            turn,
            Page(
                rows=here.astype(np.int32),
                session=session[here].astype(np.int32),
                page=page_no[here].astype(np.int32),
                items=items,
                score=draw[..., 1].astype(np.float32),
                propensity=np.full(items.shape, np.nan, dtype=np.float32),
                noticed=noticed,
                examined=examined,
                clicked=clicked,
                dwell_s=np.where(clicked, draw[..., 0] * 300, 0).astype(np.float32),
                rating=np.where(clicked & (draw[..., 1] < 0.25), np.round(1 + 4 * draw[..., 0]), np.nan).astype(
                    np.float32
                ),
                liked=clicked & (draw[..., 0] > 0.4),
                want=(draw[..., 2] * 4 - 2).astype(np.float32),
                taste=(draw[..., 3] * 4 - 2).astype(np.float32),
                action=np.where(left, Action.LEAVE, Action.NEXT_PAGE).astype(np.int8),
                satisfaction=satisfaction.astype(np.float32),
                fatigue=(turn / made.turns + np.zeros(here.size)).astype(np.float32),
                mood=(draw[:, 0, 0] - 0.5).astype(np.float32),
                left=left,
                leave_reason=np.where(left, LeaveReason.TIRED, LeaveReason.STAYED).astype(np.int8),
                appraised_by=np.full(here.size, AppraisedBy.LLM if made.words else AppraisedBy.STATISTICAL, np.int8),
                return_gap_s=np.where(left, 86_400.0, np.nan).astype(np.float32),
                sim_time=np.full(here.size, turn * 3600.0),
                extra=_extra(made, key, turn, here, items, clicked),
            ),
        )


def _slates(luck: np.random.Generator, made: MadeRun, n: int) -> np.ndarray:
    """No item twice on a page: a random start and a step that is prime to any number of items below it."""
    start = luck.integers(0, made.items, n)[:, None]
    return ((start + 7 * np.arange(made.slate)) % made.items).astype(np.int32)


def _extra(
    made: MadeRun, key: PartKey, turn: int, rows: np.ndarray, items: np.ndarray, clicked: np.ndarray
) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if made.words:
        first, chosen = items[:, 0].tolist(), clicked.tolist()
        said = [
            f"{WORDS[i % 30]} and {WORDS[i % 29]} {'' if (row + turn) % 100 else SAID} kept me here in turn {turn}"
            for row, i in zip(rows.tolist(), first, strict=True)
        ]
        extra["reason"] = np.array(said, dtype=object)
        of_items = [
            json.dumps([f"the {WORDS[(i + at) % 30]} drew me" if on else None for at, on in enumerate(marks)])
            for i, marks in zip(first, chosen, strict=True)
        ]
        extra["item_reasons"] = np.array(of_items, dtype=object)
        extra["testimony"] = np.array(
            [json.dumps({"feeling": WORDS[i % 12], "satisfaction": 1 + i % 5}) for i in first], dtype=object
        )
        extra["llm_model"] = np.full(rows.size, "made", dtype=object)
        extra["prompt_id"] = np.full(rows.size, "page.made", dtype=object)
    if made.memories:
        extra["memories"] = np.array(
            [_records(key, turn, row, marks) for row, marks in zip(rows.tolist(), clicked.tolist(), strict=True)],
            dtype=object,
        )
    return extra


def _records(key: PartKey, turn: int, row: int, clicked: list[bool]) -> str:
    user = f"u{key.block * 1024 + row:06d}"
    word = WORDS[(row + turn) % 30]
    records: list[dict[str, Any]] = [
        {"op": "write", "user": user, "id": f"{turn}/0", "text": f"saw a {word}, opened {sum(clicked)}", "created": 1.0}
    ]
    if turn:
        records.insert(0, {"op": "use", "user": user, "evidence": [f"{turn - 1}/0"]})
    return json.dumps(records)


def _title(luck: np.random.Generator, row: int) -> str:
    words = " ".join(luck.choice(WORDS, 3)).title()
    return f"{words} {RARE if row % 100 == 0 else ''} ({1950 + row % 70})"


def _manifest(folder: Path, made: MadeRun) -> dict[str, Any]:
    return {
        "run": folder.name,
        "name": made.name,
        "status": "running" if made.living else "finished",
        "started": "2026-01-05T09:00:00+00:00",
        "command": ["made"],
        "workers": 1,
        "seeds": list(made.seeds),
        "scenario_hash": "0" * 64,
        "versions": {},
        "data_dir": None,
        "resumed": [],
        "arms": list(made.arms),
        "control": made.arms[0],
        "minds": list(made.minds),
        "mind": made.minds[0],
        "primary": "click_rate",
        "log_has_clicks": True,
        "confidence": 0.95,
        "catalog_size": made.items,
        "rating_unit": 1.0,
        "blocks": {"everyone": made.blocks, "ensemble": -(-(made.people // 4) // made.block)},
    }


def _summary(made: MadeRun) -> dict[str, Any]:
    rate = {"mean": 0.2, "ci": [0.19, 0.21], "n_users": made.people}
    return {
        "primary": "click_rate",
        "control": made.arms[0],
        "arms": {arm: {"click_rate": rate} for arm in made.arms},
        "comparisons": [
            {
                "metric": "click_rate",
                "control": made.arms[0],
                "treatment": arm,
                "difference": 0.01,
                "ci": [0.0, 0.02],
                "verdict": "better",
            }
            for arm in made.arms[1:]
        ],
    }
