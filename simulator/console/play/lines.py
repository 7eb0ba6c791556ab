"""The seat in plain lines: for pipes, dumb terminals and screen readers. A question a line, an answer a line."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import TextIO

from simulator.console.play import words
from simulator.console.text import clean
from simulator.perception import layout_of
from simulator.records import Item
from simulator.studies.play.looking import LEVELS, Looking, Stopped
from simulator.studies.play.taste import Onboarding, Pick
from simulator.turn import LeaveReason

WIDTH = 79
_PAGE_KEYS = "number: open it · n next page · l leave · q stop, go on later · ? help"
_FEED_KEYS = "d: the next title · number: open it · n next page · l leave · q stop · ? help"
_HELP = (
    "A number opens that item: a click. The time until you go back is measured.",
    "n turns the page, l ends the visit; both ask how the page was.",
    "q, Ctrl-D or Ctrl-C stop for now; everything is kept. p prints the page again.",
)


class LinePlayer:
    """Asks on one stream and reads answers from another. The end of the input stops the play."""

    def __init__(self, answers: TextIO, out: TextIO) -> None:
        self._answers, self._out = answers, out

    def onboard(self, onboarding: Onboarding, note: Callable[[Pick], None]) -> None:
        """Titles in rounds; an answer names those that are known, with levels: `2 5=4`."""
        for line in (words.WELCOME, words.ONBOARDING):
            self._say(line)
        self._say(f"Answer with numbers, and how you like them ({words.levels(onboarding.scale)}): 2 5=4 7=1")
        self._say("Enter: more titles. done: begin.")
        picked = set(onboarding.picks)
        for titles in onboarding.rounds():
            self._say("")
            for nth, item in enumerate(titles, 1):
                known = "  [picked]" if item.item_id in picked else ""
                self._say(words.cut(f"{nth:3}  {words.title(item)}  {words.facts(item)}", WIDTH - len(known)) + known)
            answer = ""
            while answer is not None:
                answer = self._ask(f"{len(picked)} picked> ").casefold()
                if answer in ("done", "q", "n", ""):
                    break
                for pick in self._picked(answer, titles):
                    note(pick)
                    picked.add(pick.item_id)
            if answer == "q":
                raise Stopped
            if answer == "done":
                return

    def tell(self, text: str) -> None:
        """One line."""
        self._say(clean(text))

    def look(self, looking: Looking) -> None:
        """The page, and what is done with it, until it is turned."""
        feed = looking.shown.layout == "feed"
        places = looking.shown.places
        down = max((places.index(place) for place in looking.seen), default=0)
        self._page(looking, places[: down + 1] if feed else places)
        while not looking.done:
            answer = self._ask("> ").casefold()
            if _number(answer) - 1 in (looking.seen if feed else places):
                self._item(looking, _number(answer) - 1)
            elif feed and answer in ("d", "") and down + 1 < len(places):
                down += 1
                self._line(looking, places[down])
                looking.see([places[down]])
            elif answer == "n":
                self._end(looking, None)
            elif answer == "l":
                self._end(looking, self._reason())
            elif answer == "q":
                raise Stopped
            elif answer == "p":
                self._page(looking, places[: down + 1] if feed else places)
            elif answer == "?":
                for line in _HELP:
                    self._say(line)
            else:
                asked = "" if not answer else f"{words.cut(clean(answer), 40)!r} is nothing here. "
                self._say(asked + (_FEED_KEYS if feed else _PAGE_KEYS))

    def again(self, visit: int) -> bool:
        """Whether to come back."""
        return self._ask(f"A day goes by. Come back for visit {visit}? Enter: yes, n: no> ").casefold() not in (
            "n",
            "no",
        )

    def _page(self, looking: Looking, places: tuple[int, ...]) -> None:
        shown = looking.shown
        self._say("")
        self._say(words.where(shown))
        rows = layout_of(shown.layout, len(shown.items)).row
        for place in places:
            if shown.layout in ("grid", "carousel") and (place == places[0] or rows[place] != rows[place - 1]):
                self._say(f" {'row' if shown.layout == 'grid' else 'shelf'} {rows[place] + 1}")
            self._line(looking, place)
        looking.see(places)
        self._say(_FEED_KEYS if shown.layout == "feed" else _PAGE_KEYS)

    def _line(self, looking: Looking, place: int) -> None:
        item = looking.shown.items[place]
        assert item is not None
        done = words.marks(looking, place)
        line = words.cut(
            f"{place + 1:3}  {words.title(item)}  {words.facts(item, looking.shown.layout)}", WIDTH - len(done) - 1
        )
        self._say(f"{line} {done}".rstrip())

    def _item(self, looking: Looking, place: int) -> None:
        item = looking.open(place)
        self._say("")
        self._say(words.title(item))
        for label, text in words.details(item):
            for line in f"{label}: {text}".splitlines() if label else text.splitlines():
                self._say(fill(line, WIDTH, initial_indent="  ", subsequent_indent="  "))
        try:
            answer = self._ask(f"{words.LIKED} {words.levels(looking.shown.scale)}, Enter: back> ")
        finally:  # whatever stops the play, the time until now was spent
            looking.back()
        if _number(answer) in LEVELS:
            looking.rate(place, _number(answer))
        elif answer and answer not in ("b",):
            self._say("Not rated. Back on the page; p prints it again.")
        if answer == "q":
            raise Stopped

    def _end(self, looking: Looking, reason: LeaveReason | None) -> None:
        answer = self._ask(f"{words.SATISFIED}> ")
        level = _number(answer) if _number(answer) in LEVELS else None
        if reason is None:
            looking.turn_page(level)
        else:
            looking.leave(reason, level)

    def _reason(self) -> LeaveReason:
        self._say(words.WHY)
        answer = self._ask(f"{', '.join(words.reasons())}> ")
        nth = _number(answer)
        return words.REASON_KEYS[nth - 1] if 1 <= nth <= len(words.REASON_KEYS) else LeaveReason.INTENDED

    def _picked(self, answer: str, titles: tuple[Item, ...]) -> list[Pick]:
        picks = []
        for word in answer.replace(",", " ").split()[: len(titles)]:
            number, _, level = word.partition("=")
            if not 1 <= _number(number) <= len(titles) or (level and _number(level) not in LEVELS):
                self._say(f"{words.cut(clean(word), 40)!r} was not understood: write 3, or 3=5 for the best level.")
                continue
            picks.append(Pick(item_id=titles[_number(number) - 1].item_id, level=_number(level) or None))
        return picks

    def _ask(self, prompt: str) -> str:
        self._out.write(prompt)
        self._out.flush()
        line = self._answers.readline()
        if not line:
            self._out.write("\n")
            raise Stopped
        return line.strip()

    def _say(self, text: str) -> None:
        self._out.write(f"{text}\n")


def _number(answer: str) -> int:
    """A number that somebody typed; 0 where it is none, or longer than any that is asked for."""
    return int(answer) if answer.isdecimal() and len(answer) < 6 else 0
