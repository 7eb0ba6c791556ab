"""Whom one meets without having named anybody: somebody of the library for whom the first page holds something."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.records import UserInputError
from simulator.studies.solo.lived import Lived, Source
from simulator.studies.solo.people import PersonSource, by_lot, sit_down

if TYPE_CHECKING:
    from simulator.studies.solo.setting import Setting


_TRIED = 20
"""People who are tried out, at most: some hundredths of a second each."""


def somebody(setting: Setting, recommender: str, *, seed: int | None = None, met: Collection[str] = ()) -> PersonSource:
    """The first by lot who chooses something on the first page of a recommender, among those whose personas are not
    `met` yet; if nobody of the first twenty does, the first by lot. How they came about is among the `notices`.

    Where a language model drives people nobody is tried out, for every try would cost a call.
    """
    lots = by_lot(setting)
    left = [one for one in lots if one.persona is not None and one.persona.id not in met] or list(lots)
    if setting.asks_a_model:
        return left[0]
    for passed, source in enumerate(left[:_TRIED]):
        try:
            first = _first_page(setting, source, recommender, seed)
        except UserInputError:  # of the recommender: whoever is met will hear of it
            break
        if first.clicked:
            others = f" ({passed} passed over)" if passed else ""
            told = f"{source.label}; by lot among those who choose something on their first page{others}"
            return replace(source, notices=(*source.notices, told))
    return left[0]


def _first_page(setting: Setting, source: PersonSource, recommender: str, seed: int | None) -> Lived:
    """The page that they will live when they are met: the same luck, the same items."""
    life = sit_down(setting, source, seed=seed)
    try:
        items = [one.item for one in life.recommend(recommender)]
        return life.show(items, Source(kind="recommender", name=recommender))
    finally:
        life.close()
