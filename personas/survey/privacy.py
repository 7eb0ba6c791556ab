"""What must not pass from a survey into a persona: ids, and the direct identifiers that people write into free text.

Names and stories that tell who somebody is cannot be found by patterns; a survey that holds such needs a reader.
"""

from __future__ import annotations

import hashlib
import re

from simulator.llm.fencing import clean

_NO_YEARS = r"(?!(?:19|20)\d\d\s?[-/]\s?(?:19|20)\d\d(?!\d))"
_GONE = (
    ("address removed", re.compile(r"(?:https?://|ftp://|www\.)\S{1,2000}", re.I)),
    ("email removed", re.compile(r"[\w.+'-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.I)),
    (
        "address removed",
        re.compile(r"\b(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|io|co|me|info|uk|de|eu)(?:/\S*)?\b", re.I),
    ),
    ("handle removed", re.compile(r"(?<![\w@])@[\w.]{2,40}")),
    ("number removed", re.compile(_NO_YEARS + r"(?<![\w.])\+?\(?\d(?:[\s()./-]{0,2}\d){6,16}(?![\w])")),
)
"""Addresses on the web, e-mail, handles, and seven digits or more (telephones, cards, accounts, IP addresses)."""
_SCANNED = 4


def hashed_id(text: str) -> str:
    """``s-`` and 16 hexadecimal digits. It keeps an id out of sight; who holds the table can still make it again."""
    return f"s-{hashlib.blake2b(text.encode(), digest_size=8, person=b'survey id').hexdigest()}"


def without_identifiers(text: str, cap: int) -> str:
    """On one line of at most `cap` characters, direct identifiers replaced by a word that says so."""
    scanned = text[: _SCANNED * cap]
    if len(scanned) < len(text):  # half an address at the cut would not be known for one
        scanned = scanned.rpartition(" ")[0]
    text = " ".join(scanned.split())
    for word, pattern in _GONE:
        text = pattern.sub(f"({word})", text)
    return clean(text, cap)
