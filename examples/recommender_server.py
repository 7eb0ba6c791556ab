"""Any recommender of Understudy as a service: `python examples/recommender_server.py popular --port 8000`.

It speaks the protocol of docs/plugins.md, a batch at a time. To serve a model of your own, give its class
(`mine.py:Mine`), or keep the routes and replace what is behind them. Needs the extra: pip install -e ".[server]".
"""

from __future__ import annotations

import argparse
import json
import math
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from recommenders import Recommender, Slate
from recommenders.contract import learns
from recommenders.loading import load_recommender
from recommenders.remote.reading import catalog_and_log, read_feedback, read_request, slate_dict
from recommenders.remote.wire import PROTOCOL
from simulator.records import Catalog

Body = dict[str, Any]


class UnknownInstanceError(Exception):
    """An instance that was never fitted here, such as one of before a restart."""


class Served:
    """The recommenders that were fitted here, by instance: each run of each arm has one of its own."""

    def __init__(self, spec: str, params: Body) -> None:
        self.spec, self.params = spec, params
        self.instances: dict[str, tuple[Recommender, Catalog]] = {}
        self.observed: dict[str, int] = {}

    def about(self) -> Body:
        sample = load_recommender(self.spec, self.params)
        gives_odds = type(sample).log_prob is not Recommender.log_prob
        can = {"fits": True, "learns": learns(sample), "log_prob": gives_odds, "saves": False}
        return {"protocol": PROTOCOL, "name": self.spec, "version": "1", "capabilities": can}

    def fit(self, lines: list[Body]) -> Body:
        catalog, log = catalog_and_log(lines)
        recommender = load_recommender(self.spec, self.params)
        recommender.fit(catalog, log)
        instance = lines[0]["instance"]
        self.instances[instance], self.observed[instance] = (recommender, catalog), -1
        return {}

    def known(self, body: Body) -> tuple[Recommender, Catalog]:
        if body["instance"] not in self.instances:
            raise UnknownInstanceError(body["instance"])
        return self.instances[body["instance"]]

    def recommend(self, body: Body) -> Body:
        recommender, _ = self.known(body)
        requests = [read_request(one) for one in body["requests"]]
        return {"slates": [slate_dict(slate) for slate in recommender.recommend(requests, body["k"])]}

    def log_prob(self, body: Body) -> Body:
        recommender, _ = self.known(body)
        requests = [read_request(one) for one in body["requests"]]
        values = recommender.log_prob(requests, [Slate(one["item_ids"]) for one in body["slates"]])
        return {"log_prob": [float(value) if math.isfinite(value) else None for value in values]}

    def observe(self, body: Body) -> Body:
        recommender, catalog = self.known(body)
        if body["sequence"] > self.observed[body["instance"]]:  # else it is a repetition of what arrived already
            recommender.observe(read_feedback(body, catalog))
            self.observed[body["instance"]] = body["sequence"]
        return {}


def application(served: Served) -> Starlette:
    """The routes. One thing is done at a time: a recommender need not be safe for threads."""

    def route(path: str, answer: Callable[[Any], Body], lines: bool = False) -> Route:
        async def handle(request: Request) -> JSONResponse:
            body = await request.body()
            try:
                return JSONResponse(
                    answer([json.loads(line) for line in body.splitlines()] if lines else json.loads(body))
                )
            except UnknownInstanceError as error:  # 409 has the client tell us everything again
                return JSONResponse({"error": f"unknown instance: {error}"}, status_code=409)
            except Exception as error:
                return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=500)

        return Route(path, handle, methods=["POST"])

    async def about(request: Request) -> JSONResponse:
        return JSONResponse(served.about())

    verbs = (served.recommend, served.log_prob, served.observe)
    posts = [route(f"/{verb.__name__}", verb) for verb in verbs]
    return Starlette(routes=[Route("/", about), route("/fit", served.fit, lines=True), *posts])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recommender", help="a built-in, module:Class, or path/file.py:Class")
    parser.add_argument("--params", type=json.loads, default={}, help='JSON, such as {"factors": 32}')
    parser.add_argument("--port", type=int, default=8000, help="0: one that is free")
    given = parser.parse_args()
    app = application(Served(given.recommender, given.params))
    with socket.create_server(("127.0.0.1", given.port)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
