"""Years, lengths and prices in words: "from the 90s", "before 1980", "under two hours", "less than $20"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from recommenders.wishes.wish import Polarity, Target

Span = tuple[Polarity | None, Target]
"""What is named, and whether it is a bound, which means `only`."""

_NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "an": 1.0, "a": 1.0, "half an": 0.5}
_DECADES = {
    "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980,
    "nineties": 1990, "noughties": 2000,
}  # fmt: skip
_THIS_CENTURY_BELOW = 30
""" "The 20s" are the 2020s, "the 30s" the 1930s."""
_TIME = r"(?P<n>\d{1,4}(?:\.\d{1,3})?|one|two|three|four|half an|an|a)[ -]?(?P<unit>minutes?|mins?|hours?|hrs?|h)\b"
_MONEY = r"[$€£] ?(?P<n>\d{1,7}(?:\.\d{1,2})?)"
_YEAR = r"(?:1[89]|20)\d\d"
_DECADE = r"(?:the )?(?:(?:1[89]|20)\d0s|'?\d0s|" + "|".join(_DECADES) + ")"
_WHEN = rf"(?P<when>{_DECADE}|{_YEAR})\b"
_NO = r"\b(?:no|not|nothing|never) (?:(?:movies?|films?|items?|things?|anything) )?"


def _minutes(found: re.Match[str]) -> float:
    number = _NUMBERS.get(found["n"].lower()) or float(found["n"])
    return number * 60 if found["unit"].lower().startswith("h") else number


def _years(said: str) -> tuple[float, float]:
    """First and last year."""
    name = said.lower().removeprefix("the ").lstrip("'")
    if name in _DECADES:
        first = _DECADES[name]
    elif len(name) == 4 and name.isdigit():
        return float(name), float(name)
    else:
        first = int(name.rstrip("s"))
        if first < 100:
            first += 2000 if first < _THIS_CENTURY_BELOW else 1900
    return float(first), float(first + 9)


def _only(kind: str, low: float, high: float) -> Span:
    return "only", Target("minutes" if kind == "minutes" else "price", (low, high))


def _year_span(low: float, high: float) -> Span:
    return None, Target("years", (low, high))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Span]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (rf"{_NO}(?:longer|more|over|above)(?: than)? {_TIME}", lambda m: _only("minutes", 0, _minutes(m))),
        (rf"{_NO}(?:shorter|less|under|below)(?: than)? {_TIME}", lambda m: _only("minutes", _minutes(m), math.inf)),
        (
            rf"\b(?:under|below|less than|shorter than|at most|up to|within|max|maximum) {_TIME}",
            lambda m: _only("minutes", 0, _minutes(m)),
        ),
        (
            rf"\b(?:over|above|more than|longer than|at least) {_TIME}",
            lambda m: _only("minutes", _minutes(m), math.inf),
        ),
        (rf"{_NO}(?:more|over|above|dearer)(?: than)? {_MONEY}", lambda m: _only("price", 0, float(m["n"]))),
        (
            rf"\b(?:under|below|less than|cheaper than|at most|up to) {_MONEY}",
            lambda m: _only("price", 0, float(m["n"])),
        ),
        (rf"\b(?:over|above|more than|at least) {_MONEY}", lambda m: _only("price", float(m["n"]), math.inf)),
        (
            rf"\b(?:between|from) (?P<a>{_YEAR}) (?:and|to|until) (?P<b>{_YEAR})\b",
            lambda m: _year_span(float(m["a"]), float(m["b"])),
        ),
        (
            rf"\b(?:before|until|prior to|older than|earlier than|pre) {_WHEN}",
            lambda m: _year_span(-math.inf, _years(m["when"])[0] - 1),
        ),
        (rf"\bsince {_WHEN}", lambda m: _year_span(_years(m["when"])[0], math.inf)),
        (rf"\b(?:after|newer than|later than|post) {_WHEN}", lambda m: _year_span(_years(m["when"])[1] + 1, math.inf)),
        (
            rf"(?<!\w)(?P<when>{_DECADE}|(?<=in |of ){_YEAR}|(?<=from ){_YEAR})\b",
            lambda m: _year_span(*_years(m["when"])),
        ),
    )
)


def spans_marked(sentence: str, mark: Callable[[Span], str]) -> str:
    """The sentence with every span replaced by what `mark` makes of it."""
    for pattern, meaning in _FORMS:
        sentence = pattern.sub(lambda found, meaning=meaning: mark(meaning(found)), sentence)  # type: ignore[misc]
    return sentence
