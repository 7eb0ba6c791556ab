"""Item vectors from the embeddings of an OpenAI-compatible endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommenders.features import texts_of_items, unit
from recommenders.language.waiting import waited_for
from simulator.llm.embeddings import EmbeddingModel
from simulator.llm.port import EndpointError
from simulator.llm.settings import LLMSettings
from simulator.records import F32, Catalog, UserInputError

_AT_ONCE = 256
_FORM = "embedding must be words, or {model: NAME, base_url: ADDRESS, api_key_env: VARIABLE} with at least the model"


def embedding_settings(value: object) -> str | dict[str, str]:
    """What may be written for `embedding`, checked. Raises UserInputError."""
    if value == "words":
        return "words"
    if not isinstance(value, Mapping) or not value.get("model"):
        raise UserInputError(f"{_FORM}, not {value!r}")
    wrong = next((key for key in value if key not in ("model", "base_url", "api_key_env")), None)
    if wrong is not None or not all(isinstance(one, str) for one in value.values()):
        raise UserInputError(f"{_FORM}; a key belongs into the environment, never here")
    return dict(value)


def endpoint_vectors(catalog: Catalog, settings: Mapping[str, str]) -> F32:
    """One row an item, of length 1, or 0 for an item without any text. (n_items, as the model has it).

    Each text is asked for once and kept beside the answers of language models. Raises UserInputError where the endpoint
    brings none.
    """
    texts = texts_of_items(catalog)
    full = [row for row, text in enumerate(texts) if text]
    if not full:
        return np.zeros((len(catalog), 1), dtype=np.float32)
    try:
        vectors = waited_for(_asked([texts[row] for row in full], settings))
    except EndpointError as error:
        raise UserInputError(f"embedding: {error}") from None
    if len({vector.size for vector in vectors}) != 1:
        raise UserInputError(
            f"embedding: {settings['model']} gave vectors of several widths. Clear the cache of answers"
        )
    out = np.zeros((len(catalog), vectors[0].size), dtype=np.float32)
    out[full] = np.stack(vectors)
    return unit(out)


async def _asked(texts: list[str], settings: Mapping[str, str]) -> list[F32]:
    named: dict[str, Any] = dict(settings)
    model = EmbeddingModel(LLMSettings(**named), settings["model"])
    try:
        return [one for at in range(0, len(texts), _AT_ONCE) for one in await model.embed(texts[at : at + _AT_ONCE])]
    finally:
        await model.close()
