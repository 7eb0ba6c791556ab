"""Who could have chosen this? Candidate personas, and which of them tells the person's own things from others'.

After SimUSER's first phase (Bougie & Watanabe, arXiv 2504.12722): a model reads up to 50 things that somebody
liked or disliked and proposes five people; each is then played by the model, who rates things of the person and things
of others, and the one with the largest own minus others' is kept. What is different here:

- Things that are rated were not told to whoever proposed (`exams`), and others' are as popular (`shelf`).
- The mean difference over pairs has a standard error. Only things that the person did not dislike make it up: those
  should be rated low, and are heard in the correlation with the person's real ratings, which decides between equals.
- The same things are rated once more by somebody of whom only the facts are known. A candidate separates if its margin,
  and what it has beyond that one's, are both above nothing, each at the level over the number of candidates, since the
  best of several is looked at. Where none does the outcome is `no signal`, and the person stays as they were.

The margin of the kept one is the largest of several, so it is optimistic: the test allows for that, not the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from personas.asking.answers import RATING, RatingAnswer, candidates_answer, items_answer, of_items
from personas.asking.asker import Admit, Asker, prompt, why_not
from personas.asking.candidates import Candidate, possible
from personas.asking.differences import F64, Difference, correlation
from personas.asking.evidence import Evidence
from personas.asking.exams import FEWEST, LONGEST, Exam, hold_back, in_words, too_little
from personas.asking.outcomes import Outcome
from personas.asking.shelf import Shelf
from personas.asking.words import sure
from personas.schema import Persona
from simulator.llm.fencing import clean
from simulator.llm.port import Answer, Call, CallError, ChatModel
from simulator.llm.settings import LLMSettings

PROPOSAL, SCORE = "persona_proposal", "persona_score"
"""Kinds of calls, as ledgers name them."""
_CANDIDATE, _SUMMARY, _RATING = 110, 90, 9
"""About how many tokens a candidate, the summary, and one rating take in an answer."""


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """How much is told, held back, and asked."""

    history: int = 50
    """Most things told; SimUSER's."""
    candidates: int = 5
    """SimUSER's."""
    held_back: int = 12
    """Most of the person's things that are rated: a third of a short history."""
    others: int = 1
    """Others' things for each of them."""
    level: float = 0.05
    """Probability of a match where there is none, over all candidates."""


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A candidate with what came of its ratings. `gain`: the margin beyond that of somebody with the facts alone."""

    candidate: Candidate | None
    """None: the one of whom only the facts are known."""
    margin: Difference | None = None
    gain: Difference | None = None
    correlation: float | None = None
    """With the person's own ratings; None where they do not tell."""
    separates: bool = False
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class Match:
    """What came of matching one person. `persona`: with the candidate that was kept, or as it was."""

    persona: Persona
    outcome: Outcome
    why: str
    candidates: tuple[Scored, ...] = ()
    plain: Scored | None = None
    kept: int | None = None
    """Place among the candidates."""
    model: str | None = None
    prompt_id: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON has it, but for the persona."""
        found = {"person": self.persona.id, "outcome": str(self.outcome), "why": self.why, "kept": self.kept}
        scored = [asdict(one) for one in self.candidates]
        plain = None if self.plain is None else asdict(self.plain)
        return found | {"candidates": scored, "plain": plain, "model": self.model, "prompt_id": self.prompt_id}


async def match(
    model: ChatModel,
    persona: Persona,
    evidence: Evidence,
    shelf: Shelf,
    settings: MatchSettings = MatchSettings(),
    *,
    llm: LLMSettings,
    seed: int,
    admit: Admit | None = None,
) -> Match:
    """Match one person: one call for the candidates, then one for each and one more, side by side.

    `admit` hears of the calls of each step before they are made. Raises EndpointError and BudgetError as the model and
    `admit` do; a call that fails is an outcome.
    """
    asker = Asker(model=model, llm=llm, seed=seed, person_id=persona.id, admit=admit)
    exam = _exam(asker, evidence, shelf, settings)
    if exam is None:
        return Match(persona=persona, outcome=Outcome.TOO_LITTLE, why=too_little(evidence, shelf))
    proposal = await asker.one(_proposal(asker, persona, evidence, exam, settings))
    if isinstance(proposal, CallError):
        return Match(persona=persona, outcome=Outcome.FAILED, why=f"no candidates ({why_not(proposal)})")
    candidates = possible(proposal.value, settings.candidates, persona)
    none = Match(
        persona=persona,
        outcome=Outcome.FAILED,
        why="none of the candidates can be this person",
        model=proposal.model,
        prompt_id=prompt("match").id,
    )
    if not candidates:
        return none
    calls = [_scoring(asker, persona, exam, None, 0)]
    calls += [_scoring(asker, persona, exam, candidate, nth) for nth, candidate in enumerate(candidates, 1)]
    plain, *scored = _judged(asker, evidence, exam, [None, *candidates], await asker.all(calls), settings.level)
    found = replace(none, candidates=tuple(scored), plain=plain)
    if plain.failure is not None or all(one.failure is not None for one in scored):
        first = plain.failure or scored[0].failure
        return replace(found, why=f"the candidates cannot be compared ({first})")
    return _kept(found)


def _exam(asker: Asker, evidence: Evidence, shelf: Shelf, settings: MatchSettings) -> Exam | None:
    """The exam with only what was liked or disliked in what is told."""
    exam = hold_back(
        asker,
        evidence,
        shelf,
        "match",
        told=len(evidence.seen),
        held_back=settings.held_back,
        others=settings.others,
        on_one_page=True,
    )
    if exam is None:
        return None
    taken_to = [one for one in exam.told if evidence.likes(one) or evidence.dislikes(one)]
    told = tuple(taken_to[: settings.history])
    judging = sum(not evidence.dislikes(question.own) for question in exam.questions)
    return None if min(len(told), judging) < FEWEST else replace(exam, told=told)


def _proposal(asker: Asker, persona: Persona, evidence: Evidence, exam: Exam, settings: MatchSettings) -> Call:
    template, fence = prompt("match"), asker.fence
    return asker.call(
        PROPOSAL,
        [
            ("system", template.render("propose_system", fence=fence.word, n=settings.candidates)),
            (
                "user",
                template.render(
                    "propose_user",
                    fence=fence.word,
                    sure=sure(persona, fence),
                    history=in_words(asker, evidence, exam.told),
                ),
            ),
        ],
        candidates_answer(settings.candidates),
        _SUMMARY + _CANDIDATE * settings.candidates,
    )


def _scoring(asker: Asker, persona: Persona, exam: Exam, candidate: Candidate | None, nth: int) -> Call:
    """Everything is the same for all candidates but the candidate, the order of the things included."""
    template, fence = prompt("match"), asker.fence
    who = sure(persona, fence) + ([] if candidate is None else candidate.lines(persona, fence))
    things = [thing for question in exam.questions for thing in (question.own.thing, *question.others)]
    items = [fence.quoted(things[place].words, LONGEST) for place in _order(asker, exam)]
    return asker.call(
        SCORE,
        [
            ("system", template.render("score_system", fence=fence.word, who=who)),
            ("user", template.render("score_user", fence=fence.word, items=items)),
        ],
        items_answer(len(items), RatingAnswer),
        _RATING * len(items),
        nth,
    )


def _order(asker: Asker, exam: Exam) -> list[int]:
    things = [thing for question in exam.questions for thing in (question.own.thing, *question.others)]
    return asker.order("match: order", (thing.item_id for thing in things))


def _judged(
    asker: Asker,
    evidence: Evidence,
    exam: Exam,
    candidates: Sequence[Candidate | None],
    answers: Sequence[Answer | CallError],
    level: float,
) -> list[Scored]:
    """The first is the one of whom only the facts are known."""
    counts = np.array([not evidence.dislikes(question.own) for question in exam.questions])
    real = np.array([np.nan if (r := q.own.rating) is None else r for q in exam.questions], dtype=np.float64)
    rated = np.isfinite(real)
    found: list[Scored] = []
    differences: F64 | None = None
    for candidate, answer in zip(candidates, answers, strict=True):
        if isinstance(answer, CallError):
            found.append(Scored(candidate=candidate, failure=why_not(answer)))
            continue
        ratings = _by_question(asker, exam, answer)
        own, apart = ratings[:, 0], (ratings[:, 0] - ratings[:, 1:].mean(axis=1))[counts]
        differences = apart if candidate is None else differences
        margin = Difference.of(apart)
        gain = None if candidate is None or differences is None else Difference.of(apart - differences)
        each = level / (len(candidates) - 1)
        found.append(
            Scored(
                candidate=candidate,
                margin=margin,
                gain=gain,
                correlation=correlation(real[rated], own[rated]),
                separates=gain is not None and margin.clear(each) and gain.clear(each),
            )
        )
    return found


def _by_question(asker: Asker, exam: Exam, answer: Answer) -> F64:
    """Ratings put back from slots: own things in the first column, others' behind. (questions, 1 + others)."""
    order = _order(asker, exam)
    by_thing = np.empty(len(order))
    by_thing[order] = of_items(answer.value, len(order), "rating", RATING)
    return by_thing.reshape(len(exam.questions), -1)


def _kept(match: Match) -> Match:
    """The candidate that separates best, if one does."""
    able = [nth for nth, one in enumerate(match.candidates) if one.margin is not None]
    best = max(able, key=lambda nth: _rank(match.candidates[nth]))
    separating = [nth for nth in able if match.candidates[nth].separates]
    if not separating:
        one = match.candidates[best]
        why = f"own above others by {one.margin} at best, {one.gain} more than with the facts alone"
        return replace(match, outcome=Outcome.NO_SIGNAL, why=why)
    kept = max(separating, key=lambda nth: _rank(match.candidates[nth]))
    one = match.candidates[kept]
    assert one.candidate is not None
    why = f"own above others by {one.margin} rating points, {one.gain} more than with the facts alone"
    evidence = f"{why}; {clean(match.model or '', 80)}, {match.prompt_id}"
    persona = one.candidate.applied(match.persona, evidence)
    return replace(match, persona=persona, outcome=Outcome.KEPT, why=why, kept=kept)


def _rank(one: Scored) -> tuple[float, float]:
    assert one.margin is not None
    return one.margin.mean, -2.0 if one.correlation is None else one.correlation
