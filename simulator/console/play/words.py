"""What the player reads, on a full screen or in plain lines. Titles and texts are data: cleaned, never markup."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from simulator.behaviour.cues import PICTURES_ONLY
from simulator.console.text import clean, clean_lines
from simulator.records import Item
from simulator.studies.play.looking import REASONS, Looking, Shown
from simulator.studies.play.taste import ENOUGH
from simulator.turn import LeaveReason

MOST_TITLE, MOST_TEXT = 300, 4000
"""Characters of an item's title and of its text that are shown."""
WELCOME = "Pages of a real recommender come next; at the end, how close your double came."
SATISFIED = "How was this page? 1 bad … 5 very good, Enter: no answer"
LIKED = "How do you like it, or expect to?"
WHY = "Why do you leave? Enter: meant to go anyway"
ONBOARDING = f"Which do you know, or would you choose? {ENOUGH} picks or more make your double."
ANSWERS = ("1  bad", "2", "3  so so", "4", "5  very good")
REASON_KEYS: tuple[LeaveReason, ...] = tuple(REASONS)


def where(shown: Shown) -> str:
    """Which page this is."""
    last = " (the last)" if not shown.pages_left else f" of {shown.turn + 1 + shown.pages_left}"
    visit = f"visit {shown.session + 1}, " if shown.session else ""
    return f"{visit}page {shown.turn + 1}{last}".capitalize()


def title(item: Item) -> str:
    """Its title, or its id, with the year."""
    name = (clean(item.title[:MOST_TITLE]).strip() or clean(item.item_id[:MOST_TITLE])).strip()
    return name if item.year is None else f"{name} ({item.year})"


def facts(item: Item, layout: str = "list") -> str:
    """What a page says of it beside the title, on one line: what its double is shown, too. A page of pictures has no
    facts, so there the picture is told."""
    if layout in PICTURES_ONLY:
        return clean(item.image_caption)
    said = [", ".join(map(clean, item.categories))]
    if item.price is not None:
        said.append(f"price {item.price:g}")
    if item.review_mean is not None:
        said.append(f"rated {item.review_mean:.1f}" + ("" if item.review_count is None else f" by {item.review_count}"))
    said.append(clean(item.headline))
    return " · ".join(part for part in said if part)


def details(item: Item) -> list[tuple[str, str]]:
    """Everything that is known of it: label and text."""
    known = [
        ("", clean(item.headline[:MOST_TITLE])),
        ("by", clean(item.creator)),
        ("categories", ", ".join(map(clean, item.categories))),
        ("price", "" if item.price is None else f"{item.price:g}"),
        ("length", "" if item.duration_s is None else _length(item.duration_s)),
        ("rated", "" if item.review_mean is None else f"{item.review_mean:.2f} by {item.review_count or 0}"),
        ("picture", clean(item.image_caption)),
        ("", clean_lines(item.text[:MOST_TEXT]) + (" …" if len(item.text) > MOST_TEXT else "")),
        *(("review", clean(review[:400])) for review in item.reviews[:5]),
    ]
    return [(label, text) for label, text in known if text.strip()]


def marks(looking: Looking, place: int) -> str:
    """What the player did with the item of a place."""
    if place not in looking.clicked:
        return ""
    level = looking.levels.get(place)
    return "[opened]" if level is None else f"[opened, {looking.shown.scale[level - 1]}]"


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, wide letters counted as they are."""
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"


def levels(scale: Sequence[str]) -> str:
    """The five levels with their keys, where the dataset calls them otherwise."""
    if list(scale) == ["1", "2", "3", "4", "5"]:
        return "1-5"
    return ", ".join(f"{key}: {name}" for key, name in enumerate(scale, 1))


def level_answers(scale: Sequence[str]) -> list[str]:
    """The five levels as numbered answers."""
    if list(scale) == ["1", "2", "3", "4", "5"]:
        return list(ANSWERS)
    return [f"{answer[:1]}  {name}{answer[1:]}" for answer, name in zip(ANSWERS, scale, strict=True)]


def reasons() -> list[str]:
    """Why one may leave, with keys."""
    return [f"{key} {REASONS[reason]}" for key, reason in enumerate(REASON_KEYS, 1)]


def how_to_go_on(folder: object) -> str:
    """What somebody needs who stopped."""
    return f"Stopped. Everything you did is kept; go on with: understudy play --resume {folder}"


def _length(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes >= 2 else f"{seconds:.0f} s"
