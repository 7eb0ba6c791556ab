"""`understudy compare` says at a terminal what its document says against the numbers."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main


def test_what_speaks_against_a_comparison_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, Any] = {"comparisons": [], "primary": "want", "notes": ["m is a \x1b[31mscripted model."]}
    monkeypatch.setattr("simulator.cli.folders.existing_run", lambda run: run)
    monkeypatch.setattr(import_module("simulator.evaluation.compare"), "compare", lambda runs: found)
    assert main(["compare", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "· m is a" in told and "scripted model." in told and "\x1b" not in told
