"""What the benchmarks of language models share: a server of their own, and runs whose calls are overheard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scenarios.loader import load_scenario
from simulator.experiment import paid
from simulator.llm.assemble import Stack, chat_model
from simulator.llm.port import Answer, Call, ChatModel
from simulator.studies.ab import DONE, Outcome, run

MODEL = "rules-behind-http"
"""What the server calls its scripted model: a name of its own, so that a run asks over HTTP."""
STAY = "behaviour={laws: {leaving: {base: -10, intended: 0, tired: 0, bored: 0, dissatisfied: 0, sated: 0}}}"
"""People stay to the end once they have come."""
SERVER = Path(__file__).resolve().parents[1] / "tests" / "support" / "openai_server.py"


@dataclass(frozen=True)
class Server:
    """A scripted model behind HTTP, in a process of its own."""

    base_url: str

    def stats(self) -> dict[str, Any]:
        """How busy its slots were, from the first request's begin to the last one's end."""
        with urllib.request.urlopen(self.base_url.removesuffix("/v1") + "/_stats", timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


@contextmanager
def served(*, slots: int = 0, latency_s: float = 0.0) -> Iterator[Server]:
    """A fresh server; `slots` requests at once (0: any number), each held for `latency_s`."""
    command = [sys.executable, str(SERVER), "--slots", str(slots), "--latency", str(latency_s), "--models", MODEL]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Server(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


def live(name: str, out: Path, settings: Sequence[str] = (), *, data: Path | None = None) -> Outcome:
    """A run of a scenario, in this process. Raises RuntimeError where it does not end well."""
    outcome = run(load_scenario(name, overrides=settings), out, data_dir=data)
    if outcome.status != DONE:
        raise RuntimeError(f"{name} {' '.join(settings)}: {outcome.message}")
    return outcome


Heard = Callable[[Call, Answer], None]


class _Overheard:
    """A `ChatModel` that tells of each call that was answered."""

    def __init__(self, inner: ChatModel, heard: Heard) -> None:
        self._inner, self._heard = inner, heard

    async def ask(self, call: Call) -> Answer:
        answer = await self._inner.ask(call)
        self._heard(call, answer)
        return answer

    async def close(self) -> None:
        await self._inner.close()


@contextmanager
def overhearing(heard: Heard) -> Iterator[None]:
    """Inside, runs in this process tell `heard` of their calls, but for those of the rehearsal before them."""

    def stack(settings: Any, *, model: ChatModel | None = None, meter: Any = None, **more: Any) -> Stack:
        if model is not None:  # the rehearsal brings its own
            return chat_model(settings, model=model, meter=meter, **more)
        return chat_model(settings, meter=lambda inner: _Overheard(meter(inner), heard), **more)

    with patch.object(paid, "chat_model", stack):
        yield


def load() -> str:
    """How busy the machine is with other things: the load averages of one and five minutes."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (1 min), {five:.1f} (5 min), {os.cpu_count()} cores"
