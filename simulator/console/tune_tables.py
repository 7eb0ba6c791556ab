"""A study of parameters for a person at a terminal: what won, what it is worth on fresh people, and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.tables import label, number, verdict_in_words
from simulator.console.text import clean, clean_lines
from simulator.report import words

TOP = 10
_STYLES = {"robust": "green", "depends_on_mind": "yellow", "no_difference": "dim", "not_judged": "red"}
_AGAINST = {"default": "the default", "by_ndcg": "the pick of nDCG"}


def print_study(answer: Mapping[str, Any], console: Console) -> None:
    """The whole answer: verdict, parameters, fresh people, trials, notes, and the lines to paste."""
    console.print()
    console.print(Text(clean(answer["verdict"]), style="bold"))
    best, own = answer["best"], answer["default"]
    console.print(Text.assemble(("Best of the trials  ", "dim"), params_text(best["params"])))
    if own is not None:
        console.print(Text.assemble(("The scenario's own  ", "dim"), params_text(own["params"])))
    if (by_ndcg := answer["by_ndcg"]) is not None:
        console.print(Text.assemble(("Pick of nDCG@10     ", "dim"), params_text(by_ndcg["params"])))
    console.print(worth_table(answer))
    console.print(Text(optimism_line(answer), style="yellow"))
    if answer["comparisons"]:
        console.print(comparison_table(answer["comparisons"]))
    console.print(trial_table(answer))
    for line in lines(answer):
        console.print(Text(clean(line), style="dim"))
    for note in answer["notes"]:
        console.print(Text(f"· {clean(note)}", style="dim"))
    console.print(Text("\nTo paste into a scenario:", style="bold"))
    console.print(Text(clean_lines(answer["yaml"])))


def worth_table(answer: Mapping[str, Any]) -> Table:
    """The winner's value and its gain over the default, from where it was tuned to where it is judged."""
    again, held_back = answer["tried_again"], clean(answer["minds"]["held_back"])
    table = _table(f"The winner's {label(answer['metric'])}, tuned and tried again")
    table.add_column("")
    table.add_column("value [interval]", justify="right", no_wrap=True)
    table.add_column("gain [interval]", justify="right", no_wrap=True)
    rows = (
        ("tuned", "as tuned"),
        ("fresh", "fresh people, same mind"),
        ("judged", f"fresh, mind with {held_back}"),
    )
    for key, title in rows:
        gain = None if again["gain"] is None else again["gain"][key]
        table.add_row(title, _estimate(again["value"][key]), _estimate(gain, sign=True))
    return table


def optimism_line(answer: Mapping[str, Any]) -> str:
    """What choosing the best of the trials added for nothing."""
    optimism = answer["tried_again"]["optimism"]
    if optimism is None:
        return "No gain over the default was claimed, so there is none to correct."
    return f"Optimism of the gain as tuned, against fresh people before the same mind: {_estimate(optimism, sign=True)}"


def comparison_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The tuned recommender against the default and against the pick of nDCG."""
    table = _table("Tuned minus …, on fresh people")
    table.add_column("")
    table.add_column("difference [interval]", justify="right", no_wrap=True)
    table.add_column("minds", justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in rows:
        low, high = words.deciding_interval(row)
        agreed = row["sign_agreement"]
        table.add_row(
            _AGAINST[row["against"]],
            Text(_interval(row["difference"], low, high, sign=True)),
            "-" if agreed is None else f"{agreed:.0%}",
            Text(verdict_in_words(row), style=_STYLES.get(row["verdict"], "")),
        )
    return table


def trial_table(answer: Mapping[str, Any]) -> Table:
    """The best trials, with what lay between each and the best before it on the same people; those that were stopped
    come after those that were not."""
    lived = [one for one in answer["trials"]["all"] if one["value"] is not None]
    less, best = answer["metric_direction"] < 0, answer["best"]["number"]
    lived.sort(key=lambda one: (one["state"] != "complete", one["value"] if less else -one["value"], one["number"]))
    table = _table(f"Trials{f', the best {TOP} of {len(lived)}' if len(lived) > TOP else ''}")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("parameters")
    for heading in (label(answer["metric"]), "to best then", "people", "nDCG@10"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in lived[:TOP]:
        stopped = " (stopped)" if one["state"] == "stopped" else ""
        table.add_row(
            str(one["number"]),
            Text(params_text(one["params"]) + stopped, style="bold" if one["number"] == best else ""),
            number(one["value"]),
            number(one["to_best"], sign=True, like=one["value"]),
            f"{one['people']:,}",
            number(one["ndcg"]),
        )
    return table


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Counts, importance, and how far nDCG orders the trials as the simulation does."""
    counts = answer["trials"]
    saved = counts["saved_by_stopping"]
    spared = f", {saved:.0%} of the work spared by stopping" if saved else ""
    yield (
        f"{counts['done']} trials: {counts['complete']} complete, {counts['stopped']} stopped, {counts['failed']} "
        f"failed; {counts['user_turns']:,} user-turns{spared}."
    )
    people, minds = answer["people"], answer["minds"]
    yield (
        f"Tuned on {people['tuning']:,} people before the mind {minds['tuning']}; judged by {people['fresh']:,} others "
        f"before {', '.join(minds['judging'])}."
    )
    if answer["importance"]:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in answer["importance"].items())
        yield f"Importance for being among the better trials: {shares}."
    if answer["ndcg_tau"] is not None:
        yield f"Kendall's tau of nDCG@10 and the simulated metric over the trials: {answer['ndcg_tau']:+.2f}."
    if took := answer.get("performance"):
        yield (
            f"Set-up {took['setup_s']:.1f} s, trials {took['tuning_s']:.1f} s, judging {took['judging_s']:.1f} s, "
            f"in all {took['wall_s']:.1f} s."
        )


def params_text(params: Mapping[str, Any]) -> str:
    """Parameters on one line."""
    return clean(", ".join(f"{name} {_value(value)}" for name, value in params.items())) or "its defaults"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _estimate(estimate: Mapping[str, Any] | None, *, sign: bool = False) -> str:
    return "-" if estimate is None else _interval(estimate["value"], *estimate["ci"], sign=sign)


def _interval(value: float | None, low: float | None, high: float | None, *, sign: bool = False) -> str:
    shown = [number(one, sign=sign, like=value) for one in (value, low, high)]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]"


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
