"""Saving and loading: the same pages without fitting, from plain files."""

from __future__ import annotations

import tempfile
from pathlib import Path

from recommenders.conformance.bench import Bench, Subject, first_difference, writes
from recommenders.remote.base import Remote

_K = 5


def save_and_load(bench: Bench) -> None:
    """Save, load into a new instance, and ask both."""
    subject = bench.subject
    if not writes(subject.recommender, "save"):
        for rule in ("saves", "stores-plain"):
            bench.not_applicable[rule] = "save is not written"
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bench.call(subject, "save to an empty folder", "saves", lambda: subject.recommender.save(folder))
        pickled = [path.name for path in sorted(folder.rglob("*")) if path.is_file() and _is_pickled(path)]
        if pickled:
            fault = f"save wrote {', '.join(pickled[:3])}, which is a pickle: to load it is to run what it says"
            bench.note("stores-plain", fault, "warning")
        loaded = _loaded(bench, folder)
        batch = bench.batch(bench.people[:24])
        before = bench.ask(batch, _K, "24 people, before save")
        again = bench.batch(bench.people[:24])
        after = bench.ask(again, _K, "24 people, after load", subject=loaded, rule="saves")
        difference = first_difference(before, after, batch)
        if difference is not None:
            bench.note("saves", f"recommend, k = {_K}, before save and after load: {difference}")
        loaded.close()


def _loaded(bench: Bench, folder: Path) -> Subject:
    first = bench.subject.recommender
    if not isinstance(first, Remote):
        return bench.adopt(bench.call(None, "load from that folder", "saves", lambda: type(first).load(folder)))
    other = bench.adopt(bench.call(None, "making it", "loads", bench.make))
    remote = other.recommender
    assert isinstance(remote, Remote)
    bench.call(other, "load from that folder", "saves", lambda: remote.restored(folder, bench.data.catalog))
    return other


def _is_pickled(path: Path) -> bool:
    """Whether a file is a pickle of protocol 2 or later, or an array of Python objects."""
    with path.open("rb") as file:
        head = file.read(256)
    return (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or (
        head.startswith(b"\x93NUMPY") and b"'|O'" in head
    )
