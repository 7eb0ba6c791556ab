"""Answers about a page as a whole: what was on it, what was done, what was good and what was not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, mentions, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import against_several
from simulator.studies.interview.reason_words import LEAST
from simulator.studies.interview.reasons import against, for_it, reasons, turn_of
from simulator.studies.interview.said import NEAR_EXPECTED, against_expectation, chance, counted, listed, some
from simulator.studies.solo.lived import Lived, Place

_PAGES_WORDS = ("page", "screen")
_VISIT_WORDS = ("visit", "session", "come", "been here")
_LOOKED = (
    "notice",
    "noticed",
    "see",
    "seen",
    "saw",
    "look",
    "looked",
    "read",
    "reading",
    "examine",
    "examined",
    "shown",
)
_HERE = re.compile(
    r"\b(?:(?:this|that|the|last) page|on (?:it|the screen)|of (?:these|those|them|the (?:list|results)))\b"
)


def list_clicked(asked: Asked) -> Said:
    """What was chosen, on the page that is named or in the whole visit."""
    return _list(
        asked, lambda place: place.clicked, "chose", "I chose nothing", all_pages=not asked.question.referred.named_page
    )


def list_skipped(asked: Asked) -> Said:
    """What was looked at and not chosen."""
    return _list(
        asked,
        lambda place: place.examined and not place.clicked,
        "looked at and passed over",
        "I passed over nothing that I looked at",
    )


def list_liked(asked: Asked) -> Said:
    """What was chosen and liked, and what was chosen and not."""
    told = _list(asked, lambda place: place.liked, "liked", "Of what I chose I liked nothing much", all_pages=True)
    rest = [place for lived in asked.subject.turns for place in lived.clicked if not place.liked]
    if not rest or not any(lived.clicked for lived in asked.subject.turns):
        return told
    them = "it" if len(rest) == 1 else "them"
    return said(
        told.text,
        f"I chose {some(asked.titles(rest[::-1]), 4)} too, but did not much like {them}",
        grounds=told.grounds,
        items=told.items,
    )


def _list(asked: Asked, counts: Callable[[Place], bool], verb: str, nothing: str, *, all_pages: bool = False) -> Said:
    if asked.page is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    pages = asked.subject.turns if all_pages else (asked.page,)
    found = [one for lived in pages for one in mentions(lived, [n for n, p in enumerate(lived.places) if counts(p)])]
    where = "so far" if all_pages else "on that page"
    if not found:
        return said(f"{nothing} {where}", grounds=(f"{where}: 0 of {sum(len(lived.places) for lived in pages)}",))
    recent = found[-8:]
    more = f", and {len(found) - 8} before that" if len(found) > 8 else ""
    return said(
        f"I {verb} {listed(asked.titles(recent))}{more}",
        grounds=(f"{where}: {len(found)} of {sum(len(lived.places) for lived in pages)}",),
        items=recent,
    )


def how_many(asked: Asked) -> Said:
    """Numbers of pages, visits, and of what was done."""
    turns, text = asked.subject.turns, asked.question.referred.text
    if not turns:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    visit = [lived for lived in turns if lived.session == turns[-1].session]
    here = asked.page if _of_the_page(asked) else None
    pages: Sequence[Lived] = turns if here is None else (here,)
    places = [place for lived in pages for place in lived.places]
    clicked, looked = sum(p.clicked for p in places), sum(p.examined for p in places)
    seen, rated = sum(p.noticed for p in places), sum(p.rating is not None for p in places)
    where = "so far" if here is None else "on that page"
    grounds = (
        f"pages: {len(turns)}, visits: {turns[-1].session - turns[0].session + 1}; {where}: shown {len(places)}, "
        f"noticed {seen}, examined {looked}, chosen {clicked}, rated {rated}",
    )
    if any(word in text for word in _VISIT_WORDS) and "how often" not in text:
        return said(
            f"This is my {_nth(turns[-1].session + 1)} visit, with {counted(len(visit), 'page')} in it", grounds=grounds
        )
    if any(word in text for word in _PAGES_WORDS) and here is None:
        now = "all" if len(visit) == len(turns) else len(visit)
        return said(f"I have seen {counted(len(turns), 'page')}, {now} of them in this visit", grounds=grounds)
    if any(word in text for word in ("rate", "star")):
        return said(f"I rated {rated} of the {clicked} that I chose {where}", grounds=grounds)
    if any(word in text for word in ("like", "enjoy", "love")):
        return said(f"I liked {sum(p.liked for p in places)} of the {clicked} that I chose {where}", grounds=grounds)
    if any(word in text for word in ("skip", "ignore", "pass")):
        return said(f"I looked at {looked} {where} and passed over {looked - clicked} of them", grounds=grounds)
    if any(word in text.split() for word in _LOOKED):
        return said(f"Of {len(places)} {where} I noticed {seen}, and looked closer at {looked}", grounds=grounds)
    return said(
        f"I chose {clicked} of the {looked} that I looked at {where}; {len(places)} were shown", grounds=grounds
    )


def best(asked: Asked) -> Said:
    """What was liked best: by rating, by liking, else by how much it was wanted; of all pages where none is named."""
    return _extreme(asked, best=True)


def worst(asked: Asked) -> Said:
    """What was liked least of what was looked at."""
    return _extreme(asked, best=False)


def _extreme(asked: Asked, *, best: bool) -> Said:
    if asked.page is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    pages = (asked.page,) if _of_the_page(asked) else asked.subject.turns
    met = [one for lived in pages for one in mentions(lived, range(len(lived.places)))]
    known = [(one, one.place) for one in met if one.place is not None and one.place.examined]
    tried = [(one, place) for one, place in known if place.clicked]
    looked = [(one, place) for one, place in known if not math.isnan(place.want)]
    if best and tried:
        top, place = max(tried, key=lambda one: (one[1].liked, one[1].rating or 0.0, one[1].want))
        did = ["I chose it", *(["liked it"] if place.liked else [])]
        did += [f"gave it {place.rating:g}"] if place.rating is not None else []
        why = listed(did) + ("" if place.liked else ", but would not say that I liked it")
        ground = f"chosen: {len(tried)}; liked: {'yes' if place.liked else 'no'}; want: {place.want:+.2f} logits"
    elif looked:
        top, place = max(looked, key=lambda one: one[1].want if best else -one[1].want)
        found = reasons(asked.subject, place, before=turn_of(asked.subject, top))
        why = next((one.words for one in (for_it(found) if best else against(found)) if one.kind == "taste"), "")
        ground = f"want: {place.want:+.2f} logits, the {'highest' if best else 'lowest'} of what I looked at"
    else:
        return said("I looked closely at nothing there", grounds=("examined: 0",))
    word = "I liked best" if best and tried else "I wanted most" if best else "I wanted least of what I looked at"
    return said(f"{asked.title(top)} {word}{': ' if why else ''}{why}", grounds=(ground,), items=(top,))


def nearest(asked: Asked) -> Said:
    """What came closest to being chosen, of what was looked at and passed over."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    near = [
        at
        for at, place in enumerate(lived.places)
        if place.examined and not place.clicked and not math.isnan(place.chance)
    ]
    near.sort(key=lambda at: -lived.places[at].chance)
    if not near:
        return said("There is nothing on that page that I looked at and passed over", grounds=("passed over: 0",))
    first, *others = (lived.places[at] for at in near)
    found = for_it(reasons(asked.subject, first, before=turn_of(asked.subject, mentions(lived, near[:1])[0])))
    return said(
        f"Of what I passed over there, {asked.title(first)} came closest: the chance that I take it was "
        f"{chance(first.chance)}",
        f"What spoke for it was that {found[0].words}" if found else "",
        f"After that came {asked.title(others[0])}, with {chance(others[0].chance)}" if others else "",
        grounds=[f"{asked.title(lived.places[at])}: {lived.places[at].chance:.3f}" for at in near[:4]],
        items=mentions(lived, near[:1]),
    )


def _of_the_page(asked: Asked) -> bool:
    """Whether a question is about the one page, and not about all that there was."""
    return asked.question.referred.named_page or bool(_HERE.search(asked.question.referred.text))


def which(asked: Asked) -> Said:
    """Which of the page's items, or of those named, would be chosen now."""
    lived = asked.page
    named = [one.item for one in asked.items] if len(asked.items) > 1 else []
    if lived is None and not named:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    items = named or [place.item for place in (lived.places if lived is not None else ())]
    thought = [place for place in asked.subject.appraise(items) if not math.isnan(place.chance)]
    if not thought:
        return said("I would have to see them on a page to say", understood=False)
    order = sorted(thought, key=lambda place: -place.chance)
    chosen = {p.item for turn in asked.subject.turns for p in turn.places if p.clicked}
    again = [place for place in order if place.item not in chosen] or order
    top = again[0]
    had = [place for place in order if place.item in chosen]
    found = for_it(reasons(asked.subject, top))
    return said(
        f"Those that I chose already are {some(asked.titles(had), 4)}" if had else "",
        f"{'Of the others' if had else 'Of these'} I would take {asked.title(top)} first: the chance is "
        f"{chance(top.chance)} if I look at it",
        f"That is because {found[0].words}" if found else "",
        f"After that {listed(asked.titles(again[1:3]))}" if len(again) > 1 else "",
        grounds=[f"{asked.title(place)}: {place.chance:.3f}" for place in again[:4]],
        items=mentions(lived, [n for n, p in enumerate(lived.places) if p.item == top.item])
        if lived is not None
        else (),
    )


def think_page(asked: Asked) -> Said:
    """What was made of a page."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    looked = [place for place in lived.places if place.examined]
    chosen = [place for place in looked if place.clicked]
    gap = lived.satisfaction - lived.before.expectation
    bad = _common(asked, lived)
    return said(
        f"On a scale of 1 to 5 that page was {lived.satisfaction:.1f} for me, {against_expectation(gap)}",
        f"I chose {some(asked.titles(chosen), 4)} of the {len(looked)} that I looked at"
        if chosen
        else f"I looked at {counted(len(looked), 'thing')} on it and chose nothing",
        f"What was wrong with it most of all: {bad[0]}" if bad and gap < NEAR_EXPECTED else "",
        grounds=(
            f"satisfaction with the page: {lived.satisfaction:.2f}; expected: {lived.before.expectation:.2f}",
            f"examined {len(looked)} of {len(lived.places)}, chosen {len(chosen)}",
            *bad[1:],
        ),
        items=mentions(lived, [n for n, p in enumerate(lived.places) if p.clicked]),
    )


def put_off(asked: Asked) -> Said:
    """What was unpleasant: of the page, of the visit."""
    lived = asked.page
    if lived is None:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    bad = _common(asked, lived)
    gap = lived.before.expectation - lived.satisfaction
    texts = []
    if bad:
        texts.append(f"{'If anything, this' if gap < -NEAR_EXPECTED else 'Most of all this'}: {bad[0]}")
    if abs(gap) > NEAR_EXPECTED:
        texts.append(f"The page gave me {lived.satisfaction:.1f} of 5 where I expect {lived.before.expectation:.1f}")
    if lived.after.fatigue >= 0.35:
        texts.append("And I was tired, which makes everything harder")
    if not texts:
        texts.append("Nothing in particular; it was about what I expect")
    grounds = (
        f"satisfaction with the page: {lived.satisfaction:.2f}; expected: {lived.before.expectation:.2f}",
        f"fatigue after it: {lived.after.fatigue:.2f}",
        *bad[1:],
    )
    return said(*texts, grounds=grounds)


def _common(asked: Asked, lived: Lived) -> tuple[str, ...]:
    """What spoke most against the things that were looked at, in words, and the facts; empty if nothing did."""
    looked = [at for at, place in enumerate(lived.places) if place.examined and not math.isnan(place.want)]
    found = against_several(asked, lived, looked)
    if not found or (mean := found[0].logits / len(looked)) > -LEAST / 2:
        return ()
    most, one = found[0], lived.places[found[0].items[0]]
    number = len(most.items)
    if most.kind == "taste" and not one.reason:
        words = f"some of it was not for me, such as {asked.title(one)}; {most.words}"
    else:
        with_it = f"{number} of the {len(looked)} that I looked at" if number > 1 else asked.title(one)
        words = f"with {with_it}, {most.words}"
    return (words, f"{most.kind}: {mean:+.2f} logits a thing on average")


def _nth(n: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(n, f"{n}th")


ANSWERS = {
    Topic.LIST_CLICKED: list_clicked,
    Topic.LIST_SKIPPED: list_skipped,
    Topic.LIST_LIKED: list_liked,
    Topic.HOW_MANY: how_many,
    Topic.BEST: best,
    Topic.WORST: worst,
    Topic.WHICH: which,
    Topic.NEAREST: nearest,
    Topic.THINK_PAGE: think_page,
    Topic.PUT_OFF: put_off,
}
