"""Items that a question tells by what sets them apart on the page: "the cheapest one", "the most popular"."""

from __future__ import annotations

import re

from simulator.records import Item
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.pointing import NOUN
from simulator.studies.solo.lived import Lived

QUALITY = re.compile(
    r"\b(?:the|your|that) (?:(?P<degree>most|least|best|worst|highest|lowest)[ -]"
    r"(?P<what>popular|known|reviewed|rated|priced|expensive)|"
    rf"(?P<one>cheapest|dearest|priciest|(?:newest|oldest)(?= {NOUN}\b)))(?: {NOUN})?\b"
)
_UP = ("most", "best", "highest", "dearest", "priciest", "newest")


def extreme(found: re.Match[str], subject: Subject, page: Lived) -> int | None:
    """The place of a page that a `QUALITY` tells, by what its items say of themselves now; None where they do not say,
    or where two share it."""
    told = found["what"] or found["one"]
    values = {at: value for at, place in enumerate(page.places) if (value := _value(told, subject.catalog[place.item]))}
    if len(values) < 2:
        return None
    best = (max if (found["degree"] or found["one"]) in _UP else min)(values.values())
    places = [at for at, value in values.items() if value == best]
    return places[0] if len(places) == 1 else None


def _value(told: str, item: Item) -> float | None:
    match told:
        case "popular" | "known" | "reviewed":
            return item.review_count
        case "rated":
            return item.review_mean
        case "newest" | "oldest":
            return item.year
    return item.price
