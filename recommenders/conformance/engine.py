"""Runs the checks one after the other on a bench, and tells what happens as plain events."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict
from typing import Any

from recommenders.conformance.bench import Bench, BreachError, global_luck_restored
from recommenders.conformance.checks import CHECKS, Check
from recommenders.conformance.rules import SLATE_RULES

Event = dict[str, Any]
Emit = Callable[[Event], None]
Printed = Callable[[], str]
"""What was written to standard output since it was last asked."""

_PAGE_RULES = frozenset({"answers", "answers-in-time", "stays-alive", *SLATE_RULES})
_FATAL = frozenset({"loads", "fits", "answers", "answers-in-time", "stays-alive", "one-slate-each"})
"""Errors of a needed check after which nothing else can be tried."""


def run_checks(bench: Bench, names: Collection[str], emit: Emit, printed: Printed, *, leave_if_lost: bool) -> None:
    """Run the checks `names` in their order. Events, each a dict with one of these keys:

    ``check`` (its name, before it is run), ``finding``, ``checked`` (rules), ``unchecked`` (reasons by rule),
    ``digest``, ``stop`` (nothing else can be tried), ``lost`` (a call has not come back, and `leave_if_lost` is set).
    """
    with global_luck_restored():
        for check in CHECKS:
            if check.name not in names:
                continue
            emit({"check": check.name})
            told = len(bench.findings)
            breach = _attempt(bench, check)
            said = printed()
            if said:
                first = said.strip().splitlines()[0][:80] if said.strip() else repr(said[:80])
                bench.note("quiet", f"{bench.label}{check.name}: it printed {first!r} to standard output", "warning")
            fresh = bench.findings[told:]
            for finding in fresh:
                emit({"finding": asdict(finding)})
            if breach is None:
                found = {finding.rule for finding in fresh}
                emit({"checked": _checked(check, found), "unchecked": dict(bench.not_applicable)})
            if bench.digest is not None:
                emit({"digest": bench.digest})
            if check.needed and any(f.severity == "error" and f.rule in _FATAL for f in fresh):
                emit({"stop": check.name})
                return
            if breach is not None and breach.gave_up and leave_if_lost:
                emit({"lost": check.name})
                return
        emit({"checked": ["quiet"]})


def _attempt(bench: Bench, check: Check) -> BreachError | None:
    try:
        check.run(bench)
    except BreachError as breach:
        bench.note(breach.rule, breach.fault, breach.severity)
        return breach
    return None


def _checked(check: Check, found: Collection[str]) -> list[str]:
    """The rules that a check which came to its end has checked: none, if pages were wrong that it needed."""
    return [] if _PAGE_RULES & set(found) else list(check.rules)


@contextmanager
def listening() -> Iterator[Printed]:
    """Python's standard output of this process goes to where `Printed` reads it."""
    heard = io.StringIO()

    def printed() -> str:
        said = heard.getvalue()
        heard.seek(0)
        heard.truncate()
        return said

    with redirect_stdout(heard):
        yield printed
