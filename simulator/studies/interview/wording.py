"""A question as its words: lower case, contractions and chat spellings written out, marks and emoji gone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST_CHARACTERS = 2000
"""Of a question that are read; nobody asks longer ones, and what is pasted in is no question."""
MARK = "§"
"""Stands in a plain text where an item was spoken of."""
_WORD = re.compile(r"\w+(?:'\w+)*")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"'})
_WRITTEN_OUT = (
    (r"\b(can|ca)n['’]?t\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\b(did|do|does|was|were|is|are|would|could|should|has|have|had)n'?t\b", r"\1 not"),
    (r"\b(i|you|we|they)'re\b", r"\1 are"),
    (r"\b(i|you|we|they)'ve\b", r"\1 have"),
    (r"\b(i|you|we|they|it|that|he|she)'(d|ll)\b", r"\1 would"),
    (r"\b(what|who|how|where|when|why|it|that|there|he|she)'?s\b(?! for)", r"\1 is"),
    (r"\b(what|why|how|where|who)'?d\b", r"\1 did"),
    (r"\blet's\b", "let us"),
    (r"\bwan+a\b", "want to"),
    (r"\bgonna\b", "going to"),
    (r"\bgot+a\b", "got to"),
    (r"\bwyd\b", "what are you doing"),
    (r"\bhru\b", "how are you"),
    (r"\bfave?\b", "favourite"),
    (r"\bfavorite", "favourite"),
    (r"\b(pls|plz|please)\b", ""),
    (
        r"\b(lol|lmao|rofl|haha+|hehe+|hm+|umm*|uhh*|erm*|btw|tbh|ngl|fr|bro|bruh|dude|man|mate|actually|just|really|then|exactly|"
        r"maybe|honestly|though|tho|anyway|literally|basically|like,)\b",
        "",
    ),
    (r"\b(in (a|one) word|one word|in short|briefly|in a nutshell|long story short|between you and me|spill it)\b", ""),
    (r"\b(wat|wut|wht|wot)\b", "what"),
    (r"\b(da|teh)\b", "the"),
    (r"\b(smth|sth|sumthin)\b", "something"),
    (r"\b(which|that|this|any) 1\b", r"\1 one"),
    (r"\b(did|do|can|would) (you|u) even\b", r"\1 you"),
    (r"\b(thx|tysm|ty)\b", "thanks"),
    (r"\bu\b", "you"),
    (r"\bur\b", "your"),
    (r"\br\b", "are"),
    (r"\by\b", "why"),
    (r"\bcuz|bc\b", "because"),
    (r"\bdunno\b", "do not know"),
)
_RULES = tuple((re.compile(pattern), by) for pattern, by in _WRITTEN_OUT)
_OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|well|but|so|nah|nope|oh|ah|hm|wait|right|alright|yeah|yes|no|and) )+(?=\S+ \S|why$)"
)
"""What opens a sentence and says nothing of what it asks."""
_MARKS = re.compile(r"[^\w#'$%&+§ -]|_")
_SENTENCE = re.compile(
    r"(?<=[?!.;])\s+|\n+|,? (?:and|but) (?=(?:why|what|where|how|who|when|which) "
    r"(?:did|do|does|are|is|was|were|would|have|will|should)\b|(?:did|do|are|would|have|were) (?:you|u) )",
    re.IGNORECASE,
)
"""Where one question ends and another begins."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a readable text, and where it stands in it."""

    text: str
    """As `title_words` have it."""
    start: int
    end: int
    capital: bool
    quoted: bool


def readable(text: str) -> str:
    """On one line, what can be printed, the first `MOST_CHARACTERS` of it; without `MARK`."""
    start = unicodedata.normalize("NFKC", text[: 4 * MOST_CHARACTERS]).translate(_QUOTES)
    line = " ".join("".join(one if one.isprintable() and one != MARK else " " for one in start).split())
    return line[:MOST_CHARACTERS]


def sentences(text: str, most: int = 3) -> list[str]:
    """The questions in a text, one after another."""
    parts = [part.strip() for line in text[: 4 * MOST_CHARACTERS].splitlines() for part in _SENTENCE.split(line)]
    return [part for part in parts if any(letter.isalnum() or letter in "?#" for letter in part)][:most]


def plain(line: str) -> str:
    """A `readable` line as grammar reads it: lower case, contractions written out, single spaces, no marks but
    # ' $ % & + and `MARK`."""
    line = line.lower()
    whole = _MARKS.sub(" ", line)
    for pattern, by in _RULES:
        line = pattern.sub(by, line)
    bare = _OPENING.sub("", " ".join(_MARKS.sub(" ", line).split()))
    return bare or " ".join(whole.split())


def words(line: str) -> list[Word]:
    """The words of a `readable` text, for looking up titles."""
    quotes = [place for place, letter in enumerate(line) if letter == '"']
    out: list[Word] = []
    for found in _WORD.finditer(line):
        (text,) = title_words(found[0]) or ("",)
        before = sum(place < found.start() for place in quotes)
        inside = before % 2 == 1 and before < len(quotes)
        out.append(Word(text, found.start(), found.end(), found[0][0].isupper(), inside))
    return out


def title_words(title: str) -> tuple[str, ...]:
    """Lower case, without accents and marks: ("la", "femme", "nikita"). Other scripts stay as they are."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", title.lower()) if not unicodedata.combining(one))
    return tuple(re.findall(r"\w+", bare.translate(_QUOTES).replace("'", "")))
