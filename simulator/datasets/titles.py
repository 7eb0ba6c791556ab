"""MovieLens writes titles for sorting, "Matrix, The (1999)"; people say "The Matrix"."""

from __future__ import annotations

import re

_YEAR = re.compile(r"\s*\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)\s*$")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_ARTICLE = re.compile(
    r"^(?P<rest>.+), (?P<article>The|An?|Las?|Les?|L'|El|Los|Lo|Il|Gli|I|Der|Die|Das|Dem|Den|Det|De|Ein|Eine|En|Ett|Un|"
    r"Une|Una|Os?|As|Het)$"
)


def split_year(title: str) -> tuple[str, int | None]:
    """("Toy Story", 1995) of "Toy Story (1995)"; of a span of years the first; None where there is no year."""
    found = _YEAR.search(title)
    if found is None:
        return title.strip(), None
    return title[: found.start()].strip(), int(found.group(1))


def spoken(title: str) -> str:
    """The article in front, in the title itself and in alternative titles in brackets."""
    head, bracket, _ = title.partition(" (")
    rest = title[len(head) :] if bracket else ""
    return _article_first(head) + _IN_BRACKETS.sub(lambda found: f"({_article_first(found.group(1))})", rest)


def _article_first(title: str) -> str:
    found = _ARTICLE.match(title.strip())
    if found is None:
        return title.strip()
    article = found.group("article")
    return article + ("" if article.endswith("'") else " ") + found.group("rest")
