"""Whatever can go wrong with an answer goes wrong: what the journal says of it, and what it leaves untouched."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from llm_runs import MODEL, AfterTurn, Workshop, asked_with, ledger, only_what_is_tested, pages, talking
from openai_server import FAULTS, OpenAIServer
from small_runs import rows_of, same_rows

from simulator.studies import ab

KINDS = {
    "429": "rate_limited",
    "500": "server_error",
    "drop": "connection",
    "stall": "timeout",
    "truncated": "truncated",
    "wrong_shape": "wrong_shape",
    "not_json": "malformed",
    "refusal": "refused",
    "empty": "empty",
    "html": "server_error",
}
"""By fault of the server: what the journal calls it."""
SIZE = 100
AT_ONCE = tuple(fault for fault in FAULTS if fault != "stall")
"""Faults that come without waiting."""
MENDABLE = 2 * ("wrong_shape", "not_json")
"""Played more often, for a repair asks with other bytes, which often meet a better fate."""
assert set(KINDS) == set(FAULTS)


@dataclass(frozen=True)
class Faulty:
    """A run in which every request met the fate that its bytes have, however often it was sent."""

    folder: Path
    pages: pd.DataFrame
    summary: dict[str, Any]
    given_up: Counter[str]
    """Pages whose every request met a fault, by what the journal should call the last one."""


@pytest.fixture(scope="module", params=["fallback", "skip"])
def faulty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, learnt_once: Path
) -> Iterator[Faulty]:
    root = tmp_path_factory.mktemp(request.param)
    with (
        pytest.MonkeyPatch.context() as patch,
        OpenAIServer(models=(MODEL,), rate=0.5, kinds=(*AT_ONCE, *MENDABLE)) as server,
    ):
        only_what_is_tested(learnt_once, patch)
        patch.setattr("simulator.llm.retry.FIRST_WAIT_S", 0.005)
        scenario = talking(server.base_url, llm={"attempts": 2, "on_failure": request.param}, population={"size": SIZE})
        outcome = Workshop(root, patch).run(scenario)
        assert outcome.status == ab.DONE and outcome.summary is not None, outcome.message
        yield Faulty(outcome.folder, pages(outcome.folder), outcome.summary, fates(server))


def fates(server: OpenAIServer) -> Counter[str]:
    """What the server's last word was on each question about a page that it never answered."""
    last: dict[str, str | None] = {}
    for chat in server.chats:
        system, question = (message["content"] for message in chat.body["messages"][:2])
        if "i1 " in question:  # a page, and no reflection
            last[system + question] = chat.fault
    return Counter(KINDS[fault] for fault in last.values() if fault is not None)


def test_each_kind_of_failure_stands_in_the_journal(faulty: Faulty) -> None:
    told = Counter(faulty.pages["failure"].dropna())
    assert told == faulty.given_up
    assert set(told) == {KINDS[fault] for fault in AT_ONCE}, "every kind was met"
    of_ledger = Counter(
        line["failure"] for line in ledger(faulty.folder) if line["kind"] == "page" and line["failure"] is not None
    )
    assert told == of_ledger
    assert faulty.summary["llm"]["by_kind"].keys() >= told.keys()
    assert faulty.summary["failures"]["by_kind"] == dict(sorted(told.items()))


def test_a_server_that_never_answers_holds_up_nobody_for_longer_than_the_time_out(
    workshop: Workshop, server: OpenAIServer
) -> None:
    server.options = replace(server.options, rate=0.5, kinds=("stall",))
    llm = {"attempts": 1, "timeout_s": 4.0}
    once = {"turns": 1, "slate_size": 5}
    folder = workshop.done(talking(server.base_url, llm=llm, population={"size": 12}, world=once))
    told = Counter(pages(folder)["failure"].dropna())
    assert told == fates(server) and set(told) == {"timeout"}
    assert set(pages(folder).query("failure == 'timeout'")["appraised_by"]) == {"fallback"}


def test_every_page_is_there_and_failed_ones_say_who_stood_in(faulty: Faulty) -> None:
    policy = {"fallback": "fallback", "skip": "skipped"}[_on_failure(faulty)]
    failed = faulty.pages["failure"].notna()
    assert set(faulty.pages.loc[failed, "appraised_by"]) == {policy}
    assert set(faulty.pages.loc[~failed, "appraised_by"]) <= {"llm", "statistical"}
    assert sorted(faulty.pages["turn"].unique()) == [0, 1, 2]


def test_rows_before_a_persons_first_fault_are_those_of_a_faultless_run(faulty: Faulty, faultless: Any) -> None:
    """Reflections that fail count too: from then on a person remembers otherwise."""
    first = _first_faults(faulty.folder)
    rows = rows_of(faulty.folder)
    people = sorted(set(rows["user_id"]) & set(faultless.rows["user_id"]))
    assert len(people) == faultless.rows["user_id"].nunique() > 20  # whoever comes by within three turns
    assert any(user not in first for user in people) and any(user in first for user in people)
    rows, whole = (untouched(frame, people, first) for frame in (rows, faultless.rows))
    assert len(rows) >= 50 and same_rows(rows, whole)


def test_a_page_that_fell_back_is_wanted_as_the_statistical_mind_wants_it(faulty: Faulty, workshop: Workshop) -> None:
    scenario = talking("http://127.0.0.1:9/v1", population={"size": SIZE}) | {"mind": "statistical", "memory": "none"}
    del scenario["llm"]
    statistical = rows_of(workshop.done(scenario)).query("turn == 0")
    rows = rows_of(faulty.folder).query("turn == 0")
    failed = rows["failure"].notna().to_numpy()
    assert failed.sum() >= 20 and (rows["item_id"].to_numpy() == statistical["item_id"].to_numpy()).all()
    columns = ["want", "rating", "clicked", "dwell_s", "satisfaction", "left"]
    alike = [same_rows(rows.loc[failed, [name]], statistical.loc[failed, [name]]) for name in columns]
    assert alike == [_on_failure(faulty) == "fallback"] * len(columns)


def test_pages_that_were_skipped_are_in_no_metric(faulty: Faulty) -> None:
    rows = rows_of(faulty.folder)
    skipped = rows["appraised_by"] == "skipped"
    assert skipped.any() == (_on_failure(faulty) == "skip")
    assert not rows.loc[skipped, ["noticed", "examined", "clicked", "left"]].any().any()
    assert rows.loc[skipped, "rating"].isna().all()
    lived = rows[~skipped]
    rate = lived.groupby("user_id")["clicked"].mean().mean()
    assert faulty.summary["arms"]["plain"]["click_rate"]["mean"] == pytest.approx(rate)


@pytest.mark.parametrize("kinds", [("429", "500", "drop", "html"), ("truncated", "refusal", "empty")])
def test_faults_that_go_away_leave_no_trace(
    workshop: Workshop, server: OpenAIServer, faultless: Any, kinds: tuple[str, ...]
) -> None:
    server.options = replace(server.options, rate=0.5, kinds=kinds, passing=True)
    folder = workshop.done(talking(server.base_url))
    assert sum(chat.fault is not None for chat in server.chats) >= 20
    assert max(asked_with([chat.body for chat in server.chats]).values()) == 2
    assert same_rows(rows_of(folder), faultless.rows)


@pytest.mark.parametrize("llm", [{"max_failure_rate": 0.1}, {"on_failure": "abort"}])
def test_a_run_that_failures_stop_goes_on_to_the_faultless_rows(
    workshop: Workshop, server: OpenAIServer, faultless: Any, llm: dict[str, Any]
) -> None:
    good = server.options
    first_turn = sum(line["turn"] == 0 for line in ledger(faultless.folder))
    server.options = replace(good, script=(None,) * first_turn, rate=1.0, kinds=("500", "html"))
    stopped = workshop.run(talking(server.base_url, llm=llm | {"attempts": 1}))
    assert stopped.status == ab.FAILED and stopped.message is not None and stopped.summary is None
    assert next(iter(llm)) in stopped.message and f"understudy resume {stopped.folder}" in stopped.message
    server.options = good
    assert same_rows(rows_of(workshop.resumed("run")), faultless.rows)


def test_a_run_whose_server_goes_away_is_resumed_at_another(
    workshop: Workshop, server: OpenAIServer, faultless: Any
) -> None:
    with ExitStack() as gone:
        slow = gone.enter_context(OpenAIServer(models=(MODEL,), latency_s=0.05))
        llm = {"attempts": 2, "on_failure": "abort", "concurrency": 4}
        stopped = workshop.run(talking(slow.base_url, llm=llm), listener=AfterTurn(0, gone.close))
    assert stopped.status == ab.FAILED and stopped.message is not None and "connection" in stopped.message
    assert same_rows(rows_of(workshop.resumed("run", f"llm.base_url={server.base_url}")), faultless.rows)


def untouched(rows: pd.DataFrame, people: list[str], first: dict[str, tuple[int, bool]]) -> pd.DataFrame:
    """The rows of some people before anything failed for them."""
    until = rows["user_id"].map(lambda user: _last_whole_turn(first.get(user)))
    return rows[rows["user_id"].isin(people) & (rows["turn"] <= until)].reset_index(drop=True)


def _last_whole_turn(fault: tuple[int, bool] | None) -> float:
    """A reflection that failed leaves its own turn as it was."""
    return np.inf if fault is None else fault[0] - (not fault[1])


def _first_faults(folder: Path) -> dict[str, tuple[int, bool]]:
    """By person: the turn of the first call that failed, and whether only a reflection failed there."""
    first: dict[str, tuple[int, bool]] = {}
    for line in ledger(folder):
        if line["failure"] is not None:
            fault = (line["turn"], line["kind"] == "reflection")
            first[line["user"]] = min(first.get(line["user"], fault), fault)
    return first


def _on_failure(faulty: Faulty) -> str:
    return "skip" if (faulty.pages["appraised_by"] == "skipped").any() else "fallback"
