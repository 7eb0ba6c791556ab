"""One setting for all lives, and a run of the same scenario."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import PEOPLE, minds, opened, ran

from simulator.studies.solo.setting import Setting


@pytest.fixture(scope="session")
def taste() -> Path:
    """Where fitted minds are kept for all tests."""
    return minds()


@pytest.fixture(scope="session")
def setting(taste: Path) -> Iterator[Setting]:
    with opened(taste, PEOPLE) as made:
        yield made


@pytest.fixture(scope="session")
def run_of_people(taste: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the setting's scenario."""
    return ran(taste, tmp_path_factory.mktemp("people"), PEOPLE)
