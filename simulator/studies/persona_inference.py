"""The people of a log as personas: by statistics, and then, if wanted, with what a language model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from personas.asking import BackstorySettings
from personas.inference import infer, pseudonyms
from personas.schema import Persona
from simulator.listener import Listener
from simulator.llm.settings import LLMSettings
from simulator.randomness import Stream, keys_of
from simulator.records import UserInputError
from simulator.studies.persona_asking import Asked, ask_about, price
from simulator.studies.persona_price import AskingPrice
from simulator.studies.persona_sources import PersonaSource
from simulator.studies.persona_subjects import AskingSettings, Mode

Wanted = Literal["match", "backstory", "interview", "tournament"]
"""What a model is asked for: `interview` is a backstory in another form."""


@dataclass(frozen=True, kw_only=True)
class InferredPeople:
    """Personas, and whom of the log each was made from."""

    people: Sequence[Persona]
    user_of: Mapping[str, str]
    """Ids of the log by ids of personas: they tell who is who, so they are for use and not for keeping."""


def inferred(source: PersonaSource, *, n: int | None, seed: int, salt: str = "") -> InferredPeople:
    """Everybody of a log, or `n` of them, drawn by seed and id. Raises UserInputError if it has not so many people."""
    log = source.log
    if n is not None and n > log.n_users:
        raise UserInputError(f"-n {n}: {source.name} has {log.n_users:,} people. Ask for at most so many")
    luck = Stream.of(seed, "population", "sample").bits(keys_of(log.user_ids.tolist()))
    rows = np.sort(np.argsort(luck, kind="stable")[: log.n_users if n is None else n])
    users = log.user_ids[rows].tolist()
    user_of = dict(zip(pseudonyms(users, salt), users, strict=True))
    return InferredPeople(people=infer(log, rows=rows.tolist(), salt=salt), user_of=user_of)


def asked(found: InferredPeople, source: PersonaSource, wanted: Wanted, *, seed: int, listener: Listener) -> Asked:
    """The same people with what a model made of them. Raises UserInputError and EndpointError."""
    settings, mode = _settings(source.llm, wanted, seed)
    return ask_about(found.people, source.split, settings, mode, listener, user_of=found.user_of)


def price_of(found: InferredPeople, source: PersonaSource, wanted: Wanted, *, seed: int) -> AskingPrice:
    """What `asked` would take; nobody is asked. Raises UserInputError."""
    settings, mode = _settings(source.llm, wanted, seed)
    return price(found.people, source.split, settings, mode, user_of=found.user_of)


def _settings(llm: LLMSettings, wanted: Wanted, seed: int) -> tuple[AskingSettings, Mode]:
    if wanted == "interview":
        return AskingSettings(llm=llm, seed=seed, backstory=BackstorySettings(style="interview")), "backstory"
    return AskingSettings(llm=llm, seed=seed), wanted
