"""A run's answer in the words of its report; of a summary that is not as we write them, what can be said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.report import words

_NOT_OURS = (KeyError, TypeError, ValueError, IndexError, AttributeError)
"""What reading a summary raises that somebody edited, or that another version wrote."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One treatment against the control."""

    title: str
    sentence: str
    verdict: str
    badge: str
    reason: str
    worse: str


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One metric of one treatment beside the control, in the words of the report."""

    label: str
    unit: str
    arm: str
    control: str
    treatment: str
    difference: str
    interval: str
    verdict: str
    badge: str


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The primary metric of one arm, with the ends of its interval."""

    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the run found: nothing yet, while it has no summary."""

    headline: str = ""
    differences: tuple[Difference, ...] = ()
    primary: str = ""
    """The primary metric's label."""
    confidence: float = 0.95
    means: Mapping[str, Mean] | None = None
    all_means: Mapping[str, Mapping[str, float | None]] | None = None
    """By arm and metric."""
    metrics: tuple[Compared, ...] = ()
    """Every metric, the primary one first, of every treatment."""


def answer_of(summary: Mapping[str, Any] | None) -> Answer:
    """The answer that a summary holds. Never raises."""
    if not summary:
        return Answer()
    try:
        found = words.answers(summary)
        primary = str(summary["primary"])
        return Answer(
            headline=words.headline(summary, found),
            differences=tuple(
                Difference(
                    title=one.title,
                    sentence=one.sentence,
                    verdict=str(one.row["verdict"]),
                    badge=words.verdict(one.row),
                    reason=one.reason,
                    worse=one.worse,
                )
                for one in found
            ),
            primary=BY_NAME[primary].label,
            confidence=float(summary["confidence"]),
            means={str(arm): _mean(metrics[primary]) for arm, metrics in summary["arms"].items()},
            all_means={
                str(arm): {name: metrics[name]["mean"] for name in BY_NAME if name in metrics}
                for arm, metrics in summary["arms"].items()
            },
            metrics=tuple(_compared(summary, row) for row in summary["comparisons"] if row["metric"] in BY_NAME),
        )
    except _NOT_OURS:
        return Answer(headline="There is an answer in summary.json, but not in a form that can be shown")


_CLOSENESS = (
    ("clicks", ""),
    ("clicks_per_page", "Clicks"),
    ("ratings", "Ratings"),
    ("dwell", "Time"),
    ("satisfaction", "Satisfaction"),
    ("leaving", "Leaving"),
    ("own_life", "On its own"),
)


def closeness_of(play: Path) -> list[tuple[str, str]]:
    """How close the double of a human came, a sentence a part with the part's name; nothing before the end of the
    play. Never raises."""
    try:
        found = json.loads((play / "double.json").read_text(encoding="utf-8"))
        told = [(name, found[part]["words"]) for part, name in _CLOSENESS if found.get(part)]
        return [(name, str(words)) for name, words in [*told, *(("", note) for note in found["notes"])] if words]
    except (OSError, *_NOT_OURS):
        return []


def _compared(summary: Mapping[str, Any], row: Mapping[str, Any]) -> Compared:
    metric, arms = BY_NAME[row["metric"]], summary["arms"]
    return Compared(
        label=metric.label,
        unit=metric.unit,
        arm=str(row["treatment"]),
        control=words.value(arms[row["control"]][metric.name]["mean"]),
        treatment=words.value(arms[row["treatment"]][metric.name]["mean"]),
        difference=words.signed(row["difference"]),
        interval=words.interval(words.deciding_interval(row)),
        verdict=str(row["verdict"]),
        badge=words.verdict(row),
    )


def _mean(estimate: Mapping[str, Any]) -> Mean:
    low, high = estimate.get("ci") or (None, None)
    return Mean(mean=estimate["mean"], low=low, high=high)
