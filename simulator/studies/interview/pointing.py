"""How people point at things on a page: by place, by what was done with them, by a word that stands for them."""

from __future__ import annotations

import re

ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
CARDINALS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NOUN = (
    r"(?:ones?|items?|results?|recommendations?|recs?|suggestions?|movies?|films?|flicks?|things?|titles?|books?|"
    r"products?|articles?|stor(?:y|ies)|videos?|songs?|shows?|picks?|options?|entry|entries|choices?|guy)"
)
ORD = rf"(?:{'|'.join(ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))"
NUM = rf"(?:\d{{1,3}}|{'|'.join(CARDINALS[1:])})"
LABEL = r"(?:#|number|no|nr|num|item|position|place|rank|slot|option|result|recommendation)"
NO_ITEM = r"(?! (?:page|pages|visit|session|time|turn|place you|thing you (?:see|do|notice)|name))"
UNITS = (
    r"(?! ?(?:stars?|dollars?|bucks|euros?|percent|%|minutes?|min|seconds?|hours?|pages?|times?|years?|words?|"
    r"reasons?|adjectives?|out of|th|plus|minus|divided|percent|"
    r"points?))"
)
BEFORE = (
    r"(?<!\ba )(?<!an )(?<!only )(?<!\bit )(?<!to )(?<!of )(?<!page )(?<!\$)(?<!from )(?<!than )(?<!least )"
    r"(?<!day )(?<!age )(?<!plus )(?<!minus )(?<!times )"
)

PAGE = re.compile(
    rf"\b(?:on|of|from|in|at)? ?(?:the |that |your )?(?:(?P<last>previous|page before|preceding)(?: page)?(?: before)?|"
    rf"(?P<ord>{ORD}|last|latest|current) page|page (?:number |no )?(?P<num>{NUM}|one))\b"
)
DID = {
    "clicked": r"click\w*(?: on)?|chose|choose|picked?|open(?:ed)?|watch(?:ed)?|took|selected|played?|bought",
    "skipped": r"skip\w*|ignor\w*|passed "
    r"(?:on|over|up)?|did not "
    r"(?:click|choose|pick|want|open|watch|take)(?: "
    r"on)?|rejected|left out",
    "noticed": r"notic\w+|saw|looked at|seen|spotted",
    "liked": r"liked|loved|enjoyed",
    "rated": r"rated|gave stars",
}
DONE = re.compile(
    rf"\b(?:the |that |those )?(?:(?P<ord>{ORD}|last) )?(?P<noun>{NOUN}) (?:that |which )?you (?:have )?(?:"
    + "|".join(f"(?P<{name}>{verb})" for name, verb in DID.items())
    + r")\b"
)
RANGE = re.compile(rf"\b(?:{LABEL}s? ?)?(\d{{1,3}}) ?(?:-|to|through) ?(\d{{1,3}})\b(?! ?(?:stars|how|scale))")
SOME = re.compile(rf"\b(?:the )?(?P<end>first|top|last|bottom) (?P<n>{NUM})\b(?: {NOUN})?")
NTH = re.compile(
    rf"\b(?:the |your |that )?(?P<ord>{ORD})(?P<back> "
    rf"(?:to |from (?:the "
    rf")?)?(?:last|end|bottom))?(?: "
    rf"{NOUN})?\b{NO_ITEM}"
)
LABELLED = re.compile(rf"(?:#|\b{LABEL}) ?(?:#|number|no)? ?(?P<n>{NUM}|one)\b")
END = re.compile(
    rf"\b(?:the )?(?:{NOUN} )?(?:(?:at|on|from) (?:the )?(?:very )?(?P<where>top|bottom|end|middle|beginning|start)\b|"
    rf"(?P<which>last|top|bottom|middle|final|topmost|lowest) {NOUN}|(?P<alone>last|bottom)$){NO_ITEM}"
)
BARE = re.compile(rf"{BEFORE}(?<![\w$#%+])(?P<n>\d{{1,2}})(?![\w%+]){UNITS}")


def _place(name: str) -> str:
    return rf"(?:the )?(?:{LABEL} ?)?(?P<{name}>{ORD}|{NUM}|one)(?: {NOUN})?\b{NO_ITEM}{UNITS}"


NEIGHBOUR = re.compile(
    rf"\b(?:the {NOUN}|one) (?:that (?:is|was) )?(?:right |just |directly )?"
    r"(?P<way>above|below|under|beneath|before|after|following)\b"
    rf"(?: (?:it|that|this|him|§|{_place('of')}))?|"
    rf"\bthe (?P<next>next|following|previous|preceding) {NOUN}\b"
)
"""The one next to another."""
ANYTHING = re.compile(
    r"^(?:did|have) you (?:\w+ )?(?:click\w*|choose|chosen|pick\w*|open\w*|select\w*|buy|bought|watch\w*|rate\w*|"
    r"like\w*|enjoy\w*|love\w*)(?: on)? (?:anything|any|something)$"
)
"""Whether something was done with anything: of no thing in particular."""
BEYOND = re.compile(r"\b(?P<way>below|under|beneath|after|beyond|lower than|above|before|higher than) " + _place("n"))
"""All on one side of a place."""
RATHER = re.compile(
    r" (?:over|instead of|rather than|and not|but not|not|than) (?:all )?(?:of )?(?:the )?(?:others?|rest)\b"
)
"""What a thing was preferred to, where that is all else."""
ALL = re.compile(
    rf"\b(?:(?:none|any|all|each|every one|most) of (?:(?P<those>them|those)|these|the {NOUN})|"
    rf"all (?:of )?(?:them|these|those|the {NOUN})|every {NOUN}|"
    rf"(?:the )?(?P<others>(?<!of )others|(?<=the )others|rest|remaining {NOUN}|other {NOUN})|"
    r"anything|everything|nothing|any(?= (?:$|of)))\b"
)
THEM = re.compile(r"\b(?:them|those|these|they)\b(?! kinds?| sorts?)")
IT = re.compile(
    r"(?:(?<!is )(?<!was )|(?=\w+ (?:any |very |so |as )?"
    r"(?:good|bad|worth|boring|fun|interesting|great|nice|cool|popular|cheap|expensive|new to you|your)\b))"
    r"\b(?:(?:this|that) "
    rf"{NOUN}|it|that|this|that "
    rf"one|him|her)\b(?! "
    rf"(?:is|was|page|how|feel|going|service|app|"
    rf"site|website|platform|list|feed|kinds?|sorts?|types?|time|way|visit|session|choice|decision|recommender|question|"
    rf"person|moment|selection|screen|rating|point|much|long|many)\b)"
)


def number(text: str | None) -> int:
    """A number in figures or words."""
    told = text or "1"
    if told in ORDINALS:
        return ORDINALS.index(told) + 1
    if told in CARDINALS:
        return CARDINALS.index(told) + 1
    return int(re.sub(r"\D", "", told) or 1)


def supposed(text: str, found: re.Match[str]) -> bool:
    """Whether a place is one where something might have been: "if it had been at the top"."""
    return bool(re.search(r"\b(?:been|were|stood|placed|put|moved) $", text[: found.start()]))


def is_reference(text: str, found: re.Match[str]) -> bool:
    """Whether an ordinal stands for an item: "the first", "third one"; not "what did you notice first"."""
    whole = found[0].strip()
    if whole.startswith("your ") and whole.endswith((" choice", " pick")):
        return False  # what came next to the one that was chosen
    article = whole.startswith(("the ", "your ", "that "))
    return article or " " in whole or bool(re.search(r"(?:why|not|about|and|or|click|skip) $", text[: found.start()]))
