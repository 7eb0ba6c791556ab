"""Which items a question speaks of: by place ("the second one", "number 3"), by title, by what was done with them
("the one you clicked"), by category, or as the one spoken of last ("it").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.studies.interview.answer import Subject
from simulator.studies.interview.grammar import Topic, known_words, topic_of
from simulator.studies.interview.mention import Mention, Referred
from simulator.studies.interview.named import Titled, by_title, on_page
from simulator.studies.interview.pointing import (
    ALL,
    ANYTHING,
    BARE,
    BEYOND,
    DID,
    DONE,
    END,
    IT,
    LABELLED,
    NEIGHBOUR,
    NOUN,
    NTH,
    PAGE,
    RANGE,
    RATHER,
    SOME,
    THEM,
    is_reference,
    number,
    supposed,
)
from simulator.studies.interview.qualities import QUALITY, extreme
from simulator.studies.interview.spelling import mended
from simulator.studies.interview.wording import MARK, plain, readable, title_words
from simulator.studies.solo.lived import Lived, Place


def referred(text: str, subject: Subject, focus: Sequence[Mention]) -> Referred:
    """What a sentence speaks of. `focus`: what was spoken of before, for "it" and "them"."""
    return _Reading(text, subject, tuple(focus)).read()


class _Reading:
    def __init__(self, text: str, subject: Subject, focus: tuple[Mention, ...]) -> None:
        self._subject, self._focus = subject, focus
        self._line = readable(text)
        self._page: Lived | None = subject.turns[-1] if subject.turns else None
        self._items: list[Mention] = []
        self._trouble = ""
        self._choices: tuple[Mention, ...] = ()
        self._group = False

    def read(self) -> Referred:
        polite = topic_of(plain(self._line)) in (Topic.HELLO, Topic.THANKS, Topic.BYE)
        named = Titled(line=self._line) if polite else by_title(self._line, self._subject, self._page)
        self._trouble, self._choices = named.trouble, named.choices
        text = mended(plain(named.line), known_words(self._subject.catalog.category_names))
        text = self._by_neighbour(text, named.items)
        text, told_page = self._find_page(text)
        home = self._page if told_page else None
        self._items += named.items if home is None else [on_page(one, home) for one in named.items]
        text = self._by_deed(text)
        text = self._by_quality(text)
        text = self._by_place(text)
        text = self._by_category(text)
        text = self._by_pronoun(text)
        return Referred(
            text=" ".join(text.split()),
            items=tuple({one.item: one for one in reversed(self._items)}.values())[::-1],
            page=self._page,
            named_page=told_page,
            trouble=self._trouble,
            group=self._group,
            choices=self._choices,
        )

    def _find_page(self, text: str) -> tuple[str, bool]:
        found = PAGE.search(text)
        turns = self._subject.turns
        if found is None or not turns or "since" in text:
            return text, False
        if found["ord"] in ("last", "latest", "current"):
            return text, False  # the page itself is what is spoken of; it is the one that is meant anyway
        nth = len(turns) - 2 if found["last"] else number(found["ord"] or found["num"]) - 1
        if not 0 <= nth < len(turns):
            pages = "one page" if len(turns) == 1 else f"{len(turns)} pages"
            self._trouble = f"I have seen only {pages} so far."
        else:
            self._page = turns[nth]
        return text.replace(found[0], " ", 1), True

    def _by_neighbour(self, text: str, named: Sequence[Mention]) -> str:
        """The one next to another: to one that is told by its number or title, else to the one spoken of last."""
        found = NEIGHBOUR.search(text)
        if found is None or self._page is None:
            return text
        start = next((one for one in (*named, *reversed(self._focus)) if one.lived is not None), None)
        if found["of"]:
            at = number(found["of"]) - 1
        elif start is not None and start.lived is not None:
            self._page, at = start.lived, start.position
        else:
            return text
        down = (found["way"] or found["next"]) not in ("above", "before", "previous", "preceding", "over")
        if (at := at + (1 if down else -1)) < 0:
            self._trouble = "There is nothing above the first one."
            return text.replace(found[0], f" {MARK} ", 1)
        return self._take(text, found, [at])

    def _by_deed(self, text: str) -> str:
        found = DONE.search(text)
        if found is None or self._page is None:
            return text
        deed = next(name for name in DID if found[name])
        for lived in [self._page, *reversed(self._subject.turns)]:
            done = [nth for nth, place in enumerate(lived.places) if _did(place, deed)]
            if done:
                break
        else:
            self._trouble = f"There is none that I {deed}."
            return text
        order = found["ord"]
        if order:
            nth = -1 if order == "last" else number(order) - 1
            if nth >= len(done):
                self._trouble = f"I {deed} only {len(done)} there."
                return text
            done = [done[nth]]
        self._items += [Mention(item=lived.places[at].item, lived=lived, position=at) for at in done]
        return text.replace(found[0], f" {MARK} ", 1)

    def _by_quality(self, text: str) -> str:
        found = QUALITY.search(text)
        if found is None or self._page is None or (at := extreme(found, self._subject, self._page)) is None:
            return text
        return self._take(text, found, [at])

    def _by_place(self, text: str) -> str:
        if (found := BEYOND.search(text)) is not None and self._page is not None:
            n, size = number(found["n"]), len(self._page.places)
            down = found["way"] not in ("above", "before", "higher than")
            self._group = True
            text = self._take(text, found, list(range(n, size) if down else range(min(n - 1, size))))
        while (found := RANGE.search(text)) is not None:
            low, high = int(found[1]), int(found[2])
            text = self._take(text, found, list(range(low - 1, high)) if low <= high < low + 50 else [high - 1])
        if (found := SOME.search(text)) is not None and found["n"] != "one":
            n, size = number(found["n"]), 0 if self._page is None else len(self._page.places)
            wanted = list(range(n)) if found["end"] in ("first", "top") else list(range(size - n, size))
            text = self._take(text, found, wanted)
        while (found := LABELLED.search(text)) is not None:
            text = self._take(text, found, [number(found["n"]) - 1])
        while (found := NTH.search(text)) is not None and is_reference(text, found):
            nth = number(found["ord"])
            text = self._take(text, found, [-nth if found["back"] else nth - 1])
        while (found := END.search(text)) is not None:
            if found["where"] and (self._items or supposed(text, found)):
                break
            where = found["where"] or found["which"] or found["alone"]
            size = 0 if self._page is None else len(self._page.places)
            last = where in ("last", "bottom", "end", "final", "lowest")
            text = self._take(text, found, [-1 if last else size // 2 if where == "middle" else 0])
        while (found := BARE.search(text)) is not None:
            text = self._take(text, found, [int(found["n"]) - 1])
        return text

    def _take(self, text: str, found: re.Match[str], places: Sequence[int]) -> str:
        marked = text[: found.start()] + f" {MARK} " + text[found.end() :]
        page = self._page
        if page is None:
            self._trouble = "I have not been shown a page yet."
            return marked
        for place in places:
            at = place + len(page.places) if place < 0 else place
            if not 0 <= at < len(page.places):
                size = len(page.places)
                what = "one thing" if size == 1 else f"{size} things" if size else "nothing"
                self._trouble = f"There is no number {abs(place + 1) if place >= 0 else -place}: that page held {what}."
                continue
            self._items.append(Mention(item=page.places[at].item, lived=page, position=at))
        return marked

    def _by_category(self, text: str) -> str:
        if self._page is None or self._items:
            return text
        for name in sorted(self._subject.catalog.category_names, key=len, reverse=True):
            spelt = " ".join(title_words(name))
            found = (
                re.search(rf"\b(?:the|that|those|this) {re.escape(spelt)}s?(?: {NOUN})?(?= |$)", text)
                if spelt
                else None
            )
            if found is None:
                continue
            at = [nth for nth, place in enumerate(self._page.places) if name in place.categories]
            if at:
                self._items += [Mention(item=self._page.places[n].item, lived=self._page, position=n) for n in at]
                return text.replace(found[0], f" {MARK} ", 1)
        return text

    def _by_pronoun(self, text: str) -> str:
        if self._items or self._focus:
            text = RATHER.sub(" ", text)
        if ANYTHING.search(" ".join(text.split())):
            return text
        if (found := ALL.search(text)) is not None and self._page is not None and not self._items:
            if found["those"] and len(self._focus) > 1:
                self._items += self._focus
                return text[: found.start()] + f" {MARK} " + text[found.end() :]
            focus = {one.item for one in self._focus} if found["others"] else set()
            self._items += [
                Mention(item=place.item, lived=self._page, position=nth)
                for nth, place in enumerate(self._page.places)
                if place.item not in focus
            ]
            self._group = True
            none = "no " if found[0].startswith(("none", "nothing")) else ""
            return text[: found.start()] + f" {none}{MARK} " + text[found.end() :]
        for pattern in (THEM, IT):
            found = pattern.search(text)
            if found is not None and self._focus and (not self._items or (pattern is IT and "than" in text)):
                self._items += self._focus if pattern is THEM else self._focus[-1:]
                return text[: found.start()] + f" {MARK} " + text[found.end() :]
        return text


def _did(place: Place, deed: str) -> bool:
    if deed == "skipped":
        return place.noticed and not place.clicked
    if deed == "rated":
        return place.rating is not None
    return bool(getattr(place, deed))
