"""How reliable are the traits that a log tells, and does a simulated run give back those that its people had?

    python benchmarks/persona_traits.py --data DIR [--dataset movielens-1m] [--halvings 3] [--out FILE]
    python benchmarks/persona_traits.py --data DIR --recover 1500 [--turns 180] [--recommender ease]

Split halves: each person's interactions are parted at random (keyed by person and item) into two halves of equal size,
the people are inferred from either, and the estimates correlated over people: r. A whole history is twice as long, and
2r / (1 + r) is what its reliability is then (Spearman 1910, Brown 1910). `claim` is the mean confidence that the
estimates of a half state, which should be r. Of tastes, r is the mean over categories of the correlation over people of
ln share / crowd's share, and the cosine is that of a person's two profiles of these. Random halves of a history have
the same length and the same visits by construction, so the r of activity and of patience says nothing.

Recovery: people of the log live in front of a recommender for that many turns, and are inferred again from what the
platform saw, without and with their history: the correlation with the traits that they had, beside the square root of
the claimed confidence, which it would be if nothing but the trait moved what it is measured by. Their novelty seeking,
diversity and pickiness had been drawn about what their history told, so with the history these are partly found again
where they came from; what behaviour alone tells of them stands in the columns without.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from personas.estimation import Estimates, estimate
from personas.inference import infer_file
from simulator.datasets import load
from simulator.randomness import Stream, mix
from simulator.records import Bools, InteractionLog, UserInputError

F64 = npt.NDArray[np.float64]

SEED = 11
LENGTHS = (0, 40, 100, 250, 10**9)
"""Bounds of the groups by number of interactions in the whole history."""
KINDS = ("without", "with")
"""Whether recovery knows the history of people."""
LAWS = {"diversity": "boredom_proneness"}
"""Traits that a population has under another name."""
FACTORS = ("activity", "diversity", "position_habit")
"""Traits that a population has as positive factors."""


def halves(log: InteractionLog, number: int) -> tuple[InteractionLog, InteractionLog]:
    """The interactions of each person in two halves, by a keyed lot."""
    person = Stream.of(SEED, "fit", f"halves {number}").bits(np.arange(log.n_users, dtype=np.uint64))
    lot = mix(person[log.user] ^ log.catalog.keys[log.item])
    order = np.lexsort((lot, log.user))
    start = np.searchsorted(log.user[order], np.arange(log.n_users))
    second = np.zeros(len(log), dtype=np.bool_)
    second[order] = (np.arange(len(log)) - start[log.user[order]]) % 2 == 1
    return log.select(~second), log.select(second)


def spearman_brown(r: float) -> float:
    """Reliability of a whole whose halves correlate by r."""
    return 2 * r / (1 + r)


def measures(found: Estimates) -> dict[str, tuple[F64, F64]]:
    """What is compared, and the confidence in it, by name. (n_users,) each, or (n_users, n_categories) for tastes."""
    out = {
        name: (trait.value.astype(np.float64), trait.confidence.astype(np.float64))
        for name, trait in found.traits.items()
    }
    style, tastes = found.ratings, found.tastes
    out["rating mean"] = style.mean.astype(np.float64), style.mean_confidence
    out["rating spread"] = style.spread.astype(np.float64), style.spread_confidence
    out["tastes"] = tastes.log_ratio, tastes.confidence
    out["tastes by rating"] = tastes.rated, np.full_like(tastes.rated, np.nan)
    return out


def agreement(one: tuple[F64, F64], other: tuple[F64, F64], people: Bools) -> dict[str, float] | None:
    """Correlation over people and mean claimed confidence, averaged over columns; None where nothing is told."""
    r, claimed, told_by = [], [], 0
    for column in range(1 if one[0].ndim == 1 else one[0].shape[1]):
        (x, sure_x), (y, sure_y) = ((v.reshape(len(v), -1)[:, column] for v in half) for half in (one, other))
        told = people & ~(sure_x == 0) & ~(sure_y == 0)
        if told.sum() > 2 and x[told].std() > 0 and y[told].std() > 0:
            r.append(float(np.corrcoef(x[told], y[told])[0, 1]))
            claimed.append(float((sure_x + sure_y)[told].mean() / 2))
            told_by = max(told_by, int(told.sum()))
    if not r:
        return None
    mean = float(np.mean(r))
    brown = float(np.mean([spearman_brown(each) for each in r]))
    return {"r": mean, "whole": brown, "claimed": float(np.mean(claimed)), "people": told_by}


def cosines(one: F64, other: F64) -> F64:
    """Cosine of each person's two taste profiles, of those who have both. (m,)."""
    length = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return ((one * other).sum(axis=1) / np.maximum(length, 1e-12))[length > 0]


def split_half(log: InteractionLog, halvings: int) -> dict[str, Any]:
    """Agreement of all measures over all people and by length of history, averaged over halvings."""
    length = np.bincount(log.user, minlength=log.n_users)
    groups = {"all": length > 0}
    for low, high in pairwise(LENGTHS):
        groups[f"{low}-{high - 1}" if high < LENGTHS[-1] else f"{low}+"] = (length >= low) & (length < high)
    rounds: list[dict[str, dict[str, dict[str, float] | None]]] = []
    profile: list[list[float]] = []
    for number in range(halvings):
        one, other = (measures(estimate(half)) for half in halves(log, number))
        rounds.append(
            {
                name: {group: agreement(one[name], other[name], people) for group, people in groups.items()}
                for name in one
            }
        )
        profile.append([float(f(cosines(one["tastes"][0], other["tastes"][0]))) for f in (np.median, np.mean)])
    table: dict[str, Any] = {}
    for name in rounds[0]:
        told = {group: [one[name][group] for one in rounds] for group in groups}
        table[name] = {
            group: {key: float(np.mean([each[key] for each in found if each])) for key in found[0]}
            for group, found in told.items()
            if found[0]
        }
    cosine = np.mean(profile, axis=0)
    return {"table": table, "profile_cosine": {"median": float(cosine[0]), "mean": float(cosine[1])}}


def recovery(data: Path | None, dataset: str, people: int, turns: int, recommender: str) -> dict[str, Any]:
    """Correlation of inferred with true traits after a run, and how long reading and inferring took."""
    from scenarios.loader import check
    from simulator.behaviour.cues import cue_scores
    from simulator.datasets import split, with_reviews_from
    from simulator.evaluation.observed_log import observed_log
    from simulator.population import from_log
    from simulator.studies import ab

    scenario = {
        "name": "recovery",
        "dataset": {"source": dataset},
        "population": {"size": people},
        "world": {"turns": turns, "slate_size": 10},
        "arms": {"one": recommender, "other": "random"},
        "evaluation": {"minds": "single"},
        "seed": SEED,
    }
    parts = split(load(dataset, data_dir=data))
    catalog = with_reviews_from(parts)
    with tempfile.TemporaryDirectory() as folder:
        outcome = ab.run(
            check(scenario, file="recovery", base_dir=Path(folder)), Path(folder) / "run", data_dir=data, command=["-"]
        )
        if outcome.status != ab.DONE:
            raise UserInputError(str(outcome.message))
        logs = {kind: observed_log(Path(folder) / "run", catalog, arm="one", history=kind == "with") for kind in KINDS}
    truth = from_log(parts, size=people, seed=SEED)
    document: dict[str, Any] = {"pages_a_person": float((logs["with"].position == 0).sum() / people)}
    for kind, log in logs.items():
        clock = time.perf_counter()
        found = estimate(log, cues=cue_scores(catalog))
        seconds = time.perf_counter() - clock
        assert np.array_equal(truth.user_ids, log.user_ids)
        document[kind] = {"rows": len(log), "seconds": round(seconds, 1), "traits": _recovered(found, truth)}
    return document


def _recovered(found: Estimates, truth: Any) -> dict[str, dict[str, float]]:
    traits = {}
    for name, trait in found.traits.items():
        had = getattr(truth, LAWS.get(name, name)).astype(np.float64)
        had = np.log(had) if name in FACTORS else had
        value = np.log(trait.value) if name == "activity" else trait.value
        if trait.confidence.any():
            traits[name] = {
                "r": float(np.corrcoef(value, had)[0, 1]),
                "claimed": float(np.sqrt(trait.confidence.mean())),
            }
    return traits


def show_halves(found: Mapping[str, Any]) -> None:
    groups = list(found["table"]["activity"])
    print(f"{'':26s} {'people':>6s} {'r':>5s} {'whole':>5s} {'claim':>5s}   r by length: " + " ".join(groups[1:]))
    for name, row in found["table"].items():
        if "all" not in row:
            continue
        every = row["all"]
        by_length = " ".join(f"{row[group]['r']:.2f}" if group in row else "  – " for group in groups[1:])
        claimed = f"{every['claimed']:.2f}" if np.isfinite(every["claimed"]) else "–"
        print(f"{name:26s} {every['people']:6.0f} {every['r']:5.2f} {every['whole']:5.2f} {claimed:>5s}   {by_length}")
    cosine = found["profile_cosine"]
    print(f"cosine of a person's two taste profiles: median {cosine['median']:.2f}, mean {cosine['mean']:.2f}")


def show_recovery(found: Mapping[str, Any]) -> None:
    print(f"{found['pages_a_person']:.0f} pages a person")
    for kind in KINDS:
        print(f"{kind} history: {found[kind]['rows']:,} rows, {found[kind]['seconds']} s")
    print(f"{'':26s} without: r   claim   with: r   claim")
    for name in dict.fromkeys([*found["with"]["traits"], *found["without"]["traits"]]):
        cells = [found[kind]["traits"].get(name) for kind in KINDS]
        text = "   ".join(
            "     –       –" if one is None else f"{one['r']:6.2f}  {one['claimed']:6.2f}" for one in cells
        )
        print(f"{name:26s} {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder that holds the data sets")
    parser.add_argument("--dataset", default="movielens-1m")
    parser.add_argument("--halvings", type=int, default=3)
    parser.add_argument("--recover", type=int, default=None, metavar="PEOPLE", help="run so many people instead")
    parser.add_argument("--turns", type=int, default=180)
    parser.add_argument("--recommender", default="ease")
    parser.add_argument("--out", type=Path, default=None, help="write the numbers as JSON")
    given = parser.parse_args()
    if given.recover is not None:
        document = recovery(given.data, given.dataset, given.recover, given.turns, given.recommender)
        show_recovery(document)
    else:
        log = load(given.dataset, data_dir=given.data).log
        document = split_half(log, given.halvings)
        clock = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            people = infer_file(log, Path(folder) / "people.jsonl")
        document["seconds"] = round(time.perf_counter() - clock, 1)
        show_halves(document)
        print(f"{people:,} people from {len(log):,} interactions into a file: {document['seconds']} s")
    if given.out is not None:
        given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
