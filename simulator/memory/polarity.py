"""Whether a text says that something is so, or that it is not: texts about one thing are alike either way.

Counting the words that deny is the core of NegEx (Chapman et al., Journal of Biomedical Informatics 2001), here over a
whole sentence, for beliefs are short: two of them cancel out. English only; a text in another language affirms.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’]t\b)?")
_DENYING = re.compile(
    r"(?:no|not|never|none|nothing|nobody|neither|without|hardly|rarely|seldom|cannot|\w+n['’]t|"
    r"dislik(?:e|es|ed|ing)|hat(?:e|es|ed|ing)|avoid(?:s|ed|ing)?|lack(?:s|ed|ing)?)"
)


def denies(text: str) -> bool:
    """Whether a text denies what it is about."""
    return sum(_DENYING.fullmatch(word) is not None for word in _WORD.findall(text.casefold())) % 2 == 1
