"""Recommenders at a terminal: which there are, and how one fared against the contract.

Whatever came from a plug-in is put into `Text`, so that it is shown and never read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.console.text import clean

if TYPE_CHECKING:
    from recommenders.conformance.report import Report
    from recommenders.loading import Description

_MARKS = {"passed": ("✓", "green"), "warned": ("!", "yellow"), "failed": ("✗", "bold red"), "not checked": ("·", "dim")}
_OURS = ("built in", "adapter")
_SEVERITIES = {"error": "red", "warning": "yellow", "info": "cyan"}


def print_recommenders(found: Iterable[Description], console: Console) -> None:
    """By where they come from: name, what it does, and its parameters with their defaults."""
    for origin, some in groupby(found, key=lambda each: each.origin.partition(",")[0]):
        heading = origin.capitalize() if origin in _OURS else clean(origin)  # names of packages stay as they are
        console.print(Text(f"\n{heading}", style="bold underline"))
        for each in some:
            more = each.origin.partition(", ")[2]
            console.print(Text.assemble((clean(each.name), "bold"), (f"  {clean(more)}" if more else "", "dim")))
            console.print(Padding(Text(clean(each.summary)), (0, 0, 0, 2)))
            listed = ", ".join(f"{name}: {_word(default)}" for name, default in each.parameters.items())
            if listed:
                console.print(Padding(Text(clean(listed), style="cyan"), (0, 0, 0, 2)))
    console.print(
        Text("\nIn a scenario: recommender: NAME, module:Class, path/file.py:Class or a URL, with params: {…}")
    )


def print_conformance(report: Report, console: Console) -> None:
    """Each line of the contract, whether it is kept, and what was seen where it is not."""
    from recommenders.conformance import RULES

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for rule in RULES.values():
        status = report.status(rule.id)
        mark, style = _MARKS[status]
        told = Text(rule.line if status == "passed" else "")
        if status == "not checked":
            told = Text(f"not checked: {report.unchecked.get(rule.id, 'something else must be mended first')}", "dim")
        for finding in report.about(rule.id):
            told.append(("\n" if told else "") + clean(finding.message), _SEVERITIES[finding.severity])
        table.add_row(Text(mark, style), Text(rule.id, style if status != "passed" else ""), told)
    console.print(Text(f"{clean(report.plugin)} and the contract of recommenders\n", "bold"))
    console.print(table)
    errors = sum(finding.severity == "error" for finding in report.findings)
    warnings = sum(finding.severity == "warning" for finding in report.findings)
    verdict = "It keeps the contract." if report.passed else "It breaks the contract."
    console.print(
        Text(f"\n{verdict} Errors: {errors}. Warnings: {warnings}.", "bold green" if report.passed else "bold red")
    )


def _word(value: object) -> str:
    """A default as YAML writes it."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
