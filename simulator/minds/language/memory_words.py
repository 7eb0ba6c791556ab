"""What memory says in front of a page, in words that fit: memories first, then what speaks for single items."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.llm.fencing import Fence
from simulator.turn import Recollection

MEMORY, EVIDENCE = 80, 64
"""Most characters of a memory, and of what memory says of one item."""
ALLOWANCE = 270
"""Most characters of both on one page: five memories of 50, or, before there are memories,
words about most of a page. With more, a page of ten films takes over 800 tokens, and less than 60 % of a prompt is the
same as on the page before (assumed to be worth less than what it would add)."""


def memory_words(recollection: Recollection, items: Sequence[int], fence: Fence) -> tuple[list[str], dict[int, str]]:
    """Quoted memories, the best first, and quoted evidence by item, as much as the allowance takes of each.

    `items`: the catalogue rows on the page, in the order of the prompt.
    """
    left = ALLOWANCE
    memories: list[str] = []
    for text in recollection.memories:
        words = fence.quoted(_plain(text), MEMORY)
        if len(words) > left:
            break
        memories.append(words)
        left -= len(words)
    evidence: dict[int, str] = {}
    for item in items:
        words = fence.quoted(_plain(recollection.evidence.get(item, "")), EVIDENCE)
        if len(words) > len('""') and len(words) <= left:
            evidence[item] = words
            left -= len(words)
    return memories, evidence


def _plain(text: str) -> str:
    """Titles in single quotes: a double one takes two characters within a JSON string."""
    return text.replace('"', "'")
