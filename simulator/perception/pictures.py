"""Whether a picture shows people, from the words that describe it: faces draw people in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

_PEOPLE = re.compile(
    r"\b(wom[ae]n|m[ae]n|girls?|boys?|child(?:ren)?|kids?|bab(?:y|ies)|people|persons?|famil(?:y|ies)|couples?|friends?|"
    r"crowds?|faces?|portraits?|smil\w+|laugh\w+|someone|somebody|he|she|mothers?|fathers?|actress\w*|nurses?|pilots?|"
    r"captains?|clerks?|cowboys?|detectives?|guards?|guides?|judges?|kings?|knights?|magistrates?|monks?|notar(?:y|ies)|"
    r"nuns?|priests?|queens?|students?|wardens?|widows?|witch(?:es)?"
    r")\b",
    re.IGNORECASE,
)
"""Words for people. English."""
_BY_TRADE = re.compile(
    r"\b(\w{3,}(?:er|or|ist|ian|man|woman))s?,? (?:in|at|with|on|by|beside|behind|before|against|near|under|above|"
    r"across|among|between|and|\w{3,}ing)\b",
    re.IGNORECASE,
)
"""Words that end as those for people do, before what people do or where they are."""
_THINGS = frozenset(
    re.findall(
        r"\w+",
        "anchor bladder border boulder butter calculator chamber color computer container cooker copper "
        "corner counter cover crater dinner door drawer elevator escalator feather finger flavor floor flower "
        "freezer generator hammer harbor helicopter ladder leather letter lighter locker lobster mirror "
        "monitor monster motor number otter oyster paper pepper planter poster power printer projector "
        "radiator razor reactor refrigerator river roller rooster saucer scooter sensor shoulder shower "
        "silver skyscraper spider summer supper sweater theater tiger timber toaster tower tractor trailer "
        "tumbler water weather winter",
    )
)
"""Words of such endings that are no people."""
_TOWNS = ("chester", "minster", "cester")
SCANNED = 400
"""Characters of a caption that are read."""


def shows_people(captions: Sequence[str]) -> F64:
    """1 where a caption speaks of people, 0 where not, NaN where there is none. (n,).

    Pictures with faces are 38 % more likely to be liked (Bakhshi, Shamma & Gilbert, "Faces engage us", CHI 2014).
    """
    found = [float(_speaks_of_people(text[:SCANNED])) if text.strip() else np.nan for text in captions]
    return np.array(found, dtype=np.float64)


def _speaks_of_people(text: str) -> bool:
    if _PEOPLE.search(text):
        return True
    words = (found[1].casefold() for found in _BY_TRADE.finditer(text))
    return any(word not in _THINGS and not word.endswith(_TOWNS) for word in words)
