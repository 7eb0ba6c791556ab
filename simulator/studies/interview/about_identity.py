"""Answers about who the person is: what is written down of them, and what kind of person they are."""

from __future__ import annotations

import re

from simulator.studies.interview.about_visit import favourites
from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import counted, listed, quoted
from simulator.studies.interview.trait_words import BEHAVIOUR, NATURE

MARKED = 0.7
"""Standard deviations from which a trait is worth a word, as in `simulator.minds.language.own_words`."""
_ON_THE_WHOLE = re.compile(
    r"\b(?:personality|character|traits?|weakness\w*|strengths?|kind|sort|type|person|usually|normally|what)\b"
)
"""Words of who asks for all that a person is like."""
_NOT_TOLD = "Nothing is written down about that, and I will not make it up"


def who(asked: Asked) -> Said:
    """Who they are."""
    subject, persona = asked.subject, asked.subject.persona
    habits = [_trait_words(name, value) for name, value in marked(asked)[:3]]
    if persona is None:
        kinds = favourites(asked)[:3]
        return said(
            f"I am {subject.name}, one of the people of the data: a name is all that is written down of me, beside "
            "what I chose",
            f"I chose {counted(len(subject.chosen_before), 'thing')} before, {listed(kinds)} among them more often "
            "than chance would have it"
            if kinds
            else f"I chose {counted(len(subject.chosen_before), 'thing')} before",
            f"{listed(habits)}" if habits else "",
            grounds=[f"choices before: {len(subject.chosen_before)}", *_trait_grounds(asked)],
        )
    one = persona.identity
    facts = [
        f"I am {one.name or persona.name}" + (f", {one.age}" if one.age is not None else ""),
        f"By occupation: {one.occupation}" if one.occupation else "",
        f"I live in {one.place}" if one.place else "",
        quoted(persona.backstory) if persona.backstory else "",
        listed(habits) if habits else "",
    ]
    return said(*facts, grounds=[f"persona {persona.id}", *_trait_grounds(asked)])


def name(asked: Asked) -> Said:
    """Their name."""
    return said(f"I am called {asked.subject.name}", grounds=(f"id: {asked.subject.user_id}",))


def _fact(asked: Asked, value: object, text: str) -> Said:
    if asked.subject.persona is None or not value:
        return said(_NOT_TOLD, grounds=("not written down",))
    return said(text, grounds=(text,))


def age(asked: Asked) -> Said:
    value = asked.subject.persona.identity.age if asked.subject.persona else None
    return _fact(asked, value, f"I am {value}")


def work(asked: Asked) -> Said:
    value = asked.subject.persona.identity.occupation if asked.subject.persona else None
    return _fact(asked, value, f"By occupation: {value}")


def home(asked: Asked) -> Said:
    value = asked.subject.persona.identity.place if asked.subject.persona else None
    return _fact(asked, value, f"I live in {value}")


def gender(asked: Asked) -> Said:
    value = asked.subject.persona.identity.gender if asked.subject.persona else None
    return _fact(asked, value, f"{value}")


def language(asked: Asked) -> Said:
    value = asked.subject.persona.identity.language if asked.subject.persona else None
    return _fact(asked, value, f"I speak {value}")


def trait(asked: Asked) -> Said:
    """What kind of person they are, in the respect that is asked about."""
    text, traits = asked.question.referred.text, asked.subject.traits
    named = {
        name_of: max((len(word) for word in words.asked if word in text), default=0)
        for name_of, words in BEHAVIOUR.items()
        if name_of in traits
    }
    if any(named.values()):
        name_of = max(named, key=lambda one: named[one])  # the longest word that is asked by is the most particular one
        value = traits[name_of]
        return said(_trait_words(name_of, value, always=True), grounds=(f"{name_of}: {value:+.1f} sd",))
    persona = asked.subject.persona
    for name_of, words in NATURE.items():
        if any(word in text for word in words.asked):
            score = getattr(persona.personality, name_of) if persona is not None else None
            if score is None:
                return said(_NOT_TOLD, grounds=(f"{name_of}: not written down",))
            return said(
                f"I am {'rather ' if 0.35 < score < 0.65 else ''}{words.high if score >= 0.5 else words.low}",
                grounds=(f"{name_of}: {score:.2f} of 0 to 1",),
            )
    if not _ON_THE_WHOLE.search(text):
        return said(_NOT_TOLD, grounds=("no trait that is known tells",))
    told = [_trait_words(name_of, value) for name_of, value in marked(asked)[:4]]
    if not told:
        return said("In all that is known of me I am much like most people", grounds=_trait_grounds(asked))
    return said(listed(told), grounds=_trait_grounds(asked))


def marked(asked: Asked) -> list[tuple[str, float]]:
    """The traits in which the person differs from most, the strongest first."""
    found = [
        (name_of, value)
        for name_of, value in asked.subject.traits.items()
        if name_of in BEHAVIOUR and abs(value) >= MARKED
    ]
    return sorted(found, key=lambda one: -abs(one[1]))


def _trait_words(name_of: str, value: float, *, always: bool = False) -> str:
    words = BEHAVIOUR[name_of]
    if always and abs(value) < MARKED:
        return words.middling
    return words.high if value > 0 else words.low


def _trait_grounds(asked: Asked) -> list[str]:
    told = ", ".join(f"{name_of} {value:+.1f}" for name_of, value in marked(asked)[:6])
    return [f"traits that are marked, in sd: {told}"] if told else ["no trait is marked"]


ANSWERS = {
    Topic.WHO: who,
    Topic.NAME: name,
    Topic.AGE: age,
    Topic.WORK: work,
    Topic.PLACE: home,
    Topic.GENDER: gender,
    Topic.LANGUAGE: language,
    Topic.TRAIT: trait,
}
