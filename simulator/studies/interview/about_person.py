"""Answers about how the person is: mood, tiredness, boredom, satisfaction."""

from __future__ import annotations

import re
from collections import Counter
from statistics import fmean

from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.changing import mood_since
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import TIRED, against_expectation, counted, energy, mood


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
    if abs(step) < 0.05 or mood_since(asked.subject, len(asked.subject.turns) - 1):
        return ""
    if last.after.mood * step < 0:  # the page may have been worth more than usual, and yet less than the mood before it
        return (
            "It was better before the last page, which did not keep it up"
            if step < 0
            else "It was worse before the last page, and has begun to lift"
        )
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
    work = f"In this visit I have looked at {counted(looked, 'thing')} and chosen {chosen or 'none'}" if visit else ""
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
        f"I chose {counted(chosen, 'thing')} on it" if chosen else "I chose nothing on it",
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
        told.append(f"Whether {asked_for}, nothing in me decides; how satisfied I am is all there is")
    return told


_UNMEASURED = {
    "trust": "I would trust it",
    "recommend": "I would recommend it to others",
    "suggest": "I would recommend it to others",
    "friend": "I would tell a friend",
    "pay": "I would pay for it",
    "know": "it knows me",
    "understand": "it understands me",
}


ANSWERS = {
    Topic.FEELING: feeling,
    Topic.WHY_FEELING: why_feeling,
    Topic.TIRED: tired,
    Topic.BORED: bored,
    Topic.SATISFIED: satisfied,
}
