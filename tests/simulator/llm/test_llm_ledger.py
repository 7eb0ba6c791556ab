"""The ledger and the meter: a line a call, and totals that add up over killed and resumed sessions."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from asking import page_call

from simulator.llm.ledger import Entry, Ledger, read_totals
from simulator.llm.meter import Meter, tallied
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Usage
from simulator.llm.prices import Price
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError

TAKEN = Usage(1000, 100, 1)
PRICE = Price(usd_in=1.0, usd_out=10.0)


class Answering:
    """Answers everything with the same usage, or fails by the user's name."""

    def __init__(self, usage: Usage = TAKEN, *, cached: bool = False) -> None:
        self._usage, self._cached = usage, cached

    async def ask(self, call: Call) -> Answer:
        if call.user_id == "unlucky":
            raise CallError(FailureKind.REFUSED, "no", usage=Usage(500, 0, 2))
        if call.user_id == "last":
            raise EndpointError("gone")
        value = (await ScriptedModel(LLMSettings(model="scripted")).ask(call)).value
        return Answer(value=value, text="{}", model="m-1", usage=self._usage, cached=self._cached)

    async def close(self) -> None: ...


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_call_leaves_a_line_as_it_ends_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    path = tmp_path / "llm" / "ledger.jsonl"
    ledger = Ledger(path)
    meter = Meter(Answering(), ledger, PRICE)
    asyncio.run(meter.ask(page_call(user_id="ann", arm="a", turn=3)))
    (line,) = lines(path)
    assert set(line) == {
        *("at", "kind", "arm", "user", "turn", "cached", "failure", "model", "tokens_in", "tokens_out"),
        *("requests", "usd", "latency_s", "session"),
    }
    assert (line["arm"], line["user"], line["turn"], line["model"]) == ("a", "ann", 3, "m-1")
    assert line["usd"] == pytest.approx(0.002) and line["failure"] is None
    ledger.close()


def test_failed_calls_are_counted_with_what_they_took(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    meter = Meter(Answering(), ledger, PRICE)
    with pytest.raises(CallError):
        asyncio.run(meter.ask(page_call(user_id="unlucky")))
    with pytest.raises(EndpointError):
        asyncio.run(meter.ask(page_call(user_id="last")))
    ledger.close()
    totals = read_totals(tmp_path / "ledger.jsonl")
    assert totals["by_kind"] == {"refused": 1, "EndpointError": 1}
    assert (totals["calls"], totals["failed"], totals["tokens_in"], totals["requests"]) == (2, 2, 500, 2)
    assert totals["usd"] == pytest.approx(0.0005)


def test_totals_are_by_arm_and_by_kind_of_call_and_add_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    meter = Meter(Answering(), ledger, PRICE)

    async def asking() -> None:
        for arm, kind, n in (("a", "page", 3), ("b", "page", 2), ("b", "reflection", 1)):
            await asyncio.gather(*(meter.ask(page_call(arm=arm, kind=kind, user_id=f"u{i}")) for i in range(n)))

    asyncio.run(asking())
    ledger.close(wall_s=2.0, slots_busy=0.5)
    totals = read_totals(tmp_path / "ledger.jsonl")
    assert {arm: part["calls"] for arm, part in totals["by_arm"].items()} == {"a": 3, "b": 3}
    assert {kind: part["calls"] for kind, part in totals["by_call_kind"].items()} == {"page": 5, "reflection": 1}
    for name in ("calls", "tokens_in", "tokens_out", "usd"):
        assert sum(part[name] for part in totals["by_arm"].values()) == pytest.approx(totals[name])
    assert (totals["wall_s"], totals["slots_busy"]) == (2.0, 0.5)
    assert meter.total.cost.tokens == 6600 and meter.by_arm["b"].calls == 3 and meter.by_user["b", "u0"].calls == 2


def test_a_resumed_run_continues_the_file_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    first = Ledger(path)
    first.write(Entry(kind="page", arm="a", user="u", turn=0, tokens_in=10, usd=0.1))
    with path.open("ab") as file:
        file.write(b'{"at":"2026-01-01T00:00:00+00:00","kind":"pa')
    second = Ledger(path)
    second.write(Entry(kind="page", arm="a", user="u", turn=1, tokens_in=20, usd=0.2))
    second.close(wall_s=1.0, slots_busy=None)
    totals = read_totals(path)
    assert (totals["calls"], totals["tokens_in"]) == (2, 30) and totals["usd"] == pytest.approx(0.3)
    assert first.session != second.session


@pytest.mark.parametrize("line", ['{"kind": "page"}', '{"kind": "page", "at": 5, "tokens_in": "x"}'])
def test_a_line_that_no_run_wrote_is_refused_with_the_cure(tmp_path: Path, line: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(UserInputError, match=r"ledger\.jsonl: .*no entry of a ledger.*remove"):
        read_totals(path)


def test_a_session_that_was_killed_counts_from_its_first_call_to_its_last(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    entry = {"kind": "page", "arm": "a", "cached": False, "failure": None, "tokens_in": 1, "tokens_out": 1}
    entry |= {"requests": 1, "usd": 0.0, "session": "killed"}
    times = [("2026-01-01T00:00:02+00:00", 2.0), ("2026-01-01T00:00:05+00:00", 1.0)]
    told = [{**entry, "at": at, "latency_s": latency} for at, latency in times]
    told.append({"kind": "session", "at": times[0][0], "wall_s": 10.0, "slots_busy": 0.9, "session": "whole"})
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    totals = read_totals(path)
    assert totals["wall_s"] == pytest.approx(15.0) and totals["slots_busy"] == 0.9


def test_one_unknown_price_makes_every_sum_in_usd_unknown(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for usd in (0.5, None):
        ledger.write(Entry(kind="page", arm="a", user="u", turn=0, usd=usd))
    ledger.close()
    totals = read_totals(tmp_path / "ledger.jsonl")
    assert totals["usd"] is None and totals["by_arm"]["a"]["usd"] is None


def test_cached_answers_cost_nothing_even_where_no_price_is_known(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    asyncio.run(Meter(Answering(Usage(), cached=True), ledger, None).ask(page_call()))
    ledger.close()
    totals = read_totals(tmp_path / "ledger.jsonl")
    assert (totals["cached"], totals["tokens_in"], totals["usd"]) == (1, 0, 0.0)


def test_a_run_without_calls_has_totals_of_nothing(tmp_path: Path) -> None:
    totals = read_totals(tmp_path / "none.jsonl")
    assert (totals["calls"], totals["usd"], totals["wall_s"], totals["slots_busy"]) == (0, 0.0, 0, None)


def test_a_tally_counts_the_calls_of_its_own_tasks_only() -> None:
    meter = Meter(Answering(), None, PRICE)

    async def world(n: int) -> int:
        with tallied() as tally:
            await asyncio.gather(*(meter.ask(page_call(user_id=f"u{i}")) for i in range(n)))
            await asyncio.sleep(0)
        await meter.ask(page_call())
        return tally.calls

    async def worlds() -> list[int]:
        return await asyncio.gather(world(2), world(5))

    assert asyncio.run(worlds()) == [2, 5] and meter.total.calls == 9


def test_any_text_can_stand_in_a_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.write(Entry(kind="page", arm="a\n\u2028\ud800", user='"x\x1b[31m', turn=0))
    ledger.close()
    assert read_totals(tmp_path / "ledger.jsonl")["calls"] == 1
    assert b"\x1b" not in (tmp_path / "ledger.jsonl").read_bytes()
