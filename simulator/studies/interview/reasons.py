"""Why somebody wanted an item or not: the terms of the decision by name, the largest first, in the first person.

A term counts by how far it moved the logit of the choice from what is usual for this person: want, novelty, popularity
and what the page says of an item against the median over all that they have noticed in this life; boredom, having seen
it before and pickiness against none. Explanations are of that kind: why this, and not what else there was (Miller,
"Explanation in artificial intelligence: insights from the social sciences", Artificial Intelligence 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from simulator.minds.account import Account
from simulator.studies.interview.answer import Subject
from simulator.studies.interview.changing import taste_since
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.reason_words import LEAST, pull_words, taste_words
from simulator.studies.interview.said import quoted
from simulator.studies.solo.lived import Lived, Place

OWN_ZERO = ("boredom", "seen before", "pickiness")
"""Terms that are compared with none at all, not with the person's usual."""
_ALIKE = "pickiness"
"""A term that is the same for all things: it tells why anything is taken, or little is, and is worth a word only where
it is the largest."""
_FEWEST = 3
"""Things noticed before "usual" means something."""
STATISTICAL = ("statistical", "fallback", "skipped")
"""Who appraises pages by the models of taste, whose wants have an account."""
_EXPLAINED = 0.05
"""Logits by which a want may differ from its account, which leaves out routines and is of today."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One term of a decision."""

    kind: str
    """`taste`, or the name of a pull (`simulator.behaviour.calibrated.PULLS`)."""
    logits: float
    """How far it moved the choice, for (positive) or against it."""
    words: str
    """As it follows "because"."""
    ground: str
    """The fact with its number."""


def reasons(subject: Subject, place: Place, *, before: int | None = None) -> tuple[Reason, ...]:
    """The terms that moved one decision by `LEAST` or more, the largest first.

    `before`: index in `subject.turns` of the page on which it was taken; None: after all of them.
    """
    if math.isnan(place.want):
        return ()
    past = subject.turns if before is None else subject.turns[: before + 1]
    noticed = [one for lived in past for one in lived.places if one.noticed and not math.isnan(one.want)]
    found = [_taste(subject, place, noticed, past[-1] if past else None, before)]
    for name, value in place.pulls.items():
        others = [one.pulls[name] for one in noticed if name in one.pulls]
        usual = median(others) if name not in OWN_ZERO and len(others) >= _FEWEST else 0.0
        moved = value - usual
        earlier = subject.turns if before is None else subject.turns[:before]
        found.append(
            Reason(
                kind=name,
                logits=moved,
                words=pull_words(subject, place, name, moved, value, earlier, since=before),
                ground=f"{name}: {value:+.2f} logits" + (f", my usual {usual:+.2f}" if usual else ""),
            )
        )
    kept = sorted((one for one in found if abs(one.logits) >= LEAST and one.words), key=lambda one: -abs(one.logits))
    return tuple(one for nth, one in enumerate(kept) if nth == 0 or one.kind != _ALIKE)


def for_it(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those that speak for the choice."""
    return tuple(one for one in found if one.logits > 0)


def against(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those that speak against it."""
    return tuple(one for one in found if one.logits < 0)


def turn_of(subject: Subject, mention: Mention) -> int | None:
    """Index of the page on which an item was met."""
    return next((nth for nth, lived in enumerate(subject.turns) if lived is mention.lived), None)


def account_of(subject: Subject, item: int) -> Account | None:
    """What the want of an item is made of, where the person's mind keeps an account."""
    turns = subject.turns
    return subject.account(item) if not turns or turns[-1].appraised_by in STATISTICAL else None


def _parts(account: Account) -> dict[str, float]:
    """The terms of a want, in logits."""
    return {**account.taste.families, "personal": account.personal, "stated": account.stated}


def _compared(subject: Subject, account: Account, page: Lived | None) -> dict[str, float]:
    """The terms of a want less what they are on the whole for what was noticed of a page: what sets it apart there."""
    own = _parts(account)
    near = [] if page is None else [one.item for one in page.places if one.noticed]
    others = [told for item in near if (told := account_of(subject, item)) is not None]
    if len(others) < _FEWEST:
        return own
    return {name: value - fmean(_parts(other)[name] for other in others) for name, value in own.items()}


def _taste(subject: Subject, place: Place, noticed: Sequence[Place], page: Lived | None, before: int | None) -> Reason:
    usual = median(one.want for one in noticed) if len(noticed) >= _FEWEST else float("nan")
    account = account_of(subject, place.item) if not place.reason else None
    rest = 0.0 if account is None else place.want - account.want
    if math.isnan(usual):
        usual = account.taste.usual if account is not None else place.want
    moved = place.want - usual
    routines = subject.persona is not None and bool(subject.persona.routines)
    if abs(rest) > _EXPLAINED and (not routines or taste_since(subject, before)):
        account = None  # that of today explains no want of a time when they were another
    parts = {} if account is None else {**_compared(subject, account, page), "routine": rest}
    words = (
        f"as I put it, {quoted(place.reason)}"
        if place.reason
        else taste_words(subject, place, account, parts, moved, then=abs(rest) > _EXPLAINED, now=before is None)
    )
    ground = f"want: {place.want:+.2f} logits, my usual {usual:+.2f}"
    if account is not None:
        labels = {"personal": "this one thing", "stated": "what I said of myself", "routine": "a habit of the hour"}
        order = sorted((one for one in parts.items() if abs(one[1]) >= LEAST), key=lambda one: -abs(one[1]))
        told = [f"{labels.get(name, name)} {value:+.2f}" for name, value in order]
        ground += f" (against the rest of the page: {', '.join(told)})" if told else ""
    return Reason(kind="taste", logits=moved, words=words, ground=ground)


def without(place: Place, kinds: Iterable[str]) -> float:
    """Chance of choosing an item once examined, had these pulls been none. 0-1."""
    odds = (
        math.log(place.chance / (1 - place.chance)) if 0 < place.chance < 1 else math.copysign(20, place.chance - 0.5)
    )
    return 1 / (1 + math.exp(sum(place.pulls.get(kind, 0.0) for kind in kinds) - odds))
