"""A person from a sentence, with a language model: one schema-bound call, whose answer is checked before it counts.

The model puts words into fields; it decides nothing that the fields do not hold. Genres, creators and titles that the
catalogue does not have are dropped and told, numbers are cut to their scales, and where no answer comes, the grammar
(`invented`) reads the sentence instead, and says so. The sentence is data in the prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, create_model

from personas.asking.asker import why_not
from personas.files import of_mapping
from personas.traits import BEHAVIOURAL, BIG_FIVE
from recommenders.wishes.grammar import MOST_LETTERS
from recommenders.wishes.lexicon import lexicon_of, tokens_of
from simulator.experiment.paid import Paid
from simulator.llm.fencing import Fence, clean
from simulator.llm.port import BudgetError, Call, CallError, EndpointError, Message
from simulator.llm.prompting import Prompt
from simulator.llm.settings import LLMSettings
from simulator.llm.shapes import whole_number
from simulator.minds.loop import MindLoop
from simulator.records import F32, Catalog, UserInputError
from simulator.studies.solo.invented import TELL, Invention, id_of, invent, with_name
from simulator.studies.solo.told_character import score_of

PROMPT = Prompt("invent", 1, Path(__file__).parent / "prompts")
PERCENTILES = {1: 0.05, 2: 0.25, 3: 0.5, 4: 0.75, 5: 0.95}
"""What a level says: among a hundred people, the place of one in the middle of each fifth, the ends drawn out.
Assumed."""
TOKENS = 500
"""About what an answer takes."""
_GENRES, _NAMES, _PHRASE = 60, 12, 80
_TRAITS = tuple(trait for trait in BEHAVIOURAL if trait.name != "activity")


def _answer() -> type[BaseModel]:
    level: Any = whole_number((1, 5)) | None
    ten: Any = whole_number((0, 10)) | None
    fields: dict[str, Any] = {
        "name": (str | None, ...),
        "age": (whole_number((5, 115)) | None, ...),
        **dict.fromkeys(("gender", "occupation", "place"), (str | None, ...)),
        **dict.fromkeys((*BIG_FIVE, *(trait.name for trait in _TRAITS)), (level, ...)),
        "visits": (float | None, ...),
        "fatigue": (ten, ...),
        "mood": (ten, ...),
        **{f"{how}_{what}": (list[str], ...) for what in _KINDS for how in ("liked", "disliked")},
        "goals": (list[str], ...),
        "backstory": (str | None, ...),
        "speaking_style": (str | None, ...),
        "unused": (list[str], ...),
    }
    model: type[BaseModel] = create_model("InventedAnswer", **fields)
    return model


_KINDS = {"genres": "genres", "themes": "themes", "creators": "creators", "titles": "examples"}
ANSWER = _answer()


def invent_with(sentence: str, catalog: Catalog, known: F32, llm: LLMSettings, *, seed: int) -> Invention:
    """The person of a sentence, as the model of `llm` understands it; as the grammar does where it does not answer.

    `known`: how many people chose each item. (n_items,). Raises UserInputError where neither makes anything of it.
    """
    said = clean(sentence[:MOST_LETTERS], MOST_LETTERS)
    if not said:
        raise UserInputError(f"an empty sentence tells of nobody. {TELL}")
    if llm.scripted:
        return _without(sentence, catalog, known, f"{llm.model} is no language model; the sentence is read without one")
    try:
        answer, model = _asked(said, catalog, llm, seed)
        return _made(answer, said, sentence, catalog, model)
    except (CallError, EndpointError, BudgetError, UserInputError) as error:
        why = why_not(error) if isinstance(error, CallError) else str(error).partition("; the run keeps")[0]
    told = f"the language model made no person of the sentence ({why}); it is read without one"
    return _without(sentence, catalog, known, told)


def _without(sentence: str, catalog: Catalog, known: F32, told: str) -> Invention:
    return replace(invent(sentence, catalog, known), notices=(told,))


def call_of(said: str, catalog: Catalog, llm: LLMSettings, seed: int) -> Call:
    """The one question."""
    fence = Fence.of(seed, id_of(said))
    genres = ", ".join(fence.quoted(name, _PHRASE) for name in catalog.category_names[:_GENRES])
    system = PROMPT.render("system", fence=fence.word, traits=_TRAITS, genres=genres)
    user = PROMPT.render("user", fence=fence.word, sentence=fence.quoted(said, MOST_LETTERS))
    return Call(
        kind="invention",
        messages=(Message("system", system), Message("user", user)),
        answer=ANSWER,
        max_tokens=llm.room(TOKENS),
        identity=(seed, "solo", id_of(said), "invention"),
        user_id=id_of(said),
    )


def _asked(said: str, catalog: Catalog, llm: LLMSettings, seed: int) -> tuple[Any, str]:
    call = call_of(said, catalog, llm, seed)
    with MindLoop() as loop:
        paid = Paid(llm, None)
        try:
            if paid.budget.limited and not paid.budget.covers(paid.worst_case([call])):
                raise BudgetError("the budget does not cover the question. Raise llm.budget")
            answer = loop.run(paid.stack.ask(call))
            return answer.value, answer.model or llm.model
        finally:
            paid.close(loop)


def _made(answer: Any, said: str, sentence: str, catalog: Catalog, model: str) -> Invention:
    missed = [clean(one, 200) for one in answer.unused[:_NAMES] if one.strip()]
    identity: dict[str, Any] = {
        name: clean(text, 120)
        for name in ("name", "gender", "occupation", "place")
        if (text := getattr(answer, name)) is not None and clean(text, 120)
    }
    if answer.age is not None:
        identity["age"] = min(max(answer.age, 5), 115)
    levels = {name: min(max(level, 1), 5) for name in _LEVELLED if (level := getattr(answer, name)) is not None}
    behaviour = {name: PERCENTILES[level] for name, level in levels.items() if name not in BIG_FIVE}
    if answer.visits is not None and 0 < answer.visits <= 100:
        behaviour["activity"] = answer.visits
    personality = {name: score_of(name, PERCENTILES[level]) for name, level in levels.items() if name in BIG_FIVE}
    begins = {}
    if answer.fatigue is not None:
        begins["fatigue"] = min(max(answer.fatigue, 0), 9) / 10
    if answer.mood is not None:
        begins["mood"] = round((min(max(answer.mood, 0), 10) - 5) / 5, 2)
    tastes = {kind: _likes(answer, what, kind, catalog, missed) for what, kind in _KINDS.items()}
    goals = list(dict.fromkeys(goal for one in answer.goals[:_NAMES] if (goal := clean(one, 120))))
    data: dict[str, Any] = {
        "id": id_of(sentence),
        "identity": identity,
        "personality": personality,
        "behaviour": behaviour,
        "tastes": {kind: likes for kind, likes in tastes.items() if likes},
        "goals": goals,
        "backstory": clean(answer.backstory, 1000) if answer.backstory else said,
        "speaking_style": clean(answer.speaking_style, 300) if answer.speaking_style else None,
    }
    made = f"made of a sentence by {clean(model, 80)}, {PROMPT.id}"
    parts = [
        part for part in ("identity", "personality", "behaviour", "tastes", "goals", "speaking_style") if data[part]
    ]
    origins: dict[str, Any] = {part: {"how": "inferred", "evidence": made} for part in parts}
    origins |= {"backstory": {"how": "inferred", "evidence": made}} if answer.backstory else {}
    named = with_name(identity, id_of(sentence), origins)
    data = {name: value for name, value in (data | {"identity": named, "origins": origins}).items() if value}
    persona = of_mapping(data, "what the model made of the sentence")
    understood = tuple(_understood(identity, behaviour, personality, data.get("tastes", {}), goals, begins))
    if not understood:
        raise UserInputError(f"{said[:80]}: nothing of this was understood. {TELL}")
    return Invention(persona=persona, understood=understood, missed=tuple(dict.fromkeys(missed)), begins=begins)


_LEVELLED = (*BIG_FIVE, *(trait.name for trait in _TRAITS))


def _likes(answer: Any, what: str, kind: str, catalog: Catalog, missed: list[str]) -> dict[str, list[str]]:
    """Names of one kind that the catalogue has, in its own spelling; the last word on a name counts."""
    known, found = _spelled(kind, catalog), {}
    for how in ("liked", "disliked"):
        names: list[str] = []
        for one in getattr(answer, f"{how}_{what}")[:_NAMES]:
            if not (name := clean(one, 120)):
                continue
            spelled = [name] if known is None else known.get(tuple(tokens_of(name)), [])
            if not spelled:
                missed.append(f"{name} (no {what.removesuffix('s')} of the catalogue)")
            names += [one for one in spelled if one not in names]
        found[how] = names
    found["liked"] = [name for name in found["liked"] if name not in found["disliked"]]
    return {how: names for how, names in found.items() if names}


def _spelled(kind: str, catalog: Catalog) -> dict[tuple[str, ...], list[str]] | None:
    """The names of a kind by their words; None where any words will do."""
    lexicon = lexicon_of(catalog)
    if kind == "genres":
        return {words: list(names) for words, names in lexicon.categories.items()}
    if kind == "creators":
        return {words: list(names) for words, names in lexicon.creators.items()}
    if kind == "examples":
        return {
            words: list(dict.fromkeys(catalog[catalog.row_of[item_id]].title for item_id in ids))
            for words, ids in lexicon.titles.items()
        }
    return None


def _understood(
    identity: dict[str, Any],
    behaviour: dict[str, float],
    personality: dict[str, float],
    tastes: dict[str, dict[str, list[str]]],
    goals: Sequence[str],
    begins: dict[str, float],
) -> list[str]:
    told = [f"{name}: {value}" for name, value in identity.items()]
    told += [f"{name.replace('_', ' ')}: {value:g}" for name, value in {**behaviour, **personality}.items()]
    for likes in tastes.values():
        told += [f"likes {name}" for name in likes.get("liked", ())]
        told += [f"dislikes {name}" for name in likes.get("disliked", ())]
    told += [f"comes to {goal}" for goal in goals]
    return told + [f"{name} at the start: {value:g}" for name, value in begins.items()]
