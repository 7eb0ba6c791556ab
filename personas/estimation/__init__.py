"""What a log says about people: one small estimator a trait, each shrunk where a history is short.

`estimate` asks them all. The definitions start from those of Agent4Rec (Zhang et al., SIGIR 2024) and SimUSER (Bougie &
Watanabe, ACL 2025), and differ where theirs grow with the mere length of a history. Standardised traits are in standard
deviations of people, within ±`LIMIT`. A trait about which the log says nothing is 0 (or what is typical).

scales, shrinkage       how values are standardised, and what a noisy estimate is worth
ratings, pickiness, agreement            how a person rates, beside others
visiting, novelty, diversity, tastes     what choices tell
pages, surroundings, affinity            what a log of pages shows, and what each item was to the person
mixed_logit, attention, clicking, staying, turning_back, coming_back     what people do in front of pages
likes, examples, demographics            what can be said of a person in words
"""

from personas.estimation.agreement import popularity
from personas.estimation.categories import category_sums
from personas.estimation.estimates import Estimate, Estimates, estimate
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
from personas.estimation.visiting import SESSION_GAP_S, interactions, visits

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
    "estimate",
    "interactions",
    "level_shares",
    "levels",
    "mean_and_spread",
    "popularity",
    "rating_unit",
    "standardise",
    "thresholds",
    "unit_rows",
    "visits",
]
