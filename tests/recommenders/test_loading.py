"""Names of recommenders, right and wrong."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from raw_service import RawService, slates

from recommenders import loading
from recommenders.adapter import DuckTyped
from recommenders.builtin import BUILTINS, builtin
from recommenders.builtin.ease import EASE
from recommenders.contract import Request, Slate, learns
from recommenders.loading import describe_all, load_recommender
from recommenders.remote.service import Service
from simulator.records import UserInputError

GOOD = '''
"""A plug-in."""
from recommenders import Recommender, Slate
from beside import FIRST

class First(Recommender):
    """Always the same item."""
    def __init__(self, *, depth: int = 1, seed: int = 0):
        self.depth, self.seed = depth, seed
    def fit(self, catalog, log): ...
    def recommend(self, requests, k):
        return [Slate([FIRST]) for _ in requests]

class Duck:
    def fit(self, catalog, log): self.fitted = True
    def recommend(self, requests, k): return [Slate(["i2"]) for _ in requests]

class Learner(Duck):
    def observe(self, feedback): ...

class NoFit:
    def recommend(self, requests, k): ...

class Half(Recommender):
    def fit(self, catalog, log): ...

class Picky(First):
    def __init__(self, *, depth: int):
        raise ValueError("no depth is enough")

helper = 3

def make(depth: int = 2):
    """A deep one."""
    return First(depth=depth)

def make_nothing(): ...

def make_duck(): return Duck()
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario's folder with plug-ins in it; `sys.path` and modules are put back afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    place = tmp_path / "scenario"
    (place / "plugins").mkdir(parents=True)
    (place / "plugins" / "good.py").write_text(GOOD)
    (place / "plugins" / "beside.py").write_text("FIRST = 'i1'\n")
    (place / "plugins" / "broken.py").write_text("x = 1\nraise RuntimeError('no weights')\n")
    (place / "plugins" / "syntax.py").write_text("def f(:\n    pass\n")
    (place / "plugins" / "exits.py").write_text("import sys\nsys.exit(3)\n")
    (place / "plugins" / "needs.py").write_text("import a_library_that_is_not_there\nclass X: ...\n")
    (place / "plugins" / "empty.py").write_text("")
    (place / "plugins" / "notes.txt").write_text("")
    (place / "understudy_test_module.py").write_text("from plugins.good import First\nclass Mine(First): ...\n")
    monkeypatch.chdir(tmp_path)
    yield place
    for name in set(sys.modules) - before:
        if name.startswith(("understudy_plugin", "understudy_test", "plugins", "beside")):
            del sys.modules[name]


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_built_ins_are_found_by_name(name) -> None:
    assert type(load_recommender(name)) is builtin(name)


def test_params_reach_the_recommender() -> None:
    made = load_recommender("ease", {"regularization": 7})
    assert isinstance(made, EASE)
    assert made.regularization == 7.0


def test_a_class_in_a_file_is_found_beside_the_scenario_and_may_import_its_neighbours(folder) -> None:
    made = load_recommender("plugins/good.py:First", {"depth": 3}, folder=folder)
    assert made.depth == 3
    assert made.recommend([Request("u", (), frozenset())], 1) == [Slate(["i1"])]


def test_a_file_is_found_in_the_working_folder_and_by_its_full_path(folder, monkeypatch) -> None:
    assert load_recommender(f"{folder}/plugins/good.py:First").depth == 1
    monkeypatch.chdir(folder / "plugins")
    assert load_recommender("good.py:First").depth == 1


def test_a_module_is_found_beside_the_scenario(folder) -> None:
    with pytest.raises(UserInputError, match=r"importing it failed: ModuleNotFoundError: No module named 'beside'"):
        load_recommender("understudy_test_module:Mine", folder=folder)  # its neighbour's neighbour is not on the path
    sys.path.append(str(folder / "plugins"))
    assert load_recommender("understudy_test_module:Mine", folder=folder).depth == 1


def test_the_path_is_appended_never_prepended(folder) -> None:
    before = list(sys.path)
    load_recommender("plugins/good.py:First", folder=folder)
    assert sys.path[: len(before)] == before
    assert set(sys.path[len(before) :]) <= {str(folder), str(folder / "plugins"), str(folder.parent)}


def test_an_object_with_fit_and_recommend_is_enough(folder) -> None:
    duck = load_recommender("plugins/good.py:Duck", folder=folder)
    assert isinstance(duck, DuckTyped)
    assert not learns(duck)
    assert learns(load_recommender("plugins/good.py:Learner", folder=folder))
    duck.fit(None, None)  # type: ignore[arg-type]
    assert duck.inner.fitted
    assert duck.recommend([Request("u", (), frozenset())], 1) == [Slate(["i2"])]


def test_a_function_that_makes_a_recommender_will_do(folder) -> None:
    assert load_recommender("plugins/good.py:make", folder=folder).depth == 2
    assert load_recommender("plugins/good.py:make", {"depth": 4}, folder=folder).depth == 4
    assert isinstance(load_recommender("plugins/good.py:make_duck", folder=folder), DuckTyped)


def test_a_url_is_the_address_of_a_service() -> None:
    with RawService(recommend=slates) as service:
        made = load_recommender(f" {service.url}/ ")
        assert isinstance(made, Service)
        assert made.name == service.url
    with pytest.raises(UserInputError, match=r"GET /: nobody answers at http://127\.0\.0\.1:\d+ .*Start the service"):
        load_recommender(service.url)


def test_a_recommender_that_takes_a_seed_gets_one_of_the_fit_stream(folder) -> None:
    one, again, other = (load_recommender("plugins/good.py:First", folder=folder, seed=s).seed for s in (1, 1, 2))
    assert one == again != other
    assert load_recommender("plugins/good.py:First", {"seed": 5}, folder=folder, seed=1).seed == 5
    assert load_recommender("als", seed=1).seed == one  # type: ignore[attr-defined]


def test_an_entry_point_is_found_by_its_name(folder, monkeypatch) -> None:
    sys.path.append(str(folder / "plugins"))
    points = [EntryPoint("first", "good:First", loading.GROUP), EntryPoint("gone", "not_there:X", loading.GROUP)]
    monkeypatch.setattr(loading, "entry_points", lambda group: points)
    assert load_recommender("first").depth == 1
    with pytest.raises(UserInputError, match="'gone = not_there:X': importing it failed: ModuleNotFoundError"):
        load_recommender("gone")
    listed = {each.name: each for each in describe_all()}
    assert listed["first"].summary == "Always the same item."
    assert listed["gone"].summary.startswith("cannot be used: ")
    sys.modules.pop("good", None)


@pytest.mark.parametrize(
    ("spec", "params", "told"),
    [
        ("esae", {}, "there is none of that name. Did you mean 'ease'?"),
        ("item_knn", {}, "Did you mean 'item-knn'?"),
        ("zzzz", {}, "Known: random, popular, item-knn, ease, als"),
        ("", {}, "there is none of that name"),
        ("good.py", {}, "say which class of the file, as in good.py:MyRecommender"),
        ("plugins/good.py:make", {"width": 1}, "params do not fit: got an unexpected keyword argument 'width'"),
        ("plugins/good.py:make_nothing", {}, "the function made None, which has no fit and no recommend"),
        ("plugins/gone.py:First", {}, "there is no such file (looked for "),
        ("plugins/notes.txt:First", {}, "its name must end in .py"),
        ("plugins/good.py:Frist", {}, "Did you mean 'First'? It holds the classes First, Duck, Learner"),
        ("plugins/empty.py:First", {}, "It holds no class of its own"),
        ("plugins/good.py:helper", {}, "this is a int, not a class"),
        ("plugins/good.py:NoFit", {}, "the class has no fit. A recommender has fit(catalog, log) and"),
        ("plugins/good.py:Half", {}, "the class has no recommend"),
        ("plugins/good.py:First()", {}, "'First()' after the colon is not the name of a class"),
        ("plugins/broken.py:X", {}, "importing it failed: RuntimeError: no weights ("),
        ("plugins/broken.py:X", {}, "broken.py, line 2)"),
        ("plugins/syntax.py:X", {}, "syntax.py, line 1)"),
        ("plugins/exits.py:X", {}, "importing it failed: SystemExit: 3"),
        ("plugins/needs.py:X", {}, "No module named 'a_library_that_is_not_there'"),
        ("not_installed.anywhere:X", {}, "there is no module 'not_installed'"),
        ("os;system:X", {}, "'os;system' before the colon is not the name of a module"),
        ("json:JSONDecoder", {}, "the class has no fit and no recommend"),
        ("ease", {"regularisation": 1}, "Did you mean 'regularization'? It takes regularization (250.0)"),
        ("ease", {"regularization": -1}, "params: regularization must be a number above 0, not -1"),
        ("random", {"n": 1}, "It takes no params"),
        ("ease", {1: 2}, "the names of params must be text, not 1"),
        ("plugins/good.py:Picky", {}, "argument: 'depth'. It takes depth (required)"),
        ("plugins/good.py:Picky", {"depth": 1}, "not be made with {'depth': 1}: ValueError: no depth is enough ("),
    ],
)
def test_what_is_wrong_is_told_in_one_message(spec, params, told, folder) -> None:
    with pytest.raises(UserInputError) as caught:
        load_recommender(spec, params, folder=folder)
    assert told in str(caught.value)
    assert repr(spec) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_built_in_is_described_with_its_defaults() -> None:
    listed = {each.name: each for each in describe_all()}
    assert list(listed)[: len(BUILTINS)] == list(BUILTINS)
    assert listed["als"].parameters["factors"] == 64
    assert all(
        each.summary.endswith(".") and each.origin == "built in" for each in list(listed.values())[: len(BUILTINS)]
    )
