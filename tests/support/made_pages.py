"""A made log of pages, by people whose traits are known: laws as simple as those that people are inferred by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from simulator.records import Catalog, InteractionLog, Item

TRAITS = (
    "activity",
    "pickiness",
    "conformity",
    "novelty_seeking",
    "patience",
    "impulsivity",
    "position_habit",
    "price_sensitivity",
    "trust_in_reviews",
    "trust_in_popularity",
    "headline_susceptibility",
    "thumbnail_susceptibility",
)
CUE_TRAITS, CUE_SIGNS = TRAITS[7:], np.array([-1, 1, 1, 1, 1])
KINDS, PLACES, HISTORY = 10, 10, 30
DAYS, DAY_S = 40, 86_400.0


@dataclass(frozen=True, eq=False)
class MadePages:
    log: InteractionLog
    traits: dict[str, np.ndarray]
    """In standard deviations. (n,) each."""
    cues: np.ndarray
    """(n_items, 5)."""


def made_pages(n: int = 400, pages: int = 60, *, items: int = 300, size: float = 0.4, seed: int = 1) -> MadePages:
    """People with a history of 30 items who see up to so many pages of ten; a trait moves logits by `size` a sd."""
    luck = np.random.default_rng(seed)
    names = [f"kind {j}" for j in range(KINDS)]
    catalog = Catalog(
        tuple(
            Item(item_id=f"i{j}", title=f"Thing {j}", categories=tuple(luck.choice(names, 2, replace=False).tolist()))
            for j in range(items)
        )
    )
    vectors = catalog.categories.astype(np.float64)
    fame, cues = luck.normal(size=items), luck.normal(size=(items, 5))
    z = {trait: np.clip(luck.normal(size=n), -2.5, 2.5) for trait in TRAITS}
    heed = np.stack([z[trait] for trait in CUE_TRAITS], axis=1) * CUE_SIGNS
    history = np.argsort(-(1.5 * fame + luck.gumbel(size=(n, items))), axis=1)[:, :HISTORY]
    profile = vectors[history].sum(axis=1)
    profile /= np.linalg.norm(profile, axis=1, keepdims=True)
    rate = 1.2 * np.exp(0.6 * z["activity"])
    clock = luck.exponential(size=n) / rate * DAY_S
    parts: list[dict[str, np.ndarray]] = []
    for _ in range(pages):
        who = np.flatnonzero(clock < DAYS * DAY_S)
        m = who.size
        shown = np.argsort(-luck.gumbel(size=(m, items)), axis=1)[:, :PLACES]
        familiar = np.einsum("mkc,mc->mk", vectors[shown], profile[who])
        logit = -1.0 + 0.3 * fame[shown] + size * z["conformity"][who, None] * fame[shown]
        logit -= size * z["pickiness"][who, None] - 4 * size * z["novelty_seeking"][who, None] * (0.5 - familiar)
        logit += size * np.einsum("mkc,mc->mk", cues[shown], heed[who])
        onward = 0.8 ** np.exp(0.4 * z["position_habit"][who])
        looked = np.cumprod(luck.random((m, PLACES)) < np.where(np.arange(PLACES) == 0, 1.0, onward[:, None]), axis=1)
        clicked = (looked > 0) & (luck.random((m, PLACES)) < expit(logit))
        back = luck.random((m, PLACES)) < expit(-0.5 + 0.6 * z["impulsivity"][who, None])
        dwell = np.where(back, 6, 60) * np.exp(0.4 * luck.normal(size=(m, PLACES))) * clicked
        parts.append(
            {
                "user": np.repeat(who, PLACES),
                "item": shown.ravel(),
                "clicked": clicked.ravel(),
                "time": np.repeat(clock[who], PLACES),
                "dwell_s": dwell.ravel(),
                "position": np.tile(np.arange(PLACES), m),
            }
        )
        clock[who] += 3 * looked.sum(axis=1) + dwell.sum(axis=1) + 1
        left = luck.random(m) < expit(-0.8 - 0.6 * z["patience"][who])
        gap = np.maximum(np.exp(-np.log(rate[who]) - 0.5 + luck.normal(size=m)), 0.05) * DAY_S
        clock[who] += np.where(left, gap, 0.0)
    page = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    before = {
        "user": np.repeat(np.arange(n), HISTORY),
        "item": history.ravel(),
        "clicked": np.ones(n * HISTORY, dtype=np.bool_),
        "time": np.zeros(n * HISTORY),
        "dwell_s": np.full(n * HISTORY, np.nan),
        "position": np.full(n * HISTORY, -1),
    }
    kinds = {"user": np.int32, "item": np.int32, "clicked": np.bool_, "time": np.int64, "dwell_s": np.float32}
    columns = {name: np.concatenate([before[name], page[name]]).astype(kinds.get(name, np.int32)) for name in before}
    columns["time"][n * HISTORY :] += 1
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"user {row}" for row in range(n)]),
        rating=np.full(columns["user"].size, np.nan, dtype=np.float32),
        **columns,
    )
    return MadePages(log, z, cues.astype(np.float32))
