"""What a log says about people: one small estimator a trait, each shrunk where a history is short.

The definitions start from those of Agent4Rec (Zhang et al., SIGIR 2024) and SimUSER (Bougie & Watanabe, ACL 2025), and
differ where theirs grow with the mere length of a history. Standardised traits are in standard deviations over the
people of the log, within ±`LIMIT`. A trait about which the log says nothing is 0 (or the crowd's value).
"""

from personas.estimation.agreement import conformity, popularity
from personas.estimation.categories import category_sums
from personas.estimation.estimates import Estimate, Estimates, estimate
from personas.estimation.novelty import novelty_seeking
from personas.estimation.ratings import (
    DEFAULT_SHARES,
    LEVELS,
    level_shares,
    levels,
    mean_and_spread,
    rating_unit,
    thresholds,
)
from personas.estimation.scales import F64, LIMIT, SHRINK, standardise, unit_rows
from personas.estimation.visiting import SESSION_GAP_S, engagement, interactions, session_length, visits

__all__ = [
    "DEFAULT_SHARES",
    "F64",
    "LEVELS",
    "LIMIT",
    "SESSION_GAP_S",
    "SHRINK",
    "Estimate",
    "Estimates",
    "category_sums",
    "conformity",
    "engagement",
    "estimate",
    "interactions",
    "level_shares",
    "levels",
    "mean_and_spread",
    "novelty_seeking",
    "popularity",
    "rating_unit",
    "session_length",
    "standardise",
    "thresholds",
    "unit_rows",
    "visits",
]
