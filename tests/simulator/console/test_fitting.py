"""An app on a real terminal, told of a size that it had before."""

from __future__ import annotations

import sys

import pexpect

APP = """
from textual.events import Resize
from textual.geometry import Size
from simulator.console.fitting import FittingApp

class Probe(FittingApp):
    def on_ready(self):
        late = Size(33, 7)
        self.post_message(Resize(late, late))
        self.call_later(lambda: self.exit(tuple(self.size)))

print("ended at", Probe().run())
"""


def test_a_size_that_is_told_late_does_not_stay() -> None:
    terminal = pexpect.spawn(sys.executable, ["-c", APP], dimensions=(24, 80), timeout=300, encoding="utf-8")
    terminal.expect(r"ended at (\(\d+, \d+\))")
    assert terminal.match.group(1) == "(80, 24)"
    terminal.close()
