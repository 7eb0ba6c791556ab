"""Whether an endpoint answers and knows the model: asked before the first turn, and by `understudy check`."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Sequence

from simulator.llm.client import CONNECT_S
from simulator.llm.endpoint import Endpoint, endpoint_of
from simulator.llm.failures import Refusal, clean, failure_of
from simulator.llm.port import EndpointError
from simulator.llm.settings import LLMSettings
from simulator.records import UserInputError

ANSWER_S = 4.0
"""Seconds for the whole question. A server that is busy with a prompt may take longer; that is no reason to stop."""
NAMED = 5
"""Models that a message names."""


async def reach(settings: LLMSettings) -> str:
    """One line on what `/models` of the endpoint says, within about `ANSWER_S` seconds.

    A server without such a route, or one that is too busy to answer, is taken as it is. Raises, with the cure,
    EndpointError where there is no connection or the key is not accepted, and UserInputError where a list of models
    lacks the one asked for.
    """
    if settings.scripted:
        return f"{settings.model}: answers by rules, no language model, no endpoint"
    if settings.cache == "replay-only":
        return f"{settings.model}: answers come from the cache alone, nobody is asked"
    import httpx2

    endpoint = endpoint_of(settings)
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            httpx2.AsyncClient(timeout=httpx2.Timeout(None, connect=CONNECT_S)) as http,
        ):
            answer = await http.get(
                f"{endpoint.base_url}/models",
                headers={"Authorization": f"Bearer {endpoint.key}"},
                follow_redirects=True,
            )
    except TimeoutError:
        return f"{endpoint.name} took the connection but did not name its models within {ANSWER_S:g} s"
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        why = clean(str(error), endpoint) or type(error).__name__
        raise EndpointError(
            f"{endpoint.name} cannot be reached ({why}); start the server, or correct llm.base_url or OPENAI_BASE_URL"
        ) from None
    if answer.status_code in (401, 403):
        refusal = Refusal(answer.status_code, answer.text, answer.headers)
        raise failure_of(refusal, endpoint, settings.model) from None
    known = _names(answer) if answer.status_code == 200 else []
    if not known:
        return f"{endpoint.name} answers, but has no list of models (HTTP {answer.status_code})"
    if not _listed(settings.model, known):
        raise UserInputError(_unknown(settings.model, known, endpoint))
    return f"{endpoint.name} answers and knows {clean(settings.model)}"


def _names(answer: object) -> list[str]:
    """Model names of a `/models` answer in OpenAI's form; none where it has another."""
    try:
        return [str(one["id"]) for one in answer.json()["data"]]  # type: ignore[attr-defined]
    except (ValueError, KeyError, TypeError):
        return []


def _listed(model: str, known: Sequence[str]) -> bool:
    """Whether a list has a model. Ollama adds `:latest` to names; OpenRouter takes `:variant` behind listed ones."""
    return bool({model, f"{model}:latest", model.rpartition(":")[0]} & set(known))


def _unknown(model: str, known: Sequence[str], endpoint: Endpoint) -> str:
    near = difflib.get_close_matches(model, known, n=NAMED, cutoff=0.4) or sorted(known)[:NAMED]
    more = f" and {len(known) - len(near)} more" if len(known) > len(near) else ""
    names = ", ".join(clean(name, most=80) for name in near)
    return f"llm.model: {endpoint.name} has no model {clean(model)!r}; it has {names}{more}. Give one of them"
