"""Answers that tell what happened, one thing after another: in this life, and before it."""

from __future__ import annotations

from simulator.studies.interview.about_leaving import why_left
from simulator.studies.interview.about_meeting import known_one
from simulator.studies.interview.about_visit import favourites
from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, mentions, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import each
from simulator.studies.interview.said import as_me, counted, listed, sentence, some
from simulator.studies.solo.lived import Lived

_PAGES = 4
"""Pages that are told one by one; those before are summed up."""
_NAMED = 8
"""Choices from before that are named."""


def summary(asked: Asked) -> Said:
    """What happened, page by page."""
    turns = asked.subject.turns
    if not turns:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    told, texts = turns[-_PAGES:], list[str]()
    if earlier := turns[:-_PAGES]:
        chosen = sum(len(lived.clicked) for lived in earlier)
        on = "page" if len(earlier) == 1 else counted(len(earlier), "page")
        texts.append(f"On the first {on} I chose {counted(chosen, 'thing') if chosen else 'nothing'}")
    texts += [_page(asked, lived, len(turns) - len(told) + nth) for nth, lived in enumerate(told)]
    left = why_left(asked) if turns[-1].left else None
    now = f"Now my satisfaction is {asked.subject.now.satisfaction:.1f} of 5"
    places = [place for lived in turns for place in lived.places]
    return said(
        *texts,
        left.text if left is not None else now,
        grounds=(
            f"pages: {len(turns)}; shown {len(places)}, noticed {sum(p.noticed for p in places)}, examined "
            f"{sum(p.examined for p in places)}, chosen {sum(p.clicked for p in places)}",
            *(left.grounds if left is not None else ()),
        ),
        items=mentions(turns[-1], [nth for nth, place in enumerate(turns[-1].places) if place.clicked]),
    )


def _page(asked: Asked, lived: Lived, nth: int) -> str:
    looked = sum(place.examined for place in lived.places)
    liked = [place for place in lived.clicked if place.liked]
    only = len(asked.subject.turns) == 1
    start = f"{'On the page' if only else f'On page {nth + 1}'} I looked at {looked} of {len(lived.places)}"
    if not lived.clicked:
        return f"{start} and chose nothing"
    chose = f"{start} and chose {some(asked.titles(lived.clicked), 4)}"
    if len(liked) == len(lived.clicked):
        return f"{chose}, which I liked"
    return (
        f"{chose}; I liked {some(asked.titles(liked), 4)}"
        if liked
        else f"{chose}, but did not like {'it' if len(lived.clicked) == 1 else 'any of them'} much"
    )


def before(asked: Asked) -> Said:
    """What was chosen before this life, and whether the choices of this one are like it."""
    subject = asked.subject
    past = subject.chosen_before
    if not past:
        return said(
            "Nothing that I know of: no choice of mine is on record before this", grounds=("choices before: 0",)
        )
    kinds = favourites(asked)[:3]
    chosen = [place for lived in subject.turns for place in lived.clicked]
    alike = [place for place in chosen if set(place.categories) & set(kinds)]
    return said(
        f"Before this I chose {counted(len(past), 'thing')}, {listed(kinds)} among them more often than chance would "
        "have it"
        if kinds
        else f"Before this I chose {counted(len(past), 'thing')}",
        f"{'The last of them were' if len(past) > 1 else 'It was'} "
        f"{listed([asked.title(item) for item in past[-_NAMED:]][::-1])}",
        _alike(len(chosen), len(alike)) if chosen and kinds else "",
        grounds=(f"choices before: {len(past)}", f"choices here: {len(chosen)}, of the favourite kinds {len(alike)}"),
    )


def _alike(chosen: int, alike: int) -> str:
    if chosen == 1:
        return f"The one thing that I chose here was {'' if alike else 'not '}of those kinds"
    number = {0: "none were", 1: "one was"}.get(alike, f"{alike} were")
    return f"Of the {counted(chosen, 'thing')} that I chose here, {number} of those kinds"


def remember(asked: Asked) -> Said:
    """What comes to mind."""
    if asked.items and not asked.question.referred.group:
        return each(asked, asked.items, lambda given, one: said(known_one(given, one), items=(one,)))
    if asked.question.referred.named_page and asked.page is not None:
        lived = asked.page
        nth = next(nth for nth, one in enumerate(asked.subject.turns) if one is lived)
        told = _page(asked, lived, nth)
        return said(
            told,
            grounds=(f"page {nth + 1} of {len(asked.subject.turns)}",),
            items=mentions(lived, [at for at, place in enumerate(lived.places) if place.clicked]),
        )
    kept = asked.subject.strongest_memories(4)
    if not kept:
        return said("Nothing yet: I have lived no page here, and I have no history", grounds=("memories: 0",))
    texts = list(dict.fromkeys(sentence(_remembered(text)) for text, _ in kept))
    return said(
        "What I remember most:", *texts, grounds=[f"{text} (strength {strength:.2f})" for text, strength in kept]
    )


def _remembered(text: str) -> str:
    """A memory with its time, in the first person."""
    when, colon, what = text.partition(": ")
    if not colon or when.endswith(("sure", "think", "doubt")):
        return as_me(text)
    return f"{'before this' if when == 'before' else when}, {as_me(what)}"


ANSWERS = {
    Topic.SUMMARY: summary,
    Topic.BEFORE: before,
    Topic.REMEMBER: remember,
}
