"""How a crowd of personas came about, at a terminal: what it was drawn or inferred from, and how far it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.bars import letters
from simulator.console.persona_traits import label as trait_label
from simulator.console.tables import label, number, print_notes
from simulator.console.text import clean

_MOST = 12
"""Categories of one variable that are shown, the largest; the document has all."""


def print_sample(report: Mapping[str, Any], console: Console) -> None:
    """Targets beside the sample: margins, the Big Five's correlations, links."""
    console.print(Text(f"{report['n']:,} people in {clean(report['file'])} ({report['seconds']:.1f} s)", style="bold"))
    for table in _margins(report["marginals"]):
        console.print(table)
    five = report["big_five"]
    table = _table("Correlations of the Big Five", "", "target", "sample", "difference")
    for pair, row in five["correlations"].items():
        table.add_row(Text(pair), *_beside(row))
    console.print(table)
    table = _table("Means of the Big Five (they go with age and gender)", "", "answers", "sample", "difference")
    for name, row in five["means"].items():
        table.add_row(Text(name), *_beside(row))
    console.print(table)
    links, twice = report["links"], report["duplicates"]
    worst = number(links["worst_difference"])
    lines = [
        f"Links of behaviour with the Big Five, age and gender: {len(links['effects'])}, at most {worst} off.",
        f"People who share a name: {twice['names']:,}; who share all their numbers: {twice['numbers']:,}.",
    ]
    console.print(Text("\n".join(lines), style="dim"))


def _margins(marginals: Mapping[str, Any]) -> Iterator[Table]:
    for variable, found in marginals.items():
        aimed = "" if found["given"] else " (follows from the others)"
        table = _table(f"{label(variable).capitalize()}{aimed}", "", "target", "sample", "difference")
        rows = sorted(found["categories"].items(), key=lambda row: -row[1]["target"])
        kept = {name for name, _ in rows[:_MOST]}
        for name, row in found["categories"].items():
            if name in kept:
                table.add_row(Text(clean(name)), *(_percent(row[key], sign=key == "difference") for key in row))
        if len(rows) > _MOST:
            table.add_row(Text(f"and {len(rows) - _MOST} more", style="dim"), "", "", "")
        yield table


def print_survey(report: Mapping[str, Any], console: Console) -> None:
    """Who became a persona, what was measured, and how well held-out answers are told."""
    people, questions = report["people"], report["questions"]
    survey = clean(report["survey"])
    head = f"{people['personas']:,} people of {survey} in {clean(report['file'])} ({report['seconds']:.1f} s)"
    console.print(Text(head, style="bold"))
    left = ", ".join(f"{count:,} {label(clean(reason))}" for reason, count in people["left_out"].items())
    lines = [
        f"{people['rows']:,} rows, {people['kept']:,} kept{f'; left out: {left}' if left else ''}",
        f"{questions['used']:,} questions used, {questions['measuring']:,} of them measuring a trait, "
        f"{len(questions['held_out']):,} held out; {report['missing']['share']:.1%} of answers missing",
    ]
    console.print(Text("\n".join(lines)))
    if report["constructs"]:
        table = _table("What was measured", "", "people", "items", "mean", "sd", "alpha")
        for name, found in report["constructs"].items():
            cells = (number(found[key]) for key in ("mean", "sd", "alpha"))
            table.add_row(Text(label(clean(name))), f"{found['people']:,}", str(found["items"]), *cells)
        console.print(table)
    if report["validation"] is not None:
        _print_validation(report["validation"], console)
    print_notes(report, console)


def _print_validation(judged: Mapping[str, Any], console: Console) -> None:
    title = f"{judged['questions']:,} held-out questions, predicted of {judged['people']:,} people, ± half the interval"
    measures = ("exact", "accuracy", "correlation")
    table = _table(title, "predicted by", *measures)
    for name, row in judged["rows"].items():
        style = "bold" if name == judged["predictor"] else ""
        table.add_row(Text(label(clean(name)), style=style), *(_figure(row[measure]) for measure in measures))
    if judged["ceiling"] is not None:
        cells = (_figure(judged["ceiling"][measure]) for measure in measures)
        table.add_row(Text("the people themselves, asked again", style="dim"), *cells)
    console.print(table)
    best = judged["against_trivial"]["accuracy"]
    told = best["difference"]
    if told is not None:
        console.print(
            Text(f"Accuracy beyond the best trivial guess ({label(best['row'])}): {_figure(told, sign=True)}")
        )


def _figure(told: Mapping[str, float] | None, *, sign: bool = False) -> str:
    if told is None:
        return "-"
    half = f" ±{(told['high'] - told['low']) / 2:.3f}" if "low" in told else ""
    return f"{told['value']:{'+' if sign else ''}.3f}{half}"


def _beside(row: Mapping[str, float | None]) -> tuple[str, str, str]:
    target, found, off = (row[key] for key in ("target", "sample", "difference"))
    return _short(target), _short(found), _short(off, sign=True)


def _short(value: float | None, *, sign: bool = False) -> str:
    return "-" if value is None else f"{value:{'+' if sign else ''}.3f}"


def _percent(value: float | None, *, sign: bool = False) -> str:
    return "-" if value is None else f"{value:{'+' if sign else ''}.1%}"


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for nth, name in enumerate(columns):
        table.add_column(Text(name), justify="right" if nth else "left", no_wrap=bool(nth), overflow="fold")
    return table


def print_inferred(report: Mapping[str, Any], console: Console) -> None:
    """How many people, what their log tells of each trait and what it does not, and what a model was asked."""
    head = f"{report['people']:,} people of {clean(report['source'])} in {clean(report['file'])}"
    console.print(Text(f"{head} ({report['seconds']:.1f} s)", style="bold"))
    told = {name: found for name, found in report["traits"].items() if found["inferred"]}
    if told:
        table = _table("What the log tells", "", "people", "confidence", "")
        for name, found in told.items():
            sure = found["confidence"]
            picture = "" if sure is None else letters(console).full * round(10 * sure)
            table.add_row(
                Text(trait_label(name)), f"{found['inferred']:,}", _confidence(sure), Text(picture, style="cyan")
            )
        table.columns[-1].justify = "left"
        console.print(table)
    for what, key in (("drawn by chance", "sampled"), ("not known", "unknown")):
        names = [trait_label(name) for name, found in report["traits"].items() if found[key] == report["people"]]
        if names:
            console.print(Text(f"{what.capitalize()}: {', '.join(names)}."))
    if report["asked"] is not None:
        console.print(Text(clean(report["asked"]["in_words"])))
    print_notes(report, console)


def _confidence(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
