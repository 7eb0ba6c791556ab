"""Everything that a log tells of its people: `estimate`, which asks each small estimator and says what each is worth.

Logs are of two kinds. One of choices or ratings tells activity, pickiness, rating style, conformity, novelty seeking,
diversity, tastes, and patience if times are complete. One that also says what was shown and passed over, with places,
times and dwell, tells all traits. In such a log, rows without a place are a history from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from personas.estimation.agreement import conformity_by_ratings
from personas.estimation.clicking import clicking
from personas.estimation.coming_back import ComingBack, visits_a_day
from personas.estimation.diversity import diversity_by_choices
from personas.estimation.novelty import novelty_by_choices
from personas.estimation.pages import Pages, pages_of, shown_rows
from personas.estimation.pickiness import Effects, effects, pickiness_by_ratings
from personas.estimation.ratings import RatingStyle, rating_style
from personas.estimation.scales import F64
from personas.estimation.shrinkage import Shrunk, combine
from personas.estimation.staying import patience_by_pages
from personas.estimation.surroundings import Cues
from personas.estimation.tastes import Tastes, tastes
from personas.estimation.turning_back import impulsivity_by_dwell
from personas.estimation.visiting import engagement_shrunk, interactions, patience_by_choices, visits
from personas.traits import BEHAVIOURAL, sd_to_activity
from simulator.records import F32, Ids, InteractionLog

_BY_PAGES_FIRST = ("patience", "pickiness", "conformity")
"""Traits whose law is one of clicks and visits: where there are pages, these define them, and what ratings and choices
tell counts as far as it agrees. The others are defined by the history, where there is one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """One trait of the people of a log. All (n_users,)."""

    value: F32
    """Expected value, in standard deviations of people, within ±2.5; of activity, visits a day. Where the log tells
    nothing it is 0, or what is typical."""
    confidence: F32
    """Reliability in [0, 1]: 1 - posterior / prior variance; 0 where the log tells nothing."""
    counts: Mapping[str, F64]
    """What it rests on: how many of what, such as ratings, choices, visits, items shown."""

    @property
    def n(self) -> F64:
        """How many things it rests on, of any kind. (n_users,)."""
        total: F64 = np.sum([np.zeros(self.value.size), *self.counts.values()], axis=0)
        return total

    def evidence(self, row: int) -> str:
        """What a person's value rests on, in words: "212 interactions in 31 visits"."""
        words = ""
        for of, n in self.counts.items():
            if n[row] > 0:
                link = "" if not words else " in " if of == "visits" else " and "
                words += f"{link}{int(n[row]):,} {_noun(of, int(n[row]))}"
        return words


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimates:
    """What a log tells of its people."""

    user_ids: Ids
    traits: Mapping[str, Estimate]
    """All behavioural traits by name (`personas.traits.BEHAVIOURAL`)."""
    ratings: RatingStyle
    tastes: Tastes
    effects: Effects | None
    """Two-way effects of the ratings; None without ratings."""
    interactions: F64
    """Number of things that each person chose. (n_users,)."""
    visits: F64
    """Number of visits, NaN where times are unknown. (n_users,)."""
    shown: F64
    """Number of items that each person is known to have been shown. (n_users,)."""

    def __len__(self) -> int:
        return int(self.user_ids.size)


def estimate(log: InteractionLog, *, cues: Cues | None = None) -> Estimates:
    """All traits, rating habits and tastes of the people of a log, each shrunk by what is known of the person.

    `cues`: how much each item draws by price, reviews, popularity, headline and thumbnail, in this order, as a matrix
    (n_items, 5) or five columns (None: unknown), in standard deviations over the catalogue; None: price and reviews
    from the catalogue's facts. They count only in logs that say what was passed over.
    """
    chosen, pages = log.positives(), pages_of(log)
    history = chosen if pages is None else log.select(log.clicked & ~shown_rows(log))
    style, two_way = rating_style(chosen), effects(chosen)
    found = _by_choices(history, chosen, style, two_way)
    coming, visited = None, visits(history)
    if pages is not None:
        coming = visits_a_day(pages, log.n_users)
        visited = visited if coming is None else coming.visits
        for name, measure in _by_pages(log, pages, style, coming, cues).items():
            if name in found:
                first, second = (measure, found[name]) if name in _BY_PAGES_FIRST else (found[name], measure)
                measure = first.beside(second)
            found[name] = measure
    traits = {
        trait.name: found[trait.name].estimate() if trait.name in found else _untold(log.n_users)
        for trait in BEHAVIOURAL
    }
    traits["activity"] = _activity(history, coming, {"interactions": interactions(chosen), "visits": visited})
    return Estimates(
        user_ids=log.user_ids,
        traits=traits,
        ratings=style,
        tastes=tastes(chosen, None if pages is None else pages.log, two_way),
        effects=two_way,
        interactions=interactions(chosen),
        visits=visited,
        shown=np.zeros(log.n_users) if pages is None else interactions(pages.log),
    )


@dataclass(frozen=True, eq=False)
class _Measure:
    """One way of looking at a trait."""

    shrunk: Shrunk
    counts: Mapping[str, F64]

    def beside(self, second: _Measure) -> _Measure:
        return _Measure(combine(self.shrunk, second.shrunk), _more(self.counts, second.counts))

    def estimate(self) -> Estimate:
        sure = self.shrunk.confidence.astype(np.float32)
        return Estimate(value=self.shrunk.value, confidence=sure, counts=self.counts)


def _by_choices(
    history: InteractionLog, chosen: InteractionLog, style: RatingStyle, two_way: Effects | None
) -> dict[str, _Measure]:
    """What choices tell, of a history that no page of the log steered, and what all ratings tell."""
    ratings, choices = {"ratings": style.n}, {"choices": interactions(history)}
    found = {"conformity": _Measure(conformity_by_ratings(chosen), ratings)}
    if two_way is not None:
        found["pickiness"] = _Measure(pickiness_by_ratings(two_way), ratings)
    if len(history):
        found["novelty_seeking"] = _Measure(novelty_by_choices(history), choices)
        found["diversity"] = _Measure(diversity_by_choices(history), choices)
        found["patience"] = _Measure(patience_by_choices(history), {**choices, "visits": visits(history)})
    return found


def _by_pages(
    log: InteractionLog, pages: Pages, style: RatingStyle, coming: ComingBack | None, cues: Cues | None
) -> dict[str, _Measure]:
    """What is told by what was passed over, by where visits end, and by dwell."""
    clicks = clicking(log, pages, cues, None if coming is None else coming.visits_a_day)
    found = {name: _Measure(shrunk, {"items shown": clicks.rows}) for name, shrunk in clicks.traits.items()}
    if (patience := patience_by_pages(pages, log.n_users)) is not None:
        count = np.bincount(pages.user, minlength=log.n_users).astype(np.float64)
        counts = {"pages": count} if coming is None else {"pages": count, "visits": coming.visits}
        found["patience"] = _Measure(patience, counts)
    if (turning := impulsivity_by_dwell(log, style)) is not None:
        found["impulsivity"] = _Measure(turning[0], {"clicks": turning[1]})
    return found


def _activity(history: InteractionLog, coming: ComingBack | None, counts: Mapping[str, F64]) -> Estimate:
    """Visits a day: counted where pages say when people came, else typical ones by rank in engagement.

    A log of choices says who comes more often than whom, and not how often people come.
    """
    if coming is not None:
        sure = coming.confidence.astype(np.float32)
        return Estimate(value=coming.visits_a_day, confidence=sure, counts=counts)
    engaged = engagement_shrunk(history)
    value = sd_to_activity(engaged.value).astype(np.float32)
    return Estimate(value=value, confidence=engaged.confidence.astype(np.float32), counts=counts)


def _more(counts: Mapping[str, F64], others: Mapping[str, F64]) -> dict[str, F64]:
    return {**counts, **{of: n for of, n in others.items() if of not in counts}}


def _untold(n: int) -> Estimate:
    nothing = np.zeros(n, dtype=np.float32)
    return Estimate(value=nothing, confidence=nothing, counts={})


def _noun(plural: str, n: int) -> str:
    """ratings, choices, visits, pages, clicks, interactions, items shown: one of them or more."""
    if n != 1:
        return plural
    first, _, rest = plural.partition(" ")
    return f"{first.removesuffix('s')} {rest}".strip()
