"""What open data say of personality and behaviour, printed beside the links that ship (`personas.links`).

    python benchmarks/fit_personality.py --data DIR

DIR holds any of these; one that is not there is skipped and said so. Nothing is downloaded.
- `personality2018`: GroupLens' download (`personality-data.csv`, with or without `.gz`), an experiment with lists of
  films: a manipulation (diversity, popularity, serendipity) at three levels, two answers about the list.
- `sapa-spi`: `spi.csv` (or `.gz`), in R: `write.csv(psychTools::spi, "spi.csv", row.names = FALSE)`.
- `self-regulation`: `meaningful_variables.csv` and `demographics.csv` of the repository Self_Regulation_Ontology.

Questionnaires tell of traits, not of behaviour: the links halve them. Only effects that can matter are asked for, and
many tests find something by chance, so the interactions of the experiment are judged together (Holm 1979).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from personas.links import LINKS
from personas.traits import BIG_FIVE
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]

MANIPULATIONS = ("diversity", "popularity", "serendipity")
LEVELS = {"low": -1.0, "medium": 0.0, "high": 1.0}
ANSWERS = ("enjoy_watching", "is_personalized")
FILMS = 12
ADULT = 18

SPI_BIG_FIVE = {
    "openness": "128 2745 2754 1392 1058 240 1738 422 1389 1310 1880 -747 1609 1834",
    "conscientiousness": "1290 1744 1979 -1452 1915 1201 530 -904 1867 1694 369 -1444 -1483 -1254",
    "extraversion": "1904 4243 -312 -565 1416 -1923 -1027 -684 254 1296 -901 1243 803 1244",
    "agreeableness": "90 1763 253 -1896 851 1832 -501 377 -871 1855 -4296 -142 379 4289",
    "neuroticism": "979 4252 1989 1505 4249 808 793 -1840 811 -1585 578 -176 -797 -1683",
}
"""Item numbers of the inventory's scales, a minus where reversed (Condon 2017)."""
SPI_TRAITS = {
    "conformity": "152 1300 1653 747 2005",
    "diversity": "1542",
    "impulsivity": "35 1173 1424 4276 -4223",
    "price_sensitivity": "1462",
    "trust_in_reviews": "1855 4289 377 379 -871",
}
"""Conformity; 'Prefer variety to routine'; Impulsivity; 'Never splurge'; Trust."""
SPI_TOP = 6
"""Answers are 1-6."""
TIPI = "ten_item_personality_survey."
TURNED = np.where(np.array(BIG_FIVE) == "neuroticism", -1.0, 1.0)
"""Signs that turn emotional stability into neuroticism."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One estimate: of a trait's correlation with a cause, or of its slope over and above the Big Five."""

    trait: str
    cause: str
    value: float
    se: float
    n: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Experiment:
    """People of `personality2018` as arrays, one row a person."""

    traits: F64
    """Big Five in 1-7, emotional stability turned into neuroticism. (n, 5), by `BIG_FIVE`."""
    manipulation: npt.NDArray[np.str_]
    level: npt.NDArray[np.str_]
    predicted: F64
    """Mean predicted rating of the list shown. (n,)."""
    answers: dict[str, F64]
    """1-5. (n,) each, by `ANSWERS`."""


# --- reading ----------------------------------------------------------------------------------------------


def _table(folder: Path, name: str, index: bool = False) -> pd.DataFrame:
    path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), folder / name)
    try:
        table = pd.read_csv(path, index_col=0 if index else None)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError) as error:
        raise UserInputError(f"{path}: is not a table ({str(error)[:80]}). Download it again") from None
    table.columns = table.columns.str.strip()  # GroupLens' header ends in a space
    return table


def _need(table: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    if missing := [name for name in columns if name not in table.columns]:
        raise UserInputError(f"{path}: has no column {missing[0]!r}. Use the file as it was published")


def read_experiment(folder: Path) -> Experiment:
    """The experiment, each person's first row. `FileNotFoundError` if it is not there, `UserInputError` if broken."""
    table = _table(folder, "personality-data.csv")
    names = ["emotional_stability" if name == "neuroticism" else name for name in BIG_FIVE]
    predicted = [f"predicted_rating_{nth}" for nth in range(1, FILMS + 1)]
    needed = ["userid", *names, "assigned metric", "assigned condition", *predicted, *ANSWERS]
    _need(table, needed, folder / "personality-data.csv")
    table = table.drop_duplicates("userid")
    numbers = table[[*names, *predicted, *ANSWERS]].apply(pd.to_numeric, errors="coerce")
    table, numbers = table[numbers.notna().all(axis=1)], numbers.dropna()
    return Experiment(
        traits=numbers[names].to_numpy(dtype=np.float64) * TURNED,
        manipulation=table["assigned metric"].str.strip().to_numpy(dtype=np.str_),
        level=table["assigned condition"].str.strip().to_numpy(dtype=np.str_),
        predicted=numbers[predicted].mean(axis=1).to_numpy(dtype=np.float64),
        answers={name: numbers[name].to_numpy(dtype=np.float64) for name in ANSWERS},
    )


# --- estimates --------------------------------------------------------------------------------------------


def standardised(values: F64) -> F64:
    """Standard deviations from the mean, by column."""
    z: F64 = (values - values.mean(axis=0)) / values.std(axis=0)
    return z


def correlation(x: F64, y: F64) -> tuple[float, float]:
    """Pearson's r and its standard error."""
    r = float(np.corrcoef(x, y)[0, 1])
    return r, (1 - r**2) / np.sqrt(len(x) - 1)


def regression(x: F64, y: F64) -> tuple[F64, F64]:
    """Coefficients and standard errors that bear unequal variances (HC3: MacKinnon & White 1985). (k,) each."""
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ x.T @ y
    leverage = (x @ inverse * x).sum(axis=1)
    meat = x.T @ (x * ((y - x @ beta) / (1 - leverage))[:, None] ** 2)
    return beta, np.sqrt(np.diag(inverse @ meat @ inverse))


def within(values: F64, groups: npt.NDArray[np.str_]) -> F64:
    """Values less the mean of their group, by column."""
    _, which = np.unique(groups, return_inverse=True)
    design = np.eye(which.max() + 1)[which]
    rest: F64 = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return rest


def pickiness(data: Experiment) -> list[Effect]:
    """Correlations of the Big Five, within the ten conditions, with minus the mean predicted rating and the answers.

    A prediction rests on the person's own ratings: people who rate high are shown high predictions.
    """
    condition = np.char.add(data.manipulation, data.level)
    traits = within(data.traits, condition)
    signs = {"pickiness": data.predicted, **{f"(minus {name})": values for name, values in data.answers.items()}}
    return [
        Effect(what, name, *correlation(traits[:, nth], -within(values[:, None], condition)[:, 0]), len(values))
        for what, values in signs.items()
        for nth, name in enumerate(BIG_FIVE)
    ]


def interactions(data: Experiment, answer: str) -> list[Effect]:
    """How a sd of each trait changes what one level of each manipulation does to an answer, in sd of the answer."""
    found = []
    for manipulation in MANIPULATIONS:
        rows = data.manipulation == manipulation
        level = np.array([LEVELS[name] for name in data.level[rows]])
        y, z = standardised(data.answers[answer][rows]), standardised(data.traits[rows])
        for nth, name in enumerate(BIG_FIVE):
            beta, se = regression(np.column_stack([np.ones_like(level), level, z[:, nth], level * z[:, nth]]), y)
            found.append(Effect(manipulation, name, float(beta[3]), float(se[3]), int(rows.sum())))
    return found


def chance(effect: Effect) -> float:
    """Two-sided p, by the normal distribution."""
    return float(2 * ndtr(-abs(effect.value / effect.se)))


def holm(values: Sequence[float]) -> F64:
    """p values corrected for there being several of them (Holm 1979). (k,)."""
    p = np.asarray(values, dtype=np.float64)
    order = np.argsort(p)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def with_big_five(trait: str, score: F64, big_five: F64, age: F64, female: F64) -> list[Effect]:
    """Correlations with the Big Five, and slopes of age (a decade) and gender over and above them.

    All (n,) but `big_five` (n, 5). A person with an unknown score does not count; with an unknown gender, only for the
    correlations.
    """
    some = np.isfinite(score)
    found = [
        Effect(trait, name, *correlation(big_five[some, nth], score[some]), int(some.sum()))
        for nth, name in enumerate(BIG_FIVE)
    ]
    full = some & np.isfinite(age) & np.isfinite(female)
    x = np.column_stack([np.ones(full.sum()), standardised(big_five[full]), age[full] / 10, female[full]])
    beta, se = regression(x, standardised(score[full]))
    tail = ((-2, "age"), (-1, "female"))
    return found + [Effect(trait, cause, float(beta[at]), float(se[at]), int(full.sum())) for at, cause in tail]


def inventory(data: Path) -> list[Effect]:
    """The SAPA Personality Inventory, adults. Items that a trait and one of the Big Five share count for the trait."""
    path = data / "sapa-spi" / "spi.csv"
    table = _table(path.parent, path.name)
    lists = [keys.replace("-", "").split() for keys in (*SPI_BIG_FIVE.values(), *SPI_TRAITS.values())]
    _need(table, ["age", "sex", *(f"q_{item}" for items in lists for item in items)], path)
    table = table[table["age"] >= ADULT]

    def scored(keys: str, without: frozenset[str] = frozenset()) -> F64:
        columns = [
            SPI_TOP + 1 - table[f"q_{key[1:]}"] if key.startswith("-") else table[f"q_{key}"]
            for key in keys.split()
            if key.lstrip("-") not in without
        ]
        score: F64 = pd.concat(columns, axis=1).mean(axis=1).to_numpy(dtype=np.float64)
        return score

    age, female = (table[name].to_numpy(dtype=np.float64) for name in ("age", "sex"))
    found = []
    for trait, keys in SPI_TRAITS.items():
        own = frozenset(key.lstrip("-") for key in keys.split())
        big_five = np.column_stack([scored(SPI_BIG_FIVE[name], own) for name in BIG_FIVE])
        found += with_big_five(trait, scored(keys), big_five, age, female - 1)
    return found


def self_regulation(data: Path) -> list[Effect]:
    """Experience seeking, and waiting for more money over three tasks, in the Self-Regulation Ontology."""
    folder = data / "self-regulation"
    table, people = (_table(folder, name, index=True) for name in ("meaningful_variables.csv", "demographics.csv"))
    names = [TIPI + ("emotional_stability" if name == "neuroticism" else name) for name in BIG_FIVE]
    seeking = "sensation_seeking_survey.experience_seeking"
    shares = ["kirby.percent_patient", "discount_titrate.percent_patient"]
    rates = [f"bickel_titrator.hyp_discount_rate_{size}" for size in ("small", "medium", "large")]
    _need(table, [*names, seeking, *shares, *rates], folder / "meaningful_variables.csv")
    _need(people, ["Age", "Sex"], folder / "demographics.csv")
    people = people.reindex(table.index)
    big_five = table[names].to_numpy(dtype=np.float64) * TURNED
    age, female = (people[name].to_numpy(dtype=np.float64) for name in ("Age", "Sex"))
    slow = -np.log(table[rates].clip(lower=1e-6)).mean(axis=1)
    tasks = pd.concat([*(table[name] for name in shares), slow], axis=1)
    waits = ((tasks - tasks.mean()) / tasks.std()).mean(axis=1).to_numpy(dtype=np.float64)
    found = with_big_five("novelty_seeking", table[seeking].to_numpy(dtype=np.float64), big_five, age, female)
    return found + with_big_five("(waiting for money)", waits, big_five, age, female)


# --- printing ---------------------------------------------------------------------------------------------


def show(title: str, effects: Sequence[Effect]) -> None:
    """A table of effects beside what the links say was measured, and what they make of it."""
    links: Mapping[tuple[str, str], object] = {(link.trait, link.cause): link for link in LINKS}
    print(f"\n{title}\n{'trait':<24}{'cause':<20}{'value':>8}{'se':>7}{'n':>7}{'shipped':>9}{'effect':>8}")
    for one in effects:
        link = links.get((one.trait, one.cause))
        shipped, used = (getattr(link, "measured", None), getattr(link, "effect", None))
        tail = f"{'' if shipped is None else f'{shipped:+.3f}':>9}{'' if used is None else f'{used:+.3f}':>8}"
        print(f"{one.trait:<24}{one.cause:<20}{one.value:>+8.3f}{one.se:>7.3f}{one.n:>7}{tail}")


def experiment(data: Path) -> None:
    """Prints what the experiment says."""
    people = read_experiment(data / "personality2018")
    show("personality2018: correlations within conditions; pickiness is minus the mean prediction", pickiness(people))
    for answer in ANSWERS:
        effects = interactions(people, answer)
        p = [chance(effect) for effect in effects]
        print(f"\npersonality2018: {answer}, sd a level for one sd of the trait")
        print(f"{'manipulation':<24}{'trait':<20}{'value':>8}{'se':>7}{'n':>7}{'p':>8}{'p, Holm':>9}")
        for one, raw, corrected in zip(effects, p, holm(p), strict=True):
            print(
                f"{one.trait:<24}{one.cause:<20}{one.value:>+8.3f}{one.se:>7.3f}{one.n:>7}{raw:>8.3f}{corrected:>9.3f}"
            )
        some = sum(value < 0.05 for value in p)
        print(f"{some} of {len(p)} below .05, {0.05 * len(p):.1f} expected by chance alone")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Personality and behaviour in open data, beside the links that ship.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets by name")
    data: Path = parser.parse_args(arguments).data
    steps: dict[str, Callable[[], None]] = {
        "personality2018": lambda: experiment(data),
        "sapa-spi": lambda: show("SAPA Personality Inventory: correlations; age, female: slopes", inventory(data)),
        "self-regulation": lambda: show("Self-Regulation Ontology: the same", self_regulation(data)),
    }
    for name, step in steps.items():
        try:
            step()
        except FileNotFoundError as missing:
            print(f"{name}: skipped, {missing.filename} is not there", file=sys.stderr)
        except UserInputError as wrong:
            print(wrong, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
