"""What a language model is told before it speaks for somebody: the journal of the last pages, in the first person."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.studies.interview.answer import Answer, Subject
from simulator.studies.interview.reasons import against, for_it, reasons
from simulator.studies.interview.said import as_me, chance, energy, listed, mood, sentence
from simulator.studies.interview.titles import shown
from simulator.studies.solo.lived import Lived, Place

PAGES = 3
"""Pages that are told in full."""
MEMORIES = 5
NAMED = 2
"""Reasons that are told of a decision."""


def facts(subject: Subject, answer: Answer) -> tuple[str, ...]:
    """Sentences, the most telling first: what the person's own numbers answer, the last pages, how they are.

    `answer`: that of the numbers to the same question.
    """
    told = [*_answered(answer), *_condition(subject), *_wishes(subject)]
    first = max(0, len(subject.turns) - PAGES)
    for nth in reversed(range(first, len(subject.turns))):
        told += _page(subject, nth, subject.turns[nth])
    told += [f"I remember: {as_me(text)}" for text, _ in subject.strongest_memories(MEMORIES)]
    chosen = [one for lived in subject.turns[:first] for one in lived.places if one.clicked]
    if chosen:
        told.append(f"On earlier pages I chose {listed([_title(subject, one) for one in chosen[-8:]])}.")
    return tuple(dict.fromkeys(sentence(one) for one in told if one))


def _answered(answer: Answer) -> Iterator[str]:
    if answer.understood:
        yield answer.text


def _condition(subject: Subject) -> Iterator[str]:
    now = subject.now
    yield f"My mood is {mood(now.mood)} and I am {energy(now.fatigue)}"
    if subject.turns:
        yield (
            f"My satisfaction is {now.satisfaction:.1f} of 5; I expect about {now.expectation:.1f} of an ordinary page"
        )
    else:
        yield "I have not been shown a page yet"


def _wishes(subject: Subject) -> Iterator[str]:
    if intent := subject.intent(spoken=True):
        yield intent


def _page(subject: Subject, nth: int, lived: Lived) -> Iterator[str]:
    last = nth == len(subject.turns) - 1
    name = f"page {nth + 1}{' (the last one)' if last else ''}"
    yield f"On {name}, laid out as a {lived.layout}, there were {len(lived.places)} things"
    for position, place in enumerate(lived.places):
        yield _place(subject, nth, position, place, name)
    if lived.left:
        why = "it was simply over" if lived.simply_over else lived.leave_reason.replace("_", " ")
        yield f"After {name} I left; the reason was: {why}"
    elif lived.argument:
        yield f"After {name} I said to the service: {lived.argument}"
    if feeling := lived.words.get("reason"):
        yield f"As I put it then: {feeling}"


def _place(subject: Subject, nth: int, position: int, place: Place, name: str) -> str:
    title = _title(subject, place)
    kinds = f" ({listed(place.categories[:3])})" if place.categories else ""
    where = f"Number {position + 1} of {name} was {title}{kinds}"
    if not place.noticed:
        return f"{where}: I did not notice it"
    if not place.examined:
        return f"{where}: I saw it at a glance and did not look closer"
    found = reasons(subject, place, before=nth)
    sense = for_it(found) if place.clicked else against(found)
    why = f", because {', and '.join(reason.words for reason in sense[:NAMED])}" if sense else ""
    odds = "" if math.isnan(place.chance) else f"; the chance that I take it was {chance(place.chance)}"
    if not place.clicked:
        return f"{where}: I looked at it and passed{why}{odds}"
    liked = "liked it" if place.liked else "did not really like it"
    rated = f" and gave it {place.rating:g}" if place.rating is not None else " and did not rate it"
    return f"{where}: I chose it{why}, {liked}{rated}{odds}"


def _title(subject: Subject, place: Place) -> str:
    return f"“{shown(subject.catalog[place.item])}”"
