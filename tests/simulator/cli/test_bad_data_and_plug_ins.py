"""Wrong data and wrong plug-ins: refused before the first turn, with the scenario's line, the culprit and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cli.main import main

PLUG_IN = """
from recommenders import Recommender, Slate


class Mine(Recommender):
    def __init__(self, depth: int = 1) -> None:
        self.depth = depth

    def fit(self, catalog, log):
        self.ids = list(catalog.item_ids)

    def recommend(self, requests, k):
        return [Slate([i for i in self.ids if i not in request.exclude][:k]) for request in requests]
"""

# What replaces `Mine`, or is the whole file; and what the message must say.
PLUG_INS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "the file is not there": ("nowhere.py:Mine", PLUG_IN, ("nowhere.py", "no such file")),
    "the module is not there": ("nowhere.at_all:Mine", PLUG_IN, ("'nowhere'", "no module")),
    "the class is not there": ("plug.py:Mien", PLUG_IN, ("Mien", "Mine")),
    "it is no class": ("plug.py:Mine", "Mine = 3\n", ("Mine",)),
    "it is no Python": ("plug.py:Mine", "class Mine(:\n", ("plug.py", "SyntaxError")),
    "it raises on import": ("plug.py:Mine", "x = 1\nraise KeyError('gone')\n", ("plug.py", "KeyError", "2")),
    "it ends the process on import": ("plug.py:Mine", "import sys\nsys.exit(0)\n", ("plug.py",)),
    "it has no methods": ("plug.py:Mine", "class Mine:\n    pass\n", ("Mine", "recommend")),
    "it wants other params": ("plug.py:Mine", PLUG_IN.replace("depth: int = 1", "width"), ("width",)),
    "it raises when it is made": (
        "plug.py:Mine",
        PLUG_IN.replace("self.depth = depth", "raise ValueError('too deep')"),
        ("ValueError", "too deep"),
    ),
    "it raises in fit": (
        "plug.py:Mine",
        PLUG_IN.replace("self.ids = list(catalog.item_ids)", "raise ValueError('no luck')"),
        ("fit", "ValueError", "no luck"),
    ),
    "it raises in recommend": (
        "plug.py:Mine",
        PLUG_IN.replace("return [", "1 / 0\n        return ["),
        ("ZeroDivisionError",),
    ),
    "it returns None": ("plug.py:Mine", PLUG_IN.replace("return [", "return None and ["), ("Mine",)),
    "it returns too few slates": ("plug.py:Mine", PLUG_IN.replace("in requests]", "in requests][:-1]"), ("Mine",)),
    "it recommends unknown items": (
        "plug.py:Mine",
        PLUG_IN.replace("Slate([", "Slate(['no-such-item'] or ["),
        ("no-such-item",),
    ),
    "it repeats an item": ("plug.py:Mine", PLUG_IN.replace("][:k])", "][:1] * 2)"), ("Mine",)),
    "it recommends what is excluded": (
        "plug.py:Mine",
        PLUG_IN.replace(" if i not in request.exclude", ""),
        ("exclude",),
    ),
    "its pages are too long": ("plug.py:Mine", PLUG_IN.replace("[:k]", ""), ("Mine",)),
    "its pages are too short": ("plug.py:Mine", PLUG_IN.replace("[:k]", "[:1]"), ("Mine",)),
    "its scores are no numbers": (
        "plug.py:Mine",
        PLUG_IN.replace("][:k])", "][:k], scores=[float('nan')] * k)"),
        ("score",),
    ),
    "its propensities are no probabilities": (
        "plug.py:Mine",
        PLUG_IN.replace("][:k])", "][:k], propensities=[2.0] * k)"),
        ("propensit",),
    ),
    "it is too slow": (
        "plug.py:Mine",
        PLUG_IN.replace("return [", "import time; time.sleep(60)\n        return ["),
        ("slow",),
    ),
}

TABLES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "the file is not there": ("path: nowhere.csv", "", ("nowhere.csv",)),
    "the file is empty": ("path: log.csv", "", ("log.csv", "empty")),
    "the file has a header only": ("path: log.csv", "user,item\n", ("log.csv",)),
    "a column is not there": (
        "path: log.csv, columns: {user: who, item: items}",
        "who,item\na,x\nb,y\n",
        ("items", "item"),
    ),
    "the file is no table": ("path: log.parquet", "PAR1 but not really", ("log.parquet",)),
    "most rows are broken": (
        "path: log.csv",
        "user,item,rating\n" + "a,x,good\n" * 9 + "a,y,3\n",
        ("log.csv", "rating"),
    ),
    "the items are not there": (
        "path: log.csv, items: {path: nowhere.csv}",
        "user,item\na,x\n",
        ("nowhere.csv",),
    ),
}  # fmt: skip

EVERYONE = "user,item\n" + "".join(
    f"p{person},i{(person * 7 + k * k) % 30}\n" for person in range(12) for k in range(8)
)


def refused(folder: Path, scenario: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """The one message of a check that must be refused."""
    file = folder / "scenario.yaml"
    file.write_text(scenario, encoding="utf-8")
    status = main(["check", str(file), *options])
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), err
    assert "Traceback" not in err and err.startswith(f"Error: {file}:")
    return err


@pytest.mark.parametrize("case", PLUG_INS)
def test_wrong_plug_in_is_refused_before_the_first_turn(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, code, expected = PLUG_INS[case]
    (tmp_path / "plug.py").write_text(code, encoding="utf-8")
    (tmp_path / "log.csv").write_text(EVERYONE, encoding="utf-8")
    patience = 0.5 if "slow" in expected else 60
    scenario = (
        "dataset: {source: table, path: log.csv}\nevaluation: {minds: single}\n"
        f"arms:\n  control: random\n  mine: {{recommender: '{spec}', timeout_s: {patience}}}\n"
    )
    message = refused(tmp_path, scenario, capsys)
    assert message.startswith(f"Error: {tmp_path / 'scenario.yaml'}:5: arms.mine")
    for part in expected:
        assert part in message


def test_right_plug_in_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plug.py").write_text(PLUG_IN, encoding="utf-8")
    (tmp_path / "log.csv").write_text(EVERYONE, encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    file.write_text("dataset: {source: table, path: log.csv}\narms: {mine: 'plug.py:Mine'}\n", encoding="utf-8")
    assert main(["check", str(file)]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("case", TABLES)
def test_wrong_table_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, content, expected = TABLES[case]
    for name in ("log.csv", "log.parquet"):
        (tmp_path / name).write_text(content, encoding="utf-8")
    message = refused(tmp_path, f"arms: {{a: random}}\ndataset: {{source: table, {settings}}}\n", capsys)
    assert message.startswith(f"Error: {tmp_path / 'scenario.yaml'}:2: dataset")
    for part in expected:
        assert part in message


def test_missing_set_says_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNDERSTUDY_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    message = refused(tmp_path, "arms: {a: random}\ndataset: movielens-1m\n", capsys, "--data-dir", str(tmp_path))
    assert "understudy data get movielens-1m" in message


@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        ("populr", ("populr", "Did you mean 'popular'?")),
        ("{recommender: als, params: {factor: 3}}", ("factor", "factors")),
        ("{recommender: als, params: {factors: -3}}", ("factors", "-3")),
        ("{recommender: als, params: {factors: many}}", ("factors", "many")),
    ],
)
def test_wrong_built_in_is_refused(
    arm: str, expected: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text(EVERYONE, encoding="utf-8")
    message = refused(tmp_path, f"dataset: {{source: table, path: log.csv}}\narms:\n  a: {arm}\n", capsys)
    assert f"{tmp_path / 'scenario.yaml'}:3: arms.a" in message
    for part in expected:
        assert part in message


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("nowhere.py:Mind", "", ("nowhere.py",)),
        ("plug.py:Mine", "class Other: pass\n", ("Mine",)),
        ("plug.py:Mine", "class Mine: pass\n", ("appraise",)),
    ],
)
def test_wrong_mind_is_refused(
    kind: str, code: str, expected: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plug.py").write_text(code, encoding="utf-8")
    (tmp_path / "log.csv").write_text(EVERYONE, encoding="utf-8")
    scenario = f"dataset: {{source: table, path: log.csv}}\narms: {{a: random}}\nmind: '{kind}'\n"
    message = refused(tmp_path, scenario, capsys)
    assert f"{tmp_path / 'scenario.yaml'}:3: mind" in message
    for part in expected:
        assert part in message
