"""What a scenario file may say: the model from which the checks, the defaults and the editors' JSON Schema all come.

Only `arms` is required. Sections that are known by one word may be given as that word: `mind: statistical` is short for
`mind: {kind: statistical}` (`ShortForm`). Descriptions are for the reader of a scenario file: they become the help that
an editor shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ARM_NAME = r"^[A-Za-z0-9_-]{1,40}$"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_PLUG_IN = re.compile(r"(?P<where>[^\s:][^\n]*):(?P<class>[^\W\d]\w*)")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")

METRICS = (
    "click_rate",
    "clicks_per_session",
    "dwell_per_session",
    "satisfaction",
    "session_length",
    "return_rate",
    "want",
    "coverage",
    "novelty",
    "diversity",
)

Value = bool | int | float | str
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of a scenario: unknown fields are mistakes, types are not guessed, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class ShortForm:
    """Lets a section be given by the one word that names it: `mind: statistical` for `mind: {kind: statistical}`."""

    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def expanded(value: Any) -> Any:
            return {self.key: value} if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(expanded, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": f"Short for {{{self.key}: …}}."}, handler(schema)]}


def plug_in_file(spec: str) -> str | None:
    """The file part of a `path.py:Class`, or None if the text is a name or a `module:Class`."""
    found = _PLUG_IN.fullmatch(spec)
    return found["where"] if found and found["where"].endswith(".py") else None


def _is_plug_in(spec: str) -> bool:
    found = _PLUG_IN.fullmatch(spec)
    return bool(found and (found["where"].endswith(".py") or _MODULE.fullmatch(found["where"])))


def _recommender(spec: str) -> str:
    if _NAME.fullmatch(spec) or _is_plug_in(spec):
        return spec
    raise PydanticCustomError(
        "plug_in", "is neither the name of a recommender nor a plug-in written module:Class or path.py:Class"
    )


def _one_of(*available: str, later: tuple[str, ...], what: str, plug_ins: bool = False) -> BeforeValidator:
    """Accepts the available kinds; says of a kind that is planned what can be had instead."""
    choice = ", ".join(available) + (", or your own as module:Class or path.py:Class" if plug_ins else "")

    def check(value: Any) -> Any:
        if not isinstance(value, str) or value in available or (plug_ins and _is_plug_in(value)):
            return value
        if value in later:
            raise PydanticCustomError("not_yet", "{kind} is not available in this version. Available {what}: {choice}",
                                      {"kind": value, "what": what, "choice": choice})  # fmt: skip
        raise PydanticCustomError("unknown_kind", "{kind} is unknown. Available {what}: {choice}",
                                  {"kind": value[:60], "what": what, "choice": choice, "names": list(available)})  # fmt: skip

    return BeforeValidator(check)


class ItemColumns(Section):
    """Which column of the item file holds what. Only `id` is required."""

    id: str = Field(description="The item's id, as in the interactions.")
    title: str | None = Field(None, description="Title.")
    text: str | None = Field(None, description="Longer text, such as a plot or an article.")
    categories: str | None = Field(None, description="Categories, separated by `category_separator`.")
    creator: str | None = Field(None, description="Author, director, brand or seller.")
    year: str | None = Field(None, description="Year.")
    price: str | None = Field(None, description="Price, in any one currency.")
    duration: str | None = Field(None, description="Length in seconds.")
    headline: str | None = Field(None, description="Headline that is shown on the page.")
    image_caption: str | None = Field(None, description="What the thumbnail shows, in words.")
    review_count: str | None = Field(None, description="Number of reviews.")
    review_mean: str | None = Field(None, description="Mean review, on the rating scale.")


class Items(Section):
    """The file that describes the items of a table."""

    path: str = Field(description="CSV, TSV or Parquet file; relative to the scenario file.", min_length=1)
    columns: ItemColumns = Field(description="Which column holds what.")
    separator: str | None = Field(None, description="Field separator of a text file; null: by the file's name.", min_length=1)
    category_separator: str = Field("|", description="What stands between two categories.", min_length=1)


class Columns(Section):
    """Which column of the interaction file holds what. Only `user` and `item` are required."""

    user: str = Field(description="The person's id.")
    item: str = Field(description="The item's id.")
    rating: str | None = Field(None, description="Rating; every row is then a choice.")
    click: str | None = Field(None, description="1 where the item was chosen, 0 where it was shown and passed over.")
    time: str | None = Field(None, description="Unix seconds or an ISO date; 0 or empty: unknown.")
    dwell: str | None = Field(None, description="Seconds spent on the item.")
    position: str | None = Field(None, description="Place on the page, from 0.")

    @model_validator(mode="after")
    def _one_sign_of_choice(self) -> Self:
        if self.rating is not None and self.click is not None:
            raise PydanticCustomError("columns", "names both rating and click. Keep the one that says what people chose")
        return self


class Split(Section):
    """How each person's history is shared out. The shares add up to 1."""

    platform: Fraction = Field(0.6, description="Share that the platform knows: recommenders are fitted on it.")
    person: Fraction = Field(0.2, description="Share that only the person knows: minds are fitted on it and on the platform's.")
    held_out: Fraction = Field(0.2, description="Share held out from both, to judge minds and slates.")
    order: Literal["random", "time"] = Field(
        "random", description="`random`: keyed by person and item. `time`: the latest are held out; needs complete times."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.platform + self.person + self.held_out
        if abs(total - 1.0) > 1e-6:
            raise PydanticCustomError("split", "platform + person + held_out must be 1, but is {total}. Change one of them",
                                      {"total": round(total, 6)})  # fmt: skip
        if min(self.platform, self.held_out) == 0.0:
            raise PydanticCustomError("split", "platform and held_out must be above 0: recommenders learn from the one, "
                                      "the verdict is checked on the other")  # fmt: skip
        return self


class Dataset(Section):
    """The real or invented log that people, items and tastes are taken from."""

    source: Literal["sample", "movielens-1m", "movielens-100k", "movielens-latest-small", "table"] = Field(
        "sample", description="`sample` ships with the project; `table` is your own file, with `path` and `columns`."
    )
    path: str | None = Field(None, description="Folder, zip or file; relative to the scenario file. null: looked for in the data "
                             "folder (needed for `table`).", min_length=1)  # fmt: skip
    columns: Columns | None = Field(None, description="Which column holds what; for `table` only.")
    separator: str | None = Field(None, description="Field separator of a text file; null: by the file's name.", min_length=1)
    items: Items | None = Field(None, description="Facts about the items of a `table`; null: ids alone.")
    split: Split = Field(default_factory=Split, description="How each history is shared out.")

    @model_validator(mode="after")
    def _fields_fit_the_source(self) -> Self:
        if self.source == "table":
            for name in ("path", "columns"):
                if getattr(self, name) is None:
                    raise PydanticCustomError("table", "a table needs `{name}`. Add it", {"name": name})
            return self
        if self.source == "sample" and self.path is not None:
            raise PydanticCustomError("table", "`path` is given, but the sample ships with the project. Remove it, or set "
                                      "`source: table`")  # fmt: skip
        for name in ("columns", "separator", "items"):
            if getattr(self, name) is not None:
                raise PydanticCustomError("table", "`{name}` is for `source: table` only. Remove it, or change the source",
                                          {"name": name})  # fmt: skip
        return self


class Population(Section):
    """Who the simulated people are."""

    size: int | None = Field(None, description="How many people; null: everyone in the log. More than the log has: clones with "
                             "luck of their own.", ge=1, le=10_000_000)  # fmt: skip
    origin: Annotated[
        Literal["history"], _one_of("history", later=("personas", "sample"), what="populations")
    ] = Field("history", alias="from", description="`history`: each simulated person is estimated from one person of the log.")


class Mind(Section):
    """What decides how much an item is wanted."""

    kind: Annotated[str, _one_of("statistical", later=("llm", "hybrid", "archetype"), what="minds", plug_ins=True)] = Field(
        "statistical", description="`statistical`, or a mind of your own as module:Class or path.py:Class."
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of your own mind.")

    @model_validator(mode="after")
    def _params_have_a_taker(self) -> Self:
        if self.params and self.kind == "statistical":
            raise PydanticCustomError("params", "`params` are for a mind of your own. Remove them")
        return self


class Behaviour(Section):
    """What turns wants into clicks, reading times, ratings and leaving."""

    kind: Annotated[Literal["calibrated", "literal"], _one_of("calibrated", "literal", later=(), what="behaviours")] = Field(
        "calibrated", description="`calibrated`: laws fitted to real logs. `literal`: the mind's stated actions as they are."
    )
    laws: dict[str, dict[str, Value]] = Field(
        default_factory=dict, description="Constants to change, by law: `{click: {appeal: -0.5}, examination: {kind: cascade}}`."
    )


class Memory(Section):
    """What people remember beyond their tastes and their session."""

    kind: Annotated[Literal["none"], _one_of("none", later=("episodic", "sensory", "short_term", "long_term"), what="memories")] = (
        Field("none", description="`none`: the session's state alone.")
    )


class Sessions(Section):
    """How turns lie in time."""

    turns_per_day: int = Field(5, description="Turns that make one simulated day; returns are counted in them.", ge=1, le=1000)


class World(Section):
    """The pages and the clock."""

    turns: int = Field(20, description="Turns of the run; in each, every open session sees one page.", ge=1, le=100_000)
    slate_size: int = Field(10, description="Items on a page.", ge=1, le=1000)
    layout: Literal["list", "grid", "carousel", "feed"] = Field(
        "list", description="How a page lies before the eyes; `feed`: one item at a time, swiped through."
    )
    sessions: Sessions = Field(default_factory=Sessions, description="How turns lie in time.")


class Explore(Section):
    """Randomised slates, with the exact probability of each item in the journal."""

    kind: Literal["epsilon_greedy", "plackett_luce"] = Field(
        description="`epsilon_greedy`: with probability epsilon any item. `plackett_luce`: drawn by score."
    )
    epsilon: Fraction | None = Field(None, description="Probability of a random item at each place; epsilon_greedy only (0.1).")
    temperature: float | None = Field(None, description="Above 0; higher is more random; plackett_luce only (1.0).", gt=0.0, le=1e6)
    pool: int | None = Field(None, description="Draw from this many best items; plackett_luce only; null: all.", ge=1)

    @model_validator(mode="after")
    def _settings_fit_the_kind(self) -> Self:
        idle = ("temperature", "pool") if self.kind == "epsilon_greedy" else ("epsilon",)
        for name in idle:
            if getattr(self, name) is not None:
                raise PydanticCustomError("explore", "`{name}` has no effect with {kind}. Remove it, or change the kind",
                                          {"name": name, "kind": self.kind})  # fmt: skip
        return self


class Arm(Section):
    """One recommender that is put before the people."""

    recommender: Annotated[str, AfterValidator(_recommender)] = Field(
        description="A built-in (`understudy recommenders list`), or a plug-in as module:Class or path.py:Class."
    )
    params: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the recommender.")
    explore: Annotated[Explore, ShortForm("kind")] | None = Field(None, description="Randomise its slates; null: take them as they are.")
    timeout_s: float | None = Field(None, description="Seconds that one batch of requests may take; null: the default of 60.", gt=0.0)


class Evaluation(Section):
    """What is compared, and how."""

    primary: Literal[
        "auto", "click_rate", "clicks_per_session", "dwell_per_session", "satisfaction", "session_length", "return_rate",
        "want", "coverage", "novelty", "diversity",
    ] = Field("auto", description="The metric that decides. `auto`: want, where the log holds no clicks.")  # fmt: skip
    control: str | None = Field(None, description="The arm that the others are compared with; null: the first.")
    minds: Literal["ensemble", "single"] = Field(
        "ensemble", description="`ensemble`: also minds without one family of evidence, and refits. `single`: one mind, quicker."
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


ArmName = Annotated[str, Field(pattern=ARM_NAME)]


class Scenario(Section):
    """An A/B question: which people, before which recommenders, judged how."""

    name: str = Field("scenario", description="What the question is, in words.", min_length=1, max_length=200)
    description: str | None = Field(None, description="Anything that a reader should know.")
    seed: Annotated[int | list[int], BeforeValidator(_seeds)] = Field(7, description="Seed of all luck; a list: one replicate each.")
    dataset: Annotated[Dataset, ShortForm("source")] = Field(default_factory=Dataset, description="Where people and items come from.")
    population: Population = Field(default_factory=Population, description="Who the simulated people are.")
    mind: Annotated[Mind, ShortForm("kind")] = Field(default_factory=Mind, description="What decides how much an item is wanted.")
    behaviour: Annotated[Behaviour, ShortForm("kind")] = Field(default_factory=Behaviour, description="What turns wants into actions.")
    memory: Annotated[Memory, ShortForm("kind")] = Field(default_factory=Memory, description="What people remember.")
    world: World = Field(default_factory=World, description="The pages and the clock.")
    arms: dict[ArmName, Annotated[Arm, ShortForm("recommender")]] = Field(
        description="The recommenders by a name of your choice; the first is the control.", min_length=1, max_length=50
    )
    evaluation: Evaluation = Field(default_factory=Evaluation, description="What is compared, and how.")

    _file: str = PrivateAttr("scenario")
    _base_dir: Path = PrivateAttr(default_factory=Path.cwd)
    _origins: dict[tuple[str | int, ...], str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _control_is_an_arm(self) -> Self:
        control = self.evaluation.control
        if control is not None and control not in self.arms:
            raise PydanticCustomError("control", "evaluation.control names {control}, which is no arm. Arms: {arms}",
                                      {"control": control[:60], "arms": ", ".join(self.arms), "names": list(self.arms)})  # fmt: skip
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
