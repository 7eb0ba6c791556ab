"""Answers about what the person likes, by their own words and by what they chose."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from statistics import fmean

from simulator.studies.interview.about_visit import favourites
from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import listed, quoted, some

_LIKED = {
    "genres": "I like",
    "themes": "I like things about",
    "creators": "I like what comes from",
    "examples": "I loved",
}
_DISLIKED = {
    "genres": "I dislike",
    "themes": "I do not care for things about",
    "creators": "I do not care for what comes from",
    "examples": "I did not like",
}


def likes(asked: Asked) -> Said:
    """What they like, by their own words and by what they chose."""
    subject = asked.subject
    texts, grounds = _stated(asked, "liked", _LIKED)
    kinds, chosen = favourites(asked)[:3], asked.chosen
    if kinds:
        share = [f"{name} {_share(asked, chosen, name):.0%}" for name in kinds]
        texts.append(f"I choose {listed(kinds)} more often than chance would have it")
        grounds.append(f"of {len(chosen)} choices: {', '.join(share)}")
    recent = [p for lived in subject.turns for p in lived.places if p.liked]
    if recent:
        texts.append(f"Here I liked {some(asked.titles(recent[::-1]), 3)}")
    if not texts:
        return said(
            "I could not say: I have chosen nothing yet, and nothing is written down of my taste",
            grounds=("choices: 0",),
        )
    return said(*texts, grounds=grounds)


def dislikes(asked: Asked) -> Said:
    """What they dislike, by their own words and by what they wanted least."""
    persona = asked.subject.persona
    texts, grounds = _stated(asked, "disliked", _DISLIKED)
    if persona is not None:
        avoid = list(dict.fromkeys(name for one in persona.instructions for name in one.avoid))
        if avoid:
            texts.append(f"I told the service to spare me {some(avoid, 4)}")
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
    which = _rather(asked, *names[:2]) if len(names) > 1 and _MORE.search(asked.question.referred.text) else ""
    return said(which, *(part.text for part in parts), grounds=[ground for part in parts for ground in part.grounds])


_MORE = re.compile(r"\b(?:more|less|rather|prefer|better|or|over|versus|vs)\b")


def _rather(asked: Asked, one: str, other: str) -> str:
    """Which of two categories is chosen more, for what there is of them."""
    subject = asked.subject
    chosen = asked.chosen
    if not chosen:
        return ""
    everything = range(len(subject.catalog))
    lift = {name: _share(asked, chosen, name) / _share(asked, everything, name) for name in (one, other)}
    more, less = sorted(lift, key=lambda name: -lift[name])
    if lift[more] < 1.1 * lift[less]:
        return f"For what there is of them, I choose {one} and {other} about equally"
    return f"For what there is of them, I choose {more} more than {less}"


def _category(asked: Asked, name: str) -> Said:
    subject, persona = asked.subject, asked.subject.persona
    chosen = asked.chosen
    texts, grounds = [], []
    if persona is not None:
        for word, kinds in (("like", persona.tastes.genres.liked), ("dislike", persona.tastes.genres.disliked)):
            if name.casefold() in {one.casefold() for one in kinds}:
                texts.append(f"I {word} {name}")
                grounds.append(f"said of myself: {word}s {name}")
    if chosen:
        mine, usual = _share(asked, chosen, name), _share(asked, range(len(subject.catalog)), name)
        texts.append(f"{mine:.0%} of what I chose is {name}, and {usual:.0%} of all that there is here")
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


def _stated(asked: Asked, which: str, words: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What the persona says that they like or dislike (`which`), a sentence a kind, and the facts."""
    persona = asked.subject.persona
    kinds = {} if persona is None else {name: getattr(told, which) for name, told in persona.tastes.each()}
    kept = {name: names for name, names in kinds.items() if names}
    texts = [f"{words[name]} {some([_own(one) for one in names], 4)}" for name, names in kept.items()]
    return texts, [f"said of myself, {name}: {', '.join(names[:6])}" for name, names in kept.items()]


def _share(asked: Asked, rows: Sequence[int], name: str) -> float:
    return sum(name in asked.subject.catalog[row].categories for row in rows) / max(1, len(rows))


def _own(text: str) -> str:
    """Somebody's word for a thing, on one line."""
    return quoted(text, 60)[1:-1]


ANSWERS = {
    Topic.LIKES: likes,
    Topic.DISLIKES: dislikes,
    Topic.CATEGORY: category,
}
