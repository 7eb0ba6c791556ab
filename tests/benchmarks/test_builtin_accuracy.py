"""That the benchmark of built-ins beside libraries compares what it says, on a small log."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommenders.adapters import ADAPTERS
from recommenders.builtin import builtin
from recommenders.loading import load_recommender
from simulator.datasets.loading import load
from simulator.evaluation.offline.splits import hold_out


@pytest.fixture(scope="module")
def benchmark() -> Any:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "builtin_accuracy.py"
    spec = importlib.util.spec_from_file_location("builtin_accuracy", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_pair_names_a_built_in_with_its_parameters_and_an_adapter(benchmark: Any) -> None:
    for pair in benchmark.PAIRS:
        inspect.signature(builtin(pair.builtin)).bind(**pair.params)
        assert pair.adapter in ADAPTERS


def test_one_algorithm_twice_is_judged_alike(benchmark: Any) -> None:
    """Item neighbours without shrinkage are those of the library, which counts an item among its own."""
    holdout = hold_out(load("sample").log, salt="sample")
    ours, lists, _ = benchmark.judged(
        load_recommender("item-knn", {"neighbors": 20, "shrinkage": 0.0}), "item-knn", holdout
    )
    model = {"model": "implicit.nearest_neighbours:CosineRecommender", "params": {"K": 21}}
    theirs, _, _ = benchmark.judged(load_recommender("implicit", model), "implicit", holdout)
    worse, _, _ = benchmark.judged(load_recommender("random"), "random", holdout)
    assert lists.shape == (holdout.people.size, benchmark.DEPTH)
    for metric in benchmark.METRICS:
        assert abs(float(np.mean(ours[metric] - theirs[metric]))) < 0.002
        assert np.mean(ours[metric]) > np.mean(worse[metric]) + 0.05
