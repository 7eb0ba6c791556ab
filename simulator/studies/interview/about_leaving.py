"""Answers about how visits end and begin: why somebody left or stayed, when they come back, what would keep them."""

from __future__ import annotations

from collections import Counter

from simulator.studies.interview.about_visit import show_me
from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.said import NEAR_EXPECTED, TIRED, counted, energy, listed, quoted, seconds, some
from simulator.studies.solo.lived import WEAK, Lived

_REASONS = {
    "tired": "I was tired",
    "bored": "I was bored: it was too much of the same",
    "dissatisfied": "I was not satisfied with what I was shown",
    "sated": "I had what I came for",
    "nothing_shown": "I was shown nothing",
    "intended": "I meant to go",
}
"""Where a page tells no drives."""
_TELLING = 0.2
"""Logits from which a drive is worth a word beside the largest."""


def why_left(asked: Asked) -> Said:
    """Why the last visit ended."""
    turns = asked.subject.turns
    gone = [lived for lived in turns if lived.left]
    if asked.question.referred.named_page and asked.page is not None and asked.page.left:
        gone = [asked.page]
    if not gone:
        if not turns:
            return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
        return said("I have not left; I am still here", *_pull_to_stay(asked, turns[-1]), grounds=_drives(turns[-1]))
    lived = gone[-1]
    here = "" if lived is turns[-1] else "I am back by now. When I left the last time: "
    own = lived.words.get("reason")
    return said(
        *_ended(lived, here),
        f"As I put it then: {quoted(own)}" if own else "",
        grounds=(
            f"reason in the journal: {lived.leave_reason}",
            *_drives(lived),
            f"fatigue {lived.after.fatigue:.2f}, satisfaction with the page {lived.satisfaction:.2f}",
        ),
    )


def _ended(lived: Lived, here: str) -> list[str]:
    """Why a visit ended, in sentences; the largest drive is the reason only where the drives did much."""
    pushes = _by_size(lived)
    if not pushes or lived.leave_reason not in pushes:
        return [f"{here}I left because {_REASONS.get(lived.leave_reason, 'it was simply over')}"]
    first, *others = pushes
    if lived.simply_over:
        return [
            f"{here}I left because my visit was simply over; nothing much drove me out",
            f"Of what little did, the most was that {_told(lived, first)}",
        ]
    also = [_told(lived, name) for name in others if lived.drives[name] >= _TELLING][:2]
    return [
        f"{here}I left because {_told(lived, first)}",
        f"Besides, {listed(also)}" if also else "",
        "Whether I go after a page is also a matter of chance; that only made it likelier",
    ]


def why_stay(asked: Asked) -> Said:
    """Why the visit goes on, or went on as long as it did."""
    turns = asked.subject.turns
    if not turns:
        return said("I have only just come; I have not been shown a page yet", grounds=(NO_PAGE_GROUND,))
    lived = turns[-1]
    if lived.left:
        stayed = [one for one in turns if one.session == lived.session and not one.left]
        told = _pull_to_stay(asked, stayed[-1]) if stayed else []
        return said(
            f"I did leave, after {counted(len(stayed) + 1, 'page')}",
            "Before that:" if told else "",
            *told,
            grounds=_drives(stayed[-1] if stayed else lived),
        )
    return said(*_pull_to_stay(asked, lived), grounds=_drives(lived))


def _pull_to_stay(asked: Asked, lived: Lived) -> list[str]:
    chosen = [place for place in lived.places if place.clicked]
    texts = []
    if chosen:
        texts.append(f"On the last page I found {some(asked.titles(chosen), 3)}, so there may be more")
    if lived.satisfaction >= lived.before.expectation - NEAR_EXPECTED:
        texts.append("It is about as good as I expect, or better")
    texts.append(_push(lived))
    patience = asked.subject.traits.get("patience", 0.0)
    if patience >= 0.7:
        texts.append("I am patient by nature")
    return texts


def would_leave(asked: Asked) -> Said:
    """How near the person is to leaving, and what would bring it about."""
    turns = asked.subject.turns
    if not turns:
        return said("I have only just come, so nothing drives me away yet", grounds=(NO_PAGE_GROUND,))
    lived = turns[-1]
    if lived.left:
        return why_left(asked)
    return said(
        "I may leave after any page; I do so the sooner, the more I have chosen, the more tired or bored I am, and the "
        "further a page falls short of what I expect",
        _push(lived),
        grounds=_drives(lived),
    )


def _push(lived: Lived) -> str:
    """What drives somebody out who is still there."""
    pushes = _by_size(lived)
    if not pushes:
        return "Nothing pushes me out at the moment"
    if sum(lived.drives.values()) < WEAK:
        return f"Nothing pushes me out much so far; most of what does is that {_told(lived, pushes[0])}"
    return f"If I went now, it would most likely be because {_told(lived, pushes[0])}"


def come_back(asked: Asked) -> Said:
    """When the next visit is, or why there was another one."""
    turns, text = asked.subject.turns, asked.question.referred.text
    if not turns:
        return said("I have not left yet, so there is nothing to come back from", grounds=(NO_PAGE_GROUND,))
    last = turns[-1]
    level = last.after.satisfaction
    if "why" in text.split() and last.session > 0:
        before = [one for one in turns if one.left and one.session < last.session]
        away = before[-1].return_gap_s if before else None
        return said(
            f"I come by {_often(asked)}; this time I stayed away for {seconds(away)}"
            if away
            else f"I come by {_often(asked)}",
            "When I am satisfied I come back sooner, when I am not, later",
            grounds=(
                f"overall satisfaction when I left: {before[-1].after.satisfaction:.2f}" if before else "",
                f"activity: {asked.subject.traits.get('activity', 0.0):+.1f} sd",
            ),
        )
    if last.left and last.return_gap_s is not None:
        content = (
            "I am about as satisfied as I expect to be, or more; otherwise it would be later"
            if level >= last.after.expectation - NEAR_EXPECTED
            else "I would come back sooner if I had been more satisfied"
        )
        return said(
            f"{'Yes, in' if asked.yes_or_no else 'In'} about {seconds(last.return_gap_s)}",
            content,
            grounds=(
                f"time until the next visit: {last.return_gap_s:.0f} s",
                f"overall satisfaction: {level:.2f} of 5",
            ),
        )
    return said(
        f"I have not left yet. I come by {_often(asked)}; how soon depends on how satisfied I am when I go, which is "
        f"{level:.1f} of 5 now",
        grounds=(
            f"overall satisfaction: {level:.2f} of 5",
            f"activity: {asked.subject.traits.get('activity', 0.0):+.1f} sd",
        ),
    )


def _often(asked: Asked) -> str:
    persona, sd = asked.subject.persona, asked.subject.traits.get("activity", 0.0)
    if persona is not None and persona.behaviour.activity is not None:
        visits = persona.behaviour.activity
        return (
            "several times a day"
            if visits >= 2
            else "about once a day"
            if visits >= 0.8
            else "a few times a week"
            if visits >= 0.3
            else "now and then"
        )
    return (
        "more often than most people"
        if sd > 0.7
        else "less often than most people"
        if sd < -0.7
        else "about as often as most people"
    )


def make_stay(asked: Asked) -> Said:
    """What would keep the person: the cure of the strongest drive to leave."""
    turns = asked.subject.turns
    if not turns:
        first = show_me(asked)
        return said(
            "I have only just come, so nothing drives me away yet", first.text, grounds=first.grounds, items=first.items
        )
    lived = turns[-1]
    pushes = _by_size(lived)
    if pushes and sum(lived.drives.values()) < WEAK and not lived.left:
        return said(_push(lived), "Just go on", grounds=_drives(lived))
    main = pushes[0] if pushes else lived.leave_reason
    seen = Counter(name for place in lived.places if place.examined for name in place.categories)
    most = seen.most_common(1)[0][0] if seen else ""
    cure = {
        "tired": f"Little, I am afraid: {_told(lived, 'tired')}, and only time helps. Fewer things to go through would "
        "tire me less",
        "bored": f"Something else: I have had enough of {most}"
        if most
        else "Something else than what I have been shown",
        "dissatisfied": "Things that I want more: the page fell short of what I expect",
        "sated": f"Little: {_told(lived, 'sated')}, which is enough for one visit, and that is no bad thing",
        "intended": "Nothing: I meant to go",
        "nothing_shown": "Show me something at all",
    }.get(main, "Nothing pushes me out at the moment")
    wish = show_me(asked) if main in ("bored", "dissatisfied") else None
    return said(cure, wish.text if wish else "", grounds=(*_drives(lived), *(wish.grounds if wish else ())))


def _by_size(lived: Lived) -> list[str]:
    """Names of the drives that there are, the largest first."""
    return sorted((name for name, value in lived.drives.items() if value > 0), key=lambda name: -lived.drives[name])


def _told(lived: Lived, name: str) -> str:
    """A drive, as it follows "because"."""
    match name:
        case "sated":
            return f"I had already chosen {counted(lived.after.chosen, 'thing')}"
        case "tired":
            return f"I was {energy(lived.after.fatigue)}" if lived.after.fatigue > TIRED else "I had begun to tire"
        case "bored":
            return "it was too much of the same"
        case "dissatisfied":
            return "the page fell short of what I expect"
        case "intended":
            return "I meant to go"
    return name


def _drives(lived: Lived) -> tuple[str, ...]:
    if not lived.drives:
        return ()
    told = ", ".join(f"{name} {value:+.2f}" for name, value in sorted(lived.drives.items(), key=lambda one: -one[1]))
    return (f"pushes towards leaving, in logits: {told}",)


ANSWERS = {
    Topic.WHY_LEFT: why_left,
    Topic.WHY_STAY: why_stay,
    Topic.RETURN: come_back,
    Topic.MAKE_STAY: make_stay,
    Topic.WOULD_LEAVE: would_leave,
}
