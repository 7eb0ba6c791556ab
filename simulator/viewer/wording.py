"""How texts and numbers of a run stand on a page.

Titles, ids, reasons and memories are somebody else's. Every text that a template puts out passes through `harmless`:
escaped by Jinja2, without what rearranges a line or cannot be sent; `cut` shortens what is long, with a link to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from simulator.report.words import minus
from simulator.simulated_time import DAY_S, DAYS

SHORT = 160
"""Letters of a text before it is cut, unless a page says otherwise."""
ACTS: Mapping[str, str] = {
    "next_page": "went on to the next page",
    "previous_page": "went back a page",
    "search": "searched",
    "instruct": "told the service",
    "leave": "left",
}
APPRAISED: Mapping[str, str] = {
    "statistical": "the statistical mind",
    "llm": "a language model",
    "fallback": "another mind, because the model failed",
    "skipped": "nobody: the model failed",
    "plugin": "a plug-in",
    "human": "a human, who did this themselves",
}
STATUS: Mapping[str, str] = {
    "finished": "finished",
    "running": "not finished",
    "failed": "failed",
    "out of budget": "stopped by its budget",
}


def harmless(value: Any) -> Any:
    """What a template may put out: line breaks stay, whatever else cannot be printed becomes a space."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return ""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def cut(text: Any, most: int = SHORT, *, all_of_it: str | None = None) -> Markup:
    """The beginning of a long text, and a link to the page with the whole one; without `all_of_it` there is no link."""
    whole = str(harmless("" if text is None else text))
    if len(whole) <= most:
        return escape(whole)
    shown = escape(whole[: most - 1].rstrip() + "…")
    if all_of_it is None:
        return shown
    return Markup('{} <a class="more" href="{}">show all {} letters</a>').format(shown, all_of_it, f"{len(whole):,}")


def number(value: Any, digits: int = 2) -> str:
    """With that many decimals, a real minus, and a dash for what is undefined."""
    if value is None or value != value:
        return "–"
    if isinstance(value, int) and not isinstance(value, bool):
        return minus(f"{value:,}")
    return minus(f"{value:,.{digits}f}")


def share(value: Any) -> str:
    """As a percentage."""
    return "–" if value is None or value != value else f"{100 * value:.1f}%"


def count(value: int, one: str, many: str = "") -> str:
    """`1 page`, `2 pages`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def moment(second: float | None) -> str:
    """Simulated seconds as a day and a time."""
    if second is None:
        return "at an unknown time"
    day, left = divmod(int(second), int(DAY_S))
    return f"{DAYS[day % 7]} of week {day // 7 + 1}, {left // 3600:02d}:{left % 3600 // 60:02d}"


def spell(second: float | None) -> str:
    """A length of time, as short as it may be said."""
    if second is None:
        return "–"
    if second < 120:
        return f"{second:.0f} s"
    return f"{second / 60:.0f} min" if second < 7200 else f"{second / 3600:.1f} h"


def dollars(value: float | None) -> str:
    """Money as the ledger has it."""
    return "price unknown" if value is None else f"${value:,.4f}" if value < 1 else f"${value:,.2f}"


def cues(item: Mapping[str, Any]) -> str:
    """What a page says of an item beside its title, as far as the run keeps it: categories, creator, year, price,
    length, reviews."""
    price, length, mean, reviews = (item.get(name) for name in ("price", "duration_s", "review_mean", "review_count"))
    facts = (
        ", ".join(map(str, item.get("categories") or ())),
        str(item.get("creator") or ""),
        str(item.get("year") or ""),
        "" if price is None else f"{price:,.2f}",
        "" if length is None else spell(length),
        "" if mean is None else f"★ {mean:.1f}" + (f" of {reviews:,}" if reviews else ""),
    )
    return " · ".join(fact for fact in facts if fact)


def seen(item: Mapping[str, Any], *, human: bool = False) -> str:
    """How far an item got in a few words. What a human reads nobody knows: only what was on their screen."""
    if item["clicked"]:
        return "clicked"
    if human:
        return "on the screen" if item["noticed"] else "off the screen"
    return "read" if item["examined"] else "noticed" if item["noticed"] else "not seen"


def known_of(page: Mapping[str, Any]) -> list[str]:
    """What is known of how somebody was before or after a page."""
    before, after = page["before"] or {}, page["after"]
    return [name for name in after if before.get(name) is not None or after[name] is not None]


def words(code: Any) -> str:
    """A name of the code, such as `nothing_shown`, as words."""
    return "" if code is None else str(code).replace("_", " ")


def size(found: int) -> str:
    """Bytes as a person compares them."""
    for unit, one in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if found >= one:
            return f"{found / one:.1f} {unit}"
    return f"{found} bytes"
