"""Which items a question calls by their titles.

Titles are looked for first, in the text as it was written: what a title says must not be read as a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.mention import Mention
from simulator.studies.interview.said import listed
from simulator.studies.interview.titles import ORDINARY, Named, Titles, all_titles, shown
from simulator.studies.interview.wording import MARK, Word, title_words, words
from simulator.studies.solo.lived import Lived


@dataclass(frozen=True, kw_only=True)
class Titled:
    """What is called by its title in a line."""

    line: str
    """With `MARK` where a title stood."""
    items: tuple[Mention, ...] = ()
    trouble: str = ""
    """A title that several have, in words for whoever asked."""
    choices: tuple[Mention, ...] = ()
    """Those that have it."""


def by_title(line: str, subject: Subject, page: Lived | None) -> Titled:
    """The items that a `readable` line names. `page`: the one that is looked at first."""
    said = words(line)
    near = [place.item for lived in reversed(subject.turns) for place in lived.places]
    known = Titles(subject.catalog, [*near, *subject.chosen_before[-500:]])
    here = Titles(subject.catalog, near[: 0 if page is None else len(page.places)])
    found = [
        (name, nth == 0)
        for nth, titles in enumerate((here, known, all_titles(subject.catalog)))
        for name in titles.find(said, parts=nth == 0)
    ]
    names: list[Named] = []
    taken: set[int] = set()
    for name, on_page in sorted(found, key=lambda one: one[0].first - one[0].last):  # the longest first
        if not taken & set(range(name.first, name.last)) and _meant(said, name, subject, here=on_page):
            names.append(name)
            taken |= set(range(name.first, name.last))
    if not names and (slip := known.nearly(said)) is not None:
        names.append(slip)
    items: list[Mention] = []
    trouble, choices = "", tuple[Mention, ...]()
    for name in sorted(names, key=lambda one: -one.first):
        meant = _choose(name, subject, page)
        if len(meant) == 1:
            items.append(meant[0])
        else:
            trouble, choices = _which(said, name, subject, meant), tuple(meant)
        start, end = said[name.first].start, said[name.last - 1].end
        line = f"{line[:start]} {MARK} {line[end:]}"
    return Titled(line=line, items=tuple(reversed(items)), trouble=trouble, choices=choices)


def mention(item: int, subject: Subject) -> Mention:
    """An item, with the page on which the person met it: the last one on which they looked at it, else noticed it, else
    had it before them. What was judged once is not said to have been missed, for it was shown again."""
    met = [
        Mention(item=item, lived=lived, position=position)
        for lived in subject.turns
        for position, place in enumerate(lived.places)
        if place.item == item
    ]
    return max(met, key=_closely, default=Mention(item=item))


def _closely(one: Mention) -> tuple[bool, bool, int]:
    place = one.place
    assert place is not None and one.lived is not None
    return place.examined, place.noticed, one.lived.turn


def on_page(one: Mention, page: Lived) -> Mention:
    """The same item as it was met on a page, if it was on it."""
    places = [at for at, place in enumerate(page.places) if place.item == one.item]
    return Mention(item=one.item, lived=page, position=places[0]) if places else one


def _meant(said: Sequence[Word], name: Named, subject: Subject, *, here: bool) -> bool:
    """Whether a title is really spoken of. A single small word is, if it is on the page and no category's name, or
    where a verb leads to it."""
    stretch = said[name.first : name.last]
    if len(stretch) > 1 or stretch[0].quoted or (stretch[0].capital and name.first > 0):
        return True
    if stretch[0].text in {word for one in subject.catalog.category_names for word in title_words(one)}:
        return False
    before = said[name.first - 1].text if name.first else ""
    return here or (before in _LEADING and stretch[0].text not in ORDINARY)


def _choose(name: Named, subject: Subject, page: Lived | None) -> list[Mention]:
    """The items that a name may stand for; the page comes first, then the pages before, then the history."""
    mentions = [mention(item, subject) for item in name.items]
    if page is not None:
        here = [one for one in mentions if one.lived is page]
        mentions = here or [one for one in mentions if one.lived is not None] or mentions
    if len(mentions) > 1:
        known = [one for one in mentions if one.item in set(subject.chosen_before)]
        mentions = known if len(known) == 1 else mentions
    return mentions


def _which(said: Sequence[Word], name: Named, subject: Subject, meant: Sequence[Mention]) -> str:
    told = " ".join(word.text for word in said[name.first : name.last])
    titles = [_told_apart(subject, one) for one in meant[:4]]
    more = f" and {len(meant) - 4} more" if len(meant) > 4 else ""
    return f"By “{told}” you could mean {listed(titles, 'or')}{more}. Which one?"


_LEADING = frozenset(
    title_words(
        "seen see watch watched watching like liked love loved of about know read recommend click clicked "
        "skip skipped ignore ignored notice noticed choose chose pick picked and or vs versus than called "
        "rate rated enjoy enjoyed buy for is was open opened on not play played "
    )
)
"""Words that lead to a title: "have you seen …"."""


def _told_apart(subject: Subject, one: Mention) -> str:
    item = subject.catalog[one.item]
    year = f" ({item.year})" if item.year is not None else ""
    where = f", number {one.position + 1}" if one.lived is not None else ""
    return f"{shown(item)}{year}{where}"
