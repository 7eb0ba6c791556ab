"""Fit again what makes a headline catchy, and print it beside what ships.

    python benchmarks/fit_headlines.py --data DIR      # DIR/upworthy/packages.parquet, or the archive's own CSV files

Packages of one test with one picture differ in their headline. Logits of their clicks are regressed on marks of the
headline, both freed of the test's mean and weighed by how well each logit is known; errors are clustered by test.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
import numpy as np

from simulator.perception.headlines import FEATURES, WEIGHTS, features

BETWEEN = 0.05
"""Variance of a package's logit that no number of impressions removes (its excerpt, its week)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "upworthy"
    files = sorted([*folder.glob("*.parquet"), *folder.glob("*.csv*")])
    if not files:
        raise SystemExit(f"{folder}: holds no packages (.parquet or .csv)")
    read = "read_parquet" if files[0].suffix == ".parquet" else "read_csv"
    rows = duckdb.sql(
        f"select clickability_test_id || '/' || coalesce(eyecatcher_id, '') as test, headline, "
        f"sum(impressions)::double as shown, sum(clicks)::double as clicks "
        f"from {read}({[str(file) for file in files]!r}) where headline is not null and impressions > 0 group by all"
    ).fetchnumpy()
    test = np.unique(rows["test"].astype(str), return_inverse=True)[1]
    shown, clicks = rows["shown"], rows["clicks"]
    logit = np.log((clicks + 0.5) / (shown - clicks + 0.5))
    known = 1 / (1 / clicks.clip(0.5) + BETWEEN)
    several = np.bincount(test)[test] > 1

    def freed(values: np.ndarray) -> np.ndarray:
        mean = np.bincount(test, known * values) / np.bincount(test, known)
        return (values - mean[test])[several]

    x = np.column_stack([freed(column) for column in features([str(h) for h in rows["headline"]]).T])
    y, w, test = freed(logit), known[several], test[several]
    weights, errors = fit(x, y, w, test)
    print(
        f"{several.sum():,} packages of {np.unique(test).size:,} tests\n{'mark':<20}{'ships':>8}{'found':>8}{'se':>7}"
    )
    for name, found, error in zip(FEATURES, weights, errors, strict=True):
        print(f"{name:<20}{WEIGHTS[name]:>8.3f}{found:>8.3f}{error:>7.3f}")
    learnt = np.random.default_rng(0).random(test.max() + 1)[test] < 0.5
    said = x[~learnt] @ fit(x[learnt], y[learnt], w[learnt], test[learnt])[0]
    slope = (w[~learnt] * said * y[~learnt]).sum() / (w[~learnt] * said**2).sum()
    print(f"on tests left out: slope {slope:.2f}, correlation {np.corrcoef(said, y[~learnt])[0, 1]:.2f}")


def fit(x: np.ndarray, y: np.ndarray, w: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares, and standard errors clustered by test."""
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    weights = bread @ (x.T @ (w * y))
    scores = np.zeros((test.max() + 1, x.shape[1]))
    np.add.at(scores, test, (w * (y - x @ weights))[:, None] * x)
    return weights, np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))


if __name__ == "__main__":
    main()
