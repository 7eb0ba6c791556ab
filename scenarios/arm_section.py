"""What a scenario file may say of an arm: which recommender, how it is run, and whether its slates are randomised."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from scenarios.data_section import Fraction
from scenarios.forms import is_url, name_or_plug_in
from simulator.documents.forms import Section, ShortForm

ARM_NAME = r"^[A-Za-z0-9_-]{1,40}$"
ArmName = Annotated[str, Field(pattern=ARM_NAME)]


class Explore(Section):
    """Randomised slates, with the exact probability of each item in the journal."""

    kind: Literal["epsilon_greedy", "plackett_luce"] = Field(
        description="`epsilon_greedy`: with probability epsilon any item. `plackett_luce`: drawn by score."
    )
    epsilon: Fraction | None = Field(
        None, description="Probability of a random item at each place; epsilon_greedy only (0.1)."
    )
    temperature: float | None = Field(
        None, description="Above 0; higher is more random; plackett_luce only (1.0).", gt=0.0, le=1e6
    )
    pool: int | None = Field(None, description="Draw from this many best items; plackett_luce only; null: all.", ge=1)

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_kind(cls, data: Any) -> Any:
        own = {"epsilon_greedy": {"epsilon": 0.1}, "plackett_luce": {"temperature": 1.0}}
        if isinstance(data, dict) and isinstance(kind := data.get("kind"), str) and kind in own:
            return {**own[kind], **data}
        return data

    @model_validator(mode="after")
    def _settings_fit_the_kind(self) -> Self:
        idle = ("temperature", "pool") if self.kind == "epsilon_greedy" else ("epsilon",)
        for name in idle:
            if getattr(self, name) is not None:
                told = "`{name}` has no effect with {kind}. Remove it, or change the kind"
                raise PydanticCustomError("explore", told, {"name": name, "kind": self.kind})
        return self


class Arm(Section):
    """One recommender that is put before the people."""

    recommender: Annotated[str, AfterValidator(name_or_plug_in)] = Field(
        description="A built-in (`understudy recommenders list`), or a plug-in as module:Class, path.py:Class, or the "
        "http(s) URL of a service."
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the recommender.")
    explore: Annotated[Explore, ShortForm("kind")] | None = Field(
        None, description="Randomise its slates; null: take them as they are."
    )
    python: str | None = Field(
        None,
        description="The Python interpreter that runs the plug-in, in a process of its own, such as venv/bin/python; "
        "null: this one.",
        min_length=1,
    )
    timeout_s: float = Field(60.0, description="Seconds that one batch of requests may take.", gt=0.0, le=86_400.0)
    fit_timeout_s: float | None = Field(
        None, description="Seconds that fitting may take; null: as long as it takes.", gt=0.0, le=864_000.0
    )
    retries: int = Field(
        0, description="How often a call that failed is made again before the arm is given up.", ge=0, le=100
    )

    @model_validator(mode="after")
    def _a_service_runs_by_itself(self) -> Self:
        if self.python is not None and is_url(self.recommender):
            told = "`python` has no effect on a service behind a URL. Remove it, or name a class"
            raise PydanticCustomError("python", told)
        return self


class Warmup(Arm):
    """What people without a history live before the run: sessions that every arm is fitted on, and no metric counts."""

    sessions: int = Field(5, description="Sessions of each such person.", ge=1, le=1000)
    recommender: Annotated[str, AfterValidator(name_or_plug_in)] = Field(
        "popular", description="The logging policy: the recommender that they meet."
    )
    explore: Annotated[Explore, ShortForm("kind")] | None = Field(
        default_factory=lambda: Explore(kind="epsilon_greedy", epsilon=0.3), description="Randomise its slates."
    )
