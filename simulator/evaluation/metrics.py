"""What is measured: each metric's definition, unit and grade.

Every metric but coverage is a ratio of two sums over one person's impressions, pages or sessions; the ratio is taken
within the person, averaged over seeds, then over persons. The person is the unit: an event-weighted mean would let the
busiest tenth of the crowd decide, and its naive interval is several times too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["fitted here", "transferred", "assumed"]
_STRENGTH: tuple[Grade, ...] = ("fitted here", "transferred", "assumed")
_WORDS: Mapping[str, Grade] = {"fitted": "transferred", "fitted here": "fitted here", "transferred": "transferred"}
"""A constant that is `fitted` was fitted on public data, and so on people who are not this log's."""

REGRET = 2
"""Highest level, of five, of a regretted choice."""
RETURN_WITHIN_S = 86_400
"""A return counts within one day (the industry's day-1 retention)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric. `numerator` and `denominator` name sums of `simulator.evaluation.crowd`."""

    name: str
    label: str
    unit: str
    definition: str
    numerator: str = ""
    denominator: str = ""
    laws: tuple[str, ...] = ()
    """The behaviour laws it rests on."""
    lower_is_better: bool = False
    of_slates: bool = False
    """It is read off the slates: no mind or law has a say beyond how far people look and when they leave."""
    bounds: tuple[float, float] = (0.0, float("inf"))


_SEEING = ("examination", "leaving")
_CLICKING = ("examination", "click", "boredom", "novelty", "repeat_exposure", "fatigue")

METRICS: tuple[Metric, ...] = (
    Metric(
        name="want",
        label="Want of the slates",
        unit="probability",
        definition="mean probability that an item shown is one of the person's held-out choices, by the mind "
        "calibrated on other people's held-out choices; items the person already knew are left out",
        numerator="chance",
        denominator="judged",
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="click_rate",
        label="Click rate",
        unit="clicks per impression",
        definition="clicks divided by items shown",
        numerator="clicks",
        denominator="impressions",
        laws=_CLICKING,
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="clicks_per_session",
        label="Clicks per session",
        unit="clicks",
        definition="clicks divided by sessions begun",
        numerator="clicks",
        denominator="sessions",
        laws=(*_CLICKING, "leaving"),
    ),
    Metric(
        name="dwell_per_session",
        label="Dwell per session",
        unit="seconds",
        definition="seconds spent on clicked items divided by sessions begun",
        numerator="dwell",
        denominator="sessions",
        laws=(*_CLICKING, "leaving", "dwell"),
    ),
    Metric(
        name="satisfaction",
        label="Satisfaction",
        unit="1 to 5",
        definition="mean satisfaction over pages",
        numerator="satisfaction",
        denominator="felt",
        laws=(*_CLICKING, "satisfaction"),
        bounds=(1.0, 5.0),
    ),
    Metric(
        name="session_length",
        label="Session length",
        unit="pages",
        definition="pages divided by sessions begun; a session that the run's end cuts counts with its pages so far",
        numerator="pages",
        denominator="sessions",
        laws=("leaving", "fatigue", "boredom", "satisfaction", "returning"),
    ),
    Metric(
        name="return_rate",
        label="Return rate",
        unit="share of sessions",
        definition="share of a person's ended sessions after which the next visit comes within a day; the time to the "
        "next visit is drawn on leaving, so the end of the run hides no return. People whose first session never ended "
        "are left out",
        numerator="returns",
        denominator="ended",
        laws=("returning", "satisfaction", "leaving"),
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="harm",
        label="Regretted choices",
        unit="share of rated choices",
        definition="choices that the person then rates two of five or lower, divided by the choices that they rate: "
        "what a page makes people click and wish they had not",
        numerator="regrets",
        denominator="rated",
        laws=(*_CLICKING, "rating"),
        bounds=(0.0, 1.0),
        lower_is_better=True,
    ),
    Metric(
        name="coverage",
        label="Catalogue coverage",
        unit="share of items",
        definition="share of the catalogue shown to anybody; grows with the number of people, the interval is a "
        "delete-a-group jackknife",
        laws=_SEEING,
        of_slates=True,
        bounds=(0.0, 1.0),
    ),
    Metric(
        name="novelty",
        label="Novelty",
        unit="bits",
        definition="mean self-information of the items shown: -log2 of their smoothed share of the platform's choices",
        numerator="bits",
        denominator="impressions",
        laws=_SEEING,
        of_slates=True,
    ),
    Metric(
        name="diversity",
        label="Intra-list diversity",
        unit="0 to 1",
        definition="mean over pages of 1 - cosine between the categories of two items of the page; items of unknown "
        "category are left out",
        numerator="distance",
        denominator="mixed",
        laws=_SEEING,
        of_slates=True,
        bounds=(0.0, 1.0),
    ),
)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
PERSON_METRICS: tuple[Metric, ...] = tuple(metric for metric in METRICS if metric.numerator)


def grade_of(metric: Metric, laws: Sequence[Mapping[str, Any]]) -> Grade:
    """How well the metric is founded: as well as the weakest constant of the laws it rests on.

    The want is weighted on this log's own held-out choices, and so `fitted here`. What is read off the slates depends
    on how far people look and when they leave. A metric whose laws the run does not list is `assumed`.
    """
    if not metric.laws:
        return "fitted here"
    found = [_WORDS.get(str(law.get("grade")), "assumed") for law in laws if law.get("law") in metric.laws]
    return max(found, key=_STRENGTH.index) if found else "assumed"


def primary_of(named: str, *, log_has_clicks: bool, calibrated: bool) -> str:
    """The metric that answers the question: the one named, or for `auto` the best founded one that is defined."""
    if named in BY_NAME:
        return named
    return "click_rate" if log_has_clicks or not calibrated else "want"
