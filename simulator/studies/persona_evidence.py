"""What a log knows of people's choices, as `personas.asking` is told it: from P and M, never from V."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from personas.asking import Evidence, Seen, Shelf, Thing
from simulator.records import I32, I64, Item, SplitLog, UserInputError

_CATEGORIES = 3
"""Most categories that are told of a thing."""


class LogEvidence:
    """The choices of everybody in a log, and the shelf from which they chose. V is not looked at, for either."""

    def __init__(self, split: SplitLog) -> None:
        log = split.known.positives()
        self._name, self._log = split.name, log
        self._row = {str(user): row for row, user in enumerate(log.user_ids.tolist())}
        self._in_time = log.complete_times()
        order = np.lexsort((np.arange(len(log)), log.time, log.user))
        self._item: I32 = log.item[order]
        self._rating = log.rating[order]
        self._start: I64 = np.searchsorted(log.user[order], np.arange(log.n_users + 1)).astype(np.int64)

    @cached_property
    def shelf(self) -> Shelf:
        """Everything that somebody chose."""
        return Shelf(self._things)

    def of(self, user_id: str) -> Evidence | None:
        """The choices of one person, each thing once with its last rating; None for somebody who is not in the log."""
        row = self._row.get(user_id)
        if row is None:
            return None
        last: dict[int, float] = {}
        for place in range(int(self._start[row]), int(self._start[row + 1])):
            item = int(self._item[place])
            last.pop(item, None)
            last[item] = float(self._rating[place])
        seen = [
            Seen(thing=self._things[item], rating=rating if np.isfinite(rating) else None)
            for item, rating in last.items()
        ]
        return Evidence(seen=tuple(seen), in_time=bool(self._in_time[row]))

    def require(self, user_id: str) -> Evidence:
        """The same. Raises UserInputError for somebody who is not in the log."""
        found = self.of(user_id)
        if found is None:
            raise UserInputError(
                f"personas: {user_id[:80]!r} is nobody in dataset {self._name}, and a model is asked about what people "
                "chose. Give personas whose ids are the log's"
            )
        return found

    @cached_property
    def _things(self) -> tuple[Thing, ...]:
        """By row of the catalogue."""
        n = len(self._log.catalog)
        pairs = np.unique(self._log.user.astype(np.int64) * n + self._log.item)
        count = np.bincount(pairs % n, minlength=n)
        return tuple(thing_of(item, int(n)) for item, n in zip(self._log.catalog, count, strict=True))


def thing_of(item: Item, chosen_by: int) -> Thing:
    """An item as prompts about personas name it: title, year, categories, maker. Without a title it goes by its
    headline, its text, or its id."""
    title = item.title.strip() or item.headline.strip() or item.text.strip()[:120] or f"item {item.item_id}"
    kinds = "/".join(item.categories[:_CATEGORIES])
    facts = ["" if item.year is None else str(item.year), kinds, f"by {item.creator}" if item.creator else ""]
    return Thing(item_id=item.item_id, title=title, facts=", ".join(filter(None, facts)), chosen_by=chosen_by)
