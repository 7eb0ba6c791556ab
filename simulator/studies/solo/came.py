"""What came of a page: for people to read, and as a digest by which one sees whether it comes again."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

import numpy as np
from pydantic import Field

from simulator.documents.forms import Section
from simulator.records import Catalog
from simulator.turn import Action, LeaveReason, Page

Id = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[str, Field(max_length=1000)]


class Came(Section):
    """What came of a page, for people to read, and a digest of all of it."""

    turn: int = Field(description="Turn of the simulated time.", ge=0)
    clicked: tuple[Id, ...] = Field(description="Items that were chosen, from the top.", max_length=1000)
    action: Text = Field(description="What was done at its end.")
    left: bool = Field(description="Whether the visit ended with it.")
    leave_reason: Text = Field(description="Why.")
    digest: str = Field(description="Of every value of the page.", pattern=r"^[0-9a-f]{16}$")


def came_of(turn: int, page: Page, catalog: Catalog) -> Came:
    """What came of a page of one person."""
    return Came(
        turn=turn,
        clicked=tuple(catalog[int(item)].item_id for item in page.items[page.clicked]),
        action=Action(int(page.action[0])).name.lower(),
        left=bool(page.left[0]),
        leave_reason=LeaveReason(int(page.leave_reason[0])).name.lower(),
        digest=digest(turn, page, catalog),
    )


def digest(turn: int, page: Page, catalog: Catalog) -> str:
    """16 hexadecimal digits of everything that two journals of the same life share."""
    hashed = blake2b(digest_size=8)
    hashed.update(f"{turn}".encode())
    for item in page.items[0].tolist():
        hashed.update(b"\0" if item < 0 else catalog[item].item_id.encode(errors="replace") + b"\1")
    for name in _HASHED:
        values = np.ascontiguousarray(getattr(page, name))
        hashed.update(name.encode() + values.astype(values.dtype.newbyteorder("<")).tobytes())
    for name in sorted(set(page.extra) - {"usage"}):
        hashed.update(repr((name, page.extra[name].tolist())).encode(errors="replace"))
    return hashed.hexdigest()


_HASHED = (
    "session", "page", "score", "propensity", "noticed", "examined", "clicked", "dwell_s", "rating", "liked", "want",
    "taste", "action", "satisfaction", "fatigue", "mood", "left", "leave_reason", "appraised_by", "return_gap_s",
    "sim_time",
)  # fmt: skip
