"""An item that may be shown, as a list of items to pick from has it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.records import Catalog, Item


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An item that may be shown."""

    item: int
    """Row of the catalogue."""
    item_id: str
    title: str
    categories: tuple[str, ...]
    creator: str = ""
    year: int | None = None
    price: float | None = None
    review_count: int | None = None
    review_mean: float | None = None
    headline: str = ""
    image_caption: str = ""


def candidate(catalog: Catalog, row: int) -> Candidate:
    """The item of a row."""
    item: Item = catalog[row]
    return Candidate(
        item=row,
        item_id=item.item_id,
        title=item.title,
        categories=item.categories,
        creator=item.creator,
        year=item.year,
        price=item.price,
        review_count=item.review_count,
        review_mean=item.review_mean,
        headline=item.headline,
        image_caption=item.image_caption,
    )
