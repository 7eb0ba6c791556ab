"""Colours that the page decides: figures are drawn in stand-ins that become CSS variables, and so follow the theme."""

from __future__ import annotations

import re
from pathlib import Path

PALETTE = Path(__file__).with_name("palette.css")
"""The variables, light and dark; the viewer's pages have them too."""
ARMS = 8
"""Colours of arms before they repeat."""

INK, MUTED, GRID, PAPER = "#0a0a01", "#0a0a02", "#0a0a03", "#0a0a04"
_VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--line", PAPER: "--card"}
_VARIABLES |= {f"#0b000{i}": f"--arm-{i}" for i in range(ARMS)}
_STAND_IN = re.compile("|".join(_VARIABLES))


def arm_colour(row: int) -> str:
    """The stand-in of the arm in that row; the control comes first."""
    return f"#0b000{row % ARMS}"


def themed(svg: str) -> str:
    """The same drawing with CSS variables for stand-ins."""
    return _STAND_IN.sub(lambda found: f"var({_VARIABLES[found.group()]})", svg)
