"""The session in plain lines: on a pipe, on a terminal that can no more, and when it is interrupted."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from simulator.console.chat.plain import PROMPT, Plain
from simulator.console.chat.session import Session
from simulator.console.chat.speech import Speech
from simulator.experiment.stopping import terminated_like_ctrl_c

SMALL = """\
population: {size: 20}
world: {turns: 4, slate_size: 5, warmup: null}
arms: {popular: popular}
evaluation: {minds: single}
"""


@pytest.fixture
def chat(tmp_path: Path) -> tuple[list[str], dict[str, str]]:
    """The command and its environment."""
    (tmp_path / "small.yaml").write_text(SMALL)
    command = [sys.executable, "-m", "simulator.cli.main", "chat", "--scenario", str(tmp_path / "small.yaml")]
    told = {"UNDERSTUDY_CACHE_DIR": str(tmp_path / "cache"), "TERM": "dumb", "OPENBLAS_NUM_THREADS": "1"}
    return command, {**os.environ, **told}


def said(session: Session, text: str) -> str:
    """What comes of these lines on a pipe."""
    out = io.StringIO()
    assert Plain(session, io.StringIO(text), out).run() == 0
    return out.getvalue()


def test_the_command_at_a_dumb_terminal_is_left_by_ctrl_c_twice_and_taken_up_again_on_a_pipe(
    chat: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    command, environment = chat
    terminal = pexpect.spawn(
        command[0], command[1:], env=environment, cwd=str(tmp_path), encoding="utf-8", timeout=300, dimensions=(24, 80)
    )
    terminal.expect("Ask anything")
    terminal.expect(PROMPT)
    terminal.setwinsize(40, 132)
    terminal.sendline("c 👩‍👩‍👧 שלום \u202e" + "x" * 3000)
    terminal.expect(f"\n{PROMPT}")  # after the whole answer: a long line is echoed with such marks, but in the line
    terminal.sendintr()
    terminal.expect("Ctrl-C once more leaves")
    terminal.sendline("/undo")
    terminal.expect("nothing to take back")
    terminal.send("\x1b[A\r")  # the line before
    terminal.expect("nothing to take back")
    terminal.expect(PROMPT)
    terminal.sendintr()
    terminal.expect("Ctrl-C once more leaves")
    terminal.sendintr()
    terminal.expect(r"understudy chat --replay (\S+\.jsonl)")
    kept = Path(terminal.match.group(1))
    terminal.expect(pexpect.EOF)
    terminal.wait()
    terminal.close()
    assert terminal.exitstatus == 130 and kept.is_file()

    done = subprocess.run(
        [*command[:4], "--replay", str(kept)],
        input="why did you skip the second one?\n/why\n/nxt\n/next\n",
        capture_output=True,
        text=True,
        timeout=600,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "Page 1:" in done.stdout and "Page 2:" in done.stdout and "Did you mean /next?" in done.stdout
    assert "What the last answer rests on" in done.stdout
    assert "\x1b" not in done.stdout and PROMPT not in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_ctrl_d_at_the_prompt_leaves_with_nothing_wrong(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, screen = os.openpty()
    with os.fdopen(screen, "r", closefd=False) as stdin, os.fdopen(screen, "w", closefd=False) as stdout:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stdout", stdout)
        os.write(keyboard, b"/undo\n\x04")
        assert Plain(session, stdin, stdout).run() == 0
    told = os.read(keyboard, 1 << 16).decode(errors="replace")
    os.close(screen)
    os.close(keyboard)
    assert PROMPT in told and "Page 1" in told


def test_ctrl_c_stops_an_answer_and_the_session_goes_on(session: Session, held: object) -> None:
    lines = iter(["why?\n", "/page\n", ""])
    stdin, out = io.StringIO(), io.StringIO()
    stdin.readline = lambda: next(lines)  # type: ignore[method-assign]

    def interrupt() -> None:
        assert held.speaking.wait(60)  # type: ignore[attr-defined]
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]

    threading.Thread(target=interrupt).start()
    assert Plain(session, stdin, out).run() == 0
    told = out.getvalue()
    assert "I was\n" in told and "Stopped." in told and "tired." not in told
    assert "Page 1:" in told.partition("Stopped.")[2]


class Typed(io.StringIO):
    """Lines that a person types."""

    def isatty(self) -> bool:
        return True


def test_sigterm_ends_the_session_and_asks_for_no_second_one(
    session: Session, held: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: signal.raise_signal(signal.SIGTERM) or "/quit")
    out = io.StringIO()
    with terminated_like_ctrl_c():
        assert Plain(session, Typed(), out).run() == 130
    assert "once more" not in out.getvalue()

    def terminate() -> None:
        assert held.speaking.wait(60)  # type: ignore[attr-defined]
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)  # type: ignore[arg-type]

    threading.Thread(target=terminate).start()
    with terminated_like_ctrl_c():
        assert Plain(session, io.StringIO("why?\n"), out).run() == 130
    assert "Stopped." not in out.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        "x" * 10_000,
        "👩‍👩‍👧‍👦 " * 50,
        "למה דילגת על השני?",
        "\x1b[31mred\x07\x00",
        "/show \x1b[2J",
        "[bold]why[/bold] [/] [red",
        "{0} %s",
    ],
)
def test_whatever_is_written_is_answered_and_nothing_is_obeyed(session: Session, line: str) -> None:
    told = said(session, f"{line}\n/page\n")
    assert "\x1b" not in told and "\x07" not in told and "\u202e" not in told
    assert told.count("Page 1:") == 2


def test_titles_of_items_are_shown_and_not_obeyed(session: Session, do: Callable[[str], list[object]]) -> None:
    do("/set 1 headline \x1b[31m[bold]evil[/bold]")
    told = said(session, "/history\n")
    assert "[bold]evil[/bold]" in told.replace("\n", "").replace("  ", "") and "\x1b" not in told


def test_an_answer_comes_word_by_word_and_no_word_is_cut_at_the_end_of_a_line() -> None:
    out = io.StringIO()
    speech = Speech(out, 20)
    shown = []
    for piece in ("Ann: I was ti", "red of it, and ", "日本語の題名 too\nso ", "x" * 25, " left"):
        speech.add(piece)
        shown.append(out.getvalue())
    speech.end()
    assert shown[0] == "Ann: I was" and shown[1] == "Ann: I was tired of\nit, and"
    assert out.getvalue().splitlines() == ["Ann: I was tired of", "it, and 日本語の題名", "too", "so", "x" * 25, "left"]


def test_an_answer_without_spaces_comes_as_it_is_said_too() -> None:
    out = io.StringIO()
    speech = Speech(out, 10)
    speech.add("安: 眠いので次のページは見")
    assert out.getvalue() == "安: 眠いの\nで次のペー\nジは"
    speech.add("ない😴。")
    speech.end()
    assert out.getvalue().splitlines() == ["安: 眠いの", "で次のペー", "ジは見ない", "😴。"]


def test_how_far_a_replay_is_fills_no_screen(session: Session, do: Callable[[str], list[object]]) -> None:
    do("/next 3")
    do("/save journal again")
    assert said(session, "/replay again\n").count("Living the session again") == 1
