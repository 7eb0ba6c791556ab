"""Somebody else's text in a prompt: cleaned, capped, quoted, and fenced in by a word that it cannot hold.

Titles, headlines, captions, memories and what is known of people come from catalogues, plug-ins and models. In a
prompt they stand between ``<data WORD>`` and ``</data WORD>``, each as one JSON string, and whatever stands there is
data. The word is the person's own, drawn from the run's seed; it is taken out of every text before it is quoted, and
angle brackets are replaced, so no text can end the fence that it stands in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from simulator.randomness import Stream

_SAFE = str.maketrans({"<": "‹", ">": "›", "`": "'", "[": "(", "]": ")"})
"""Marks that chat templates, Markdown and HTML give a meaning to, and what stands for them."""
_SCANNED = 4
"""Characters that are looked at for each one that may be kept: a title of 100 kB costs no more than one of 320
characters."""


def clean(text: str, cap: int) -> str:
    """On one line, at most `cap` characters, without control, format and direction marks or markup brackets."""
    start = text[: _SCANNED * cap].translate(_SAFE)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in start).split())
    return line if len(line) <= cap else f"{line[: cap - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Fence:
    """The word that fences in the data of one person's prompts."""

    word: str

    @classmethod
    def of(cls, seed: int, user_id: str) -> Fence:
        """The same for a person on all pages, in all arms: a prompt's beginning must not change."""
        return cls(f"{Stream.of(seed, 'mind', f'fence/{user_id}').key:016x}"[:6])

    def quoted(self, text: str, cap: int) -> str:
        """The text as one JSON string that does not hold the word."""
        line = clean(text, cap)
        while self.word in line.lower():
            at = line.lower().index(self.word)
            line = line[:at] + line[at + len(self.word) :]
        return json.dumps(line, ensure_ascii=False)
