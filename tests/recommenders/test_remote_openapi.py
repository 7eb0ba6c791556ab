"""The OpenAPI document says what is really sent and answered, by the client and by both servers of the examples."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from jsonschema import Draft202012Validator
from plugin_files import PLUGIN, some_feedback
from raw_service import RawService, ok, slates

from recommenders.contract import Slate
from recommenders.host import Host
from recommenders.loading import load_recommender
from recommenders.remote.reading import catalog_and_log
from simulator.cli.main import main
from simulator.records import Catalog, Item

DOCUMENT = json.loads(files("recommenders.remote").joinpath("openapi.json").read_text(encoding="utf-8"))
EXAMPLES = Path(__file__).parents[2] / "examples"
SENT = {
    "fit": "FitLine",
    "recommend": "RecommendRequest",
    "observe": "ObserveRequest",
    "log_prob": "LogProbRequest",
    "save": "SaveRequest",
    "load": "LoadRequest",
}
CAN = {"fits": True, "learns": True, "log_prob": True, "saves": True}


def faults(value: Any, schema: str) -> list[str]:
    """What of a value the document does not allow; closed, so that undocumented fields count as faults."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": _closed(DOCUMENT["components"])}
    return [f"{list(e.absolute_path)}: {e.message}" for e in Draft202012Validator(whole).iter_errors(value)]


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    return {"additionalProperties": False, **closed} if isinstance(schema.get("properties"), dict) else closed


def test_the_document_is_sound_and_printed_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    references = {part.split('"')[0] for part in json.dumps(DOCUMENT).split('"$ref": "#/components/')[1:]}
    for reference in references:
        kind, _, name = reference.partition("/")
        assert name in DOCUMENT["components"][kind]
    assert {path.strip("/") for path in DOCUMENT["paths"]} == {"", *SENT}
    assert main(["recommenders", "openapi"]) == 0
    assert json.loads(capsys.readouterr().out) == DOCUMENT


def test_items_have_the_fields_that_the_document_names() -> None:
    assert set(DOCUMENT["components"]["schemas"]["Item"]["properties"]) == set(Item.__dataclass_fields__)


def test_what_the_client_sends_is_what_the_document_says(catalog, log, make_batch, tmp_path) -> None:
    full = Catalog((Item(item_id="x", title="A film", categories=("Drama",), year=1999, reviews=("Good.",)), *catalog))
    with RawService(
        about=ok({"protocol": 1, "capabilities": CAN}),
        recommend=slates,
        log_prob=ok({"log_prob": [-1.0]}),
        save=ok({"state": "a"}),
        load=ok({}),
    ) as service:
        host = Host(load_recommender(service.url), service.url)
        host.fit(full, log)
        batch = make_batch(log, turn=2)
        batch.view.hear(np.int32([1, 2]), np.int8([3, 4]), np.array(["noir", "no musicals"], dtype=np.object_))
        host.recommender._item_ids = np.array(catalog.item_ids.tolist(), dtype=np.object_)  # type: ignore[attr-defined]
        host.recommend(batch, 4)
        host.recommender.log_prob(list(batch)[:1], [Slate(["i1"])])
        host.observe(some_feedback(catalog, log))
        host.save(tmp_path)
        host.restore(tmp_path, catalog)
        assert {path for path, _, _ in service.asked} == {"about", *SENT}
        for path, schema in SENT.items():
            for body in service.bodies(path):
                for one in body if path == "fit" else [body]:
                    assert not faults(one, schema), path
        assert service.bodies("recommend")[0]["requests"][1]["query"] == "noir"


def test_a_fit_is_read_as_it_was_written(catalog, log) -> None:
    with RawService() as service:
        Host(load_recommender(service.url), service.url).fit(catalog, log)
        read, heard = catalog_and_log(service.bodies("fit")[0])
    assert list(read) == list(catalog)
    for name in ("user_ids", "user", "item", "rating", "clicked", "time", "dwell_s", "position"):
        np.testing.assert_array_equal(getattr(heard, name), getattr(log, name))


@contextmanager
def started(*command: str) -> Iterator[str]:
    """The address of a server that takes whatever port is free, and says which."""
    with subprocess.Popen([*command], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), f"{command} did not come up"
            yield address
        finally:
            server.kill()


@pytest.fixture(scope="module")
def python_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("served") / "plug.py"
    file.write_text(PLUGIN)
    with started(sys.executable, str(EXAMPLES / "recommender_server.py"), f"{file}:Learner", "--port", "0") as address:
        yield address


def test_the_python_server_serves_any_recommender(python_server, catalog, log, make_batch) -> None:
    host = Host(load_recommender(python_server), python_server, retries=1)
    assert host.learns
    host.fit(catalog, log)
    host.probe(catalog, log, 5)
    before = host.recommend(make_batch(log), 4)
    assert before.scores is not None
    np.testing.assert_array_equal(before.items, host.recommend(make_batch(log), 4).items)
    host.observe(some_feedback(catalog, log, item=39))
    assert host.recommend(make_batch(log, [59]), 3)[0].item_ids[0] == "i39"
    other = Host(load_recommender(python_server), python_server)  # one who has learnt nothing of this
    other.fit(catalog, log)
    np.testing.assert_array_equal(before.items, other.recommend(make_batch(log), 4).items)


def test_the_python_server_answers_as_the_document_says(python_server, catalog, log, make_batch) -> None:
    assert not faults(httpx2.get(python_server, trust_env=False).json(), "About")
    recommender = load_recommender(python_server)
    recommender.fit(catalog, log)
    asked = recommender._transport.ask  # type: ignore[attr-defined]
    heard: list[Any] = []
    recommender._transport.ask = lambda *a, **k: heard.append(asked(*a, **k)) or heard[-1]  # type: ignore
    recommender.recommend(make_batch(log), 4)
    assert len(heard) == 1 and not faults(heard[0], "RecommendAnswer")
    unknown = httpx2.post(python_server + "/recommend", json={"instance": "?", "k": 1, "requests": []}, trust_env=False)
    assert unknown.status_code == 409
    asked_wrongly = httpx2.post(python_server + "/recommend", json={"requests": []}, trust_env=False)
    assert asked_wrongly.status_code == 500, "409 has the client fit it again"


def test_the_node_server_needs_nothing_but_node(catalog, log, make_batch) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on this machine")
    text = (EXAMPLES / "recommender_server.mjs").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60 and 'from "node:' in text and text.count("import ") == text.count('from "node:')
    with started(node, str(EXAMPLES / "recommender_server.mjs"), "0") as url:
        assert not faults(httpx2.get(url, trust_env=False).json(), "About")
        host = Host(load_recommender(url), url)
        host.fit(catalog, log)
        host.probe(catalog, log, 5)
        batch = make_batch(log)
        shown = host.recommend(batch, 5)
        np.testing.assert_array_equal(shown.items, host.recommend(batch, 5).items)
        own = np.array([(shown.items[row] % 2 == row % 2).mean() for row in range(40)])
        assert own.mean() > 0.8  # even people like even items: co-occurrence finds that, popularity does not
