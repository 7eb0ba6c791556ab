"""One run: its answer, its arms, and how it went turn by turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.evaluation.reading import timeline
from simulator.evaluation.reading.glance import glance
from simulator.evaluation.reading.run import Run
from simulator.llm.ledger import read_totals
from simulator.records import UserInputError
from simulator.viewer import drawing
from simulator.viewer.answer import Answer, Mean, answer_of, closeness_of
from simulator.viewer.desk import Desk, View
from simulator.viewer.drawing import Line
from simulator.viewer.sheets import Sheet
from simulator.viewer.wording import count, number

_CURVES = (
    ("click_rate", "Clicks per impression, by turn", 3),
    ("satisfaction", "Satisfaction with the page (1-5), by turn", 2),
    ("open_sessions", "People in front of a page, by turn", 0),
)
_MOST_MINDS = 3
"""Minds that are named."""
_COLUMNS = (
    "arm",
    "mind",
    "mean",
    "low",
    "high",
    "pages",
    "visits",
    "clicks",
    "click_rate",
    "ratings",
    "calls",
    "tokens",
    "usd",
)


def view(desk: Desk) -> View:
    """The run at a glance."""
    run, journal, seen = Run(desk.folder), desk.journal, glance(desk.folder)
    manifest = journal.manifest
    gaps = list(journal.gaps())
    try:
        summary = run.summary
    except UserInputError as broken:
        summary = None
        gaps.append(str(broken))
    found = answer_of(summary)
    totals = _totals(desk)
    turns: list[dict[str, Any]] | None = None
    alone: list[dict[str, Any]] = []
    try:
        turns = _turns(desk)
        if seen["kind"] == "play":
            alone = [_alone(desk, arm, found, totals) for arm in journal.arms]
    except UserInputError as damaged:  # the answer is there all the same
        gaps.append(str(damaged))
    arms = [*(_arm(desk, arm, found, turns, totals) for arm in journal.arms), *alone]
    _draw(arms, found)
    means = found.all_means or {}
    return View(
        template="run.html.j2",
        title=desk.name,
        values={
            "headline": found.headline or _headline(desk, str(seen["kind"])),
            "kind": seen["kind"],
            "only": _only(desk, seen["people"]),
            "closeness": closeness_of(desk.folder) if seen["kind"] == "play" else [],
            "facts": _facts(manifest, desk, seen["people"]),
            "share": None
            if journal.finished or seen["kind"] != "experiment"
            else (seen["progress"] or {}).get("share"),
            "gaps": gaps,
            "answers": found.differences,
            "primary": found.primary.lower(),
            "interval_of": f"{found.confidence:.0%} interval",
            "arms": arms,
            "metrics": found.metrics,
            "asks_models": bool(totals.get("calls")),
            "figures": _figures(desk, turns or ()),
            "report": desk.folder / "report.html" if (desk.folder / "report.html").is_file() else None,
        },
        sheet=Sheet(
            name=f"{desk.slug}-arms",
            columns=[*_COLUMNS, *dict.fromkeys(f"mean {name}" for one in means.values() for name in one)],
            rows=[row | {f"mean {name}": mean for name, mean in means.get(row["arm"], {}).items()} for row in arms],
        ),
    )


def _headline(desk: Desk, kind: str) -> str:
    """What is said of a run that has no answer."""
    if kind != "play":
        return desk.name
    played = desk.journal.manifest.get("play")
    user = str(played.get("user", "somebody")) if isinstance(played, Mapping) else "somebody"
    return f"{user} in the seat, and their double"


def _only(desk: Desk, people: int | None) -> str | None:
    """The one person of a run that has no other."""
    if people != 1:
        return None
    with desk.journal.session(()) as db:
        return str(db.execute("select user_id from people").fetchall()[0][0])


def _turns(desk: Desk, mind: str | None = None) -> list[dict[str, Any]]:
    """The turns of all arms, of one mind."""
    return list(timeline.turns(desk.journal, mind=mind)["turns"])


def _facts(manifest: Mapping[str, Any], desk: Desk, people: int | None) -> list[str]:
    journal = desk.journal
    dataset = manifest.get("dataset")
    started = str(manifest.get("started") or "")[:16].replace("T", " ")
    named = str(dataset.get("name", "")) if isinstance(dataset, dict) else ""
    return [
        fact
        for fact in (
            desk.name,
            f"{started} UTC" if started else "",
            count(people, "person", "people") if people else "",
            f"on {named}" if named else "",
            _minds(journal.minds),
            f"{'seed' if len(journal.seeds) == 1 else 'seeds'} {', '.join(map(str, journal.seeds))}"
            if journal.seeds
            else "",
        )
        if fact
    ]


def _minds(minds: Sequence[str]) -> str:
    if len(minds) <= _MOST_MINDS:
        return f"{'mind' if len(minds) == 1 else 'minds'} {', '.join(minds)}" if minds else ""
    return f"mind {minds[0]} and {len(minds) - 1} others"


def _totals(desk: Desk) -> Mapping[str, Any]:
    try:
        return read_totals(desk.folder / "llm" / "ledger.jsonl")
    except UserInputError:
        return {}


def _arm(
    desk: Desk, arm: str, found: Answer, turns: Sequence[Mapping[str, Any]] | None, totals: Mapping[str, Any]
) -> dict[str, Any]:
    """An arm's row; without turns nobody knows what was done in it."""
    mean = (found.means or {}).get(arm, Mean())
    spent = (totals.get("by_arm") or {}).get(arm) or {}

    def of(name: str) -> int | None:
        return None if turns is None else sum(row[name] for row in turns if row["arm"] == arm)

    clicks, shown = of("clicks"), of("impressions")
    return {
        "arm": arm,
        "mind": next(iter(desk.journal.minds), None),
        "control": arm == desk.journal.manifest.get("control") and len(desk.journal.arms) > 1,
        "mean": mean.mean,
        "low": mean.low,
        "high": mean.high,
        "pages": of("open_sessions"),
        "visits": of("begun"),
        "clicks": clicks,
        "click_rate": clicks / shown if clicks is not None and shown else None,
        "ratings": of("ratings"),
        "calls": spent.get("calls", 0),
        "tokens": spent.get("tokens_in", 0) + spent.get("tokens_out", 0),
        "usd": spent.get("usd"),
    }


def _alone(desk: Desk, arm: str, found: Answer, totals: Mapping[str, Any]) -> dict[str, Any]:
    """What the double of a human did on pages of its own."""
    mind = desk.journal.minds[-1]
    return _arm(desk, arm, found, _turns(desk, mind), totals) | {"mind": mind}


def _draw(arms: Sequence[dict[str, Any]], found: Answer) -> None:
    """All arms' intervals on one scale."""
    ends = [end for one in (found.means or {}).values() for end in (one.low, one.high, one.mean) if end is not None]
    span = (min(ends), max(ends)) if ends else (0.0, 1.0)
    for row, arm in enumerate(arms):
        mean, low, high = arm["mean"], arm["low"], arm["high"]
        arm["shown"] = "–" if mean is None else number(float(mean), 4)
        arm["figure"] = drawing.interval(mean, low, high, span, row)
        arm["interval"] = "" if low is None or high is None else f"{number(float(low), 4)} to {number(float(high), 4)}"


def _figures(desk: Desk, turns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for name, title, digits in _CURVES:
        lines = [
            Line(
                name=arm,
                row=desk.row(arm),
                points=[(row["turn"], row[name]) for row in turns if row["arm"] == arm],
            )
            for arm in desk.journal.arms
        ]
        low = 0.0 if name != "satisfaction" else None
        svg = drawing.curves([line for line in lines if line.points], title=title, x="turn", low=low, digits=digits)
        if svg:
            made.append({"title": title, "svg": svg})
    return made
