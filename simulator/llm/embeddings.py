"""Embeddings of an endpoint: a vector for each text, asked for once and kept beside the answers.

The same text has the same vector in every run that shares the cache, so a resumed run remembers what the first one did
and pays for no text twice.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.llm.answer_store import AnswerStore, Kept
from simulator.llm.cache import cache_folder
from simulator.llm.endpoint import endpoint_of
from simulator.llm.failures import clean
from simulator.llm.ledger import Entry, Ledger
from simulator.llm.port import EndpointError, Usage
from simulator.llm.prices import cost, price_of
from simulator.llm.settings import LLMSettings
from simulator.llm.tokens import estimated, is_count
from simulator.records import F32

FILE_NAME = "embeddings.sqlite"
RETRIES = 4
"""Of the client library, which honours Retry-After and waits longer each time."""


class EmbeddingModel:
    """`/embeddings` of the endpoint of `settings`. Ask and close it in one event loop.

    Raises what `endpoint_of` raises, and UserInputError where the vectors cannot be kept.
    """

    def __init__(self, settings: LLMSettings, model: str, ledger: Ledger | None = None) -> None:
        from openai import AsyncOpenAI

        self.model, self._ledger = model, ledger
        self._endpoint = endpoint_of(settings)
        self._price = price_of(replace(settings, model=model, price=None))
        self._client = AsyncOpenAI(
            base_url=self._endpoint.base_url,
            api_key=self._endpoint.key,
            max_retries=RETRIES,
            timeout=settings.timeout_s,
        )
        self._store = AnswerStore(cache_folder(settings) / FILE_NAME)
        self._may_ask = settings.cache != "replay-only"
        self._asking = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> list[F32]:
        """One vector for each text. Raises EndpointError where the endpoint brings none, or may not be asked."""
        keys = [self._key(text) for text in texts]
        async with self._asking:  # worlds want the same texts at once: the second finds what the first was answered
            found = {key: kept for key in keys if (kept := self._store.get(key)) is not None}
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            if missing and not self._may_ask:
                raise EndpointError(
                    f"{len(missing)} embeddings by {clean(self.model)!r} are not in the cache, and llm.cache is "
                    "replay-only; set it to read-write, or set memory.embedding: hashing"
                )
            if missing:
                found |= await self._ask(missing)
        return [np.frombuffer(base64.b64decode(found[key].text), dtype="<f4") for key in keys]

    async def close(self) -> None:
        """Close connections and file."""
        await self._client.close()
        self._store.close()

    async def _ask(self, texts: dict[str, str]) -> dict[str, Kept]:
        from openai import OpenAIError

        began = time.monotonic()
        try:
            answer = await self._client.embeddings.create(
                model=self.model, input=list(texts.values()), encoding_format="float"
            )
        except (OpenAIError, ValueError) as error:  # ValueError: a body that is no JSON
            why = clean(str(error), self._endpoint) or type(error).__name__
            raise EndpointError(
                f"{self._endpoint.name} brings no embeddings by {clean(self.model)!r} ({why}); name a model that it "
                "has in memory.embedding_model, or set memory.embedding: hashing"
            ) from None
        vectors = self._vectors(answer, len(texts))
        counted = getattr(answer.usage, "prompt_tokens", None)
        taken = counted if is_count(counted) else sum(map(estimated, texts.values()))
        if self._ledger is not None:
            entry = Entry(
                kind="embedding",
                arm="",
                user="",
                turn=-1,
                model=self.model,
                tokens_in=taken,
                requests=1,
                usd=cost(Usage(tokens_in=taken), self._price),
                latency_s=time.monotonic() - began,
            )
            self._ledger.write(entry)
        kept = {}
        for key, vector in zip(texts, vectors, strict=True):
            kept[key] = Kept(base64.b64encode(vector.tobytes()).decode(), self.model, 0, 0, time.time())
            self._store.put(key, kept[key])
        return kept

    def _vectors(self, answer: Any, texts: int) -> F32:
        """The vectors of an answer, a row a text. Raises EndpointError where it holds anything else: the library takes
        whatever comes with status 200, be it a proxy's HTML page."""
        try:
            vectors = np.asarray([one.embedding for one in answer.data], dtype="<f4")
            good = vectors.ndim == 2 and len(vectors) == texts and vectors.size and np.isfinite(vectors).all()
        except (AttributeError, TypeError, ValueError):
            good = False
        if not good:
            raise EndpointError(
                f"{self._endpoint.name} answered {texts} texts with something else than one vector of numbers for "
                "each; check llm.base_url, or set memory.embedding: hashing"
            )
        return vectors

    def _key(self, text: str) -> str:
        told = "\0".join((self._endpoint.base_url, self.model, text))
        return hashlib.sha256(told.encode(errors="replace")).hexdigest()
