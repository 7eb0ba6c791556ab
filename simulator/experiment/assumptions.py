"""What a run assumes of people: the constants of its laws, and of the minds and memories that speak through a model.

Each has its value, grade and source, for the manifest and the report; what does not act in a run is not listed. The
reasons stand beside the constants and in docs/science.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from simulator.behaviour.constants import Grade, LawRecord
from simulator.behaviour.laws import Laws
from simulator.experiment.plan import Plan
from simulator.memory import episodes, graph, reflection, usual
from simulator.memory.settings import MemorySettings
from simulator.memory.words import HOUR_S
from simulator.minds import stated
from simulator.minds.language import questions, scales
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population, imagined

_CHOSEN = "chosen"
_ACT_R = "ACT-R's default, Anderson & Lebiere 1998"


def assumptions(plan: Plan, laws: Laws) -> list[LawRecord]:
    """Every constant that acts in a run. What is not at its default counts as assumed."""
    records = laws.grades()
    if plan.language is not None:
        records += _stated(plan.language, literal=plan.behaviour == "literal")
    if plan.memory is not None:
        records += _remembered(plan.memory)
    return records


def assumptions_of_personas(people: Population) -> list[LawRecord]:
    """What is assumed beside the laws of people who have personas."""
    if people.personas is None:
        return []
    unique = list({id(one): one for one in people.personas if one is not None}.values())
    records = [
        LawRecord("persona", name, value, "logits", "assumed", f"on {what}; size chosen")
        for name, value, what in stated.constants(unique)
    ]
    text = "as many as people of the log have who are as active; cut here; chosen"
    records.append(LawRecord("persona", "most imagined choices", imagined.MOST, "share of items", "assumed", text))
    for name, value in (
        ("fame", imagined.FAME),
        ("liked genre", imagined.LIKED),
        ("disliked genre", imagined.DISLIKED),
    ):
        records.append(LawRecord("persona", name, value, "score of an imagined choice", "assumed", "size chosen"))
    return records


def _stated(mind: LanguageMindSettings, *, literal: bool) -> Iterator[LawRecord]:
    """How what a model states becomes numbers."""
    law, default = "stated want", LanguageMindSettings()
    if mind.kind == "hybrid":
        yield _set(law, "bound", mind.bound, default.bound, "logits", "assumed", _CHOSEN)
    elif mind.calibration.method == "none":
        text = "logit((want + 1/2) / 11), and 5 is as usual: no scale of a model's words is known"
        yield LawRecord(law, "middle", scales.MIDDLE_WANT, "points", "assumed", text)
    else:
        text = "pages that people come to see, over which the base rate of held-out choices is taken; chosen"
        yield LawRecord(law, "pages_seen", questions.PAGES_SEEN, "pages", "assumed", text)
    if mind.kind == "archetype":
        text = "spread of people around their archetype; chosen"
        yield _set(law, "noise", mind.noise, default.noise, "logits", "assumed", text)
    if mind.kind != "hybrid" and not literal:
        yield from _stated_ratings(calibrated=mind.calibration.method != "none")


def _stated_ratings(*, calibrated: bool) -> Iterator[LawRecord]:
    """A calibration learns the model's scale; the manifest holds what it found."""
    law, source = "stated rating", "6,512 ratings of Agent4Rec's people (gpt-3.5-turbo on MovieLens-1M)"
    if not calibrated:
        yield LawRecord(law, "mean", scales.STATED_MEAN, "levels", "transferred", source)
        yield LawRecord(law, "spread", scales.STATED_SPREAD, "levels", "transferred", source)
        text = "how far the model keeps to the person's own scale; chosen"
        yield LawRecord(law, "followed", scales.FOLLOWED, "share", "assumed", text)
    text = "that of a factor model on MovieLens-1M: a language model's is not known"
    yield LawRecord(law, "reliability", scales.RELIABILITY, "correlation", "assumed", text)


def _remembered(memory: MemorySettings) -> Iterator[LawRecord]:
    """What is kept, what comes to mind, and how beliefs move."""
    law, default = "memory", MemorySettings()
    for name in ("k", "cap"):
        yield _set(law, name, getattr(memory, name), getattr(default, name), "memories", "assumed", _CHOSEN)
    for one in fields(memory.weights):
        source = "form: Park et al., UIST 2023, who weigh all three alike; size chosen"
        value, usually = getattr(memory.weights, one.name), getattr(default.weights, one.name)
        yield _set("recall", one.name, value, usually, "weight", "assumed", source)
    yield _set("recall", "decay", memory.decay, default.decay, "exponent", "transferred", _ACT_R)
    yield LawRecord("recall", "unit", HOUR_S, "s", "assumed", _CHOSEN)
    law, own, usually = "forgetting", memory.forgetting, default.forgetting
    yield _set(law, "decay", own.decay, usually.decay, "exponent", "transferred", _ACT_R)
    yield _set(law, "unit", own.unit_s, usually.unit_s, "s", "assumed", _CHOSEN)
    source = "that surprise makes memories: Rouhani, Norman & Niv 2018; form and size chosen"
    for name in ("BASE", "W_RATING", "W_PAGE", "W_MOOD", "W_FIRST", "W_WORDS"):
        label = name.removeprefix("W_").lower()
        yield LawRecord("importance", label, getattr(episodes, name), "weight", "assumed", source)
    source = "how fast what is usual follows the last page; chosen"
    yield LawRecord("importance", "adapt", usual.ADAPT, "share per page", "assumed", source)
    yield from _believed(memory, default)
    if memory.graph:
        source = "PathSim, Sun et al. 2011, mixed as in SimUSER (arXiv 2504.12722)"
        yield LawRecord("evidence", "alpha", graph.ALPHA, "share", "transferred", source)
        yield LawRecord("evidence", "least", graph.LEAST, "likeness", "assumed", _CHOSEN)


def _believed(memory: MemorySettings, default: MemorySettings) -> Iterator[LawRecord]:
    levels = memory.reflection
    if not (levels.page or levels.session or levels.span):
        return
    for name, unit in (("trust", "chance"), ("agree", "cosine"), ("floor", "confidence")):
        value, usually = getattr(memory.revision, name), getattr(default.revision, name)
        yield _set("beliefs", name, value, usually, unit, "assumed", "Bayes' rule for one witness; size chosen")
    if levels.page:
        yield LawRecord("beliefs", "note", reflection.NOTE_CONFIDENCE, "stated confidence", "assumed", _CHOSEN)
    if levels.session:
        source = "form: Park et al., UIST 2023; size chosen"
        value, usual_value = memory.reflection_threshold, default.reflection_threshold
        yield _set("reflection", "threshold", value, usual_value, "importance", "assumed", source)
    if levels.span:
        value, usual_value = memory.span_sessions, default.span_sessions
        yield _set("reflection", "span", value, usual_value, "visits", "assumed", _CHOSEN)


def _set(law: str, constant: str, value: float, default: float, unit: str, grade: Grade, source: str) -> LawRecord:
    """A constant that a scenario may set."""
    if value == default:
        return LawRecord(law, constant, float(value), unit, grade, source)
    return LawRecord(law, constant, float(value), unit, "assumed", f"set; the default is {default:g}")
