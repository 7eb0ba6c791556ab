"""What a stated want means: questions with a base rate, curves of other people, and the word "no signal"."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from simulator.minds.language.calibration import FEWEST, Calibrator, fit
from simulator.minds.language.questions import BAND, N_FOLDS, Questions, draw_questions
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.settings import CalibrationSettings
from simulator.minds.panel import ReferencePanel
from simulator.records import SplitLog, UserInputError

ASKED = CalibrationSettings(method="platt", people=200, negatives=4)


@pytest.fixture(scope="module")
def panel(parts: SplitLog) -> ReferencePanel:
    return ReferencePanel.fit(parts, seed=3)


@pytest.fixture(scope="module")
def questions(parts: SplitLog, panel: ReferencePanel) -> Questions:
    return draw_questions(parts, ASKED, 3, 10, panel=panel)


def _answers(questions: Questions, strength: float, seed: int = 0) -> RawAnswers:
    """Wants that lean towards held-out choices by `strength` points."""
    luck = np.random.default_rng(seed)
    want = 5 + strength * (questions.held_out - 0.5) + luck.normal(0, 2, questions.items.shape)
    want = np.where(questions.items >= 0, np.clip(np.round(want), 0, 10), np.nan).astype(np.float32)
    return RawAnswers(want=want, rating=want, answered=np.ones(len(questions), dtype=np.bool_))


def _fit(questions: Questions, raw: RawAnswers, method: Any = "platt") -> Calibrator:
    return fit(questions, raw, method, model="m", prompt_id="page.1")


def test_a_page_mixes_held_out_choices_with_unchosen_items_that_are_as_popular(
    parts: SplitLog, questions: Questions
) -> None:
    known, held_out = parts.known.matrix().toarray() > 0, parts.held_out.matrix().toarray() > 0
    assert questions.items.shape == (200, 10)
    for row, items, marked, popularity in zip(
        questions.rows, questions.items, questions.held_out, questions.popularity, strict=True
    ):
        shown = items >= 0
        assert np.unique(items[shown]).size == shown.sum()
        assert not known[row, items[shown]].any()
        assert np.array_equal(held_out[row, items[shown]], marked[shown])
        assert 1 <= marked.sum() <= 2
        assert shown.sum() == 5 * marked.sum()
        nearest = np.abs(popularity[shown & ~marked][:, None] - popularity[marked]).min(axis=1)
        assert np.median(nearest) <= 2 * BAND
    assert 0 < np.flatnonzero(questions.held_out[:, 0]).size < len(questions)


def test_weights_put_the_share_of_choices_at_the_measured_base_rate(
    parts: SplitLog, panel: ReferencePanel, questions: Questions
) -> None:
    weight = questions.weight
    assert weight[questions.items >= 0].mean() == pytest.approx(1)
    assert np.average(questions.held_out, weights=weight) == pytest.approx(questions.base_rate)
    held_out, known = parts.held_out.matrix().toarray() > 0, parts.known.matrix().toarray() > 0
    eligible = np.flatnonzero((held_out & ~known).any(axis=1)).astype(np.int32)
    slates = panel.slates(eligible)[:, :, :30]
    across = np.arange(eligible.size)[:, None]
    new = ~known[eligible][across, slates]
    share = (held_out[eligible][across, slates] & new).sum() / new.sum()
    assert questions.base_rate == pytest.approx(share, rel=1e-2)
    assert questions.base_rate < questions.held_out.sum() / (questions.items >= 0).sum()


def test_fewer_people_are_asked_the_same_questions(
    parts: SplitLog, panel: ReferencePanel, questions: Questions
) -> None:
    few = draw_questions(parts, replace(ASKED, people=60), 3, 10, panel=panel)
    at = np.searchsorted(questions.rows, few.rows)
    assert np.array_equal(questions.rows[at], few.rows)
    assert np.array_equal(questions.items[at], few.items)
    assert few.base_rate == questions.base_rate


def test_a_feed_of_one_item_is_asked_with_matched_others_all_the_same(parts: SplitLog, panel: ReferencePanel) -> None:
    questions = draw_questions(parts, ASKED, 3, 1, panel=panel)
    assert questions.items.shape[1] == 5
    assert (questions.held_out.sum(axis=1) == 1).all()


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_probabilities_are_as_frequent_as_choices(questions: Questions, method: str) -> None:
    raw = _answers(questions, 3.0)
    calibrator = _fit(questions, raw, method)
    report = calibrator.report
    p = expit(calibrator.logits(raw.want, questions.rows))
    assert report.finding == "signal"
    assert np.average(p[questions.items >= 0], weights=questions.weight[questions.items >= 0]) == pytest.approx(
        questions.base_rate, rel=0.08
    )
    assert report.auc > 0.8 > 0.6 > abs(report.auc_popularity - 0.5) + 0.5
    assert report.brier < report.brier_base_rate
    assert report.ece < 0.3 * questions.base_rate
    assert report.slope_ci[0] < report.slope < report.slope_ci[1]
    assert f"base rate {questions.base_rate:.3g}" in report.text


def test_platts_slope_is_the_one_that_made_the_answers(questions: Questions) -> None:
    """Normal wants of equal spread s, whose means lie d apart, have a log odds of slope d / s^2 a point."""
    luck = np.random.default_rng(4)
    wide = replace(
        questions,
        rows=np.arange(4000, dtype=np.int32),
        items=np.tile(questions.items, (20, 1)),
        held_out=np.tile(questions.held_out, (20, 1)),
        popularity=np.tile(questions.popularity, (20, 1)),
        fold=np.tile(questions.fold, 20),
    )
    want = (5 + 1.0 * (wide.held_out - 0.5) + luck.normal(0, 1.2, wide.items.shape)).astype(np.float32)
    raw = RawAnswers(want=want, rating=want, answered=np.ones(4000, dtype=np.bool_))
    report = _fit(wide, raw).report
    assert report.slope == pytest.approx(1 / 1.44, abs=0.06)
    assert report.slope_ci[0] < 1 / 1.44 < report.slope_ci[1]


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_nobodys_curve_saw_their_own_choices(questions: Questions, method: str) -> None:
    raw = _answers(questions, 3.0)
    before = _fit(questions, raw, method).logits(raw.want, questions.rows)
    own = questions.fold == 2
    turned = np.where(own[:, None] & (questions.items >= 0), ~questions.held_out, questions.held_out)
    after = _fit(replace(questions, held_out=turned), raw, method).logits(raw.want, questions.rows)
    shown = questions.items >= 0
    assert np.array_equal(before[own], after[own], equal_nan=True)
    assert not np.allclose(before[~own][shown[~own]], after[~own][shown[~own]], atol=0.25)


def test_people_who_were_not_asked_have_the_curve_of_all(questions: Questions) -> None:
    raw = _answers(questions, 3.0)
    calibrator = _fit(questions, raw)
    want = np.full((3, 1), 7.0, dtype=np.float32)
    strangers = np.setdiff1d(np.arange(500), questions.rows)[:2]
    logits = calibrator.logits(want, np.array([strangers[0], -1, questions.rows[0]], dtype=np.int32))[:, 0]
    assert logits[0] == logits[1] == np.float32(calibrator.curves[N_FOLDS].at(want[:1])[0, 0])
    assert logits[2] == np.float32(calibrator.curves[questions.fold[0]].at(want[:1])[0, 0])


@pytest.mark.parametrize("strength", [0.0, -2.0])
@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_wants_that_tell_nothing_become_the_base_rate_and_say_so(
    questions: Questions, strength: float, method: str
) -> None:
    raw = _answers(questions, strength)
    calibrator = _fit(questions, raw, method)
    assert calibrator.report.finding == "no signal"
    assert "no signal" in calibrator.report.text
    assert np.allclose(expit(calibrator.logits(raw.want, questions.rows)[questions.items >= 0]), questions.base_rate)


def test_chance_seldom_passes_for_signal(questions: Questions) -> None:
    found = [_fit(questions, _answers(questions, 0.0, seed)).report.finding for seed in range(60)]
    assert found.count("signal") <= 6


def test_too_few_answers_are_said_to_be(questions: Questions) -> None:
    raw = _answers(questions, 3.0)
    answered = np.arange(len(questions)) < FEWEST - 1
    silent = replace(raw, answered=answered, want=np.where(answered[:, None], raw.want, np.nan))
    report = _fit(questions, silent).report
    assert (report.finding, report.answered, report.slope) == ("too few answers", FEWEST - 1, None)
    nobody = _fit(questions, replace(raw, answered=np.zeros(len(questions), dtype=np.bool_)))
    assert (nobody.report.auc, nobody.report.pairs) == (None, 0)
    assert expit(nobody.logits(raw.want, questions.rows)[0, 0]) == pytest.approx(questions.base_rate)


def test_an_unanswered_want_stays_unknown(questions: Questions) -> None:
    calibrator = _fit(questions, _answers(questions, 3.0))
    assert np.isnan(calibrator.logits(np.full((1, 2), np.nan, dtype=np.float32), questions.rows[:1])).all()


@settings(max_examples=40, deadline=None)
@given(
    strength=st.floats(0.5, 40.0),
    method=st.sampled_from(["platt", "isotonic"]),
    seed=st.integers(0, 1000),
    want=st.lists(st.floats(-3, 13, width=32), min_size=2, max_size=8),
)
def test_curves_never_fall_and_stay_finite(
    questions: Questions, strength: float, method: str, seed: int, want: list[float]
) -> None:
    calibrator = _fit(questions, _answers(questions, strength, seed), method)
    asked = np.array([sorted(want)] * 3, dtype=np.float32)
    logits = calibrator.logits(asked, np.array([-1, questions.rows[0], questions.rows[1]], dtype=np.int32))
    assert np.isfinite(logits).all()
    assert (np.diff(logits, axis=1) >= 0).all()


def test_a_saved_calibrator_is_the_same_one(questions: Questions, tmp_path: Path) -> None:
    raw = _answers(questions, 3.0)
    calibrator = _fit(questions, raw, "isotonic")
    calibrator.save(tmp_path / "c.json")
    read = Calibrator.load(tmp_path / "c.json", model="m", prompt_id="page.1")
    assert np.array_equal(
        read.logits(raw.want, questions.rows), calibrator.logits(raw.want, questions.rows), equal_nan=True
    )
    assert read.report == calibrator.report
    assert json.loads(json.dumps(read.facts()))["finding"] == "signal"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version"),
        ({"extra": 1}, "extra"),
        ({"model": "another"}, "calibrated for another"),
        ({"fold": [0]}, "do not fit together"),
        ({"asked": ["x"]}, "asked"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_such_calibration_is_refused(
    questions: Questions, tmp_path: Path, change: dict[str, Any] | None, words: str
) -> None:
    path = tmp_path / "c.json"
    if change is not None:
        _fit(questions, _answers(questions, 3.0)).save(path)
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserInputError, match=words) as refused:
        Calibrator.load(path, model="m", prompt_id="page.1")
    assert str(path) in str(refused.value)
    assert "calibrate again" in str(refused.value)


def test_settings_and_logs_that_ask_nothing_are_refused(parts: SplitLog, panel: ReferencePanel) -> None:
    with pytest.raises(UserInputError, match="negatives"):
        draw_questions(parts, replace(ASKED, negatives=0), 3, 10, panel=panel)
    nothing = SplitLog(parts.name, parts.log, np.zeros_like(parts.part))
    with pytest.raises(UserInputError, match="held out"):
        draw_questions(nothing, ASKED, 3, 10, panel=panel)
