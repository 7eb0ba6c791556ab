"""Answers about one item: what is thought of it, how it was rated, whether it would be chosen now, against another."""

from __future__ import annotations

import math

from simulator.studies.interview.about_choice import why_chosen, why_not_one
from simulator.studies.interview.about_meeting import known_one
from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.cue_words import amount
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import (
    NAMED,
    chance_of,
    each,
    grounds_of,
    in_a_row,
    nothing_named,
    outcome_of,
)
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import against, for_it, reasons
from simulator.studies.interview.said import chance, likely, listed, seconds
from simulator.studies.solo.lived import Place


def about(asked: Asked) -> Said:
    """What is thought of an item: whether it was met, what came of it, why."""
    items = asked.items or asked.focus[-1:]
    if not items:
        return nothing_named(asked)
    return each(asked, items, _about)


def _about(asked: Asked, one: Mention) -> Said:
    place, title = one.place, asked.title(one)
    if place is None:
        return would_one(asked, one, opening=known_one(asked, one))
    if not place.clicked:
        return why_not_one(asked, one)
    felt = _felt(asked, one, place)
    told = why_chosen(asked, one, place)
    return said(felt if felt else f"I chose {title}", told.text, grounds=(*told.grounds, *outcome_of(place)))


def _felt(asked: Asked, one: Mention, place: Place) -> str:
    title = asked.title(one)
    spent = f", and I spent {seconds(place.dwell_s)} with it" if place.dwell_s > 0 else ""
    rated = f"; I gave it {place.rating:g}" if place.rating is not None else ""
    return f"I liked {title}{spent}{rated}" if place.liked else f"I would not say that I liked {title}{spent}{rated}"


def would(asked: Asked) -> Said:
    """Whether an item would be chosen now."""
    items = asked.items or asked.focus[-1:]
    if not items:
        return nothing_named(asked)
    return each(asked, items, would_one)


def would_one(asked: Asked, one: Mention, opening: str = "") -> Said:
    (place,) = asked.subject.appraise([one.item])
    title = asked.title(one)
    if math.isnan(place.chance):
        return said(
            opening, f"I cannot put a number on {title}; I would have to see it on a page", place.reason or "",
            grounds=("chance: not known, a language model decides",),
        )  # fmt: skip
    found = reasons(asked.subject, place)
    sense = for_it(found) if place.chance >= 0.35 else against(found)
    why = f"because {in_a_row(sense[:NAMED])}" if sense else ""
    verdict = (
        f"{likely(place.chance)}: if I looked at it, the chance that I take {title} would be {chance(place.chance)}"
    )
    price = asked.subject.catalog[one.item].price
    text = asked.question.referred.text
    money = ""
    if "pay" in text.split() or "$" in text or "buy" in text.split():
        money = (
            f"It costs {amount(price)}" if price is not None else "What it costs is not told here, so I leave that out"
        )
    return said(
        opening, verdict, f"That is {why}" if why else "", money, grounds=[*grounds_of(found), *chance_of(place)]
    )


def compare(asked: Asked) -> Said:
    """Which of several would rather be chosen, and what makes the difference."""
    items = list(asked.items)
    if len(items) < 2:
        items = [*(one for one in asked.focus if one.item not in {other.item for other in items}), *items][-2:]
    if len(items) < 2:
        return said("Name two of them, by title or number, and I tell you which I would rather have", understood=False)
    items = items[:5]
    thought = asked.subject.appraise([one.item for one in items])
    if any(math.isnan(place.want) for place in thought):
        return said("I cannot compare them without seeing them on a page", items=items, understood=False)
    scale = [place.chance if not math.isnan(place.chance) else place.want for place in thought]
    order = sorted(range(len(items)), key=lambda nth: -scale[nth])
    first, second = order[0], order[1]
    difference = _difference(asked, thought[first], thought[second])
    odds = listed([f"{asked.title(items[nth])} {chance(thought[nth].chance)}" for nth in order])
    near = abs(thought[first].want - thought[second].want) < 0.2
    verdict = (
        f"There is little between {asked.title(items[first])} and {asked.title(items[second])} for me"
        if near
        else f"I would rather have {asked.title(items[first])}"
    )
    why = f"What makes the difference: {difference[0]}" if difference[0] and not near else ""
    if scale[first] < 0.05:
        none = "Neither" if len(items) == 2 else "None"
        verdict = f"{none} of them draws me much; if anything, {asked.title(items[first])}"
    return said(verdict, f"If I looked at them, the chances would be: {odds}", why, grounds=difference[1], items=items)


def _difference(asked: Asked, better: Place, worse: Place) -> tuple[str, tuple[str, ...]]:
    """What speaks most for the one over the other, in words, and the terms."""
    terms = {"want": better.want - worse.want}
    terms |= {name: better.pulls.get(name, 0.0) - worse.pulls.get(name, 0.0) for name in {*better.pulls, *worse.pulls}}
    largest = max(terms, key=lambda name: terms[name])
    grounds = tuple(
        f"{name}: {value:+.2f} logits between them"
        for name, value in sorted(terms.items(), key=lambda one: -abs(one[1]))[:4]
    )
    kind = "taste" if largest == "want" else largest
    for place, speaks in ((better, for_it), (worse, against)):
        words = [reason.words for reason in speaks(reasons(asked.subject, place)) if reason.kind == kind]
        if words:
            of = asked.title(place)
            return f"with {of}, {words[0]}", grounds
    return ("one is more to my taste than the other" if kind == "taste" else ""), grounds


ANSWERS = {
    Topic.THINK_OF: about,
    Topic.ABOUT: about,
    Topic.WOULD: would,
    Topic.COMPARE: compare,
}
