"""`understudy check` of a scenario that asks a language model: one price, and no good word for what cannot run."""

import json
from pathlib import Path

import pytest

from simulator.cli.main import main

SMALL = ("--users", "5", "--set", "world.turns=2", "--set", "memory=none")


@pytest.fixture(autouse=True)
def _nobody_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")


def test_a_price_is_one_sentence_that_says_what_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "llm_scripted", *SMALL]) == 0
    told = capsys.readouterr().out
    assert "is in order\n" in told and "scripted (scripted model: no language model): about" in told
    assert "tokens in" not in told, "details are for --json"


def test_an_endpoint_that_cannot_be_reached_is_not_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "llm_users", *SMALL, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert "cannot be reached" in document["llm"]["endpoint"] and document["llm"]["tokens_in"] > 0
    assert main(["check", "llm_users", *SMALL]) == 1
    told = capsys.readouterr()
    assert "is in order, but not its endpoint" in told.out
    assert told.err.startswith("Error: http://127.0.0.1:9/v1 cannot be reached")


def test_faults_that_cannot_be_played_are_refused_before_anything_takes_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "llm_scripted", *SMALL, "--set", "llm.faults={rate: 2}"]) == 2
    assert "llm.faults.rate: 2 is no share" in capsys.readouterr().err
