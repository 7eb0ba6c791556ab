"""Whom a language model is asked about, what is known of them, and what is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from personas import asking
from personas.asking import (
    Backstory,
    BackstorySettings,
    Evidence,
    Match,
    MatchSettings,
    Outcome,
    Tournament,
    TournamentSettings,
)
from personas.asking.asker import Admit
from personas.schema import Persona
from simulator.llm.budget import budget_of
from simulator.llm.faults import faults_of
from simulator.llm.port import ChatModel
from simulator.llm.prices import price_of
from simulator.llm.settings import LLMSettings
from simulator.records import SplitLog, UserInputError
from simulator.studies.persona_evidence import LogEvidence

Mode = Literal["match", "backstory", "tournament"]
Result = Match | Backstory | Tournament


@dataclass(frozen=True, kw_only=True)
class AskingSettings:
    """The model, the seed of all luck, and what each mode asks. `ledger`: a file to which each call adds a line."""

    llm: LLMSettings = field(default_factory=LLMSettings)
    seed: int = 0
    match: MatchSettings = field(default_factory=MatchSettings)
    backstory: BackstorySettings = field(default_factory=BackstorySettings)
    tournament: TournamentSettings = field(default_factory=TournamentSettings)
    ledger: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Somebody, with what is known of their choices."""

    persona: Persona
    evidence: Evidence
    known: LogEvidence

    async def ask(self, model: ChatModel, settings: AskingSettings, mode: Mode, admit: Admit | None) -> Result:
        """What comes of asking about this person alone."""
        how: dict[str, Any] = {"llm": settings.llm, "seed": settings.seed, "admit": admit}
        about = (model, self.persona, self.evidence, self.known.shelf)
        match mode:
            case "match":
                return await asking.match(*about, settings.match, **how)
            case "backstory":
                return await asking.backstory(*about, settings.backstory, **how)
            case "tournament":
                return await asking.tournament(*about, settings.tournament, **how)

    def unasked(self, mode: Mode) -> Result:
        """The result of somebody whose turn did not come."""
        kind: type[Any] = {"match": Match, "backstory": Backstory, "tournament": Tournament}[mode]
        result: Result = kind(persona=self.persona, outcome=Outcome.NOT_ASKED, why="asking had ended")
        return result


def subjects_of(
    people: Sequence[Persona], split: SplitLog, settings: AskingSettings, mode: Mode, user_of: Mapping[str, str]
) -> list[Subject]:
    """The people with what the log knows of them. Raises UserInputError for whatever would stop the asking later."""
    budget_of(settings.llm, price_of(settings.llm))
    faults_of(settings.llm.faults)
    if not people:
        raise UserInputError("personas: there is nobody to ask about. Give at least one persona")
    twice = [one for one, n in Counter(person.id for person in people).items() if n > 1]
    if twice:
        raise UserInputError(f"personas: the id {twice[0]!r} is there twice. Give one of them another")
    known = LogEvidence(split)
    subjects = []
    for person in people:
        user = user_of.get(person.id, person.id)
        found = known.of(user) if mode == "backstory" else known.require(user)
        subjects.append(Subject(persona=person, evidence=found or Evidence(), known=known))
    return subjects
