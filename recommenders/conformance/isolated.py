"""Checking in a process of its own: one that hangs is ended, one that ends itself is told, and the rest goes on."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from recommenders.conformance.checks import CHECKS
from recommenders.conformance.engine import Event
from recommenders.conformance.gathering import Gathering
from recommenders.conformance.made import Data, write_data
from recommenders.conformance.report import Finding, Report
from recommenders.conformance.rules import RULES, Severity
from simulator.records import Catalog, InteractionLog, UserInputError

_GRACE_S = 10.0
"""What a process may be silent beyond the time of a call: its own watch strikes first, if it can strike at all."""
_START_S = 300.0
"""What loading may take: large libraries on a busy disk take a minute."""


@dataclass(frozen=True)
class Order:
    """What is to be checked."""

    spec: str
    params: dict[str, Any]
    python: str | None
    folder: Path | None
    timeout_s: float

    def as_json(self, checks: Sequence[str], *, first: bool, label: str = "", data: Path | None = None) -> str:
        """One line for the process. `first`: loading is to be told of."""
        try:
            return json.dumps(
                {
                    "spec": self.spec,
                    "params": self.params,
                    "python": self.python,
                    "folder": None if self.folder is None else str(self.folder.resolve()),
                    "timeout_s": self.timeout_s,
                    "checks": list(checks),
                    "first": first,
                    "label": label,
                    "data": None if data is None else str(data),
                }
            )
        except TypeError:
            raise UserInputError(f"params: {self.params!r} holds what JSON cannot say") from None


def check_elsewhere(order: Order, data: tuple[str, Catalog, InteractionLog] | None, names: Sequence[str]) -> Report:
    """Check in other processes: as many as it takes to come to the end of `names`. Raises UserInputError."""
    gathering = Gathering(order.spec)
    here = [name for name in names if name != "elsewhere"]
    _until_done(order, gathering, [*here, *(["elsewhere"] if "elsewhere" in names else [])])
    if "elsewhere" in names and gathering.digest is not None and not _unsteady(gathering):
        _compare(order, gathering)
    if data is not None and not gathering.stopped:
        with tempfile.TemporaryDirectory() as made:
            write_data(Data(data[1], data[2]), Path(made))
            again = [each.name for each in CHECKS if each.on_given_data and each.name in here]
            _until_done(order, gathering, again, label=f"{data[0]}: ", data=Path(made))
    return gathering.report()


def _until_done(
    order: Order, gathering: Gathering, names: Sequence[str], *, label: str = "", data: Path | None = None
) -> None:
    """A new process for what is left, after each that hung or ended."""
    left, first = list(names), not label
    while left and not gathering.stopped:
        gathering.begun.clear()
        gathering.lost = False
        ended = _one_process(gathering, order.as_json(left, first=first, label=label, data=data), order.timeout_s)
        current = gathering.begun[-1] if gathering.begun else None
        if ended is None and not gathering.lost:
            return
        if ended is not None:
            _note(gathering, *ended)
        if current is None or _needed(current):
            return
        left, first = left[left.index(current) + 1 :], False


def _needed(name: str) -> bool:
    return any(each.needed for each in CHECKS if each.name == name)


def _unsteady(gathering: Gathering) -> bool:
    rules = {"repeats", "keyed-chance", "asking-changes-nothing"}
    return any(finding.rule in rules for finding in gathering.findings)


def _compare(order: Order, gathering: Gathering) -> None:
    other = Gathering(order.spec)
    ended = _one_process(other, order.as_json(["elsewhere"], first=False), order.timeout_s, hash_seed="2")
    if ended is None and other.digest is not None and other.digest != gathering.digest:
        fault = "two processes, in which the same recommender was made, fitted and asked alike, showed other pages"
        _note(gathering, "repeats", fault)


def _note(gathering: Gathering, rule: str, fault: str, severity: Severity = "error") -> None:
    said = f"{fault}. The contract: {RULES[rule].line}. Cure: {RULES[rule].cure}"
    gathering.findings.append(Finding(rule, severity, said))


def _one_process(gathering: Gathering, order: str, timeout_s: float, *, hash_seed: str = "1") -> tuple[str, str] | None:
    """Run one process to its end. Returns the rule and the fault if it hung or ended before its time."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "recommenders.conformance.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            start_new_session=True,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(order + "\n")
                process.stdin.flush()
            return _heard(gathering, process, timeout_s, errors)
        finally:
            _end(process)


def _heard(
    gathering: Gathering, process: subprocess.Popen[str], timeout_s: float, errors: IO[str]
) -> tuple[str, str] | None:
    assert process.stdout is not None
    lines = _lines(process.stdout)
    patience = _START_S
    while True:
        try:
            event = lines.get(timeout=patience)
        except queue.Empty:
            return "answers-in-time", f"{gathering.situation}: no answer within {timeout_s:g} s, nor a way to stop it"
        if event is None:
            return "stays-alive", f"{gathering.situation}: the process ended {_how(process)}{_last_words(errors)}"
        if "end" in event:
            return None
        if "refused" in event:
            raise UserInputError(event["refused"])
        if "slow import" in event:
            fault = f"importing and making it took {event['slow import']:.1f} s"
            _note(gathering, "loads-quickly", fault, "warning")
        gathering.hear(event)
        if "check" in event or "call" in event:
            patience = _START_S if event.get("call") in ("loading it", "making it") else timeout_s + _GRACE_S


def _lines(source: IO[str]) -> queue.SimpleQueue[Event | None]:
    """Events as they come, read by a thread; None at the end."""
    events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    def read() -> None:
        for event in _events(source):
            events.put(event)
        events.put(None)

    threading.Thread(target=read, name="conformance", daemon=True).start()
    return events


def _events(source: IO[str]) -> Iterator[Event]:
    with suppress(ValueError):  # closed under the reader, or cut in the middle of a line
        for line in source:
            yield json.loads(line)


def _how(process: subprocess.Popen[str]) -> str:
    try:
        status = process.wait(timeout=_GRACE_S)
    except subprocess.TimeoutExpired:
        return "its output"
    if status < 0:
        return f"with the signal {signal.Signals(-status).name}"
    return f"itself with the status {status}"


def _last_words(errors: IO[str]) -> str:
    errors.seek(0)
    said = [line.strip() for line in errors.read()[-2000:].splitlines() if line.strip()]
    return f" ({said[-1][:200]})" if said else ""


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and all that it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.close()
