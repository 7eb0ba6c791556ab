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
    r"\w{3,}(?:er|or|ist|ian|man|woman)s?,? (?:in|at|with|on|by|under|among|across|between|and|\w{3,}ing)"
    r")\b",
    re.IGNORECASE,
)
"""Words for people, and words that end as those for people do before what people do or where they are. English."""
SCANNED = 400
"""Characters of a caption that are read."""


def shows_people(captions: Sequence[str]) -> F64:
    """1 where a caption speaks of people, 0 where not, NaN where there is none. (n,).

    Pictures with faces are 38 % more likely to be liked (Bakhshi, Shamma & Gilbert, "Faces engage us", CHI 2014).
    """
    found = [float(bool(_PEOPLE.search(text[:SCANNED]))) if text.strip() else np.nan for text in captions]
    return np.array(found, dtype=np.float64)
