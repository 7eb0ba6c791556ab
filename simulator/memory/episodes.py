"""Episodes: what is worth remembering of a page, made from what happened on it and without any model.

Importance is surprise, as a noisy-or of causes c (each 0-1) with weights w, all assumed:

    importance = 1 - (1 - 0.1) · Π (1 - w·c)

so that each cause alone raises it, and none can raise it beyond 1. That the distance between what was expected and
what came, in either direction, makes memories is measured by Rouhani, Norman & Niv (JEP: LMC 2018).

| cause | c | w |
|---|---|---|
| a rating unlike the usual | min(1, abs(rating - mean) / (2 · spread)) | 0.6 |
| a page unlike the usual | min(1, abs(satisfaction - usual) / 2) | 0.6 |
| a change of mood | min(1, abs(change)) | 0.3 |
| the first choice of a category | 0 or 1 | 0.4 |
| words of one's own (a search, an instruction) | 0 or 1 | 0.4 |
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.memory.usual import Usual
from simulator.memory.words import TEXT_CHARS, cut, plain, titled
from simulator.records import Catalog
from simulator.turn import F64, Action, LeaveReason, Page

MOST_ITEMS = 3
"""Items of one page that are remembered one by one, the most important ones."""
MOST_QUOTED = 50
"""Longest quotation of one's own words."""
BASE = 0.1
W_RATING, W_PAGE, W_MOOD, W_FIRST, W_WORDS = 0.6, 0.6, 0.3, 0.4, 0.4
_NOTABLE = 0.25
"""Surprise from which a page without choices is remembered: half a level."""
_LEFT = {
    LeaveReason.TIRED: "you left tired",
    LeaveReason.BORED: "you left bored",
    LeaveReason.DISSATISFIED: "you left dissatisfied",
    LeaveReason.SATED: "you left, having had enough",
    LeaveReason.NOTHING_SHOWN: "you left: nothing was shown",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An episode that may be written."""

    text: str
    importance: float
    item: int
    """Catalogue row, -1 for a page as a whole."""
    valence: float


def importance(*causes: tuple[F64, float]) -> F64:
    """Noisy-or of (cause in [0, 1], weight in [0, 1]) over the base, in [0.1, 1]. All causes of one shape."""
    left: F64 = np.asarray(1.0 - BASE)
    for cause, weight in causes:
        left = left * (1.0 - weight * cause)
    return 1.0 - left


def drafts(page: Page, usual: Usual, catalog: Catalog) -> list[list[Draft]]:
    """What each person of a page remembers of it: up to three items, most important first, then the page itself.
    Pages on which nothing happened, and that were as usual, leave nothing."""
    rows = page.rows
    turned = np.minimum(1.0, np.abs(np.nan_to_num(page.mood) - usual.mood[rows])).astype(np.float64)
    made: list[list[Draft]] = [[] for _ in range(len(page))]
    _items(made, page, usual, catalog, turned)
    _pages(made, page, usual, turned)
    return made


def _items(made: list[list[Draft]], page: Page, usual: Usual, catalog: Catalog, turned: F64) -> None:
    person, place = np.nonzero(page.clicked & page.shown)
    if not person.size:
        return
    rows, items, rating = page.rows[person], page.items[person, place], page.rating[person, place].astype(np.float64)
    off = (rating - usual.rating[rows]) / (2.0 * usual.spread[rows])
    felt = np.where(np.isfinite(off), np.clip(np.nan_to_num(off), -1, 1), np.where(page.liked[person, place], 0.5, 0))
    known = np.where(np.isfinite(off), np.abs(felt), 0.0)
    first = usual.is_first(rows, items).astype(np.float64)
    weight = importance((known, W_RATING), (turned[person], W_MOOD), (first, W_FIRST))
    for one in np.lexsort((place, -weight, person)):
        of = int(person[one])
        if len(made[of]) < MOST_ITEMS:
            text = _choice(catalog[int(items[one])].title, float(rating[one]), bool(page.liked[of, place[one]]))
            text = _because(text, _nth(_word(page, "item_reasons", of), int(place[one])))
            made[of].append(Draft(text, round(float(weight[one]), 4), int(items[one]), round(float(felt[one]), 4)))


def _pages(made: list[list[Draft]], page: Page, usual: Usual, turned: F64) -> None:
    rows = page.rows
    off = np.minimum(1.0, np.abs(np.nan_to_num(page.satisfaction - usual.satisfaction[rows])) / 2.0).astype(np.float64)
    spoke = np.isin(page.action, (Action.SEARCH, Action.INSTRUCT)).astype(np.float64)
    weight = importance((off, W_PAGE), (turned, W_MOOD), (spoke, W_WORDS))
    for index in range(len(page)):
        chose = bool(made[index])
        text = _act(page, index, chose)
        if text and (spoke[index] or page.left[index] or off[index] >= _NOTABLE):
            said = _testimony(page, index).get("interview_reason" if page.left[index] else "feeling")
            valence = round(float(np.clip(np.nan_to_num(page.mood[index]), -1, 1)), 4)
            made[index].append(Draft(_because(text, said), round(float(weight[index]), 4), -1, valence))


def _choice(title: str, rating: float, liked: bool) -> str:
    if np.isfinite(rating):
        return f"you opened {titled(title)} and gave it {rating:.3g}"
    return f"you opened {titled(title)}{' and liked it' if liked else ''}"


def _act(page: Page, index: int, chose: bool) -> str:
    """The page as a whole in words, or nothing where its items say it all."""
    argument = page.extra.get("action_argument")
    words = plain(str(argument[index]), MOST_QUOTED) if argument is not None and argument[index] else ""
    if words and page.action[index] == Action.SEARCH:
        return f"you searched for '{words}'"
    if words and page.action[index] == Action.INSTRUCT:
        return f"you asked for '{words}'"
    if page.left[index]:
        return _LEFT.get(LeaveReason(int(page.leave_reason[index])), "")
    return "" if chose else "nothing on the page made you choose"


def _because(text: str, reason: object) -> str:
    why = plain(reason) if isinstance(reason, str) else ""
    return cut(f"{text}: {why}" if why else text, TEXT_CHARS)


def _nth(values: object, at: int) -> object:
    return values[at] if isinstance(values, Sequence) and not isinstance(values, str) and at < len(values) else None


def _word(page: Page, name: str, index: int) -> Any:
    """A word of the page that is JSON, read; None where there is none or it is not JSON."""
    column = page.extra.get(name)
    if column is None or not column[index]:
        return None
    try:
        return json.loads(column[index])
    except (ValueError, RecursionError):
        return None


def _testimony(page: Page, index: int) -> Mapping[str, Any]:
    found = _word(page, "testimony", index)
    return found if isinstance(found, dict) else {}


def note_of(page: Page, index: int) -> str:
    """The note that a model made about a page, as plain words; empty where there is none."""
    note = _testimony(page, index).get("note")
    return plain(note) if isinstance(note, str) else ""
