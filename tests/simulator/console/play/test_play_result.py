"""The answer at the end, as it is read on a terminal of 80 columns, after a play that the double would not have stayed
for."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console
from seated import Scripted, played

from simulator.console.play.result import print_closeness


def test_every_number_of_the_table_is_told_what_it_is_and_no_chance_is_called_none(tmp_path: Path) -> None:
    done = played(tmp_path / "r", Scripted(lambda item, turn, place: place == turn), pages=12)
    out = StringIO()
    print_closeness(done.document, Console(file=out, width=80))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    told = " ".join(out.getvalue().split())
    assert all(f"{name}: " in told for name in ("clicks", "AUC", "Log loss, Brier"))
    assert done.document["leaving"]["chance_to_stay_longer"] < 0.005
    assert "less than 1%" in told and " 0%" not in told
