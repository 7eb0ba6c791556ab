"""A person in words, told to the model in the second person: facts, habits, tastes, and how they use a rating scale."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, rel_entr

from personas.schema import Persona
from simulator.llm.fencing import Fence
from simulator.minds.language import own_words
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import I32, InteractionLog

LIKED, DISLIKED, FAVOURITES = 6, 4, 3
"""Most titles that a person is said to have loved and disliked, and most favourite categories."""
_TITLE, _FACT, _FACTS = 36, 32, 6
"""Most characters of a title and of a fact about a person, and most facts."""
_DAMPING = 8.0
"""Ratings at which an item's own mean counts half."""
_LUCK = 0.25
"""Rating steps by which luck moves how telling a title is, so that not everybody names the same ones."""
_VISITS = (
    (2.0, "You come by several times a day."),
    (0.8, "You come by about once a day."),
    (0.3, "You come by a few times a week."),
    (0.0, "You come by now and then."),
)
"""Visits a day from which the words hold."""
_BARE = ("gender", "occupation")
"""Facts that need no name before them."""

F64 = npt.NDArray[np.float64]


class Biography:
    """What people know and did, from which they are put into words. Give it what is known (P and M), never V."""

    def __init__(self, known: InteractionLog, *, seed: int) -> None:
        log = known.positives()
        order = np.argsort(log.user, kind="stable")
        self._log, self._seed = log, seed
        self._item: I32 = log.item[order]
        self._rating: F64 = log.rating[order].astype(np.float64)
        self._start = np.searchsorted(log.user[order], np.arange(log.n_users + 1))

    def persona(self, people: Population, row: int, fence: Fence) -> tuple[str, ...]:
        """Row `row` of `people` in a few lines, about 400 characters; texts of others are quoted by the fence.

        The history is that of `people.source[row]` in the log; a negative source has none. People who have a persona
        are told what it says, in about 1,600 characters. People who have nothing to be said of them are still told how
        they rate.
        """
        if (persona := people.persona(row)) is not None:
            return self._as_said(persona, people, row, fence)
        source = int(people.source[row])
        items, ratings = self._history(source)
        lines = [
            self._facts(source, fence),
            " ".join(_habits(people, row)),
            _rating_habits(people, row),
            _listed("You like", self._favourites(items), fence),
        ]
        loved, disliked = self._titles(items, ratings, int(people.keys[row]))
        named = "You loved" if np.isfinite(ratings).any() else "You chose"
        lines += [_listed(named, loved, fence), _listed("You disliked", disliked, fence)]
        lines += _said_since(people, row, fence)
        return tuple(line for line in lines if line)

    def _as_said(self, persona: Persona, people: Population, row: int, fence: Fence) -> tuple[str, ...]:
        lines = [
            own_words.facts(persona, fence),
            own_words.nature(persona),
            " ".join(_habits(people, row)),
            _rating_habits(people, row),
            *own_words.tastes(persona.tastes, fence),
            *_said_since(people, row, fence),
            *own_words.wishes(persona, fence),
            *own_words.voice(persona, fence),
        ]
        return tuple(line for line in lines if line)

    def _history(self, source: int) -> tuple[I32, F64]:
        if source < 0:
            return self._item[:0], self._rating[:0]
        mine = slice(self._start[source], self._start[source + 1])
        return self._item[mine], self._rating[mine]

    def _facts(self, source: int, fence: Fence) -> str:
        if source < 0:
            return ""
        facts = [
            fence.quoted(text if name in _BARE else f"{name} {text}", _FACT)
            for name, values in list(self._log.demographics.items())[:_FACTS]
            if (text := str(values[source]).strip())
        ]
        return f"About you: {', '.join(facts)}." if facts else ""

    def _favourites(self, items: I32) -> list[str]:
        """Categories that the person chose more than others do, by their part of the divergence p ln(p / q) of the
        person's shares from the crowd's (Kullback & Leibler 1951), each share with one choice as of the crowd added."""
        if not items.size:
            return []
        count = self._has[items].sum(axis=0, dtype=np.float64)
        share = (count + self._crowd) / (count.sum() + 1)
        part = rel_entr(share, self._crowd)
        best = np.argsort(-part, kind="stable")[:FAVOURITES]
        return [self._log.catalog.category_names[column] for column in best if part[column] > 0 and count[column] > 0]

    def _titles(self, items: I32, ratings: F64, key: int) -> tuple[list[str], list[str]]:
        """Titles that tell the most: rated far from the person's own mean, and from what others gave the item.

        Without ratings, chosen titles by lot, and none that was disliked.
        """
        luck = Stream.of(self._seed, "population", "titles").uniform(
            np.array([key], dtype=np.uint64), 0, self._log.catalog.keys[items]
        )[0]
        rated = np.isfinite(ratings)
        if not rated.any():
            return self._named(items[np.argsort(-luck, kind="stable")], LIKED), []
        items, ratings, luck = items[rated], ratings[rated], luck[rated]
        own = ratings - ratings.mean()
        telling = own + (ratings - self._item_mean[items])
        order = np.argsort(-(telling + _LUCK * luck), kind="stable")
        liked, disliked = order[own[order] >= 0], order[own[order] < 0][::-1]
        return self._named(items[liked], LIKED), self._named(items[disliked], DISLIKED)

    def _named(self, items: I32, most: int) -> list[str]:
        titles: dict[str, None] = {}
        for item in items.tolist():
            if title := self._log.catalog[item].title.strip():
                titles[title] = None
            if len(titles) == most:
                break
        return list(titles)

    @cached_property
    def _has(self) -> npt.NDArray[np.bool_]:
        """(n_items, n_categories)."""
        held: npt.NDArray[np.bool_] = self._log.catalog.categories > 0
        return held

    @cached_property
    def _crowd(self) -> F64:
        """Share of each category among all choices. (n_categories,)."""
        chosen = np.bincount(self._item, minlength=len(self._log.catalog)).astype(np.float64)
        total: F64 = chosen @ self._has
        return total / max(1.0, float(total.sum()))

    @cached_property
    def _item_mean(self) -> F64:
        """Mean rating of each item, shrunk to the mean of all. (n_items,)."""
        rated = np.isfinite(self._rating)
        item, rating, n = self._item[rated], self._rating[rated], len(self._log.catalog)
        mean = float(rating.mean()) if rating.size else 0.0
        damped: F64 = np.bincount(item, rating - mean, n) / (np.bincount(item, minlength=n) + _DAMPING)
        return mean + damped


def _said_since(people: Population, row: int, fence: Fence) -> list[str]:
    """What somebody came to like and dislike while they lived."""
    said = None if people.said is None else people.said[row]
    return [] if said is None else list(own_words.tastes(said, fence))


def _habits(people: Population, row: int) -> list[str]:
    visits = float(people.activity[row])
    return [next(text for least, text in _VISITS if visits >= least), *own_words.habits(people, row)]


def _rating_habits(people: Population, row: int) -> str:
    """Mean, and how common the best and the poor levels are, from the person's own thresholds."""
    below = ndtr(people.thresholds[row].astype(np.float64))
    mean = float(people.rating_mean[row]) / people.rating_unit
    top, poor = _one_in(1 - below[3]), _one_in(below[1])
    return f"On a scale of 1-5 you give {mean:.1f} on average; 5 to {top}, 1 or 2 to {poor}."


def _one_in(share: float) -> str:
    if share < 0.02:
        return "almost nothing"
    if share > 0.6:
        return "most things"
    return f"one in {round(1 / share)}" if share < 0.4 else "half of them"


def _listed(verb: str, texts: list[str], fence: Fence) -> str:
    return f"{verb} {', '.join(fence.quoted(text, _TITLE) for text in texts)}." if texts else ""
