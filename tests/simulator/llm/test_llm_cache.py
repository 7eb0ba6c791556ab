"""The cache: one payment for one question, across arms, sessions and processes."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asking import page_call
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from simulator.llm.answer_store import AnswerStore, Kept
from simulator.llm.cache import FILE_NAME, Cache, cache_folder
from simulator.llm.port import Answer, Call, CallError, EndpointError, FailureKind, Message, Usage
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError

SETTINGS = LLMSettings(model="scripted")


class Counting:
    """The scripted model, slow and counted; `failures` are raised first."""

    def __init__(self, *failures: Exception) -> None:
        self._model, self.asked, self._failures = ScriptedModel(SETTINGS), 0, list(failures)
        self.go = asyncio.Event()

    async def ask(self, call: Call) -> Answer:
        self.asked += 1
        failure = self._failures.pop(0) if self._failures else None
        await self.go.wait()
        if failure is not None:
            raise failure
        return await self._model.ask(call)

    async def close(self) -> None: ...


class Open(Counting):
    def __init__(self, *failures: Exception) -> None:
        super().__init__(*failures)
        self.go.set()


def settings_in(folder: Path, **changes: Any) -> LLMSettings:
    return replace(SETTINGS, cache_dir=folder, **changes)


def ask_all(folder: Path, inner: Counting, *calls: Call, **changes: Any) -> list[Answer]:
    """Ask one after another, through one cache."""

    async def asking() -> list[Answer]:
        cache = Cache(inner, settings_in(folder, **changes))
        try:
            return [await cache.ask(call) for call in calls]
        finally:
            await cache.close()

    return asyncio.run(asking())


def test_a_kept_answer_is_given_again_in_a_later_session_and_takes_no_tokens(tmp_path: Path) -> None:
    first = ask_all(tmp_path, Open(), page_call())[0]
    later = Open()
    again = ask_all(tmp_path, later, page_call())[0]
    assert later.asked == 0 and again.cached and again.usage == Usage() and not first.cached
    assert (again.text, again.value, again.model) == (first.text, first.value, first.model)


def test_arms_share_an_answer_and_people_do_not(tmp_path: Path) -> None:
    model = Open()
    calls = [page_call(arm=arm, identity=(7, user)) for user in ("ann", "bob") for arm in ("control", "treatment")]
    assert [answer.cached for answer in ask_all(tmp_path, model, *calls)] == [False, True, False, True]
    assert model.asked == 2


OTHER: list[Callable[[Call], Call]] = [
    lambda call: replace(call, messages=(*call.messages, Message("user", "more"))),
    lambda call: replace(call, messages=(Message("user", call.messages[0].content), *call.messages[1:])),
    lambda call: replace(call, messages=(*call.messages[:-1], replace(call.messages[-1], images=("data:,",)))),
    lambda call: replace(call, answer=page_call(['"a"']).answer),
    lambda call: replace(call, max_tokens=call.max_tokens + 1),
    lambda call: replace(call, parameters={"top_p": 0.5}),
    lambda call: replace(call, identity=(8, *call.identity[1:])),
]


@pytest.mark.parametrize("change", OTHER)
def test_whatever_decides_an_answer_is_in_its_key(change: Callable[[Call], Call]) -> None:
    cache = Cache(Open(), replace(SETTINGS, cache="off"))
    assert cache.key(change(page_call())) != cache.key(page_call())


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "other"},
        {"base_url": "http://localhost:1/v1"},
        {"temperature": 0.5},
        {"seed": 3},
        {"extra": {"reasoning_effort": "low"}},
        {"model": "scripted-gullible"},
    ],
)
def test_whatever_the_settings_decide_is_in_the_key(changes: dict[str, Any]) -> None:
    plain = LLMSettings(
        cache="off", **({"model": "scripted"} if changes.get("model", "").startswith("scripted") else {})
    )
    keys = [Cache(Open(), one).key(page_call()) for one in (plain, replace(plain, **changes))]
    assert keys[0] != keys[1]


def test_scripted_faults_are_in_the_key_so_that_a_warm_cache_hides_none() -> None:
    off = replace(SETTINGS, cache="off")
    faulty = replace(off, faults={"rate": 0.1})
    assert Cache(Open(), off).key(page_call()) != Cache(Open(), faulty).key(page_call())


def test_nothing_is_kept_or_shared_when_it_is_off(tmp_path: Path) -> None:
    model = Open()
    ask_all(tmp_path, model, page_call(), page_call(), cache="off")
    assert model.asked == 2 and not list(tmp_path.iterdir())


def test_replay_only_gives_what_is_kept_and_asks_nobody(tmp_path: Path) -> None:
    ask_all(tmp_path, Open(), page_call())
    model = Open()
    assert ask_all(tmp_path, model, page_call(), cache="replay-only")[0].cached
    with pytest.raises(CallError) as failed:
        ask_all(tmp_path, model, page_call(turn=1, identity=(9,)), cache="replay-only")
    assert failed.value.kind is FailureKind.NOT_CACHED and model.asked == 0


def test_failures_are_not_kept(tmp_path: Path) -> None:
    failing = Open(CallError(FailureKind.TIMEOUT, "slow"))
    with pytest.raises(CallError):
        ask_all(tmp_path, failing, page_call())
    model = Open()
    assert not ask_all(tmp_path, model, page_call())[0].cached and model.asked == 1


async def _together(cache: Cache, model: Counting, n: int) -> list[Any]:
    tasks = [asyncio.create_task(cache.ask(page_call())) for _ in range(n)]
    await asyncio.sleep(0)
    model.go.set()
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)


def test_identical_calls_in_flight_share_one_request_and_one_usage(tmp_path: Path) -> None:
    async def asking() -> tuple[int, list[Any]]:
        model = Counting()
        cache = Cache(model, settings_in(tmp_path))
        answers = await _together(cache, model, 5)
        await cache.close()
        return model.asked, answers

    asked, answers = asyncio.run(asking())
    assert asked == 1 and len({answer.text for answer in answers}) == 1
    assert sum(answer.usage.requests for answer in answers) == 1 and sum(answer.cached for answer in answers) == 4


@pytest.mark.parametrize(
    "failure", [CallError(FailureKind.REFUSED, "no", usage=Usage(10, 0, 1)), EndpointError("gone")]
)
def test_those_who_share_a_call_share_its_failure_and_pay_once(failure: Exception, tmp_path: Path) -> None:
    async def asking() -> tuple[int, list[Any]]:
        model = Counting(failure)
        cache = Cache(model, settings_in(tmp_path))
        failures = await _together(cache, model, 4)
        await cache.close()
        return model.asked, failures

    asked, failures = asyncio.run(asking())
    assert asked == 1 and {type(one) for one in failures} == {type(failure)}
    if isinstance(failure, CallError):
        assert {one.kind for one in failures} == {FailureKind.REFUSED}
        assert sum(one.usage.tokens_in for one in failures) == 10


def test_when_the_one_who_asks_is_cancelled_another_one_asks(tmp_path: Path) -> None:
    async def asking() -> tuple[int, list[Answer]]:
        model = Counting()
        cache = Cache(model, settings_in(tmp_path))
        tasks = [asyncio.create_task(cache.ask(page_call())) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        model.go.set()
        answers = await asyncio.wait_for(asyncio.gather(*tasks[1:]), 10)
        await cache.close()
        return model.asked, answers

    asked, answers = asyncio.run(asking())
    assert asked == 2 and [answer.cached for answer in answers].count(False) == 1


def test_a_worst_case_knows_what_is_kept(tmp_path: Path) -> None:
    async def asking() -> tuple[bool, bool, bool]:
        cache = Cache(Open(), settings_in(tmp_path))
        before = cache.contains(page_call())
        await cache.ask(page_call())
        after = cache.contains(page_call(arm="treatment")), cache.contains(page_call(identity=(1,)))
        await cache.close()
        return before, *after

    assert asyncio.run(asking()) == (False, True, False)


def test_a_kept_text_that_the_schema_refuses_is_asked_for_again(tmp_path: Path) -> None:
    ask_all(tmp_path, Open(), page_call())
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE answers SET text = '{}'")
    model = Open()
    ask_all(tmp_path, model, page_call())
    assert model.asked == 1


def test_the_file_is_for_its_owner_only_and_holds_no_question(tmp_path: Path) -> None:
    ask_all(tmp_path, Open(), page_call(['"Heat, Unmistakable"', '"b"']))
    file = tmp_path / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(b"Unmistakable" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_file_that_is_no_cache_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"something else entirely\n" * 100)
    with pytest.raises(UserInputError, match=r"answers\.sqlite cannot be read.*Delete the file.*UNDERSTUDY_CACHE_DIR"):
        Cache(Open(), settings_in(tmp_path))


def test_a_page_of_the_file_that_was_overwritten_is_said_when_it_is_read(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / FILE_NAME)
    for number in range(200):
        store.put(f"{number:064}", Kept("{}" * 100, "m", 1, 1, 0.0))
    store.close()
    raw = bytearray((tmp_path / FILE_NAME).read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    (tmp_path / FILE_NAME).write_bytes(raw)
    broken = AnswerStore(tmp_path / FILE_NAME)
    with pytest.raises(UserInputError, match="cannot be read"):
        [broken.get(f"{number:064}") for number in range(200)]
    broken.close()


def test_a_store_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    AnswerStore(tmp_path / FILE_NAME).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(UserInputError, match="version 99"):
        AnswerStore(tmp_path / FILE_NAME)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserInputError, match=r"cannot be kept in .*file/in/answers\.sqlite.*UNDERSTUDY_CACHE_DIR"):
        Cache(Open(), settings_in(tmp_path / "file" / "in"))


def test_the_folder_is_the_settings_then_the_environments_then_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path))
    assert cache_folder(SETTINGS) == tmp_path and cache_folder(settings_in(tmp_path / "own")) == tmp_path / "own"
    monkeypatch.delenv("UNDERSTUDY_CACHE_DIR")
    assert cache_folder(SETTINGS).name == "understudy"


PUTS = """
import sys, time
from pathlib import Path
from simulator.llm.answer_store import AnswerStore, Kept
store = AnswerStore(Path(sys.argv[1]))
for number in range(150):
    store.put(f"{sys.argv[2]}-{number}", Kept("{}", "m", 1, 1, time.time()))
    store.put(f"shared-{number}", Kept("{}", "m", 1, 1, time.time()))
    time.sleep(0.0005)
if sys.argv[3] == "kill":
    import os
    while store._unwritten:
        time.sleep(0.01)
    os.kill(os.getpid(), 9)
store.close()
"""


def test_many_processes_may_write_at_once_and_a_killed_one_loses_nothing_that_settled(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    arguments = [(name, "kill" if name == "b" else "close") for name in "abcd"]
    started = [subprocess.Popen([sys.executable, "-c", PUTS, str(file), *one]) for one in arguments]
    assert [process.wait(300) for process in started] == [0, -9, 0, 0]
    store = AnswerStore(file)
    assert store.size().answers == 5 * 150
    store.close()


@hypothesis_settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30))
def test_the_store_gives_what_was_put_before_and_after_it_is_written(steps: list[tuple[str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, known = Path(folder) / FILE_NAME, {}
        store = AnswerStore(file)
        for key, reopen in steps:
            if reopen:
                store.close()
                store = AnswerStore(file)
            known.setdefault(key, Kept(key * 3, "m", 1, 2, 0.0))
            store.put(key, known[key])
            assert all(store.get(one) == kept for one, kept in known.items())
        store.close()


def test_old_answers_can_be_purged(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path / FILE_NAME)
    store.put("old", Kept("{}", "m", 10, 5, 1.0))
    store.put("new", Kept("{}", "m", 10, 5, time.time()))
    store.close()
    store = AnswerStore(tmp_path / FILE_NAME)
    assert store.purge(before=1000.0) == 1 and store.get("old") is None and store.get("new") is not None
    assert (store.size().answers, store.size().tokens) == (1, 15)
    store.close()
