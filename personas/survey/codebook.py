"""A codebook: what the columns of a table of answers mean, as a person writes it down, with the line of every field.

It says which column is the person's id, which are facts about them, and which are questions: their words, their scale,
the construct that they measure, the codes of a missing answer, and what is held out or asked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from personas.traits import BIG_FIVE, PERCENTILES
from simulator.documents.forms import Section, ShortForm
from simulator.documents.yaml_tree import FieldPath

CONSTRUCTS = (*BIG_FIVE, *PERCENTILES)
"""What questions can measure: the Big Five, and the behavioural traits that are percentiles."""
MOST_STEPS = 101
"""Steps that a Likert scale may have: one of 0-100 is a number."""

Code = str | int | float
Codes = Annotated[tuple[Code, ...], Field(strict=False, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Number = Annotated[float, Field(strict=False)]
Labels = dict[str, Annotated[str, Field(min_length=1, max_length=120)]]
Otherwise = Literal["refuse", "unknown", "keep"]


class Id(Section):
    """The column that tells people apart."""

    column: str = Field(description="Its name in the table.", min_length=1)
    hashed: bool = Field(True, description="Whether personas bear a hash of it instead of the id itself.")

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, data: Any) -> Any:
        if isinstance(data, list):
            raise PydanticCustomError(
                "two_ids", "a person has one id, but this names several columns. Keep one of them"
            )
        return data


class Fact(Section):
    """A column that says who the person is."""

    column: str = Field(description="Its name in the table.", min_length=1)
    values: dict[str, str | int] = Field(default_factory=dict, description="What each code means.", max_length=1000)
    lowest: Number | None = Field(None, description="Smallest number that is believed.")
    highest: Number | None = Field(None, description="Largest number that is believed.")
    missing: Codes | None = Field(None, description="Codes of no answer, in place of the codebook's own.")
    otherwise: Otherwise = Field("refuse", description="What becomes of a value that has no meaning here.")


OneFact = Annotated[Fact, ShortForm("column")]


class Facts(Section):
    """Facts about people by the names of a persona's identity. Names of people are not among them."""

    age: OneFact | None = Field(None, description="In years.")
    gender: OneFact | None = Field(None, description="In words.")
    occupation: OneFact | None = Field(None, description="In words.")
    place: OneFact | None = Field(None, description="In words.")
    language: OneFact | None = Field(None, description="In words.")

    def given(self) -> Iterator[tuple[str, Fact]]:
        """The facts that have a column, by name."""
        for name in Facts.model_fields:
            if (fact := getattr(self, name)) is not None:
                yield name, fact


class Scale(Section):
    """The ends of a scale, and the words on it."""

    lowest: Number = Field(description="The lowest answer.")
    highest: Number = Field(description="The highest answer.")
    labels: Labels = Field(default_factory=dict, description="The words that stand by some of its steps.")


class Question(Section):
    """A column that holds what people answered."""

    text: Text = Field(description="The question or statement as people read it.")
    kind: Literal["likert", "number", "choice", "text"] = Field("likert", description="How it is answered.")
    column: str | None = Field(None, description="Its column; by default its name here.", min_length=1)
    scale: str | Scale | None = Field(None, description="Of Likert and number questions: one of `scales`, or its ends.")
    options: Labels = Field(default_factory=dict, description="Of choice questions: what each code means.")
    reversed: bool = Field(False, description="Whether a high answer means little of the construct.")
    measures: str | None = Field(None, description="The construct: one of the Big Five or a behavioural trait.")
    missing: Codes | None = Field(None, description="Codes of no answer, in place of the codebook's own.")
    otherwise: Literal["refuse", "unknown"] = Field("refuse", description="What becomes of a value off the scale.")
    held_out: bool = Field(False, description="Kept from the persona, to judge predictions by.")
    retest_of: str | None = Field(None, description="The question that it asks again.")

    @model_validator(mode="before")
    @classmethod
    def _options_make_a_choice(cls, data: Any) -> Any:
        if isinstance(data, dict) and "options" in data and "kind" not in data:
            return {**data, "kind": "choice"}
        return data


class Codebook(Section):
    """A checked codebook that knows where it was written down."""

    name: str = Field("", description="What the survey is called.", max_length=200)
    about: str = Field("", description="Where it comes from, and on what terms.", max_length=2000)
    id: Annotated[Id | None, ShortForm("column")] = Field(None, description="The column of the person's id.")
    identity: Facts = Field(default_factory=Facts, description="Columns that say who people are.")
    missing: Codes = Field((), description="Codes of no answer in all columns; empty cells always are.")
    scales: dict[str, Scale] = Field(default_factory=dict, description="Scales by name.")
    questions: dict[str, Question] = Field(description="Questions by name.", min_length=1)
    hold_out: Annotated[float, Field(ge=0.0, le=0.9, strict=False)] = Field(
        0.0, description="Share of the questions that is held out, drawn by key."
    )
    least_answered: Annotated[float, Field(ge=0.0, le=1.0, strict=False)] = Field(
        0.5, description="Share of the questions shown that a person must have answered."
    )
    _file: str = PrivateAttr("codebook")
    _lines: Mapping[FieldPath, int] = PrivateAttr(default_factory=dict)

    def read_from(self, file: str, lines: Mapping[FieldPath, int]) -> Self:
        """The same, knowing its file and the line of each field."""
        self._file, self._lines = file, lines
        return self

    def where(self, *path: str | int) -> str:
        """``file:line`` of a field, or of the nearest part that it belongs to."""
        line = next((self._lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self._lines), None)
        return self._file if line is None else f"{self._file}:{line}"

    def scale_of(self, question: Question) -> Scale | None:
        """The scale that a question names or brings; None if it has none."""
        return self.scales.get(question.scale) if isinstance(question.scale, str) else question.scale

    def column_of(self, name: str) -> str:
        """The column of a question."""
        return self.questions[name].column or name

    def missing_of(self, part: Fact | Question) -> Codes:
        """The codes of no answer that hold for a fact or a question."""
        return self.missing if part.missing is None else part.missing
