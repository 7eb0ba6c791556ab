"""Pages that a model did not answer: never behaviour, always counted, and the answer stands with and without them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from spoken_run import LLM, SCRIPTED, every, let_speak
from synthetic_run import Made, make_run

from simulator.evaluation import summarise
from simulator.evaluation.crowd import Crowd
from simulator.evaluation.failures import failure_table
from simulator.evaluation.identities import BrokenIdentityError, check_summary
from simulator.evaluation.metrics import METRICS
from simulator.evaluation.overview import overview
from simulator.evaluation.run_data import RunData

MADE = Made(people=60, ensemble=0, extra={"llm": LLM})


def _summary(folder: Path, **options: Any) -> dict[str, Any]:
    return summarise(folder, performance={}, **options)


def _without(folder: Path, pages: Any) -> None:
    """Take rows out of the journal."""
    for path in folder.joinpath("events").glob("*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.filter(pa.array(~pages(table["arm"][0].as_py(), table))), path)


def test_a_skipped_page_is_in_no_metric(tmp_path: Path) -> None:
    fails = every(3)
    skipped = let_speak(make_run(tmp_path / "skipped", MADE), fails=fails, source="skipped")
    gone = let_speak(make_run(tmp_path / "gone", MADE))
    _without(gone, fails)
    found, expected = (Crowd.read(RunData.open(folder)) for folder in (skipped, gone))
    for arm in ("control", "treatment"):
        for metric in METRICS:
            if metric.numerator:
                a, b = found.of(arm, metric.name), expected.of(arm, metric.name)
                assert np.array_equal(a, b, equal_nan=True), metric.name
        left, right = (crowd.covered[arm, "statistical", False] for crowd in (found, expected))
        assert np.array_equal(left, right, equal_nan=True)
    assert not np.array_equal(
        found.of("treatment", "click_rate"),
        Crowd.read(RunData.open(make_run(tmp_path / "whole", MADE))).of("treatment", "click_rate"),
    )


def test_failures_are_counted_by_arm_and_kind(tmp_path: Path) -> None:
    failures = _summary(let_speak(make_run(tmp_path / "run", MADE), fails=every(3)))["failures"]
    assert (failures["asked"], failures["failed"], failures["by_kind"]) == (720, 20, {"timeout": 20})
    assert failures["share"] == pytest.approx(20 / 720)
    assert failures["arms"]["control"] == {
        "asked": 360,
        "failed": 0,
        "share": 0.0,
        "fallback": 0,
        "skipped": 0,
        "by_kind": {},
    }
    assert failures["arms"]["treatment"]["fallback"] == 20


def test_complete_cases_are_people_without_a_failed_page_in_either_arm(tmp_path: Path) -> None:
    folder = let_speak(make_run(tmp_path / "run", MADE), fails=every(3))
    summary = _summary(folder)
    row = next(row for row in summary["comparisons"] if row["metric"] == summary["primary"])
    (one,) = summary["failures"]["estimates"]
    assert one["all"] == {"difference": row["difference"], "ci": row["ci"], "n": 60}
    crowd = Crowd.read(RunData.open(folder))
    whole = np.array([int(user[1:]) % 3 != 0 for user in crowd.user_ids])
    apart = (crowd.of("treatment", "want") - crowd.of("control", "want"))[whole, 0]
    assert one["complete_case"]["n"] == 40
    assert one["complete_case"]["difference"] == pytest.approx(apart.mean(), rel=1e-6)
    low, high = one["complete_case"]["ci"]
    assert high - low == pytest.approx(2 * 2.0227 * apart.std(ddof=1) / np.sqrt(40), rel=1e-3)
    assert one["note"] is None


def _flattering(folder: Path, by: float) -> None:
    """Where the model failed, somebody else wanted everything more (or less)."""
    for path in folder.joinpath("events").glob("*.parquet"):
        table = pq.read_table(path)
        failed = np.array([kind is not None for kind in table["failure"].to_pylist()])
        taste = (table["taste"].to_numpy() + by * failed).astype(np.float32)
        pq.write_table(table.set_column(table.schema.get_field_index("taste"), "taste", pa.array(taste)), path)


@pytest.mark.parametrize(("by", "words"), [(-12.0, "another sign"), (9.0, "another size")])
def test_an_answer_that_rests_on_failures_is_said_to(tmp_path: Path, by: float, words: str) -> None:
    def half(arm: str, table: pa.Table) -> np.ndarray:
        person = np.array([int(user[1:]) for user in table["user_id"].to_pylist()])
        return (arm == "treatment") & (person % 5 != 0)

    folder = let_speak(make_run(tmp_path / "run", MADE), fails=half)
    _flattering(folder, by)
    (one,) = _summary(folder)["failures"]["estimates"]
    assert words in one["note"]


def test_failures_by_lot_are_seldom_said_to_decide_the_answer(tmp_path: Path) -> None:
    crowd = Crowd.read(RunData.open(let_speak(make_run(tmp_path / "run", replace(MADE, people=200)), fails=every(2))))
    told, luck, alarms = crowd.testimony, np.random.default_rng(0), 0
    assert told is not None
    for _ in range(200):
        failed = (luck.random(200) < 0.9).astype(float)  # so few complete cases are far from everybody by chance alone
        by_lot = replace(crowd, testimony=replace(told, failed=dict.fromkeys(told.failed, failed)))
        alarms += failure_table(by_lot, "want")["estimates"][0]["note"] is not None
    assert alarms <= 20


def test_without_complete_cases_it_is_said_so(tmp_path: Path) -> None:
    folder = let_speak(make_run(tmp_path / "run", MADE), fails=every(1))
    (one,) = _summary(folder)["failures"]["estimates"]
    assert one["complete_case"] == {"difference": None, "ci": [None, None], "n": 0}
    assert "no complete cases" in one["note"]


def test_without_failures_there_is_no_table_of_them(tmp_path: Path) -> None:
    summary = _summary(let_speak(make_run(tmp_path / "run", MADE)))
    assert "failures" not in summary
    assert "llm" not in summary
    assert not any("did not answer" in note for note in summary["notes"])
    assert {"model", "failures", "survey", "llm"}.isdisjoint(_summary(make_run(tmp_path / "plain", Made(people=8))))


def test_notes_say_what_became_of_failed_pages(tmp_path: Path) -> None:
    fallback = _summary(let_speak(make_run(tmp_path / "a", MADE), fails=every(3)))["notes"]
    skipped = _summary(let_speak(make_run(tmp_path / "b", MADE), fails=every(3), source="skipped"))["notes"]
    assert "The model did not answer on 20 of 720 pages (2.8%): another mind appraised these pages." in fallback
    assert "The model did not answer on 20 of 720 pages (2.8%): these pages are in no metric." in skipped


def test_what_people_said_is_a_survey_and_no_metric(tmp_path: Path) -> None:
    folder = let_speak(make_run(tmp_path / "run", MADE), interview=lambda arm: 8.0 if arm == "treatment" else 6.0)
    summary = _summary(folder)
    assert summary["survey"]["treatment"]["interview"] == {"mean": 8.0, "ci": [8.0, 8.0], "n_users": 60}
    assert summary["survey"]["control"]["interview"]["mean"] == 6.0
    assert summary["survey"]["control"]["stated_satisfaction"]["mean"] == 4.0
    assert not {"interview", "stated_satisfaction"} & set(summary["arms"]["control"])


def test_the_model_and_its_calibration_are_named(tmp_path: Path) -> None:
    summary = _summary(let_speak(make_run(tmp_path / "run", MADE)))
    assert summary["model"] == {
        "name": "tiny-1",
        "scripted": False,
        "what": "language model",
        "endpoint": "http://localhost:1/v1",
        "structured": "auto",
        "prompts": ["page.1+0a0b0c0d"],
        "calibration": "uncalibrated",
    }
    assert any("uncalibrated" in note for note in summary["notes"])
    found = {"finding": "no signal", "text": "no signal: nothing was told"}
    made = Made(people=8, extra={"llm": LLM, "mind_calibration": found})
    calibrated = _summary(let_speak(make_run(tmp_path / "calibrated", made)))
    assert calibrated["model"]["calibration"] == "no signal: nothing was told"
    assert "Stated wants: no signal: nothing was told." in calibrated["notes"]


def test_a_scripted_model_never_passes_for_a_language_model(tmp_path: Path) -> None:
    made = Made(people=8, extra={"llm": SCRIPTED})
    summary = _summary(let_speak(make_run(tmp_path / "run", made)))
    assert summary["model"]["what"] == "scripted model: no language model"
    assert any("scripted model: no language model" in note for note in summary["notes"])
    assert "The language model" not in json.dumps(summary)


def test_the_bill_is_kept_as_it_was_given(tmp_path: Path) -> None:
    bill = {
        "calls": 10,
        "cached": 2,
        "failed": 1,
        "by_kind": {"timeout": 1},
        "tokens_in": 100,
        "tokens_out": 50,
        "usd": None,
        "estimate": {"calls": 12, "tokens": 170, "usd": 0.1234567891234},
        "wall_s": 1.5,
        "slots_busy": float("nan"),
    }
    found = _summary(make_run(tmp_path / "run", Made(people=8)), llm=bill)["llm"]
    assert found == bill | {"slots_busy": None, "estimate": bill["estimate"] | {"usd": 0.123456789}}


@pytest.mark.parametrize(("k", "narrow"), [(12, True), (50, False)])
def test_archetypes_are_the_clusters_and_few_of_them_are_warned_about(tmp_path: Path, k: int, narrow: bool) -> None:
    folder = make_run(tmp_path / "run", Made(people=100, extra={"llm": LLM, "archetypes": k}))
    alone = _summary(folder)
    people = pq.read_table(folder / "people.parquet")
    shared = pa.array([f"archetype-{int(user[1:]) % k}" for user in people["user_id"].to_pylist()])
    people = people.append_column("source_id", people["cluster_id"])
    people = people.set_column(people.schema.get_field_index("cluster_id"), "cluster_id", shared)
    pq.write_table(people, folder / "people.parquet")
    summary = _summary(folder)
    (note,) = [note for note in summary["notes"] if "archetypes" in note]
    assert f"{k} archetypes" in note
    assert ("too narrow" in note) is narrow
    assert not any("Persons are the units" in note for note in summary["notes"])
    assert summary["slate_calibration"]["control"]["real"] == alone["slate_calibration"]["control"]["real"]
    crowd = Crowd.read(RunData.open(folder))
    assert crowd.mean("control", "want").df == k - 1


def test_the_overview_counts_skipped_pages_and_rates_none(tmp_path: Path) -> None:
    folder = let_speak(make_run(tmp_path / "run", MADE), fails=every(3), source="skipped")
    control, treatment = overview(folder)["cells"]
    assert (control["skipped"], treatment["skipped"], treatment["user_turns"]) == (0, 20, 360)
    assert treatment["impressions"] == 340 * 5
    assert treatment["impressions_per_page"] == 5


def test_a_journal_from_before_people_spoke_is_still_read(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Made(people=8))
    expected = _summary(folder)
    later = ["item_reason", "feeling", "stated_satisfaction", "interview", "interview_reason", "failure"]
    for path in folder.joinpath("events").glob("*.parquet"):
        pq.write_table(pq.read_table(path).drop_columns(later), path)
    assert _summary(folder) == expected


def test_kinds_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    summary = _summary(let_speak(make_run(tmp_path / "run", MADE), fails=every(3)))
    check_summary(summary)
    summary["failures"]["arms"]["treatment"]["by_kind"] = {"timeout": 3}
    with pytest.raises(BrokenIdentityError, match="do not add up"):
        check_summary(summary)
