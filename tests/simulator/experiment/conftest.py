"""Runs of scenarios that are given as plain values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenarios.loader import check as checked_scenario
from simulator.studies import ab


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    """Runs a scenario given as plain values; returns the run folder."""

    def run_it(scenario: dict[str, Any], name: str = "run", **options: Any) -> Path:
        outcome = ab.run(
            checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / name, command=["test"], **options
        )
        assert outcome.status == ab.DONE, outcome.message
        return outcome.folder

    return run_it
