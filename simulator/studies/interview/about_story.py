"""Answers that tell what happened, one thing after another: in this life, and before it."""

from __future__ import annotations

from simulator.studies.interview.about_leaving import why_left
from simulator.studies.interview.about_visit import favourites
from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, mentions, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import counted, listed
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
        texts.append(f"On the first {counted(len(earlier), 'page')} I chose {counted(chosen, 'thing')}")
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
    chose = f"{start} and chose {listed(asked.titles(lived.clicked[:4]))}"
    if len(liked) == len(lived.clicked):
        return f"{chose}, which I liked"
    return f"{chose}; I liked {listed(asked.titles(liked[:4]))}" if liked else f"{chose}, but liked none of it much"


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
        f"Before this I chose {counted(len(past), 'thing')}, more than usual {listed(kinds)}"
        if kinds
        else f"Before this I chose {counted(len(past), 'thing')}",
        f"{'The last of them were' if len(past) > 1 else 'It was'} "
        f"{listed([asked.title(item) for item in past[-_NAMED:]][::-1])}",
        f"Of the {counted(len(chosen), 'thing')} that I chose here, {len(alike) or 'none'} "
        f"{'was' if len(alike) == 1 else 'were'} of those kinds"
        if chosen and kinds
        else "",
        grounds=(f"choices before: {len(past)}", f"choices here: {len(chosen)}, of the favourite kinds {len(alike)}"),
    )


ANSWERS = {
    Topic.SUMMARY: summary,
    Topic.BEFORE: before,
}
