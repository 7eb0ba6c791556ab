"""An app is drawn where somebody can see it, and nowhere else."""

from __future__ import annotations

import io

import pytest

from simulator.cli.terminal import can_draw


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("redirected", ["stdin", "stdout", "stderr", None])
@pytest.mark.parametrize("term", ["xterm", "dumb", "unknown", "", None])
def test_an_app_needs_a_terminal_on_all_sides(
    monkeypatch: pytest.MonkeyPatch, redirected: str | None, term: str | None
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", io.StringIO() if name == redirected else Screen())
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    assert can_draw() is (redirected is None and term == "xterm")
