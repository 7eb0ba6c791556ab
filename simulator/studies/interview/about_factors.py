"""Answers about what weighs in a decision, and what would be if the person were another."""

from __future__ import annotations

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.item_words import chance_of, grounds_of
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reasons import Reason, reasons, turn_of
from simulator.studies.interview.said import chance, listed

_TOLD = 3
"""Terms that are named of a decision."""
_NAMES = {
    "taste": "how far it is to my taste",
    "boredom": "having had enough of its kind",
    "novelty": "how new or familiar it is to me",
    "conformity": "how popular it is",
    "price": "its price",
    "reviews": "its reviews",
    "popularity": "how many have reviewed it",
    "headline": "its headline",
    "thumbnail": "its picture",
    "seen before": "having been shown it before",
}


def factors(asked: Asked) -> Said:
    """What weighed most in the decisions about what was chosen, or about the items that are named."""
    items = [one for one in asked.items if one.place is not None and one.place.examined]
    if not items and asked.page is not None:
        page = asked.page
        near = [nth for nth, place in enumerate(page.places) if place.clicked] or [
            nth for nth, place in enumerate(page.places) if place.examined
        ]
        items = [Mention(item=page.places[nth].item, lived=page, position=nth) for nth in near]
    if not items:
        if asked.page is None:
            return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
        return said("I looked closely at nothing there, so nothing was weighed", grounds=("examined: 0",))
    texts, grounds = [], list[str]()
    for one in items[:2]:
        assert one.place is not None
        found = reasons(asked.subject, one.place, before=turn_of(asked.subject, one))
        weighed = [f"{_named(it)} ({'for' if it.logits > 0 else 'against'} it)" for it in found]
        what = f"what weighed most was {listed(weighed[:_TOLD])}" if weighed else "nothing weighed more than usual"
        odds = "" if not chance_of(one.place) else f"; in all the chance that I take it was {chance(one.place.chance)}"
        texts.append(f"With {asked.title(one)} {what}{odds}")
        grounds += [*grounds_of(found), *chance_of(one.place)]
    return said(*texts, "The rest is chance", grounds=grounds, items=items[:2])


def _named(one: Reason) -> str:
    if one.kind == "pickiness":
        return "how easily I am pleased" if one.logits > 0 else "how hard I am to please"
    return _NAMES.get(one.kind, one.kind)


def what_if(asked: Asked) -> Said:
    """What would be if the person were in another state: not known without living it."""
    now = asked.subject.now
    return said(
        "I cannot say what I would do if I were another or felt otherwise, without living it",
        "Go back to before that page, change me, and show it to me again: then you see it",
        grounds=(f"mood: {now.mood:+.2f}; fatigue: {now.fatigue:.2f}",),
    )


ANSWERS = {
    Topic.FACTORS: factors,
    Topic.WHAT_IF: what_if,
}
