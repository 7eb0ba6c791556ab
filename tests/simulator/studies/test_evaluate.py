"""An evaluation from end to end: what was held out, what simulated people did, what it cost, and the verdict."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raw_service import RawService, ok
from rich.console import Console
from small_runs import rows_of, same_rows

from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.cli.main import main
from simulator.console.evaluation_page import print_evaluation
from simulator.records import SplitLog, UserInputError
from simulator.report.evaluation_words import verdict
from simulator.studies.evaluate.evaluating import Evaluated, evaluate
from simulator.studies.evaluate.offline import Offline, _log_of, fitted_elsewhere
from simulator.studies.evaluate.question import Question, question

KEYS = {"plugin", "against", "offline", "simulated", "comparisons", "cost", "verdict"}
QUICK = ["evaluation.ensemble_size=60", "evaluation.refits=0", "world.turns=3"]
PLUG_INS = """
from recommenders import Recommender, Slate
class Worst(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids[::-1].tolist()
        counts = dict.fromkeys(self.ids, 0)
        for item in catalog.item_ids[log.positives().item].tolist():
            counts[item] += 1
        self.ids.sort(key=counts.get)
    def recommend(self, requests, k):
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]
class DiesOnTheWay(Worst):
    def recommend(self, requests, k):
        if any(r.turn >= 2 for r in requests):
            raise RuntimeError("gone")
        return super().recommend(requests, k)
class Cheats(Worst):
    '''Has a table of its own: what each person will choose, which it was not given.'''
    def __init__(self, table):
        import json
        self.table = json.load(open(table))
    def recommend(self, requests, k):
        out = []
        for r in requests:
            known = [i for i in self.table.get(r.user_id, []) if i not in r.exclude]
            rest = [i for i in self.ids if i not in r.exclude and i not in known]
            out.append(Slate((known + rest)[:k]))
        return out
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("evaluated")
    (place / "plug.py").write_text(PLUG_INS)
    return place


def _asked(folder: Path, plugin: str, *against: str, **more: Any) -> Question:
    spec = f"{folder / 'plug.py'}:{plugin}" if plugin[0].isupper() else plugin
    return question(spec, against or ("popular",), users=90, overrides=QUICK, **more)


@pytest.fixture(scope="module")
def good(folder: Path) -> Evaluated:
    return evaluate(_asked(folder, "ease", "popular", "random"), folder / "good")


def test_the_document_has_what_is_promised(good: Evaluated) -> None:
    document = good.document
    assert good.status == 0 and document is not None
    assert document.keys() >= KEYS
    assert document["plugin"] == "ease" and document["against"] == ["popular", "random"]
    arms = {"ease", "popular", "random"}
    assert document["offline"].keys() == document["simulated"].keys() == document["cost"].keys() == arms
    for metric in ("ndcg@10", "recall@20", "mrr@10", "coverage@10", "novelty@10", "diversity@10", "gini@10"):
        assert {"value", "ci"} <= document["offline"]["ease"][metric].keys()
    for metric in ("click_rate", "dwell_per_session", "satisfaction", "session_length", "return_rate", "harm"):
        assert {"mean", "ci"} <= document["simulated"]["ease"][metric].keys()
    for field in ("fit_s", "latency_p50_ms", "latency_p99_ms", "throughput_rps", "memory_mb"):
        assert field in document["cost"]["ease"]
    assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(
        (good.folder / "evaluation.json").read_text()
    )


def test_every_difference_is_the_plug_ins_minus_a_baselines(good: Evaluated) -> None:
    assert good.document is not None
    simulated, rows = good.document["simulated"], good.document["comparisons"]
    assert {(row["treatment"], row["control"]) for row in rows} == {("ease", "popular"), ("ease", "random")}
    for row in rows:
        if row["metric"] == "novelty":
            gap = simulated["ease"]["novelty"]["mean"] - simulated[row["control"]]["novelty"]["mean"]
            assert row["difference"] == pytest.approx(gap, rel=1e-5)
            assert row["minds"] and row["ci_total"][0] <= row["difference"] <= row["ci_total"][1]


def test_the_better_one_is_called_better_and_the_worse_one_worse(good: Evaluated, folder: Path) -> None:
    assert good.document is not None
    text = good.document["verdict"]
    assert text.startswith("ease beats popular and random in want of the slates")
    assert "does not take the place of" in text and "nDCG@10" in text
    bad = evaluate(_asked(folder, "Worst"), folder / "bad").document
    assert bad is not None and bad["verdict"].startswith("Worst is behind popular in want of the slates")
    assert "do not put it before people" in bad["verdict"]


def test_the_page_can_be_read_without_anything_else(good: Evaluated) -> None:
    page = (good.folder / "report.html").read_text()
    assert (
        "ease beats popular and random" in page
        and "<script" not in page
        and "http:" not in page
        and "https:" not in page
    )
    assert page.count("<svg") >= 10


def test_an_evaluation_that_was_cut_short_goes_on_to_the_same_answer(good: Evaluated, folder: Path) -> None:
    half = folder / "half"
    half.mkdir()
    for name in ("question.json", "offline.json"):
        shutil.copy(good.folder / name, half / name)
    again = evaluate(_asked(folder, "ease", "popular", "random"), half)
    assert again.document is not None and good.document is not None
    ran = ("performance",)
    assert {k: v for k, v in again.document.items() if k not in ran} == {
        k: v for k, v in good.document.items() if k not in ran
    }
    assert same_rows(rows_of(half / "run"), rows_of(good.folder / "run"))
    with pytest.raises(UserInputError, match="holds another evaluation"):
        evaluate(_asked(folder, "als"), half)


def test_a_plug_in_that_dies_on_the_way_is_named_and_the_others_are_told_of(folder: Path) -> None:
    ended = evaluate(_asked(folder, "DiesOnTheWay"), folder / "dies")
    assert ended.status == 1 and ended.message is not None and "turn 2" in ended.message and "gone" in ended.message
    document = ended.document
    assert document is not None and document["failures"].keys() == {"DiesOnTheWay"}
    assert "popular" in document["simulated"] and document["comparisons"] == []
    assert "DiesOnTheWay failed" in document["verdict"] and "cannot be judged" in document["verdict"]
    assert "DiesOnTheWay failed" in (ended.folder / "report.html").read_text()
    assert document["failures"]["DiesOnTheWay"].startswith("recommender ")
    assert f"go on with: the same command and --out {ended.folder}" in ended.message


def test_a_recommender_that_was_mended_goes_on_where_it_failed(folder: Path, tmp_path: Path) -> None:
    plug_in = tmp_path / "mended.py"
    plug_in.write_text(PLUG_INS)
    asked = question(f"{plug_in}:DiesOnTheWay", ("popular",), users=90, overrides=QUICK)
    assert evaluate(asked, tmp_path / "out").status == 1
    plug_in.write_text(PLUG_INS.replace(">= 2", ">= 99"))
    for _ in range(2):  # and a finished one says the same again, without complaint
        ended = evaluate(asked, tmp_path / "out")
        assert ended.status == 0 and ended.message is None
        assert ended.document is not None and ended.document["comparisons"] and not ended.document["failures"]


def test_a_plug_in_that_knows_people_from_elsewhere_is_found_out(folder: Path) -> None:
    from simulator import datasets

    log = datasets.load("sample").log
    table: dict[str, list[str]] = {}
    for user, item in zip(log.user_ids[log.user].tolist(), log.catalog.item_ids[log.item].tolist(), strict=True):
        table.setdefault(user, []).append(item)
    (folder / "table.json").write_text(json.dumps(table))
    asked = _asked(folder, "Cheats", params={"table": str(folder / "table.json")})
    document = evaluate(asked, folder / "cheats").document
    assert document is not None and document["split"]["knows_people_by_id"] is True
    assert "not to be believed" in document["verdict"]
    honest = evaluate(_asked(folder, "Worst"), folder / "bad").document
    assert honest is not None and honest["split"]["knows_people_by_id"] is False


def test_the_command_prints_one_document_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [f"{folder / 'plug.py'}:Worst", "--against", "popular", "--users", "90", "--json"]
    sets = [part for one in QUICK for part in ("--set", one)]
    status = main(["evaluate", *arguments, *sets, "--out", str(folder / "bad"), "--display", "none"])
    document = json.loads(capsys.readouterr().out)
    assert status == 0 and document.keys() >= KEYS


def test_the_command_prints_one_page(good: Evaluated, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = [part for one in QUICK for part in ("--set", one)]
    arguments = ["ease", "--against", "popular", "--against", "random", "--users", "90", *sets]
    assert main(["evaluate", *arguments, "--out", str(good.folder), "--display", "none"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""  # that the run was finished is no error
    page = printed.out
    for text in ("ease beats popular", "nDCG@10", "recall@20", "click rate", "harm", "99th percentile", "Report:"):
        assert text in page
    assert max(map(len, page.splitlines())) <= 80


def test_a_recommender_that_cannot_be_used_ends_with_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["evaluate", "absent.py:Mine", "--out", str(tmp_path / "out"), "--display", "none"]) == 2
    assert "absent.py" in capsys.readouterr().err
    assert not sys.stdout.closed


def test_the_verdict_is_as_sure_as_its_rows() -> None:
    """One baseline beaten, one not: the sentence says both, and asks for no test."""

    def row(control: str, sure: str, difference: float) -> dict[str, Any]:
        return {
            "metric": "click_rate",
            "control": control,
            "treatment": "mine",
            "difference": difference,
            "ci": [difference - 0.01, difference + 0.01],
            "ci_total": [difference - 0.02, difference + 0.02],
            "minds": [{"mind": "m", "difference": difference, "ci": [0, 0]}] * 8,
            "sign_agreement": 1.0,
            "n_users": 10,
            "grade": "fitted here",
            "verdict": sure,
            "verdict_reason": "A reason.",
        }

    cell = {"mean": 0.1, "ci": [0.09, 0.11], "n_users": 10}
    document: dict[str, Any] = {
        "candidate": "mine",
        "primary": "click_rate",
        "failures": {},
        "simulated": {name: {"click_rate": cell} for name in ("mine", "old", "new")},
        "comparisons": [row("old", "robust", 0.1), row("new", "depends_on_mind", 0.01)],
        "offline_differences": [],
        "cost": {},
        "split": {},
    }
    assert verdict(document).startswith("mine beats old, but it is not shown to be better than new in click rate")
    document["comparisons"] = [row("old", "robust", -0.1), row("new", "no_difference", 0.0)]
    assert verdict(document).startswith("mine is behind old in click rate, and is not shown to be better than new")
    assert "nothing here asks" not in verdict(document)
    document["comparisons"] = [row("old", "depends_on_mind", 0.3)]
    assert "nothing here asks for a test on people" in verdict(document)
    document["comparisons"] = [row("old", "not_judged", 0.3)]
    assert verdict(document).startswith("Whether mine is better than old in click rate cannot be judged here.")
    document["comparisons"] = [row("old", "robust", 0.1) | {"grade": "assumed"}]
    beaten = "mine beats old in click rate, whichever of 8 models of people is taken"
    assert verdict(document).startswith(f"{beaten}: try it on people.")
    assert "It rests on assumed laws." in verdict(document)
    assert verdict(document | {"failures": {"new": "gone"}}).startswith(f"{beaten}, but new failed: mend that first.")


@pytest.mark.parametrize("name", ["a" * 36, "LongNamedCandidateRecommender_WithTh"])
def test_no_number_is_cut_because_a_name_is_long(good: Evaluated, name: str) -> None:
    assert good.document is not None
    renamed = json.loads(json.dumps(good.document).replace('"ease"', f'"{name}"'))
    file = StringIO()
    print_evaluation(renamed | {"primary": "novelty"}, Console(width=80, file=file))
    page = file.getvalue()
    assert "…" not in page and max(map(len, page.splitlines())) <= 80
    assert "novelty *" in page.partition("minus")[0], "the metric that decides stands among the means"


def test_what_is_kept_of_the_offline_half_is_read_back(good: Evaluated) -> None:
    kept = json.loads((good.folder / "offline.json").read_text())
    assert kept.pop("files") == {}
    assert Offline(**kept).as_json()["tables"] == kept["tables"]


def test_one_moment_for_all_leaves_out_people_whose_times_are_unknown() -> None:
    from simulator import datasets

    split = datasets.split(datasets.load("sample"))
    time = split.log.time.copy()
    time[split.log.user < 30] = 0
    partly = SplitLog("sample", replace(split.log, time=time), split.part)
    log, left_out = _log_of(partly, "global_time")
    assert left_out == 30 and log.n_users == split.log.n_users - 30 and bool(log.complete_times().all())
    nobody = SplitLog("sample", replace(split.log, time=np.zeros_like(time)), split.part)
    with pytest.raises(UserInputError, match="--split per-user"):
        _log_of(nobody, "global_time")
    assert _log_of(partly, "per_user") == (partly.log, 0) and _log_of(split, "global_time") == (split.log, 0)


def test_a_service_that_was_fitted_elsewhere_may_have_seen_what_is_held_out() -> None:
    about = {"protocol": 1, "name": "trained", "capabilities": {"fits": False}}
    for fits in (True, False):
        with RawService(about=ok(about | {"capabilities": {"fits": fits}})) as service:
            host = Host(load_recommender(service.url))
            assert fitted_elsewhere(host) is not fits
            host.close()
    assert not fitted_elsewhere(Host(load_recommender("popular")))


def test_a_plug_in_that_was_changed_is_not_answered_for_with_its_old_numbers(tmp_path: Path) -> None:
    file = tmp_path / "plug.py"
    file.write_text(PLUG_INS)
    asked = _asked(tmp_path, "DiesOnTheWay")
    evaluate(asked, tmp_path / "out")
    first = json.loads((tmp_path / "out" / "offline.json").read_text())
    file.write_text(PLUG_INS.replace("r.turn >= 2", "r.turn >= 99"))
    mended = evaluate(asked, tmp_path / "out")
    assert mended.status == 0
    again = json.loads((tmp_path / "out" / "offline.json").read_text())
    assert again["files"] != first["files"] and again["tables"] == first["tables"]
    file.write_text(PLUG_INS.replace("key=counts.get", "key=str"))
    with pytest.raises(UserInputError, match="a plug-in's file has changed since this was answered"):
        evaluate(asked, tmp_path / "out")
