"""What an agent sees and does, as Gymnasium spaces. Nothing latent is in it: it is what a platform sees.

An observation of one person (k places on a page, C categories):

profile   (C,)  mean category vector of what the platform knows that they chose, clicks of this life included; 0 to 1
items     (k,)  catalogue rows of the last page they saw, -1 for an empty place or before the first page
clicked   (k,)  which of these they clicked
dwell_s   (k,)  seconds spent with each, at most a day
rating    (k,)  the ratings that they gave, on the data's scale; 0 for none
page      (1,)  pages that they saw in this visit
visit     (1,)  visits before this one
turn      (1,)  the turn that is next
present   (1,)  whether they wait for a page now
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from simulator.studies.gym.episode import LONGEST_DWELL_S, Episode
from simulator.studies.gym.theatre import Theatre

MOST = 2**31 - 1


def action_space(theatre: Theatre) -> spaces.MultiDiscrete:
    """One catalogue row for each place of a page, from the top."""
    return spaces.MultiDiscrete(np.full(theatre.plan.slate_size, len(theatre.log.catalog)))


def observation_space(theatre: Theatre) -> spaces.Dict:
    """Of one person."""
    k, catalog = theatre.plan.slate_size, theatre.log.catalog
    best = np.float32(5 * theatre.everyone.rating_unit)

    def number(high: int) -> spaces.Box:
        return spaces.Box(0, high, (1,), np.int32)

    return spaces.Dict(
        {
            "profile": spaces.Box(0.0, 1.0, (catalog.categories.shape[1],), np.float32),
            "items": spaces.Box(-1, max(len(catalog) - 1, 0), (k,), np.int32),
            "clicked": spaces.MultiBinary(k),
            "dwell_s": spaces.Box(0.0, np.float32(LONGEST_DWELL_S), (k,), np.float32),
            "rating": spaces.Box(np.float32(0), best, (k,), np.float32),
            "page": number(MOST),
            "visit": number(MOST),
            "turn": number(MOST),
            "present": number(1),
        }
    )


def observed(episode: Episode) -> dict[str, Any]:
    """The observations of all people of an episode, new arrays: one row each."""
    n, state = len(episode), episode.world.state
    present = np.zeros((n, 1), dtype=np.int32)
    present[episode.present] = 1
    return {
        "profile": np.clip(episode.profile, 0, 1),
        "items": episode.items.copy(),
        "clicked": episode.clicked.astype(np.int8),
        "dwell_s": episode.dwell_s.copy(),
        "rating": episode.rating.copy(),
        "page": state.page[:, None].astype(np.int32),
        "visit": np.maximum(state.session, 0)[:, None].astype(np.int32),
        "turn": np.full((n, 1), episode.turn, dtype=np.int32),
        "present": present,
    }
