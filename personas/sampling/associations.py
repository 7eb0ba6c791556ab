"""What goes with what: seed weights of age with occupation and place, and of gender with occupation.

They say how much likelier a combination is than chance, before raking gives every margin its size (`raking`). A weight
of 0 is a structural zero: no pupil is forty, nobody retires at thirty. All weights are assumed: directions are common
knowledge, sizes chosen. What is not listed here goes with everything alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

YOUNGEST, OLDEST = 13, 100
YEARS: npt.NDArray[np.int64] = np.arange(YOUNGEST, OLDEST + 1)
GENDERS = ("female", "male", "other")

_ANY = (18, 25, 60, 75)
_LEARNT = (21, 27, 61, 72)
_LONG = (24, 31, 64, 78)
_HARD = (17, 22, 55, 67)

OCCUPATIONS: dict[str, tuple[tuple[int, int, int, int], float]] = {
    "pupil": ((12, 13, 16, 18), 0.5),
    "student": ((12, 14, 23, 40), 0.5),
    "university student": ((16, 19, 23, 40), 0.5),
    "apprentice": ((15, 17, 20, 32), 0.35),
    "shop assistant": ((15, 19, 58, 70), 0.65),
    "office clerk": (_ANY, 0.7),
    "nurse": (_LEARNT, 0.86),
    "doctor": (_LONG, 0.48),
    "teacher": (_LEARNT, 0.7),
    "care worker": (_ANY, 0.84),
    "software developer": ((18, 26, 45, 70), 0.2),
    "engineer": (_LEARNT, 0.2),
    "researcher": (_LONG, 0.42),
    "accountant": (_LEARNT, 0.55),
    "lawyer": (_LONG, 0.45),
    "sales representative": (_ANY, 0.45),
    "manager": ((21, 35, 61, 74), 0.38),
    "designer": (_ANY, 0.55),
    "journalist": (_LEARNT, 0.5),
    "police officer": ((18, 24, 53, 63), 0.22),
    "driver": (_ANY, 0.07),
    "construction worker": (_HARD, 0.04),
    "factory worker": (_HARD, 0.33),
    "electrician": (_HARD, 0.04),
    "farmer": ((15, 30, 66, 85), 0.3),
    "cook": ((15, 20, 55, 68), 0.42),
    "waiter": ((15, 18, 30, 65), 0.62),
    "cleaner": ((15, 25, 60, 70), 0.75),
    "shop owner": ((19, 33, 65, 85), 0.4),
    "homemaker": ((17, 28, 65, 100), 0.92),
    "out of work": ((15, 20, 58, 67), 0.47),
    "retired": ((50, 68, 100, 101), 0.53),
}
"""Each: ages at which it begins, is full, starts to end and ends (a trapezoid); share of women among women and men."""
SCHOOL = 0.6
"""Weight of pupils, beside the shares of all other occupations: at school age, most people are."""

AGEING: dict[str, float] = {
    "Nigeria": -0.25, "Kenya": -0.25, "South Africa": -0.15, "Egypt": -0.2, "India": -0.15, "Indonesia": -0.12,
    "Philippines": -0.15, "Mexico": -0.12, "Colombia": -0.1, "Brazil": -0.08, "Turkey": -0.1,
    "Japan": 0.15, "Italy": 0.12, "Germany": 0.1, "Austria": 0.08, "Portugal": 0.08, "Spain": 0.05, "South Korea": 0.05,
}  # fmt: skip
"""Change of the log weight of a country for a decade of age: Lagos is younger than Tokyo. None listed: 0."""
DECLINE = 0.93
"""Share of the people of one age over 65 that there are of the next."""


def of_years(edges: Sequence[tuple[int, int]], shares: F64) -> F64:
    """People by year of age, over `YEARS`: even within a bracket, fewer by `DECLINE` a year after 65, and below the
    first bracket as many a year as in it. (88,)."""
    year = YEARS
    weight = np.zeros(year.size)
    for (start, end), share in zip(edges, shares, strict=True):
        inside = (year >= start) & (year <= end)
        shape = np.where(inside, DECLINE ** np.maximum(year - 65, 0.0), 0.0)
        weight += share * shape / shape.sum()
    first = min(start for start, _ in edges)
    weight[year < first] = weight[year == first]
    return weight


def _profile(occupation: str) -> tuple[tuple[int, int, int, int], float] | None:
    """The entry of an occupation: of its own name, else of a listed one whose words it contains (a night nurse)."""
    name = occupation.casefold()
    words = set(name.split())
    near = [known for known in OCCUPATIONS if set(known.split()) <= words]
    known = name if name in OCCUPATIONS else "retired" if "retired" in near else max(near, key=len, default="")
    return OCCUPATIONS.get(known)


def age_by_occupation(occupations: Sequence[str]) -> F64:
    """(88 years, n)."""
    out = np.ones((YEARS.size, len(occupations)))
    for nth, name in enumerate(occupations):
        if (known := _profile(name)) is not None:
            out[:, nth] = np.interp(YEARS, known[0], [0.0, 1.0, 1.0, 0.0])
    return out


def gender_by_occupation(occupations: Sequence[str]) -> F64:
    """(3 genders by `GENDERS`, n)."""
    women = np.array([0.5 if (known := _profile(name)) is None else known[1] for name in occupations])
    return np.stack([2 * women, 2 * (1 - women), np.ones_like(women)])


def age_by_place(countries: Sequence[str]) -> F64:
    """(88 years, n), by the country of each place."""
    tilt = np.array([AGEING.get(country, 0.0) for country in countries])
    weight: F64 = np.exp(np.clip((YEARS[:, None] - 40) / 10, -3, 4) * tilt)
    return weight
