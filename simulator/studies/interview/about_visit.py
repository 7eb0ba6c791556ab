"""Answers about visits: why somebody stayed or left, when they come back, what they look for, what would keep them."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from simulator.studies.interview.asked import NO_PAGE, NO_PAGE_GROUND, Asked, Said, said
from simulator.studies.interview.grammar import Topic
from simulator.studies.interview.reasons import STATISTICAL, for_it, reasons
from simulator.studies.interview.said import as_me, chance, counted, energy, listed, mood, quoted, seconds, sentence
from simulator.studies.solo.lived import Lived

CANDIDATES = 40
"""Things that are thought over when somebody is asked what they would like to be shown."""
FEW_CANDIDATES = 10
"""The same where a language model may have to think: about one call."""
_DRIVE = {
    "sated": "I had chosen enough ({chosen})",
    "tired": "I was {energy}",
    "bored": "it was too much of the same",
    "dissatisfied": "the page fell short of what I expect",
    "intended": "I meant to go",
}
_REASONS = {
    "tired": "I was tired",
    "bored": "I was bored: it was too much of the same",
    "dissatisfied": "I was not satisfied with what I was shown",
    "sated": "I had what I came for",
    "nothing_shown": "I was shown nothing",
    "intended": "I meant to go",
}


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
    why = _REASONS.get(lived.leave_reason, "it was simply over")
    main = max(lived.drives, key=lambda name: lived.drives[name]) if lived.drives else ""
    if main and lived.drives[main] > 0 and main == lived.leave_reason:
        why = _told(lived, main)
    others = [
        name
        for name in sorted(lived.drives, key=lambda n: -lived.drives[n])
        if name != main and lived.drives[name] >= 0.2
    ]
    also = f"Besides, {listed([_told(lived, name) for name in others[:2]])}" if others else ""
    own = lived.words.get("reason")
    return said(
        f"{here}I left because {why}",
        also,
        f"As I put it then: {quoted(own)}" if own else "",
        "Whether I go after a page is also a matter of chance; that only made it likelier" if main else "",
        grounds=(
            f"reason in the journal: {lived.leave_reason}",
            *_drives(lived),
            f"fatigue {lived.after.fatigue:.2f}, satisfaction with the page {lived.satisfaction:.2f}",
        ),
    )


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
        texts.append(f"On the last page I found {listed(asked.titles(chosen[:3]))}, so there may be more")
    if lived.satisfaction >= lived.before.expectation - 0.15:
        texts.append("It is about as good as I expect, or better")
    strong = max(lived.drives.values(), default=0.0)
    if strong < 0.3:
        texts.append("Nothing pushes me out: I am not very tired, and not bored")
    else:
        main = max(lived.drives, key=lambda name: lived.drives[name])
        texts.append(f"What would make me go soonest is that {_told(lived, main)}")
    patience = asked.subject.traits.get("patience", 0.0)
    if patience >= 0.7:
        texts.append("I am patient by nature")
    return texts


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
            "Satisfied people come back sooner, and I am satisfied enough"
            if level >= last.after.expectation - 0.15
            else "I would come back sooner if I had been more satisfied"
        )
        return said(
            f"Yes, in about {seconds(last.return_gap_s)}",
            content,
            grounds=(
                f"time until the next visit: {last.return_gap_s:.0f} s",
                f"overall satisfaction: {level:.2f} of 5",
            ),
        )
    return said(
        "I have not left yet. I come by "
        f"{_often(asked)}; how soon "
        "depends on how "
        "satisfied I am "
        f"when I go, which is {level:.1f} of 5 now",
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
    main = max(lived.drives, key=lambda name: lived.drives[name]) if lived.drives else lived.leave_reason
    seen = Counter(name for place in lived.places if place.examined for name in place.categories)
    most = seen.most_common(1)[0][0] if seen else ""
    cure = {
        "tired": "Little, I am afraid: I am tired, and only time helps. Fewer things to go through would tire me less",
        "bored": f"Something else: I have had enough of {most}"
        if most
        else "Something else than what I have been shown",
        "dissatisfied": "Things that I want more: the page fell short of what I expect",
        "sated": "Little: I have chosen enough for one visit, and that is no bad thing",
        "intended": "Nothing: I meant to go",
        "nothing_shown": "Show me something at all",
    }.get(main, "Nothing pushes me out at the moment")
    if lived.drives and max(lived.drives.values()) < 0.1:
        cure = "Nothing pushes me out at the moment; just go on"
    wish = show_me(asked) if main in ("bored", "dissatisfied") else None
    return said(cure, wish.text if wish else "", grounds=(*_drives(lived), *(wish.grounds if wish else ())))


def show_me(asked: Asked) -> Said:
    """What the person would like to be shown: of things of their kind that they have not had, those they want most."""
    subject = asked.subject
    rows = _candidates(asked)
    thought = [place for place in subject.appraise(rows) if not math.isnan(place.chance)] if rows else []
    top = sorted(thought, key=lambda place: -place.chance)[:3]
    kinds = favourites(asked)[:3]
    persona = subject.persona
    wants = list(persona.tastes.genres.liked[:3]) if persona is not None else []
    texts = []
    if wants or kinds:
        texts.append(f"I go for {listed(wants or kinds)}")
    if top:
        found = for_it(reasons(subject, top[0]))
        texts.append(
            "Of what I have not had yet I would take "
            f"{listed(asked.titles(top))}, "
            "the first with a "
            f"chance of {chance(top[0].chance)} "
            "if I look at it"
        )
        texts.append(f"That is because {found[0].words}" if found else "")
    if persona is not None and persona.tastes.genres.disliked:
        texts.append(f"Spare me {listed(persona.tastes.genres.disliked[:3])}")
    if not texts:
        texts.append("I could not say: I have chosen nothing yet that would tell")
    grounds = [f"{asked.title(place)}: chance {place.chance:.3f}" for place in top]
    grounds.append(f"{len(rows)} things of my kind were thought over")
    return said(*texts, grounds=grounds)


def favourites(asked: Asked) -> list[str]:
    """Categories of which the person chose more than there are in the catalogue, the most marked first."""
    subject = asked.subject
    chosen = [*subject.history, *(p.item for lived in subject.turns for p in lived.places if p.clicked)]
    if not chosen:
        return []
    table = subject.catalog.categories > 0
    mine = table[np.array(chosen)].mean(axis=0)
    all_of_them = table.mean(axis=0)
    order = np.argsort(-(mine - all_of_them), kind="stable")
    names = subject.catalog.category_names
    return [
        names[column]
        for column in order.tolist()
        if column < len(names) and mine[column] > all_of_them[column] and mine[column] > 0
    ]


def _candidates(asked: Asked) -> list[int]:
    """Things of the person's kind that they have neither chosen nor met here, the better known first."""
    subject = asked.subject
    had = {*subject.history, *(p.item for lived in subject.turns for p in lived.places)}
    wanted = set(favourites(asked)[:3])
    if subject.persona is not None:
        by_name = {name.casefold(): name for name in subject.catalog.category_names}
        wanted |= {
            by_name[name.casefold()] for name in subject.persona.tastes.genres.liked if name.casefold() in by_name
        }
    rows = [
        row
        for row, item in enumerate(subject.catalog)
        if row not in had and (not wanted or wanted & set(item.categories))
    ]
    rows.sort(key=lambda row: (-(subject.catalog[row].review_count or 0), row))
    free = bool(subject.turns) and subject.turns[-1].appraised_by in STATISTICAL
    return rows[: CANDIDATES if free else FEW_CANDIDATES]


def looking_for(asked: Asked) -> Said:
    """What the person is here for."""
    told = as_me(asked.subject.intent()).strip()
    if not told:
        return said("Nothing in particular; I look around", grounds=("no goals, routine or instruction",))
    return said(told, grounds=(told,))


def changed(asked: Asked) -> Said:
    """What the last page did to the person, or all pages since the one that is named."""
    turns, text = asked.subject.turns, asked.question.referred.text
    if not turns:
        return said(NO_PAGE, grounds=(NO_PAGE_GROUND,))
    first = turns[0] if "first" in text or "beginning" in text or "start" in text else turns[-1]
    before, after = first.before, asked.subject.now
    steps = (
        ("mood", before.mood, after.mood, f"my mood went from {mood(before.mood)} to {mood(after.mood)}", 0.05),
        (
            "fatigue",
            before.fatigue,
            after.fatigue,
            f"I went from {energy(before.fatigue)} to {energy(after.fatigue)}",
            0.02,
        ),
        (
            "satisfaction",
            before.satisfaction,
            after.satisfaction,
            f"my satisfaction went from {before.satisfaction:.1f} to {after.satisfaction:.1f} of 5",
            0.05,
        ),
    )
    moved = [
        words
        if words.count("from") == 0 or words.split("from ")[1].split(" to ")[0] != words.split(" to ")[1]
        else f"my {name} {'rose' if b > a else 'fell'} a little"
        for name, a, b, words, least in steps
        if abs(b - a) >= least
    ]
    chosen = [p for lived in turns[turns.index(first) :] for p in lived.places if p.clicked]
    since = "Since the beginning" if first is turns[0] and len(turns) > 1 else "With the last page"
    return said(
        f"{since} {listed(moved)}" if moved else f"{since} hardly anything has changed for me",
        f"I chose {listed(asked.titles(chosen[:5]))}" if chosen else "I chose nothing",
        grounds=[f"{name}: {a:+.2f} → {b:+.2f}" for name, a, b, _, _ in steps],
    )


def remember(asked: Asked) -> Said:
    """What comes to mind."""
    kept = asked.subject.strongest_memories(4)
    if not kept:
        return said("Nothing yet: I have lived no page here, and I have no history", grounds=("memories: 0",))
    texts = [sentence(as_me(text)) for text, _ in kept]
    return said(
        "What I remember most:", *texts, grounds=[f"{text} (strength {strength:.2f})" for text, strength in kept]
    )


def _told(lived: Lived, name: str) -> str:
    return _DRIVE.get(name, name).format(chosen=lived.after.chosen, energy=energy(max(0.16, lived.after.fatigue)))


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
    Topic.SHOW_ME: show_me,
    Topic.LOOKING_FOR: looking_for,
    Topic.CHANGED: changed,
    Topic.REMEMBER: remember,
}
