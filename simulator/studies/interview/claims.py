"""What somebody says that they did, checked against the journal.

Only what the journal contradicts is told; what it cannot know (a film seen years ago, a feeling) stands. What is
claimed is read by `claimed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.claimed import Claim, claims, sentences_of, unknown_titles
from simulator.studies.interview.said import quoted, seconds
from simulator.studies.interview.titles import shown
from simulator.studies.solo.lived import Lived, Place

_FACTOR = 2.0
"""By how much a time that is told may be off: people round."""


def contradictions(
    text: str, subject: Subject, *, about: Sequence[int] = (), page: Lived | None = None
) -> tuple[str, ...]:
    """What a text claims that the journal contradicts, and what is so; each in a sentence. `about` and `page`: what the
    question speaks of (`claims`)."""
    start = text[:20_000]
    found = [told for one in claims(start, subject, about=about, page=page) if (told := _false(one, subject))]
    found += [
        f"It was said that I met {quoted(name, 80)}. In the journal: nothing of that name was shown to me."
        for said in sentences_of(start)
        for name in unknown_titles(said, subject)
    ]
    return tuple(dict.fromkeys(found))


def _false(claim: Claim, subject: Subject) -> str | None:
    """What is so, where a claim is not; None where it may be true."""
    met = [
        (nth, at, p)
        for nth, lived in enumerate(subject.turns)
        for at, p in enumerate(lived.places)
        if p.item == claim.item
    ]
    known = claim.item in subject.chosen_before
    title = f"“{shown(subject.catalog[claim.item])}”"
    places = [place for _, _, place in met]
    chosen = any(place.clicked for place in places)
    is_so = _happened(title, subject, met)
    match claim.act:
        case "chose":
            every = bool(places) and all(place.clicked for place in places)
            wrong = every if claim.negated else not (chosen or known)
        case "skipped":
            passed = any(place.noticed and not place.clicked for place in places)
            wrong = False if claim.negated else not passed and (chosen or not known)
        case "noticed":
            noticed = any(place.noticed for place in places)
            every = bool(places) and all(place.noticed for place in places)
            wrong = every if claim.negated else bool(places) and not noticed and not known
        case "liked":
            liked = any(place.liked for place in places)
            wrong = False if claim.negated else chosen and not liked and not known
        case "spent":
            told = claim.seconds or 0.0
            times = [place.dwell_s for place in places if place.clicked]
            near = any(time / _FACTOR <= told <= time * _FACTOR for time in times)
            wrong = not claim.negated and not near and not known
            if wrong and times:
                is_so = f"I spent {seconds(max(times))} with {title}"
        case _:
            given = {place.rating for place in places if place.rating is not None}
            wrong = not known and claim.rating not in given and not claim.negated
            if wrong and given:
                is_so = f"I gave {title} {max(given):g}"
            elif wrong:
                is_so = f"I did not rate {title}"
    if not wrong:
        return None
    return f"It was said that I {_said(claim, title)}. In the journal: {is_so}."


def _said(claim: Claim, title: str) -> str:
    """A claim, as it follows "I"."""
    if claim.act == "spent":
        return f"spent {seconds(claim.seconds or 0.0)} with {title}"
    if claim.act == "rated":
        return f"rated {title}" if claim.rating is None else f"gave {title} {claim.rating:g}"
    base = {"chose": "choose", "skipped": "skip", "liked": "like", "noticed": "notice"}[claim.act]
    return f"did not {base} {title}" if claim.negated else f"{claim.act} {title}"


def _happened(title: str, subject: Subject, met: list[tuple[int, int, Place]]) -> str:
    if not met:
        return f"{title} was on none of my pages"
    nth, at, place = next((one for one in reversed(met) if one[2].clicked), met[-1])
    lived: Lived = subject.turns[nth]
    where = f"number {at + 1} of {len(lived.places)} on page {nth + 1}"
    if place.clicked:
        felt = "liked it" if place.liked else "did not come to like it"
        return f"I chose {title} ({where}) and {felt}"
    if place.examined:
        return f"I looked at {title} ({where}) and passed"
    return f"I saw {title} ({where}) only at a glance" if place.noticed else f"I did not notice {title} ({where})"
