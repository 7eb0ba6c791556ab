"""Learning during a run: whether `observe` works, and does what `learns` says."""

from __future__ import annotations

import numpy as np

from recommenders.conformance.bench import Bench, Subject, first_difference, writes
from recommenders.conformance.made import Data
from recommenders.contract import Feedback, RequestBatch, learns
from simulator.records import I32, Bools

_K = 5
_TURNS = 20


def observe(bench: Bench) -> None:
    """Twenty turns in which everybody chose what the page had not shown them first, and nothing else."""
    subject = bench.fitted()
    if not writes(subject.recommender, "observe"):
        if learns(subject.recommender):
            fault = "learns is true, and observe is not written, so nothing is learnt"
            bench.note("learns", fault, "warning")
        return
    if not bench.steady:
        bench.not_applicable["learns"] = "it answers otherwise without any feedback too"
        return
    people = bench.people
    batch = bench.batch(people)
    before = bench.ask(batch, _K, "before any feedback", subject=subject)
    _tell(bench, subject, nothing(bench.data, batch), "a turn in which nobody was shown anything")
    for turn in range(_TURNS):
        _tell(bench, subject, _turn(bench.data, batch, turn), f"turn {turn}, {len(people)} people")
    after = bench.ask(bench.batch(people), _K, "after feedback", subject=subject)
    difference = first_difference(before, after, batch)
    said = learns(subject.recommender)
    if difference is not None and not said:
        fault = f"learns is false, and after {_TURNS} turns of feedback {difference}"
        bench.note("learns", fault)
    elif difference is None and said:
        fault = f"learns is true, and {_TURNS} turns of feedback from {len(people)} people changed no page"
        bench.note("learns", fault, "warning")


def _tell(bench: Bench, subject: Subject, feedback: Feedback, what: str) -> None:
    kept = {name: getattr(feedback, name).tobytes() for name in ("user", "item", "position", "clicked", "rating")}
    observe = subject.recommender.observe
    bench.call(subject, f"observe, {what}", "observes", lambda: observe(feedback))
    changed = [name for name, content in kept.items() if getattr(feedback, name).tobytes() != content]
    if changed:
        bench.note("inputs-untouched", f"observe changed feedback.{', feedback.'.join(changed)}")


def nothing(data: Data, batch: RequestBatch) -> Feedback:
    """A turn without an impression."""
    empty = np.empty(0, dtype=np.int32)
    return _feedback(data, batch, 0, empty, empty, empty, np.empty(0, dtype=np.bool_))


def _turn(data: Data, batch: RequestBatch, turn: int) -> Feedback:
    """Each person was shown five items that nobody or hardly anybody chose, and took the first of them."""
    n = len(batch)
    counts = np.bincount(data.log.item, minlength=len(data.catalog))
    rare = np.argsort(counts, kind="stable")[: 2 * _K].astype(np.int32)
    user = np.repeat(np.arange(n, dtype=np.int32), _K)
    place = np.tile(np.arange(_K, dtype=np.int32), n)
    item = rare[(place + turn) % rare.size]
    return _feedback(data, batch, turn, user, item, place, place == 0)


def _feedback(data: Data, batch: RequestBatch, turn: int, user: I32, item: I32, place: I32, clicked: Bools) -> Feedback:
    return Feedback(
        catalog=data.catalog,
        user_ids=batch.view.user_ids,
        user=user,
        item=item,
        position=place,
        clicked=clicked,
        dwell_s=np.where(clicked, 60.0, 0.0).astype(np.float32),
        rating=np.where(clicked, 5.0, np.nan).astype(np.float32),
        propensity=np.full(user.size, np.nan, dtype=np.float32),
        page=np.zeros_like(user),
        session=np.full_like(user, turn),
        turn=turn,
    )
