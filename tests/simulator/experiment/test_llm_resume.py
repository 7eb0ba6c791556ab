"""Runs that are killed or interrupted while a model is asked go on to the same rows, and pay for no answer twice."""

import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromadb
import pyarrow.parquet as pq
import pytest
from llm_runs import MODEL, Workshop, asked_with, ledger, start, stopped, talking, when_lines
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.listener import Silent
from simulator.memory.memory import EpisodicMemory
from simulator.turn import Page, Task

SLOTS = 4


@pytest.fixture
def slow() -> Any:
    with OpenAIServer(models=(MODEL,), latency_s=0.1) as running:
        yield running


def remembered(folder: Path) -> dict[str, str]:
    """Text by id of what people remember at the end, by the records of the journal."""
    left: dict[str, str] = {}
    for path in sorted((folder / "memories").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            key = f"{row['arm']}/{row['seed']}/{row['mind']}/{row['user_id']}/{row['id']}"
            if row["op"] in ("write", "revise"):
                left[key] = row["text"]
            elif row["op"] == "forget":
                left.pop(key, None)
    return left


def projected(folder: Path) -> dict[str, str]:
    """Text by id in the Chroma collection."""
    client = chromadb.PersistentClient(path=folder / "memory")
    try:
        found = client.get_collection("memories").get(include=["documents"])
    finally:
        client.close()
    return dict(zip(found["ids"], found["documents"], strict=True))


def test_memories_and_their_projection_agree(faultless: Any) -> None:
    assert len(remembered(faultless.folder)) > 50
    assert projected(faultless.folder) == remembered(faultless.folder)


def test_a_killed_run_goes_on_to_the_same_rows_and_pays_for_no_answer_twice(
    workshop: Workshop, slow: OpenAIServer, faultless: Any
) -> None:
    folder = workshop.root / "run"
    process = start("run", workshop.file(talking(slow.base_url, llm={"concurrency": SLOTS})), "--out", str(folder))
    when_lines(process, folder, 40)
    status, _, _ = stopped(process, signal.SIGKILL)
    assert status == -signal.SIGKILL
    slow.options = replace(slow.options, latency_s=0.0)
    workshop.resumed("run")
    assert same_rows(rows_of(folder), faultless.rows)
    asked = asked_with([chat.body for chat in slow.chats])
    assert asked.keys() == asked_with(faultless.bodies).keys()
    twice = sum(asked.values()) - len(faultless.bodies)
    assert twice <= 2 * SLOTS, "no more than was in flight, or just being written down, when the run was killed"
    assert projected(folder) == remembered(folder) == remembered(faultless.folder)


def test_ctrl_c_stops_at_once_and_the_run_can_go_on_even_if_its_projection_is_lost(
    workshop: Workshop, slow: OpenAIServer, faultless: Any
) -> None:
    folder = workshop.root / "run"
    process = start("run", workshop.file(talking(slow.base_url, llm={"concurrency": SLOTS})), "--out", str(folder))
    when_lines(process, folder, 30)
    slow.options = replace(slow.options, rate=1.0, kinds=("stall",))
    status, out, err = stopped(process, signal.SIGINT)
    assert status == 130 and "timeout" not in {line["failure"] for line in ledger(folder)}
    assert out == "" and f"understudy resume {folder}" in err and "Traceback" not in err
    slow.options = replace(slow.options, rate=0.0, latency_s=0.0)
    shutil.rmtree(folder / "memory")
    workshop.resumed("run")
    assert same_rows(rows_of(folder), faultless.rows)
    assert projected(folder) == remembered(faultless.folder)


def test_an_interruption_between_two_questions_of_a_turn_is_not_lost(
    workshop: Workshop, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while nothing is asked, and a reflection that nobody will answer is asked only then."""
    due, asked = EpisodicMemory.due, []

    def interrupted(memory: EpisodicMemory, page: Page, turn: int) -> list[Task]:
        server.options = replace(server.options, rate=1.0, kinds=("stall",))
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        asked.extend(tasks := due(memory, page, turn))
        return tasks

    class Interrupting(Silent):
        def started(self, *, units: int, user_turns: int) -> None:
            monkeypatch.setattr(EpisodicMemory, "due", interrupted)

    memory = {"kind": "episodic", "reflection_threshold": 0.01}
    scenario = talking(server.base_url, llm={"timeout_s": 60, "attempts": 1}, memory=memory)
    with pytest.raises(KeyboardInterrupt):
        workshop.run(scenario, listener=Interrupting())
    assert asked and "timeout" not in {line["failure"] for line in ledger(workshop.root / "run")}
