"""The same question gets the same answer: alone and in company, again, in another instance, under other luck."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from recommenders.conformance.bench import Bench, first_difference
from recommenders.conformance.made import changed_columns
from recommenders.contract import Request, RequestBatch, SlateBatch

_K = 5
_PEOPLE = 24
_ALONE = 5


def company(bench: Bench) -> None:
    """Everybody in one batch against halves, another order, and one at a time; arrays against a plain list."""
    if not bench.steady:
        bench.not_applicable["company"] = "asked again in the same company, it answers otherwise"
        return
    people = bench.people[:_PEOPLE]
    n = len(people)
    whole = bench.ask(bench.batch(people), _K, f"{n} people in one batch")
    turned = list(range(n))[::-1]
    ways: list[tuple[str, list[list[int]]]] = [
        ("the same people in another order", [turned]),
        ("the same people in two batches", [list(range(n // 2)), list(range(n // 2, n))]),
        ("one person at a time", [[i] for i in range(0, n, max(1, n // _ALONE))]),
    ]
    for what, groups in ways:
        for group in groups:
            batch = bench.batch([people[i] for i in group])
            _same(bench, whole, bench.ask(batch, _K, what), group, batch, what)
    listed: Sequence[Request] = [bench.batch(people)[i] for i in turned]
    what = "the same requests as a plain list in another order"
    _same(bench, whole, bench.ask(listed, _K, what), turned, bench.batch([people[i] for i in turned]), what)


def _same(
    bench: Bench, whole: SlateBatch, part: SlateBatch, group: Sequence[int], batch: RequestBatch, what: str
) -> None:
    expected = SlateBatch(whole.catalog, whole.items[list(group)])
    difference = first_difference(expected, part, batch)
    if difference is not None:
        fault = f"recommend, k = {_K}, for {len(whole)} people in one batch, and for {what}: {difference}"
        bench.note("company", fault)
    elif whole.scores is not None and part.scores is not None:
        gap = np.nanmax(np.abs(whole.scores[list(group)] - part.scores), initial=0.0)
        if gap > 0:
            fault = (
                f"recommend, k = {_K}, for {len(whole)} people in one batch, and for {what}: scores differ by up to "
                f"{gap:.2g}, which will one day change an order"
            )
            bench.note("company", fault, "warning")


def repeats(bench: Bench) -> None:
    """Ask again; under other global luck; and another instance. What differs first tells which rule is broken."""

    def batch(turn: int = 0) -> RequestBatch:
        return bench.batch(bench.people[:_PEOPLE], turn=turn)

    first = bench.ask(batch(), _K, "the first time")
    bench.ask(batch(5), _K, "another turn")
    again = bench.ask(batch(), _K, "the same requests again")
    difference = first_difference(first, again, batch())
    if difference is not None:
        bench.note("asking-changes-nothing", f"recommend, k = {_K}, twice for the same requests: {difference}")
        return
    elsewhere = bench.ask(batch(), _K, "the same requests, with random and numpy.random seeded otherwise", luck=2)
    difference = first_difference(first, elsewhere, batch())
    if difference is not None:
        fault = f"recommend, k = {_K}, twice, with random.seed and numpy.random.seed set otherwise: {difference}"
        bench.note("keyed-chance", fault)
        return
    twin = bench.fitted(luck=2)
    other = bench.ask(batch(), _K, "the same requests, to another instance", subject=twin)
    if first_difference(first, other, batch()) is None:
        return
    alike = bench.fitted(luck=1)
    same = bench.ask(batch(), _K, "the same requests, to an instance fitted alike", subject=alike)
    difference = first_difference(first, same, batch())
    if difference is not None:
        bench.note("repeats", f"two instances, made and fitted alike, asked for the same people: {difference}")
    else:
        difference = first_difference(first, other, batch())
        fault = f"two instances, fitted with random.seed and numpy.random.seed set otherwise: {difference}"
        bench.note("keyed-chance", fault)


def digest(bench: Bench) -> None:
    """A fingerprint of some pages, to be compared with another process, in which text has other hashes."""
    slates = bench.ask(bench.batch(bench.people[:_PEOPLE], turn=2), _K, "a fingerprint")
    bench.digest = blake2b(slates.items.tobytes(), digest_size=8).hexdigest()


def inputs(bench: Bench) -> None:
    """What was given to `fit` and to `recommend` is still what it was."""
    subject = bench.subject
    assert subject.given is not None
    changed = changed_columns(bench.data.log, subject.given)
    if changed:
        bench.note("inputs-untouched", f"fit or recommend changed {', '.join(changed)}, which all arms share")
    batch = bench.batch(bench.people[:_PEOPLE])
    listed, kept = list(batch), list(batch)
    with bench.noting():
        bench.ask(listed, _K, "a plain list of requests")
    if listed != kept:
        fault = f"recommend was given a list of {len(kept)} requests, and left it with {len(listed)}"
        same_size = "recommend reordered or replaced the requests that it was given"
        bench.note("inputs-untouched", same_size if len(listed) == len(kept) else fault)
    before = _bytes(batch)
    with bench.noting():
        bench.ask(batch, _K, "a batch of requests")
    touched = [name for name, content in _bytes(batch).items() if content != before[name]]
    if touched:
        bench.note("inputs-untouched", f"recommend changed {', '.join(touched)} of the batch that it was given")


def _bytes(batch: RequestBatch) -> dict[str, bytes]:
    view = batch.view
    names = ("blocked", "items", "indptr", "shown", "user_ids", "keys", "settled", "pages_in_session")
    content = {f"view.{name}": getattr(view, name).tobytes() for name in names}
    return content | {"rows": batch.rows.tobytes(), "page": batch.page.tobytes()}
