"""An evaluation on one page of a terminal: the answer, then what was held out, what people did, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.tables import arm_tables, difference_tables, heading, number
from simulator.console.text import clean
from simulator.report import evaluation_words, words

OFFLINE = {
    "ndcg@10": "nDCG@10",
    "recall@20": "recall@20",
    "mrr@10": "MRR@10",
    "coverage@10": "coverage@10",
    "novelty@10": "novelty@10, bits",
    "diversity@10": "diversity@10",
    "gini@10": "Gini index@10",
    "calibration@10": "miscalibration@10",
}
"""The offline metrics of the page; the document has them all, at 20 too."""
SIMULATED = (
    "want",
    "click_rate",
    "dwell_per_session",
    "satisfaction",
    "session_length",
    "return_rate",
    "harm",
)
"""The outcomes of the page."""
SAME_PEOPLE = "Differences are between the same people, whoever has a value in both; means are over all who have one."
COST = {
    "fit_s": "fit, s",
    "latency_p50_ms": "one page, median ms",
    "latency_p99_ms": "one page, 99th percentile ms",
    "throughput_rps": "pages a second in batches",
    "memory_mb": "memory, MB",
}
_COLUMNS = 3


def print_evaluation(document: Mapping[str, Any], console: Console) -> None:
    """The whole page. Whatever came from a plug-in or a file is put into `Text`, and never read as markup."""
    console.print()
    console.print(Text(clean(evaluation_words.decision(document)), style="bold"))
    console.print(_points(map(clean, evaluation_words.reasons(document))))
    arms = [document["candidate"], *document["baselines"]]
    split = document["split"]
    title = f"On held-out choices of {split['people']:,} people, ± half the interval"
    for some in _chunks(arms):
        console.print(_offline_table(document["offline"], some, title))
    metrics = list(dict.fromkeys((*SIMULATED, document["primary"])))
    shown = {arm: {name: table[name] for name in metrics} for arm, table in document["simulated"].items()}
    kept = [row for row in document["comparisons"] if row["metric"] in metrics]
    ordered = {arm: shown[arm] for arm in arms if arm in shown}
    before = f"Before {document['people']:,} simulated people in {document['turns']} turns, ± half the interval"
    for table in arm_tables({"arms": ordered, "comparisons": kept, "primary": document["primary"]}):
        table.title = Text(before)
        console.print(table)
    for table in difference_tables(kept, document["primary"]):
        console.print(table)
    minds = f" {words.BETWEEN_MINDS}" if words.has_ensemble(document) else ""
    console.print(Text(f"* the metric that decides. {SAME_PEOPLE}{minds}", style="dim"))
    for some in _chunks(arms):
        console.print(_cost_table(document["cost"], some))
    for note in (*split["notes"], *document["notes"]):
        console.print(Text(f"· {clean(note)}", style="dim"))
    for arm, fault in document["failures"].items():
        console.print(Text(clean(f"{arm} failed: {fault}"), style="red"))


def _points(parts: Iterable[str]) -> Table:
    """Paragraphs that can be told apart."""
    points = Table.grid(padding=(0, 1, 0, 0))
    points.add_column(no_wrap=True)
    points.add_column(overflow="fold")
    for part in parts:
        points.add_row("·", Text(part))
    return points


def _chunks(arms: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(arms), _COLUMNS):
        yield arms[start : start + _COLUMNS]


def _offline_table(tables: Mapping[str, Any], arms: Sequence[str], title: str) -> Table:
    table = _table(title, arms)
    for metric, label in OFFLINE.items():
        table.add_row(Text(label), *(_cell(tables[arm].get(metric)) for arm in arms))
    return table


def _cost_table(cost: Mapping[str, Any], arms: Sequence[str]) -> Table:
    table = _table("What it costs, on this machine", arms)
    for field, label in COST.items():
        table.add_row(Text(label), *(number(cost[arm].get(field)) for arm in arms))
    return table


def _table(title: str, arms: Sequence[str]) -> Table:
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("", no_wrap=True)
    for arm in arms:
        table.add_column(heading(arm), justify="right", no_wrap=True)
    return table


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None or one["value"] is None:
        return "-"
    low, high = one["ci"]
    half = "" if low is None or high is None else f" ±{number((high - low) / 2, like=one['value'])}"
    return f"{number(one['value'])}{half}"
