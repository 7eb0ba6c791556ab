"""Answers about the person: how they feel, what they like."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from simulator.studies.interview.about_visit import favourites
from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import TIRED, against_expectation, counted, energy, listed, mood, quoted, some


def feeling(asked: Asked) -> Said:
    """How they are."""
    now = asked.subject.now
    last = asked.subject.turns[-1] if asked.subject.turns else None
    return said(
        f"My mood is {mood(now.mood)}, and I am {energy(now.fatigue)}",
        f"Overall my satisfaction is {now.satisfaction:.1f} of 5"
        if last is not None
        else "I have not been shown anything yet",
        _why_mood(asked) if last is not None else "",
        grounds=(
            f"mood: {now.mood:+.2f} of -1 to 1; fatigue: {now.fatigue:.2f} of 0 to 1; satisfaction: "
            f"{now.satisfaction:.2f} of 5",
        ),
    )


def why_feeling(asked: Asked) -> Said:
    """Why they feel as they do."""
    text = asked.question.referred.text
    if "tired" in text or "exhaust" in text or "sleepy" in text:
        return tired(asked)
    if "bored" in text:
        return bored(asked)
    if "satisf" in text or "happy" in text or "pleased" in text:
        return satisfied(asked)
    told = feeling(asked)
    return (
        told
        if asked.subject.turns
        else said("I have only just come, so nothing has moved me yet", grounds=told.grounds)
    )


def _why_mood(asked: Asked) -> str:
    last = asked.subject.turns[-1]
    step = last.after.mood - last.before.mood
    if abs(step) < 0.05:
        return ""
    if step > 0:
        return "The last page lifted it: there was more on it for me than I am used to"
    return "The last page lowered it: there was less on it for me than I am used to"


def tired(asked: Asked) -> Said:
    """Whether they are tired, and of what."""
    now, turns = asked.subject.now, asked.subject.turns
    visit = [lived for lived in turns if lived.session == turns[-1].session] if turns else []
    looked = sum(place.examined for lived in visit for place in lived.places)
    chosen = sum(place.clicked for lived in visit for place in lived.places)
    verdict = f"I am {energy(now.fatigue)}"
    if asked.yes_or_no:
        word = "No" if now.fatigue <= TIRED else "Yes" if now.fatigue > 0.35 else "A little"
        verdict = f"{word}: {verdict}"
    work = f"In this visit I have looked at {counted(looked, 'thing')} and chosen {chosen}" if visit else ""
    return said(
        verdict,
        work,
        grounds=(f"fatigue: {now.fatigue:.2f} of 0 to 1", f"looked at {looked}, chosen {chosen} in this visit"),
    )


def bored(asked: Asked) -> Said:
    """Whether it is too much of the same, and of what."""
    turns = asked.subject.turns
    if not turns:
        return said("No, I have only just come", grounds=("pages lived: 0",))
    last = turns[-1]
    pulls = [place.pulls["boredom"] for place in last.places if place.examined and "boredom" in place.pulls]
    size = fmean(pulls) if pulls else 0.0
    visit = [lived for lived in turns if lived.session == last.session]
    kinds = Counter(name for lived in visit for place in lived.places if place.examined for name in place.categories)
    looked = sum(place.examined for lived in visit for place in lived.places)
    most = kinds.most_common(1)
    same = (
        f"{most[0][1]} of the {looked} things that I looked at in this visit were {most[0][0]}"
        if most and most[0][1] > 1
        else ""
    )
    verdict = "Yes" if size < -0.3 else "A little" if size < -0.1 else "No, not really"
    drive = last.drives.get("bored")
    grounds = [f"boredom on the last page: {size:+.2f} logits a thing"]
    grounds += [f"push towards leaving from boredom: {drive:+.2f} logits"] if drive is not None else []
    return said(verdict, same, grounds=[*grounds, *([same] if same else [])])


def satisfied(asked: Asked) -> Said:
    """How satisfied they are."""
    now, turns = asked.subject.now, asked.subject.turns
    if not turns:
        return said(
            f"I cannot say yet, I have been shown nothing; I expect about {now.expectation:.1f} of 5",
            grounds=(f"expectation: {now.expectation:.2f}",),
        )
    last = turns[-1]
    gap, chosen = last.satisfaction - last.before.expectation, sum(place.clicked for place in last.places)
    word = (
        "Yes"
        if now.satisfaction >= 3.75
        else "Fairly"
        if now.satisfaction >= 3
        else "Not really"
        if now.satisfaction >= 2.25
        else "No"
    )
    return said(
        f"{word}: {now.satisfaction:.1f} of 5 overall" if asked.yes_or_no else f"{now.satisfaction:.1f} of 5 overall",
        *_not_measured(asked),
        f"The last page was {last.satisfaction:.1f}, {against_expectation(gap)}",
        f"I chose {counted(chosen, 'thing')} on it" if chosen else "Nothing on it was worth choosing to me",
        grounds=(
            f"satisfaction: {now.satisfaction:.2f}; last page {last.satisfaction:.2f}; expected "
            f"{last.before.expectation:.2f}",
        ),
    )


def _not_measured(asked: Asked) -> list[str]:
    """What is asked about that nothing in a person decides."""
    text = asked.question.referred.text
    told = [f"I expect about {asked.subject.now.expectation:.1f} of an ordinary page"] if "expect" in text else []
    asked_for = next((what for word, what in _UNMEASURED.items() if re.search(rf"\b{word}", text)), "")
    if asked_for:
        told.append(f"Whether I would {asked_for}, nothing in me decides; how satisfied I am is all there is")
    return told


_UNMEASURED = {
    "trust": "trust it",
    "recommend": "recommend it to others",
    "suggest": "recommend it to others",
    "friend": "tell a friend",
    "pay": "pay for it",
}


def likes(asked: Asked) -> Said:
    """What they like, by their own words and by what they chose."""
    subject, persona = asked.subject, asked.subject.persona
    texts, grounds = [], []
    if persona is not None:
        for name, told in persona.tastes.each():
            if told.liked:
                what = {
                    "genres": "I like",
                    "themes": "I like things about",
                    "creators": "I like what comes from",
                    "examples": "I loved",
                }[name]
                texts.append(f"{what} {listed([_own(one) for one in told.liked[:4]])}")
                grounds.append(f"said of myself, {name}: {', '.join(told.liked[:6])}")
    kinds = favourites(asked)[:3]
    chosen = [*subject.chosen_before, *(p.item for lived in subject.turns for p in lived.places if p.clicked)]
    if kinds:
        share = [f"{name} {_share(asked, chosen, name):.0%}" for name in kinds]
        texts.append(f"What I choose is more than usual {listed(kinds)}")
        grounds.append(f"of {len(chosen)} choices: {', '.join(share)}")
    recent = [p for lived in subject.turns for p in lived.places if p.liked]
    if recent:
        texts.append(f"Here I liked {listed(asked.titles(recent[-3:]))}")
    if not texts:
        return said(
            "I could not say: I have chosen nothing yet, and nothing is written down of my taste",
            grounds=("choices: 0",),
        )
    return said(*texts, grounds=grounds)


def dislikes(asked: Asked) -> Said:
    """What they dislike, by their own words and by what they wanted least."""
    persona = asked.subject.persona
    texts, grounds = [], []
    if persona is not None:
        for name, told in persona.tastes.each():
            if told.disliked:
                what = {
                    "genres": "I dislike",
                    "themes": "I do not care for things about",
                    "creators": "I do not care for what comes from",
                    "examples": "I did not like",
                }[name]
                texts.append(f"{what} {listed([_own(one) for one in told.disliked[:4]])}")
                grounds.append(f"said of myself, {name}: {', '.join(told.disliked[:6])}")
        avoid = list(dict.fromkeys(name for one in persona.instructions for name in one.avoid))
        if avoid:
            texts.append(f"I told the service to spare me {listed(avoid[:4])}")
    least = _wanted_least(asked)
    if least is not None:
        name, mean, usual, n = least
        texts.append(f"Of what I noticed here I wanted {name} least")
        grounds.append(f"{name}: want {mean:+.2f} logits over {n} things, my usual {usual:+.2f}")
    if not texts:
        return said(
            "I have said nothing of the kind, and I have seen too little here to tell",
            grounds=("dislikes written down: none",),
        )
    return said(*texts, grounds=grounds)


def _wanted_least(asked: Asked) -> tuple[str, float, float, int] | None:
    seen = [p for lived in asked.subject.turns for p in lived.places if p.noticed and not math.isnan(p.want)]
    by_kind: dict[str, list[float]] = {}
    for place in seen:
        for name in place.categories:
            by_kind.setdefault(name, []).append(place.want)
    known = {name: wants for name, wants in by_kind.items() if len(wants) >= 3}
    if len(known) < 2:
        return None
    usual = fmean(place.want for place in seen)
    name = min(known, key=lambda one: fmean(known[one]))
    return name, fmean(known[name]), usual, len(known[name])


def category(asked: Asked) -> Said:
    """What they make of a category."""
    names = asked.question.categories
    if not names:
        kinds = asked.subject.catalog.category_names
        return said(
            f"There is no such category here, so I cannot say; the ones that there are: {some(sorted(kinds), 12)}",
            grounds=(f"categories: {len(kinds)}",),
        )
    parts = [_category(asked, name) for name in names[:2]]
    return said(*(part.text for part in parts), grounds=[ground for part in parts for ground in part.grounds])


def _category(asked: Asked, name: str) -> Said:
    subject, persona = asked.subject, asked.subject.persona
    chosen = [*subject.chosen_before, *(p.item for lived in subject.turns for p in lived.places if p.clicked)]
    texts, grounds = [], []
    if persona is not None:
        for word, kinds in (("like", persona.tastes.genres.liked), ("dislike", persona.tastes.genres.disliked)):
            if name.casefold() in {one.casefold() for one in kinds}:
                texts.append(f"I {word} {name}")
                grounds.append(f"said of myself: {word}s {name}")
    if chosen:
        mine, usual = _share(asked, chosen, name), _share(asked, range(len(subject.catalog)), name)
        how = (
            "more than there are of it"
            if mine > 1.15 * usual
            else "less than there are of it"
            if mine < 0.85 * usual
            else "about as many as there are of it"
        )
        texts.append(f"{mine:.0%} of what I chose is {name}: {how}")
        grounds.append(f"{name}: {mine:.1%} of {len(chosen)} choices, {usual:.1%} of the catalogue")
    wants = [
        p.want
        for lived in subject.turns
        for p in lived.places
        if p.noticed and name in p.categories and not math.isnan(p.want)
    ]
    others = [p.want for lived in subject.turns for p in lived.places if p.noticed and not math.isnan(p.want)]
    if len(wants) >= 2:
        step = fmean(wants) - fmean(others)
        word = "more than" if step > 0.1 else "less than" if step < -0.1 else "about as much as"
        texts.append(f"What I saw of it here I wanted {word} the rest")
        grounds.append(f"want of {name}: {fmean(wants):+.2f} logits over {len(wants)}, of all {fmean(others):+.2f}")
    if not texts:
        texts.append(f"I could not say: I have chosen nothing yet, and nothing is written down of me and {name}")
    return said(*texts, grounds=grounds)


def _share(asked: Asked, rows: Sequence[int], name: str) -> float:
    return sum(name in asked.subject.catalog[row].categories for row in rows) / max(1, len(rows))


def _own(text: str) -> str:
    """Somebody's word for a thing, on one line."""
    return quoted(text, 60)[1:-1]


ANSWERS = {
    Topic.FEELING: feeling,
    Topic.WHY_FEELING: why_feeling,
    Topic.TIRED: tired,
    Topic.BORED: bored,
    Topic.SATISFIED: satisfied,
    Topic.LIKES: likes,
    Topic.DISLIKES: dislikes,
    Topic.CATEGORY: category,
}
