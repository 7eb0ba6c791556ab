"""What is done about a call that fails: asked again where that is safe, told each time, and never twice learnt."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugin_files import PLUGIN, some_feedback
from raw_service import RawService, ok, said, slates

from recommenders.contract import Recommender, Slate
from recommenders.errors import PluginError
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote import transport
from simulator.cli.main import main


class Flaky(Recommender):
    """Raises in the first `failures` calls of `verb`."""

    def __init__(self, verb: str, failures: int) -> None:
        self.verb, self.failures, self.calls = verb, failures, 0

    def trouble(self, verb):
        if verb == self.verb:
            self.calls += 1
            if self.calls <= self.failures:
                raise ConnectionError("the database went away")

    def fit(self, catalog, log):
        self.trouble("fit")
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests, k):
        self.trouble("recommend")
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]

    def observe(self, feedback):
        self.trouble("observe")


@pytest.mark.parametrize("failures", [1, 2])
def test_recommend_is_asked_again_and_each_time_is_told(failures, catalog, log, make_batch) -> None:
    heard: list[str] = []
    host = Host(Flaky("recommend", failures), "mine", retries=2, notice=heard.append)
    host.fit(catalog, log)
    assert len(host.recommend(make_batch(log, turn=4), 3)) == 60
    assert len(heard) == failures
    assert "turn 4: recommend raised ConnectionError: the database went away" in heard[0]
    assert heard[-1].endswith(f"Asked again ({failures} of 2)")


@pytest.mark.parametrize(("retries", "calls"), [(0, 1), (2, 3)])
def test_one_that_fails_too_often_fails(retries, calls, catalog, log, make_batch) -> None:
    recommender = Flaky("recommend", 9)
    host = Host(recommender, "mine", retries=retries)
    host.fit(catalog, log)
    with pytest.raises(PluginError, match="the database went away"):
        host.recommend(make_batch(log), 3)
    assert recommender.calls == calls


@pytest.mark.parametrize("verb", ["fit", "observe"])
def test_what_may_have_learnt_something_here_is_not_taught_twice(verb, catalog, log) -> None:
    recommender = Flaky(verb, 1)
    host = Host(recommender, "mine", retries=5)

    def live() -> None:
        host.fit(catalog, log)
        host.observe(some_feedback(catalog, log))

    with pytest.raises(PluginError, match=f"{verb} raised ConnectionError"):
        live()
    assert recommender.calls == 1


def test_one_that_hangs_in_this_process_cannot_be_asked_again(catalog, log, make_batch) -> None:
    release, asked = threading.Event(), []

    class Stuck(Flaky):
        def recommend(self, requests, k):
            asked.append(k)
            release.wait(20)

    host = Host(Stuck("", 0), "mine", retries=3, timeout_s=0.1)
    host.fit(catalog, log)
    with pytest.raises(PluginError, match="too slow"):
        host.recommend(make_batch(log), 3)
    assert asked == [3]
    release.set()


def words(notes: Path) -> list[str]:
    return [line.split()[0] for line in notes.read_text().splitlines()]


def lived(host: Host, catalog, log, make_batch) -> list[Any]:
    """Three turns of a plug-in that learns: what it shows before, between and after."""
    host.fit(catalog, log)
    shown = []
    for turn in range(3):
        shown.append(host.recommend(make_batch(log, [57, 58, 59], turn=turn), 4).items.tolist())
        host.observe(some_feedback(catalog, log, turn=turn, item=3 * turn + 1))
    shown.append(host.recommend(make_batch(log, [57, 58, 59], turn=3), 4).items.tolist())
    return shown


@pytest.mark.parametrize(
    ("fault", "verb", "at"),
    [
        ("exit", "recommend", 2),
        ("hang", "recommend", 2),
        ("kill", "observe", 1),
        ("raise", "observe", 1),
        ("raise", "fit", 0),
    ],
)
def test_a_process_that_ended_is_started_again_and_knows_what_it_knew(
    fault, verb, at, catalog, log, make_batch, tmp_path
) -> None:
    (tmp_path / "plug.py").write_text(PLUGIN)
    spec, notes, heard = f"{tmp_path}/plug.py:Learner", tmp_path / "notes", []
    undisturbed = Host(load_recommender(spec, python=sys.executable), "mine")
    expected = lived(undisturbed, catalog, log, make_batch)
    undisturbed.close()
    params = {"fault": fault, "verb": verb, "at": at, "notes": str(notes)}
    recommender = load_recommender(spec, params, python=sys.executable)

    def hear(text: str) -> None:
        heard.append(text)
        recommender.timeout_s = 60.0  # type: ignore[attr-defined]

    def impatient(*who: Any, turn: int) -> Any:
        """The one call that hangs is given up soon, and no other."""
        recommender.timeout_s = 0.3 if fault == "hang" and turn == at and not heard else 60.0  # type: ignore[attr-defined]
        return make_batch(*who, turn=turn)

    host = Host(recommender, "mine", retries=1, notice=hear)
    assert lived(host, catalog, log, impatient) == expected
    host.close()
    told = words(notes)
    assert told.count("made") == 2
    again = told[len(told) - told[::-1].index("made") :]
    learnt_before = {"recommend": 2, "observe": 1, "fit": 0}[verb]
    assert again[: 1 + 2 * learnt_before] == ["fit"] + [
        w for t in range(learnt_before) for w in ("observe", f"turn-{t}")
    ]
    assert any("Asked again (1 of 1)" in text for text in heard)
    assert any("its process is started again" in text for text in heard)


def test_a_process_that_ends_in_fit_is_fitted_by_another(catalog, log, make_batch, tmp_path) -> None:
    (tmp_path / "plug.py").write_text(PLUGIN)
    params = {"fault": "exit", "verb": "fit", "at": 0, "notes": str(tmp_path / "notes")}
    host = Host(load_recommender(f"{tmp_path}/plug.py:Mine", params, python=sys.executable), "mine", retries=1)
    host.fit(catalog, log)
    assert words(tmp_path / "notes") == ["made", "fit", "made", "fit"]
    host.close()


def test_one_that_cannot_be_started_again_fails_its_arm_alone(catalog, log, make_batch, tmp_path) -> None:
    """So a PluginError; any other UserInputError would end the run."""
    (tmp_path / "plug.py").write_text(PLUGIN)
    host = Host(load_recommender(f"{tmp_path}/plug.py:Mine", python=sys.executable), "mine", retries=1)
    host.fit(catalog, log)
    (tmp_path / "plug.py").unlink()
    host.recommender._process.kill()  # type: ignore[attr-defined]
    with pytest.raises(PluginError, match=r"recommender 'mine': it cannot be started again: .* no such file"):
        host.recommend(make_batch(log), 4)
    host.close()


def test_a_process_that_was_loaded_is_loaded_again(catalog, log, make_batch, tmp_path) -> None:
    (tmp_path / "plug.py").write_text(PLUGIN)
    spec = f"{tmp_path}/plug.py:Keeper"
    first = Host(load_recommender(spec, python=sys.executable), "mine")
    first.fit(catalog, log)
    first.save(tmp_path / "kept")
    host = Host(load_recommender(spec, python=sys.executable), "mine", retries=1)
    host.restore(tmp_path / "kept", catalog)
    host.recommender._process.kill()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(host.recommend(make_batch(log), 4).items, first.recommend(make_batch(log), 4).items)


def test_a_service_that_was_started_anew_is_told_everything_again(
    catalog, log, make_batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = ok({"protocol": 1, "capabilities": {"fits": True, "learns": True}})
    heard: list[str] = []
    with RawService(about=about, recommend=slates) as service:
        host = Host(load_recommender(service.url), service.url, retries=1, notice=heard.append)
        host.fit(catalog, log)
        host.observe(some_feedback(catalog, log, turn=0))
        host.observe(some_feedback(catalog, log, turn=1))
        known = len(service.bodies("fit"))
        service.answers["recommend"] = lambda body: (
            slates(body) if len(service.bodies("fit")) > known else said(409, '{"error": "who?"}')
        )
        assert len(host.recommend(make_batch(log, turn=2), 3)) == 60
        assert [(b["turn"], b["sequence"]) for b in service.bodies("observe")] == [(0, 0), (1, 1)] * 2
        assert any("HTTP 409" in text and "told again what it knew" in text for text in heard)
        service.answers["recommend"] = said(409)
        with pytest.raises(PluginError, match="HTTP 409"):
            host.recommend(make_batch(log), 3)
    unforgiving = RawService(recommend=said(409))
    with unforgiving:
        host = Host(load_recommender(unforgiving.url), "s")
        host.fit(catalog, log)
        with pytest.raises(PluginError, match="HTTP 409"):
            host.recommend(make_batch(log), 3)
        assert len(unforgiving.bodies("fit")) == 1


def scenario(folder: Path, arm: str) -> Path:
    (folder / "plug.py").write_text(PLUGIN)
    file = folder / "scenario.yaml"
    chosen = [f"p{person},i{(person * 7 + k * k) % 30}" for person in range(12) for k in range(8)]
    (folder / "log.csv").write_text("\n".join(["user,item", *chosen]) + "\n")
    file.write_text(
        "dataset: {source: table, path: log.csv}\nworld: {turns: 3, slate_size: 4}\nevaluation: {minds: single}\n"
        f"arms:\n  control: popular\n  mine: {arm}\n"
    )
    return file


def test_a_run_tells_of_what_was_asked_again_and_keeps_it(tmp_path, capsys) -> None:
    notes = tmp_path / "notes"
    params = {"fault": "exit", "verb": "recommend", "at": 2, "notes": str(notes)}
    arm = json.dumps({"recommender": "plug.py:Learner", "params": params, "python": sys.executable, "retries": 2})
    status = main(["run", str(scenario(tmp_path, arm)), "--out", str(tmp_path / "run"), "--display", "plain"])
    out, err = capsys.readouterr()
    assert status == 0, err
    assert "Asked again (1 of 2)" in out + err
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert any("the model is on fire" in text for text in manifest["notices"])


def test_an_arm_that_still_fails_ends_alone(tmp_path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)

    ids = [f"i{n}" for n in range(30)]

    def answer(body):
        if body["requests"][0]["turn"] >= 1:
            return said(500, '{"error": "out of cheese"}')
        return ok({"slates": [
            {"item_ids": [i for i in ids if i not in set(one["exclude"])][: body["k"]]} for one in body["requests"]
        ]})  # fmt: skip

    with RawService(recommend=answer) as service:
        arm = json.dumps({"recommender": service.url, "retries": 1})
        status = main(["run", str(scenario(tmp_path, arm)), "--out", str(tmp_path / "run"), "--display", "plain"])
    out, err = capsys.readouterr()
    assert status == 1
    assert "out of cheese" in out + err and "Traceback" not in out + err
    assert list((tmp_path / "run" / "events").glob("control*.parquet"))
    assert not list((tmp_path / "run" / "events").glob("mine*.parquet"))
