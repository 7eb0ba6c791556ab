"""Embeddings come from the endpoint once, and from the file ever after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai_server import OpenAIServer
from replying_server import Reply, ReplyingServer

from simulator.llm.embeddings import EmbeddingModel
from simulator.llm.ledger import Ledger, read_totals
from simulator.llm.port import EndpointError
from simulator.llm.settings import LLMSettings

TEXTS = ["a heist in the rain", "two sisters by the sea", "a heist in the rain"]


async def vectors(settings: LLMSettings, ledger: Ledger | None = None) -> list[Any]:
    model = EmbeddingModel(settings, "little-vectors", ledger)
    try:
        return list(await model.embed(TEXTS))
    finally:
        await model.close()


def test_a_text_is_asked_for_once_and_has_the_same_vector_ever_after(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with OpenAIServer() as server:
        settings = LLMSettings(base_url=server.base_url, cache_dir=tmp_path)
        first = asyncio.run(vectors(settings, ledger))
        asked = len(server.requests)
        again = asyncio.run(vectors(settings))
        assert len(server.requests) == asked == 1
    np.testing.assert_array_equal(first[0], first[2])
    assert not np.array_equal(first[0], first[1])
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    ledger.close()
    totals = read_totals(tmp_path / "ledger.jsonl")
    assert totals["by_call_kind"]["embedding"]["calls"] == 1
    assert totals["tokens_in"] > 0 and totals["usd"] is None


def test_an_endpoint_without_embeddings_is_named_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.llm.embeddings.RETRIES", 0)
    settings = LLMSettings(base_url="http://127.0.0.1:9/v1", cache_dir=tmp_path)
    with pytest.raises(EndpointError, match=r"memory\.embedding: hashing"):
        asyncio.run(vectors(settings))


@pytest.mark.parametrize(
    "body",
    [
        "<html>please log in</html>",
        {"data": None},
        {"data": [{"embedding": [1.0, 2.0]}]},
        {"data": [{"embedding": [1.0, 2.0]}, {"embedding": [1.0]}]},
        {"data": [{"embedding": ["a"]}, {"embedding": ["b"]}]},
        {"data": [{"embedding": []}, {"embedding": []}]},
    ],
    ids=["a page", "nothing", "too few", "of two widths", "no numbers", "empty"],
)
def test_an_answer_that_holds_no_vectors_is_named_with_the_cure(
    body: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.llm.embeddings.RETRIES", 0)

    async def act() -> None:
        async with ReplyingServer(lambda _: Reply(body=body)) as server:
            await vectors(LLMSettings(base_url=server.url, cache_dir=tmp_path))

    with pytest.raises(EndpointError, match=r"memory\.embedding: hashing"):
        asyncio.run(act())


def test_the_same_texts_wanted_at_once_are_asked_for_once(tmp_path: Path) -> None:
    async def at_once(settings: LLMSettings) -> list[Any]:
        model = EmbeddingModel(settings, "little-vectors")
        try:
            return await asyncio.gather(*(model.embed(TEXTS) for _ in range(3)))
        finally:
            await model.close()

    with OpenAIServer() as server:
        one, *others = asyncio.run(at_once(LLMSettings(base_url=server.base_url, cache_dir=tmp_path)))
        assert len(server.requests) == 1
    for other in others:
        np.testing.assert_array_equal(one, other)


def test_a_replay_asks_for_no_embedding(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        replay = LLMSettings(base_url=server.base_url, cache_dir=tmp_path, cache="replay-only")
        with pytest.raises(EndpointError, match=r"not in the cache.*replay-only"):
            asyncio.run(vectors(replay))
        assert not server.requests
        kept = asyncio.run(vectors(LLMSettings(base_url=server.base_url, cache_dir=tmp_path)))
        assert len(server.requests) == 1
        np.testing.assert_array_equal(kept, asyncio.run(vectors(replay)))
        assert len(server.requests) == 1
