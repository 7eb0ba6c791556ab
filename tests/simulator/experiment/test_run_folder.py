"""A run folder is begun whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from lives import full_disk

from simulator.experiment.folder import RunFolder
from simulator.records import UserInputError


@pytest.mark.parametrize("left", [3, 40])
def test_a_run_that_cannot_be_begun_leaves_nothing_in_the_way_of_the_next_try(tmp_path: Path, left: int) -> None:
    """Neither where the scenario finds no room, nor where the manifest does."""
    with full_disk(left), pytest.raises(UserInputError, match=r"cannot write a run here \(File too large\)"):
        RunFolder.create(tmp_path / "run", {"run": "x" * 100}, "name: short\n")
    assert not (tmp_path / "run").exists()
    assert RunFolder.create(tmp_path / "run", {"run": "x" * 100}, "name: short\n").manifest.exists()


def test_a_name_that_is_no_text_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="its name is no text"):
        RunFolder.create(tmp_path / "\udcff", {}, "")
    assert not list(tmp_path.iterdir())
