"""What the player did, the moment they did it: one line of JSON each, synced, so that a kill in mid-page loses nothing.

The journal gets whole turns. The diary holds what leads to them: titles picked at the start, items opened and left,
ratings. A play that goes on reads it back; a line that a crash cut short is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HOLDS: Mapping[str, Mapping[str, Any]] = {
    "taste": {"item": str, "level": int | None},
    "taste done": {},
    "seen": {"turn": int, "places": list},
    "open": {"turn": int, "place": int},
    "back": {"turn": int, "place": int, "seconds": int | float},
    "rate": {"turn": int, "place": int, "level": int},
    "again": {"visit": int},
    "over": {},
}
"""What is noted, and what each holds."""


class Diary:
    """An append-only file of events; `events` are those that earlier processes wrote, oldest first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.events = self._recovered()

    def note(self, event: str, **values: Any) -> None:
        """Append one event. When this returns, it survives the process and the machine."""
        noted = {"event": event, **values}
        assert _is_whole(noted), f"{noted} would not be read again"
        line = json.dumps(noted, ensure_ascii=False) + "\n"
        with self._path.open("ab") as file:
            file.write(line.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())

    def of_turn(self, turn: int) -> list[dict[str, Any]]:
        """What was noted about one turn before this process began."""
        return [event for event in self.events if event.get("turn") == turn]

    def _recovered(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        found = []
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:  # damaged on the disk: what is whole still counts
                continue
            if _is_whole(event):
                found.append(event)
        return found


def _is_whole(event: Any) -> bool:
    holds = _HOLDS.get(str(event.get("event"))) if isinstance(event, dict) else None
    return holds is not None and all(name in event and isinstance(event[name], kind) for name, kind in holds.items())
