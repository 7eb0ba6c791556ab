"""A life for a persona, in prose or as an interview: written from its numbers and tastes, and held against them.

Open-ended life stories condition a language model better than a list of facts does (Moon et al., "Virtual personas for
language models via an anthology of backstories", arXiv 2407.06576). Theirs are made freely and then matched to people;
here the facts come first, so a story may add to them and must not contradict them. What can be checked without
understanding is checked (`grounding`); a story that contradicts is written once more, with what was wrong, and given up
if that does not help.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from personas.asking.answers import StoryAnswer, interview_answer, names
from personas.asking.asker import Admit, Asker, prompt, why_not
from personas.asking.evidence import Evidence
from personas.asking.exams import in_words
from personas.asking.grounding import Grounding, grounding
from personas.asking.outcomes import Outcome
from personas.asking.shelf import Shelf
from personas.asking.words import whole
from personas.files import plain
from personas.schema import MAX_TEXT, Origin, Persona
from simulator.llm.fencing import clean
from simulator.llm.port import Call, CallError, ChatModel, Message
from simulator.llm.settings import LLMSettings

KIND = "persona_backstory"
"""The kind of these calls, as ledgers name it."""
QUESTIONS = (
    "Tell me about yourself: where are you in life, and how did you get there?",
    "What does an ordinary day of yours look like?",
    "What have you always been drawn to, and since when?",
    "What do you turn away from, and why?",
    "How do you decide what to choose when there is a lot to choose from?",
    "What are you looking forward to, and what worries you?",
)
"""The interview. Ours; that people's own interviews carry them far: Park et al. 2024 (arXiv 2411.10109)."""
NOTHING = Evidence()
_TOKENS_A_WORD = 1.5
"""English words take about 1.3 tokens; titles and JSON take the rest. Assumed."""
_WRONG = 160
"""Most characters of a contradiction as it is told to the model."""


@dataclass(frozen=True, kw_only=True)
class BackstorySettings:
    """What is written, and how often."""

    style: Literal["story", "interview"] = "story"
    words: int = 200
    """About how many, in all."""
    titles: int = 12
    """Most things of the history that are told."""
    questions: tuple[str, ...] = QUESTIONS
    attempts: int = 2
    """How often a text may be written that contradicts what is stated."""


@dataclass(frozen=True, kw_only=True)
class Backstory:
    """What came of writing. `persona`: with the text as its backstory, or as it was."""

    persona: Persona
    outcome: Outcome
    why: str
    text: str | None = None
    """The last text, also one that was not kept."""
    grounding: Grounding = field(default_factory=Grounding)
    attempts: int = 0
    model: str | None = None
    prompt_id: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON has it, but for the persona."""
        return {
            "person": self.persona.id,
            "outcome": str(self.outcome),
            "why": self.why,
            "text": self.text,
            "grounding": asdict(self.grounding),
            "attempts": self.attempts,
            "model": self.model,
            "prompt_id": self.prompt_id,
        }


async def backstory(
    model: ChatModel,
    persona: Persona,
    evidence: Evidence = NOTHING,
    shelf: Shelf | None = None,
    settings: BackstorySettings = BackstorySettings(),
    *,
    llm: LLMSettings,
    seed: int,
    admit: Admit | None = None,
) -> Backstory:
    """Write one person's backstory: a call, and one more for each text that contradicts what is stated.

    `evidence`: what may be mentioned by title; `shelf`: the titles that there are. A backstory that is stated stays.
    Raises EndpointError and BudgetError as the model and `admit` do; a call that fails is an outcome.
    """
    if persona.backstory is not None and persona.origin("backstory").how == "stated":
        return Backstory(persona=persona, outcome=Outcome.STATED, why="the persona has a backstory of its own")
    asker = Asker(model=model, llm=llm, seed=seed, person_id=persona.id, admit=admit)
    told = asker.order("backstory: told", (one.thing.item_id for one in evidence.seen))[: settings.titles]
    seen = tuple(evidence.seen[place] for place in told)
    call = _call(asker, persona, in_words(asker, evidence, seen), settings)
    story = Backstory(persona=persona, outcome=Outcome.CONTRADICTS, why="", prompt_id=prompt("backstory").id)
    for attempt in range(1, settings.attempts + 1):
        answer = await asker.one(call)
        if isinstance(answer, CallError):
            return replace(story, outcome=Outcome.FAILED, why=f"no text ({why_not(answer)})", attempts=attempt)
        said: Any = answer.value
        text = _text(said, settings)
        found = grounding(
            text,
            persona,
            met=[one.thing.words for one in evidence.seen],
            named=[clean(title, _WRONG) for title in said.titles],
            catalogue=frozenset() if shelf is None else shelf.titles,
        )
        story = replace(story, text=text, grounding=found, attempts=attempt, model=answer.model)
        if not text:
            return replace(story, outcome=Outcome.FAILED, why="the text is empty")
        if found.holds:
            return _kept(story)
        call = _again(asker, call, answer.text, found)
    return replace(story, why="; ".join(story.grounding.contradictions))


def _call(asker: Asker, persona: Persona, history: list[str], settings: BackstorySettings) -> Call:
    template, fence = prompt("backstory"), asker.fence
    interview = settings.style == "interview"
    questions = settings.questions if interview else ()
    return asker.call(
        KIND,
        [
            ("system", template.render("system", fence=fence.word, words=settings.words, questions=questions)),
            ("user", template.render("user", fence=fence.word, facts=whole(persona, fence), history=history)),
        ],
        interview_answer(len(questions)) if interview else StoryAnswer,
        round(_TOKENS_A_WORD * settings.words) + 40,
        settings.style,
    )


def _again(asker: Asker, call: Call, text: str, found: Grounding) -> Call:
    """The call with the text that was wrong and what is wrong with it; the first question stays first."""
    wrong = [asker.fence.quoted(one, _WRONG) for one in found.contradictions[:5]]
    told = prompt("backstory").render("again", fence=asker.fence.word, wrong=wrong)
    again = call.asking(Message("assistant", text), Message("user", told))
    return replace(again, identity=(*call.identity, "again"))


def _text(answer: Any, settings: BackstorySettings) -> str:
    """The prose, a line a paragraph; of an interview, question and answer in turn."""
    if settings.style == "story":
        return prose(answer.backstory)
    pairs = zip(settings.questions, names("a", len(settings.questions)), strict=True)
    told = [(question, prose(getattr(answer, name))) for question, name in pairs]
    return "\n\n".join(f"Q: {question}\nA: {said}" for question, said in told if said)[:MAX_TEXT].rstrip()


def prose(text: str, cap: int = MAX_TEXT) -> str:
    """A text of several lines, each cleaned as single lines are, at most `cap` characters."""
    lines = [clean(line, cap) for line in text[: 4 * cap].splitlines()]
    whole_text = "\n".join(line for line in lines if line)
    return whole_text if len(whole_text) <= cap else f"{whole_text[: cap - 1].rstrip()}…"


def with_backstory(persona: Persona, text: str, evidence: str) -> Persona:
    """The persona with a text that a model wrote, which its origin says."""
    data = plain(persona)
    origin = Origin(how="inferred", evidence=evidence[:300]).model_dump(exclude_none=True)
    return Persona.model_validate(
        data | {"backstory": text, "origins": data.get("origins", {}) | {"backstory": origin}}
    )


def _kept(story: Backstory) -> Backstory:
    assert story.text is not None
    evidence = f"written by {clean(story.model or '', 80)}, {story.prompt_id}"
    persona = with_backstory(story.persona, story.text, evidence)
    unsaid = [name for name, said in story.grounding.said.items() if said == "unsaid"]
    left = f" (unsaid: {', '.join(unsaid)})" if unsaid else ""
    why = f"nothing contradicts what is stated{left}"
    return replace(story, persona=persona, outcome=Outcome.KEPT, why=why)
