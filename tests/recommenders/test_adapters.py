"""That adapters show what the libraries themselves would show, and keep the contract where libraries know nothing.

A library that cannot be imported here is looked for in the interpreter that an environment variable names, such as
UNDERSTUDY_ADAPTER_PYTHON_RECTOOLS=/path/to/env/bin/python; docs/adapters.md says how to make these environments.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from recommenders.adapters import ADAPTERS
from recommenders.contract import Request
from recommenders.host import Host
from recommenders.loading import find_class, load_recommender
from simulator.records import UserInputError

ORACLE = Path(__file__).resolve().parents[1] / "support" / "adapter_oracle.py"
EVEN, ODD = tuple(f"i{n}" for n in range(0, 12, 2)), tuple(f"i{n}" for n in range(1, 13, 2))


@dataclass(frozen=True)
class Tried:
    """A model of a library, and how it serves people and choices that it was not fitted on."""

    adapter: str
    model: str
    params: dict[str, Any] = field(default_factory=dict)
    reads_histories: bool = True
    oracle: bool = True
    """Whether the library has a call of its own that must give the same page."""
    taste: bool = True
    """Whether it learns the two tastes of this small world from a history."""

    @property
    def id(self) -> str:
        return f"{self.adapter}-{self.model.rpartition(':')[2]}"


MODELS = (
    Tried("implicit", "implicit.als:AlternatingLeastSquares", {"factors": 6}),
    Tried("implicit", "implicit.nearest_neighbours:CosineRecommender", {"K": 20}),
    Tried("implicit", "implicit.bpr:BayesianPersonalizedRanking", {"factors": 6, "num_threads": 1}, False, False),
    Tried("rectools", "rectools.models:EASEModel", {"regularization": 20.0}),
    Tried("rectools", "rectools.models:ImplicitItemKNNWrapperModel", {"model": {"cls": "CosineRecommender", "K": 20}}),
    Tried("rectools", "rectools.models:ImplicitALSWrapperModel", {"model": {"factors": 6, "random_state": 0}}, False),
    Tried(
        "rectools",
        "rectools.models:SASRecModel",
        {"n_factors": 16, "n_blocks": 1, "n_heads": 1, "epochs": 10, "session_max_len": 10, "deterministic": True},
        taste=False,
    ),
    Tried("lenskit", "lenskit.knn:ItemKNNScorer", {"max_nbrs": 20, "feedback": "implicit"}),
    Tried("lenskit", "lenskit.als:ImplicitMFScorer", {"embedding_size": 6}),
    Tried("lenskit", "lenskit.basic:PopScorer", reads_histories=False),
    Tried("cornac", "cornac.models:EASE", {"lamb": 20, "verbose": False}, False),
    Tried("cornac", "cornac.models:BPR", {"k": 6, "verbose": False}, False),
    Tried("cornac", "cornac.models:SPop", oracle=False, taste=False),
    Tried("microsoft", "recommenders.models.sar:SAR"),
    Tried("microsoft", "recommenders.models.sar:SAR", {"timedecay_formula": True}, False, False),
    Tried("recbole", "recbole.model.general_recommender:BPR", {"epochs": 20, "embedding_size": 8}, False, False),
    Tried(
        "recbole",
        "recbole.model.sequential_recommender:SASRec",
        {"epochs": 40, "hidden_size": 16, "learning_rate": 0.01},
        True,
        False,
    ),
)
MODULES = {"microsoft": "recommenders.models.sar"}


def python_for(adapter: str) -> str:
    """The interpreter that has the adapter's library; skips where there is none."""
    try:
        here = find_spec(MODULES.get(adapter, adapter)) is not None
    except ModuleNotFoundError:
        here = False
    if here:
        return sys.executable
    variable = f"UNDERSTUDY_ADAPTER_PYTHON_{adapter.upper()}"
    named = os.environ.get(variable)
    if not named:
        pytest.skip(
            f"{adapter}'s library is not installed: make an environment as docs/adapters.md says, and run "
            f"{variable}=ENV/bin/python pytest {Path(__file__).name}"
        )
    return named


@pytest.fixture(scope="module", params=MODELS, ids=lambda one: one.id)
def fitted(request: pytest.FixtureRequest, catalog, log) -> Iterator[tuple[Tried, Any]]:
    """A model of the table above, fitted in the interpreter that has its library. Starting that takes most of the
    time, so the tests of a model share one; recommending changes nothing in it."""
    tried: Tried = request.param
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # threads of torch that wait for each other take minutes
    params = {"model": tried.model, "params": tried.params}
    recommender: Any = load_recommender(tried.adapter, params, python=python_for(tried.adapter))
    recommender.fit(catalog, log)
    yield tried, recommender
    recommender.close()
    monkeypatch.undo()


def test_pages_are_those_of_the_library_itself(fitted: tuple[Tried, Any], catalog, log, make_batch) -> None:
    tried, recommender = fitted
    if not tried.oracle:
        pytest.skip("the library has no call for the same page")
    k, people = 10, list(range(0, 57, 5))
    order = {
        "pairs": np.column_stack([log.user, log.item]).tolist(),
        "model": tried.model, "params": tried.params, "people": people, "k": k, "seed": 0,
        "shape": [log.n_users, len(catalog)],
    }  # fmt: skip
    command = [python_for(tried.adapter), str(ORACLE), tried.adapter]
    if tried.model.startswith("implicit.als"):
        order["params"] = {**tried.params, "random_state": 0}
        order["call"] = {"recalculate_user": True}
    answer = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    batch = make_batch(log, people)
    everything = recommender.recommend(batch, len(catalog))
    for slate, ranked, theirs in zip(
        recommender.recommend(batch, k), everything, json.loads(answer.stdout), strict=True
    ):
        ours = [catalog.row_of[item_id] for item_id in slate.item_ids]
        score = {catalog.row_of[i]: s for i, s in zip(ranked.item_ids, ranked.scores, strict=True)}
        # Libraries order ties as they fall.
        assert all(a == b or score[a] == pytest.approx(score[b], rel=1e-5) for a, b in zip(ours, theirs, strict=True))


def test_the_contract_is_kept_for_everybody(fitted: tuple[Tried, Any], catalog, log, make_batch) -> None:
    """Known people, people without a choice, pages deeper than what is left, and a session with pages behind it."""
    tried, recommender = fitted
    host = Host(recommender, tried.id)
    host.probe(catalog, log, 10)
    batch = make_batch(log)
    first = host.recommend(batch, 10)
    popular = np.argsort(-np.bincount(log.item, minlength=len(catalog)), kind="stable")
    if not tried.model.endswith("PopScorer"):  # breaks ties of its own accord
        np.testing.assert_array_equal(first.items[59], popular[:10])
    batch.view.record(batch.rows, first.items, first.items % 3 == 0)
    second = host.recommend(batch, 10)
    assert not (second.items[:, :, None] == first.items[:, None, :]).any()
    everything = host.recommend(batch, len(catalog))
    np.testing.assert_array_equal((everything.items >= 0).sum(axis=1), (batch.view.blocked == 0).sum(axis=1))


def test_strangers_are_served_by_their_history_where_the_model_reads_it(
    fitted: tuple[Tried, Any], catalog, log
) -> None:
    tried, recommender = fitted
    requests = [Request("stranger", history, frozenset(history)) for history in (EVEN, ODD)]
    pages = [[int(item_id[1:]) for item_id in slate.item_ids] for slate in recommender.recommend(requests, 6)]
    even = [np.mean([item % 2 == 0 for item in page]) for page in pages]
    count = np.bincount(log.item, minlength=len(catalog))
    popular = [[n for n in np.argsort(-count, kind="stable").tolist() if n not in own][:6] for own in _rows(requests)]
    if tried.model.endswith("SPop"):  # popularity, with what a session repeats above it
        assert pages == popular
    elif tried.reads_histories and not tried.taste:
        assert pages[0] != pages[1]
    elif tried.reads_histories:
        assert even[0] >= 0.66 and even[1] <= 0.34
    elif not tried.model.endswith("PopScorer"):
        assert pages == popular


def _rows(requests: list[Request]) -> list[set[int]]:
    return [{int(item_id[1:]) for item_id in request.history} for request in requests]


def test_choices_of_the_run_reach_the_model(fitted: tuple[Tried, Any], catalog, log, make_batch) -> None:
    """Somebody of the log who goes over to the other taste is shown more of it."""
    tried, recommender = fitted
    if not tried.reads_histories or not tried.taste:
        pytest.skip("the model does not learn a taste from a history")
    batch = make_batch(log, [4])
    other = np.array([[n for n in range(1, 40, 2) if batch.view.blocked[0, n] == 0][:10]], dtype=np.int32)
    before = [int(item_id[1:]) % 2 for item_id in recommender.recommend(batch, 8)[0].item_ids]
    batch.view.record(batch.rows, other, np.ones_like(other, dtype=np.bool_))
    after = [int(item_id[1:]) % 2 for item_id in recommender.recommend(batch, 5)[0].item_ids]
    assert np.mean(after) > np.mean(before)


def test_ratings_reach_a_model_of_ratings(catalog, make_log) -> None:
    log = make_log([(user, item) for user in range(40) for item in range(12) if (user + item) % 3])
    rating = np.where(log.item < 6, 5.0, 1.0).astype(np.float32)
    object.__setattr__(log, "rating", rating)
    model = {"model": "lenskit.als:BiasedMFScorer", "params": {"embedding_size": 2}, "values": "ratings"}
    recommender: Any = load_recommender("lenskit", model, python=python_for("lenskit"))
    recommender.fit(catalog, log)
    history = ("i6", "i7")
    page = recommender.recommend([Request("u00", history, frozenset(history))], 5)[0].item_ids
    recommender.close()
    assert {int(item_id[1:]) for item_id in page} <= set(range(6))


def test_ratings_that_are_missing_are_told(catalog, log) -> None:
    model = {"model": "implicit.als:AlternatingLeastSquares", "values": "ratings"}
    with pytest.raises(UserInputError, match="values: ratings needs a rating with every choice"):
        load_recommender("implicit", model).fit(catalog, log)


@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name not in ("implicit", "duck")])
def test_a_missing_library_is_told_with_its_cure(adapter: str) -> None:
    try:
        there = find_spec(MODULES.get(adapter, adapter)) is not None
    except ModuleNotFoundError:
        there = False
    if there:
        pytest.skip(f"{adapter}'s library is installed here")
    with pytest.raises(UserInputError, match=r"not installed.*pip install.*python: ENV/bin/python"):
        load_recommender(adapter, {"model": "a.module:Model"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "implicit.als:AlternatingLeastSquare"}, "Did you mean 'AlternatingLeastSquares'"),
        ({"model": "implicit.nowhere:Model"}, "implicit.nowhere"),
        ({"model": "__import__('os')"}, "model must be module:Class"),
        ({"model": "implicit.als:AlternatingLeastSquares", "params": {"factor": 3}}, "cannot be made with"),
        ({"model": "implicit.als:AlternatingLeastSquares", "values": "clicks"}, "values must be choices or ratings"),
        ({"model": "implicit.als:AlternatingLeastSquares", "params": [3]}, "params must be a mapping"),
    ],
)
def test_what_is_wrong_with_a_model_is_told(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserInputError, match=said):
        load_recommender("implicit", given)


def test_recbole_is_handed_no_text_that_it_would_evaluate() -> None:
    params = {"model": "recbole.model.general_recommender:BPR", "params": {"epochs": "__import__('os').getpid()"}}
    with pytest.raises(UserInputError, match="must be a plain word"):
        load_recommender("recbole", params, python=python_for("recbole"))


def test_each_seed_is_the_librarys_own_and_repeats(catalog, log, make_batch) -> None:
    def page(seed: int) -> Any:
        model = {"model": "implicit.bpr:BayesianPersonalizedRanking", "params": {"num_threads": 1}, "seed": seed}
        recommender = load_recommender("implicit", model)
        recommender.fit(catalog, log)
        return recommender.recommend(make_batch(log), 10).items

    np.testing.assert_array_equal(page(1), page(1))
    assert (page(1) != page(2)).any()


def test_a_history_is_the_log_and_the_run_each_item_once(catalog, make_log, make_batch) -> None:
    from recommenders.adapters.frame import Asked

    log = make_log([(0, 3), (1, 8), (0, 5), (0, 3), (1, 9)])
    batch = make_batch(log, [1, 0, 2])
    shown = np.array([[7, 5], [8, 1], [2, 4]], dtype=np.int32)
    batch.view.record(batch.rows, shown, np.array([[True, False], [False, True], [False, False]]))
    people = Asked.of(batch, {"u00": 0, "u01": 1}, None, 4)
    assert [people.history(i).tolist() for i in range(3)] == [[8, 9, 7], [5, 3, 1], []]
    np.testing.assert_array_equal(people.known, [1, 0, -1])
    assert people.depth() == 4 + 4
    assert people.depth(people.length) == 4 + 2


DUCK = """
class Shop:
    def __init__(self, fallback="i0"):
        self.fallback = fallback

    def learn(self, sold):
        self.sold = {}
        for _, item in sold:
            self.sold[item] = self.sold.get(item, 0) + 1

    def suggest(self, customer, n):
        best = sorted(self.sold, key=lambda item: (-self.sold[item], item))
        return [(item, self.sold[item]) for item in best][:n]


class Short:
    def recommend(self, history, k, exclude):
        return [item for item in history[:1]] + ["i39"]
"""


@pytest.fixture
def duck_file(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(DUCK)
    return tmp_path


def test_any_object_recommends_by_a_mapping_of_its_arguments(duck_file: Path, catalog, log, make_batch) -> None:
    params = {
        "model": "shop.py:Shop", "method": "suggest", "arguments": {"customer": "user_id", "n": "k"},
        "fit": "learn", "fit_arguments": {"sold": "pairs"},
    }  # fmt: skip
    host = Host(load_recommender("duck", params, folder=duck_file), "shop")
    host.fit(catalog, log)
    batch = make_batch(log)
    slates = host.recommend(batch, 10)
    count = np.bincount(log.item, minlength=len(catalog))
    by_name = sorted(np.flatnonzero(count).tolist(), key=lambda n: (-count[n], f"i{n}"))
    expected = [n for n in by_name if batch.view.blocked[7, n] == 0][:10]
    assert slates.items[7].tolist() == expected
    assert slates.scores is not None and slates.scores[7].tolist() == count[expected].tolist()


def test_an_object_that_says_too_little_is_followed_by_popular_items(duck_file: Path, catalog, log) -> None:
    recommender = load_recommender("duck", {"model": "shop.py:Short"}, folder=duck_file)
    recommender.fit(catalog, log)
    request = Request("u", ("i2",), frozenset({"i2"}), candidates=("i2", "i39", "i5", "i7"))
    page = recommender.recommend([request], 3)[0]
    count = np.bincount(log.item, minlength=len(catalog))
    assert list(page.item_ids) == ["i39", *sorted(("i5", "i7"), key=lambda i: -count[int(i[1:])])]
    assert page.scores is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "shop.py:Shop"}, "has no method 'recommend'. It has learn, suggest"),
        ({"model": "shop.py:Shop", "method": "suggest"}, "say what the method's 'customer' gets"),
        (
            {"model": "shop.py:Shop", "method": "suggest", "arguments": {"customer": "name", "n": "k"}},
            "'name' is not one of user_id, history",
        ),
        (
            {"model": "shop.py:Short", "arguments": {"who": "user_id"}},
            "the method takes no 'who'; it takes history, k, exclude",
        ),
        ({"model": "shop.py:Short", "fit": "learn"}, "Short has no 'learn'"),
        ({"model": "shop.py:Shop", "params": {"wrong": 1}}, "cannot be made with"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_told(duck_file: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UserInputError, match=said):
        load_recommender("duck", given, folder=duck_file)


def test_the_arms_of_the_documentation_are_ones_that_adapters_take() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
    arms: dict[str, Any] = {}
    for block in re.findall(r"```yaml\n(.*?)```", document, re.DOTALL):
        arms |= YAML(typ="safe").load(block)["arms"]
    adapted = {name: arm for name, arm in arms.items() if isinstance(arm, dict)}
    assert {arm["recommender"] for arm in adapted.values()} == set(ADAPTERS)
    for arm in adapted.values():
        inspect.signature(find_class(arm["recommender"])).bind(**arm["params"])
    assert all(
        f"| `{name}` | {one.tried.split(' (')[0]}" in document for name, one in ADAPTERS.items() if name != "duck"
    )
