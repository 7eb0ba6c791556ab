"""A tournament of profiles in free form: which of them makes the choices likeliest that its writer was not shown?

After LettinGo (Wang et al., arXiv 2506.18309): let go of fixed forms, let a model write profiles that differ, and judge
each by what it does for the recommendation task, which also gives the pairs from which a writer can learn (DPO). Here
the task is the person's own next choice: each choice that was held back stands among others as popular, somebody who is
the profile says how much each is wanted, and the score is the mean ln softmax(want / temperature) of the real one. The
temperature is the likeliest over all profiles and the one without any, so it favours none. How often the real one is
wanted most, which needs no temperature, is reported beside it.

A profile is kept if its score is above that of somebody of whom only the facts are known, over the same choices, at the
level over the number of profiles. LettinGo uses several models; here the model is given several angles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from personas.asking.answers import WANT, ProfileAnswer, WantAnswer, items_answer, of_items
from personas.asking.asker import Admit, Asker, prompt, why_not
from personas.asking.backstories import prose, with_backstory
from personas.asking.differences import F64, Difference
from personas.asking.evidence import Evidence
from personas.asking.exams import FEWEST, LONGEST, Exam, Question, hold_back, in_words, too_little
from personas.asking.likelihood import fitted_sensitivity, hits, log_likelihood
from personas.asking.outcomes import Outcome
from personas.asking.shelf import Shelf
from personas.asking.words import sure
from personas.schema import Persona
from simulator.llm.fencing import clean
from simulator.llm.port import Answer, Call, CallError, ChatModel, Message
from simulator.llm.settings import LLMSettings

PROFILE, CHOICE = "persona_profile", "persona_choice"
"""Kinds of calls, as ledgers name them."""
ANGLES = (
    "what they are drawn to, and what in it exactly",
    "where they draw the line: what they pass over, and why",
    "how their taste hangs together: times, places, makers, tones",
    "when and in which mood they choose what",
    "how they differ from others who like much the same",
)
"""What each profile is asked to set out from, in turn. Ours."""
LONGEST_PROFILE = 1600
"""Most characters of a profile."""
_TOKENS_A_WORD = 1.5
_WANT_TOKENS = 9


@dataclass(frozen=True, kw_only=True)
class TournamentSettings:
    """How much is told, written, and asked."""

    history: int = 50
    """Most things told."""
    profiles: int = 4
    words: int = 150
    """Of a profile, about."""
    choices: int = 8
    """Most choices held back: a third of a short history."""
    others: int = 9
    """Things beside each of them."""
    level: float = 0.05
    """Probability of keeping a profile where none helps, over all profiles."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A profile and how it did. `text` None: the one without a profile."""

    text: str | None
    score: float | None = None
    """Mean ln softmax of the real choices."""
    hit_rate: float | None = None
    gain: Difference | None = None
    """Of the score, over that of the one without a profile."""
    failure: str | None = None
    by_choice: tuple[float, ...] = ()
    """ln softmax of each choice."""


@dataclass(frozen=True, kw_only=True)
class Tournament:
    """What came of one person's tournament. `persona`: with the profile that was kept for a backstory, or as it was."""

    persona: Persona
    outcome: Outcome
    why: str
    profiles: tuple[Profile, ...] = ()
    plain: Profile | None = None
    best: int | None = None
    """Place of the profile with the highest score, kept or not."""
    temperature: float | None = None
    """In points of want; infinite where wants tell nothing of choices."""
    choices: int = 0
    """Choices that all profiles were asked about and answered."""
    asked: tuple[Message, ...] = ()
    """What was asked of the writer, but for the angle."""
    model: str | None = None
    prompt_id: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON has it, but for the persona."""
        temperature = None if self.temperature is None or math.isinf(self.temperature) else self.temperature
        return {
            "person": self.persona.id,
            "outcome": str(self.outcome),
            "why": self.why,
            "profiles": [asdict(one) for one in self.profiles],
            "plain": None if self.plain is None else asdict(self.plain),
            "best": self.best,
            "temperature": temperature,
            "choices": self.choices,
            "model": self.model,
            "prompt_id": self.prompt_id,
        }


async def tournament(
    model: ChatModel,
    persona: Persona,
    evidence: Evidence,
    shelf: Shelf,
    settings: TournamentSettings = TournamentSettings(),
    *,
    llm: LLMSettings,
    seed: int,
    admit: Admit | None = None,
) -> Tournament:
    """Hold one person's tournament: one call a profile, then one for each profile and choice, side by side.

    Where the order of the choices is known, the last ones are held back. A backstory that is stated stays; the profile
    is then in the result alone. `admit` hears of the calls of each step before they are made. Raises EndpointError and
    BudgetError as the model and `admit` do; a call that fails is an outcome.
    """
    asker = Asker(model=model, llm=llm, seed=seed, person_id=persona.id, admit=admit)
    exam = hold_back(
        asker,
        evidence,
        shelf,
        "tournament",
        told=settings.history,
        held_back=settings.choices,
        others=settings.others,
        on_one_page=False,
        last=True,
    )
    if exam is None:
        return Tournament(persona=persona, outcome=Outcome.TOO_LITTLE, why=too_little(evidence, shelf))
    calls = [_writing(asker, persona, evidence, exam, settings, nth) for nth in range(settings.profiles)]
    profiles, names = _written(await asker.all(calls))
    found = Tournament(
        persona=persona,
        outcome=Outcome.FAILED,
        why="",
        profiles=tuple(profiles),
        asked=_writing(asker, persona, evidence, exam, settings, None).messages,
        model=names[0] if names else None,
        prompt_id=prompt("tournament").id,
    )
    entered = [nth for nth, one in enumerate(profiles) if one.failure is None]
    if not entered:
        return replace(found, why=f"no profiles ({profiles[0].failure})")
    texts = [None, *(profiles[nth].text for nth in entered)]
    marks = [0, *(nth + 1 for nth in entered)]
    asked = [
        _choosing(asker, persona, question, text, mark, nth)
        for text, mark in zip(texts, marks, strict=True)
        for nth, question in enumerate(exam.questions)
    ]
    wants, failure = _wants(asker, exam, await asker.all(asked), len(texts))
    if wants.shape[1] < FEWEST:
        return replace(found, why=f"{wants.shape[1]} choices were answered for all profiles ({failure})")
    return _kept(_scored(found, wants, entered), settings.level)


def _writing(
    asker: Asker, persona: Persona, evidence: Evidence, exam: Exam, settings: TournamentSettings, nth: int | None
) -> Call:
    """The question to the writer. `nth`: of the profile; None: without an angle."""
    template, fence = prompt("tournament"), asker.fence
    angle = None if nth is None else ANGLES[nth % len(ANGLES)]
    return asker.call(
        PROFILE,
        [
            ("system", template.render("write_system", fence=fence.word, words=settings.words, angle=angle)),
            (
                "user",
                template.render(
                    "write_user",
                    fence=fence.word,
                    sure=sure(persona, fence),
                    history=in_words(asker, evidence, exam.told),
                ),
            ),
        ],
        ProfileAnswer,
        round(_TOKENS_A_WORD * settings.words) + 10,
        -1 if nth is None else nth,
    )


def _written(answers: Sequence[Answer | CallError]) -> tuple[list[Profile], list[str]]:
    """The profiles, and what their writers are called."""
    profiles, names = [], []
    for answer in answers:
        if isinstance(answer, CallError):
            profiles.append(Profile(text=None, failure=why_not(answer)))
            continue
        said: Any = answer.value
        text = prose(said.profile, LONGEST_PROFILE)
        profiles.append(Profile(text=text) if text else Profile(text=None, failure="the profile is empty"))
        names.append(answer.model)
    return profiles, names


def _choosing(asker: Asker, persona: Persona, question: Question, text: str | None, mark: int, nth: int) -> Call:
    """Everything is the same for all profiles but the profile, the order of the things included."""
    template, fence = prompt("tournament"), asker.fence
    profile = [] if text is None else [f"- {fence.quoted(line, LONGEST_PROFILE)}" for line in text.splitlines()]
    things = (question.own.thing, *question.others)
    items = [fence.quoted(things[place].words, LONGEST) for place in _order(asker, question)]
    return asker.call(
        CHOICE,
        [
            ("system", template.render("want_system", fence=fence.word, who=[*sure(persona, fence), *profile])),
            ("user", template.render("want_user", fence=fence.word, items=items)),
        ],
        items_answer(len(items), WantAnswer),
        _WANT_TOKENS * len(items),
        mark,
        nth,
    )


def _order(asker: Asker, question: Question) -> list[int]:
    things = (question.own.thing, *question.others)
    return asker.order(f"tournament: order with {things[0].item_id}", (thing.item_id for thing in things))


def _wants(asker: Asker, exam: Exam, answers: Sequence[Answer | CallError], n: int) -> tuple[F64, str]:
    """Wants by profile, choice and thing, the real one first, for the choices that were answered for all n profiles;
    and why others were not. (n, choices, 1 + others)."""
    rows, failure = [], ""
    for place, question in enumerate(exam.questions):
        said = answers[place :: len(exam.questions)]
        failed = next((one for one in said if isinstance(one, CallError)), None)
        if failed is not None:
            failure = why_not(failed)
            continue
        order = _order(asker, question)
        wants = np.empty((n, len(order)))
        for nth, answer in enumerate(said):
            assert isinstance(answer, Answer)
            wants[nth, order] = of_items(answer.value, len(order), "want", WANT)
        rows.append(wants)
    return (np.stack(rows, axis=1) if rows else np.empty((n, 0, 0))), failure


def _scored(found: Tournament, wants: F64, entered: list[int]) -> Tournament:
    sensitivity = fitted_sensitivity(wants)
    likely, hit = log_likelihood(wants, sensitivity), hits(wants)
    profiles = list(found.profiles)
    for row, nth in enumerate(entered, 1):
        profiles[nth] = replace(
            _with_scores(profiles[nth], likely[row], hit[row]), gain=Difference.of(likely[row] - likely[0])
        )
    best = entered[int(np.lexsort((np.arange(len(entered)), -hit[1:].mean(axis=1), -likely[1:].mean(axis=1)))[0])]
    return replace(
        found,
        profiles=tuple(profiles),
        plain=_with_scores(Profile(text=None), likely[0], hit[0]),
        best=best,
        temperature=math.inf if sensitivity == 0 else 1 / sensitivity,
        choices=wants.shape[1],
    )


def _with_scores(profile: Profile, likely: F64, hit: F64) -> Profile:
    return replace(
        profile, score=float(likely.mean()), hit_rate=float(hit.mean()), by_choice=tuple(float(one) for one in likely)
    )


def _kept(found: Tournament, level: float) -> Tournament:
    assert found.best is not None
    best, entered = found.profiles[found.best], sum(one.score is not None for one in found.profiles)
    assert best.gain is not None and best.text is not None and best.hit_rate is not None
    why = f"{best.gain} nats a choice above no profile over {found.choices} choices, {best.hit_rate:.0%} hit"
    if not best.gain.clear(level / entered):
        return replace(found, outcome=Outcome.NO_SIGNAL, why=why)
    if found.persona.backstory is not None and found.persona.origin("backstory").how == "stated":
        return replace(found, outcome=Outcome.KEPT, why=f"{why}; the backstory is stated and stays")
    evidence = f"profile: {why}; {clean(found.model or '', 80)}, {found.prompt_id}"
    return replace(found, persona=with_backstory(found.persona, best.text, evidence), outcome=Outcome.KEPT, why=why)
