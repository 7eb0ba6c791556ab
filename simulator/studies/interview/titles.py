"""Which item of a catalogue a piece of text names: by the whole title, its beginning, or a word that no other has."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from simulator.datasets.titles import split_year, spoken
from simulator.records import Catalog, Item
from simulator.studies.interview.wording import Word, title_words

LONGEST = 12
"""Words of a title that are looked at."""
SHOWN = 70
"""Characters of a title in an answer."""
NEAR = 0.84
"""Likeness from which a word that is spelt otherwise is taken for a title's (difflib's ratio)."""
ORDINARY = frozenset(Path(__file__).with_name("ordinary.txt").read_text("utf-8").split())
"""Words that questions are made of: alone they name an item only in quotation marks, or with a capital letter in the
middle of a sentence."""


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch of words that names one item, or several."""

    first: int
    last: int
    """Words from `first` to before `last`."""
    items: tuple[int, ...]
    """Catalogue rows; more than one where the words fit several."""


def shown(item: Item) -> str:
    """The title as people say it, on one line and not too long; the id where there is none."""
    text = spoken(split_year(item.title)[0]) or item.item_id
    line = " ".join("".join(one if one.isprintable() else " " for one in text[: 4 * SHOWN]).split())
    line = line.replace("“", '"').replace("”", '"') or item.item_id[:SHOWN]
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1].rstrip()}…"


def forms(item: Item) -> tuple[tuple[str, ...], ...]:
    """What the item may be called: its title with and without year, brackets and article; its id."""
    bare, _ = split_year(item.title)
    said = spoken(bare)
    return _with_and_without_article(item.title, bare, said, said.partition(" (")[0], item.item_id)


def heads(item: Item) -> tuple[tuple[str, ...], ...]:
    """What stands before a colon, as a series is called."""
    said = spoken(split_year(item.title)[0])
    return _with_and_without_article(said.partition(":")[0]) if ":" in said else ()


def _with_and_without_article(*options: str) -> tuple[tuple[str, ...], ...]:
    found = dict.fromkeys(title_words(option)[:LONGEST] for option in options)
    for whole in list(found):
        if len(whole) > 1 and whole[0] in ("the", "a", "an"):
            found[whole[1:]] = None
    return tuple(form for form in found if form)


class Titles:
    """The titles of some items."""

    def __init__(self, catalog: Catalog, rows: Iterable[int]) -> None:
        self._whole: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._heads: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._rows = tuple(dict.fromkeys(rows))
        for row in self._rows:
            for form in forms(catalog[row]):
                _add(self._whole, form, row)
            for form in heads(catalog[row]):
                _add(self._heads, form, row)
        self._catalog = catalog

    @cached_property
    def _starts(self) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for form, rows in self._whole.items():
            for length in range(2, len(form)):
                for row in rows:
                    _add(found, form[:length], row)
        return found

    @cached_property
    def _inner(self) -> dict[tuple[str, ...], list[int]]:
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for form, rows in self._whole.items():
            for length in range(1, len(form)):
                for start in range(len(form) - length + 1):
                    part = form[start : start + length]
                    if any(len(word) > 3 and word not in ORDINARY for word in part):
                        for row in rows:
                            _add(found, part, row)
        return found

    def find(self, said: Sequence[Word], *, parts: bool) -> list[Named]:
        """The stretches that name items, the longest first, not overlapping, in the order of the text.

        `parts`: any telling words of a title name it too; else only a whole title does, and two words or more of a
        title's beginning.
        """
        texts = tuple(word.text for word in said)
        tables = [self._whole, self._heads, self._inner if parts else self._starts]
        found: list[Named] = []
        taken: set[int] = set()
        for table in tables:
            for length in range(min(LONGEST, len(texts)), 0, -1):
                for start in range(len(texts) - length + 1):
                    stretch = texts[start : start + length]
                    rows = table.get(stretch)
                    if not rows or taken & set(range(start, start + length)) or not _is_name(said, start, length):
                        continue
                    found.append(Named(start, start + length, tuple(rows)))
                    taken |= set(range(start, start + length))
        return sorted(found, key=lambda named: named.first)

    def nearly(self, said: Sequence[Word]) -> Named | None:
        """The one title that some words are a slip of the pen away from."""
        best: tuple[float, Named] | None = None
        texts = [word.text for word in said]
        for form, rows in self._whole.items():
            title = " ".join(form)
            if len(title) < 5:
                continue
            for start in range(len(texts) - len(form) + 1):
                stretch = texts[start : start + len(form)]
                if all(word in ORDINARY for word in stretch):
                    continue
                matcher = difflib.SequenceMatcher(None, title, " ".join(stretch), autojunk=False)
                if matcher.real_quick_ratio() < NEAR or matcher.quick_ratio() < NEAR:
                    continue
                likeness = matcher.ratio()
                if likeness >= NEAR and (best is None or likeness > best[0]):
                    best = (likeness, Named(start, start + len(form), tuple(rows)))
        return None if best is None else best[1]


@lru_cache(maxsize=4)
def all_titles(catalog: Catalog) -> Titles:
    """Of a whole catalogue, made once."""
    return Titles(catalog, range(len(catalog)))


def _is_name(said: Sequence[Word], start: int, length: int) -> bool:
    """Whether words stand for a title and not for themselves."""
    stretch = said[start : start + length]
    if any(word.text not in ORDINARY and not word.text.isdigit() for word in stretch):
        return True
    if all(word.quoted for word in stretch):
        return True
    middle = start > 0 and not all(word.capital for word in said)
    return middle and all(word.capital or word.text in ("the", "a", "of") for word in stretch) and not _is_i(stretch)


def _is_i(stretch: Sequence[Word]) -> bool:
    return all(word.text in ("i", "im", "id", "ive") for word in stretch)


def _add(table: dict[tuple[str, ...], list[int]], form: tuple[str, ...], row: int) -> None:
    if row not in table[form]:
        table[form].append(row)
