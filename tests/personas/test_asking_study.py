"""Asking about the people of a log: by the rules of the house, and never with what is held out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from language_pages import film_log
from openai_server import OpenAIServer

from personas.asking import Evidence, Outcome, TournamentSettings
from personas.schema import Persona
from simulator.listener import Silent
from simulator.llm.budget import Cost
from simulator.llm.port import EndpointError
from simulator.llm.settings import LLMSettings
from simulator.records import HELD_OUT, Catalog, Item, SplitLog, UserInputError
from simulator.studies.persona_asking import Asked, ask_about, price
from simulator.studies.persona_evidence import LogEvidence, thing_of
from simulator.studies.persona_subjects import AskingSettings, Mode

pytestmark = pytest.mark.usefixtures("keyed")
MODES: tuple[Mode, ...] = ("match", "backstory", "tournament")
N = 30


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback-000")
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr("simulator.llm.retry.FIRST_WAIT_S", 0.005)


@pytest.fixture(scope="module")
def log() -> SplitLog:
    return film_log(N)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(models=("m",)) as serving:
        yield serving


def people(n: int = N) -> list[Persona]:
    return [Persona(id=f"u{row}") for row in range(n)]


def settings(server: OpenAIServer | None = None, *, ledger: Path | None = None, **llm: Any) -> AskingSettings:
    given = {"model": "scripted"} if server is None else {"model": "m", "base_url": server.base_url}
    small = TournamentSettings(profiles=2, choices=4, others=5)
    return AskingSettings(llm=LLMSettings(**(given | llm)), seed=5, ledger=ledger, tournament=small)


def facts(asked: Asked) -> list[dict[str, Any]]:
    return [result.facts() for result in asked.results]


class Told(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, str]] = []
        self.notices: list[str] = []

    def phase(self, name: str, detail: str = "") -> None:
        self.phases.append((name, detail))

    def notice(self, text: str) -> None:
        self.notices.append(text)


@pytest.mark.parametrize("mode", MODES)
def test_everybody_is_asked_about_and_what_is_held_out_changes_no_byte_of_it(log: SplitLog, mode: Mode) -> None:
    poison = Catalog((*log.catalog, Item(item_id="poison", title="Poison", categories=("Poison",))))
    held_out = log.part == HELD_OUT
    item = np.where(held_out, len(log.catalog), log.log.item).astype(np.int32)
    rating = np.where(held_out, 1, log.log.rating).astype(np.float32)
    other = SplitLog(log.name, replace(log.log, catalog=poison, item=item, rating=rating), log.part)
    sent = []
    for split in (log, other):
        told = Told()
        with OpenAIServer(models=("m",)) as server:
            asked = ask_about(people(10), split, settings(server, cache="off"), mode, told)
            sent.append(sorted(json.dumps(request.body) for request in server.chats))
        assert asked.status == "done" and [one.id for one in asked.personas] == [one.id for one in people(10)]
        assert asked.took.failed == 0 and asked.took.calls == len(sent[-1]) > 0
        assert told.phases[0][0] == "model" and told.phases[-1][0] == mode and len(told.notices) == 2
    assert sent[0] == sent[1]


def test_evidence_of_a_log_has_no_held_out_choice_and_counts_none(log: SplitLog) -> None:
    known, chosen = LogEvidence(log), log.known.positives()
    for row in range(N):
        found = known.of(f"u{row}")
        assert found is not None and not found.in_time
        assert {one.thing.item_id for one in found.seen} == {
            str(log.catalog.item_ids[item]) for item in chosen.item[chosen.user == row]
        }
    count = np.bincount(chosen.item, minlength=len(log.catalog))
    assert {thing.item_id: thing.chosen_by for thing in known.shelf} == {
        str(log.catalog.item_ids[row]): int(n) for row, n in enumerate(count) if n
    }
    assert known.of("nobody") is None


def test_evidence_stands_in_time_with_each_thing_once_and_its_last_rating(log: SplitLog) -> None:
    first = np.flatnonzero(log.log.user == 0)
    again = np.concatenate([np.arange(len(log.log)), first[:1]])
    columns = {
        name: getattr(log.log, name)[again] for name in ("user", "item", "rating", "clicked", "dwell_s", "position")
    }
    time = np.arange(1, again.size + 1)[::-1].astype(np.int64)
    time[-1] = 10**6
    columns["rating"][-1] = 1.5
    twice = SplitLog("twice", replace(log.log, **columns, time=time), np.zeros(again.size, dtype=np.uint8))
    found = LogEvidence(twice).of("u0")
    assert found is not None and found.in_time and len(found.seen) == first.size
    ids = [one.thing.item_id for one in found.seen]
    assert ids[-1] == str(log.catalog.item_ids[log.log.item[first[0]]]) and found.seen[-1].rating == 1.5
    assert ids[:-1] == [str(log.catalog.item_ids[log.log.item[row]]) for row in first[:0:-1]]


def test_a_thing_goes_by_what_is_known_of_it() -> None:
    whole = Item(item_id="a", title="Ash", year=1994, categories=("A", "B", "C", "D"), creator="Mo")
    assert thing_of(whole, 3).words == "Ash; 1994, A/B/C, by Mo"
    less = (Item(item_id="a", headline="H"), Item(item_id="a", text="T"), Item(item_id="a"))
    assert [thing_of(item, 1).title for item in less] == ["H", "T", "item a"]


@pytest.mark.parametrize("mode", MODES)
def test_results_do_not_depend_on_concurrency_company_or_order(log: SplitLog, tmp_path: Path, mode: Mode) -> None:
    with OpenAIServer(models=("m",), slots=1) as one, OpenAIServer(models=("m",), slots=7, latency_s=0.003) as many:
        alone = ask_about(people(5), log, settings(one, cache="off", concurrency=1), mode)
        crowd = ask_about(people(11)[::-1], log, settings(many, cache="off", concurrency=24), mode)
    by_person = {told["person"]: told for told in facts(crowd)}
    assert facts(alone) == [by_person[told["person"]] for told in facts(alone)]
    assert alone.personas == crowd.personas[::-1][:5]


@pytest.mark.parametrize("mode", MODES)
def test_what_was_answered_is_replayed_from_the_cache(log: SplitLog, server: OpenAIServer, mode: Mode) -> None:
    first = ask_about(people(6), log, settings(server), mode)
    requests = len(server.requests)
    again = ask_about(people(6), log, settings(server, cache="replay-only"), mode)
    assert len(server.requests) == requests and facts(again) == facts(first) and again.personas == first.personas
    assert again.took.calls == again.took.cached == first.took.calls and again.took.cost == Cost(0, 0.0)
    other = ask_about(people(6), log, replace(settings(server, cache="replay-only"), seed=6), mode)
    assert {result.outcome for result in other.results} <= {Outcome.FAILED, Outcome.TOO_LITTLE}
    assert any("not_cached" in result.why for result in other.results)


def test_the_ledger_has_a_line_for_each_call_and_the_report_adds_them_up(
    log: SplitLog, server: OpenAIServer, tmp_path: Path
) -> None:
    path = tmp_path / "llm" / "ledger.jsonl"
    asked = ask_about(people(5), log, settings(server, ledger=path, price=(1.0, 2.0)), "match")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    calls = [line for line in lines if line["kind"] != "session"]
    assert len(calls) == asked.took.calls and lines[-1]["kind"] == "session"
    assert {line["kind"] for line in calls} == {"persona_proposal", "persona_score"}
    assert sum(line["tokens_in"] + line["tokens_out"] for line in calls) == asked.took.cost.tokens
    assert sum(line["usd"] for line in calls) == pytest.approx(asked.took.cost.usd)
    assert f"{asked.took.calls} calls" in asked.text and json.dumps(asked.facts())


def budgeted(log: SplitLog, server: OpenAIServer, tokens: int, **llm: Any) -> Asked:
    return ask_about(people(), log, settings(server, budget_tokens=tokens, **llm), "backstory")


def test_the_budget_stops_the_asking_in_the_order_of_the_people_and_is_kept(log: SplitLog, tmp_path: Path) -> None:
    whole = price(people(), log, settings(), "backstory")
    stops = []
    for latency, concurrency in ((0.0, 1), (0.004, 9)):
        with OpenAIServer(models=("m",), latency_s=latency) as server:
            asked = budgeted(log, server, whole.tokens // 3, cache="off", concurrency=concurrency)
        assert asked.status == "out of budget" and "Raise llm.budget" in str(asked.stopped)
        assert asked.took.cost.tokens <= whole.tokens // 3
        done = [result.outcome is not Outcome.NOT_ASKED for result in asked.results]
        assert 0 < sum(done) < N and done == sorted(done, reverse=True)  # the first people, and nobody behind them
        assert all(result.persona == one for result, one in zip(asked.results, people(), strict=True) if not result.why)
        stops.append(facts(asked))
    assert stops[0] == stops[1]


def test_a_raised_budget_goes_on_where_the_last_one_ended_and_pays_nothing_twice(
    log: SplitLog, server: OpenAIServer
) -> None:
    whole = price(people(), log, settings(), "backstory")
    first = budgeted(log, server, whole.tokens // 3)
    paid = first.took.cost.tokens
    second = budgeted(log, server, 2 * whole.at_most.tokens)
    assert second.status == "done" and second.stopped is None
    sent = [json.dumps(request.body["messages"]) for request in server.chats]
    assert len(sent) == len(set(sent)) == N and second.took.cached == first.took.calls
    nothing = budgeted(log, server, 1)
    assert nothing.status == "done" and facts(nothing) == facts(second)  # all is kept: it costs nothing
    assert 0 < paid < second.took.cost.tokens


def test_a_step_that_the_budget_does_not_cover_leaves_the_person_as_they_were(log: SplitLog) -> None:
    with OpenAIServer(models=("m",)) as server:
        short = settings(server, budget_tokens=60_000, cache="off")
        asked = ask_about(people(), log, short, "match")
    assert asked.status == "out of budget" and asked.took.cost.tokens <= 60_000
    left = [result for result in asked.results if result.outcome is Outcome.NOT_ASKED]
    assert left and all(result.persona in people() for result in left)


def test_a_budget_in_dollars_needs_a_price(log: SplitLog) -> None:
    with pytest.raises(UserInputError, match=r"llm\.budget\.usd"):
        price(people(), log, settings(model="unheard-of", base_url="http://127.0.0.1:9/v1", budget_usd=1.0), "match")


@pytest.mark.parametrize("mode", MODES)
def test_the_price_says_beforehand_what_it_takes_and_asks_nobody(
    log: SplitLog, server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    monkeypatch.setattr("simulator.studies.persona_price.SAMPLE", 11)
    before = price(people(12), log, settings(server, price=(1.0, 4.0)), mode)
    assert not server.requests and not (tmp_path / "cache").exists()
    asked = ask_about(people(12), log, settings(server), mode)
    assert before.calls == pytest.approx(asked.took.calls, rel=0.25)
    assert asked.took.cost.tokens <= before.at_most.tokens and before.usd is not None
    assert before.usd == pytest.approx((before.tokens_in + 4 * before.tokens_out) / 1e6)
    assert before.low is not None and before.high is not None and before.low <= before.tokens <= before.high
    assert all("--- system ---" in text and "no language model" in text for text in before.prompts.values())
    assert len(before.prompts) == (1 if mode == "backstory" else 2) and json.dumps(before.facts())


def test_a_price_that_everybody_rehearsed_is_exact_in_calls(log: SplitLog) -> None:
    some = people(8)
    before = price(some, log, settings(), "tournament")
    asked = ask_about(some, log, settings(), "tournament")
    assert before.calls == asked.took.calls and before.low is None


def test_failures_are_outcomes_and_too_many_end_the_asking(log: SplitLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.persona_asking.WAVE", 15)
    few = settings(faults={"rate": 0.2, "kinds": ["refused"], "seed": 3}, max_failure_rate=0.5)
    asked = ask_about(people(), log, few, "backstory")
    failed = [result for result in asked.results if result.outcome is Outcome.FAILED]
    assert asked.status == "done" and 0 < len(failed) < 15 and all("refused" in result.why for result in failed)
    assert asked.took.failed == len(failed) and all(result.persona in people() for result in failed)
    broken = ask_about(people(), log, settings(faults={"rate": 1, "kinds": ["empty"]}), "backstory")
    assert broken.status == "unreliable" and "llm.max_failure_rate" in str(broken.stopped)
    assert [result.outcome for result in broken.results] == [Outcome.FAILED] * 15 + [Outcome.NOT_ASKED] * 15


def test_abort_ends_the_asking_at_the_first_failure(log: SplitLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.persona_asking.WAVE", 5)
    llm: dict[str, Any] = {"faults": {"rate": 0.2, "kinds": ["refused"], "seed": 3}, "on_failure": "abort"}
    asked = ask_about(people(), log, settings(**llm), "backstory")
    assert asked.status == "unreliable" and "abort" in str(asked.stopped)
    assert asked.results[-1].outcome is Outcome.NOT_ASKED


def test_an_endpoint_that_is_not_there_stops_before_anybody_is_asked(log: SplitLog) -> None:
    nowhere = settings(model="m", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(EndpointError, match="cannot be reached"):
        ask_about(people(2), log, nowhere, "match")


def test_people_who_are_not_in_the_log_are_refused_but_for_a_backstory(log: SplitLog) -> None:
    stranger = Persona(id="stranger")
    modes: tuple[Mode, ...] = ("match", "tournament")
    for mode in modes:
        with pytest.raises(UserInputError, match="nobody in dataset films"):
            ask_about([stranger], log, settings(), mode)
    assert ask_about([stranger], log, settings(), "backstory").results[0].outcome is Outcome.KEPT
    with pytest.raises(UserInputError, match="there twice"):
        ask_about([*people(2), *people(1)], log, settings(), "match")
    with pytest.raises(UserInputError, match="nobody to ask about"):
        ask_about([], log, settings(), "match")


def test_personas_may_have_other_ids_than_the_log(log: SplitLog) -> None:
    alias = ask_about([Persona(id="alias")], log, settings(), "match", user_of={"alias": "u2"})
    assert alias.results[0].outcome is not Outcome.TOO_LITTLE
    with pytest.raises(UserInputError):
        ask_about([Persona(id="u2")], log, settings(), "match", user_of={"u2": "u999"})


def test_nobody_is_known_by_nothing() -> None:
    assert Evidence().cuts is None
