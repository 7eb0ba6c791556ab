"""What the checks of personas found, at a terminal: a table or a few sentences for each section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.persona_traits import label as trait_label
from simulator.console.tables import label, number
from simulator.console.text import clean

_STYLES = {"too alike": "yellow", "more unlike than": "cyan", "yes": "green", "weakly": "yellow", "no": "red"}
_MOST = 12
"""Findings that are shown; the document has more."""


def print_checks(report: Mapping[str, Any], console: Console) -> None:
    """All sections of a report, in its order."""
    console.print(
        Text(f"{report['people']:,} personas of {clean(report['personas'])}, on {clean(report['dataset'])}", "bold")
    )
    printers: Mapping[str, Callable[[Mapping[str, Any], Console], None]] = {
        "files": _files,
        "round-trip": _round_trip,
        "consistency": _consistency,
        "heterogeneity": _heterogeneity,
        "stereotypes": _stereotypes,
        "privacy": _privacy,
    }
    for name, show in printers.items():
        if name in report:
            show(report[name], console)
    if model := report.get("model"):
        _model(model, console)


def _files(found: Mapping[str, Any], console: Console) -> None:
    origins = ("stated", "inferred", "sampled", "derived", "drawn", "unknown")
    table = _table("How much is known", "", *origins)
    table.columns[-1].justify = "right"
    for name, row in found["traits"].items():
        table.add_row(Text(trait_label(name)), *(f"{row[how]:,}" if row[how] else "·" for how in origins))
    console.print(table)
    parts = ", ".join(f"{label(part).lower()} {n:,}" for part, n in found["parts"].items() if n)
    rest = "Derived: the Big Five, age or gender let expect something. Drawn: chance alone."
    console.print(Text(f"{rest} Said: {parts}; minors {found['minors']:,}.", "dim"))


def _round_trip(found: Mapping[str, Any], console: Console) -> None:
    title = f"Round trip: {found['people']:,} people, {number(found['interactions'])} choices each"
    table = _table(title, "", "recovered r [interval]", "could be", "identifiable")
    for name, row in found["traits"].items():
        could = "-" if row.get("attainable") is None else f"{row['attainable']:.2f}"
        verdict = str(row["identifiable"])
        table.add_row(Text(trait_label(name)), _estimate(row, "r"), could, Text(verdict, _STYLES.get(verdict, "")))
    console.print(table)
    lacking = {name: row["catalogue"] for name, row in found["traits"].items() if row.get("catalogue")}
    reasons = {name: row["reason"] for name, row in found["traits"].items() if row.get("reason")}
    for name, reason in reasons.items():
        console.print(Text(f"· {trait_label(name)}: {clean(reason)}", "dim"))
    for name, what in lacking.items():
        console.print(Text(f"· {trait_label(name)} could not be told from the data itself: {clean(what)}", "dim"))
    console.print(Text(_habits_and_tastes(found), "dim"))
    for note in found.get("notes", ()):
        console.print(Text(f"· {clean(note)}", "dim"))


def _habits_and_tastes(found: Mapping[str, Any]) -> str:
    ratings, tastes = found["ratings"], found["tastes"]
    told = [f"rating {name} r {_estimate(ratings[name], 'r')}" for name in ("mean", "spread")]
    told.append(f"genre tastes r {_estimate(tastes, 'r')}")
    if tastes["auc"] is not None:
        told.append(f"liked genres above disliked ones {tastes['auc']:.0%}")
    return f"· {'; '.join(told)}"


def _consistency(found: Mapping[str, Any], console: Console) -> None:
    table = _table(f"Two lives of {found['sessions']} visits of each", "", "share between people [interval]")
    for name, row in found["behaviours"].items():
        table.add_row(Text(label(name)), _estimate(row, "icc"))
    console.print(table)
    known = found["identified"]
    if found["score"] is not None:
        line = f"Self-consistency {found['score']:.2f}"
        if known["share"] is not None:
            line += f"; {known['share']:.0%} are known again by their second life (chance {known['chance']:.1%})"
        console.print(Text(f"{line}.", "bold"))


def _heterogeneity(found: Mapping[str, Any], console: Console) -> None:
    title = f"As unlike each other as {found['real_people']:,} real people?"
    table = _table(title, "", "ratio [interval]", "in words")
    wider = {name: found[name] for name in ("all_traits", "profiles", "wants", "want_patterns", "distinct")}
    for name, row in (*found["traits"].items(), *wider.items()):
        words = row["words"] or "cannot be told"
        table.add_row(Text(trait_label(name) if name in found["traits"] else label(name)), _estimate(row, "ratio"),
                      Text(words, _STYLES.get(words, "")))  # fmt: skip
    console.print(table)


def _stereotypes(found: Mapping[str, Any], console: Console) -> None:
    for swap, row in found["swaps"].items():
        table = _table(f"{swap.capitalize()} swapped, everything else equal: {row['swapped']:,} people",
                       "", "moved", "mean sd", "why")  # fmt: skip
        for name, one in row["traits"].items():
            if one["moved"]:
                table.add_row(Text(trait_label(name)), f"{one['moved']:.0%}", number(one["mean"], sign=True),
                              Text(clean(one["cause"])))  # fmt: skip
        if table.row_count:
            console.print(table)
        still = "no trait moves" if not table.row_count else "no other trait moves"
        console.print(Text(f"{swap.capitalize()}: {still}; {row['faults']:,} faults.", "dim"))


def _privacy(found: Mapping[str, Any], console: Console) -> None:
    style = "red" if found["errors"] else "green"
    line = f"Privacy: {found['inferred']:,} inferred; {found['errors']:,} errors, {found['warnings']:,} warnings."
    console.print(Text(line, style))
    for one in found["findings"][:_MOST]:
        where, what = f"{clean(one['persona'])}, {clean(one['field'])}", clean(one["what"]).rstrip(".")
        console.print(Text(f"· {where}: {what}. {clean(one['cure'])}"))


def _model(found: Mapping[str, Any], console: Console) -> None:
    from simulator.console.tables import print_facts

    told = (
        f"{clean(found['model'])}{' (scripted: no language model, nothing is measured)' if found['scripted'] else ''}"
    )
    print_facts(
        {name: value for name, value in found.items() if name not in ("model", "scripted")}, console, title=told
    )


def _estimate(row: Mapping[str, Any], name: str) -> str:
    value, interval = row.get(name), row.get("interval")
    if value is None:
        return "-"
    within = "" if not interval or None in interval else f" [{interval[0]:.2f}, {interval[1]:.2f}]"
    return f"{value:.2f}{within}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=Text(title, "bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for nth, column in enumerate(columns):
        last = nth == len(columns) - 1 and nth > 1
        table.add_column(Text(column), justify="left" if nth == 0 or last else "right", overflow="fold")
    return table
