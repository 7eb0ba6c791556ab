"""The report's figures: arms and differences by metric, slate calibration, and curves of the behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from simulator.evaluation.curves import Curve
from simulator.evaluation.metrics import BY_NAME
from simulator.report.drawing import draw, quiet
from simulator.report.palette import INK, MUTED, PAPER, arm_colour
from simulator.report.words import deciding_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST_NAME = 18
"""Letters of an arm's name in a figure; the tables have all of it."""


def metric_figures(summary: Mapping[str, Any], metric: str) -> list[Markup]:
    """Arms as dots with whiskers; then the differences from the control, with one small dot for each mind.

    Two drawings, so that they can stand side by side or one above the other. Empty where no arm has the metric.
    """
    arms = [arm for arm in summary["arms"] if summary["arms"][arm][metric]["mean"] is not None]
    if not arms:
        return []
    rows = [row for row in summary["comparisons"] if row["metric"] == metric and row["treatment"] in arms]
    colour, label = colours(summary), BY_NAME[metric].label

    def means(axes: Axes) -> None:
        for at, arm in enumerate(reversed(arms)):
            cell = summary["arms"][arm][metric]
            _whisker(axes, cell["ci"], at, colour[arm])
            _dot(axes, cell["mean"], at, colour[arm])
        _rows(axes, arms, BY_NAME[metric].unit)

    def differences(axes: Axes) -> None:
        axes.axvline(0, color=MUTED, linewidth=1)
        for row in rows:
            at = len(arms) - 1 - arms.index(row["treatment"])
            _whisker(axes, deciding_interval(row), at, colour[row["treatment"]])
            _dot(axes, row["difference"], at, colour[row["treatment"]])
            for mind in row["minds"]:
                axes.plot(
                    mind["difference"], at - 0.3, "o", markersize=3.6, color=colour[row["treatment"]], alpha=0.75, mew=0
                )
        blank = ["" if arm == summary["control"] else arm for arm in arms]
        _rows(axes, blank, f"difference from {short(summary['control'])}")

    drawn = [_panel(f"metric-{metric}", f"{label} by arm", len(arms), means)]
    if rows:
        drawn.append(_panel(f"difference-{metric}", f"{label}: differences by arm", len(arms), differences))
    return drawn


def calibration_figure(summary: Mapping[str, Any]) -> Markup | None:
    """Predicted against real hit rate of each arm's slates; on the line the mind is right. None if not calibrated."""
    table = summary["slate_calibration"]
    if not table:
        return None
    colour = colours(summary)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        quiet(axes, grid="both")
        ends = [cell[name] for cell in table.values() for name in ("predicted", "real")]
        top = 1.12 * max(ends) or 1.0
        axes.plot([0, top], [0, top], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        for arm, cell in table.items():
            low, high = cell["ci"]
            if low is not None and high is not None:
                # The interval is the residual's: it says where the real rate may be, given the prediction.
                axes.vlines(
                    cell["predicted"], cell["predicted"] - high, cell["predicted"] - low, colour[arm], linewidth=3
                )
            axes.plot(cell["predicted"], cell["real"], "o", color=colour[arm], markersize=8, label=short(arm))
        axes.set(xlim=(0, top), ylim=(0, top), xlabel="predicted hit rate", ylabel="real hit rate on V")
        axes.locator_params(nbins=5)
        _legend(axes)

    return draw("calibration", "Predicted against real hit rate of the slates", 300, 280, paint)


def curve_figure(summary: Mapping[str, Any], name: str, curves: Mapping[str, Curve], x: str, y: str) -> Markup | None:
    """One line an arm. None where there is nothing to draw."""
    if not curves:
        return None
    colour = colours(summary)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        quiet(axes, grid="y")
        for arm, curve in curves.items():
            axes.plot(curve.x, curve.y, "-o", color=colour[arm], linewidth=2, markersize=4, label=short(arm))
        axes.set(xlabel=x, ylabel=y, ylim=(0, None))
        axes.locator_params(axis="x", nbins=6, integer=True)
        axes.locator_params(axis="y", nbins=6)
        _legend(axes)

    return draw(name, f"{y} by {x}", 300, 225, paint)


def colours(summary: Mapping[str, Any]) -> dict[str, str]:
    """Colour of each arm: the control takes the first."""
    order = sorted(summary["arms"], key=lambda arm: arm != summary["control"])
    return {arm: arm_colour(row) for row, arm in enumerate(order)}


def short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _panel(name: str, title: str, rows: int, paint: Callable[[Axes], None]) -> Markup:
    return draw(name, title, 232, 58 + 30 * rows, lambda figure: paint(figure.subplots()))


def _rows(axes: Axes, arms: Sequence[str], x: str) -> None:
    """Arms down, the first on top, and few ticks across."""
    quiet(axes)
    axes.set_yticks(range(len(arms)), [short(arm) for arm in reversed(arms)])
    axes.set_ylim(-0.6, len(arms) - 0.4)
    axes.set_xlabel(x)
    axes.locator_params(axis="x", nbins=3)
    axes.ticklabel_format(axis="x", useOffset=False, scilimits=(-4, 6))


def _legend(axes: Axes) -> None:
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=10.5)
    axes.legend(frameon=False, fontsize=10.5, labelcolor=INK, handlelength=1.2)


def _whisker(axes: Axes, ci: Sequence[float | None], at: float, colour: str) -> None:
    low, high = ci
    if low is not None and high is not None:
        axes.hlines(at, low, high, color=colour, linewidth=3)


def _dot(axes: Axes, value: float, at: float, colour: str) -> None:
    axes.plot(value, at, "o", markersize=8, color=colour, markeredgecolor=PAPER, markeredgewidth=1.2)
