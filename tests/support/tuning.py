"""A small study of a planted recommender, which is best where `x` is 0.7."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.loader import check
from scenarios.schema import Scenario
from simulator.studies.tune.question import Question, question
from simulator.studies.tune.space import Dimension, dimension_of

PLANTED = '''
import numpy as np

from recommenders.matrix import MatrixRecommender


class Planted(MatrixRecommender):
    """Neighbours of what was chosen, spoilt by chance the more, the farther x is from 0.7."""

    def __init__(self, *, x: float = 0.1, extra: int = 1) -> None:
        self.x = x

    def _fit(self, matrix):
        both = (matrix.T @ matrix).tocsr()
        both.setdiag(0)
        norm = np.sqrt(np.maximum(self.popularity, 1.0))
        self.weights = both.multiply(1 / norm[:, None]).multiply(1 / norm).tocsr()
        self.noise = np.random.default_rng(0).random(matrix.shape[1], dtype=np.float32)

    def _scores(self, histories):
        near = np.asarray((histories @ self.weights).toarray(), dtype=np.float32)
        near /= np.maximum(near.max(axis=1, keepdims=True), 1e-6)
        spoilt = min(1.0, 2 * abs(self.x - 0.7))
        return (1 - spoilt) * near + spoilt * self.noise


class Fragile(Planted):
    """The same, which cannot be fitted with an x below 0.5."""

    def _fit(self, matrix):
        if self.x < 0.5:
            raise RuntimeError("x is too small for me")
        super()._fit(matrix)


class Broken(Planted):
    def _fit(self, matrix):
        raise RuntimeError("never")


class Learner(Planted):
    """The same, and it takes note of what happens."""

    learns = True

    def observe(self, feedback):
        self.seen = len(feedback)
'''


def scenario(folder: Path, name: str = "Planted", **changes: Any) -> Scenario:
    """A scenario with the plug-in of that name as its treatment."""
    (folder / "planted.py").write_text(PLANTED)
    _write_log(folder / "log.csv")
    data: Mapping[str, Any] = {
        "name": "planted",
        "population": {"size": 120},
        "dataset": {"source": "table", "path": "log.csv", "columns": {"user": "user", "item": "item"}},
        "world": {"turns": 3, "slate_size": 5},
        "arms": {"plain": "popular", "planted": {"recommender": f"planted.py:{name}"}},
        "evaluation": {"ensemble_size": 40, "refits": 0},
    }
    return check(dict(data) | changes, file="planted.yaml", base_dir=folder)


def _write_log(path: Path, people: int = 300, items: int = 60) -> None:
    """Three tastes of twenty items each; everybody chooses twelve items, most of them of one taste."""
    luck = np.random.default_rng(3)
    taste = luck.integers(3, size=people)
    appeal = luck.gamma(1.0, size=items)
    lines = ["user,item"]
    for person in range(people):
        weight = appeal * np.where(np.arange(items) % 3 == taste[person], 1.0, 0.08)
        chosen = luck.choice(items, size=12, replace=False, p=weight / weight.sum())
        lines += [f"u{person:03d},i{item:02d}" for item in chosen]
    path.write_text("\n".join(lines) + "\n")


def asked(of: Scenario, *spaces: str, trials: int = 10, **more: Any) -> Question:
    """A question about it."""
    space: list[Dimension] = [dimension_of(text) for text in spaces or ("x=0:1",)]
    return question(of, arm="planted", space=space, trials=trials, **({"fresh": 100} | more))
