"""What a person sees of an item, in words: only what the layout shows, and every text short."""

from __future__ import annotations

from simulator.llm.fencing import clean
from simulator.records import Catalog, Item

TITLE, HEADLINE, CAPTION, NAME, FACT = 80, 120, 120, 40, 24
"""Most characters of a title, a headline, what a picture shows, a maker's name, and a category."""
CATEGORIES = 2
LONGEST = 420
"""Most characters of all that is said about one item."""
_PICTURES_ONLY = ("grid", "carousel")
"""Layouts of thumbnails: they show a picture and a title, and no facts."""


def item_words(item: Item, layout: str) -> str:
    """An item as a page of that layout shows it, on one line: not quoted yet, so not safe in a prompt by itself.

    A list and a feed show title, year, up to two categories, maker, headline, picture, price and reviews, as far as
    they are known; a grid and a carousel show title and picture. An item without a title goes by its headline, its
    text, or its id.
    """
    headline = clean(item.headline, HEADLINE)
    title = clean(item.title, TITLE) or headline or clean(item.text, TITLE) or clean(f"item {item.item_id}", TITLE)
    picture = clean(item.image_caption, CAPTION)
    parts = [title]
    if layout not in _PICTURES_ONLY:
        kinds = "/".join(filter(None, (clean(name, FACT) for name in item.categories[:CATEGORIES])))
        parts = [f"{title} ({item.year}) {kinds}".rstrip()] if item.year is not None else [title, kinds]
        parts += [f"by {maker}" if (maker := clean(item.creator, NAME)) else ""]
        parts += [headline if headline != title else ""]
    parts += [f"picture: {picture}" if picture else ""]
    if layout not in _PICTURES_ONLY:
        parts += [f"price {item.price:,.2f}" if item.price is not None else "", _reviews(item)]
    return "; ".join(part for part in parts if part)


def _reviews(item: Item) -> str:
    if not item.review_count:
        return ""
    if item.review_mean is None:
        return f"{item.review_count:,} reviews"
    return f"{item.review_mean:.1f}/5 by {item.review_count:,}"


class PageWords:
    """The words of a catalogue's items, made when they are first needed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, str], str] = {}

    def of(self, row: int, layout: str) -> str:
        """`item_words` of a row of the catalogue."""
        key = (row, layout)
        if key not in self._known:
            self._known[key] = item_words(self._catalog[row], layout)
        return self._known[key]
