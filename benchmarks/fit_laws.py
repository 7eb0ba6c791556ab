"""Fits the constants of the behaviour laws again, and prints them beside the shipped ones.

    python benchmarks/fit_laws.py --data DIR

DIR holds the public data sets by folder: yandex-relpred-sample, trivago-sample, kuairand, ebnerd-sample, ml-1m,
ml-latest-small, learning-from-sets-2019. A set that is not there is skipped and said so. Nothing is downloaded.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

from simulator.behaviour.constants import constants_of
from simulator.behaviour.examination import Cascade, PositionBased, UserBrowsing
from simulator.behaviour.laws import Laws

F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SESSION_GAP_S = 1800
LIKE_LEVEL, HATE_LEVEL = 4.39, 1.66
"""Mean levels of ratings ≥ 4 and ≤ 2 in MovieLens-1M: how a like and a hate are read on five levels."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One fitted number. `constant` is "law.constant", or a plain name for a check that no constant rests on."""

    constant: str
    fitted: float
    n: int
    source: str


# --- examination ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Pages:
    """Result pages: the document at each of ten places and whether it was clicked. (n_pages, 10) each."""

    document: npt.NDArray[np.int64]
    clicked: Bools
    n_documents: int

    @property
    def last(self) -> npt.NDArray[np.int64]:
        """One plus the place of the last click above each place, 0 where there is none: a column of a law's table."""
        k = self.clicked.shape[1]
        out = np.zeros(self.clicked.shape, dtype=np.int64)
        for place in range(1, k):
            out[:, place] = np.where(self.clicked[:, place - 1], place, out[:, place - 1])
        return out

    def take(self, mask: Bools) -> Pages:
        return Pages(self.document[mask], self.clicked[mask], self.n_documents)


def read_yandex(path: Path) -> Pages:
    """Pages of ten of the relevance-prediction sample: `query TAB url,… : clicked , …` parted by semicolons."""
    number: dict[tuple[str, str], int] = {}
    documents, clicks = [], []
    with gzip.open(path, "rt") as lines:
        for page in (part.strip() for line in lines for part in line.split(";")):
            if not page:
                continue
            head, _, tail = page.partition(" :")
            query, _, urls = head.partition("\t")
            shown = urls.split(",")
            chosen = {url.strip() for url in tail.split(",")}
            if len(shown) == 10:
                documents.append([number.setdefault((query, url), len(number)) for url in shown])
                clicks.append([url in chosen for url in shown])
    return Pages(np.array(documents), np.array(clicks), len(number))


def perplexity(chance: F64, clicked: Bools) -> float:
    """Two to the mean surprise in bits, averaged over places (Dupret & Piwowarski 2008)."""
    chance = np.clip(chance, 1e-6, 1 - 1e-6)
    surprise = -np.where(clicked, np.log2(chance), np.log2(1 - chance))
    return float((2 ** surprise.mean(axis=0)).mean())


def _per_document(pages: Pages, weight: F64) -> F64:
    total: F64 = np.bincount(pages.document.ravel(), weight.ravel(), pages.n_documents).astype(np.float64)
    return total


def _attraction(pages: Pages, clicks: F64, looks: F64) -> F64:
    """Chance of a click on each document if examined, with two pseudo-looks at the mean rate."""
    rate = pages.clicked.mean()
    attraction: F64 = (_per_document(pages, clicks) + 2 * rate) / (_per_document(pages, looks) + 2)
    return attraction


def fit_table_law(train: Pages, test: Pages, costs: Callable[[F64], F64], start: Sequence[float]) -> tuple[F64, float]:
    """Constants of a law whose examinations are independent given the last click, by EM; held-out perplexity."""
    k = train.clicked.shape[1]
    theta = np.asarray(start, dtype=np.float64)
    attraction = np.full(train.n_documents, 0.3)
    places = np.broadcast_to(np.arange(k), train.clicked.shape)
    cell = (places * (k + 1) + train.last).ravel()
    looks = np.bincount(cell, minlength=k * (k + 1)).astype(np.float64)
    for _ in range(25):
        seen = np.clip(np.exp(-costs(theta)), 1e-6, 1 - 1e-9).ravel()[cell].reshape(places.shape)
        likes = attraction[train.document]
        missed = 1 - seen * likes
        examined = np.where(train.clicked, 1.0, seen * (1 - likes) / missed)
        liked = np.where(train.clicked, 1.0, likes * (1 - seen) / missed)
        attraction = _attraction(train, liked, np.ones_like(liked))
        seen_count: F64 = np.bincount(cell, examined.ravel(), k * (k + 1)).astype(np.float64)

        def surprise(constants: F64, seen_count: F64 = seen_count) -> float:
            chance = np.clip(np.exp(-costs(np.abs(constants))), 1e-6, 1 - 1e-9).ravel()
            return -float((seen_count * np.log(chance) + (looks - seen_count) * np.log(1 - chance)).sum())

        theta = np.abs(minimize(surprise, theta, method="Nelder-Mead", options={"maxiter": 60}).x)
    table = np.exp(-costs(theta))
    held = np.broadcast_to(np.arange(k), test.clicked.shape)
    return theta, perplexity(table[held, test.last] * attraction[test.document], test.clicked)


def fit_cascade(train: Pages, test: Pages) -> tuple[F64, float]:
    """Chances of going on after a pass and after a click, by EM over the place where people stopped; perplexity."""
    n, k = train.clicked.shape
    last = train.clicked.shape[1] - 1 - train.clicked[:, ::-1].argmax(axis=1)
    last = np.where(train.clicked.any(axis=1), last, -1)
    attraction = np.full(train.n_documents, 0.3)
    after_pass, after_click = 0.9, 0.7
    for _ in range(40):
        likes = attraction[train.document]
        stopped = np.zeros((n, k))
        run = np.where(last < 0, 1 - likes[:, 0], 1.0)
        for place in range(k):
            if place > 0:
                step = np.where(place - 1 == last, after_click, after_pass)
                run = np.where(place > np.maximum(last, 0), run * step * (1 - likes[:, place]), run)
            onward = np.where(place == last, after_click, after_pass) if place < k - 1 else 0.0
            stopped[:, place] = np.where(place >= last, run * (1 - onward), 0.0)
        stopped /= stopped.sum(axis=1, keepdims=True)
        examined = stopped[:, ::-1].cumsum(axis=1)[:, ::-1]
        attraction = _attraction(train, train.clicked.astype(np.float64), examined)
        went, there, click = examined[:, 1:], examined[:, :-1], train.clicked[:, :-1]
        after_click = float(went[click].sum() / there[click].sum())
        after_pass = float(went[~click].sum() / there[~click].sum())
    there = np.ones(len(test.clicked))
    chance = np.zeros(test.clicked.shape)
    for place in range(k):
        likes = attraction[test.document[:, place]]
        chance[:, place] = there * likes
        still = there * (1 - likes) / (1 - there * likes) * after_pass
        there = np.where(test.clicked[:, place], after_click, still)
    return np.array([after_pass, after_click]), perplexity(chance, test.clicked)


def examination(data: Path) -> list[Fit]:
    """The three laws of examination, and how well each predicts the clicks of held-out pages."""
    pages = read_yandex(data / "yandex-relpred-sample" / "trainSample.txt.gz")
    n = len(pages.clicked)
    held = np.random.default_rng(0).random(n) < 0.25
    train, test = pages.take(~held), pages.take(held)
    ranks = np.arange(1, 11, dtype=np.float32)

    def position_based(t: F64) -> F64:
        return PositionBased(decay=float(t[0])).table(ranks, sequential=False).astype(np.float64)

    def user_browsing(t: F64) -> F64:
        law = UserBrowsing(fade_start=float(t[0]), fade_click=float(t[1]))
        return law.table(ranks, sequential=False).astype(np.float64)

    pbm, pbm_perplexity = fit_table_law(train, test, position_based, [0.2])
    ubm, ubm_perplexity = fit_table_law(train, test, user_browsing, [0.8, 1.0])
    cascade, cascade_perplexity = fit_cascade(train, test)
    by_rank = perplexity(np.broadcast_to(train.clicked.mean(axis=0), test.clicked.shape), test.clicked)
    source, m = "yandex", int(held.sum())
    return [
        Fit("examination.after_pass", cascade[0], n, source),
        Fit("examination.after_click", cascade[1], n, source),
        Fit("examination.decay", pbm[0], n, source),
        Fit("examination.fade_start", ubm[0], n, source),
        Fit("examination.fade_click", ubm[1], n, source),
        Fit("  perplexity a place, click rate by place alone", by_rank, m, f"{source}, held out"),
        Fit("  perplexity a place, position-based", pbm_perplexity, m, f"{source}, held out"),
        Fit("  perplexity a place, cascade", cascade_perplexity, m, f"{source}, held out"),
        Fit("  perplexity a place, user browsing", ubm_perplexity, m, f"{source}, held out"),
        Fit("  clicks an impression", float(pages.clicked.mean()), n, source),
    ]


def trivago(data: Path) -> list[Fit]:
    """A check of the cascade elsewhere: the click-outs that end a search, by place, against 0.82 a place."""
    log = pd.read_parquet(data / "trivago-sample" / "sessions.parquet")
    outs = log[log.impressions.notna() & (log.action_type == "clickout item")]
    shown = [text.split("|") for text in outs.impressions]
    place = np.array([s.index(r) for s, r in zip(shown, outs.reference, strict=True) if r in s and len(s) == 25])
    count = np.bincount(place, minlength=25)[:10].astype(np.float64)
    slope = np.polyfit(np.arange(1, 10), np.log(count[1:]), 1, w=np.sqrt(count[1:]))[0]
    return [
        Fit("  click-outs, ratio from place to place (2–10)", float(np.exp(slope)), int(count.sum()), "trivago, check")
    ]


# --- dwell ------------------------------------------------------------------------------------------------------------


def dwell(data: Path) -> list[Fit]:
    """Two log-normals shared by liked and hated plays, only their shares differ; the short one ignores the duration."""
    plays = pd.read_csv(data / "kuairand" / "explicit_like_hate_kcore15.tsv.gz", sep="\t")
    plays = plays[(plays.duration_ms > 0) & (plays.play_time_ms > 0)]
    liked = plays.label.to_numpy() == 1
    played = np.log(plays.play_time_ms.to_numpy() / 1e3)
    reference = Laws().dwell.reference_s
    longer = np.log(plays.duration_ms.to_numpy() / 1e3 / reference)
    stay, stay_sd, back, back_sd, elasticity = np.log(reference), 0.5, np.log(reference) - 2, 1.0, 0.7
    share = {True: 0.2, False: 0.5}
    for _ in range(200):
        from_stay = (played - elasticity * longer - stay) / stay_sd
        from_back = (played - back) / back_sd
        prior = np.where(liked, share[True], share[False])
        a, b = (1 - prior) * np.exp(-(from_stay**2) / 2) / stay_sd, prior * np.exp(-(from_back**2) / 2) / back_sd
        short = b / (a + b)
        long = 1 - short
        share = {is_liked: float(short[liked == is_liked].mean()) for is_liked in (True, False)}
        elasticity = float((long * (played - stay) * longer).sum() / (long * longer**2).sum())
        rest = played - elasticity * longer
        stay = float((long * rest).sum() / long.sum())
        stay_sd = float(np.sqrt((long * (rest - stay) ** 2).sum() / long.sum()))
        back = float((short * played).sum() / short.sum())
        back_sd = float(np.sqrt((short * (played - back) ** 2).sum() / short.sum()))
    logit = {is_liked: np.log(p / (1 - p)) for is_liked, p in share.items()}
    liking = (logit[False] - logit[True]) / (LIKE_LEVEL - HATE_LEVEL)
    n, source = len(plays), "kuairand"
    return [
        Fit("dwell.stay", stay - float(np.log(reference)), n, source),
        Fit("dwell.stay_sigma", stay_sd, n, source),
        Fit("dwell.turn_back_s", float(np.exp(back)), n, source),
        Fit("dwell.turn_back_sigma", back_sd, n, source),
        Fit("dwell.elasticity", elasticity, n, source),
        Fit("dwell.liking", float(liking), n, source),
        Fit("dwell.early", float(logit[True] + liking * (LIKE_LEVEL - 3)), n, source),
        Fit("  share of short plays, liked", share[True], int(liked.sum()), source),
        Fit("  share of short plays, hated", share[False], int((~liked).sum()), source),
    ]


def news(data: Path) -> list[Fit]:
    """Reading times without a known length, pages a session, gaps between visits and visits a day: EB-NeRD."""
    from sklearn.mixture import GaussianMixture

    history = pd.read_parquet(data / "ebnerd-sample" / "history.parquet")
    read = np.concatenate(history.read_time_fixed.to_numpy()).astype(np.float64)
    read = read[read > 0]
    mixture = GaussianMixture(2, random_state=0).fit(np.log(read)[:, None])
    short, long = np.sort(np.exp(mixture.means_.ravel()))
    behaviours = pd.read_parquet(data / "ebnerd-sample" / "behaviors.parquet")
    pages = behaviours.groupby(["user_id", "session_id"]).size().to_numpy()
    times = [np.sort(np.asarray(t, dtype="datetime64[s]").astype(np.int64)) for t in history.impression_time_fixed]
    gaps = [(d := np.diff(t))[d > SESSION_GAP_S] / 86_400 for t in times]
    first, last = min(t[0] for t in times), max(t[-1] for t in times)
    visits = np.array([g.size + 1 for g in gaps]) / ((last - first) / 86_400)
    n_gaps = sum(g.size for g in gaps)
    return [
        Fit("dwell.base_s", float(long / np.exp(Laws().dwell.stay)), len(read), "ebnerd"),
        Fit("  median of the short reads, s", float(short), len(read), "ebnerd"),
        Fit("  pages a session", float(pages.mean()), len(pages), "ebnerd"),
        Fit("  hazard of leaving after the first page", float((pages == 1).mean()), len(pages), "ebnerd"),
        Fit("  … after the third", float((pages == 3).sum() / (pages >= 3).sum()), int((pages >= 3).sum()), "ebnerd"),
        Fit("returning.sigma", within_sd([np.log(g) for g in gaps]), n_gaps, "ebnerd"),
        Fit("  visits a day, median reader", float(np.median(visits)), len(visits), "ebnerd"),
    ]


def within_sd(groups: Sequence[F64]) -> float:
    """Standard deviation about each group's mean, pooled over groups of at least two."""
    groups = [g for g in groups if g.size > 1]
    square = sum(float(((g - g.mean()) ** 2).sum()) for g in groups)
    return float(np.sqrt(square / sum(g.size - 1 for g in groups)))


# --- ratings and sets -------------------------------------------------------------------------------------


def small_movielens(data: Path) -> pd.DataFrame:
    with zipfile.ZipFile(data / "ml-latest-small" / "ml-latest-small.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith("ratings.csv"))
        with archive.open(name) as file:
            return pd.read_csv(file)


def gaps_between_ratings(data: Path) -> list[Fit]:
    """The spread of the gaps between bouts of rating, which are not visits: an upper bound."""
    ratings = small_movielens(data).sort_values(["userId", "timestamp"])
    times = [g.to_numpy() for _, g in ratings.groupby("userId").timestamp]
    gaps = [np.log((d := np.diff(t))[d > SESSION_GAP_S] / 86_400) for t in times]
    return [
        Fit(
            "  ln gap between rating bouts, sd within person",
            within_sd(gaps),
            sum(g.size for g in gaps),
            "ml-latest-small",
        )
    ]


def sets(data: Path) -> list[Fit]:
    """Set rating on the mean, best and worst of the films' mean ratings, within person (Sharma et al., TiiS 2019)."""
    ratings = small_movielens(data)
    films = ratings.groupby("movieId").rating.agg(["sum", "size"])
    mean = (films["sum"] + 5 * ratings.rating.mean()) / (films["size"] + 5)
    rated = pd.read_csv(data / "learning-from-sets-2019" / "set_ratings.csv.gz")
    value = np.column_stack([rated[f"movieId_{i}"].map(mean) for i in range(1, 6)])
    known = ~np.isnan(value).any(axis=1)
    rated, value = rated[known], value[known]
    often = (rated.groupby("userId").rating.transform("size") >= 5).to_numpy()
    rated, value = rated[often], value[often]
    average = value.mean(axis=1)
    x = np.column_stack([average, value.max(axis=1) - average, value.min(axis=1) - average, rated.rating])
    x = x - pd.DataFrame(x).groupby(rated.userId.to_numpy()).transform("mean").to_numpy()
    x, y = x[:, :3], x[:, 3]
    slope = np.linalg.lstsq(x, y, rcond=None)[0]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (y - x @ slope).var())
    n, source = len(rated), "learning-from-sets-2019"
    return [
        Fit("satisfaction.set_offset", float(rated.rating.mean() - average.mean()), n, source),
        Fit("  slope on the mean of the set", float(slope[0]), n, source),
        Fit("  slope on best - mean", float(slope[1]), n, source),
        Fit("  … its standard error", float(error[1]), n, source),
        Fit("  slope on worst - mean", float(slope[2]), n, source),
        Fit("  … its standard error", float(error[2]), n, source),
    ]


def reliability(data: Path) -> list[Fit]:
    """Correlation, within person, of held-out ratings with expected ones: biases and 16 factors, MovieLens-1M."""
    columns = pd.read_csv(data / "ml-1m" / "ratings.dat", sep="::", engine="python", header=None).to_numpy()
    user = np.unique(columns[:, 0], return_inverse=True)[1]
    item = np.unique(columns[:, 1], return_inverse=True)[1]
    rating = columns[:, 2].astype(np.float64)
    held = np.random.default_rng(0).random(rating.size) < 0.2
    u, i, r = user[~held], item[~held], rating[~held]
    n_user, n_item = user.max() + 1, item.max() + 1

    def shrunk(index: npt.NDArray[Any], values: F64, size: int, weight: float) -> F64:
        out: F64 = np.bincount(index, values, size) / (np.bincount(index, minlength=size) + weight)
        return out

    of_user, of_item = np.zeros(n_user), np.zeros(n_item)
    for _ in range(5):
        of_item = shrunk(i, r - r.mean() - of_user[u], n_item, 5)
        of_user = shrunk(u, r - r.mean() - of_item[i], n_user, 10)
    rest = r - r.mean() - of_user[u] - of_item[i]
    rng = np.random.default_rng(0)
    persons, films = np.zeros((n_user, 16)), rng.normal(0, 0.1, (n_item, 16))
    for _ in range(6):
        persons = ridge_rows(u, films[i], rest, n_user, 8.0)
        films = ridge_rows(i, persons[u], rest, n_item, 8.0)
    guess = of_item[item[held]] + (persons[user[held]] * films[item[held]]).sum(axis=1)
    level = of_user + r.mean()
    spread = np.sqrt(
        (np.bincount(u, (r - level[u]) ** 2, n_user) + 10 * r.var()) / (np.bincount(u, minlength=n_user) + 10)
    )
    actual = (rating[held] - level[user[held]]) / spread[user[held]]
    value = float(np.corrcoef(guess / spread[user[held]], actual)[0, 1])
    return [Fit("rating.reliability", value, int(held.sum()), "ml-1m")]


def ridge_rows(row: npt.NDArray[Any], features: F64, target: F64, size: int, weight: float) -> F64:
    """Ridge regression of the target on the features, one for each row index. (size, n_features)."""
    order = np.argsort(row, kind="stable")
    bounds = np.searchsorted(row[order], np.arange(size + 1))
    out = np.zeros((size, features.shape[1]))
    ridge = weight * np.eye(features.shape[1])
    for index in range(size):
        rows = order[bounds[index] : bounds[index + 1]]
        if rows.size:
            x = features[rows]
            out[index] = np.linalg.solve(x.T @ x + ridge, x.T @ target[rows])
    return out


def shipped(name: str) -> float | None:
    """The default of "law.constant", None for a check."""
    law, _, constant = name.partition(".")
    if name.startswith(" "):
        return None
    kinds: tuple[Any, ...] = (Cascade, PositionBased, UserBrowsing) if law == "examination" else (getattr(Laws(), law),)
    return next(constants_of(kind)[constant].default for kind in kinds if constant in constants_of(kind))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fit the behaviour laws' constants to public logs.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets by name")
    data: Path = parser.parse_args(arguments).data
    print(f"{'constant':<50}{'fitted':>9}{'shipped':>9}{'n':>9}  source")
    for fit in (examination, trivago, dwell, news, gaps_between_ratings, sets, reliability):
        try:
            rows = fit(data)
        except FileNotFoundError as missing:
            print(f"{fit.__name__}: skipped, {missing.filename} is not there", file=sys.stderr)
            continue
        for row in rows:
            default = shipped(row.constant)
            now = "" if default is None else f"{default:.3f}"
            print(f"{row.constant:<50}{row.fitted:>9.3f}{now:>9}{row.n:>9}  {row.source}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
