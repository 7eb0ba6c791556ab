"""Judging goes on after a crash, in any number of processes; recommenders that learn are judged whole."""

import json
import shutil
from pathlib import Path

from tuning import asked, scenario

from scenarios.loader import check
from simulator.studies.tune.question import question
from simulator.studies.tune.space import dimension_of
from simulator.studies.tune.study import resume, tune
from simulator.studies.tune.trials import Record


def test_a_recommender_that_learns_is_never_stopped_early(tmp_path: Path) -> None:
    of = scenario(tmp_path, "Learner", world={"turns": 3, "slate_size": 5})
    outcome = tune(of, asked(of, trials=3, people=60), tmp_path / "out")
    assert outcome.status == 0
    assert {one.state for one in Record.open(outcome.folder).trials} == {"complete"}
    assert all(len(one.looks) == 1 for one in Record.open(outcome.folder).trials)


def test_a_study_killed_while_it_judges_judges_on_and_workers_change_nothing(tmp_path: Path) -> None:
    made = scenario(tmp_path)
    data = made.model_dump(mode="json", by_alias=True) | {"arms": {"plain": "popular", "tuned": "item-knn"}}
    of = check(data, file="built_in.yaml", base_dir=tmp_path)
    neighbours = question(of, arm="tuned", space=[dimension_of("neighbors=2:40")], trials=3, people=60, fresh=60)
    assert neighbours.held_back == "neighbour"
    one = tune(of, neighbours, tmp_path / "one")
    two = tmp_path / "two"
    shutil.copytree(tmp_path / "one", two)
    study = json.loads((two / "study.json").read_text())
    (two / "study.json").write_text(json.dumps(study | {"status": "running"}))
    for part in sorted((two / "judged" / "events").glob("*.parquet"))[::2]:
        part.unlink()
    again = resume(two, workers=2)
    assert one.answer is not None and again.answer is not None
    for name in ("trials", "tried_again", "comparisons", "minds", "yaml"):
        assert again.answer[name] == one.answer[name]
