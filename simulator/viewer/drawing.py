"""Small figures as inline SVG: presentation attributes and classes alone, because the pages allow no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from simulator.report.palette import ARMS
from simulator.viewer.wording import number

WIDTH, HEIGHT = 320, 112
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 10, 20
_EMPTY = Markup("")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a figure. `points`: x and y; a y of None leaves a gap."""

    name: str
    row: int
    """Row of the arm, which decides its colour and dash."""
    points: Sequence[tuple[float, float | None]]


def curves(
    lines: Sequence[Line],
    *,
    title: str,
    x: str,
    low: float | None = None,
    high: float | None = None,
    mark: float | None = None,
    digits: int = 2,
) -> Markup:
    """Lines over a common x, with the ends of both axes named; `mark` is an x to point at. Nothing for no value."""
    values = [y for line in lines for _, y in line.points if y is not None]
    places = [at for line in lines for at, y in line.points if y is not None]
    if not values:
        return _EMPTY
    bottom, top = min(values) if low is None else low, max(values) if high is None else high
    if bottom == top:  # nothing moves, so any scale does; one that begins at a given end keeps it
        bottom, top = (bottom, bottom + 1) if low is not None else (bottom - 0.5, top + 0.5)
    first, last = min(places), max(places)

    def across(at: float) -> float:
        wide = WIDTH - _LEFT - _RIGHT
        return _LEFT + (wide / 2 if first == last else wide * (at - first) / (last - first))

    def up(value: float) -> float:
        inside = min(max(value, bottom), top)
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (top - inside) / (top - bottom)

    parts = [_axis(bottom, top, first, last, digits, x)]
    if mark is not None and first <= mark <= last:
        parts.append(
            Markup('<line class="here" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>').format(
                across(mark), _TOP - 4, HEIGHT - _BOTTOM
            )
        )
    for line in lines:
        for run in _runs(line.points):
            told = " ".join(f"{across(at):.1f},{up(y):.1f}" for at, y in run)
            shape = (
                Markup('<polyline points="{}"/>').format(told)
                if len(run) > 1
                else Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(across(run[0][0]), up(run[0][1]))
            )
            parts.append(Markup('<g class="line arm-{}">{}</g>').format(line.row % ARMS, shape))
    said = "; ".join(f"{line.name} {_ends(line, digits)}" for line in lines)
    return Markup('<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, f"{title} by {x}: {said}", Markup("").join(parts)
    )


def interval(mean: float | None, low: float | None, high: float | None, span: tuple[float, float], row: int) -> Markup:
    """A dot with its interval on a scale that all arms share."""
    if mean is None:
        return _EMPTY
    start, end = span
    wide = (end - start) or 1.0

    def across(value: float) -> float:
        return 6 + 148 * min(max((value - start) / wide, 0), 1)

    bar = (
        _EMPTY
        if low is None or high is None
        else Markup('<line x1="{:.1f}" x2="{:.1f}" y1="9" y2="9"/>').format(across(low), across(high))
    )
    return Markup(
        '<svg class="interval" viewBox="0 0 160 18" aria-hidden="true"><g class="arm-{}">{}'
        '<circle cx="{:.1f}" cy="9" r="4.5"/></g></svg>'
    ).format(row % ARMS, bar, across(mean))


def bar(value: float | None, low: float, high: float) -> Markup:
    """A value on its scale; where the scale holds 0 inside, the bar starts there."""
    if value is None:
        return _EMPTY
    from_ = 0.0 if low < 0 < high else low

    def across(at: float) -> float:
        return 100 * min(max((at - low) / (high - low), 0), 1)

    start, end = sorted((across(from_), across(value)))
    middle = Markup('<line x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="8"/>').format(across(from_)) if low < 0 < high else ""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="all" width="100" height="8"/><rect x="{:.1f}" width="{:.1f}" height="8"/>{}</svg>'
    ).format(start, max(end - start, 1.5), middle)


def _axis(bottom: float, top: float, first: float, last: float, digits: int, x: str) -> Markup:
    base = HEIGHT - _BOTTOM
    return Markup(
        '<g class="axis"><line x1="{left}" x2="{right}" y1="{base}" y2="{base}"/>'
        '<line x1="{left}" x2="{right}" y1="{top}" y2="{top}"/>'
        '<text x="{tick}" y="{top_text}" text-anchor="end">{high}</text>'
        '<text x="{tick}" y="{base_text}" text-anchor="end">{low}</text>'
        '<text x="{left}" y="{under}">{first}</text>'
        '<text x="{right}" y="{under}" text-anchor="end">{x} {last}</text></g>'
    ).format(
        left=_LEFT,
        right=WIDTH - _RIGHT,
        base=base,
        top=_TOP,
        tick=_LEFT - 6,
        top_text=_TOP + 4,
        base_text=base + 4,
        high=number(float(top), digits),
        low=number(float(bottom), digits),
        under=HEIGHT - 5,
        first=f"{first:g}",
        last=f"{last:g}",
        x=x,
    )


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Stretches without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, y in points:
        if y is not None:
            runs[-1].append((at, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _ends(line: Line, digits: int) -> str:
    known = [y for _, y in line.points if y is not None]
    return f"from {number(float(known[0]), digits)} to {number(float(known[-1]), digits)}" if known else "unknown"
