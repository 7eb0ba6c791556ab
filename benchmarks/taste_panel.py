"""Does the taste stack judge recommenders as real choices do? Ten recommenders on one log, predicted and real.

    python benchmarks/taste_panel.py --data DIR [--dataset movielens-1m] [--people N] [--out panel.json]

Ten recommenders of five families, good ones and bad ones, are fitted on what the platform knows (P) and fill slates
without it. On the places that do not hold what the person knows already (M), the real hit rate on V is set beside the
mean probability that the mind gives, and the same is done with minds of one family and minds that lack one: the
home-advantage matrix. None of the ten is in the reference panel that the stack is weighed on. DIR is a folder of data
sets, as in `understudy data path`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit
from scipy.stats import kendalltau

from recommenders.builtin.als import ALS
from recommenders.builtin.ease import EASE
from recommenders.builtin.item_knn import ItemKNN
from recommenders.matrix import MatrixRecommender
from recommenders.topk import top_k
from simulator.datasets import load, split
from simulator.minds.base import FAMILY_NAMES
from simulator.minds.family import one_blas_thread
from simulator.minds.fitting import WeightFitter, draw_lessons
from simulator.minds.panel import ReferencePanel
from simulator.minds.stack import NAMED, TasteStack
from simulator.population import from_log
from simulator.products import rowwise_product
from simulator.randomness import Stream
from simulator.records import F32, I32, SplitLog

DEPTHS = (10, 50)
BLOCK = 1024
F64 = npt.NDArray[np.float64]


# --- ten recommenders ---------------------------------------------------------------------------------------


class Lottery(MatrixRecommender):
    """Any item, by lot."""

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        self._luck = np.random.default_rng(11)

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        scores: F32 = self._luck.random(histories.shape, dtype=np.float32)
        return scores


class MostPopular(MatrixRecommender):
    """What most people chose."""

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        pass

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        return np.tile(self.popularity, (histories.shape[0], 1))


class ContentProfile(MatrixRecommender):
    """Cosine between an item's categories and the mean of those of a person's items."""

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        self._vectors = self.catalog.categories

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        return rowwise_product(histories @ self._vectors, np.ascontiguousarray(self._vectors.T))


class UserKNN(MatrixRecommender):
    """Choices of the 80 people of the highest cosine."""

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        self._choices, self._unit = matrix, _unit_rows(matrix)

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        near = (_unit_rows(histories) @ self._unit.T).toarray()
        near[near > 1 - 1e-6] = 0.0  # oneself
        least = np.partition(near, -80, axis=1)[:, -80]
        near[near < least[:, None]] = 0.0
        scores: F32 = (sparse.csr_matrix(near) @ self._choices).toarray()
        return scores


class BPR(MatrixRecommender):
    """Bayesian personalised ranking (Rendle et al., UAI 2009). Scores the people it was fitted on, in their order."""

    def _fit(self, matrix: sparse.csr_matrix) -> None:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        model = BayesianPersonalizedRanking(factors=32, iterations=60, num_threads=1, random_state=1)
        model.fit(matrix, show_progress=False)
        self._people, self._items, self._next = model.user_factors, model.item_factors, 0

    def _scores(self, histories: sparse.csr_matrix) -> F32:
        start, self._next = self._next, self._next + histories.shape[0]
        return rowwise_product(self._people[start : self._next], np.ascontiguousarray(self._items.T))


def _unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    length = np.sqrt(np.maximum(1, np.diff(matrix.indptr)))
    return sparse.csr_matrix(sparse.diags_array((1 / length).astype(np.float32)) @ matrix)


@dataclass(frozen=True)
class Contestant:
    """One recommender of the panel and the family of minds that resembles it."""

    name: str
    family: str
    make: Callable[[], MatrixRecommender]


TEN = (
    Contestant("random", "none", Lottery),
    Contestant("popular", "popularity", MostPopular),
    Contestant("ease", "linear", EASE),
    Contestant("ease, penalty 1", "linear", lambda: EASE(regularization=1.0)),
    Contestant("als 64", "factor", lambda: ALS(factors=64)),
    Contestant("als 8", "factor", lambda: ALS(factors=8)),
    Contestant("bpr", "factor", BPR),
    Contestant("item-knn", "neighbour", ItemKNN),
    Contestant("user-knn", "neighbour", UserKNN),
    Contestant("content", "content", ContentProfile),
)


# --- what happens on their slates ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Places:
    """The places of all slates of one recommender that do not hold what the person knows. (n_people, depth)."""

    items: I32
    counted: npt.NDArray[np.bool_]
    own: npt.NDArray[np.bool_]
    """Places that hold a choice of M, which no hit rate can judge."""
    hit: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """One recommender under one mind at one depth."""

    recommender: str
    family: str
    mind: str
    depth: int
    real: float
    real_error: float
    predicted: float

    @property
    def relative_error(self) -> float:
        return self.predicted / self.real - 1 if self.real > 0 else float("nan")


def places_of(parts: SplitLog, contestant: Contestant) -> Places:
    """Fit on P, fill the deepest slates, and look each place up in M and V."""
    model = contestant.make()
    platform, held_out = parts.platform.matrix(), parts.held_out.matrix()
    known = parts.known.matrix()
    n, depth = platform.shape[0], max(DEPTHS)
    items = np.empty((n, depth), dtype=np.int32)
    own, hit = np.zeros((n, depth), dtype=np.bool_), np.zeros((n, depth), dtype=np.bool_)
    with one_blas_thread():
        model.fit(parts.catalog, parts.platform)
        for start in range(0, n, BLOCK):
            rows = slice(start, start + BLOCK)
            scores = model.tile(platform[rows])
            scores[platform[rows].toarray() > 0] = -np.inf
            items[rows] = top_k(scores, depth)
            place = np.maximum(items[rows], 0)
            own[rows] = np.take_along_axis(known[rows].toarray() > 0, place, axis=1)
            hit[rows] = np.take_along_axis(held_out[rows].toarray() > 0, place, axis=1)
    return Places(items, (items >= 0) & ~own, own & (items >= 0), hit)


def stack_with_one_family_minds(parts: SplitLog, seed: int) -> TasteStack:
    """The ensemble, and a mind of each single family, weighed on the same kind of pairs."""
    stack = TasteStack.fit(parts, seed=seed)
    luck = Stream.of(seed, "fit", "one-family minds").generator(0)
    panel = ReferencePanel.fit(parts, seed=seed)
    lessons = draw_lessons(parts, {NAMED: stack.bases[NAMED]}, panel, luck)
    fitter = WeightFitter(NAMED, lessons, stack.fold)
    alone = {f"only_{family}": fitter.fit(f"only_{family}", families=[family]) for family in FAMILY_NAMES}
    return TasteStack(
        stack.bases,
        {**stack.by_name, **alone},
        stack.ratings,
        stack.known,
        stack.fold,
        stack.item_keys,
        stack.popularity,
    )


def predictions(
    parts: SplitLog, stack: TasteStack, places: Mapping[str, Places]
) -> tuple[dict[tuple[str, str], F32], dict[str, F64]]:
    """Probability at each place of each (mind, recommender), and what tells real people from simulated ones."""
    people = from_log(parts, seed=0)
    chances = {(m, r): np.empty(p.items.shape, dtype=np.float32) for m in stack.members for r, p in places.items()}
    held_out = parts.held_out.matrix()
    luck = np.random.default_rng(3)
    sample: dict[str, list[F64]] = {"chance": [], "real": []}
    for start in range(0, len(people), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(people)))
        block = stack.block(people.take(rows))
        inside = np.arange(rows.size, dtype=np.int32)
        for mind in stack.members:
            taste = block.of(mind)
            for name, place in places.items():
                chances[mind, name][rows] = expit(taste.logits(inside, np.maximum(place.items[rows], 0)))
        drawn = luck.integers(0, len(parts.catalog), size=(rows.size, 200)).astype(np.int32)
        unknown = ~block.of(NAMED).knows(inside, drawn)
        sample["chance"].append(expit(block.of(NAMED).logits(inside, drawn))[unknown].astype(np.float64))
        is_real = np.take_along_axis(held_out[rows].toarray() > 0, drawn, axis=1)
        sample["real"].append(is_real[unknown].astype(np.float64))
    return chances, {name: np.concatenate(values) for name, values in sample.items()}


def outcomes(
    places: Mapping[str, Places], chances: Mapping[tuple[str, str], F32], minds: tuple[str, ...]
) -> list[Outcome]:
    """Real and predicted hit rates; the error of the real one is clustered by person."""
    out = []
    for contestant in TEN:
        place = places[contestant.name]
        for depth in DEPTHS:
            counted, hit = place.counted[:, :depth], place.hit[:, :depth]
            real = float(hit[counted].mean())
            by_person = (np.where(counted, hit - real, 0)).sum(axis=1)
            error = float(np.sqrt((by_person**2).sum()) / counted.sum())
            for mind in minds:
                predicted = float(chances[mind, contestant.name][:, :depth][counted].mean(dtype=np.float64))
                out.append(Outcome(contestant.name, contestant.family, mind, depth, real, error, predicted))
    return out


# --- what it says -------------------------------------------------------------------------------------------


def auc(score: F64, label: F64) -> float:
    """Area under the receiver operating characteristic."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(label, score))


def summary(found: list[Outcome], minds: tuple[str, ...]) -> dict[str, Any]:
    """Order and size of each mind at each depth."""
    out: dict[str, Any] = {}
    for mind in minds:
        for depth in DEPTHS:
            mine = [o for o in found if o.mind == mind and o.depth == depth]
            size = np.array([abs(o.relative_error) for o in mine])
            out.setdefault(mind, {})[str(depth)] = {
                "tau": float(kendalltau([o.predicted for o in mine], [o.real for o in mine]).statistic),
                "largest_error": float(np.nanmax(size)),
                "mean_error": float(np.nanmean(size)),
            }
    return out


def home_advantage(found: list[Outcome], minds: tuple[str, ...], depth: int) -> dict[str, dict[str, float]]:
    """Mean log ratio of predicted to real by mind and family of recommender, less the mind's mean over all ten."""
    out: dict[str, dict[str, float]] = {}
    for mind in minds:
        mine = [o for o in found if o.mind == mind and o.depth == depth]
        ratio = {o.recommender: np.log(o.predicted / o.real) for o in mine if o.real > 0}
        mean = float(np.mean(list(ratio.values())))
        out[mind] = {
            family: float(np.mean([ratio[o.recommender] for o in mine if o.family == family]) - mean)
            for family in FAMILY_NAMES
        }
    return out


def own_and_held_out(
    places: Mapping[str, Places], chances: Mapping[tuple[str, str], F32]
) -> dict[str, dict[str, float]]:
    """Mean probability that the named mind gives to real choices on the slates: those of M, and those of V."""
    out = {}
    for name, place in places.items():
        chance, hit = chances[NAMED, name], place.hit & place.counted
        if place.own.any() and hit.any():
            out[name] = {"own": float(chance[place.own].mean()), "held_out": float(chance[hit].mean())}
    return out


def show(document: Mapping[str, Any], found: list[Outcome]) -> None:
    for depth in DEPTHS:
        print(f"\nslates of {depth}: real hit rate on V, and what the mind predicts")
        mine = [o for o in found if o.mind == NAMED and o.depth == depth]
        for o in sorted(mine, key=lambda o: -o.real):
            print(
                f"  {o.recommender:16s} {o.real:.4f} ± {o.real_error:.4f}   {o.predicted:.4f}  {o.relative_error:+7.1%}"
            )
    print(f"\n{'mind':20s} tau@10  worst@10  mean@10   tau@50  worst@50  mean@50")
    for mind, at in document["minds"].items():
        cells = [
            f"{at[str(d)]['tau']:6.2f}  {at[str(d)]['largest_error']:7.1%}  {at[str(d)]['mean_error']:7.1%}"
            for d in DEPTHS
        ]
        print(f"{mind:20s} {'   '.join(cells)}")
    print(f"\nhome advantage, slates of {DEPTHS[0]}: log(predicted / real), less the mind's mean over the ten")
    print(f"{'mind':20s} " + " ".join(f"{family:>10s}" for family in FAMILY_NAMES))
    for mind, row in document["home_advantage"].items():
        print(f"{mind:20s} " + " ".join(f"{row[family]:+10.2f}" for family in FAMILY_NAMES))
    print(f"\nranks that each mind gives, slates of {DEPTHS[0]} (real order from left to right)")
    order = [
        o.recommender
        for o in sorted((o for o in found if o.mind == NAMED and o.depth == DEPTHS[0]), key=lambda o: -o.real)
    ]
    print(f"{'mind':20s} " + " ".join(f"{name[:9]:>9s}" for name in order))
    for mind in document["minds"]:
        predicted = {o.recommender: o.predicted for o in found if o.mind == mind and o.depth == DEPTHS[0]}
        rank = {name: 1 + sum(p > predicted[name] for p in predicted.values()) for name in order}
        print(f"{mind:20s} " + " ".join(f"{rank[name]:9d}" for name in order))
    print("\nmean probability of real choices on the slates: the person's own (M), held out (V)")
    for name, row in document["own_and_held_out"].items():
        print(f"  {name:16s} {row['own']:.3f}  {row['held_out']:.3f}")
    print(f"\nAUC over uniform items: real {document['auc']['real']:.4f}, simulated {document['auc']['simulated']:.4f}")
    print(f"seconds: {document['seconds']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder that holds the data sets")
    parser.add_argument("--dataset", default="movielens-1m")
    parser.add_argument("--people", type=int, default=None, help="only the first N people of the log")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=None, help="write the numbers as JSON")
    given = parser.parse_args()

    data = load(given.dataset, data_dir=given.data)
    parts = split(data)
    if given.people is not None:
        from dataclasses import replace

        first = data.log.select(data.log.user < given.people)
        facts = {name: values[: given.people] for name, values in first.demographics.items()}
        parts = split(replace(first, user_ids=first.user_ids[: given.people], demographics=facts), data.name)
    clock = time.perf_counter()
    stack = stack_with_one_family_minds(parts, given.seed)
    fitted = time.perf_counter()
    places = {contestant.name: places_of(parts, contestant) for contestant in TEN}
    filled = time.perf_counter()
    chances, sample = predictions(parts, stack, places)
    found = outcomes(places, chances, stack.members)
    simulated = (np.random.default_rng(4).random(sample["chance"].size) < sample["chance"]).astype(np.float64)
    document = {
        "dataset": parts.name,
        "people": parts.log.n_users,
        "items": len(parts.catalog),
        "minds": summary(found, stack.members),
        "home_advantage": home_advantage(found, stack.members, DEPTHS[0]),
        "own_and_held_out": own_and_held_out(places, chances),
        "auc": {"real": auc(sample["chance"], sample["real"]), "simulated": auc(sample["chance"], simulated)},
        "seconds": {
            "minds": round(fitted - clock, 1),
            "recommenders": round(filled - fitted, 1),
            "predictions": round(time.perf_counter() - filled, 1),
        },
        "outcomes": [{**asdict(o), "relative_error": o.relative_error} for o in found],
    }
    show(document, found)
    if given.out is not None:
        given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
