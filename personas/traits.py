"""The traits of a persona: what each means, on which scale, and which law it drives.

A behavioural trait is a **percentile among people** (0.8: more than four in five people), but for activity, which is in
visits a day. Inside, percentiles are standard deviations of a standard normal, within ±`LIMIT`. A Big-Five score is the
mean of the standard items, mapped from 1-5 to 0-1: it acts through the links to behaviour (`personas.links`) where a
behavioural trait is not given, and in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

LIMIT = 2.5
"""Standard deviations beyond which nobody is taken to be: one person in eighty is, on either side."""
BIG_FIVE = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
TYPICAL_VISITS_A_DAY = 1.2
"""Visits a day of an ordinary person: the median of EB-NeRD's readers. Assumed to hold elsewhere: a log of choices says
who comes more often than whom, and not how often people come."""
ACTIVITY_SPREAD = 0.6
"""Standard deviation of ln activity between people. Assumed."""

F64 = npt.NDArray[np.float64]
Effect = Literal["built in", "fitted", "emergent"]


@dataclass(frozen=True, kw_only=True)
class Trait:
    """One behavioural trait."""

    name: str
    label: str
    low: str
    """What people are like who have little of it."""
    high: str
    law: str
    """`law.constant` of `simulator.behaviour.laws` that weighs it, else the function of the law that it enters."""
    moves: str
    """What is seen of more of it."""
    effect: Effect = "built in"
    """`built in`: the law says so and its size is assumed; `fitted`: the size was estimated; `emergent`: it follows."""


BEHAVIOURAL: tuple[Trait, ...] = (
    Trait(
        name="activity",
        label="activity",
        low="comes by now and then",
        high="comes by several times a day",
        law="returning.gap_s",
        moves="visits are more frequent",
    ),
    Trait(
        name="pickiness",
        label="pickiness",
        low="easily pleased",
        high="hard to please",
        law="click.pickiness",
        moves="fewer of the items looked at are chosen",
    ),
    Trait(
        name="conformity",
        label="conformity",
        low="goes their own way",
        high="goes with the crowd",
        law="click.conformity",
        moves="popular items are chosen more than others",
    ),
    Trait(
        name="novelty_seeking",
        label="novelty seeking",
        low="sticks to what they know",
        high="is drawn to the unknown",
        law="novelty.weight",
        moves="items unlike their history are chosen more than others",
    ),
    Trait(
        name="diversity",
        label="love of variety",
        low="happy with more of the same",
        high="tires of sameness",
        law="boredom.weight",
        moves="items like those seen of late are chosen less",
    ),
    Trait(
        name="patience",
        label="patience",
        low="gives up quickly",
        high="takes their time",
        law="leaving.patience",
        moves="visits have more pages",
    ),
    Trait(
        name="impulsivity",
        label="impulsivity",
        low="thinks before clicking",
        high="clicks first and turns back",
        law="dwell.impulsivity",
        moves="more clicks end after a few seconds",
    ),
    Trait(
        name="position_habit",
        label="habit of taking the first",
        low="reads a page to its end",
        high="hardly looks below the first items",
        law="examination.table",
        moves="choices lie higher on the page",
    ),
    Trait(
        name="price_sensitivity",
        label="price sensitivity",
        low="does not mind the price",
        high="minds the price",
        law="cues.price",
        moves="dear items are chosen less than cheap ones",
    ),
    Trait(
        name="trust_in_reviews",
        label="trust in reviews",
        low="trusts no review",
        high="goes by the reviews",
        law="cues.reviews",
        moves="well reviewed items are chosen more than others",
    ),
    Trait(
        name="trust_in_popularity",
        label="trust in popularity",
        low="thinks little of what many watch",
        high="takes what many have taken",
        law="cues.popularity",
        moves="items with many reviews are chosen more than others",
    ),
    Trait(
        name="headline_susceptibility",
        label="pull of headlines",
        low="is not moved by a headline",
        high="falls for a good headline",
        law="cues.headline",
        moves="items with a catchy headline are chosen more than others",
    ),
    Trait(
        name="thumbnail_susceptibility",
        label="pull of pictures",
        low="looks past the picture",
        high="follows the picture",
        law="cues.thumbnail",
        moves="items whose picture shows people are chosen more than others",
    ),
)
BY_NAME: Mapping[str, Trait] = {trait.name: trait for trait in BEHAVIOURAL}
PERCENTILES: tuple[str, ...] = tuple(trait.name for trait in BEHAVIOURAL if trait.name != "activity")
"""The traits that are percentiles: all but activity."""


def to_sd(percentile: npt.ArrayLike) -> F64:
    """Standard deviations from a percentile in [0, 1], within ±`LIMIT`. Any shape."""
    sd: F64 = np.clip(ndtri(np.asarray(percentile, dtype=np.float64)), -LIMIT, LIMIT)
    return sd


def to_percentile(sd: npt.ArrayLike) -> F64:
    """The percentile of so many standard deviations. Any shape."""
    percentile: F64 = ndtr(np.asarray(sd, dtype=np.float64))
    return percentile


def activity_to_sd(visits_a_day: npt.ArrayLike) -> F64:
    """Standard deviations of ln activity from `TYPICAL_VISITS_A_DAY`, within ±`LIMIT`. Any shape."""
    with np.errstate(divide="ignore"):  # who never comes is at the lower limit
        ratio = np.log(np.asarray(visits_a_day, dtype=np.float64) / TYPICAL_VISITS_A_DAY)
    sd: F64 = np.clip(ratio / ACTIVITY_SPREAD, -LIMIT, LIMIT)
    return sd


def sd_to_activity(sd: npt.ArrayLike) -> F64:
    """Visits a day of people so many standard deviations from the ordinary one. Any shape."""
    visits: F64 = TYPICAL_VISITS_A_DAY * np.exp(ACTIVITY_SPREAD * np.asarray(sd, dtype=np.float64))
    return visits
