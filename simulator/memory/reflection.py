"""Who has reason to think about what they lived, and about what.

Reflection is triggered by gathered importance, as in Park et al. (UIST 2023), and waits for the end of a visit; every
few visits it looks back on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from simulator.memory.episodes import Draft
from simulator.memory.settings import MemorySettings
from simulator.memory.store import MemoryStore, identity_of
from simulator.memory.words import ago
from simulator.turn import Belief, Task

NOTE_CONFIDENCE = 0.25
"""Stated confidence that a note about one page counts for: one page says little. Assumed."""
MOST_EPISODES = {"session": 10, "span": 20}
"""Episodes that a reflection looks at, the most important ones. It bounds the prompt to some 250 and 500 tokens."""
MOST_BELIEFS = 8


def level_due(
    settings: MemorySettings, *, left: bool, session: int, gathered: float
) -> Literal["session", "span"] | None:
    """The level at which somebody reflects after a page, if at all. `session` counts from 0; `gathered` is the
    importance since the last reflection, this page's included. Nothing new is no reason for any."""
    levels = settings.reflection
    if not left or gathered <= 0:
        return None
    if levels.span and (session + 1) % settings.span_sessions == 0:
        return "span"
    if levels.session and gathered >= settings.reflection_threshold:
        return "session"
    return None


def task(
    store: MemoryStore,
    settings: MemorySettings,
    *,
    index: int,
    row: int,
    level: Literal["session", "span"],
    session: int,
    now: float,
    fresh: Sequence[tuple[str, Draft]],
) -> Task:
    """What one person reflects on: episodes of the visits in question with those just lived (`fresh`, with their
    ids), and the beliefs held."""
    reach = session - (settings.span_sessions if level == "span" else 1)
    taken = store.number[row] >= 0
    recent = np.flatnonzero(taken & ~store.is_belief[row] & (store.session[row] > reach))
    old = [
        (float(store.importance[row, at]), int(store.number[row, at]), float(store.created[row, at]), at)
        for at in recent
    ]
    most = max(0, MOST_EPISODES[level] - len(fresh))
    chosen = sorted(sorted(old, key=lambda one: (-one[0], one[1]))[:most], key=lambda one: one[1])
    told = [(identity_of(number), f"{ago(now - created)}: {store.text[row, at]}") for _, number, created, at in chosen]
    told += [(identity, f"just now: {draft.text}") for identity, draft in fresh]
    beliefs = sorted(
        (-float(store.confidence[row, at]), int(store.number[row, at]), at)
        for at in np.flatnonzero(taken & store.is_belief[row])
    )
    return Task(
        index=index,
        row=row,
        level=level,
        episodes=tuple(text for _, text in told),
        episode_ids=tuple(identity for identity, _ in told),
        beliefs=tuple(
            Belief(identity_of(number), store.text[row, at], round(-minus, 3))
            for minus, number, at in beliefs[:MOST_BELIEFS]
        ),
    )
