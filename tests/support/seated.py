"""Scripted humans for the seat: what they pick, what they open, when they go away."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.loader import check
from scenarios.schema import Scenario
from simulator import datasets
from simulator.records import Item
from simulator.studies.play.looking import Looking
from simulator.studies.play.playing import Played, play
from simulator.studies.play.taste import Onboarding, Pick
from simulator.turn import LeaveReason

Rule = Callable[[Item, int, int], bool]
"""Whether an item is opened: item, turn, place."""


class Scripted:
    """Opens by a rule, rates by another, and writes down all that it did; `stops` maps a turn to an exception that is
    raised in the middle of that page, once."""

    def __init__(
        self,
        opens: Rule,
        *,
        picks: Callable[[Item], int | None] = lambda item: None,
        rates: Callable[[Item], int | None] = lambda item: 4,
        satisfied: Callable[[int], int | None] = lambda turn: 4,
        leaves: dict[int, LeaveReason] | None = None,
        stops: dict[int, BaseException] | None = None,
    ) -> None:
        self._opens, self._picks, self._rates, self._satisfied = opens, picks, rates, satisfied
        self._leaves, self._stops = leaves or {}, stops or {}
        self.typed: list[dict[str, Any]] = []
        self.told: list[str] = []

    def onboard(self, onboarding: Onboarding, note: Callable[[Pick], None]) -> None:
        for item in onboarding.items:
            level = self._picks(item)
            if level:
                note(Pick(item_id=item.item_id, level=level))

    def tell(self, text: str) -> None:
        self.told.append(text)

    def look(self, looking: Looking) -> None:
        shown = looking.shown
        looking.see(shown.places)
        for place in shown.places:
            item = shown.items[place]
            assert item is not None
            if self._opens(item, shown.turn, place) and place not in looking.clicked:
                looking.open(place)
                if (stop := self._stops.pop(shown.turn, None)) is not None:
                    raise stop
                looking.back()
                if (level := self._rates(item)) is not None:
                    looking.rate(place, level)
        said = self._satisfied(shown.turn)
        for place in shown.places:
            item = shown.items[place]
            assert item is not None
            self.typed.append(
                {
                    "turn": shown.turn,
                    "session": shown.session,
                    "page": shown.page,
                    "position": place,
                    "item_id": item.item_id,
                    "clicked": place in looking.clicked,
                    "rating": looking.levels.get(place),
                    "satisfaction": said,
                }
            )
        if shown.turn in self._leaves:
            looking.leave(self._leaves[shown.turn], said)
        else:
            looking.turn_page(said)

    def again(self, visit: int) -> bool:
        return True


def of_category(name: str) -> Rule:
    return lambda item, turn, place: name in item.categories


def likes(name: str) -> Callable[[Item], int | None]:
    return lambda item: 5 if name in item.categories else None


def scenario(**changes: Any) -> Scenario:
    """A small world: two built-in arms over few people."""
    values: dict[str, Any] = {
        "dataset": few_people(),
        "name": "seat",
        "seed": 7,
        "world": {"slate_size": 8},
        "arms": {"plain": "popular", "clever": "ease"},
    }
    return check(values | changes, file="seat", base_dir=Path.cwd())


@cache
def few_people() -> dict[str, Any]:
    """A `dataset` section: 200 people and 300 items of the sample, on which all is fitted in half a second."""
    log = datasets.load("sample").log
    folder = Path(tempfile.mkdtemp(prefix="few-people-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    kept = log.select((log.user < 200) & (log.item < 300))
    lines = [f"{log.user_ids[u]},i{i},{r:g}" for u, i, r in zip(kept.user, kept.item, kept.rating, strict=True)]
    (folder / "log.csv").write_text("\n".join(["user,item,rating", *lines]), encoding="utf-8")
    titles = [f'i{row},"{item.title}",{"|".join(item.categories)}' for row, item in enumerate(log.catalog[:300])]
    (folder / "items.csv").write_text("\n".join(["id,title,categories", *titles]), encoding="utf-8")
    return {
        "source": "table",
        "path": str(folder / "log.csv"),
        "columns": {"user": "user", "item": "item", "rating": "rating"},
        "items": {
            "path": str(folder / "items.csv"),
            "columns": {"id": "id", "title": "title", "categories": "categories"},
        },
    }


def played(out: Path, player: Scripted, *, pages: int = 10, **more: Any) -> Played:
    changes = more.pop("changes", {})
    more.setdefault("arm", "plain")
    return play(scenario(**changes), out, player, name=more.pop("name", "ann"), pages=pages, **more)
