"""Each metric's difference as somebody would say it who has never heard of the metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """How to say that an arm has more, or less; `{arm}` may be several."""

    more: str
    less: str
    unit: str = ""
    """What follows a number; `%` for shares."""

    def phrase(self, arm: str, *, higher: bool) -> str:
        """The phrase about that arm; the name is put in as it is."""
        before, after = (self.more if higher else self.less).split("{arm}")
        return f"{before}{arm}{after}"

    def numbers(self, values: Sequence[float]) -> list[str]:
        """With as few decimals as keep different values apart, and the unit at the last if it is a word."""
        scaled = [100 * value if self.unit == "%" else value for value in values]
        least = 0 if self.unit == "%" or max(map(abs, scaled)) >= 100 else 1
        for decimals in range(least, 6):
            shown = [f"{value:,.{decimals}f}".replace("-", "−") for value in scaled]
            if len(set(shown)) == len(set(scaled)):
                break
        if self.unit == "%":
            return [f"{one}%" for one in shown]
        return [*shown[:-1], f"{shown[-1]} {self.unit}".rstrip()]


PLAIN: Mapping[str, Plain] = {
    "want": Plain(
        "pages of {arm} hold more of what people would choose",
        "pages of {arm} hold less of what people would choose",
        "%",
    ),
    "click_rate": Plain(
        "people click a larger share of what they are shown by {arm}",
        "people click a smaller share of what they are shown by {arm}",
        "%",
    ),
    "clicks_per_session": Plain(
        "people click more in a session with {arm}", "people click less in a session with {arm}", "clicks"
    ),
    "dwell_per_session": Plain(
        "people spend more time in a session with {arm}", "people spend less time in a session with {arm}", "seconds"
    ),
    "satisfaction": Plain("people are more satisfied with {arm}", "people are less satisfied with {arm}", "of 5"),
    "session_length": Plain(
        "people look at more pages a visit with {arm}", "people look at fewer pages a visit with {arm}"
    ),
    "return_rate": Plain(
        "people come back within a day more often with {arm}",
        "people come back within a day less often with {arm}",
        "%",
    ),
    "harm": Plain(
        "people regret a larger share of their choices with {arm}",
        "people regret a smaller share of their choices with {arm}",
        "%",
    ),
    "coverage": Plain("more of the catalogue is shown by {arm}", "less of the catalogue is shown by {arm}", "%"),
    "novelty": Plain("less known items are shown by {arm}", "better known items are shown by {arm}", "bits"),
    "diversity": Plain("pages are more varied with {arm}", "pages are less varied with {arm}"),
}
