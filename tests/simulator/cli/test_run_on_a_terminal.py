"""`understudy run` on a real pseudo-terminal: the panel, Ctrl-C, and what is left on the screen."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect
import pyte

SCENARIO = """
population: {size: 400}
world: {turns: 400, slate_size: 5, sessions: {turns_per_day: 20}}
arms: {plain: popular, chance: random}
evaluation: {minds: single, primary: click_rate}
"""
ROWS, COLUMNS = 24, 80


def test_a_run_on_a_terminal_shows_a_panel_and_stops_by_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    quiet = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    process = pexpect.spawn(
        sys.executable,
        ["-m", "simulator.cli.main", "run", "s.yaml", "--out", "run"],
        cwd=str(tmp_path),
        dimensions=(ROWS, COLUMNS),
        env=quiet | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
    )

    def watch(met: Callable[[str], bool], seconds: float = 300.0) -> str:
        deadline = time.monotonic() + seconds
        while not met(shown := "\n".join(line.rstrip() for line in screen.display)):
            assert time.monotonic() < deadline, shown
            try:
                stream.feed(process.read_nonblocking(65536, timeout=1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                return "\n".join(line.rstrip() for line in screen.display)
        return shown

    try:
        first = watch(lambda shown: "so far, provisional, 95%" in shown)
        second = watch(lambda shown: "so far, provisional, 95%" in shown and shown != first)
        process.sendintr()
        told = watch(lambda shown: "stop stopping" in shown)
        watch(lambda shown: "Interrupted." in shown)
        process.sendintr()  # while Python takes itself down
        left = watch(lambda shown: False)
        process.wait()
    finally:
        process.close(force=True)
    assert process.exitstatus == 130
    for shown in (first, second):
        lines = shown.split("\n")
        run = next(n for n, line in enumerate(lines) if line.startswith("run "))
        begins = [line.partition(" ")[0] for line in lines[run : run + 6]]
        assert begins == ["run", "arm", "plain", "chance", "so", "chance"]
        assert "✓ data: sample" in shown and "✓ mind: taste stack" in shown
    assert "stop stopping at the next committed turn; Ctrl-C again stops at once" in told
    *_, ended, how = [line for line in left.split("\n") if line and line != "^C"]
    assert ended.startswith("- run: ") and "user-turns" in ended
    assert how == "Interrupted. Nothing committed is lost; go on with: understudy resume run"
    assert "━" not in left and "tokens" not in left and left.count("^C") <= 1
