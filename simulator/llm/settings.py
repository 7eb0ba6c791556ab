"""What a scenario says under `llm`, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Structured = Literal["auto", "json_schema", "function_calling", "json_object", "prompt"]
CacheMode = Literal["off", "read-write", "replay-only"]
OnFailure = Literal["fallback", "skip", "abort"]

SCRIPTED = ("scripted", "scripted-gullible")
"""Names of the models that are no language models."""


@dataclass(frozen=True, kw_only=True)
class LLMSettings:
    """One endpoint, one model, and how it is used."""

    model: str = "gpt-5-mini"
    base_url: str | None = None
    """None: OPENAI_BASE_URL, else OpenAI's."""
    api_key_env: str = "OPENAI_API_KEY"
    """The variable that holds the key; local servers need none."""
    structured: Structured = "auto"
    temperature: float | None = None
    """None: the endpoint's default is used (some models accept no other)."""
    seed: int | None = None
    """Sent to the endpoint, if given. Not the run's seed."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further request fields, such as {reasoning_effort: minimal}."""
    max_tokens: int | None = None
    """Most tokens of one answer; None: by the size of the answer. Models that reason need room for that too."""
    timeout_s: float = 45.0
    """Seconds that one attempt may take."""
    attempts: int = 4
    """Tries of one request before its failure counts."""
    retry_for_s: float = 180.0
    """Seconds after which no further try of one request is begun."""
    concurrency: int = 24
    """Most requests in flight; adaptive below it."""
    cache: CacheMode = "read-write"
    cache_dir: Path | None = None
    """None: UNDERSTUDY_CACHE_DIR, else the user's cache folder."""
    transcripts: bool = True
    """Whether a run keeps what was asked and answered (`simulator.llm.transcripts`)."""
    on_failure: OnFailure = "fallback"
    max_failure_rate: float = 0.1
    budget_usd: float | None = None
    budget_tokens: int | None = None
    prices: Path | None = None
    """A YAML price table that comes before the shipped one."""
    price: tuple[float, float] | None = None
    """USD per million tokens in and out, for this model; comes before every table."""
    faults: Mapping[str, Any] = field(default_factory=dict)
    """Script of faults, for scripted models only: {rate: 0.05, kinds: [timeout, …], seed: 1}."""

    def room(self, expected: int) -> int:
        """Most tokens of an answer that takes about `expected`: three times as many, unless the settings say."""
        return self.max_tokens or 3 * expected

    @property
    def scripted(self) -> bool:
        """Whether the model is one of ours that are no language models."""
        return self.model in SCRIPTED
