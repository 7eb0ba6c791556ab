"""A crowd of sampled people: columns of numbers, personas made of them, and a report of how they differ from targets.

What a person is depends on the seed and on their id alone, but for two things: which demographic cell they are allotted
and their name, which no two share. So the first hundred of 10,000 are not the people of a sample of 100; the same n,
seed and marginals give the same people, always.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from personas import links
from personas.sampling import behaviour, big_five, demographics, marginals, names, ratings
from personas.sampling import tastes as genres
from personas.sampling.report import reported
from personas.sampling.tastes import TasteSource
from personas.schema import Behaviour, Identity, Likes, Origin, Persona, Personality, Ratings, Tastes
from personas.traits import BIG_FIVE
from simulator.randomness import Stream, keys_of, slot_keys
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]

MOST = 1_000_000
"""People of one sample, at most."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """Sampled people, as columns; (n,) each if nothing else is said. Iterating makes one persona after the other."""

    ids: list[str]
    names: list[str]
    people: demographics.People
    language: Texts
    """Empty where it is not known."""
    scores: F64
    """The Big Five in 0-1, to three digits. (n, 5)."""
    traits: F64
    """In standard deviations, by `links.TRAITS`. (n, n_traits)."""
    shares: F64
    """Of five levels of ratings, to four digits. (n, 5)."""
    tastes: list[genres.Lists]
    origins: dict[str, Origin]
    report: dict[str, Any]
    """Plain values: see `personas.sampling.report`."""

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Persona]:
        ages, (_, gender, occupation, place) = self.people.age.tolist(), (r.tolist() for r in self.people.rows())
        _, genders, occupations, places = self.people.joint.categories
        languages, scores = self.language.tolist(), self.scores.tolist()
        written = behaviour.as_written(self.traits)
        traits = np.column_stack(list(written.values())).tolist()
        mean, spread = (np.round(column, 3).tolist() for column in ratings.mean_and_spread(self.shares))
        shares = self.shares.tolist()
        # Valid by construction (a test validates them), so the checks of every field are not made again.
        for row, persona_id in enumerate(self.ids):
            identity = {
                "name": self.names[row],
                "age": ages[row],
                "gender": genders[gender[row]],
                "occupation": occupations[occupation[row]],
                "place": places[place[row]],
            }
            if languages[row]:
                identity["language"] = languages[row]
            liked, disliked = self.tastes[row]
            yield Persona.model_construct(
                id=persona_id,
                identity=Identity.model_construct(**identity),
                personality=Personality.model_construct(**dict(zip(BIG_FIVE, scores[row], strict=True))),
                behaviour=Behaviour.model_construct(**dict(zip(written, traits[row], strict=True))),
                ratings=Ratings.model_construct(mean=mean[row], spread=spread[row], shares=tuple(shares[row])),
                tastes=Tastes.model_construct(genres=Likes.model_construct(liked=liked, disliked=disliked)),
                origins=self.origins,
            )

    @cached_property
    def personas(self) -> list[Persona]:
        """All of them, kept: about 10 kB a person."""
        return list(self)


def sample(
    n: int,
    *,
    seed: int = 7,
    marginals: marginals.Marginals | marginals.Given | Path | str | None = None,
    tastes: TasteSource | None = None,
) -> Sample:
    """n people, drawn at random but plausible; ids are s-000001 and so on.

    `marginals`: a YAML file, or a mapping of the same shape; what it does not give follows from what it gives, and
    without it those that ship hold. `tastes`: whose genres people have; without it genres are drawn at random. Raises
    UserInputError for an n outside 1 … 1,000,000 and for marginals that are wrong or contradict each other.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= MOST:
        raise UserInputError(f"n: {n} people cannot be sampled. Give a whole number from 1 to {MOST:,}")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise UserInputError(f"seed: must be a whole number, but is {seed!r}. Change it")
    n, seed = int(n), int(seed)
    given = _read(marginals)
    joint = demographics.joint_table(given)
    ids = [f"s-{nth:0{max(6, len(str(n)))}d}" for nth in range(1, n + 1)]
    keys = keys_of(ids)
    people = demographics.allotted(joint, n, seed=seed, keys=keys)
    gender = np.array(joint.categories[1])[people.gender]
    fitted = big_five.fitted()
    scores = np.round(fitted.scores(fitted.draw(seed, keys, people.age, gender)), 3)
    traits = behaviour.draw(scores, people.age, gender, seed=seed, keys=keys)
    language, culture = names.languages_and_cultures(joint.categories[3], people.place, seed, keys)
    full = names.names(culture, gender, seed, keys)
    return Sample(
        ids=ids,
        names=full,
        people=people,
        language=language,
        scores=scores,
        traits=traits,
        shares=_shares(traits[:, links.TRAITS.index("pickiness")], Stream.of(seed, "population", "ratings"), keys),
        tastes=genres.tastes(tastes, people.age, gender, seed=seed, keys=keys),
        origins=_origins(given, fitted.people, tastes),
        report=reported(people, full, scores, traits, seed=seed),
    )


def _read(given: marginals.Marginals | marginals.Given | Path | str | None) -> marginals.Marginals | None:
    return given if given is None or isinstance(given, marginals.Marginals) else marginals.read(given)


def _shares(pickiness: F64, stream: Stream, keys: Any) -> F64:
    """Shares of five levels to four digits, adding up to 1. (n, 5)."""
    luck = stream.normal(keys, things=slot_keys(2))
    rho = ratings.BY_PICKINESS
    centre = -rho * pickiness + np.sqrt(1 - rho**2) * luck[:, 0]
    shares = np.round(ratings.shares_of(centre, luck[:, 1]), 4)
    largest = shares.argmax(axis=1)
    shares[np.arange(len(shares)), largest] += 1 - shares.sum(axis=1)
    return np.round(shares, 4)


def _origins(given: marginals.Marginals | None, people: int, source: TasteSource | None) -> dict[str, Origin]:
    margins = "the marginals that ship (assumed)" if given is None else f"marginals of {given.name[-120:]}"
    evidence = {
        "identity": f"assumed associations of age, gender, occupation and place, raked to {margins}",
        "personality": f"given age and gender, fitted to {people:,} people of openpsychometrics.org",
        "behaviour": "links with the Big Five, age and gender (personas.links) plus chance; activity's level assumed",
        "ratings": "MovieLens-1M's shares, moved by pickiness and chance; differences between people as there",
        "tastes": "genres drawn at random (assumed)" if source is None else f"somebody's of {source.name[-200:]}",
    }
    return {path: Origin(how="sampled", evidence=words) for path, words in evidence.items()}
