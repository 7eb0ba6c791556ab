"""Runs of people whom a language model speaks for, over a real loopback server: what they ask, and what they write."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from llm_runs import MODEL, Workshop, finished, ledger, pages, talking
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.llm.port import Message
from simulator.llm.tokens import estimated_in
from simulator.studies import ab

TWO_ARMS = {"arms": {"plain": "popular", "chance": "random"}}


def counted_in(bodies: Sequence[Any]) -> int:
    """Tokens of the prompts, as the server counts them."""
    return sum(estimated_in([Message(m["role"], m["content"]) for m in body["messages"]]) for body in bodies)


def test_the_journal_says_who_answered_with_which_prompt_and_why(faultless: Any) -> None:
    told = pages(faultless.folder)
    asked = told[told["appraised_by"] == "llm"]
    assert len(asked) >= 24 and set(told["appraised_by"]) <= {"llm", "statistical"}
    assert set(asked["llm_model"]) == {MODEL}
    assert asked["prompt_id"].str.startswith("page.1+").all()
    assert asked["feeling"].notna().all() and asked["stated_satisfaction"].between(1, 5).all()
    assert told["failure"].isna().all() and not asked["cached"].any()
    rows = faultless.rows[faultless.rows["appraised_by"] == "llm"]
    assert (rows["item_reason"].notna() == rows["noticed"]).all()


def test_only_who_leaves_is_interviewed(faultless: Any) -> None:
    told = pages(faultless.folder)
    asked = told[told["appraised_by"] == "llm"]
    assert asked["left"].any() and not asked["left"].all()
    assert (asked["interview"].notna() == asked["left"]).all()
    assert asked.loc[asked["left"], "interview"].between(1, 10).all()


def test_tokens_are_those_that_the_server_counted(faultless: Any) -> None:
    lines = ledger(faultless.folder)
    assert len(lines) == len(faultless.bodies) == faultless.summary["llm"]["calls"]
    assert sum(line["tokens_in"] for line in lines) == counted_in(faultless.bodies)
    told = pages(faultless.folder)
    for name in ("tokens_in", "tokens_out"):
        of_pages = sum(line[name] for line in lines if line["kind"] == "page")
        assert told[name].sum() == of_pages > 0
        assert faultless.summary["llm"][name] == sum(line[name] for line in lines)


def test_a_page_is_one_call(faultless: Any) -> None:
    told = pages(faultless.folder)
    kinds = [line["kind"] for line in ledger(faultless.folder)]
    assert kinds.count("page") == (told["appraised_by"] == "llm").sum()
    assert set(kinds) == {"page", "reflection"}


def test_a_server_that_takes_only_tools_brings_about_the_same_rows(
    workshop: Workshop, server: OpenAIServer, faultless: Any
) -> None:
    server.options = replace(server.options, supports=("tools",))
    folder = workshop.done(talking(server.base_url))
    assert same_rows(rows_of(folder), faultless.rows)
    assert [chat.status for chat in server.chats].count(400) == 1, "the refused way is tried once"
    assert all(chat.body.get("tools") for chat in server.chats if chat.status == 200)


@pytest.mark.parametrize("concurrency", [1, 64])
def test_concurrency_decides_nothing(
    workshop: Workshop, server: OpenAIServer, faultless: Any, concurrency: int
) -> None:
    llm = {"concurrency": concurrency, "cache": "off"}
    folder = workshop.done(talking(server.base_url, llm=llm))
    assert same_rows(rows_of(folder), faultless.rows)
    assert len(server.chats) == len(faultless.bodies)
    assert server.stats["peak_in_flight"] <= concurrency


@pytest.mark.parametrize("concurrency", [1, 8, 64])
def test_a_warm_cache_asks_nobody_and_brings_about_the_same_rows(
    workshop: Workshop, faultless: Any, concurrency: int
) -> None:
    workshop.cache(faultless.cache)
    warm = workshop.done(talking(faultless.server.base_url, llm={"concurrency": concurrency}))
    assert same_rows(rows_of(warm), faultless.rows)
    assert pages(warm).query("appraised_by == 'llm'")["cached"].all()
    assert pages(warm)["tokens_in"].sum() == 0
    assert len(faultless.server.chats) == len(faultless.bodies)


def test_the_worlds_of_two_arms_advance_at_once(workshop: Workshop) -> None:
    people, until = 8, list[float]()  # one arm alone has at most one question a person in flight

    class Waiting(OpenAIServer):
        async def _chat(self, request: Any) -> Any:
            until.append(time.monotonic() + 60)
            while self._state.peak_in_flight <= people and time.monotonic() < until[0]:
                await asyncio.sleep(0.01)
            return await super()._chat(request)

    llm = {"concurrency": 64, "structured": "json_schema"}  # nobody tries first how to ask
    with Waiting(models=(MODEL,)) as slow:
        workshop.done(talking(slow.base_url, population={"size": people}, llm=llm, **TWO_ARMS))
        assert slow.stats["peak_in_flight"] > people


def test_a_replay_asks_no_server_for_anything(workshop: Workshop, faultless: Any) -> None:
    workshop.cache(faultless.cache)
    before = len(faultless.server.requests)
    replayed = workshop.done(talking(faultless.server.base_url, llm={"cache": "replay-only"}))
    assert same_rows(rows_of(replayed), faultless.rows)
    assert len(faultless.server.requests) == before


def test_a_replay_without_answers_stops_and_says_so(workshop: Workshop) -> None:
    llm = {"cache": "replay-only", "max_failure_rate": 0.1}
    outcome = workshop.run(talking("http://127.0.0.1:9/v1", llm=llm))
    assert outcome.status == ab.FAILED and outcome.message is not None
    assert "max_failure_rate" in outcome.message
    assert {line["failure"] for line in ledger(outcome.folder)} == {"not_cached"}


def test_people_of_a_hybrid_mind_live(workshop: Workshop, server: OpenAIServer) -> None:
    folder = workshop.done(talking(server.base_url, mind={"kind": "hybrid", "bound": 1.0}))
    told = pages(folder)
    assert set(told["mind"]) == {"hybrid"} and (told["appraised_by"] == "llm").any()


def test_calls_of_archetypes_do_not_grow_with_people_who_are_their_clusters(
    workshop: Workshop, server: OpenAIServer
) -> None:
    calls = []
    for size in (40, 160):
        workshop.cache(f"cache-{size}")
        mind = {"kind": "archetype", "archetypes": 4}
        outcome = workshop.run(talking(server.base_url, mind=mind, population={"size": size}, memory="none"), f"{size}")
        folder = finished(outcome)
        calls.append(len(ledger(folder)))
        people = pages(folder)
        assert (people["appraised_by"] == "llm").sum() > calls[-1]
        assert len(set(pq.read_table(folder / "people.parquet")["cluster_id"].to_pylist())) <= 4
        assert outcome.summary is not None
        assert any("archetype" in note for note in outcome.summary["notes"])
    assert calls[1] < 1.5 * calls[0]


def test_calibration_is_asked_once_and_told(workshop: Workshop, server: OpenAIServer) -> None:
    mind = {"kind": "llm", "calibration": {"method": "platt", "people": 40}}
    scenario = talking(server.base_url, mind=mind, llm={"on_failure": "abort"})
    good = server.options
    server.options = replace(good, script=(None,) * 45 + ("refusal",) * 999)
    stopped = workshop.run(scenario)
    assert stopped.status == ab.FAILED, stopped.message
    asked = [line for line in ledger(stopped.folder) if line["kind"] == "calibration"]
    assert len(asked) == 40
    server.options = good
    workshop.cache("another")  # only what the run itself keeps may answer now
    folder = workshop.resumed("run")
    assert [line for line in ledger(folder) if line["kind"] == "calibration"] == asked
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["mind_calibration"]["method"] == "platt" and manifest["mind_calibration"]["asked"] == 40
    assert same_rows(rows_of(folder), rows_of(workshop.done(scenario, "whole")))
