"""Small figures: scales that can be read whatever the values."""

from __future__ import annotations

import re

from simulator.viewer.drawing import Line, curves


def ends(svg: str) -> list[str]:
    """Top and bottom of the scale."""
    return re.findall(r'text-anchor="end">([^<]*)</text>', svg)[:2]


def test_a_line_that_does_not_move_has_a_scale_that_could_be() -> None:
    still = [Line(name="a", row=0, points=[(0, 0.0), (1, 0.0)])]
    assert ends(curves(still, title="Clicks", x="turn", low=0.0)) == ["1.00", "0.00"]
    assert ends(curves(still, title="Mood", x="turn")) == ["0.50", "−0.50"]
    assert curves([Line(name="a", row=0, points=[(0, None)])], title="Nothing", x="turn") == ""
