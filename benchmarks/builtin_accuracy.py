"""The built-ins beside the same algorithms of well-known libraries: one split, one metric code, parameters matched.

    python benchmarks/builtin_accuracy.py --data DIR --rectools ENV/bin/python --lenskit ENV/bin/python \\
        --cornac ENV/bin/python [--only ease als]

MovieLens-1M, a tenth of each person's choices held out (`simulator.evaluation.offline`): the last ones where all times
are known, else by lot. Everybody is ranked by the host as in a run, libraries through the adapters, each in the
interpreter that has it (docs/adapters.md says how to make one). Printed: nDCG@10 and recall@20 of both (trec_eval's),
and the paired difference with its standard error over people. Sequences are compared on the people all of whose times
are known, by the last of their choices. A library whose interpreter is not named is left out. The metric code is
checked too: RecTools' own metrics on one of the rankings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommenders.contract import Recommender
from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.datasets.loading import load
from simulator.datasets.splitting import people_with_complete_times
from simulator.evaluation.offline.accuracy import accuracy
from simulator.evaluation.offline.rank import rank
from simulator.evaluation.offline.splits import Holdout, hold_out
from simulator.records import InteractionLog

METRICS = ("ndcg@10", "recall@20")
DEPTH = 20
Values = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A built-in, and the same algorithm elsewhere."""

    builtin: str
    params: dict[str, Any] = field(default_factory=dict)
    adapter: str
    model: str
    theirs: dict[str, Any] = field(default_factory=dict)
    sequences: bool = False
    """Whether the order of choices matters: then only people whose times are known take part."""


_ALS = {"factors": 64, "regularization": 0.01, "iterations": 15}
_BPR = {"factors": 64, "learning_rate": 0.01, "regularization": 0.01, "iterations": 100}
_SASREC = {
    "factors": 64, "blocks": 2, "heads": 1, "window": 50, "dropout": 0.1, "epochs": 10, "batch_size": 32,
    "learning_rate": 0.005,
}  # fmt: skip
_THEIR_SASREC = {
    "n_factors": 64, "n_blocks": 2, "n_heads": 1, "session_max_len": 50, "dropout_rate": 0.1, "epochs": 10,
    "batch_size": 32, "lr": 0.005, "loss": "softmax", "use_key_padding_mask": True,
}  # fmt: skip
LAST = 56
"""Choices of a person where order matters: 50 or 51 are learnt from, which is one window of either implementation."""
PAIRS = (
    Pair(builtin="random", adapter="rectools", model="rectools.models:RandomModel", theirs={"random_state": 0}),
    Pair(builtin="popular", adapter="rectools", model="rectools.models:PopularModel"),
    Pair(builtin="popular", adapter="lenskit", model="lenskit.basic:PopScorer"),
    Pair(
        builtin="item-knn",
        params={"neighbors": 100, "shrinkage": 0.0},
        adapter="rectools",
        model="rectools.models:ImplicitItemKNNWrapperModel",
        theirs={"model": {"cls": "CosineRecommender", "K": 101}},  # it counts an item among its own neighbours
    ),
    Pair(
        builtin="item-knn",
        params={"neighbors": 100, "shrinkage": 0.0},
        adapter="lenskit",
        model="lenskit.knn:ItemKNNScorer",
        theirs={"max_nbrs": 3706, "save_nbrs": 100, "feedback": "implicit"},
    ),
    Pair(
        builtin="item-knn",
        params={"neighbors": 100, "shrinkage": 0.0},
        adapter="lenskit",
        model="lenskit.knn:ItemKNNScorer",
        theirs={"max_nbrs": 100, "save_nbrs": 100, "feedback": "implicit"},  # the 100 most similar of those that count
    ),
    Pair(
        builtin="user-knn",
        params={"neighbors": 100, "shrinkage": 0.0},
        adapter="lenskit",
        model="lenskit.knn:UserKNNScorer",
        theirs={"max_nbrs": 100, "feedback": "implicit"},
    ),
    Pair(
        builtin="ease",
        params={"regularization": 250.0},
        adapter="rectools",
        model="rectools.models:EASEModel",
        theirs={"regularization": 250.0},
    ),
    Pair(
        builtin="ease",
        params={"regularization": 250.0},
        adapter="lenskit",
        model="lenskit.knn:EASEScorer",
        theirs={"regularization": 250.0},
    ),
    Pair(
        builtin="ease",
        params={"regularization": 250.0},
        adapter="cornac",
        model="cornac.models:EASE",
        theirs={"lamb": 250, "posB": False},
    ),
    Pair(
        builtin="ease",
        params={"regularization": 250.0},
        adapter="cornac",
        model="cornac.models:EASE",
        theirs={"lamb": 250},  # its default keeps the positive weights alone
    ),
    Pair(
        builtin="als",
        params={**_ALS, "alpha": 11.0},
        adapter="rectools",
        model="rectools.models:ImplicitALSWrapperModel",
        theirs={"model": {**_ALS, "alpha": 11.0, "random_state": 0, "use_gpu": False}},
    ),
    Pair(
        builtin="als",
        params={**_ALS, "alpha": 11.0},
        adapter="lenskit",
        model="lenskit.als:ImplicitMFScorer",
        theirs={"embedding_size": 64, "regularization": 0.01, "epochs": 15, "weight": 10},  # confidence 1 + weight
    ),
    Pair(
        builtin="bpr",
        params=_BPR,
        adapter="rectools",
        model="rectools.models:ImplicitBPRWrapperModel",
        theirs={"model": {**_BPR, "random_state": 0, "use_gpu": False}},
    ),
    Pair(
        builtin="bpr",
        params={**_BPR, "people_regularization": 0.01},
        adapter="rectools",
        model="rectools.models:ImplicitBPRWrapperModel",
        theirs={"model": {**_BPR, "random_state": 0, "use_gpu": False}},
    ),
    Pair(
        builtin="bpr",
        params=_BPR,
        adapter="cornac",
        model="cornac.models:BPR",
        theirs={"k": 64, "learning_rate": 0.01, "lambda_reg": 0.01, "max_iter": 100},
    ),
    Pair(
        builtin="sasrec",
        params=_SASREC,
        adapter="rectools",
        model="rectools.models:SASRecModel",
        theirs={**_THEIR_SASREC, "pos_encoding_kwargs": {"use_scale_factor": True}},  # embeddings times √factors
        sequences=True,
    ),
    Pair(
        builtin="sasrec",
        params=_SASREC,
        adapter="rectools",
        model="rectools.models:SASRecModel",
        theirs=_THEIR_SASREC,
        sequences=True,
    ),
)  # fmt: skip

CHECK_METRICS = """
import json, sys
import pandas as pd
from rectools import Columns
from rectools.metrics import NDCG, Recall
data = json.load(open(sys.argv[1]))
lists = pd.DataFrame([(user, item, rank + 1) for user, items in enumerate(data["items"])
                      for rank, item in enumerate(items)], columns=[Columns.User, Columns.Item, Columns.Rank])
wanted = pd.DataFrame([(user, item) for user, items in enumerate(data["relevant"]) for item in items],
                      columns=[Columns.User, Columns.Item])
ndcg = NDCG(k=10, divide_by_achievable=True).calc_per_user(lists, wanted)
recall = Recall(k=20).calc_per_user(lists, wanted)
users = range(len(data["items"]))
print(json.dumps({"ndcg@10": ndcg.reindex(users).tolist(), "recall@20": recall.reindex(users).tolist()}))
"""
"""Run by RecTools' interpreter: its own metrics of lists and held-out items in a file."""


def last_choices(log: InteractionLog) -> InteractionLog:
    """The last `LAST` choices of each person, ties in time as the log has them."""
    order = np.lexsort((np.arange(len(log)), log.time, log.user))
    stop = np.cumsum(np.bincount(log.user, minlength=log.n_users))
    return log.select(np.sort(order[np.arange(len(log)) >= stop[log.user[order]] - LAST]))


def judged(recommender: Recommender, name: str, holdout: Holdout) -> tuple[Values, NDArray[np.int32], float]:
    """Metrics of each person, the lists, and the seconds that fitting and ranking took."""
    began = perf_counter()
    host = Host(recommender, name, timeout_s=1800.0)
    host.fit(holdout.train.catalog, holdout.train)
    items = rank(host, holdout, DEPTH).items
    host.close()
    return accuracy(items, holdout.relevant, (10, 20)), items, perf_counter() - began


def metric_check(python: str, items: NDArray[np.int32], holdout: Holdout, ours: Values, scratch: Path) -> None:
    """Print how far RecTools' metrics of the same lists are from ours."""
    relevant = holdout.relevant
    held = [relevant.indices[a:b].tolist() for a, b in zip(relevant.indptr[:-1], relevant.indptr[1:], strict=True)]
    scratch.write_text(json.dumps({"items": items.tolist(), "relevant": held}))
    done = subprocess.run([python, "-c", CHECK_METRICS, str(scratch)], check=True, capture_output=True, text=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    for metric in METRICS:
        gap = float(np.abs(np.array(theirs[metric]) - ours[metric]).max())
        print(f"{metric}: largest difference to RecTools' metric over {len(held):,} people: {gap:.1e}")


def told(params: Mapping[str, Any]) -> str:
    """Parameters in one cell."""
    return json.dumps(params).replace('"', "")[1:-1] or "–"


def main() -> None:
    """Measure and print."""
    import tempfile

    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="folder that holds ml-1m")
    for library in ("rectools", "lenskit", "cornac"):
        arguments.add_argument(f"--{library}", help=f"interpreter that has {library}")
    arguments.add_argument("--only", nargs="*", help="these built-ins alone")
    chosen = arguments.parse_args()
    log = load("movielens-1m", data_dir=chosen.data).log
    splits = {False: hold_out(log, salt="movielens-1m")}
    print(splits[False].why, flush=True)
    known: dict[str, tuple[Values, NDArray[np.int32], float]] = {}
    checked = False
    cells = [f"{metric}: ours, theirs, difference ± standard error" for metric in METRICS]
    print("| " + " | ".join(["built-in", "its params", "library's", "its params", *cells, "seconds |"]))
    for pair in PAIRS:
        python = getattr(chosen, pair.adapter)
        if python is None or (chosen.only and pair.builtin not in chosen.only):
            continue
        if pair.sequences not in splits:
            splits[True] = hold_out(last_choices(people_with_complete_times(log)), order="time", salt="movielens-1m")
            print(splits[True].why, flush=True)
        holdout = splits[pair.sequences]
        key = f"{pair.builtin} {pair.params} {pair.sequences}"
        if key not in known:
            # Training on sequences takes torch, which the library's interpreter has where this one may not.
            where = python if pair.sequences and find_spec("torch") is None else None
            made = load_recommender(pair.builtin, pair.params, seed=0, python=where)
            known[key] = judged(made, pair.builtin, holdout)
        ours, items, seconds = known[key]
        model = {"model": pair.model, "params": pair.theirs}
        theirs, _, elsewhere = judged(load_recommender(pair.adapter, model, python=python), pair.adapter, holdout)
        cells = []
        for metric in METRICS:
            gap = ours[metric] - theirs[metric]
            error = gap.std(ddof=1) / np.sqrt(gap.size)
            cells.append(f"{ours[metric].mean():.4f}, {theirs[metric].mean():.4f}, {gap.mean():+.4f} ± {error:.4f}")
        names = [pair.builtin, told(pair.params), pair.model.replace(".models:", " "), told(pair.theirs)]
        print("| " + " | ".join([*names, *cells, f"{seconds:.0f} s, {elsewhere:.0f} s |"]), flush=True)
        if chosen.rectools and not checked and pair.builtin != "random":
            with tempfile.TemporaryDirectory() as folder:
                metric_check(chosen.rectools, items, holdout, ours, Path(folder) / "lists.json")
            checked = True


if __name__ == "__main__":
    main()
