"""The people of a run: of the log, of personas, drawn, or of the log with personas beside them."""

from __future__ import annotations

import hashlib
import json

from personas import sampling
from personas.files import load, plain
from personas.schema import Persona
from simulator.experiment.plan import Crowd, Plan
from simulator.experiment.tastes import tastes_of
from simulator.population import Population, from_log, from_personas, joined
from simulator.records import Catalog, SplitLog

DRAWN = 1000
"""People who are drawn if nobody says how many."""


def people_of(plan: Plan, split: SplitLog) -> Population:
    """Everybody. Raises UserInputError."""
    crowd = plan.crowd
    if crowd.origin == "history":
        everyone = from_log(split, size=crowd.size, seed=plan.seed)
        written = personas_of(plan, split)
        return joined(everyone, from_personas(written, split, seed=plan.seed)) if written else everyone
    size = None if crowd.origin == "sample" else crowd.size
    return from_personas(personas_of(plan, split), split, size=size, seed=plan.seed)


def personas_of(plan: Plan, split: SplitLog) -> tuple[Persona, ...]:
    """The personas of a crowd; nobody if all are of the log. Raises UserInputError."""
    crowd = plan.crowd
    if crowd.origin == "sample":
        drawn = sampling.sample(
            crowd.size or DRAWN, seed=plan.seed, marginals=crowd.marginals, tastes=tastes_of(split.platform)
        )
        return tuple(drawn.personas)
    return () if crowd.personas is None else tuple(load(crowd.personas))


def fingerprint(people: Population) -> str | None:
    """SHA-256 (hexadecimal) of the personas of a population; None if nobody has one."""
    if people.personas is None:
        return None
    digest = hashlib.sha256()
    for persona in people.personas:
        digest.update(json.dumps(None if persona is None else plain(persona), sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def unheard_genres(people: Population, catalog: Catalog) -> str | None:
    """A sentence about genres that personas name and the catalogue has not, which only a language model can read; None
    where there are none."""
    if people.personas is None:
        return None
    has = {name.casefold() for name in catalog.category_names}
    named = {
        " ".join(name.split())
        for persona in {id(one): one for one in people.personas if one is not None}.values()
        for name in (*persona.tastes.genres.liked, *persona.tastes.genres.disliked)
    }
    lacking = sorted(name for name in named if name.casefold() not in has)
    if not lacking:
        return None
    some = ", ".join(repr(name[:40]) for name in lacking[:5]) + (", …" if len(lacking) > 5 else "")
    return f"{len(lacking)} of {len(named)} genres that personas name are not in the catalogue: {some}"


def origin_in_words(crowd: Crowd) -> str:
    """Who the people are, for manifests and reports."""
    if crowd.origin == "history":
        beside = "" if crowd.personas is None else f", and the personas of {crowd.personas} beside them"
        return f"people of the log{beside}"
    return "people who were drawn" if crowd.origin == "sample" else f"the personas of {crowd.personas}"
