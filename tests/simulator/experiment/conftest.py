"""Runs of scenarios that are given as plain values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from llm_runs import MODEL, Workshop, only_what_is_tested, talking
from openai_server import OpenAIServer
from small_runs import rows_of

from scenarios.loader import check as checked_scenario
from simulator.studies import ab


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Path]:
    """Runs a scenario given as plain values; returns the run folder."""

    def run_it(scenario: dict[str, Any], name: str = "run", **options: Any) -> Path:
        outcome = ab.run(
            checked_scenario(scenario, file="test", base_dir=tmp_path), tmp_path / name, command=["test"], **options
        )
        assert outcome.status == ab.DONE, outcome.message
        return outcome.folder

    return run_it


@pytest.fixture(scope="session")
def learnt_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("taste")


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learnt_once: Path) -> Workshop:
    only_what_is_tested(learnt_once, monkeypatch)
    monkeypatch.setattr("simulator.llm.retry.FIRST_WAIT_S", 0.005)
    return Workshop(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(models=(MODEL,)) as running:
        yield running


@dataclass(frozen=True)
class Faultless:
    """A run of `talking` that nothing went wrong in; its server and its cache are still there."""

    folder: Path
    rows: pd.DataFrame
    bodies: list[Any]
    """Of the requests for completions."""
    summary: dict[str, Any]
    server: OpenAIServer
    cache: Path


@pytest.fixture(scope="session")
def faultless(tmp_path_factory: pytest.TempPathFactory, learnt_once: Path) -> Iterator[Faultless]:
    with OpenAIServer(models=(MODEL,)) as running:
        with pytest.MonkeyPatch.context() as patch:  # undone before other tests run
            only_what_is_tested(learnt_once, patch)
            place = Workshop(tmp_path_factory.mktemp("faultless"), patch)
            outcome = place.run(talking(running.base_url))
        assert outcome.status == ab.DONE and outcome.summary is not None, outcome.message
        bodies = [chat.body for chat in running.chats]
        cache = place.root / "cache"
        yield Faultless(outcome.folder, rows_of(outcome.folder), bodies, outcome.summary, running, cache)
