"""Runs to be looked at: hostile, empty and broken ones, one that is being lived; and a viewer over them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import uvicorn
from made_run import MadeRun, make_run
from read_runs import a_copy
from starlette.testclient import TestClient

import simulator
from simulator.llm.port import Message
from simulator.llm.transcripts import FILE_NAME, Asked, Transcripts
from simulator.viewer.app import make_app
from simulator.viewer.serving import address_of, listen
from simulator.viewer.shelf import Shelf, slug

PORT = 8617
MADE = MadeRun(people=60, turns=6, slate=6, items=40, words=True, memories=True, name="made up")
SCRIPT = "<script>window.taken = 1</script><img src=x onerror='window.taken = 2'>"
OVERRIDE = "safe\u202egnp.exe\u2066 \x1b[31m\x00 \u0007bell"
LONG = "ab " * 33_000
WHO = "\"><b onclick='window.taken = 3'>../../etc/passwd&user=other?a#b%41+\n;é"


def client(*folders: Path, patience_s: float = 60.0) -> TestClient:
    """Asks a viewer of these runs as a browser on this machine does."""
    app = make_app(Shelf.of(folders), port=PORT, patience_s=patience_s)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}")


def at(run: Path, view: str = "", **values: Any) -> str:
    """The address of a view."""
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return f"/r/{slug(run)}{f'/{view}' if view else ''}{f'?{query}' if query else ''}"


def hostile_run(run: Path, to: Path) -> Path:
    """A copy of a run with words whose titles, ids, reasons, names and memories are made to break a page."""
    a_copy(run, to, name=SCRIPT + OVERRIDE)
    titles = [SCRIPT, OVERRIDE, LONG, "=cmd|' /C calc'!A0", "{{ 7 * 7 }}"]
    catalog = pq.read_table(to / "catalog.parquet")
    n = len(catalog)
    _replace(to / "catalog.parquet", title=[titles[row % len(titles)] for row in range(n)])
    _replace(to / "catalog.parquet", categories=[[SCRIPT, OVERRIDE] for _ in range(n)])
    users = pq.read_table(to / "people.parquet")["user_id"].to_pylist()
    renamed = {users[0]: WHO}
    for path in [to / "people.parquet", *to.glob("events/*.parquet"), *to.glob("memories/*.parquet")]:
        table = pq.read_table(path, partitioning=None)
        _replace(path, user_id=[renamed.get(str(one), str(one)) for one in table["user_id"].to_pylist()])
    for path in to.glob("events/*.parquet"):
        rows = len(pq.read_table(path, partitioning=None))
        texts = [SCRIPT, LONG, OVERRIDE]
        said = [texts[row % len(texts)] for row in range(rows)]
        _replace(path, reason=said, item_reason=said, feeling=[SCRIPT] * rows, action_argument=said, failure=said)
    for path in to.glob("memories/*.parquet"):
        _replace(path, text=[SCRIPT + OVERRIDE] * len(pq.read_table(path, partitioning=None)))
    return to


def _replace(path: Path, **columns: Any) -> None:
    table = pq.read_table(path, partitioning=None)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(values))
    pq.write_table(table, path)


def with_transcripts(run: Path) -> Path:
    """The run with a call kept for the first page of everybody in its first arm."""
    firsts = simulator.open(run).sql(
        "select user_id, arm, seed, mind, min(turn) as turn from events where arm = 'control' group by all"
    )
    kept = Transcripts(run / "llm" / FILE_NAME)
    for row in firsts.to_pylist():
        kept.write(
            Asked(
                at=1.0,
                kind="page",
                **{name: str(row[name]) for name in ("arm", "mind")},
                seed=row["seed"],
                user=str(row["user_id"]),
                turn=row["turn"],
                messages=(
                    Message(role="system", content="You are a made person."),
                    Message(role="user", content=SCRIPT),
                ),
                answer='{"want": 3}',
                failure=None,
                why=None,
                model="made",
                cached=False,
                tokens_in=120,
                tokens_out=12,
                requests=1,
                usd=0.0012,
                latency_s=0.4,
            )
        )
    kept.close()
    return run


def played_run(to: Path) -> Path:
    """A run in which a human played, who saw what a made person sees, and their double."""
    make_run(to, replace(MADE, people=1, arms=("treatment",), minds=("human", "statistical"), name="a question"))
    (human,) = to.glob("events/*.parquet")
    double = human.with_name(human.name.replace("human", "statistical"))
    shutil.copy(human, double)
    rows = len(pq.read_table(human, partitioning=None))
    nobody_asked = {name: pa.nulls(rows, pa.float32()) for name in ("mood", "fatigue")}
    _replace(human, appraised_by=["human"] * rows, examined=[True] * rows, **nobody_asked)
    _replace(double, mind=["statistical"] * rows)
    _replace(to / "people.parquet", ensemble=[True])
    told = json.loads((to / "manifest.json").read_text())
    told |= {"play": {"user": "u000000", "arm": "treatment"}, "blocks": {"everyone": 1, "ensemble": 1}}
    (to / "manifest.json").write_text(json.dumps(told))
    (to / "summary.json").unlink()
    close = {
        "clicks": {"words": "It tells your clicks."},
        "leaving": {"words": "You stayed longer."},
        "notes": ["One."],
    }
    (to / "double.json").write_text(json.dumps(close))
    return to


def empty_run(to: Path) -> Path:
    """A run that has only begun: a manifest and nothing else."""
    to.mkdir()
    (to / "manifest.json").write_text(json.dumps({"run": "empty", "name": "an empty run", "status": "running"}))
    return to


@contextmanager
def lived_run(to: Path) -> Iterator[Path]:
    """A run whose last block is being lived, and whose lock somebody holds meanwhile."""
    make_run(to, MadeRun(people=40, turns=6, slate=4, items=40, block=20, living=1, name="being lived"))
    with (to / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield to


@contextmanager
def in_a_thread(*folders: Path, patience_s: float) -> Iterator[str]:
    """The address of a viewer in this process."""
    with listen(0) as sock:
        app = make_app(Shelf.of(folders), port=sock.getsockname()[1], patience_s=patience_s)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield address_of(sock).rstrip("/")
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(*arguments: str, cwd: Path | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command, until it is interrupted: its address and its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.cli.main", "view", *arguments, "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a background job ignores it
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("View: http://127.0.0.1:"), (line, process.communicate(timeout=60))
        yield line.removeprefix("View: ").strip(), process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate(timeout=60)
