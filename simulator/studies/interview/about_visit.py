"""Answers about what a visit is for and what it did: wishes, what changed, what is remembered."""

from __future__ import annotations

import math

import numpy as np

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.reasons import STATISTICAL, for_it, reasons
from simulator.studies.interview.said import chance, counted, energy, listed, mood, some

CANDIDATES = 40
"""Things that are thought over when somebody is asked what they would like to be shown."""
FEW_CANDIDATES = 10
"""The same where a language model may have to think: about one call."""


def show_me(asked: Asked) -> Said:
    """What the person would like to be shown: of things of their kind that they have not had, those they want most."""
    subject = asked.subject
    rows = _candidates(asked)
    thought = [place for place in subject.appraise(rows) if not math.isnan(place.chance)] if rows else []
    top = sorted(thought, key=lambda place: -place.chance)[:3]
    kinds = favourites(asked)[:3]
    persona = subject.persona
    wants = list(persona.tastes.genres.liked[:3]) if persona is not None else []
    texts = []
    if wants or kinds:
        texts.append(f"I go for {listed(wants or kinds)}")
    if top:
        found = for_it(reasons(subject, top[0]))
        texts.append(
            f"Of {counted(len(rows), 'thing')} {'of that kind ' if texts else ''}that I have not had yet I would take "
            f"{listed(asked.titles(top))}, the first with a chance of {chance(top[0].chance)} if I look at it"
        )
        texts.append(f"That is because {found[0].words}" if found else "")
    if persona is not None and persona.tastes.genres.disliked:
        texts.append(f"Spare me {listed(persona.tastes.genres.disliked[:3])}")
    if not texts:
        texts.append("I could not say: I have chosen nothing yet that would tell")
    grounds = [f"{asked.title(place)}: chance {place.chance:.3f}" for place in top]
    grounds.append(f"{len(rows)} things of my kind were thought over")
    return said(*texts, grounds=grounds)


def favourites(asked: Asked) -> list[str]:
    """Categories of which the person chose more than there are in the catalogue, the most marked first."""
    subject = asked.subject
    chosen = asked.chosen
    if not chosen:
        return []
    table = subject.catalog.categories > 0
    mine = table[np.array(chosen)].mean(axis=0)
    all_of_them = table.mean(axis=0)
    order = np.argsort(-(mine - all_of_them), kind="stable")
    names = subject.catalog.category_names
    return [
        names[column]
        for column in order.tolist()
        if column < len(names) and mine[column] > all_of_them[column] and mine[column] > 0
    ]


def _candidates(asked: Asked) -> list[int]:
    """Things of the person's kind that they have neither chosen nor met here, the better known first."""
    subject = asked.subject
    had = {*subject.chosen_before, *(p.item for lived in subject.turns for p in lived.places)}
    wanted = set(favourites(asked)[:3])
    if subject.persona is not None:
        by_name = {name.casefold(): name for name in subject.catalog.category_names}
        wanted |= {
            by_name[name.casefold()] for name in subject.persona.tastes.genres.liked if name.casefold() in by_name
        }
    rows = [
        row
        for row, item in enumerate(subject.catalog)
        if row not in had and (not wanted or wanted & set(item.categories))
    ]
    rows.sort(key=lambda row: (-(subject.catalog[row].review_count or 0), row))
    free = bool(subject.turns) and subject.turns[-1].appraised_by in STATISTICAL
    return rows[: CANDIDATES if free else FEW_CANDIDATES]


def looking_for(asked: Asked) -> Said:
    """What the person is here for."""
    told = asked.subject.intent(spoken=True)
    if not told:
        return said("Nothing in particular; I look around", grounds=("no goals, routine or instruction",))
    return said(told, grounds=(told,))


def changed(asked: Asked) -> Said:
    """What the last page did to the person, or all pages since the one that is named."""
    turns, text = asked.subject.turns, asked.question.referred.text
    if not turns:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    last = len(turns) - 1
    if asked.question.referred.named_page and asked.page is not None:
        first = last = next(nth for nth, lived in enumerate(turns) if lived is asked.page)
    else:
        first = 0 if "first" in text or "beginning" in text or "start" in text else last
    before, after = turns[first].before, asked.subject.now if last == len(turns) - 1 else turns[last].after
    steps = (
        ("mood", before.mood, after.mood, mood(before.mood), mood(after.mood), 0.05),
        ("fatigue", before.fatigue, after.fatigue, energy(before.fatigue), energy(after.fatigue), 0.02),
        (
            "satisfaction",
            before.satisfaction,
            after.satisfaction,
            f"{before.satisfaction:.1f}",
            f"{after.satisfaction:.1f}",
            0.05,
        ),
    )
    moved = [
        f"my {name} {'rose' if b > a else 'fell'} a little" if start == end else f"my {name} went from {start} to {end}"
        for name, a, b, start, end, least in steps
        if abs(b - a) >= least
    ]
    chosen = [p for lived in turns[first : last + 1] for p in lived.places if p.clicked]
    on_it = "With the last page" if last == len(turns) - 1 else f"With page {last + 1}"
    since = "Since the beginning" if first < last else on_it
    return said(
        f"{since} {listed(moved)}" if moved else f"{since} hardly anything has changed for me",
        f"I chose {some(asked.titles(chosen), 5)}" if chosen else "I chose nothing",
        grounds=[f"{name}: {a:+.2f} → {b:+.2f}" for name, a, b, *_ in steps],
    )


ANSWERS = {
    Topic.SHOW_ME: show_me,
    Topic.LOOKING_FOR: looking_for,
    Topic.CHANGED: changed,
}
