"""How busy a run keeps the model's server, and what a call costs the client, beside bare asyncio clients.

    python benchmarks/llm_throughput.py [--slots 16 --latency 0.2] [--concurrency 24] [--repeat 3]

A server with that many slots, each call held for so long, in a process of its own; each measurement meets a fresh one.
All clients keep one and a half times as many requests in flight as there are slots, the shipped proportion.
*Busy* is the mean of busy slots from the first call's begin to the last one's end: by the server's own count, and by
the run's (`slots_busy` of its summary). *CPU* is the client process's user and system time between the same moments,
by call: it includes recommending, the laws, prompts, memory, the journal with a sync a turn, and the ledger.

The run is the shipped scenario `llm_scripted` with the server in the scripted model's place: episodic memory, no cache,
no calibration, one mind. People stay to the end once they have come (`leaving.base` is very low); or they come and go
by the laws, which makes them reflect. The bare clients put the same number of calls with one of its prompts through
`asyncio` streams, and through the openai library: nothing else of a turn, and no turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from llm_bench import MODEL, STAY, Server, live, load, served

ONE_ARM = "arms={control: popular}"


@dataclass(frozen=True)
class Measured:
    """One client before one server."""

    calls: int
    busy: float
    """Share of the server's slots, by the server."""
    own_busy: float | None
    """The same, by the client's own limiter."""
    cpu_ms: float
    """Of the client, by call."""
    seconds: float
    """From the first call's begin to the last one's end."""


class Meter:
    """The CPU time of this process between the first begin and the last end of a call."""

    def __init__(self) -> None:
        self._first: float | None = None
        self.calls, self.spent_s = 0, 0.0

    async def during(self, calling: Awaitable[Any]) -> Any:
        if self._first is None:
            self._first = _cpu_s()
        try:
            return await calling
        finally:
            self.calls += 1
            self.spent_s = _cpu_s() - self._first


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# --- clients, each in a process of its own ------------------------------------------------------------------


def lived(job: dict[str, Any]) -> dict[str, Any]:
    """A run. Leaves one of its requests behind for the bare clients."""
    from simulator.llm.client import Client

    meter, ask = Meter(), Client.ask
    example = Path(job["example"])

    async def asked(client: Client, call: Any) -> Any:
        if call.kind == "page" and not example.exists():
            messages = [{"role": one.role, "content": one.content} for one in call.messages]
            body = {"model": MODEL, "messages": messages, "max_tokens": call.max_tokens, **call.parameters}
            example.write_text(json.dumps(body), encoding="utf-8")
        return await meter.during(ask(client, call))

    Client.ask = asked  # type: ignore[assignment, method-assign]
    summary = live("llm_scripted", Path(job["out"]), job["settings"]).summary
    assert summary is not None
    return {"calls": meter.calls, "cpu_s": meter.spent_s, "own_busy": summary["llm"]["slots_busy"]}


def bare(job: dict[str, Any]) -> dict[str, Any]:
    """As many calls as a run made, so many at once."""
    body = json.loads(Path(job["example"]).read_text(encoding="utf-8"))
    asking = _streams if job["client"] == "streams" else _openai
    meter = Meter()
    asyncio.run(asking(job["base_url"], body, job["calls"], job["at_once"], meter))
    return {"calls": meter.calls, "cpu_s": meter.spent_s, "own_busy": None}


async def _streams(base_url: str, body: dict[str, Any], calls: int, at_once: int, meter: Meter) -> None:
    where = urlsplit(base_url)
    left = iter(range(calls))

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        for _ in left:
            await meter.during(_exchange(reader, writer, body))
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(at_once)))


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: dict[str, Any]) -> Any:
    raw = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
    return json.loads(await reader.readexactly(length))


async def _openai(base_url: str, body: dict[str, Any], calls: int, at_once: int, meter: Meter) -> None:
    from openai import AsyncOpenAI

    left = iter(range(calls))
    async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:

        async def one_slot() -> None:
            for _ in left:
                await meter.during(client.chat.completions.create(**body))

        await asyncio.gather(*(one_slot() for _ in range(at_once)))


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"lived": lived, "bare": bare}


# --- measuring ----------------------------------------------------------------------------------------------


def measured(kind: str, server: Server, **job: Any) -> Measured:
    """A client in a fresh process before the server."""
    given = json.dumps({"kind": kind, "base_url": server.base_url, **job})
    scratch = Path(job["example"]).parent
    places = {"UNDERSTUDY_CACHE_DIR": str(scratch / "cache"), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "--job", given],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | places,
    )
    told, stats = json.loads(done.stdout.splitlines()[-1]), server.stats()
    return Measured(
        calls=told["calls"],
        busy=stats["busy_share"],
        own_busy=told["own_busy"],
        cpu_ms=1000 * told["cpu_s"] / told["calls"],
        seconds=stats["seconds"],
    )


def measure(chosen: argparse.Namespace, scratch: Path, number: int) -> dict[str, Measured]:
    """All clients once, one after the other."""
    common = [
        f"llm.model={MODEL}",
        "llm.cache=off",
        f"llm.concurrency={chosen.concurrency}",
        "mind.calibration=none",
        f"population.size={chosen.people}",
        f"world.turns={chosen.turns}",
        "evaluation.minds=single",
    ]
    runs = {
        "run, two arms": [STAY],
        "run, one arm": [STAY, ONE_ARM],
        "run, two arms, people leave and reflect": [],
    }
    found: dict[str, Measured] = {}
    example = str(scratch / "example.json")
    for nth, (name, settings) in enumerate(runs.items()):
        with served(slots=chosen.slots, latency_s=chosen.latency) as server:
            of_run = [*common, f"llm.base_url={server.base_url}", *settings]
            found[name] = measured(
                "lived", server, settings=of_run, out=str(scratch / f"{number}-{nth}"), example=example
            )
        print(f"{name}: {json.dumps(asdict(found[name]))}", flush=True)
    for client in ("streams", "openai"):
        name = {"streams": "bare asyncio streams", "openai": "bare openai.AsyncOpenAI"}[client]
        calls = found["run, two arms"].calls
        with served(slots=chosen.slots, latency_s=chosen.latency) as server:
            found[name] = measured(
                "bare", server, client=client, calls=calls, at_once=chosen.concurrency, example=example
            )
        print(f"{name}: {json.dumps(asdict(found[name]))}", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--slots", type=int, default=16)
    arguments.add_argument("--latency", type=float, default=0.2, help="seconds that the server holds each call")
    arguments.add_argument("--people", type=int, default=200)
    arguments.add_argument(
        "--turns", type=int, default=6, help="people come by and by: 6 turns make about 5 pages each"
    )
    arguments.add_argument("--repeat", type=int, default=1)
    arguments.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    arguments.add_argument("--concurrency", type=int, help="requests in flight (one and a half times the slots)")
    chosen = arguments.parse_args()
    chosen.concurrency = chosen.concurrency or round(1.5 * chosen.slots)
    if chosen.job:
        print(json.dumps(JOBS[chosen.job["kind"]](chosen.job)))
        return
    print(load())
    with tempfile.TemporaryDirectory() as scratch:
        rounds = [measure(chosen, Path(scratch), number) for number in range(chosen.repeat)]
    print(f"{chosen.slots} slots, {chosen.latency:g} s: at most {chosen.slots / chosen.latency:g} calls/s; {load()}\n")
    print(f"{'median':42}{'calls':>7}{'calls/s':>9}{'busy':>7}{'own':>7}{'CPU ms':>8}{'of bare':>9}")
    base = statistics.median(one["bare asyncio streams"].cpu_ms for one in rounds)
    for name in rounds[0]:
        rows = [one[name] for one in rounds]
        calls, seconds, busy, cpu = (
            statistics.median(getattr(row, field) for row in rows) for field in ("calls", "seconds", "busy", "cpu_ms")
        )
        own = [row.own_busy for row in rows if row.own_busy is not None]
        told = f"{statistics.median(own):7.3f}" if own else f"{'':7}"
        print(f"{name:42}{calls:>7.0f}{calls / seconds:>9.1f}{busy:>7.3f}{told}{cpu:>8.2f}{cpu / base:>9.1f}")


if __name__ == "__main__":
    main()
