"""Fits what sampled people are drawn from again, and prints it beside what ships.

    python benchmarks/fit_big_five.py --data DIR [--write]

DIR holds `big5-openpsychometrics` (the download of openpsychometrics.org: `BIG5/data.csv`, or its table alone as
`data.csv`, `data.tsv` or `data.tsv.gz`) and, for the use of rating scales, `ml-1m/ratings.dat`. A set that is not there
is skipped and said so. `--write` replaces `personas/sampling/big_five.yaml`. Nothing is downloaded.

Scoring: ten items a trait, 1-5, reversed where the codebook has a minus; its N keys are those of emotional stability
and are turned. A score is the mean of the answered items, mapped to 0-1. Left out: fewer than eight of ten items
answered in some trait, the same answer to all fifty items, no gender, an age below 13 or above 100.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from personas.estimation.ratings import DEFAULT_SHARES, LEVELS
from personas.sampling import big_five, ratings
from personas.traits import BIG_FIVE

F64 = npt.NDArray[np.float64]

KEYS = {"O": "+-+-+-++++", "C": "+-+-+-+-++", "E": "+-+-+-+-+-", "A": "-+-+-+-+++", "N": "-+-+------"}
"""Signs of the ten items of a trait in the download's codebook, in the order of `BIG_FIVE`."""
ITEMS, LEAST_ANSWERED = 10, 8
GENDERS = {1: "male", 2: "female", 3: "other"}
PLACES = ("", "big5-openpsychometrics", "BIG5", "big5-openpsychometrics/BIG5")
FILES = ("data.csv", "data.tsv", "data.tsv.gz")
SOURCE = "openpsychometrics.org, IPIP Big-Five Factor Markers, raw data of 2012: visitors of a test site, self-selected"
LEAST_RATINGS = 20


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """People who count, as arrays: scores (n, 5) in 0-1 by `BIG_FIVE`, alphas (5,), age (n,), gender (n,)."""

    scores: F64
    alpha: F64
    age: F64
    gender: npt.NDArray[np.str_]
    read: int


def find(folder: Path) -> Path | None:
    """The table of answers under a folder, in any of its layouts."""
    return next(
        (folder / place / name for place in PLACES for name in FILES if (folder / place / name).is_file()), None
    )


def alpha(items: F64) -> float:
    """Cronbach's alpha of complete rows; NaN if all have the same total. (n, k) items."""
    k = items.shape[1]
    total = float(items.sum(axis=1).var(ddof=1)) if len(items) > 1 else 0.0
    return float(k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / total)) if total > 0 else float("nan")


def read_answers(path: Path) -> Answers:
    """Scores of everybody who counts."""
    table = pd.read_csv(path, sep="\t")
    scores, alphas, complete = [], [], np.ones(len(table), dtype=np.bool_)
    for letter, signs in KEYS.items():
        items = table[[f"{letter}{nth}" for nth in range(1, ITEMS + 1)]].to_numpy(dtype=np.float64)
        items[(items < 1) | (items > LEVELS)] = np.nan
        plus = np.array([sign == "+" for sign in signs]) ^ (letter == "N")
        items = np.where(plus, items, LEVELS + 1 - items)
        answered = np.isfinite(items).sum(axis=1)
        complete &= answered >= LEAST_ANSWERED
        total: F64 = np.nansum(items, axis=1)
        scores.append((total / np.maximum(answered, 1) - 1) / (LEVELS - 1))
        alphas.append(alpha(items[answered == ITEMS]))
    raw = table[[f"{letter}{nth}" for letter in KEYS for nth in range(1, ITEMS + 1)]].to_numpy()
    age = pd.to_numeric(table["age"], errors="coerce").to_numpy(dtype=np.float64)
    gender = table["gender"].map(GENDERS).fillna("").to_numpy(dtype=np.str_)
    keep = complete & (raw != raw[:, :1]).any(axis=1) & (age >= 13) & (age <= 100) & (gender != "")
    return Answers(
        scores=np.column_stack(scores)[keep],
        alpha=np.array(alphas),
        age=age[keep],
        gender=gender[keep],
        read=len(table),
    )


def fit(answers: Answers) -> big_five.BigFive:
    """Regression of normal scores on gender and age, covariance of what is left, and score by normal score."""
    n = len(answers.scores)
    ranks = np.column_stack([rankdata(column) for column in answers.scores.T])
    normal = ndtri((ranks - 0.5) / n)
    normal /= normal.std(axis=0)
    design = big_five.design(answers.age, answers.gender)
    coefficients, *_ = np.linalg.lstsq(design, normal, rcond=None)
    left = normal - design @ coefficients
    return big_five.BigFive(
        people=n,
        mean=answers.scores.mean(axis=0),
        sd=answers.scores.std(axis=0),
        alpha=answers.alpha,
        correlation=np.corrcoef(answers.scores.T),
        regression=coefficients,
        residual_covariance=left.T @ left / n,
        knots=big_five.KNOTS,
        score_at_knot=np.array([_quantiles(column) for column in answers.scores.T]),
    )


def _quantiles(scores: F64) -> F64:
    """Scores at `KNOTS` standard deviations of their normal scores.

    Scores are steps of a fortieth: each is spread evenly over its step, those at an end of the scale over half of one.
    """
    steps = ITEMS * (LEVELS - 1)
    edges = np.clip((np.arange(steps + 2) - 0.5) / steps, 0.0, 1.0)
    below = np.concatenate([[0.0], np.cumsum(np.bincount(np.rint(scores * steps).astype(np.int64)))]) / scores.size
    at = np.interp(ndtr(big_five.KNOTS), below, edges)
    at[0], at[-1] = 0.0, 1.0
    return at


def shown_beside(found: big_five.BigFive, ships: big_five.BigFive, answers: Answers) -> str:
    """What was found beside what ships, trait by trait."""
    lines = [f"{len(answers.scores):,} of {answers.read:,} people (ships: {ships.people:,})"]
    lines.append(f"{'':<22}" + "".join(f"{name[:14]:>20}" for name in BIG_FIVE))

    def row(name: str, of: F64, shipped: F64) -> None:
        lines.append(f"{name:<22}" + "".join(f"{a:>11.3f} ({b:+.3f})" for a, b in zip(of, shipped, strict=True)))

    for name in ("mean", "sd", "alpha"):
        row(name, getattr(found, name), getattr(ships, name))
    for nth, name in enumerate(BIG_FIVE):
        row(f"r {name}", found.correlation[nth], ships.correlation[nth])
    design = big_five.design(answers.age, answers.gender)
    leverage = np.diag(np.linalg.inv(design.T @ design))
    for nth, term in enumerate(big_five.TERMS):
        row(f"on {term}", found.regression[nth], ships.regression[nth])
        error = np.sqrt(leverage[nth] * np.diag(found.residual_covariance))
        lines.append(f"{'  standard error':<22}" + "".join(f"{one:>11.3f}{'':9}" for one in error))
    row("explained", 1 - np.diag(found.residual_covariance), 1 - np.diag(ships.residual_covariance))
    worst = max(
        float(np.abs(getattr(found, name) - getattr(ships, name)).max())
        for name in ("mean", "sd", "correlation", "regression", "residual_covariance", "score_at_knot")
    )
    lines.append(f"found (ships). Largest difference of all: {worst:.4f}")
    return "\n".join(lines)


def yaml_text(found: big_five.BigFive) -> str:
    """The file that ships."""

    def row(values: F64) -> str:
        return "[" + ", ".join(f"{value:.5f}" for value in values) + "]"

    def rows(values: F64) -> list[str]:
        return [f"  - {row(one)}" for one in values]

    out = [
        "# Written by benchmarks/fit_big_five.py. Statistics of people, not their answers.",
        f'source: "{SOURCE}"',
        "grade: fitted  # to those visitors; transferred to anybody else",
        f"people: {found.people}",
        f"traits: [{', '.join(BIG_FIVE)}]",
        f"mean: {row(found.mean)}  # of scores in 0-1",
        f"sd: {row(found.sd)}",
        f"alpha: {row(found.alpha)}  # Cronbach's",
        "correlation:  # of scores",
        *rows(found.correlation),
        "regression:  # of normal scores; men of 30 years: the intercept; age in decades from 30",
        *(f"  {term}: {row(values)}" for term, values in zip(big_five.TERMS, found.regression, strict=True)),
        "residual_covariance:  # of normal scores",
        *rows(found.residual_covariance),
        f"knots: [{', '.join(format(knot, 'g') for knot in found.knots)}]  # normal scores",
        "score_at_knot:  # one row a trait",
        *rows(found.score_at_knot),
    ]
    return "\n".join(out) + "\n"


# --- use of five levels ------------------------------------------------------------------------------------


def rating_styles(path: Path) -> list[tuple[str, float, float]]:
    """(what, found, what ships) of how people differ in using five levels, freed of noise by halves of each history."""
    table = np.loadtxt(path, delimiter=":", usecols=(0, 4), dtype=np.int64)
    user, level = table[:, 0] - 1, table[:, 1].astype(np.float64)
    half = np.random.default_rng(7).random(level.size) < 0.5
    keep = np.bincount(user) >= LEAST_RATINGS
    means, spreads = zip(*(_mean_and_spread(user[part], level[part], keep.size) for part in (half, ~half)), strict=True)
    keep &= np.isfinite(spreads[0]) & np.isfinite(spreads[1])
    of_means = float(np.sqrt(np.cov(means[0][keep], means[1][keep])[0, 1]))
    of_spreads = float(np.sqrt(np.cov(spreads[0][keep], spreads[1][keep])[0, 1]))

    def made(between: float, spread: float) -> tuple[float, float]:
        z = np.random.default_rng(7).standard_normal((2, 20_000))
        mean, wide = ratings.mean_and_spread(ratings.shares_of(z[0], z[1], between=between, spread=spread))
        return float(mean.std()), float(wide.std())

    spread = 0.2
    for _ in range(5):
        between = brentq(lambda at, s=spread: made(at, s)[0] - of_means, 0.05, 0.8)
        spread = brentq(lambda at, b=between: made(b, at)[1] - of_spreads, 0.01, 0.6)
    makes = made(ratings.BETWEEN, ratings.SPREAD)
    return [
        ("sd of people's mean level", of_means, makes[0]),
        ("sd of people's spread", of_spreads, makes[1]),
        ("between people, of the latent", between, ratings.BETWEEN),
        ("sd of ln latent spread", spread, ratings.SPREAD),
    ]


def _mean_and_spread(user: npt.NDArray[np.int64], level: F64, n: int) -> tuple[F64, F64]:
    count = np.bincount(user, minlength=n)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(user, level, n) / count
        spread = np.sqrt(np.bincount(user, (level - mean[user]) ** 2, n) / (count - 1))
    return mean, spread


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder that holds the data sets")
    parser.add_argument("--write", action="store_true", help="replace the statistics that ship")
    given = parser.parse_args(arguments)
    if (path := find(given.data)) is None:
        print("big5-openpsychometrics: not there, skipped")
    else:
        answers = read_answers(path)
        found = fit(answers)
        if given.write:
            big_five.FILE.write_text(yaml_text(found), encoding="utf-8")
            big_five.fitted.cache_clear()
        print(shown_beside(found, big_five.fitted(), answers))
    print(f"\nshares of the crowd (ships): {', '.join(f'{share:.3f}' for share in DEFAULT_SHARES)}")
    if not (levels := given.data / "ml-1m" / "ratings.dat").is_file():
        print("ml-1m: not there, skipped")
    else:
        for what, of, ships in rating_styles(levels):
            print(f"{what:<32}{of:>8.3f} ({ships:.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
