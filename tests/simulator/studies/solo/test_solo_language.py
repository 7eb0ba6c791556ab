"""Lives whose minds ask a language model: what a run has of the same people, and what happens when the model fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lives import BY_HAND, opened, ran, rows_of_life, rows_of_person, same_state, slates_of, state_of
from llm_runs import KEY, MODEL
from openai_server import OpenAIServer
from small_runs import rows_of, same_rows

from simulator.studies.solo.changes import SetBelief, SetItem, SetTrait
from simulator.studies.solo.life import Life
from simulator.studies.solo.setting import Setting
from simulator.studies.solo.stopped import LifeStoppedError


def talking(**llm: Any) -> dict[str, Any]:
    return {
        "name": "talking",
        "seed": 5,
        "population": {"size": 5},
        "mind": {"kind": "llm", "calibration": "none"},
        "memory": "episodic",
        "world": {"turns": 4, "slate_size": 4, "sessions": {"turns_per_day": 1}, "warmup": None},
        "arms": {"plain": "popular"},
        "evaluation": {"minds": "single"},
        "llm": {"max_failure_rate": 1.0} | llm,
    }


@pytest.fixture(autouse=True)
def cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("simulator.llm.retry.FIRST_WAIT_S", 0.005)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(models=(MODEL,)) as running:
        yield running


@pytest.fixture
def setting(taste: Path, server: OpenAIServer) -> Iterator[Setting]:
    with opened(taste, talking(model=MODEL, base_url=server.base_url, on_failure="abort", attempts=2)) as made:
        yield made


def persona_file(folder: Path) -> str:
    """One persona of the library, as a file."""
    path = folder / "somebody.yaml"
    path.write_text((files("personas") / "library" / "bored-millionaire.yaml").read_text())
    return str(path)


def page_of(life: Life) -> list[int]:
    return [one.item for one in life.recommend()]


def faulty(server: OpenAIServer, rate: float, **options: Any) -> None:
    """From now on so many requests meet a 500."""
    server.options = replace(server.options, rate=rate, kinds=("500",), **options)


def test_a_life_by_a_model_is_that_of_a_run(taste: Path, tmp_path: Path) -> None:
    """Wants, words and memories too, for people of the log and for personas."""
    scenario = talking(model="scripted") | {"population": {"size": 3, "personas": persona_file(tmp_path)}}
    rows = rows_of(ran(taste, tmp_path, scenario))
    with opened(taste, scenario) as setting:
        assert setting.asks_a_model and setting.paid is not None
        assert setting.everyone.personas is not None and setting.everyone.personas[-1] is not None
        for user in setting.everyone.user_ids.tolist():
            mine = rows_of_person(rows, arm="plain", seed=5, user_id=user)
            life = setting.life(user)
            for slate in slates_of(mine, life):
                life.show(slate, BY_HAND)
            assert same_rows(rows_of_life(life), mine), user
            told = life.strongest_memories()
            assert told and all(text and 0 < strength <= 1 for text, strength in told)
            life.close()


def test_going_back_asks_the_model_nothing_again(taste: Path, server: OpenAIServer) -> None:
    """Neither for answers nor for vectors: a life is made again where the endpoint has died."""
    memory = {"kind": "episodic", "embedding": "endpoint", "embedding_model": "vectors"}
    with opened(taste, talking(model=MODEL, base_url=server.base_url) | {"memory": memory}) as setting:
        life = setting.life(str(setting.everyone.user_ids[0]))
        for _ in range(3):
            life.show(page_of(life), BY_HAND)
        steps, turns, memories = life.steps, life.turns, life.strongest_memories()
        asked = len(server.requests)
        assert asked >= 6 and turns[-1].appraised_by == "llm" and any(one.recalled for one in turns)
        life.back(2)
        assert life.turns == turns[:1]
        life.relive(steps)
        assert len(server.requests) == asked and life.turns == turns and life.strongest_memories() == memories


@pytest.mark.parametrize("fault", ["500", "drop", "not_json"])
def test_a_model_that_dies_leaves_the_life_as_it_was(fault: str, setting: Setting, server: OpenAIServer) -> None:
    """While a page is lived, or an item thought of; and with the model back, life goes on as if nothing had been."""
    life = setting.life(str(setting.everyone.user_ids[1]))
    life.show(page_of(life), BY_HAND)
    page = page_of(life)
    before = state_of(life), life.now, life.turns, life.steps, life.strongest_memories()
    server.options = replace(server.options, rate=1.0, kinds=(fault,))
    for dies in (lambda: life.show(page, BY_HAND), lambda: life.appraise([page[0]])):
        with pytest.raises(LifeStoppedError) as stopped:
            dies()
        assert "\n" not in str(stopped.value) and "resume" not in str(stopped.value) and KEY not in str(stopped.value)
        assert (life.now, life.turns, life.steps, life.strongest_memories()) == before[1:]
        assert same_state(state_of(life), before[0])
    server.options = replace(server.options, rate=0.0)
    lived = life.show(page, BY_HAND)
    other = setting.life(life.user_id)
    other.relive(life.steps)
    assert other.turns[-1] == lived


def test_a_budget_stops_a_life_with_what_it_takes_to_go_on(taste: Path) -> None:
    with opened(taste, talking(model="scripted", budget={"tokens": 20_000}, cache="off")) as setting:
        life = setting.life(str(setting.everyone.user_ids[0]))

        def live_on() -> None:
            for _ in range(30):
                life.show(page_of(life), BY_HAND)

        with pytest.raises(LifeStoppedError, match=r"the budget does not cover .* larger llm\.budget"):
            live_on()
        lived = len(life.turns)
        assert 1 <= lived < 30
        assert setting.paid is not None and 0 < setting.paid.budget.spent.tokens <= 20_000
        life.back(1)
        assert len(life.turns) == lived - 1
        with pytest.raises(LifeStoppedError):
            life.appraise(range(40))


def test_waiting_for_a_model_can_be_ended(taste: Path) -> None:
    """From another thread; nothing is lived, and the next page can be."""
    with ExitStack() as open_now:
        slow = open_now.enter_context(OpenAIServer(models=(MODEL,), latency_s=300))
        setting = open_now.enter_context(opened(taste, talking(model=MODEL, base_url=slow.base_url)))
        life = setting.life(str(setting.everyone.user_ids[0]))
        page, ended = page_of(life), []

        def wait() -> None:
            try:
                life.show(page, BY_HAND)
            except LifeStoppedError as error:
                ended.append(str(error))

        waiting = threading.Thread(target=wait)
        waiting.start()
        deadline = time.monotonic() + 120
        while not slow.chats and time.monotonic() < deadline:
            time.sleep(0.01)
        life.interrupt()
        waiting.join(60)
        assert ended == ["the wait for the model was ended"] and life.turns == ()
        slow.options = replace(slow.options, latency_s=0)
        life.show(page, BY_HAND)
        assert len(life.turns) == 1


def test_what_is_changed_is_told_to_the_model(setting: Setting, server: OpenAIServer) -> None:
    """A belief in the person's words and in their memory, a trait in their words, a headline on the page."""
    life = setting.life(str(setting.everyone.user_ids[2]))
    page = page_of(life)
    life.show(page, BY_HAND)
    item = page_of(life)[0]
    genre = life.catalog[item].categories[0]
    for change in (SetBelief(genre, False), SetTrait("patience", 2.2), SetItem(item, "headline", "Zanzibar by night")):
        assert life.change(change) == ""
    assert any(f"you dislike {genre}" in text for text, _ in life.strongest_memories(9))
    life.change(SetBelief(genre, True))
    held = " ".join(text for text, _ in life.strongest_memories(99))
    assert f"you like {genre}" in held and f"you dislike {genre}" not in held
    life.forget_step()
    life.appraise([item])
    asked = str(server.chats[-1].body["messages"])
    assert "You dislike" in asked and genre in asked and "take your time" in asked and "Zanzibar by night" in asked
    life.relive(life.steps[:1])
    life.appraise([item])
    asked = str(server.chats[-1].body["messages"])
    assert "take your time" not in asked and "Zanzibar" not in asked


def test_a_setting_whose_model_cannot_be_reached_is_not_opened(taste: Path) -> None:
    with pytest.raises(LifeStoppedError), opened(taste, talking(model=MODEL, base_url="http://127.0.0.1:9/v1")):
        pass
