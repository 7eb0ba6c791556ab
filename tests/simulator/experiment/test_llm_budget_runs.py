"""Runs that stop at their budget: before they overspend, with everything kept, and with the cure in the message."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from llm_runs import Workshop, finished, ledger, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.cli.main import main
from simulator.records import UserInputError
from simulator.studies import ab

PRICE = {"input": 1.0, "output": 4.0}


def spent(folder: Path) -> dict[str, float]:
    """By the tokens that the server counted."""
    tokens_in, tokens_out = (sum(line[name] for line in ledger(folder)) for name in ("tokens_in", "tokens_out"))
    usd = (tokens_in * PRICE["input"] + tokens_out * PRICE["output"]) / 1e6
    return {"tokens": tokens_in + tokens_out, "usd": usd}


def cure_in(message: str) -> tuple[str, float]:
    """Name and size of the budget that a message asks for."""
    found = re.search(r"understudy resume \S+ --set llm\.budget\.(\w+)=([\d.]+)$", message)
    assert found is not None, message
    return found[1], float(found[2])


@pytest.mark.parametrize(("name", "limit"), [("tokens", 150_000), ("usd", 0.2)])
def test_a_run_never_overspends_and_goes_on_with_what_its_message_asks_for(
    workshop: Workshop, server: OpenAIServer, faultless: Any, name: str, limit: float
) -> None:
    outcome = workshop.run(talking(server.base_url, llm={"price": PRICE, "budget": {name: limit}}))
    sessions, paid = 0, 0
    while outcome.status == ab.OUT_OF_BUDGET:
        assert outcome.message is not None and outcome.summary is None
        assert spent(outcome.folder)[name] <= limit
        assert sessions == 0 or len(server.chats) > paid, "what the message asks for is enough to live on"
        sessions, paid = sessions + 1, len(server.chats)
        named, limit = cure_in(outcome.message)
        assert named == name
        outcome = ab.resume(outcome.folder, overrides=[f"llm.budget.{name}={limit:.10g}"])
    assert sessions >= 1 and spent(outcome.folder)[name] <= limit
    assert same_rows(rows_of(finished(outcome)), faultless.rows)
    assert len(server.chats) == len(faultless.bodies), "what was paid is not paid again"


def test_the_command_ends_with_status_3_and_one_message(
    workshop: Workshop, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workshop.root / "run"
    scenario = workshop.file(talking(server.base_url, llm={"budget": {"tokens": 20_000}}))
    assert main(["run", scenario, "--out", str(folder), "--display", "none"]) == 3
    out, err = capsys.readouterr()
    assert out == "" and cure_in(err.strip())[0] == "tokens"
    assert json.loads((folder / "manifest.json").read_text())["status"] == "out of budget"
    assert not server.chats, "not one page is within this budget"


def test_a_budget_in_dollars_needs_a_price(workshop: Workshop, server: OpenAIServer) -> None:
    with pytest.raises(UserInputError, match=r"llm\.budget\.usd.*price of small-model.*not known"):
        workshop.run(talking(server.base_url, llm={"budget": {"usd": 1.0}}))
    assert not (workshop.root / "run").exists()
