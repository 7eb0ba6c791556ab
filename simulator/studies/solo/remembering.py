"""What a person remembers most: from their memory if they have one, else from their own pages and what they chose
before."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simulator.memory.episodes import drafts
from simulator.memory.forgetting import ForgettingLaw
from simulator.memory.memory import EpisodicMemory
from simulator.memory.usual import Usual
from simulator.memory.words import ago, sureness, titled
from simulator.population import Population
from simulator.records import Catalog, InteractionLog, SplitLog
from simulator.turn import Page

Memories = tuple[tuple[str, float], ...]

_LONG_AGO = 0.3
"""Strength of what the log tells of a person, at most: it was before the life. Assumed."""


def from_memory(memory: EpisodicMemory, now_s: float, most: int) -> Memories:
    """The memories of the one person of a memory by strength: importance x retention."""
    store = memory.store
    taken = np.flatnonzero(store.taken[0])
    age = now_s - store.last_used[0, taken]
    weight = store.importance[0, taken].astype(np.float64)
    kept = weight * memory.settings.forgetting.retention(age, weight)
    order = np.lexsort((-store.number[0, taken], -kept))[:most]
    told = []
    for slot in taken[order].tolist():
        text = str(store.text[0, slot])
        sure = bool(store.is_belief[0, slot])
        before = sureness(float(store.confidence[0, slot])) if sure else ago(now_s - float(store.created[0, slot]))
        told.append(f"{before}: {text}")
    return tuple(zip(told, np.round(kept[order], 4).tolist(), strict=True))


def from_pages(
    people: Population, catalog: Catalog, pages: Iterable[Page], split: SplitLog, now_s: float, most: int
) -> Memories:
    """What would be remembered of these pages of one person (`simulator.memory.episodes`), and what the log says that
    they chose, by strength: importance x retention (`simulator.memory.forgetting`)."""
    usual, law = Usual(people.take(np.zeros(1, dtype=np.intp)), catalog), ForgettingLaw()
    found: list[tuple[float, str]] = []
    for page in pages:
        (made,) = drafts(page, usual, catalog)
        at = float(page.sim_time[0])
        for one in made:
            kept = law.retention(np.array([now_s - at]), np.array([one.importance]))[0] * one.importance
            found.append((float(kept), f"{ago(now_s - at)}: {one.text}"))
        usual.apply(page)
    found += _told_of_log(people, catalog, split)
    found.sort(key=lambda one: -one[0])
    return tuple((text, round(strength, 4)) for strength, text in found[:most])


def of_log(people: Population, split: SplitLog) -> InteractionLog:
    """What a person of the log chose, the oldest first: what the platform knows of, and what only they know."""
    log = split.known.positives()
    mine = log.select(log.user == int(people.source[0]))
    return mine.select(np.argsort(mine.time, kind="stable"))


def _told_of_log(people: Population, catalog: Catalog, split: SplitLog) -> list[tuple[float, str]]:
    """The same in words, the more telling the rating the stronger."""
    if int(people.source[0]) < 0:
        return []
    log = of_log(people, split)
    mean, spread = float(people.rating_mean[0]), max(float(people.rating_spread[0]), 1e-6)
    told = []
    for item, rating in zip(log.item.tolist(), log.rating.tolist(), strict=True):
        title = titled(catalog[item].title)
        if np.isfinite(rating):
            off = min(1.0, abs(rating - mean) / (2 * spread))
            told.append((_LONG_AGO * (0.1 + 0.9 * off), f"before: you gave {title} {rating:.3g}"))
        else:
            told.append((_LONG_AGO * 0.1, f"before: you chose {title}"))
    return told
