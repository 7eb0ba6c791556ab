"""From what somebody types to items of the catalogue: by id, by title, by the beginning or by words of a title."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from simulator.records import Catalog


def rows_of_title(catalog: Catalog, text: str) -> list[int]:
    """Rows of the items that are meant: exactly that id or title, else titles that begin so, else titles with all of
    the words."""
    wanted = " ".join(text.casefold().split())
    if text.strip() in catalog.row_of:
        return [catalog.row_of[text.strip()]]
    titles = _titles(catalog)
    exact = [row for row, title in enumerate(titles) if title == wanted]
    begin = exact or [row for row, title in enumerate(titles) if wanted and title.startswith(wanted)]
    words = wanted.split()
    return begin or [row for row, title in enumerate(titles) if words and all(word in title for word in words)]


def titles_like(catalog: Catalog, text: str, most: int) -> list[str]:
    """Titles that complete a text, those that begin with it first."""
    wanted = " ".join(text.casefold().split())
    titles = _titles(catalog)
    begin = [row for row, title in enumerate(titles) if title.startswith(wanted)][:most]
    inside = [row for row, title in enumerate(titles) if wanted in title and not title.startswith(wanted)]
    return [catalog[row].title for row in (begin + inside)[:most]]


@lru_cache(maxsize=4)
def _titles(catalog: Catalog) -> Sequence[str]:
    return [" ".join(item.title.casefold().split()) for item in catalog]
