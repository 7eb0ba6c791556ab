"""What the host makes of recommenders that break the contract, and of those that keep it in their own way."""

from __future__ import annotations

import _thread
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from interrupting import awoken, interrupted_once

from recommenders.builtin import BUILTINS, builtin
from recommenders.builtin.popular import Popular
from recommenders.contract import Feedback, Recommender, RequestBatch, Slate, SlateBatch
from recommenders.errors import PluginError
from recommenders.exploration import explore
from recommenders.host import Host
from recommenders.matrix import MatrixRecommender
from simulator.records import UserInputError


class PlugIn(Recommender):
    """Answers with what `answer(request, k, ids)` makes of the eligible ids."""

    def __init__(self, answer=None) -> None:
        self.answer = answer or (lambda request, k, ids: Slate(ids[:k]))

    def fit(self, catalog, log):
        self.ids = catalog.item_ids.tolist()

    def recommend(self, requests, k):
        return [self.answer(r, k, [i for i in self.ids if i not in r.exclude]) for r in requests]


def hosted(recommender, catalog, log, **settings) -> Host:
    host = Host(recommender, "mine", **settings)
    host.fit(catalog, log)
    return host


BREACHES = [
    (lambda r, k, ids: Slate(["nowhere", *ids][:k]), "item 'nowhere' is not in the catalogue"),
    (lambda r, k, ids: Slate([3.5, *ids][:k]), "item 3.5 is not in the catalogue"),
    (lambda r, k, ids: Slate([r.history[-1], *ids][:k]), "was chosen before or already shown"),
    (lambda r, k, ids: Slate([ids[0], ids[0], *ids][:k]), "item 'i0' occurs more than once"),
    (lambda r, k, ids: Slate(ids[: k + 1]), "5 items for k = 4"),
    (lambda r, k, ids: Slate(ids[:1]), "1 item for k = 4 while 34 items could still be shown"),
    (lambda r, k, ids: Slate([]), "0 items for k = 4 while 34 items could still be shown"),
    (lambda r, k, ids: Slate(ids[:k], [1.0, float("nan"), 0.0, 0.0]), "has nan among its scores"),
    (lambda r, k, ids: Slate(ids[:k], [1.0, float("inf"), 0.0, 0.0]), "has inf among its scores"),
    (lambda r, k, ids: Slate(ids[:k], ["1", 1, 1, 1]), "has '1' among its scores"),
    (lambda r, k, ids: Slate(ids[:k], [10**400, 1, 1, 1]), "has 1000000"),
    (lambda r, k, ids: Slate(ids[:k], [10**5000, 1, 1, 1]), "has a int among its scores"),
    (lambda r, k, ids: Slate(ids[:k], [1e39, 1, 1, 1]), "has 1e+39 among its scores"),
    (lambda r, k, ids: Slate(ids[:k], None, [10**400, 1, 1, 1]), "among its propensities"),
    (lambda r, k, ids: Slate(ids[:k], [1.0]), "1 scores for 4 items"),
    (lambda r, k, ids: Slate(ids[:k], None, [0.5, 0.5, 0.5, 0.0]), "has the propensity 0.0"),
    (lambda r, k, ids: Slate(ids[:k], None, [0.5, 0.5, 0.5, 1.5]), "has the propensity 1.5"),
    (lambda r, k, ids: Slate(ids[:k], None, 0.5), "propensities is a float instead of a list"),
    (lambda r, k, ids: Slate("i0"), "item_ids is a str instead of a list"),
    (lambda r, k, ids: Slate(None), "item_ids is None instead of a list"),
    (lambda r, k, ids: ids[:k], "a list stands where a Slate belongs"),
    (lambda r, k, ids: None, "None stands where a Slate belongs"),
    (lambda r, k, ids: 1 / 0, "recommend raised ZeroDivisionError: division by zero (" + __file__),
    (lambda r, k, ids: Slate(ids[:k], [1.0] * k if r.user_id == "u01" else None), "this slate has no scores"),
]


@pytest.mark.parametrize(("answer", "told"), BREACHES)
def test_a_breach_is_told_with_plug_in_person_turn_and_rule(answer, told, catalog, log, make_batch) -> None:
    host = hosted(PlugIn(answer), catalog, log)
    with pytest.raises(PluginError) as caught:
        host.recommend(make_batch(log, [0, 1], turn=3), 4)
    message = str(caught.value)
    assert message.startswith("recommender 'mine', ")
    assert "turn 3" in message
    assert told in message
    assert "The contract: " in message
    if "raised" not in told:
        assert "user 'u00'" in message


@pytest.mark.parametrize(
    ("slates", "told"),
    [
        (None, "recommend returned None instead of a list of Slate"),
        ("i1", "recommend returned a str"),
        ({}, "recommend returned a dict"),
        ([Slate(["i1"])], "recommend returned 1 slates for 2 requests"),
    ],
)
def test_an_answer_that_is_no_list_of_slates_is_refused(slates, told, catalog, log, make_batch) -> None:
    recommender = PlugIn()
    recommender.recommend = lambda requests, k: slates  # type: ignore[method-assign]
    with pytest.raises(PluginError) as caught:
        hosted(recommender, catalog, log).recommend(make_batch(log, [0, 1]), 4)
    assert told in str(caught.value)


class Silent(str):
    """Text that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError("not shown")

    __str__ = __repr__


class Uncounted(list):  # type: ignore[type-arg]
    """A list that does not say how long it is."""

    def __len__(self) -> int:
        raise ValueError("not counted")


class WordlessError(Exception):
    """An exception without a message that could be read."""

    def __str__(self) -> str:
        raise ValueError("not said")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def refuse(*_: object) -> None:
    raise UserInputError("not today")


def raise_wordless(*_: object) -> None:
    raise WordlessError


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda requests, k: [Slate([Silent("i1")] * k) for _ in requests], "recommend raised ValueError: not shown"),
        (lambda requests, k: Uncounted(), "recommend raised ValueError: not counted"),
        (interrupt, "recommend raised KeyboardInterrupt"),
        (refuse, "recommender 'mine', turn 0: not today. The contract: recommend(requests, k)"),
        (raise_wordless, "recommend raised WordlessError: its message cannot be read (ValueError)"),
    ],
)
def test_whatever_a_plug_in_raises_is_a_breach_of_its_own(answer, told, catalog, log, make_batch) -> None:
    recommender = PlugIn()
    recommender.recommend = answer
    with pytest.raises(PluginError) as caught:
        hosted(recommender, catalog, log).recommend(make_batch(log, [0, 1]), 4)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        lambda r, k, ids: Slate(["x" * 10**6]),
        lambda r, k, ids: Slate([["x" * 10**6]]),
        lambda r, k, ids: Slate(ids[:k], ["x" * 10**6] * k),
        lambda r, k, ids: {}["x" * 10**6],
    ],
)
def test_a_message_is_short_whatever_was_returned(answer, catalog, log, make_batch) -> None:
    with pytest.raises(PluginError) as caught:
        hosted(PlugIn(answer), catalog, log).recommend(make_batch(log), 4)
    assert len(str(caught.value)) < 1500


def test_what_the_platform_knows_cannot_be_changed(catalog, log, make_batch) -> None:
    """Keys decide everybody's luck, histories and blocked items what is checked."""
    refused = []

    class Meddler(PlugIn):
        def fit(self, catalog, log):
            super().fit(catalog, log)
            self.attempt(log.demographics["age"], log.item, catalog.item_ids)

        def recommend(self, requests, k):
            view = requests.view
            arrays = (view.keys, view.items, view.user_ids, view.blocked, view.indptr, requests.rows, requests.page)
            self.attempt(*arrays)
            return super().recommend(requests, k)

        @staticmethod
        def attempt(*arrays):
            for array in arrays:
                with pytest.raises(ValueError, match="read-only"):
                    array[:] = array[:1]
                refused.append(array)

    told = replace(log, demographics={"age": np.array(["25"] * log.n_users)})
    batch = make_batch(told)
    hosted(Meddler(), catalog, told).recommend(batch, 4)
    assert len(refused) == 10
    assert batch.view.blocked.flags.writeable, "the platform itself goes on writing"
    assert batch.view.keys.flags.writeable


def test_ids_count_as_the_text_that_they_are_written_as(catalog, log, make_batch) -> None:
    plain = hosted(PlugIn(), catalog, log).recommend(make_batch(log), 4)
    for answer in (
        lambda r, k, ids: Slate(np.array(ids[:k])),
        lambda r, k, ids: Slate(tuple(map(np.str_, ids[:k])), np.ones(k, dtype=np.float32)),
    ):
        slates = hosted(PlugIn(answer), catalog, log).recommend(make_batch(log), 4)
        np.testing.assert_array_equal(slates.items, plain.items)


def test_scores_and_propensities_of_a_plug_in_arrive(catalog, log, make_batch) -> None:
    host = hosted(PlugIn(lambda r, k, ids: Slate(ids[:2], [2, 1.5], [0.25, 1])), catalog, log)
    slates = host.recommend(make_batch(log), 2)
    np.testing.assert_array_equal(slates.scores, np.tile(np.float32([2, 1.5]), (60, 1)))
    np.testing.assert_array_equal(slates.propensities, np.tile(np.float32([0.25, 1]), (60, 1)))


def test_fewer_items_are_legal_when_no_more_may_be_shown(catalog, log, make_batch) -> None:
    batch = make_batch(log, [0, 1])
    batch.view.blocked[0, 2:] |= 1
    slates = hosted(PlugIn(), catalog, log).recommend(batch, 4)
    assert (slates.items[0] >= 0).sum() == (batch.view.blocked[0] == 0).sum() < 4
    assert (slates.items[1] >= 0).all()


def test_a_matrix_plug_in_with_nan_scores_is_refused(catalog, log, make_batch) -> None:
    class Broken(MatrixRecommender):
        def _fit(self, matrix):
            pass

        def _scores(self, histories):
            return np.full(histories.shape, np.nan, dtype=np.float32)

    with pytest.raises(PluginError, match=r"user 'u00', turn 0: item 'i\d+' has the score nan"):
        hosted(Broken(), catalog, log).recommend(make_batch(log), 4)


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([[0, 1, 2]], "items have the shape (1, 3) instead of (1, 2)"),
        ([[0, 40]], "catalogue rows go beyond the 40 items"),
        ([[1, 1]], "item 'i1' occurs more than once"),
        ([[-1, -1]], "0 items for k = 2"),
    ],
)
def test_arrays_are_checked_like_slates(items, told, catalog, log, make_batch) -> None:
    recommender = PlugIn()
    recommender.recommend = lambda requests, k: SlateBatch(catalog, np.array(items, dtype=np.int32))  # type: ignore
    with pytest.raises(PluginError) as caught:
        hosted(recommender, catalog, log).recommend(make_batch(log, [57]), 2)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("items", "scores", "told"),
    [
        ([[0, 1]], None, "items are a list instead of an array of whole numbers"),
        (None, None, "items are None instead of an array of whole numbers"),
        (np.array([[0.0, 1.0]]), None, "items are an array of float64 instead of an array of whole numbers"),
        (np.array([[None, None]]), None, "items are an array of object instead of an array of whole numbers"),
        (np.array([[0, 1]]), [[1.0, 0.5]], "scores are a list instead of an array of numbers"),
        (np.array([[0, 1]]), np.array([["a", "b"]]), "scores are an array of <U1 instead of an array of numbers"),
    ],
)
def test_arrays_of_other_kinds_are_refused(items, scores, told, catalog, log, make_batch) -> None:
    recommender = PlugIn()
    recommender.recommend = lambda requests, k: SlateBatch(catalog, items, scores)  # type: ignore[method-assign]
    with pytest.raises(PluginError) as caught:
        hosted(recommender, catalog, log).recommend(make_batch(log, [57]), 2)
    assert told in str(caught.value)


def test_a_plug_in_that_never_answers_is_given_up(catalog, log, make_batch) -> None:
    release, waited_for = threading.Event(), []
    plug_in = PlugIn(lambda r, k, ids: waited_for.append(release.wait(60)))
    host = hosted(plug_in, catalog, log, timeout_s=0.05)
    with pytest.raises(PluginError, match=r"turn 2: recommend is too slow: no answer within 0.05 s for a batch of 60"):
        host.recommend(make_batch(log, turn=2), 3)
    with pytest.raises(PluginError, match="too slow"):
        host.recommend(make_batch(log, turn=2), 3)
    host.close()
    assert not waited_for
    release.set()


@pytest.mark.parametrize("send", [awoken, lambda main: _thread.interrupt_main(signal.SIGUSR1)], ids=["awoken", "late"])
def test_an_interrupted_call_is_not_waited_for(send, catalog, log, make_batch) -> None:
    """Not even if the interrupt comes in the instant before the wait begins, and so breaks nothing off."""
    begun, release, waited_for = threading.Event(), threading.Event(), []

    def answer(request, k, ids):
        begun.set()
        waited_for.append(release.wait(60))

    host = hosted(PlugIn(answer), catalog, log)
    with interrupted_once(begun, send):
        host.recommend(make_batch(log), 4)
    host.close()
    assert not waited_for
    release.set()


def test_a_timeout_of_the_plug_in_itself_is_its_own_error(catalog, log, make_batch) -> None:
    def answer(request, k, ids):
        raise TimeoutError("the database did not answer")

    with pytest.raises(PluginError, match="recommend raised TimeoutError: the database did not answer"):
        hosted(PlugIn(answer), catalog, log).recommend(make_batch(log), 3)


def test_a_plug_in_meets_one_thread_only(catalog, log, make_batch) -> None:
    threads = set()

    class Local(PlugIn):
        def fit(self, catalog, log):
            threads.add(threading.get_ident())
            super().fit(catalog, log)

        def recommend(self, requests, k):
            threads.add(threading.get_ident())
            return super().recommend(requests, k)

    host = hosted(Local(), catalog, log)
    host.probe(catalog, log, 3)
    host.recommend(make_batch(log), 3)
    host.close()
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_leaving_the_interpreter_is_a_breach_too(catalog, log) -> None:
    class Quitter(PlugIn):
        def fit(self, catalog, log):
            raise SystemExit(7)

    with pytest.raises(PluginError, match="fit raised SystemExit: 7"):
        hosted(Quitter(), catalog, log)


def test_the_probe_asks_for_a_newcomer_before_the_first_turn(catalog, log) -> None:
    asked = []

    def answer(request, k, ids):
        asked.append((request.user_id, len(request.history)))
        return Slate([request.history[0] if not request.history else ids[0], *ids[1:k]])

    with pytest.raises(PluginError, match=r"recommend raised IndexError: tuple index out of range"):
        hosted(PlugIn(answer), catalog, log).probe(catalog, log, 3)
    assert [n > 0 for _, n in asked] == [True, True, True, False]
    assert [user for user, _ in asked[:3]] == ["u00", "u01", "u02"]


@pytest.mark.parametrize("name", sorted(BUILTINS.keys() - {"llm-rerank"}))  # it waits for a language model
def test_built_ins_pass_the_probe_and_can_be_restored(name, catalog, log, make_batch, tmp_path: Path) -> None:
    if name == "sasrec":
        pytest.importorskip("torch", reason="learning needs PyTorch")
    host = hosted(builtin(name)(), catalog, log)
    host.probe(catalog, log, 5)
    assert host.built_in
    assert host.can_save
    host.save(tmp_path / "models" / name)
    twin = Host(builtin(name)())
    twin.restore(tmp_path / "models" / name, catalog)
    np.testing.assert_array_equal(twin.recommend(make_batch(log), 5).items, host.recommend(make_batch(log), 5).items)


def test_an_explored_recommender_is_restored_with_its_policy(catalog, log, make_batch, tmp_path: Path) -> None:
    host = hosted(explore(Popular(), "plackett_luce", temperature=0.5, pool=9), catalog, log)
    host.save(tmp_path)
    twin = Host(explore(Popular(), "plackett_luce", temperature=0.5, pool=9), "mine")
    twin.restore(tmp_path, catalog)
    one, other = host.recommend(make_batch(log), 5), twin.recommend(make_batch(log), 5)
    np.testing.assert_array_equal(one.items, other.items)
    assert one.propensities.tobytes() == other.propensities.tobytes()
    assert len(twin.recommender.recommend(list(make_batch(log)), 5)) == 60


def test_a_breach_inside_an_exploration_names_the_arm(catalog, log, make_batch) -> None:
    inner = PlugIn(lambda r, k, ids: Slate(["nowhere"]))
    with pytest.raises(PluginError, match=r"recommender 'mine', user 'u00', turn 0: item 'nowhere'"):
        hosted(explore(inner, "epsilon_greedy"), catalog, log).recommend(make_batch(log), 4)


def test_a_plug_in_without_save_says_so(catalog, log) -> None:
    assert not hosted(PlugIn(), catalog, log).can_save
    assert not hosted(explore(PlugIn(), "epsilon_greedy"), catalog, log).can_save


def test_observe_is_passed_on_and_its_errors_are_told(catalog, log) -> None:
    seen = []

    class Learner(PlugIn):
        learns = True

        def observe(self, feedback):
            seen.append(feedback.item_id.tolist())
            raise ValueError("full")

    none, unknown = np.zeros(1, dtype=np.int32), np.full(1, np.nan, dtype=np.float32)
    feedback = Feedback(
        catalog=catalog, user_ids=log.user_ids, user=none, item=none + 3, position=none, clicked=none > 0,
        dwell_s=unknown, rating=unknown, propensity=unknown, page=none, session=none, turn=5,
    )  # fmt: skip
    host = hosted(Learner(), catalog, log)
    assert host.learns
    with pytest.raises(PluginError, match=r"turn 5: observe raised ValueError: full"):
        host.observe(feedback)
    assert seen == [["i3"]]


def test_nobody_is_answered_without_asking(catalog, log, make_batch) -> None:
    host = hosted(PlugIn(lambda r, k, ids: 1 / 0), catalog, log)
    batch = make_batch(log)
    nobody = RequestBatch(batch.view, batch.rows[:0], batch.page[:0], 0, batch.stream)
    assert host.recommend(nobody, 4).items.shape == (0, 4)
