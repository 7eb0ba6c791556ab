"""What people tell the service in words reaches the recommender with their next requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from recommenders.batching import as_batch
from recommenders.contract import Request, RequestBatch
from recommenders.platform import MOST_SAID
from scenarios.loader import check as checked_scenario
from simulator.records import InteractionLog
from simulator.studies import ab
from simulator.turn import Action

ASK, SEARCH, ON = Action.INSTRUCT, Action.SEARCH, Action.NEXT_PAGE


def _hear(batch: RequestBatch, actions: list[int], words: list[str | None]) -> None:
    batch.view.hear(batch.rows, np.array(actions, dtype=np.int8), np.array(words, dtype=np.object_))


def test_an_instruction_stands_and_a_search_holds_for_one_page(
    log: InteractionLog, make_batch: Callable[..., RequestBatch]
) -> None:
    batch = make_batch(log, [0, 1, 2])
    assert [(one.query, one.instruction) for one in batch] == [(None, None)] * 3
    _hear(batch, [ASK, SEARCH, ON], ["no  horror", "space", "not said to the service"])
    assert [(one.query, one.instruction) for one in batch] == [(None, "no horror"), ("space", None), (None, None)]
    _hear(batch, [ASK, ON, ON], ["shorter", None, None])
    assert [(one.query, one.instruction) for one in batch] == [(None, "no horror\nshorter"), (None, None), (None, None)]
    batch.view.begin_sessions(batch.rows)
    assert batch[0].instruction == "no horror\nshorter"


def test_a_search_is_over_when_the_visit_is(log: InteractionLog, make_batch: Callable[..., RequestBatch]) -> None:
    batch = make_batch(log, [0, 1])
    _hear(batch, [SEARCH, SEARCH], ["space", "sea"])
    batch.view.begin_sessions(batch.rows[:1])
    assert [one.query for one in batch] == [None, "sea"]


def test_what_is_repeated_is_kept_once_and_the_oldest_is_forgotten(
    log: InteractionLog, make_batch: Callable[..., RequestBatch]
) -> None:
    batch = make_batch(log, [0])
    for number in [*range(MOST_SAID + 1), 5]:
        _hear(batch, [ASK], [f"wish {number}"])
    lines = str(batch[0].instruction).splitlines()
    assert len(lines) == MOST_SAID
    assert lines[0] == "wish 1" and lines[-2:] == [f"wish {MOST_SAID}", "wish 5"]


def test_requests_made_by_hand_keep_their_words(log: InteractionLog) -> None:
    asked = Request("a", (), frozenset(), query="space", instruction="no horror")
    silent = Request("b", (), frozenset())
    batch = as_batch(log.catalog, [asked, silent])
    assert [(one.query, one.instruction) for one in batch] == [("space", "no horror"), (None, None)]


PERSONA = """
id: firm
tastes: {genres: {liked: [Drama], disliked: []}}
instructions: [{text: Never show me horror., avoid: [Horror]}]
"""
PLUG_IN = """
from pathlib import Path
from recommenders import Recommender, Slate
class Noting(Recommender):
    def __init__(self, note: str): self.note = note
    def fit(self, catalog, log): self.ids = catalog.item_ids.tolist()
    def recommend(self, requests, k):
        with open(self.note, "a") as note:
            note.writelines(f"{r.turn} {r.user_id} {r.instruction}\\n" for r in requests)
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]
"""


def test_a_persona_who_instructs_the_service_is_heard_on_the_next_page(tmp_path: Path) -> None:
    (tmp_path / "firm.yaml").write_text(PERSONA)
    (tmp_path / "noting.py").write_text(PLUG_IN)
    scenario = {
        "population": {"from": "personas", "personas": "firm.yaml"},
        "world": {"turns": 6, "warmup": None},
        "arms": {"a": {"recommender": "noting.py:Noting", "params": {"note": str(tmp_path / "note")}}},
        "evaluation": {"minds": "single"},
    }
    outcome = ab.run(checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / "run", command=["test"])
    assert outcome.status == 0
    said = [line.partition(" ")[2] for line in (tmp_path / "note").read_text().splitlines() if "firm" in line]
    pages = [line.removeprefix("firm ") for line in said]
    assert pages[0] == "None"
    assert "Never show me horror." in pages
