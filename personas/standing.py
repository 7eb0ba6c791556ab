"""Where a person stands among people on a trait, whatever the trait's scale."""

from __future__ import annotations

import numpy as np

from personas.schema import Persona
from personas.traits import BEHAVIOURAL, BIG_FIVE, activity_to_sd, to_sd


def standing(name: str, value: float) -> float:
    """Standard deviations from the ordinary person, within ±2.5, of a trait's value as a file gives it.

    A Big-Five score stands where `personas.links` takes it to stand.
    """
    if name == "activity":
        return float(activity_to_sd(value))
    if name not in BIG_FIVE:
        return float(to_sd(value))
    from personas.links import standard_scores

    place = BIG_FIVE.index(name)
    return float(standard_scores([value if nth == place else np.nan for nth in range(len(BIG_FIVE))])[place])


def given(persona: Persona) -> dict[str, float]:
    """The traits that the persona has a value of, the Big Five first, each on its own scale."""
    found = {name: getattr(persona.personality, name) for name in BIG_FIVE}
    found |= {trait.name: getattr(persona.behaviour, trait.name) for trait in BEHAVIOURAL}
    return {name: value for name, value in found.items() if value is not None}
