"""People in several blocks whom a model speaks for: how they are cut decides nothing, and no block waits for ever."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from llm_runs import Workshop, finished, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.studies import ab
from simulator.studies.planning import plan_of

LEARNER = """
from recommenders import Recommender, Slate

class Learner(Recommender):
    def fit(self, catalog, log):
        self.clicks = dict.fromkeys(catalog.item_ids.tolist(), 0)

    def recommend(self, requests, k):
        best = sorted(self.clicks, key=lambda item: (-self.clicks[item], item))
        return [Slate([item for item in best if item not in request.exclude][:k]) for request in requests]

    def observe(self, feedback):
        for item in feedback.catalog.item_ids[feedback.item[feedback.clicked]]:
            self.clicks[item] += 1
"""
WORLD = {"turns": 5, "slate_size": 5, "sessions": {"turns_per_day": 4}}


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Worlds that wait for each other wait for ever: better to fail."""

    def late(*_: object) -> None:
        pytest.fail(f"not done within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def blocks_of(people: int, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ab, "plan_of", lambda scenario: replace(plan_of(scenario), block=people))


@pytest.mark.parametrize("mind", ["llm", {"kind": "archetype", "archetypes": 3}])
def test_blocks_decide_nothing(
    workshop: Workshop, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, mind: Any
) -> None:
    memory = "episodic" if mind == "llm" else "none"
    scenario = talking(server.base_url, population={"size": 12}, mind=mind, memory=memory)
    whole = workshop.done(scenario, "whole")
    blocks_of(5, monkeypatch)
    assert same_rows(rows_of(workshop.done(scenario, "cut")), rows_of(whole))


def test_blocks_that_learn_together_stop_at_their_budget_and_go_on(
    workshop: Workshop, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In small blocks there are turns in which nobody is there, and which cost nothing."""
    (workshop.root / "learner.py").write_text(LEARNER)
    blocks_of(2, monkeypatch)
    sections: dict[str, Any] = {
        "population": {"size": 12},
        "arms": {"learner": "learner.py:Learner"},
        "world": WORLD,
        "memory": "none",
    }
    free = workshop.done(talking(server.base_url, **sections), "free")
    workshop.cache("another")
    stops, limit = 0, 8_000
    with within(120):
        outcome = workshop.run(talking(server.base_url, llm={"budget": {"tokens": limit}}, **sections))
        while outcome.status == ab.OUT_OF_BUDGET:
            stops, limit = stops + 1, limit + 6_000
            assert stops < 12, outcome.message
            outcome = ab.resume(outcome.folder, overrides=[f"llm.budget.tokens={limit}"])
    assert stops > 1
    assert same_rows(rows_of(finished(outcome)), rows_of(free))
