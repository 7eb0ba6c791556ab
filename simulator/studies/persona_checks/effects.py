"""How large the effect of each trait is, and how far to believe it: the constant of its law, in sd of the trait."""

from __future__ import annotations

from dataclasses import dataclass

from personas.traits import ACTIVITY_SPREAD, BEHAVIOURAL
from simulator.behaviour.constants import Grade
from simulator.behaviour.laws import Laws
from simulator.population.drawing import HABIT_SPREAD


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one standard deviation of a trait does."""

    constant: str
    """Of `simulator.behaviour`, or what it is."""
    value: float
    unit: str
    grade: Grade

    @property
    def text(self) -> str:
        """In words."""
        return f"{self.value:g} {self.unit} ({self.grade})"


def effects(laws: Laws) -> dict[str, Effect]:
    """Of every behavioural trait, by name."""
    known = {f"{record.law}.{record.constant}": record for record in laws.grades()}
    boredom = known["boredom.weight"]
    spread = known["returning.sigma"].value
    special = {
        "activity": Effect(
            constant="spread of activity between people",
            value=ACTIVITY_SPREAD,
            unit=f"ln visits a day per sd; gaps vary by {spread:g}",
            grade="assumed",
        ),
        "diversity": Effect(
            constant="boredom.weight x spread of proneness",
            value=round(boredom.value * HABIT_SPREAD, 4),
            unit="logit per unit of boredom per sd",
            grade="assumed",
        ),
        "position_habit": Effect(
            constant="spread of position habit between people", value=HABIT_SPREAD, unit="ln effort per sd",
            grade="assumed",
        ),
    }  # fmt: skip
    out = {}
    for trait in BEHAVIOURAL:
        if trait.name in special:
            out[trait.name] = special[trait.name]
            continue
        record = known[trait.law]
        unit = record.unit.removesuffix(" over the catalogue").replace(f"sd of {trait.name.replace('_', ' ')}", "sd")
        out[trait.name] = Effect(
            constant=trait.law, value=record.value, unit=unit.replace("sd of the trait", "sd"), grade=record.grade
        )
    return out
