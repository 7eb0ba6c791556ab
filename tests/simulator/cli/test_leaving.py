"""The command's process in its first and in its last moment."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
import typer

from simulator.cli.output import interruptible

BEFORE = """
import os, signal, sys
from simulator.cli import entry

def send(*signals):
    for number in signals:
        os.kill(os.getpid(), number)

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
"""
WHILE_IT_IMPORTS = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "simulator.cli.main":
            send(signal.{name})

sys.meta_path.insert(0, Finder())
sys.exit(entry.main())
"""
AFTER_ITS_LAST_WORD = """
import typer
from simulator.cli import main
from simulator.cli.output import interruptible

def command():
    try:
        with interruptible(lambda: "how to go on"):
            send(signal.{name})
    except typer.Exit as end:
        send(signal.SIGINT, signal.SIGTERM, signal.SIGINT)
        return end.exit_code

main.main = command
status = entry.main()
send(signal.SIGINT, signal.SIGTERM)
sys.exit(status)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(("code", "told"), [(WHILE_IT_IMPORTS, "Interrupted."), (AFTER_ITS_LAST_WORD, "how to go on")])
def test_a_signal_ends_it_with_130_and_a_line_and_the_next_ones_add_nothing(name: str, code: str, told: str) -> None:
    command = [sys.executable, "-c", BEFORE + code.replace("{name}", name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (130, f"{told}\n")


def test_in_another_program_signals_stay_as_they_were(capsys: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(typer.Exit), interruptible(lambda: "how to go on"):
        raise KeyboardInterrupt
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert capsys.readouterr().err == "how to go on\n"
