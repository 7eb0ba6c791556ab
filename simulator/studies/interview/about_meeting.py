"""Whether an item is known, was noticed, and how long it took."""

from __future__ import annotations

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import never_met, nothing_named, times_noticed, yes
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.said import counted, seconds


def have_seen(asked: Asked) -> Said:
    """Whether an item is known, from before or from a page."""
    items = asked.items or asked.focus[-1:]
    if not items:
        return nothing_named(asked)
    texts, grounds = [], []
    for one in items[:3]:
        texts.append(known_one(asked, one))
        met = times_noticed(asked, one.item)
        grounds += [
            f"{asked.title(one)}: {'among' if one.item in asked.subject.chosen_before else 'not among'} my "
            f"{len(asked.subject.chosen_before)} "
            f"choices before; noticed on {met} pages here"
        ]
    return said(*texts, grounds=grounds, items=items)


def known_one(asked: Asked, one: Mention) -> str:
    title, place = asked.title(one), one.place
    before = one.item in asked.subject.chosen_before
    if place is not None and place.clicked:
        return f"Yes, I chose {title} here{', and before that as well' if before else ''}"
    if before:
        return f"Yes, {title} is among what I chose before"
    met = times_noticed(asked, one.item)
    if place is None:
        return f"{title} has not been shown to me here, and it is not among what I chose before"
    if met:
        return f"I have seen {title} here {'once' if met == 1 else f'{met} times'}, but not chosen it"
    return f"{title} was on a page, but I did not notice it, and it is not among what I chose before"


def noticed(asked: Asked) -> Said:
    """Whether an item was noticed, and looked at."""
    items = asked.items or asked.focus[-1:]
    if not items:
        return nothing_named(asked)
    texts, grounds = [], list[str]()
    for one in items[:4]:
        place, title = one.place, asked.title(one)
        if place is None or one.lived is None:
            told = never_met(asked, one)
            texts.append(told.text)
            grounds += told.grounds
            continue
        grounds.append(
            f"{title}: noticed {yes(place.noticed)}, examined {yes(place.examined)}, chosen {yes(place.clicked)}"
        )
        if place.clicked:
            texts.append(f"Yes, and I chose {title}")
        elif place.examined:
            texts.append(f"Yes, I looked at {title}, and passed")
        elif place.noticed:
            texts.append(f"I saw {title} at a glance, but did not look closer")
        else:
            texts.append(f"No, I did not notice {title}; it was number {one.position + 1} of {len(one.lived.places)}")
    return said(*texts, grounds=grounds, items=items)


def how_long(asked: Asked) -> Said:
    """How long an item, or the visit, took."""
    items = [one for one in asked.items or () if one.place is not None]
    if not items:
        turns = asked.subject.turns
        if not turns:
            return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
        visit = [lived for lived in turns if lived.session == turns[-1].session]
        spent = visit[-1].after.clock_s - visit[0].before.clock_s
        return said(
            f"This visit took {seconds(spent)} so far, over {counted(len(visit), 'page')}",
            grounds=(f"simulated seconds of the visit: {spent:.0f}",),
        )
    texts = []
    for one in items[:3]:
        place = one.place
        assert place is not None
        texts.append(
            f"I spent {seconds(place.dwell_s)} with {asked.title(one)}"
            if place.clicked
            else f"I did not open {asked.title(one)}, so it took me no more than a glance"
        )
    grounds = [f"{asked.title(one)}: {one.place.dwell_s:.0f} s" for one in items[:3] if one.place is not None]
    return said(*texts, grounds=grounds, items=items)


ANSWERS = {
    Topic.HAVE_SEEN: have_seen,
    Topic.NOTICED: noticed,
    Topic.HOW_LONG: how_long,
}
