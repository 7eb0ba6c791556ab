"""The columns that hold what a language model said and what it took, from the texts of pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.turn import Page

Texts = npt.NDArray[np.object_]
Counts = npt.NDArray[np.integer[Any]]


def words_of(pages: Sequence[Page], name: str) -> Texts | None:
    """One text or None a page, over all pages; None if there is none at all."""
    if not any(name in page.extra for page in pages):
        return None
    return np.concatenate([page.extra.get(name, np.full(len(page), None, dtype=object)) for page in pages])


def testimony_columns(pages: Sequence[Page], places: npt.NDArray[np.bool_], repeat: Counts) -> dict[str, pa.Array]:
    """What people said, in rows: `places` (pages, k) are those with a row, `repeat` (pages,) their number."""
    columns = {"item_reason": _per_place(words_of(pages, "item_reasons"), places)}
    said = _documents(pages, "testimony")
    if said is None:
        return columns | {name: pa.nulls(int(repeat.sum()), kind) for name, (_, kind) in _SAID.items()}
    left = np.concatenate([page.left for page in pages]).tolist()
    for name, (key, kind) in _SAID.items():
        of_the_visit = name.startswith("interview")  # stated on every page, and true of the one that ends the visit
        values = [one.get(key) if gone or not of_the_visit else None for one, gone in zip(said, left, strict=True)]
        columns[name] = _repeated(values, repeat, kind)
    return columns


_SAID = {
    "feeling": ("feeling", pa.string()),
    "stated_satisfaction": ("satisfaction", pa.float32()),
    "interview": ("interview", pa.float32()),
    "interview_reason": ("interview_reason", pa.string()),
}
"""By column: the key in a testimony, and the type."""


def usage_columns(pages: Sequence[Page], repeat: Counts) -> dict[str, pa.Array]:
    """What the answers took. Tokens stand on a page's first row, so that sums over rows are right."""
    n = int(repeat.sum())
    tokens = {name: np.zeros(n, dtype=np.int32) for name in ("tokens_in", "tokens_out")}
    used = _documents(pages, "usage")
    if used is None:
        cached = pa.nulls(n, pa.bool_())
    else:
        first = np.cumsum(repeat) - repeat
        cached = _repeated([one.get("cached") for one in used], repeat, pa.bool_())
        for name, values in tokens.items():
            values[first] = [one.get(name, 0) for one in used]
    return {"cached": cached, **{name: pa.array(values) for name, values in tokens.items()}}


def _documents(pages: Sequence[Page], name: str) -> list[dict[str, Any]] | None:
    texts = words_of(pages, name)
    return None if texts is None else [{} if text is None else json.loads(text) for text in texts.tolist()]


def _repeated(values: Sequence[Any], repeat: Counts, kind: pa.DataType) -> pa.Array:
    return pa.array(values, kind).take(pa.array(np.repeat(np.arange(repeat.size), repeat)))


def _per_place(texts: Texts | None, places: npt.NDArray[np.bool_]) -> pa.Array:
    if texts is None:
        return pa.nulls(int(places.sum()), pa.string())

    def reasons() -> Iterator[str | None]:
        for text, shown in zip(texts.tolist(), places, strict=True):
            said = [None] * shown.size if text is None else json.loads(text)
            yield from (said[place] for place in np.flatnonzero(shown))

    return pa.array(list(reasons()), pa.string())
