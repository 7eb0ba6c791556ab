"""A persona: who a simulated person is, as a record that is checked, and whose every part acts somewhere.

Numbers go to the laws and the statistical mind (`personas.traits`), words to the language model, routines and standing
instructions to both. Everything but the id is optional; what is not given is derived from what is (`personas.links`) or
drawn, and never made up in silence: `origins` says of each field where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from personas.contradictions import contradictions
from personas.traits import BEHAVIOURAL, BIG_FIVE
from simulator.documents.fields import place_at
from simulator.documents.forms import Section

ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"
MBTI = r"^[EI][SN][TF][JP]$"
MAX_TEXT = 4000
"""Characters of a backstory, at most."""

Name = Annotated[str, Field(min_length=1, max_length=120)]
Sentence = Annotated[str, Field(min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], Field(strict=False, max_length=100)]
Score = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Vulnerability = Literal[
    "minor",
    "sleep_loss",
    "low_mood",
    "loneliness",
    "grief",
    "financial_stress",
    "gambling",
    "compulsive_use",
    "addiction_recovery",
    "eating_disorder",
    "cognitive_decline",
    "disability",
]
How = Literal["stated", "inferred", "sampled"]


class Identity(Section):
    """Who the person is to others."""

    name: Name | None = Field(None, description="As people call them.")
    age: int | None = Field(None, description="In years.", ge=5, le=115)
    gender: Name | None = Field(None, description="In their own word, such as female, male, nonbinary.")
    occupation: Name | None = Field(None, description="What they do.")
    place: Name | None = Field(None, description="Where they live.")
    language: Name | None = Field(None, description="The language that they are at home in.")


class Personality(Section):
    """The Big Five, each the mean of its standard items mapped to 0-1 (Goldberg 1992; IPIP)."""

    openness: Score | None = Field(None, description="Imagination, curiosity; 0-1.")
    conscientiousness: Score | None = Field(None, description="Order, discipline; 0-1.")
    extraversion: Score | None = Field(None, description="Company, energy; 0-1.")
    agreeableness: Score | None = Field(None, description="Warmth, trust; 0-1.")
    neuroticism: Score | None = Field(None, description="Worry, changing moods; 0-1.")
    mbti: str | None = Field(
        None, description="A type such as INFP: fills the scores that are not given.", pattern=MBTI
    )


class Behaviour(Section):
    """How the person behaves: activity in visits a day, all others percentiles among people (`personas.traits`)."""

    activity: Annotated[float, Field(gt=0.0, le=100.0)] | None = Field(
        None, description="Visits a day; 1.2 is ordinary."
    )
    pickiness: Score | None = Field(None, description="How hard to please; percentile.")
    conformity: Score | None = Field(None, description="How much with the crowd; percentile.")
    novelty_seeking: Score | None = Field(None, description="How drawn to the unknown; percentile.")
    diversity: Score | None = Field(None, description="How soon tired of sameness; percentile.")
    patience: Score | None = Field(None, description="How long before giving up; percentile.")
    impulsivity: Score | None = Field(None, description="How quick to click and to turn back; percentile.")
    position_habit: Score | None = Field(None, description="How much of the first items only; percentile.")
    price_sensitivity: Score | None = Field(None, description="How much the price counts; percentile.")
    trust_in_reviews: Score | None = Field(None, description="How much the mean review counts; percentile.")
    trust_in_popularity: Score | None = Field(None, description="How much the number of reviews counts; percentile.")
    headline_susceptibility: Score | None = Field(None, description="How much a headline pulls; percentile.")
    thumbnail_susceptibility: Score | None = Field(None, description="How much a picture pulls; percentile.")


class Ratings(Section):
    """How the person uses a scale of five levels."""

    mean: Annotated[float, Field(ge=1.0, le=5.0)] | None = Field(None, description="Mean level, 1-5.")
    spread: Annotated[float, Field(gt=0.0, le=2.0)] | None = Field(None, description="Standard deviation, in levels.")
    shares: Annotated[tuple[Share, Share, Share, Share, Share], Field(strict=False)] | None = Field(
        None, description="Share of ratings at each level, 1 to 5; together 1."
    )


class Likes(Section):
    """What is liked and what is not."""

    liked: Names = Field((), description="The most liked first.")
    disliked: Names = Field((), description="The most disliked first.")


class Tastes(Section):
    """What the person likes."""

    genres: Likes = Field(default_factory=Likes, description="Categories, by the catalogue's names where they exist.")
    themes: Likes = Field(default_factory=Likes, description="What it should be about, in words.")
    creators: Likes = Field(default_factory=Likes, description="Who made it.")
    examples: Likes = Field(default_factory=Likes, description="Items, by title.")

    def each(self) -> Iterator[tuple[str, Likes]]:
        """The four kinds by name."""
        yield from ((name, getattr(self, name)) for name in Tastes.model_fields)


class Context(Section):
    """When a routine holds; what is not given does not matter."""

    days: Literal["weekday", "weekend"] | None = Field(None, description="Simulated days; the first is a Monday.")
    hours: Annotated[tuple[int, int], Field(strict=False)] | None = Field(
        None, description="Of the simulated day, [from, to); [22, 4] goes over midnight."
    )
    energy: Literal["fresh", "tired"] | None = Field(None, description="Tired: fatigue above .35.")
    mood: Literal["low", "good"] | None = Field(None, description="Low: valence below -.2; good: above .2.")


class RoutineAction(Section):
    """What a routine does, for the statistical mind: one or more of the three."""

    look_for: Names = Field((), description="Categories that are wanted more then.")
    avoid: Names = Field((), description="Categories that are wanted less then.")
    leave: bool = Field(False, description="The visit is meant to end with this page.")


class Routine(Section):
    """A habit: in this context, this is done, with that probability (EdgeWisePersona's form)."""

    when: Sentence = Field(description="The context in words.")
    context: Context = Field(default_factory=Context, description="The context for machines.")
    then: Sentence = Field(description="What is done, in words.")
    action: RoutineAction = Field(default_factory=RoutineAction, description="What is done, for machines.")
    probability: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        1.0, description="Of doing it on a visit in that context."
    )


class Instruction(Section):
    """What the person has told the service once and for all."""

    text: Sentence = Field(description="As the person says it.")
    look_for: Names = Field((), description="Categories that it asks for.")
    avoid: Names = Field((), description="Categories that it rules out.")


class Change(Section):
    """What is different from a simulated day on. A section that is given replaces the fields that it names."""

    from_day: int = Field(description="The simulated day from which it holds; the run begins on day 0.", ge=1, le=36500)
    because: Sentence | None = Field(None, description="What happened.")
    identity: Identity | None = Field(None, description="New facts.")
    behaviour: Behaviour | None = Field(None, description="New values of traits.")
    ratings: Ratings | None = Field(None, description="A new use of the scale.")
    tastes: Tastes | None = Field(None, description="New tastes; each of the four that is given replaces the old.")
    goals: Names | None = Field(None, description="New goals.")


class Origin(Section):
    """Where a field comes from."""

    how: How = Field(description="stated, inferred or sampled.")
    confidence: Score | None = Field(None, description="Of what was inferred: its reliability, 0-1.")
    evidence: str | None = Field(None, description="What it rests on, in words.", max_length=300)


def _origin(value: Any) -> Any:
    return {"how": value} if isinstance(value, str) else value


STATED = Origin(how="stated")


class Persona(Section):
    """One simulated person."""

    id: str = Field(description="Letters, digits, - _ and . only.", pattern=ID)
    identity: Identity = Field(default_factory=Identity, description="Who they are.")
    personality: Personality = Field(default_factory=Personality, description="The Big Five.")
    behaviour: Behaviour = Field(default_factory=Behaviour, description="How they behave.")
    ratings: Ratings = Field(default_factory=Ratings, description="How they rate.")
    tastes: Tastes = Field(default_factory=Tastes, description="What they like.")
    routines: Annotated[tuple[Routine, ...], Field(strict=False, max_length=20)] = Field((), description="Habits.")
    instructions: Annotated[tuple[Instruction, ...], Field(strict=False, max_length=20)] = Field(
        (), description="Standing instructions to the service."
    )
    goals: Names = Field((), description="What they come for.")
    backstory: str | None = Field(None, description="Who they are, in prose.", max_length=MAX_TEXT)
    speaking_style: Sentence | None = Field(None, description="How they talk.")
    vulnerabilities: Annotated[tuple[Vulnerability, ...], Field(strict=False)] = Field(
        (), description="What a service could hurt; people are reported by it."
    )
    changes: Annotated[tuple[Change, ...], Field(strict=False, max_length=50)] = Field((), description="Dated changes.")
    origins: dict[str, Origin] = Field(
        default_factory=dict, description="Where fields come from, by path; stated, where nothing is said."
    )

    @model_validator(mode="before")
    @classmethod
    def _short_origins(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(origins := data.get("origins"), dict):
            return data | {"origins": {path: _origin(value) for path, value in origins.items()}}
        return data

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        contradictions(self)
        return self

    def origin(self, path: str) -> Origin:
        """Where a field comes from, by its dotted path: of itself, else of the nearest part that it belongs to."""
        steps = path.split(".")
        for end in range(len(steps), 0, -1):
            if (found := self.origins.get(".".join(steps[:end]))) is not None:
                return found
        return STATED

    @property
    def name(self) -> str:
        """As people call them, else the id."""
        return self.identity.name or self.id

    @property
    def is_minor(self) -> bool:
        """Under 18, by age or by flag."""
        return "minor" in self.vulnerabilities or (self.identity.age is not None and self.identity.age < 18)

    def as_of(self, day: float) -> Persona:
        """The person on a simulated day, with the changes made until then and those after it still to come."""
        here = self
        for change in self.changes:
            if change.from_day <= day:
                here = _changed(here, change)
        return here.model_copy(update={"changes": tuple(one for one in self.changes if one.from_day > day)})


def _changed(persona: Persona, change: Change) -> Persona:
    update: dict[str, Any] = {}
    for section in ("identity", "behaviour", "ratings"):
        if (new := getattr(change, section)) is not None:
            given = {name: getattr(new, name) for name in new.model_fields_set}
            update[section] = getattr(persona, section).model_copy(update=given)
    if change.ratings is not None:  # what is not named again must not contradict what is
        old = ("mean", "spread") if "shares" in change.ratings.model_fields_set else ("shares",)
        gone = {name: None for name in old if name not in change.ratings.model_fields_set}
        update["ratings"] = update["ratings"].model_copy(update=gone)
    if change.tastes is not None:
        given = {name: getattr(change.tastes, name) for name in change.tastes.model_fields_set}
        update["tastes"] = persona.tastes.model_copy(update=given)
    if change.goals is not None:
        update["goals"] = change.goals
    return persona.model_copy(update=update)


def known_path(path: str) -> bool:
    """Whether a dotted path names a part of a persona."""
    return place_at(Persona, path.split(".")) is not None


assert {trait.name for trait in BEHAVIOURAL} == set(Behaviour.model_fields)
assert set(BIG_FIVE) < set(Personality.model_fields)
