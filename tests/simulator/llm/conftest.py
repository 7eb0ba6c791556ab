"""What tests around models share: an environment with a key, quick retries, and a port where nobody listens."""

import socket
from pathlib import Path

import pytest
from scripted_calls import KEY


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key and a cache folder of the test's own in the environment, and no endpoint."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries of a few milliseconds."""
    monkeypatch.setattr("simulator.llm.retry.FIRST_WAIT_S", 0.005)


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
