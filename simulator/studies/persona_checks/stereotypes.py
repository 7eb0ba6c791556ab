"""Identity swaps: what becomes of a persona when its gender or its origin is another one, and nothing else.

Models of people treat the same request in another way when another identity stands before it ("Exploring Safety-Utility
Trade-Offs in Personalized Language Models"). So every persona meets the same page twice, the second time under another
identity. Three readings, from the sure to the doubtful: traits and wants of the statistical mind, which may move by the
links' effect of gender and by nothing else; the words of the prompt, which may differ in the swapped facts alone; and
what a language model states (`asked`), beside a placebo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from personas.links import LINKS
from personas.schema import Persona
from personas.traits import ACTIVITY_SPREAD, BEHAVIOURAL
from simulator.llm.fencing import Fence
from simulator.minds.language.persona_words import Biography
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.population import Population, from_personas
from simulator.population.drawing import HABIT_SPREAD
from simulator.records import F32
from simulator.studies.persona_checks.privacy import texts
from simulator.studies.persona_checks.setting import Setting
from simulator.studies.persona_checks.swap_asking import asked as asked
from simulator.studies.persona_checks.swapping import (
    MOST,
    SWAPS,
    Pair,
    left_behind,
    only_swapped,
    pairs,
    some,
    told_as,
    turned,
)

F64 = npt.NDArray[np.float64]
_CRUMBS = 1e-4
"""Standard deviations that rounding to 32 bits may make."""
_FIRST = 50
"""Lines and warnings that are told."""


def stereotypes(setting: Setting, *, most: int = MOST) -> dict[str, Any]:
    """What the simulator itself makes of swapped identities, as a document; no model is asked.

    `personas` of `of` took part; `faults`: how often something moved that nothing explains. By swap (`gender`,
    `origin`): `swapped` personas; `traits` (`_traits`); `wants`, the chance of wanting the items of each person's usual
    page: mean and greatest absolute difference; `words` (`_words`). Raises UserInputError.
    """
    cast = some(setting.personas, most, setting.seed)
    swaps = {}
    for swap in SWAPS:
        found = pairs(cast, swap, setting.seed)
        swaps[swap] = {"swapped": len(found)} | (_compared(setting, found, swap) if found else {})
    faults = sum(one.get("faults", 0) for one in swaps.values())
    return {"personas": len(cast), "of": len(setting.personas), "faults": faults, "swaps": swaps}


def _compared(setting: Setting, found: Sequence[Pair], swap: str) -> dict[str, Any]:
    before, after = (from_personas(cast, setting.split, seed=setting.seed) for cast in _sides(found))
    traits = _traits(found, before, after, swap)
    apart = np.abs(_wants(setting, after) - _wants(setting, before))
    words = _words(setting, found, before, after)
    unexplained = sum(one["unexplained"] for one in traits.values())
    return {
        "faults": unexplained + int((apart > _CRUMBS).any(axis=1).sum()) + words["beside_the_facts"],
        "traits": traits,
        "wants": {"mean": float(apart.mean()), "max": float(apart.max()), "items": int(apart.shape[1])},
        "words": words,
    }


def _sides(found: Sequence[Pair]) -> tuple[list[Persona], list[Persona]]:
    return [one.before for one in found], [one.after for one in found]


def _traits(found: Sequence[Pair], before: Population, after: Population, swap: str) -> dict[str, Any]:
    """By trait, in sd: `stated` by how many, `moved` (share of people), `mean` (of a gender swap, women less men; of
    others, after less before) and `max` absolute shift, its `cause`, and `unexplained`: people who moved although they
    state the trait, or by more than the links say."""
    gendered = {link.trait: link.effect for link in LINKS if link.cause == "female"} if swap == "gender" else {}
    sign = turned(found) if swap == "gender" else np.ones(len(found))
    out = {}
    for trait in BEHAVIOURAL:
        shift = _sd(after, trait.name) - _sd(before, trait.name)
        told = np.array([getattr(one.before.behaviour, trait.name) is not None for one in found])
        moved = np.abs(shift) > _CRUMBS
        most = np.where(told, 0.0, abs(gendered.get(trait.name, 0.0)))
        effect = gendered.get(trait.name)
        cause = "nothing" if effect is None else f"links: women {effect:+.3f} sd from men, where it is not stated"
        out[trait.name] = {
            "stated": int(told.sum()),
            "moved": float(moved.mean()),
            "mean": float((sign * shift).mean()),
            "max": float(np.abs(shift).max()),
            "cause": cause,
            "unexplained": int((np.abs(shift) > most + _CRUMBS).sum()),
        }
    return out


def _sd(people: Population, trait: str) -> F64:
    """A trait as it acts, in sd. (n,)."""
    if trait == "activity":
        return np.log(people.activity.astype(np.float64)) / ACTIVITY_SPREAD
    factors = {"diversity": people.boredom_proneness, "position_habit": people.position_habit}
    if trait in factors:
        return np.log(factors[trait].astype(np.float64)) / HABIT_SPREAD
    values: F32 = getattr(people, trait)
    return values.astype(np.float64)


def _wants(setting: Setting, people: Population) -> F64:
    """Chance of wanting each item of a person's usual page, with what people say of themselves. (n, m)."""
    block = setting.stack.block(people)
    mind = stated(block.mind(NAMED, setting.seed), Statements.of(people, setting.split.catalog), setting.seed)
    page = block.usual_page()
    rows = np.arange(len(people), dtype=np.int32)
    chance: F64 = expit(mind.judge(rows, page, page >= 0).want.astype(np.float64))
    return chance


def _words(setting: Setting, found: Sequence[Pair], before: Population, after: Population) -> dict[str, Any]:
    """Lines of the prompt: `same`, prompts that do not differ; `only_the_facts`, those that differ in the swapped facts
    alone; `beside_the_facts`, those of which another line differs that no trait explains; `lines` that differ besides
    the facts; `not_swapped`, texts that still tell what was swapped, and `contradicted`, personas that have any: a
    model reads two identities there.

    A trait that the links move may cross the mark from which it is worth a word: such a line is told, and no fault.
    """
    biography = Biography(setting.split.known, seed=setting.seed)
    same = clear = beside = 0
    lines, kept = [], []
    for row, pair in enumerate(found):
        fence = Fence.of(setting.seed, pair.before.id)
        one, other, held = (biography.persona(people, row, fence) for people in (before, after, told_as(before, found)))
        gone, new = _apart(one, other)
        same += not (gone or new)
        clear += bool(gone or new) and _only_facts(pair, gone, new)
        beside += not _only_facts(pair, *_apart(one, held))
        if not _only_facts(pair, gone, new):
            lines.append({"persona": pair.before.id, "before": _others(gone), "after": _others(new)})
        for path, mentioned in left_behind(pair, list(texts(pair.before))):
            warning = f"not swapped: {path} mentions {', '.join(mentioned)}"
            kept.append({"persona": pair.before.id, "field": path, "warning": warning})
    return {
        "same": same,
        "only_the_facts": clear,
        "beside_the_facts": beside,
        "lines": lines[:_FIRST],
        "contradicted": len({one["persona"] for one in kept}),
        "mentions": len(kept),
        "not_swapped": kept[:_FIRST],
    }


def _apart(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    return [line for line in one if line not in other], [line for line in other if line not in one]


def _only_facts(pair: Pair, gone: Sequence[str], new: Sequence[str]) -> bool:
    """Whether no line differs, or one, and that in the swapped facts alone."""
    return len(gone) == len(new) <= 1 and all(only_swapped(pair, *both) for both in zip(gone, new, strict=True))


def _others(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not line.startswith("About you: ")]
