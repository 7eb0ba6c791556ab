"""The recommenders that come with the house, by name; each is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module

from recommenders.contract import Recommender

BUILTINS: dict[str, str] = {
    "random": "recommenders.builtin.random:Random",
    "popular": "recommenders.builtin.popular:Popular",
    "item-knn": "recommenders.builtin.item_knn:ItemKNN",
    "ease": "recommenders.builtin.ease:EASE",
    "als": "recommenders.builtin.als:ALS",
}


def builtin(name: str) -> type[Recommender]:
    """The class of a built-in recommender. Raises KeyError."""
    module, _, attribute = BUILTINS[name].partition(":")
    found: type[Recommender] = getattr(import_module(module), attribute)
    return found
