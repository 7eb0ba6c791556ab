"""Recommenders behind a URL, on real sockets: those that keep the protocol, and all ways in which others do not."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import numpy as np
import pytest
from interrupting import interrupted_once
from plugin_files import some_feedback
from raw_service import ABOUT, RawService, ok, said, slates

from recommenders.contract import RequestBatch, Slate, learns
from recommenders.errors import PluginError
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote import transport
from recommenders.remote.wire import request_dicts
from simulator.records import UserInputError


def hosted(service: RawService, catalog, log, params: dict[str, Any] | None = None, **settings: Any) -> Host:
    host = Host(load_recommender(service.url, params), service.url, **settings)
    host.fit(catalog, log)
    return host


def test_a_service_is_fitted_asked_and_answered(catalog, log, make_batch) -> None:
    with RawService(recommend=slates) as service:
        host = hosted(service, catalog, log)
        answered = host.recommend(make_batch(log, [0, 1, 59], turn=4), 5)
        assert (answered.items >= 0).all()
        assert not host.learns and not host.built_in and not host.can_save
        fit = service.bodies("fit")[0]
        items, people, interactions = ([x for line in fit for x in line.get(name, [])] for name in
                                       ("items", "people", "interactions"))  # fmt: skip
        assert [item["item_id"] for item in items] == catalog.item_ids.tolist()
        assert [person["user_id"] for person in people] == log.user_ids.tolist()
        assert len(interactions) == len(log)
        assert interactions[0] == {
            "user_id": "u00",
            "item_id": catalog.item_ids[log.item[0]],
            "clicked": True,
            "time": 1,
        }
        sent = service.bodies("recommend")[0]
        assert sent["instance"] == fit[0]["instance"]
        one, newcomer = sent["requests"][0], sent["requests"][2]
        request = make_batch(log, [0], turn=4)[0]
        assert (one["user_id"], one["turn"], one["page"]) == ("u00", 4, 0)
        assert one["history"] == list(request.history)
        assert set(one["exclude"]) == request.exclude
        assert newcomer["history"] == newcomer["exclude"] == []
        assert one["candidates"] is one["query"] is one["instruction"] is None
        assert 0 <= one["seed"] < 2**53 and one["seed"] != newcomer["seed"]


def test_a_request_made_by_hand_says_the_same_as_one_of_a_batch(log, make_batch) -> None:
    ids = np.array(log.catalog.item_ids.tolist(), dtype=np.object_)
    batch = make_batch(log, turn=3)
    batch.view.hear(np.int32([1]), np.int8([4]), np.array(["no more westerns"], dtype=np.object_))
    batch.view.record(np.int32([0, 2]), np.int32([[1, 3], [2, 5]]), np.array([[True, True], [False, False]]))
    fast, slow = request_dicts(batch, ids), request_dicts(list(batch), ids)
    assert fast[1]["instruction"] == "no more westerns"
    for one, other in zip(fast, slow, strict=True):
        assert sorted(one.pop("exclude")) == sorted(other.pop("exclude"))
        assert one == other


def test_chance_is_keyed_by_seed_person_and_turn(log, make_batch) -> None:
    ids = np.array(log.catalog.item_ids.tolist(), dtype=np.object_)

    def seeds(**which: int) -> list[int]:
        return [one["seed"] for one in request_dicts(make_batch(log, **which), ids)]

    assert seeds(turn=1) == seeds(turn=1)
    assert not set(seeds(turn=1)) & set(seeds(turn=2))
    assert not set(seeds(turn=1)) & set(seeds(turn=1, seed=1))


def test_one_that_is_fitted_already_is_sent_no_log(catalog, log, make_batch) -> None:
    with RawService(about=ok({"protocol": 1}), recommend=slates) as service:
        hosted(service, catalog, log).recommend(make_batch(log), 3)
        assert not service.bodies("fit")


def test_batches_are_cut_to_what_the_service_takes(catalog, log, make_batch) -> None:
    with RawService(about=ok({**ABOUT, "max_batch": 25}), recommend=slates) as service:
        cut = hosted(service, catalog, log).recommend(make_batch(log), 3)
        assert [len(body["requests"]) for body in service.bodies("recommend")] == [25, 25, 10]
        service.answers["about"] = ok(ABOUT)
        whole = hosted(service, catalog, log).recommend(make_batch(log), 3)
        assert len(service.bodies("recommend")) == 4
        np.testing.assert_array_equal(cut.items, whole.items)


FAULTS = {
    "a server error": (said(500, '{"error": "index out of range"}'), "HTTP 500: '{\"error\": \"index out of range\"}'"),
    "nothing at all": (said(500), "POST /recommend answered HTTP 500, and nothing more"),
    "no such route": (said(404, "who?"), "HTTP 404: 'who?'"),
    "a long page": (said(400, "<p>" + "x" * 5000), "<p>" + "x" * 196 + "…"),
    "control characters": (said(500, "a\x1b[31mb\nc"), "'a [31mb c'"),
    "no JSON": (said(200, "{slates: []}"), "what is not JSON (Expecting property name"),
    "half of it": (said(200, '{"slates": ['), "what is not JSON"),
    "nonsense bytes": (said(200, b"\xff\xfe\x00\x01" * 20), "what is not JSON"),
    "a page": (said(200, "<html>hello</html>", "text/html"), "text/html instead of application/json: '<html>hello"),
    "no content type": (said(200, "{}", ""), "no content type instead of application/json"),
    "a list": (said(200, "[]"), "a list instead of a JSON object"),
    "a redirect": (
        said(302, "", location="http://me:secret@127.0.0.1:1/new?key=1"),
        "HTTP 302 and points to 127.0.0.1:1/new; give the address that answers itself",
    ),
    "no slates": (ok({}), "slates is missing or null instead of a list"),
    "slates that are no list": (ok({"slates": {}}), "slates is a dict instead of a list"),
    "too few slates": (ok({"slates": [{"item_ids": ["i1"]}]}), "1 slates for 2 requests"),
    "too many slates": (ok({"slates": [{"item_ids": []}] * 3}), "3 slates for 2 requests"),
    "a slate that is none": (ok({"slates": [["i1"], {}]}), "{item_ids: […]} belongs, for user 'u00'"),
    "a slate without items": (ok({"slates": [{"items": []}, {}]}), "without item_ids stands where"),
    "items that are no list": (ok({"slates": [{"item_ids": "i1"}] * 2}), "item_ids is a str instead of a list"),
    "items that are null": (ok({"slates": [{"item_ids": None}] * 2}), "item_ids is None instead of a list"),
    "an unknown item": (ok({"slates": [{"item_ids": ["no"]}] * 2}), "user 'u00', turn 3: item 'no' is not in the cat"),
    "scores that are none": (ok({"slates": [{"item_ids": ["i39"], "scores": ["x"]}] * 2}), "'x' among its scores"),
    "a score of NaN": (ok({"slates": [{"item_ids": ["i39"], "scores": [np.nan]}] * 2}), "nan among its scores"),
    "a truncated body": (said(200, '{"slates": []}', content_length="500"), "the connection broke"),
    "an answer that is no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n", "POST /recommend: the connection broke"),
    "a closed connection": (b"", "the connection broke"),
    "never reached again": (said(503, "maintenance"), "HTTP 503: 'maintenance' (asked 5 times)"),
    "a key that it does not take": (said(401, "no"), "give the name of the variable with the right token"),
    "packed nonsense": (said(200, b"not packed", content_encoding="gzip"), "POST /recommend: "),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_comes_instead_of_slates_is_told_with_address_turn_and_words(
    case: str, catalog, log, make_batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0.01)
    reply, told = FAULTS[case]
    with RawService(recommend=reply) as service:
        host = hosted(service, catalog, log, timeout_s=5)
        # one that breaks off in mid-answer closes its connection, as a server that dies does
        service.answers["recommend"] = (
            (lambda body: _once(reply)) if "truncated" in case or "no HTTP" in case else reply
        )
        with pytest.raises(PluginError) as caught:
            host.recommend(make_batch(log, [0, 1], turn=3), 4)
        message = str(caught.value)
        assert told in message
        assert message.startswith(f"recommender '{service.url}', ")
        assert "turn 3" in message and "The contract: " in message
        assert "secret" not in message and "\n" not in message and "\x1b" not in message
        assert len(message) < 900
        host.close()


def _once(reply: bytes) -> Any:
    """The reply, then the end of the connection."""
    yield reply
    raise OSError


def test_too_large_an_answer_is_cut_off(catalog, log, make_batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 10_000)
    endless = itertools.chain([said(200, content_length="100000000")], itertools.repeat(b"x" * 4096))
    with RawService(recommend=lambda body: endless) as service:
        host = hosted(service, catalog, log)
        with pytest.raises(PluginError, match="answered with more than 10,000 bytes"):
            host.recommend(make_batch(log), 4)


@pytest.mark.parametrize("how", ["silence", "a byte now and then", "headers now and then"])
def test_one_that_takes_too_long_is_given_up_and_can_be_asked_again(how, catalog, log, make_batch) -> None:
    ended = []

    def drip(body: Any) -> Any:
        if how == "a byte now and then":
            yield said(200, content_length="10000")
        for _ in range(1200):
            if service.closing.wait(0.05):
                return
            if how != "silence":
                yield b"x" if how.startswith("a byte") else b"HTTP/1.1 200 OK\r\n"[:1]
        ended.append(how)

    with RawService(recommend=drip) as service:
        host = hosted(service, catalog, log, timeout_s=0.3)
        with pytest.raises(
            PluginError, match=r"turn 2: recommend is too slow: no answer within 0.3 s for a batch of 60"
        ):
            host.recommend(make_batch(log, turn=2), 4)
        assert not ended, "nobody waited for it"
        service.answers["recommend"] = slates
        host.recommender.timeout_s = 60.0  # type: ignore[attr-defined]
        assert len(host.recommend(make_batch(log), 4)) == 60


def test_an_interrupted_call_is_not_waited_for(catalog, log, make_batch) -> None:
    """A fit, too, which by default may take as long as it takes."""

    begun, ended = threading.Event(), []

    def silence(body: Any) -> Any:
        begun.set()
        ended.append(service.closing.wait(60))
        yield b""

    with RawService(fit=silence) as service:
        host = Host(load_recommender(service.url), "mine")
        with interrupted_once(begun):
            host.fit(catalog, log)
        host.close()
        assert not ended


def test_a_busy_service_is_asked_again_when_it_says(catalog, log, make_batch) -> None:
    heard: list[str] = []
    replies = iter([said(429, "slow down", retry_after="0.3"), said(503), b""])
    with RawService(recommend=lambda body: _first(replies, body)) as service:
        host = hosted(service, catalog, log, notice=heard.append)
        began = time.monotonic()
        assert len(host.recommend(make_batch(log), 4)) == 60
        assert time.monotonic() - began >= 0.3
        assert len(service.bodies("recommend")) == 4
        assert len(heard) == 1 and "HTTP 429: 'slow down'. Asked again" in heard[0]


def _first(replies: Any, body: Any) -> bytes:
    for reply in replies:
        return reply
    return slates(body)


def test_a_wait_that_is_longer_than_the_time_left_is_not_waited_for(catalog, log, make_batch) -> None:
    with RawService(recommend=said(429, "quota", retry_after="3600")) as service:
        host = hosted(service, catalog, log, timeout_s=600)  # nor is all of that waited out: the test would not end
        with pytest.raises(PluginError, match=r"HTTP 429: 'quota', and asks to wait 3600 s \(asked 1 time\)"):
            host.recommend(make_batch(log), 4)


def test_a_token_comes_from_the_environment_and_is_never_told(
    catalog, log, make_batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "very-secret-token")
    with RawService(recommend=said(500, "bad header: Bearer very-secret-token")) as service:
        host = hosted(service, catalog, log, {"token_env": "MY_TOKEN"})
        with pytest.raises(PluginError) as caught:
            host.recommend(make_batch(log), 4)
        assert "very-secret-token" not in str(caught.value) and "***" in str(caught.value)
        assert all("authorization: bearer very-secret-token" in headers.lower() for _, headers, _ in service.asked)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"])
def test_a_proxy_diverts_nothing_that_is_on_this_machine(
    name, catalog, log, make_batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    with RawService(recommend=slates) as service:
        assert len(hosted(service, catalog, log).recommend(make_batch(log), 4)) == 60


@pytest.mark.parametrize(
    ("url", "params", "told"),
    [
        ("http://127.0.0.1:9", {}, "http://127.0.0.1:9: GET /: nobody answers at http://127.0.0.1:9"),
        ("http://127.0.0.1:9", {}, "Start the service, or correct the address"),
        ("http://127.0.0.1:9", {"token": "x"}, "It takes token_env (None)"),
        ("http://127.0.0.1:9", {"token_env": "NOT_SET_ANYWHERE"}, "variable 'NOT_SET_ANYWHERE' is not set"),
        ("http://anna:secret@127.0.0.1:9", {}, "comes with a user, a password or a query"),
        ("http://anna:secret@127.0.0.1:9", {"x": 1}, "params do not fit"),
        ("http://127.0.0.1:9/?key=secret", {}, "comes with a user, a password or a query"),
        ("http://", {}, "is no address of a service"),
        ("http://127.0.0.1:99999", {}, "is no address of a service"),
        ("http://recommender.invalid", {"token_env": "PATH_TOKEN"}, "anybody on the way could read the token"),
    ],
)
def test_an_address_that_is_wrong_is_refused_at_once(url, params, told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH_TOKEN", "abc")
    with pytest.raises(UserInputError) as caught:
        load_recommender(url, params)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (ok({"name": "some other API"}), "GET / says protocol None; this is version 1"),
        (ok({"protocol": 2}), "GET / says protocol 2"),
        (said(404, "not found", "text/plain"), "GET / answered HTTP 404: 'not found'. Start the service"),
        (said(200, "<h1>It works!</h1>", "text/html"), "text/html instead of application/json"),
        (ok({"protocol": 1, "capabilities": ["fits"]}), "capabilities must be an object of true and false"),
        (ok({"protocol": 1, "capabilities": {"fits": "yes"}}), "capabilities must be an object of true and false"),
        (ok({"protocol": 1, "max_batch": 0}), "max_batch must be a whole number above 0, not 0"),
    ],
    ids=["another API", "a later protocol", "no route", "a page", "a list of capabilities", "a word", "no batch"],
)
def test_one_that_is_no_recommender_is_refused_at_once(about, told) -> None:
    with RawService(about=about) as service, pytest.raises(UserInputError) as caught:
        load_recommender(service.url)
    assert told in str(caught.value) and service.url in str(caught.value)


def test_one_that_learns_is_told_what_happened_and_a_repetition_bears_the_same_number(catalog, log) -> None:
    about = ok({"protocol": 1, "capabilities": {"learns": True}})
    with RawService(about=about) as service:
        host = hosted(service, catalog, log)
        assert host.learns and learns(host.recommender)
        host.observe(some_feedback(catalog, log, turn=5))
        lost = iter([said(503)])
        service.answers["observe"] = lambda body: next(lost, ok({}))
        host.observe(some_feedback(catalog, log, turn=6))
        assert [(body["turn"], body["sequence"]) for body in service.bodies("observe")] == [(5, 0), (6, 1), (6, 1)]
        assert service.bodies("observe")[0]["events"] == [
            {"user_id": "u01", "item_id": "i3", "position": 0, "clicked": True, "dwell_s": 12.5, "rating": 4.0,
             "propensity": None, "page": 0, "session": 2},
            {"user_id": "u01", "item_id": "i3", "position": 1, "clicked": False, "dwell_s": 0.0, "rating": None,
             "propensity": None, "page": 0, "session": 2},
        ]  # fmt: skip


def test_probabilities_are_asked_for_only_where_there_are_any(catalog, log, make_batch) -> None:
    batch = make_batch(log, [0, 1])
    shown = [Slate(["i1"]), Slate(["i2", "i3"])]
    with RawService(about=ok({"protocol": 1, "capabilities": {"log_prob": True}})) as service:
        recommender = hosted(service, catalog, log).recommender
        service.answers["log_prob"] = ok({"log_prob": [-1.5, None]})
        np.testing.assert_array_equal(recommender.log_prob(batch, shown), [-1.5, -np.inf])
        assert service.bodies("log_prob")[0]["slates"] == [{"item_ids": ["i1"]}, {"item_ids": ["i2", "i3"]}]
        for wrong in ([-1.5], [0.4, -1], ["x", None], None):
            service.answers["log_prob"] = ok({"log_prob": wrong})
            with pytest.raises(PluginError, match="log_prob "):
                recommender.log_prob(batch, shown)
    with RawService() as service, pytest.raises(NotImplementedError, match="gives no probabilities"):
        hosted(service, catalog, log).recommender.log_prob(batch, shown)


def test_state_is_kept_and_taken_up_by_its_name(catalog, log, make_batch, tmp_path) -> None:
    about = ok({"protocol": 1, "capabilities": {"fits": True, "saves": True}})
    with RawService(about=about, save=ok({"state": "s-17"}), load=ok({}), recommend=slates) as service:
        host = hosted(service, catalog, log)
        assert host.can_save
        host.save(tmp_path / "kept")
        twin = Host(load_recommender(service.url), service.url)
        twin.restore(tmp_path / "kept", catalog)
        assert service.bodies("load")[0]["state"] == "s-17"
        assert len(twin.recommend(make_batch(log), 4)) == 60
        assert len(service.bodies("fit")) == 1


def test_fitting_has_a_time_of_its_own(catalog, log) -> None:
    with RawService(fit=lambda body: time.sleep(0.4) or ok({})) as service:
        hosted(service, catalog, log, timeout_s=0.1)
        with pytest.raises(
            PluginError, match=r"fit is too slow: no answer within 0.1 s.*raise the arm's fit_timeout_s"
        ):
            hosted(service, catalog, log, fit_timeout_s=0.1)


def test_nobody_is_asked_for_nobody(catalog, log, make_batch) -> None:
    with RawService() as service:
        batch = make_batch(log)
        nobody = RequestBatch(batch.view, batch.rows[:0], batch.page[:0], 0, batch.stream)
        assert hosted(service, catalog, log).recommend(nobody, 4).items.shape == (0, 4)
        assert not service.bodies("recommend")
