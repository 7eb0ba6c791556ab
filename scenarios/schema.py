"""What a scenario file may say: the model from which the checks, the defaults and the editors' JSON Schema all come.

Only `arms` is required. Sections that are known by one word may be given as that word: `mind: statistical` is short for
`mind: {kind: statistical}` (`ShortForm`). Descriptions are for the reader of a scenario file: they become the help that
an editor shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from scenarios.arm_section import Arm, ArmName, Warmup
from scenarios.data_section import Dataset
from scenarios.forms import one_of
from scenarios.mind_section import LLM, Budget, Memory, Mind, Perception
from simulator.documents.forms import Section, ShortForm


def _one_value(value: Any) -> Any:
    """Checks all types at once: a union of types would answer with one message for each."""
    if isinstance(value, bool | int | float | str):
        return value
    raise PydanticCustomError("constant", "must be one number, word, true or false")


Constant = Annotated[bool | int | float | str, BeforeValidator(_one_value)]


class Population(Section):
    """Who the simulated people are."""

    size: int | None = Field(
        None,
        description="How many people; null: everyone in the log, every persona once, or 1,000 who are drawn. More than "
        "there are: clones with luck of their own.",
        ge=1,
        le=10_000_000,
    )
    origin: Annotated[
        Literal["history", "personas", "sample"],
        one_of("history", "personas", "sample", later=(), what="populations"),
    ] = Field(
        "history",
        alias="from",
        description="`history`: each is estimated from one person of the log. `personas`: written or inferred ones. "
        "`sample`: drawn at random, but plausible.",
    )
    personas: str | None = Field(
        None,
        description="A file or folder of personas, or `library`; with `from: history` they join the log's people.",
        min_length=1,
    )
    marginals: str | None = Field(
        None, description="A file of shares by age, gender, occupation and place; `from: sample` only.", min_length=1
    )

    @model_validator(mode="before")
    @classmethod
    def _whose_personas(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("from") == "personas":
            return {"personas": "library", **data}
        return data

    @model_validator(mode="after")
    def _settings_fit_the_origin(self) -> Self:
        idle = {"history": ("marginals",), "personas": ("marginals",), "sample": ("personas",)}[self.origin]
        for name in idle:
            if getattr(self, name) is not None:
                told = "`{name}` has no effect with from: {origin}. Remove it, or change from"
                raise PydanticCustomError("population", told, {"name": name, "origin": self.origin})
        return self

    @property
    def has_strangers(self) -> bool:
        """Whether anybody is in no log."""
        return self.origin != "history" or self.personas is not None


class Behaviour(Section):
    """What turns wants into clicks, reading times, ratings and leaving."""

    kind: Annotated[Literal["calibrated", "literal"], one_of("calibrated", "literal", later=(), what="behaviours")] = (
        Field(
            "calibrated",
            description="`calibrated`: laws fitted to real logs. `literal`: the mind's stated actions as they are.",
        )
    )
    laws: dict[str, dict[str, Constant]] = Field(
        default_factory=dict,
        description="Constants to change, by law: `{click: {appeal: -0.5}, examination: {kind: cascade}}`.",
    )


class Sessions(Section):
    """How turns lie in time."""

    turns_per_day: int = Field(
        3, description="Turns that make one simulated day; returns are counted in them.", ge=1, le=1000
    )


class World(Section):
    """The pages and the clock."""

    turns: int = Field(20, description="Turns of the run; in each, every open session sees one page.", ge=1, le=100_000)
    slate_size: int = Field(10, description="Items on a page.", ge=1, le=1000)
    layout: Literal["list", "grid", "carousel", "feed"] = Field(
        "list", description="How a page lies before the eyes; `feed`: one item at a time, swiped through."
    )
    sessions: Sessions = Field(default_factory=Sessions, description="How turns lie in time.")
    warmup: Annotated[Warmup, ShortForm("recommender")] | None = Field(
        None,
        description="What people without a history live first; null: nothing. The default where there are such people: "
        "5 sessions in front of popular, 30 % at random.",
    )


class Evaluation(Section):
    """What is compared, and how."""

    primary: Literal[
        "auto",
        "click_rate",
        "clicks_per_session",
        "dwell_per_session",
        "satisfaction",
        "session_length",
        "return_rate",
        "harm",
        "want",
        "coverage",
        "novelty",
        "diversity",
    ] = Field(
        "auto",
        description="The metric that decides. `auto`: click_rate where the log says what was passed over, else want.",
    )
    control: str | None = Field(None, description="The arm that the others are compared with; null: the first.")
    minds: Literal["ensemble", "single"] = Field(
        "ensemble",
        description="`ensemble`: also minds without one family of evidence, and refits. `single`: one mind, quicker.",
    )
    ensemble_size: int = Field(1000, description="People on whom the further minds run.", ge=2, le=1024)
    refits: int = Field(2, description="Minds refitted on drawn people and law constants.", ge=0, le=20)
    confidence: float = Field(0.95, description="Level of the intervals.", ge=0.5, lt=1.0)
    design: Literal["paired"] = Field("paired", description="The same people meet every arm.")


def _seeds(value: Any) -> Any:
    """Checks both forms at once: a union of types would answer with one message for each."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(seed, int) and not isinstance(seed, bool) for seed in values):
        raise PydanticCustomError("seed", "must be a whole number, or a list of them")
    if not 1 <= len(values) <= 100:
        raise PydanticCustomError("seed", "must be 1 to 100 seeds, but is {n}", {"n": len(values)})
    if not all(0 <= seed < 2**63 for seed in values):
        raise PydanticCustomError("seed", "must lie between 0 and 9223372036854775807")
    if len(set(values)) < len(values):
        raise PydanticCustomError("seed", "holds a seed twice; it would only repeat the run. Remove one")
    return value


class Scenario(Section):
    """An A/B question: which people, before which recommenders, judged how."""

    name: str = Field("scenario", description="What the question is, in words.", min_length=1, max_length=200)
    description: str | None = Field(None, description="Anything that a reader should know.")
    seed: Annotated[int | list[int], BeforeValidator(_seeds)] = Field(
        7, description="Seed of all luck; a list: one replicate each."
    )
    dataset: Annotated[Dataset, ShortForm("source")] = Field(
        default_factory=Dataset, description="Where people and items come from."
    )
    population: Population = Field(default_factory=Population, description="Who the simulated people are.")
    mind: Annotated[Mind, ShortForm("kind")] = Field(
        default_factory=Mind, description="What decides how much an item is wanted."
    )
    behaviour: Annotated[Behaviour, ShortForm("kind")] = Field(
        default_factory=Behaviour, description="What turns wants into actions."
    )
    perception: Perception = Field(default_factory=Perception, description="What of an item reaches a person.")
    memory: Annotated[Memory, ShortForm("kind")] = Field(default_factory=Memory, description="What people remember.")
    llm: Annotated[LLM, ShortForm("model")] = Field(
        default_factory=LLM, description="Which language model is asked, where the mind asks one."
    )
    world: World = Field(default_factory=World, description="The pages and the clock.")
    arms: dict[ArmName, Annotated[Arm, ShortForm("recommender")]] = Field(
        description="The recommenders by a name of your choice; the first is the control.", min_length=1, max_length=50
    )
    evaluation: Evaluation = Field(default_factory=Evaluation, description="What is compared, and how.")

    _file: str = PrivateAttr("scenario")
    _base_dir: Path = PrivateAttr(default_factory=Path.cwd)
    _origins: dict[tuple[str | int, ...], str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _strangers_warm_up(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(population := data.get("population", {}), dict):
            return data
        strangers = population.get("from", "history") != "history" or population.get("personas") is not None
        world = data.get("world", {})
        if strangers and isinstance(world, dict) and "warmup" not in world:
            return data | {"world": world | {"warmup": {}}}
        return data

    @model_validator(mode="after")
    def _somebody_warms_up(self) -> Self:
        if self.world.warmup is not None and not self.population.has_strangers:
            told = "everybody is in the log and has a history there. Remove it, or add people with population.personas"
            raise PydanticCustomError("warmup", told)
        return self

    @model_validator(mode="after")
    def _control_is_an_arm(self) -> Self:
        control = self.evaluation.control
        if control is not None and control not in self.arms:
            told = "{control} is no arm. Arms: {arms}"
            context = {"control": repr(control[:60]), "arms": ", ".join(self.arms), "names": list(self.arms)}
            raise PydanticCustomError("control", told, context)
        return self

    @model_validator(mode="after")
    def _somebody_reads_the_memory(self) -> Self:
        if self.memory.kind != "none" and self.mind.kind not in ("llm", "hybrid"):
            told = (
                "memories are told to a language model, so the mind must be llm or hybrid, but is {kind}. Change either"
            )
            raise PydanticCustomError("memory", told, {"kind": self.mind.kind})
        if self.perception.images != "none" and not self.mind.asks_a_model:
            told = "images are described by a language model, but the mind is {kind}. Change either"
            raise PydanticCustomError("images", told, {"kind": self.mind.kind})
        if self.perception.images != "none" and self.llm.is_scripted:
            told = "a scripted model sees no pictures. Remove it, or name a language model that takes images"
            raise PydanticCustomError("images", told)
        if self.memory.embedding == "endpoint" and self.llm.budget != Budget():
            told = "no budget covers embeddings: their cost is not known before a turn. Take hashing, or no budget"
            raise PydanticCustomError("embedding", told)
        return self

    @property
    def file(self) -> str:
        """The file that it was read from, as the person wrote it, for messages."""
        return self._file

    @property
    def base_dir(self) -> Path:
        """The folder from which relative paths count."""
        return self._base_dir

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds, in the order given."""
        return tuple(self.seed) if isinstance(self.seed, list) else (self.seed,)

    @property
    def control(self) -> str:
        """The arm that the others are compared with."""
        return self.evaluation.control or next(iter(self.arms))

    def where(self, *path: str | int) -> str:
        """`FILE:LINE: dotted.field` of a field, or of the nearest one above that was written down, for messages."""
        dotted = ".".join(str(step) for step in path)
        for end in range(len(path), -1, -1):
            if path[:end] in self._origins:
                return f"{self._origins[path[:end]]}: {dotted}"
        return f"{self._file}: {dotted}"

    def read_from(self, file: str, base_dir: Path, origins: Mapping[tuple[str | int, ...], str]) -> Self:
        """Notes where it came from, and returns itself."""
        self._file, self._base_dir, self._origins = file, base_dir, dict(origins)
        return self
