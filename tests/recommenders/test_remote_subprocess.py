"""Plug-ins in another interpreter: the same answers as here, the same words for breaches, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugin_files import PLUGIN, some_feedback

from recommenders.contract import Slate, learns
from recommenders.errors import PluginError
from recommenders.exploration import explore
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote import process
from recommenders.remote.elsewhere import Elsewhere
from recommenders.remote.portable import pack_requests, unpack_requests
from simulator.records import UserInputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plug.py"
    path.write_text(PLUGIN)
    return path


def hosted(file: Path, catalog, log, name: str = "Mine", settings: dict[str, Any] | None = None, **params: Any) -> Host:
    recommender = load_recommender(f"{file}:{name}", params, python=sys.executable, seed=3)
    host = Host(recommender, "mine", **(settings or {}))
    host.fit(catalog, log)
    return host


def gone(pid: int, within_s: float = 60.0) -> bool:
    """Whether a process ends; one that only waits to be buried has ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_a_plug_in_answers_elsewhere_as_it_does_here(file, catalog, log, make_batch) -> None:
    here = Host(load_recommender(f"{file}:Mine", {"notes": None}, seed=3), "mine")
    here.fit(catalog, log)
    there = hosted(file, catalog, log)
    assert isinstance(there.recommender, Elsewhere) and not there.built_in and not there.learns
    for turn in (0, 3):
        batch = make_batch(log, turn=turn)
        one, other = here.recommend(batch, 6), there.recommend(batch, 6)
        np.testing.assert_array_equal(one.items, other.items)
        np.testing.assert_array_equal(one.scores, other.scores)
    by_hand = there.recommender.recommend(list(make_batch(log, turn=3)), 6)
    assert [list(slate.item_ids) for slate in by_hand] == [list(slate.item_ids) for slate in one]
    there.close()
    here.close()


def test_requests_arrive_whole(log, make_batch) -> None:
    batch = make_batch(log, [5, 1, 58], turn=2, seed=9)
    ids = np.array(log.catalog.item_ids.tolist(), dtype=np.object_)
    batch.view.record(np.int32([0, 2]), np.int32([[1, 3], [2, -1]]), np.array([[True, False], [True, False]]))
    batch.view.hear(np.int32([1, 2]), np.int8([3, 4]), np.array(["noir", "no musicals"], dtype=np.object_))
    for requests in (batch, list(batch)):
        header, arrays = pack_requests(requests)
        assert unpack_requests(header, arrays, ids) == list(batch)
        assert [one.rng().random() for one in unpack_requests(header, arrays, ids)] == [
            one.rng().random() for one in batch
        ]


def test_built_ins_and_policies_work_around_and_inside(file, catalog, log, make_batch) -> None:
    ease = Host(load_recommender("ease", python=sys.executable), "ease")
    ease.fit(catalog, log)
    near = Host(load_recommender("ease"), "ease")
    near.fit(catalog, log)
    np.testing.assert_array_equal(ease.recommend(make_batch(log), 4).items, near.recommend(make_batch(log), 4).items)
    inner = load_recommender(f"{file}:Mine", python=sys.executable)
    around = Host(explore(inner, "epsilon_greedy"), "mine")
    around.fit(catalog, log)
    assert around.recommend(make_batch(log), 4).propensities is not None
    for host in (ease, around):
        host.close()


BREACHES = {
    "None": "recommend returned None instead of a list of Slate",
    "a dict": "recommend returned a dict",
    "text": "recommend returned a str",
    "too few": "recommend returned 1 slates for 2 requests",
    "no Slate": "a list stands where a Slate belongs",
    "an unknown item": "user 'u00', turn 3: item 'nowhere' is not in the catalogue",
    "a number": "item 3.5 is not in the catalogue",
    "an object": "is not in the catalogue",
    "text for items": "item_ids is a str instead of a list",
    "nan": "has nan among its scores",
    "a word for a score": "has '1' among its scores",
}


def test_a_breach_is_told_in_the_words_that_it_has_here(file, catalog, log, make_batch) -> None:
    which = file.parent / "which"
    host = hosted(file, catalog, log, "Odd", notes=str(which))
    for fault, told in BREACHES.items():
        which.write_text(fault)
        with pytest.raises(PluginError) as caught:
            host.recommend(make_batch(log, [0, 1], turn=3), 4)
        assert told in str(caught.value), fault
    which.write_text("numpy")
    assert host.recommend(make_batch(log, [57, 58]), 4).scores is not None
    host.close()


@pytest.mark.parametrize(
    ("fault", "verb", "told"),
    [
        ("raise", "recommend", ("turn 3: recommend raised ValueError: no luck (", "plug.py, line")),
        ("raise", "fit", ("fit raised ValueError: no luck (",)),
        ("system exit", "recommend", ("recommend raised SystemExit: 4",)),
        ("exit", "recommend", ("ended with status 7; it said last: ", "the model is on fire")),
        ("exit", "fit", ("fit failed: its process ended with status 7", "the model is on fire")),
        ("kill", "recommend", ("its process was ended by SIGKILL (perhaps the machine ran out of memory)",)),
        ("hang", "recommend", ("turn 3: recommend is too slow: no answer within 0.5 s for a batch of 60",)),
        ("hang", "fit", ("fit is too slow: no answer within 0.5 s", "raise the arm's fit_timeout_s")),
        ("leave a child", "recommend", ("ended with status 3",)),
    ],
)
def test_what_goes_wrong_there_is_told_here(fault, verb, told, file, catalog, log, make_batch) -> None:
    recommender = load_recommender(f"{file}:Mine", {"fault": fault, "verb": verb}, python=sys.executable)
    soon = 0.5 if fault == "hang" else 60.0  # the others answer, sooner or later
    host = Host(recommender, "mine", timeout_s=soon, fit_timeout_s=soon if verb == "fit" else None)

    def live() -> None:
        host.fit(catalog, log)
        host.recommend(make_batch(log, turn=3), 4)

    with pytest.raises(PluginError) as caught:
        live()
    message = str(caught.value)
    assert message.startswith("recommender 'mine'") and "The contract: " in message and "\n" not in message
    for part in told:
        assert part in message
    if fault in ("exit", "kill", "hang"):
        assert gone(recommender.pid)  # type: ignore[attr-defined]
        with pytest.raises(PluginError, match="its process has ended"):
            host.recommend(make_batch(log), 4)
    host.close()
    assert gone(recommender.pid)  # type: ignore[attr-defined]


def test_a_process_leaves_no_thread_behind(file, catalog, log, make_batch) -> None:
    before = set(threading.enumerate())
    for fault in ("", "hang", "exit"):
        host = hosted(file, catalog, log, settings={"timeout_s": 0.3 if fault == "hang" else 60.0}, fault=fault)
        with pytest.raises(PluginError) if fault else nullcontext():
            host.recommend(make_batch(log), 4)
        host.close()
    until = time.monotonic() + 60
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left


def test_a_plug_in_that_learns_sees_what_happened(file, catalog, log, make_batch) -> None:
    host = hosted(file, catalog, log, "Learner")
    assert host.learns and learns(host.recommender)
    host.observe(some_feedback(catalog, log))
    assert host.recommend(make_batch(log, [59]), 3)[0].item_ids[0] == "i3"
    host.close()


def test_state_is_saved_there_and_loaded_in_another_process(file, catalog, log, make_batch, tmp_path) -> None:
    host = hosted(file, catalog, log, "Keeper")
    assert host.can_save and not hosted(file, catalog, log, "Learner").can_save
    host.save(tmp_path / "kept")
    twin = Host(load_recommender(f"{file}:Keeper", python=sys.executable), "mine")
    twin.restore(tmp_path / "kept", catalog)
    np.testing.assert_array_equal(twin.recommend(make_batch(log), 4).items, host.recommend(make_batch(log), 4).items)


@pytest.mark.parametrize(
    ("spec", "params", "python", "told"),
    [
        ("plug.py:Mine", {}, "nowhere/bin/python", "python: there is no interpreter 'nowhere/bin/python'"),
        ("plug.py:Mine", {}, "plug.py", "plug.py cannot be run; name the interpreter"),
        ("plug.py:Mine", {}, "venv", "Did you mean "),
        ("plug.py:Mine", {}, "/bin/true", "its process ended with status 0"),
        ("plug.py:Mien", {}, sys.executable, "Did you mean 'Mine'?"),
        ("plug.py:Mine", {"depth": 1}, sys.executable, "params do not fit"),
        ("gone.py:Mine", {}, sys.executable, "there is no such file"),
        ("http://127.0.0.1:9", {}, sys.executable, "python: a service behind a URL runs by itself"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_message(spec, params, python, told, file, monkeypatch) -> None:
    monkeypatch.chdir(file.parent)
    (file.parent / "venv" / "bin").mkdir(parents=True)
    (file.parent / "venv" / "bin" / "python").touch()
    with pytest.raises(UserInputError) as caught:
        load_recommender(spec, params, python=python, folder=file.parent)
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_the_worker_needs_numpy_and_scipy_alone() -> None:
    needed = {re.split(r"[\[<>=!; ]", line)[0].lower() for line in requires("understudy") or ()}
    modules = {module for module, names in packages_distributions().items() if needed & {n.lower() for n in names}}
    code = """
import sys
for name in sys.argv[1].split():
    sys.modules[name] = None
import recommenders.remote.serving, recommenders.builtin.popular, recommenders.matrix
print("there")
"""
    refused = " ".join(sorted(modules - {"numpy", "scipy", "recommenders", "simulator"}))
    assert {"pydantic", "httpx2", "rich"} <= set(refused.split())
    done = subprocess.run([sys.executable, "-c", code, refused], capture_output=True, text=True)
    assert done.stdout.strip() == "there", done.stderr


def test_a_library_of_the_same_name_is_found_behind_ours(file, catalog, log) -> None:
    theirs = file.parent / "site" / "recommenders" / "models"
    theirs.mkdir(parents=True)
    (theirs.parent / "__init__.py").write_text("raise RuntimeError('theirs came first')\n")
    (theirs / "__init__.py").touch()
    (theirs / "sar.py").write_text("from recommenders.models import __name__ as package\nNAME = package + '.sar'\n")
    launcher = file.parent / "python"
    launcher.write_text(f'#!/bin/sh\nPYTHONPATH={file.parent}/site exec {sys.executable} "$@"\n')
    launcher.chmod(0o755)
    file.write_text(PLUGIN + "\nfrom recommenders.models.sar import NAME\nassert NAME == 'recommenders.models.sar'\n")
    host = Host(load_recommender(f"{file}:Mine", python=str(launcher)), "mine")
    host.fit(catalog, log)
    host.close()


OWNER = """
import sys
from pathlib import Path
from recommenders.loading import load_recommender
from recommenders.host import Host
from simulator import datasets

params = {"fault": "hang", "verb": "fit", "at": 0, "notes": sys.argv[2]}
host = Host(load_recommender(sys.argv[1] + ":Mine", params, python=sys.executable), "mine")
print(host.recommender.pid, flush=True)
data = datasets.load("sample")
host.fit(data.catalog, data.log)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_worker_ends_with_the_run_in_whatever_way_that_ends(how, file, tmp_path) -> None:
    notes = tmp_path / "notes"
    with (tmp_path / "said").open("w") as said:
        command = [sys.executable, "-c", OWNER, str(file), str(notes)]
        owner = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said)
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        while "fit" not in (notes.read_text() if notes.exists() else ""):  # the fit takes a minute
            assert owner.poll() is None
            time.sleep(0.02)
        os.kill(pid, 0)
        owner.send_signal(how)
        owner.wait(60)
    assert gone(pid, 50)


def test_children_of_a_plug_in_end_with_it(file, catalog, log, make_batch) -> None:
    host = hosted(file, catalog, log, fault="leave a child")
    pid = host.recommender.pid  # type: ignore[attr-defined]
    with pytest.raises(PluginError):
        host.recommend(make_batch(log), 4)
    until = time.monotonic() + 50  # it would sleep for a minute
    while time.monotonic() < until:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            break
        members = [p for p in Path("/proc").iterdir() if p.name.isdigit() and _group(p) == pid]
        if not members:
            break
        time.sleep(0.05)
    else:
        pytest.fail("somebody is left of the group")


FORKING = """
import os, signal, time
from pathlib import Path
from recommenders import Recommender, Slate

class Forking(Recommender):
    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()
        os.fork()  # both come back

    def recommend(self, requests, k):
        return [Slate([i for i in self.ids if i not in r.exclude][:k]) for r in requests]

class Leaving(Forking):
    def __init__(self, notes):
        self.notes = Path(notes)

    def fit(self, catalog, log):
        child = os.fork()
        if not child:
            os.setsid()
            time.sleep(60)
        self.notes.write_text(str(child))
        time.sleep(0.5)
        os._exit(3)
"""


def test_a_forked_child_that_comes_back_says_nothing_here(tmp_path, catalog, log, make_batch) -> None:
    (tmp_path / "plug.py").write_text(FORKING)
    host = hosted(tmp_path / "plug.py", catalog, log, "Forking")
    for turn in range(3):
        assert len(host.recommend(make_batch(log, [0, 1], turn=turn), 4)) == 2
    host.close()


def test_a_forked_child_that_stays_behind_does_not_hold_the_channel(
    tmp_path, catalog, log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "END_S", 0.5)
    (tmp_path / "plug.py").write_text(FORKING)
    notes = tmp_path / "child"
    with pytest.raises(PluginError, match="fit failed: its process ended with status 3"):
        hosted(tmp_path / "plug.py", catalog, log, "Leaving", notes=str(notes))
    os.kill(int(notes.read_text()), signal.SIGKILL)  # it still sleeps: nobody waited for it


def test_a_refusal_of_the_plug_in_is_its_own_breach(tmp_path, catalog, log, make_batch) -> None:
    (tmp_path / "plug.py").write_text(
        PLUGIN + "\nclass Refusing(Mine):\n    def recommend(self, requests, k):\n"
        "        from simulator.records import UserInputError\n        raise UserInputError('not today')\n"
    )
    with pytest.raises(PluginError, match=r"recommender 'mine', turn 0: not today\. The contract: recommend"):
        hosted(tmp_path / "plug.py", catalog, log, "Refusing").recommend(make_batch(log), 4)


def _group(process: Path) -> int | None:
    try:
        state, _, group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return None if state == "Z" else int(group)


def test_log_prob_crosses_over(catalog, log, make_batch, tmp_path) -> None:
    (tmp_path / "plug.py").write_text(
        PLUGIN + "\nclass Fair(Mine):\n    def log_prob(self, requests, slates):\n"
        "        return np.array([-len(s.item_ids) for s in slates], dtype=float)\n"
    )
    host = hosted(tmp_path / "plug.py", catalog, log, "Fair")
    assert host.recommender.log_prob(make_batch(log, [0, 1]), [Slate(["i1"]), Slate(["i1", "i2"])]).tolist() == [-1, -2]
    host.close()
