"""Runs that stop at their budget: before they overspend, with everything kept, and with the cure in the message."""

import re
from typing import Any

import pytest
from llm_runs import MODEL, Workshop, finished, ledger, pages, start, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.studies import ab

PRICE = {"input": 1.0, "output": 4.0}


def spent(folder: Any) -> tuple[int, float]:
    lines = ledger(folder)
    tokens = sum(line["tokens_in"] + line["tokens_out"] for line in lines)
    usd = sum(line["tokens_in"] * PRICE["input"] + line["tokens_out"] * PRICE["output"] for line in lines) / 1e6
    return tokens, usd


@pytest.mark.parametrize("budget", [{"tokens": 60_000}, {"usd": 0.12}])
def test_a_run_stops_before_it_overspends_and_goes_on_with_what_the_message_says(
    workshop: Workshop, server: OpenAIServer, faultless: Any, budget: dict[str, float]
) -> None:
    outcome = workshop.run(talking(server.base_url, llm={"price": PRICE, "budget": budget}))
    lived = -1
    sessions = 0
    while outcome.status == ab.OUT_OF_BUDGET:
        assert outcome.message is not None and outcome.summary is None
        sessions += 1
        tokens, usd = spent(outcome.folder)
        limit = budget | _more(outcome.message) if sessions == 1 else limit
        assert tokens <= budget.get("tokens", tokens) and usd <= budget.get("usd", usd)
        turns = _turns_lived(outcome.folder)
        assert turns > lived, "each time the run is given what it says, it lives on"
        lived = turns
        budget = _more(outcome.message)
        (cure,) = (f"llm.budget.{name}={value}" for name, value in budget.items())
        outcome = ab.resume(outcome.folder, overrides=[cure])
    assert 1 <= sessions <= 3
    folder = finished(outcome)
    assert same_rows(rows_of(folder), faultless.rows)
    assert len(server.chats) == len(faultless.bodies), "what was paid is not paid again"
