"""Ratings that a model states, on people's own scales: its habits are not theirs, and what they rate stays theirs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from simulator.minds.language.calibration import Calibrator, fit
from simulator.minds.language.questions import draw_questions
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.scales import LEAST_SPREAD, RELIABILITY, TRANSFERRED, StatedScale, on_own_scale
from simulator.minds.language.settings import CalibrationSettings
from simulator.population import Population, from_log
from simulator.records import F32, SplitLog


@pytest.fixture(scope="module")
def folk(parts: SplitLog) -> Population:
    return from_log(parts, seed=3)


def shares(latent: np.ndarray, thresholds: F32) -> np.ndarray:
    """How often each person feels each level, given the expected part of what they feel. (n, 5)."""
    below = ndtr((thresholds[:, None, :] - latent[:, :, None]) / np.sqrt(1 - RELIABILITY**2)).mean(axis=1)
    return np.diff(below, axis=1, prepend=0, append=1)


def distance(folk: Population, stated: np.ndarray, scale: StatedScale = TRANSFERRED) -> float:
    """Mean total variation between people's own histogram and what they feel if a model states these ratings."""
    expected = on_own_scale(stated.astype(np.float32), folk, np.arange(len(folk)), scale)
    latent = (expected - folk.rating_mean[:, None]) / folk.rating_spread[:, None]
    own = np.diff(ndtr(folk.thresholds), axis=1, prepend=0, append=1)
    return float(np.abs(shares(latent, folk.thresholds) - own).sum(axis=1).mean() / 2)


def like(folk: Population, mean: float, spread: float, followed: float, seed: int = 0) -> np.ndarray:
    """Ratings of a model with these habits. (n, 60)."""
    own = folk.rating_mean / folk.rating_unit
    said = mean + followed * (own - own.mean())[:, None]
    luck = np.random.default_rng(seed).normal(0, spread, (len(folk), 60))
    return np.clip(np.round(said + luck), 1, 5)


def learnt(folk: Population, stated: np.ndarray) -> StatedScale:
    def each(values: F32) -> F32:
        return np.repeat(values / np.float32(folk.rating_unit), stated.shape[1])

    return StatedScale.of(stated.ravel(), each(folk.rating_mean), each(folk.rating_spread))


def test_a_model_that_says_four_of_everything_leaves_people_nearly_their_own_histogram(folk: Population) -> None:
    assert distance(folk, np.full((len(folk), 60), 4.0)) < 0.12


@pytest.mark.parametrize(("mean", "spread"), [(2.6, 0.8), (3.1, 1.0), (4.5, 0.4)])
@pytest.mark.parametrize("followed", [0.0, 0.6])
def test_a_scale_that_was_learnt_gives_people_their_own_histogram_whatever_the_models_habits(
    folk: Population, mean: float, spread: float, followed: float
) -> None:
    stated = like(folk, mean, spread, followed)
    scale = learnt(folk, like(folk, mean, spread, followed, seed=1))
    assert distance(folk, stated, scale) < 0.08
    assert distance(folk, stated, scale) < distance(folk, stated)
    assert scale.followed == pytest.approx(followed, abs=0.15)


def test_a_model_without_any_scale_moves_nobody(folk: Population) -> None:
    threes = np.full((len(folk), 60), 3.0)
    scale = learnt(folk, threes)
    assert (scale.followed, scale.spread) == (0.0, LEAST_SPREAD)
    expected = on_own_scale(threes.astype(np.float32), folk, np.arange(len(folk)), scale)
    np.testing.assert_allclose(expected, np.repeat(folk.rating_mean[:, None], 60, axis=1), rtol=1e-6)


def test_a_higher_stated_rating_is_never_a_lower_expected_one(folk: Population) -> None:
    levels = np.tile(np.arange(1.0, 6.0), (len(folk), 1))
    for scale in (TRANSFERRED, learnt(folk, like(folk, 3.1, 1.0, 0.6))):
        assert (np.diff(on_own_scale(levels.astype(np.float32), folk, np.arange(len(folk)), scale)) >= 0).all()


def test_calibration_learns_the_scale_from_held_out_choices_and_keeps_it(parts: SplitLog, tmp_path: Path) -> None:
    questions = draw_questions(parts, CalibrationSettings(method="platt", people=60), 3, 10)
    asked = from_log(parts, seed=3).take(questions.rows)
    stated = np.where(questions.held_out, 3.0 + np.arange(len(questions))[:, None] % 2, 1.0).astype(np.float32)
    answers = RawAnswers(want=stated, rating=stated, answered=np.ones(len(questions), dtype=np.bool_))
    found = fit(questions, answers, "platt", model="m", prompt_id="p", people=asked)
    assert found.scale.mean == pytest.approx(3.5, abs=0.1), "what people did not choose is none of their ratings"
    assert found.facts()["stated_rating"]["mean"] == found.scale.mean
    found.save(tmp_path / "c.json")
    assert Calibrator.load(tmp_path / "c.json", model="m", prompt_id="p").scale == found.scale
    silent = replace(answers, answered=np.arange(len(questions)) < 10)
    assert fit(questions, silent, "platt", model="m", prompt_id="p", people=asked).scale == TRANSFERRED
