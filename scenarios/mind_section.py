"""The sections that say how people judge, what they remember, and which language model is asked, if any."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from scenarios.data_section import Fraction
from scenarios.forms import one_of
from simulator.documents.forms import Section, ShortForm
from simulator.llm.settings import SCRIPTED

LANGUAGE_MINDS = ("llm", "hybrid", "archetype")
"""Minds that ask a language model."""

_VARIABLE = r"^[A-Z_][A-Z0-9_]*$"
_OWN: dict[str, dict[str, Any]] = {
    "llm": {"deliberation": "none", "calibration": {}},
    "hybrid": {"deliberation": "none", "bound": 2.0},
    "archetype": {"calibration": {}, "archetypes": 50, "noise": 0.5},
}
"""The settings of each kind of mind, with their defaults."""


class Calibration(Section):
    """How the wants that a model states become probabilities."""

    method: Literal["none", "platt", "isotonic"] = Field(
        "none",
        description="`none`: a stated, uncalibrated map. `platt`, `isotonic`: fitted on other people's held-out items.",
    )
    people: int = Field(100, description="People of the log who are asked about their own history.", ge=10, le=10_000)
    negatives: int = Field(
        4, description="Items not chosen for each held-out choice, matched on popularity.", ge=1, le=50
    )


class Mind(Section):
    """What decides how much an item is wanted."""

    kind: Annotated[str, one_of("statistical", *LANGUAGE_MINDS, later=(), what="minds", plug_ins=True)] = Field(
        "statistical",
        description="`statistical`; `llm`: a language model says it; `hybrid`: it moves the statistical want within "
        "bounds; `archetype`: it is asked once for many people; or your own as module:Class or path.py:Class.",
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of your own mind.")
    deliberation: Literal["none", "brief", "multi_round"] | None = Field(
        None, description="How long the model thinks; `multi_round`: several calls a page; llm and hybrid only (none)."
    )
    bound: float | None = Field(
        None, description="Most logits by which the model moves the statistical want; hybrid only (2).", gt=0.0, le=20.0
    )
    calibration: Annotated[Calibration, ShortForm("method")] | None = Field(
        None, description="How stated wants become probabilities; llm and archetype only."
    )
    archetypes: int | None = Field(
        None, description="Clusters of people that share answers; archetype only (50).", ge=2, le=10_000
    )
    noise: float | None = Field(
        None, description="Spread, in logits, of people around their archetype; archetype only (0.5).", ge=0.0, le=10.0
    )

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_kind(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(kind := data.get("kind"), str):
            return {**_OWN.get(kind, {}), **data}
        return data

    @model_validator(mode="after")
    def _settings_fit_the_kind(self) -> Self:
        if self.params and self.kind in ("statistical", *LANGUAGE_MINDS):
            raise PydanticCustomError("params", "`params` are for a mind of your own. Remove them")
        for name in ("deliberation", "bound", "calibration", "archetypes", "noise"):
            if getattr(self, name) is not None and name not in _OWN.get(self.kind, {}):
                told = "`{name}` has no effect with {kind}. Remove it, or change the kind"
                raise PydanticCustomError("mind", told, {"name": name, "kind": self.kind})
        return self

    @property
    def asks_a_model(self) -> bool:
        """Whether the mind asks a language model."""
        return self.kind in LANGUAGE_MINDS


class Perception(Section):
    """What of an item reaches a person, beyond the text on the page."""

    images: Literal["none", "caption"] = Field(
        "none", description="`caption`: the model describes items' images once; the endpoint must take images."
    )


class Weights(Section):
    """What counts when a memory is looked for."""

    recency: float = Field(0.5, description="How recently it was used.", ge=0.0, le=100.0)
    importance: float = Field(0.5, description="How much it mattered.", ge=0.0, le=100.0)
    relevance: float = Field(1.0, description="How near it is to what is noticed.", ge=0.0, le=100.0)


class Reflection(Section):
    """When people draw conclusions."""

    page: bool = Field(True, description="A note in the answer about the page.")
    session: bool = Field(True, description="After a session in which much happened; a call of its own.")
    span: bool = Field(True, description="After several sessions; a call of its own.")


class Memory(Section):
    """What people remember beyond their tastes and their session."""

    kind: Annotated[Literal["none", "episodic"], one_of("none", "episodic", later=(), what="memories")] = Field(
        "none", description="`none`: the session's state alone. `episodic`: episodes and beliefs, told to the model."
    )
    recalled: int = Field(5, description="Memories told with a page.", ge=0, le=50)
    capacity: int = Field(64, description="Memories that a person keeps.", ge=8, le=4096)
    weights: Weights = Field(default_factory=Weights, description="What counts when a memory is looked for.")
    reflection: Reflection = Field(
        default_factory=Reflection, description="When people draw conclusions; false: never."
    )
    reflection_threshold: float = Field(
        1.5, description="Importance that must gather before a reflection of its own; one memory has at most 1.", gt=0.0
    )
    span_sessions: int = Field(5, description="Sessions that make a span.", ge=2, le=1000)
    graph: bool = Field(True, description="Evidence for unknown items from like items that the person knows.")
    embedding: Literal["hashing", "endpoint"] = Field(
        "hashing", description="`hashing`: from the words, free. `endpoint`: the endpoint's embeddings."
    )
    embedding_model: str = Field("text-embedding-3-small", description="Model of `embedding: endpoint`.", min_length=1)

    @field_validator("reflection", mode="before")
    @classmethod
    def _all_or_none(cls, value: Any) -> Any:
        return dict.fromkeys(Reflection.model_fields, value) if isinstance(value, bool) else value


class Budget(Section):
    """Where a run stops. What was done is kept, and more money resumes it."""

    usd: float | None = Field(None, description="Dollars; needs a known price.", gt=0.0)
    tokens: int | None = Field(None, description="Tokens in and out.", gt=0)


class Price(Section):
    """What the model costs."""

    input: float = Field(description="Dollars for a million tokens in.", ge=0.0)
    output: float = Field(description="Dollars for a million tokens out.", ge=0.0)


class LLM(Section):
    """Which language model is asked, and how. Any endpoint that speaks OpenAI's protocol."""

    model: str = Field(
        "gpt-5-mini",
        description="The model's name at the endpoint. `scripted`: a few fixed rules, offline, no language model.",
        min_length=1,
        max_length=200,
    )
    base_url: str | None = Field(
        None, description="The endpoint, such as http://127.0.0.1:11434/v1; null: OPENAI_BASE_URL, else OpenAI's."
    )
    api_key_env: str = Field(
        "OPENAI_API_KEY",
        description="The environment variable that holds the key, in capitals.",
        json_schema_extra={"pattern": _VARIABLE},
    )
    structured: Literal["auto", "json_schema", "function_calling", "json_object", "prompt"] = Field(
        "auto", description="How the endpoint is made to keep to the form of an answer; `auto` finds out."
    )
    temperature: float | None = Field(None, description="null: the endpoint's default.", ge=0.0, le=2.0)
    seed: int | None = Field(None, description="Sent to the endpoint, if given; not the run's seed.")
    extra: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of a request, such as {reasoning_effort: minimal}."
    )
    max_tokens: int | None = Field(
        None,
        description="Most tokens of one answer; null: three times its usual size. Models that reason need more.",
        ge=64,
        le=200_000,
    )
    timeout_s: float = Field(45.0, description="Seconds that one try may take.", gt=0.0, le=3600.0)
    attempts: int = Field(4, description="Tries of one request.", ge=1, le=20)
    concurrency: int = Field(
        24, description="Most requests in flight: half as many again as the server has slots.", ge=1, le=4096
    )
    cache: Literal["off", "read-write", "replay-only"] = Field(
        "read-write", description="Whether answers are kept and used again; `replay-only`: never ask."
    )
    transcripts: bool = Field(
        True, description="Whether the run keeps what was asked and answered, to be read page by page."
    )
    on_failure: Literal["fallback", "skip", "abort"] = Field(
        "fallback",
        description="When no answer comes. `fallback`: the statistical mind. `skip`: the page counts for nothing. "
        "`abort`: the run stops.",
    )
    max_failure_rate: Fraction = Field(0.1, description="Share of failed pages at which the run stops.")
    budget: Budget = Field(default_factory=Budget, description="Where the run stops.")
    price: Price | None = Field(None, description="What the model costs; null: from the price table, if it is known.")
    prices: str | None = Field(None, description="A price table of your own (YAML), relative to the scenario file.")
    faults: dict[str, Any] = Field(
        default_factory=dict, description="Faults to play, for scripted models only: {rate: 0.05, kinds: [timeout]}."
    )

    @field_validator("base_url")
    @classmethod
    def _an_address_without_secrets(cls, value: str | None) -> str | None:
        if value is None:
            return None
        found = urlsplit(value)
        if found.scheme not in ("http", "https") or not found.hostname:
            raise PydanticCustomError("url", "must be an http address, such as http://127.0.0.1:8000/v1. Change it")
        if found.username or found.password or found.query:
            raise PydanticCustomError("url", "must hold no key or password: they belong in the environment. Remove it")
        return value

    @field_validator("api_key_env")
    @classmethod
    def _a_name_and_no_key(cls, value: str) -> str:
        """Keys hold small letters or hyphens, so none gets into the files of a run by mistake; it is not repeated."""
        if not re.fullmatch(_VARIABLE, value):
            told = "must be the name of an environment variable, in capitals, and never a key. Write OPENAI_API_KEY"
            raise PydanticCustomError("key_env", told)
        return value

    @model_validator(mode="after")
    def _faults_are_played(self) -> Self:
        if self.faults and not self.is_scripted:
            raise PydanticCustomError("faults", "`faults` are for scripted models only. Remove them")
        return self

    @property
    def is_scripted(self) -> bool:
        """Whether a few fixed rules answer, and no language model."""
        return self.model in SCRIPTED
