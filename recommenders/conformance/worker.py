"""The process in which a recommender is checked that was given by name: orders in as JSON, events out, a line each.

The recommender gets another standard output than the events, so that it can print what it likes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from recommenders.conformance.bench import Bench
from recommenders.conformance.checks import CHECKS
from recommenders.conformance.engine import Event, run_checks
from recommenders.conformance.made import Data, made_data, read_data
from recommenders.contract import Recommender
from recommenders.errors import NotMadeError
from recommenders.remote.serving import end_with_children, keep_from_children
from simulator.records import UserInputError

_SLOW_IMPORT_S = 5.0


def main() -> None:
    """Carry out the order on standard input."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    keep_from_children(events.fileno())
    said = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - it lives as long as the process
    os.dup2(said.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            events.write(json.dumps(event) + "\n")
            events.flush()

    place = [0]

    def printed() -> str:
        sys.stdout.flush()
        end = os.lseek(said.fileno(), 0, os.SEEK_END)
        text = os.pread(said.fileno(), end - place[0], place[0])
        place[0] = end
        return text.decode("utf-8", "replace")

    try:
        _check(order, emit, printed)
    except UserInputError as error:
        emit({"refused": str(error)})
    emit({"end": True})
    events.flush()
    os._exit(0)  # threads of the recommender, one that hangs too, end with the process


def _end_with_the_caller() -> None:
    """Standard input closes when whoever gave the order is gone, killed too; then nobody is left to hear."""
    while os.read(0, 1 << 10):
        pass
    end_with_children()


def _check(order: Mapping[str, Any], emit: Callable[[Event], None], printed: Callable[[], str]) -> None:
    make = _maker(order)
    emit({"call": "loading it"})
    began = perf_counter()
    ready: list[Recommender] = []
    if order["first"]:
        # A class that cannot be found is wrong input; one that raises when it is made is a finding of the check.
        try:
            ready.append(make())
        except NotMadeError:
            emit({"call": "making it"})
        took = perf_counter() - began
        if took > _SLOW_IMPORT_S:
            emit({"slow import": took})
        emit({"checked": ["loads-quickly"]})
    label = order["label"]
    data = made_data() if order["data"] is None else read_data(Path(order["data"]))
    bench = Bench(
        order["spec"],
        lambda: ready.pop() if ready else make(),
        Data(data.catalog, data.log),
        timeout_s=order["timeout_s"],
        label=label,
        about=lambda situation: emit({"call": situation}),
    )
    wanted = [each.name for each in CHECKS if each.name in order["checks"] and (not label or each.on_given_data)]
    try:
        run_checks(bench, wanted, emit, printed, leave_if_lost=True)
    finally:
        bench.close()


def _maker(order: Mapping[str, Any]) -> Callable[[], Recommender]:
    from recommenders.loading import load_recommender

    folder = None if order["folder"] is None else Path(order["folder"])
    spec, params, python = order["spec"], order["params"], order["python"]
    return lambda: load_recommender(spec, params, folder=folder, seed=0, python=python)


if __name__ == "__main__":
    main()
