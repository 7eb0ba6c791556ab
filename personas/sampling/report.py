"""How a sample differs from what it was drawn from: margins, correlations of the Big Five, links, people alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from personas import links
from personas.sampling import behaviour, big_five
from personas.sampling.demographics import People
from personas.sampling.marginals import VARIABLES
from personas.traits import BIG_FIVE

F64 = npt.NDArray[np.float64]


def reported(people: People, names: list[str], scores: F64, traits: F64, *, seed: int) -> dict[str, Any]:
    """Plain values: `n`, `seed`, `marginals`, `big_five`, `links` and `duplicates`. What is undefined is None."""
    return {
        "n": len(names),
        "seed": seed,
        "marginals": _marginals(people),
        "big_five": _big_five(scores),
        "links": _links(people, scores, traits),
        "duplicates": duplicates(names, scores, traits),
    }


def _marginals(people: People) -> dict[str, Any]:
    """By variable: whether it was aimed at, or follows; target and sample by category; the largest difference."""
    joint, n = people.joint, people.age.size
    out = {}
    for variable, categories, target, rows in zip(
        VARIABLES, joint.categories, joint.targets, people.rows(), strict=True
    ):
        share = np.bincount(rows, minlength=len(categories)) / n
        out[variable] = {
            "given": variable in joint.given,
            "categories": {
                name: _beside(float(want), float(got))
                for name, want, got in zip(categories, target, share, strict=True)
            },
            "worst_difference": float(np.abs(share - target).max()),
        }
    return out


def _big_five(scores: F64) -> dict[str, Any]:
    fitted = big_five.fitted()
    found = _correlations(scores, scores)
    pairs = {
        f"{one}, {other}": _beside(float(fitted.correlation[i, j]), found[i, j])
        for i, one in enumerate(BIG_FIVE)
        for j, other in enumerate(BIG_FIVE)
        if i < j
    }
    means = scores.mean(axis=0)
    return {
        "correlations": pairs,
        "worst_difference": _worst(pairs.values()),
        "means": {
            name: _beside(float(want), float(got)) for name, want, got in zip(BIG_FIVE, fitted.mean, means, strict=True)
        },
        "people_fitted_to": fitted.people,
    }


def _links(people: People, scores: F64, traits: F64) -> dict[str, Any]:
    """Each link's effect: a correlation with a Big-Five trait; of age and gender, a slope beside the Big Five."""
    z = links.standard_scores(scores)
    correlations = _correlations(z, traits)
    gender = np.array(people.joint.categories[1])[people.gender]
    known = (gender == "female") | (gender == "male")
    design = np.column_stack(
        [np.ones(int(known.sum())), z[known], (people.age[known] - links.TYPICAL_AGE) / 10, gender[known] == "female"]
    ).astype(np.float64)
    enough = len(design) > design.shape[1] and np.linalg.matrix_rank(design) == design.shape[1]
    slopes = np.linalg.lstsq(design, traits[known], rcond=None)[0] if enough else None
    effects = []
    for link in links.LINKS:
        trait = links.TRAITS.index(link.trait)
        if link.cause in BIG_FIVE:
            found = correlations[BIG_FIVE.index(link.cause), trait]
        else:
            place = {"age": len(BIG_FIVE) + 1, "female": len(BIG_FIVE) + 2}[link.cause]
            found = np.nan if slopes is None else slopes[place, trait]
        effects.append({"trait": link.trait, "cause": link.cause, **_beside(link.effect, float(found))})
    return {"effects": effects, "worst_difference": _worst(effects)}


def duplicates(names: list[str], scores: F64, traits: F64) -> dict[str, int]:
    """People who have another one's name, and another one's numbers as a file gives them."""
    numbers = np.column_stack([scores, *behaviour.as_written(traits).values()])
    whole = np.ascontiguousarray(np.rint(numbers * 1000).astype(np.int64))
    rows = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    return {"names": len(names) - len(set(names)), "numbers": len(names) - int(np.unique(rows).size)}


def _correlations(causes: F64, effects: F64) -> F64:
    """(n causes, n effects); NaN where nothing varies."""
    a, b = causes - causes.mean(axis=0), effects - effects.mean(axis=0)
    size = np.sqrt((a**2).sum(axis=0))[:, None] * np.sqrt((b**2).sum(axis=0))
    found: F64 = np.divide(a.T @ b, size, out=np.full(size.shape, np.nan), where=size > 1e-12)
    return found


def _beside(target: float, sample: float) -> dict[str, float | None]:
    known = bool(np.isfinite(sample))
    return {
        "target": float(target),
        "sample": float(sample) if known else None,
        "difference": float(sample - target) if known else None,
    }


def _worst(rows: Any) -> float | None:
    off = [abs(row["difference"]) for row in rows if row["difference"] is not None]
    return max(off, default=None)
