"""Figures as inline SVG: matplotlib's object interface, text kept as text, no global state and no window."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from simulator.report.palette import GRID, INK, MUTED, themed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # an arm named $x$ is a name and no formula
    "font.family": "sans-serif",
    "font.size": 11.0,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 10.5,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
}
_FONT = re.compile(r"font: ([\d.]+px) '[^;]*?(?=;)")
_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')


def draw(name: str, title: str, width: float, height: float, paint: Callable[[Figure], None]) -> Markup:
    """One figure as `<svg>` that fills its box.

    Args:
        name: makes the ids inside the drawing unique on the page.
        title: what a screen reader says.
        width, height: in points; text is set for that size.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width / 72, height / 72))
        figure.set_layout_engine("constrained", wspace=0.1)
        paint(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Markup(_inline(out.getvalue(), name, title))


def quiet(axes: Axes, *, grid: Literal["x", "y", "both"] = "x") -> None:
    """Light lines behind the data on one axis, and nothing else."""
    axes.grid(axis=grid, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def _inline(svg: str, name: str, title: str) -> str:
    body = svg[svg.index("<svg") :]
    head_end = body.index(">") + 1
    box = re.search(r'viewBox="([^"]+)"', body[:head_end])
    drawing = re.sub(r"<metadata>.*?</metadata>", "", body[head_end:], flags=re.DOTALL)
    drawing = _REFERENCE.sub(lambda found: f"{found.group()}{name}-", drawing)
    drawing = themed(_FONT.sub(r"font-size: \1", drawing))
    label = Markup.escape(title)
    return f'<svg viewBox="{box.group(1) if box else ""}" role="img" aria-label="{label}">{drawing}'
