"""The embedded sample: reproducible, small, invented, and with something to learn in it."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from simulator.datasets import load, split
from simulator.datasets.embedded import FILMS, FOLDER, HISTORIES
from simulator.datasets.make_sample import FEWEST, MOST, make


@pytest.fixture(scope="module")
def sample():
    return load("sample")


def test_the_generator_makes_the_shipped_files_byte_by_byte(tmp_path):
    make(tmp_path)
    for name in (FILMS, HISTORIES):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


def test_six_hundred_films_are_described_in_full_and_all_different(sample):
    films = sample.catalog.items
    assert len(films) == 600
    assert len({film.title for film in films}) == len({film.text for film in films}) == 600
    assert len(sample.catalog.category_names) == 12
    for film in films:
        assert all(value for fact, value in asdict(film).items() if fact not in ("price", "image"))
        words = " ".join((film.title, film.text, film.headline, film.image_caption, *film.reviews))
        assert not re.search(r"[{}]|  ", words)
        assert not re.search(r"\b[Aa] [aeiouAEIOU]|\b[Aa]n (?!hour)[^aeiouAEIOU]", words), "the right article"


def test_no_film_bears_the_title_of_a_real_one(sample, real_data: Path):
    real = {item.title.lower() for item in load("movielens-1m", data_dir=real_data).catalog}
    assert not [film.title for film in sample.catalog if film.title.lower() in real]


def test_a_thousand_people_have_complete_histories(sample):
    log = sample.log
    counts = np.bincount(log.user)
    assert (log.n_users, counts.min() >= FEWEST, counts.max() <= MOST) == (1000, True, True)
    assert log.complete_times().all()
    assert set(np.unique(log.rating).tolist()) == {1, 2, 3, 4, 5}
    same = log.user[1:] == log.user[:-1]
    assert (np.diff(log.time)[same] > 0).all()
    assert log.matrix().nnz == len(log), "nobody rates a film twice"


def test_popularity_has_a_long_tail_and_people_rate_what_they_like(sample):
    popularity = np.sort(np.bincount(sample.log.item, minlength=600))[::-1]
    assert 0.25 < popularity[:60].sum() / popularity.sum() < 0.5
    shares = np.bincount(sample.log.rating.astype(int), minlength=6)[1:] / len(sample.log)
    assert shares.argmax() == 3
    assert shares.min() > 0.03


def test_company_beats_popularity_and_popularity_beats_chance(sample):
    """Hits among the top ten on V, by cosine neighbours, by popularity and by lot: the order that makes it of use."""
    parts = split(sample)
    known = parts.platform.matrix().astype(np.float64)
    held_out = parts.held_out.matrix().toarray() > 0
    together = (known.T @ known).toarray()
    popularity = together.diagonal()
    near = together / (np.sqrt(np.outer(popularity, popularity)) + 20)
    np.fill_diagonal(near, 0)
    content = (known @ sample.catalog.categories) @ sample.catalog.categories.T / known.sum(axis=1)
    everybody = np.ones((known.shape[0], 1))

    def hits(scores: np.ndarray) -> float:
        scores = np.where(known.toarray() > 0, -np.inf, scores)
        return float(np.take_along_axis(held_out, np.argsort(-scores, axis=1)[:, :10], axis=1).mean())

    chance = hits(np.random.default_rng(0).random(held_out.shape))
    popular = hits(everybody * popularity)
    assert hits(known @ near) > 1.5 * popular > 1.5 * 4 * chance
    assert hits(np.asarray(content)) > 2 * chance
    assert hits(np.asarray(content) * 3 + np.log1p(popularity)) > 1.05 * popular
