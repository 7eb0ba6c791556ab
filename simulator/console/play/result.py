"""How close the double came, as tables and plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.tables import number
from simulator.console.text import clean

_PARTS = (
    ("clicks_per_page", "Clicks"),
    ("ratings", "Ratings"),
    ("dwell", "Time"),
    ("satisfaction", "Satisfaction"),
    ("leaving", "Leaving"),
    ("own_life", "On its own"),
)

_LEGEND = (
    "clicks: how many each row expects. AUC: how often a title that you opened had the higher chance than one that you "
    "passed over; 0.50 is a coin. Log loss, Brier: how far the chances are from what happened; lower is better.",
    "The last four rows know nothing of you but how often you clicked in all; the third is told that, too.",
)
"""What the numbers of the table are."""


def print_closeness(document: Mapping[str, Any], console: Console) -> None:
    """The whole answer: which arm it was, the claim about clicks with its rows, then the rest in a sentence each."""
    arm, recommender = clean(str(document["arm"])), clean(str(document["recommender"]))
    console.print(Text(f"The pages came from {arm} ({recommender}).", style="bold"))
    pages, visits = document["pages"], document["visits"]
    console.print(
        Text(f"You saw {pages} page{_s(pages)} in {visits} visit{_s(visits)}; the double is made from "
             f"{document['made_from']} choice{_s(document['made_from'])}.")
    )  # fmt: skip
    clicks = document["clicks"]
    if clicks is None:
        console.print(Text("Nothing was shown, so there is nothing to compare."))
    else:
        console.print(Text(clean(clicks["words"]), style="bold"))
        console.print(click_table(clicks))
        for explained in _LEGEND:
            console.print(Text(explained, style="dim"))
    for line in sentences(document):
        console.print(line)


def click_table(clicks: Mapping[str, Any]) -> Table:
    """The double's row beside those that know nothing of the person."""
    title = f"Who tells your clicks ({clicks['clicks']} among {clicks['shown']} titles)"
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in ("clicks", "AUC [interval]", "log loss", "Brier"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for row in clicks["rows"]:
        style = "bold" if row["name"] == "double" else ""
        table.add_row(
            Text(row["name"], style=style),
            Text(f"{row['expects']:.1f}"),
            Text(_with_ends(row["auc"], row["auc_ci"])),
            number(row["log_loss"]),
            number(row["brier"]),
        )
    return table


def sentences(document: Mapping[str, Any]) -> Iterator[Text]:
    """A sentence a part, then what must be known before the numbers are believed."""
    for part, name in _PARTS:
        found = document[part]
        if found is not None and found["words"]:
            yield Text.assemble((f"{name}. ", "bold"), clean(found["words"]))
        if part == "ratings" and found is not None:
            errors = ", ".join(f"{row['name']} {_with_ends(row['mae'], row['ci'])}" for row in found["rows"])
            yield Text(f"  mean absolute error over {found['n']}: {clean(errors)}", style="dim")
    for note in document["notes"]:
        yield Text(f"· {clean(note)}", style="dim")


def _with_ends(value: float | None, ends: Sequence[float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if ends is None else f"{value:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
