"""The page of built-ins names every one of them, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from recommenders.builtin import BUILTINS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recommenders.md"


def test_the_page_lists_exactly_the_built_ins() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == set(BUILTINS)
