"""Why an item was chosen, or passed over."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, mentions, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import (
    NAMED,
    against_several,
    chance_of,
    each,
    grounds_of,
    in_a_row,
    never_met,
    nothing_named,
)
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import against, for_it, reasons, turn_of
from simulator.studies.interview.said import TIRED, chance, counted, energy, listed
from simulator.studies.solo.lived import Lived, Place

LITTLE = 0.5
"""Logits below which a term decides little: it moves an even chance by 12 points, and one of 1 in 10 by 4. Chosen."""
_CLOSE, _EVEN = 0.25, 0.5
"""Chances from which a decision was a close thing, and from which it went against the odds."""
_SO_FEW = re.compile(r"\b(?:so few|only)\b")
_FEW = 0.25
"""Share of what is looked at up to which few of it is chosen."""


def why_not(asked: Asked) -> Said:
    """Why an item was not chosen."""
    items = asked.items or asked.focus
    if not asked.items and asked.page is not None and _SO_FEW.search(asked.question.referred.text):
        told = _why_none(asked, mentions(asked.page, range(len(asked.page.places))))
        return told if asked.page.clicked else replace(told, text=f"I chose nothing there. {told.text}")
    if not items:
        return nothing_named(asked)
    if len(items) > 1 and asked.question.referred.group:
        return _why_none(asked, items)
    return each(asked, items, why_not_one)


def why_click(asked: Asked) -> Said:
    """Why an item was chosen; without an item, the ones that were chosen last."""
    items = asked.items
    if not items:
        chosen = tuple(one for one in asked.focus if one.place is not None and one.place.clicked)
        items = chosen or tuple(
            Mention(item=place.item, lived=lived, position=at)
            for lived in reversed(asked.subject.turns[-1:])
            for at, place in enumerate(lived.places)
            if place.clicked
        )
    if not items:
        if asked.page is None:
            return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
        return said("I chose nothing on that page", grounds=("chosen on the page: 0",))
    if asked.question.referred.group:
        items = tuple(one for one in items if one.place is not None and one.place.clicked)
        if not items:
            return said("I chose nothing of that", grounds=("chosen of it: 0",))
    return each(asked, items, _why)


def _why(asked: Asked, one: Mention) -> Said:
    """Why this happened to this item, whichever way it went."""
    place = one.place
    if place is None:
        return never_met(asked, one)
    if place.clicked:
        return why_chosen(asked, one, place)
    return _but(f"But I did not choose {asked.title(one)}", asked.title(one), why_not_one(asked, one))


def _but(opening: str, title: str, told: Said) -> Said:
    """What is so, where the question has it otherwise; the title is named once."""
    return said(opening, told.text.replace(title, "it", 1), grounds=told.grounds)


def why_not_one(asked: Asked, one: Mention) -> Said:
    place, title = one.place, asked.title(one)
    if place is None or one.lived is None:
        return never_met(asked, one)
    if place.clicked:
        return _but(f"But I did choose {title}", title, why_chosen(asked, one, place))
    if not place.noticed or not place.examined:
        return _unseen(asked, one, one.lived, place)
    found = reasons(asked.subject, place, before=turn_of(asked.subject, one))
    why, grounds = against(found)[:NAMED], [*grounds_of(found), *chance_of(place)]
    if not math.isnan(place.chance) and place.chance >= _EVEN:
        odds = (
            f"I might as well have taken {title}: the chance was {chance(place.chance)}, and this time it went the "
            "other way"
        )
        but = f"What spoke against it was that {in_a_row(why)}" if why else ""
        return said(odds, but, grounds=grounds)
    opening = asked.pick("passed", f"I looked at {title} and passed", f"I passed on {title}", f"I skipped {title}")
    close = (
        f"It was a close thing, though: the chance that I take it was {chance(place.chance)}"
        if not math.isnan(place.chance) and place.chance >= _CLOSE
        else ""
    )
    few = f"{_takes_few(asked)}that one had a chance of {chance(place.chance)}" if not math.isnan(place.chance) else ""
    spoke_for = [one for one in for_it(found) if one.logits >= LITTLE][:1]
    though = f"It was not enough that {spoke_for[0].words}" if spoke_for and not close else ""
    if why and -why[0].logits < LITTLE and few and not close:
        little = f"There was little against it in particular: {few}"
        return said(opening, little, f"What did count a little was that {in_a_row(why)}", though, grounds=grounds)
    if why:
        return said(f"{opening}: {in_a_row(why)}", close, though, grounds=grounds)
    usual = "There was nothing against it in particular" + (f"; {few}" if few else " that I could name")
    return said(opening, close or usual, though, grounds=grounds)


def _takes_few(asked: Asked) -> str:
    """That little is chosen of what is looked at, where that is so."""
    looked = [place for lived in asked.subject.turns for place in lived.places if place.examined]
    few = sum(place.clicked for place in looked) <= _FEW * len(looked)
    return "I take few of the things I look at, and " if few else ""


def _unseen(asked: Asked, one: Mention, lived: Lived, place: Place) -> Said:
    """It was not looked at; what it is did not matter then."""
    title, number = asked.title(one), one.position + 1
    looked = [at for at, other in enumerate(lived.places) if other.examined]
    grounds = [
        f"noticed: {'yes' if place.noticed else 'no'}; examined: no",
        f"place {number} of {len(lived.places)}; {len(looked)} looked at",
        f"fatigue before the page: {lived.before.fatigue:.2f}",
    ]
    start = (
        f"I saw {title} at a glance, but did not look closer"
        if place.noticed
        else asked.pick("unseen", f"I never got to {title}", f"I did not even notice {title}")
    )
    if looked and max(looked) < one.position:
        where = f"it was number {number}, and the last one that I looked at was number {max(looked) + 1}"
    else:
        where = (
            f"it was number {number} of {len(lived.places)}, and I looked closer at {counted(len(looked), 'thing')} "
            "on that page"
        )
    tired = (
        f"I was {energy(lived.before.fatigue)}, and then I do not look as far"
        if lived.before.fatigue > TIRED
        else "How far down I look is partly chance"
    )
    habit = asked.subject.traits.get("position_habit", 0.0)
    if abs(habit) >= 0.7:
        grounds.append(f"habit of looking at the first places only: {habit:+.1f} sd")
        tired += ", and I hardly look past the first few" if habit > 0 else ", though I usually read to the end"
    return said(f"{start}: {where}", tired, "So it was not judged by what it is", grounds=grounds)


def why_chosen(asked: Asked, one: Mention, place: Place) -> Said:
    title = asked.title(one)
    found = reasons(asked.subject, place, before=turn_of(asked.subject, one))
    why, grounds = for_it(found)[:NAMED], [*grounds_of(found), *chance_of(place)]
    opening = asked.pick("chose", f"I chose {title}", f"I went for {title}", f"I took {title}")
    if math.isnan(place.chance) and not why:
        return said(f"{opening}, and I could not say what tipped it", grounds=grounds)
    if place.chance >= _EVEN and (not why or why[0].logits < LITTLE):
        odds = f"{opening}: it was not much more to me than what else I see, but the chance was {chance(place.chance)}"
        return said(odds, f"What did count a little was that {in_a_row(why)}" if why else "", grounds=grounds)
    if not why:
        return said(f"{opening} more or less on a whim: the chance was {chance(place.chance)}", grounds=grounds)
    if why[0].logits < LITTLE and not math.isnan(place.chance):
        whim = f"{opening} more or less on a whim: the chance was {chance(place.chance)}"
        return said(whim, f"What did count a little was that {in_a_row(why)}", grounds=grounds)
    despite = against(found)[:1]
    luck = ""
    if not math.isnan(place.chance) and place.chance < _CLOSE:
        luck = f"It was a bit of luck all the same: the chance was only {chance(place.chance)}"
    elif despite and abs(despite[0].logits) > 0.5 * why[0].logits:
        luck = f"I did so although {despite[0].words}"
    return said(f"{opening} because {in_a_row(why)}", luck, grounds=grounds)


def _why_none(asked: Asked, items: Sequence[Mention]) -> Said:
    """Why nothing of several was chosen, taken together."""
    passed = [one for one in items if one.place is not None and not one.place.clicked]
    chosen = [one for one in items if one.place is not None and one.place.clicked]
    if not passed:
        return said(f"But I did choose {listed(asked.titles(chosen))}", items=chosen)
    unseen = [one for one in passed if one.place is not None and not one.place.examined]
    looked = [one for one in passed if one not in unseen and one.lived is not None]
    page = looked[0].lived if looked else None
    common = (
        []
        if page is None
        else against_several(asked, page, [one.position for one in looked if one.lived is page])[:NAMED]
    )
    texts = []
    if chosen:
        texts.append(f"I did choose {listed(asked.titles(chosen))}")
    if unseen:
        few = f"I looked closely at {len(looked)} of them, and not at {len(unseen)}"
        texts.append(few if looked else "I looked closely at none of them")
    told: dict[tuple[int, ...], list[str]] = {}
    for one in common:
        told.setdefault(one.items, []).append(one.words)
    for places, words in told.items():
        whom = asked.title(looked[0])
        if len(places) > 1:
            some = f"{len(places)} of the {len(looked)}" if len(places) < len(looked) else "all"
            whom = f"{some} that I looked at"
        elif page is not None:
            whom = asked.title(page.places[places[0]])
        texts.append(f"What spoke against {whom}: {', and '.join(words)}")
    if looked and not common:
        texts.append("Nothing in particular spoke against those that I looked at; it was the luck of the moment")
    grounds = [f"passed over: {len(passed)}, of which not examined: {len(unseen)}"]
    grounds += [
        f"{one.kind}: {one.logits:+.2f} logits in all against what I looked at; said of {len(one.items)}"
        for one in common
    ]
    return said(*texts, grounds=grounds, items=passed)


ANSWERS = {
    Topic.WHY_NOT: why_not,
    Topic.WHY_CLICK: why_click,
}
