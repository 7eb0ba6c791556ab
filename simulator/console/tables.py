"""A run's summary for a person at a terminal: the answer in words, then the numbers behind it.

Whatever came from a file or a plug-in is put into `Text`, so that it is shown and never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.console.text import clean
from simulator.report import language, words

_STYLES = {"robust": "green", "depends_on_mind": "yellow", "no_difference": "dim", "not_judged": "red"}
_ASSUMED_STYLE = "cyan"
_COLUMNS_OF_ARMS = 3
"""Arms side by side in 80 columns; more go into a further table."""
_WIDEST_NAME = 16
"""Letters of an arm's name on one line of its heading: about what a mean with its interval takes."""


def print_summary(summary: Mapping[str, Any], console: Console) -> None:
    """The whole answer: headline, arms, differences, slate calibration, failures, notes, performance, cost."""
    console.print()
    for line in headlines(summary):
        console.print(line)
    if speaker := language.speaker(summary):
        console.print(Text(clean(speaker), style="dim"))
    for table in arm_tables(summary):
        console.print(table)
    print_comparison(summary, console)
    if calibration := summary.get("slate_calibration"):
        console.print(calibration_table(calibration))
    if failures := summary.get("failures"):
        console.print(failure_table(failures))
        said = [language.failure_sentence(failures), *(one["note"] for one in failures["estimates"] if one["note"])]
        for line in said:
            console.print(Text(clean(line), style="yellow"))
    if survey := summary.get("survey"):
        for table in survey_tables(survey):
            console.print(table)
    print_notes(summary, console)
    if performance := summary.get("performance"):
        console.print(Text(performance_line(performance), style="dim"))
    if summary.get("llm"):
        console.print(Text(clean(language.cost_line(summary)), style="dim"))


def print_comparison(document: Mapping[str, Any], console: Console) -> None:
    """The differences between arms, where there are any."""
    comparisons = document.get("comparisons", ())
    if comparisons:
        for table in difference_tables(comparisons, document.get("primary")):
            console.print(table)
        if words.has_ensemble(document):
            console.print(Text(words.BETWEEN_MINDS, style="dim"))
    else:
        console.print(Text("One arm alone: nothing to compare.", style="dim"))


def print_notes(document: Mapping[str, Any], console: Console) -> None:
    """What must be known before the numbers are believed."""
    for note in document.get("notes", ()):
        console.print(Text(f"· {clean(note)}", style="dim"))


def headlines(summary: Mapping[str, Any]) -> Iterator[Text]:
    """For each treatment, the primary metric in a plain sentence and its verdict; then what speaks against it."""
    for answer in words.answers(summary):
        yield Text.assemble(
            (f"{answer.title}. ", "bold"),
            (f"{verdict_in_words(answer.row)}: ", _style(answer.row)),
            clean(answer.reason),
        )
        if answer.worse:
            yield Text(answer.worse)
    if miscalibration := words.miscalibration(summary):
        yield Text(miscalibration)


def arm_tables(summary: Mapping[str, Any]) -> Iterator[Table]:
    """Metrics down, arms across: mean and half the width of its interval."""
    arms = summary["arms"]
    names = list(arms)
    metrics = list(dict.fromkeys(metric for arm in arms.values() for metric in arm))
    for start in range(0, len(names), _COLUMNS_OF_ARMS):
        table = _table(f"Means, ± half the interval{' (this mind only)' if words.has_ensemble(summary) else ''}")
        table.add_column("", no_wrap=True)
        for name in names[start : start + _COLUMNS_OF_ARMS]:
            table.add_column(heading(name), justify="right", no_wrap=True)
        for metric in metrics:
            cells = [_mean(arms[name].get(metric)) for name in names[start : start + _COLUMNS_OF_ARMS]]
            table.add_row(_emphasised(metric, summary.get("primary")), *cells)
        yield table


def difference_tables(comparisons: Sequence[Mapping[str, Any]], primary: str | None) -> Iterator[Table]:
    """A table for each pair: the difference, the interval of its verdict, minds with its sign, the verdict."""
    pairs = dict.fromkeys((clean(one["treatment"]), clean(one["control"])) for one in comparisons)
    for pair in pairs:
        table = _table("{} minus {}".format(*pair))
        table.add_column("", no_wrap=True)
        table.add_column(Text("difference [interval]"), justify="right", no_wrap=True)
        table.add_column("minds", justify="right", no_wrap=True)
        table.add_column("verdict")
        for one in comparisons:
            if (clean(one["treatment"]), clean(one["control"])) == pair:
                table.add_row(
                    _emphasised(one["metric"], primary),
                    _interval(one["difference"], words.deciding_interval(one)),
                    _agreement(one),
                    Text(verdict_in_words(one), style=_style(one)),
                )
        yield table


def heading(name: str) -> Text:
    """An arm's name over its column, on several lines where it is long: what is cut is never a number."""
    return Text("\n".join(wrap(clean(name), _WIDEST_NAME)))


def calibration_table(calibration: Mapping[str, Mapping[str, Any]]) -> Table:
    """Whether the slates' predicted hit rate on what was held out is the real one."""
    table = _table("Hit rate of the slates on held-out choices")
    table.add_column("arm")
    for heading in ("predicted", "real", "residual [interval]"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for name, one in calibration.items():
        residual = _interval(one.get("residual"), one.get("ci"))
        table.add_row(Text(clean(name)), number(one.get("predicted")), number(one.get("real")), residual)
    return table


def failure_table(failures: Mapping[str, Any]) -> Table:
    """The primary difference of everybody beside that of the people whose pages were all answered."""
    table = _table(f"{label(failures['primary'])}, where the model did not answer")
    table.add_column("arm")
    for heading in ("everybody [interval]", "complete cases [interval]"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    for one in failures["estimates"]:
        cells = [_interval(one[which]["difference"], one[which]["ci"]) for which in ("all", "complete_case")]
        table.add_row(Text(clean(one["treatment"])), *cells)
    return table


def survey_tables(survey: Mapping[str, Any]) -> Iterator[Table]:
    """What people answered when they were asked, arms across."""
    names = list(survey)
    for start in range(0, len(names), _COLUMNS_OF_ARMS):
        some = names[start : start + _COLUMNS_OF_ARMS]
        table = _table("What people said when asked, ± half the interval")
        table.add_column("")
        for name in some:
            table.add_column(Text(clean(name)), justify="right", no_wrap=True)
        for question, text in language.QUESTIONS.items():
            table.add_row(Text(text), *(_mean(survey[name].get(question)) for name in some))
        yield table


def print_facts(facts: Mapping[str, Any], console: Console, *, title: str) -> None:
    """Any document of names and values, one a line; inner ones indented."""
    console.print(Text(clean(title), style="bold"))
    for line in _facts(facts, "  "):
        console.print(line)


def _facts(facts: Mapping[str, Any], indent: str) -> Iterator[Text | Table]:
    width = max((len(label(str(name))) for name in facts), default=0)
    for name, value in facts.items():
        title = label(clean(str(name)))
        if isinstance(value, Mapping):
            yield Text(f"{indent}{title}")
            yield from _facts(value, indent + "  ")
        elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            yield from _records(title, value)
        else:
            yield Text.assemble((f"{indent}{title:<{width}}  ", "dim"), _fact(value, name))


def _records(title: str, records: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    """Records side by side, their fields down."""
    for start in range(0, len(records), _COLUMNS_OF_ARMS):
        some = records[start : start + _COLUMNS_OF_ARMS]
        table = _table(title)
        table.show_header = False
        table.add_column(no_wrap=True)
        for _ in some:
            table.add_column(justify="right")
        for name in dict.fromkeys(name for record in some for name in record):
            cells = (Text(_fact(record.get(name), name)) for record in some)
            table.add_row(Text(label(clean(str(name)))), *cells)
        yield table


def _fact(value: Any, name: str) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_fact(one, name) for one in value) or "none"
    if name.startswith("seed"):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return number(value) if value is None or isinstance(value, float) else clean(str(value))


def performance_line(performance: Mapping[str, Any]) -> str:
    """How much was simulated, how fast, and where the time went."""
    return (
        f"{performance['user_turns']:,.0f} user-turns at {performance['user_turns_per_s']:,.0f}/s; "
        f"set-up {performance['setup_s']:.1f} s, fit {performance['fit_s']:.1f} s, run {performance['run_s']:.1f} s, "
        f"in all {performance['wall_s']:.1f} s; peak memory {performance['peak_rss_mb']:,.0f} MB"
    )


def verdict_in_words(comparison: Mapping[str, Any]) -> str:
    """The verdict in the words of the report."""
    return clean(words.verdict(comparison))


def number(value: float | None, *, sign: bool = False, like: float | None = None) -> str:
    """A number in about four significant digits, or as many decimals as `like` has; `-` where it is undefined."""
    if value is None:
        return "-"
    size = abs(value if like is None else like)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
    return f"{value:{'+' if sign else ''},.{digits}f}"


def label(metric: str | None) -> str:
    """A field's name as words."""
    return str(metric).replace("_", " ")


def _mean(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None or estimate["mean"] is None:
        return "-"
    low, high = estimate.get("ci") or (None, None)
    half = "" if low is None or high is None else f" ±{number((high - low) / 2, like=estimate['mean'])}"
    return f"{number(estimate['mean'])}{half}"


def _interval(value: float | None, ci: Sequence[float | None] | None) -> Text:
    low, high = (number(end, sign=True, like=value) for end in ci or (None, None))
    return Text(f"{number(value, sign=True)} [{low}, {high}]")


def _agreement(comparison: Mapping[str, Any]) -> str:
    agreement = comparison.get("sign_agreement")
    return "-" if agreement is None else f"{agreement:.0%}"


def _style(comparison: Mapping[str, Any]) -> str:
    return _ASSUMED_STYLE if words.is_assumed(comparison) else _STYLES.get(comparison["verdict"], "")


def _emphasised(metric: str, primary: str | None) -> Text:
    return Text(f"{label(metric)} *", style="bold") if metric == primary else Text(label(metric))


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
