"""Makes `synthetic_run` importable here, and shares runs that several tests only read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from synthetic_run import MINDS, Made, make_run


@pytest.fixture(scope="session")
def two_arms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Control of quality 1, treatment of quality 3, every mind, a clone for every tenth person, two seeds."""
    made = Made(minds=MINDS, seeds=(7, 8), clones=12, families={"treatment": "linear"})
    return make_run(tmp_path_factory.mktemp("runs") / "two_arms", made)
