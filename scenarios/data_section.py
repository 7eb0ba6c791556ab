"""The `dataset` section: which log, in which columns, and how each history is shared out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.documents.forms import Section

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


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
    image: str | None = Field(None, description="The thumbnail: a file beside the item file, or an address.")
    review_count: str | None = Field(None, description="Number of reviews.")
    review_mean: str | None = Field(None, description="Mean review, on the rating scale.")
    reviews: str | None = Field(None, description="Texts of reviews, separated by `category_separator`.")


class Items(Section):
    """The file that describes the items of a table."""

    path: str = Field(description="CSV, TSV or Parquet file; relative to the scenario file.", min_length=1)
    columns: ItemColumns | None = Field(None, description="Which column holds what; null: they bear the fields' names.")
    separator: str | None = Field(
        None, description="Field separator of a text file; null: by the file's name.", min_length=1
    )
    category_separator: str = Field("|", description="What stands between two categories.", min_length=1)


class Columns(Section):
    """Which column of the interaction file holds what. Only `user` and `item` are required."""

    user: str = Field(description="The person's id.")
    item: str = Field(description="The item's id.")
    rating: str | None = Field(None, description="Rating; empty: not rated.")
    click: str | None = Field(None, description="1: chosen, 0: shown and passed over. null: every row is a choice.")
    time: str | None = Field(None, description="Time since 1970, or an ISO date; 0 or empty: unknown.")
    dwell: str | None = Field(None, description="Seconds spent on the item.")
    position: str | None = Field(None, description="Place on the page, from 0 or 1.")


class Split(Section):
    """How each person's history is shared out. The shares add up to 1."""

    platform: Fraction = Field(0.6, description="Share that the platform knows: recommenders are fitted on it.")
    person: Fraction = Field(
        0.2, description="Share that only the person knows: minds are fitted on it and on the platform's."
    )
    held_out: Fraction = Field(0.2, description="Share held out from both, to judge minds and slates.")
    order: Literal["random", "time"] = Field(
        "random",
        description="`random`: keyed by person and item. `time`: the latest are held out; needs complete times.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.platform + self.person + self.held_out
        if abs(total - 1.0) > 1e-6:
            told = "platform + person + held_out must be 1, but is {total}. Change one of them"
            raise PydanticCustomError("split", told, {"total": round(total, 6)})
        if min(self.platform, self.held_out) == 0.0:
            told = "platform and held_out must be above 0: recommenders learn from one, the other checks the verdict"
            raise PydanticCustomError("split", told)
        return self


class Dataset(Section):
    """The real or invented log that people, items and tastes are taken from."""

    source: Literal["sample", "movielens-1m", "movielens-100k", "movielens-latest-small", "table"] = Field(
        "sample", description="`sample` ships with the project; `table` is your own file, with `path` and `columns`."
    )
    path: str | None = Field(
        None,
        description="Folder, zip or file, relative to the scenario file; `table` needs it. null: from the data folder.",
        min_length=1,
    )
    columns: Columns | None = Field(
        None, description="Which column of a `table` holds what; null: its columns are called user, item and so on."
    )
    separator: str | None = Field(
        None, description="Field separator of a text file; null: by the file's name.", min_length=1
    )
    rating_range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Lowest and highest rating of a `table`; rows outside are broken. null: any."
    )
    items: Items | None = Field(None, description="Facts about the items of a `table`; null: ids alone.")
    split: Split = Field(default_factory=Split, description="How each history is shared out.")

    @model_validator(mode="after")
    def _fields_fit_the_source(self) -> Self:
        if self.source == "table":
            if self.path is None:
                raise PydanticCustomError("table", "a table needs `path`, the CSV, TSV or Parquet file. Add it")
            if self.rating_range is not None and not self.rating_range[0] < self.rating_range[1]:
                raise PydanticCustomError(
                    "table", "`rating_range` must be [lowest, highest]. Put the lower number first"
                )
            return self
        if self.source == "sample" and self.path is not None:
            told = "`path` is given, but the sample ships with the project. Remove it, or write `source: table`"
            raise PydanticCustomError("table", told)
        for name in ("columns", "separator", "rating_range", "items"):
            if getattr(self, name) is not None:
                told = "`{name}` is for `source: table` only. Remove it, or change the source"
                raise PydanticCustomError("table", told, {"name": name})
        return self
