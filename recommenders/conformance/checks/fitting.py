"""Making and fitting: on the made log, and on logs with next to nothing in them."""

from __future__ import annotations

from recommenders.conformance.bench import Bench, BreachError
from recommenders.conformance.made import Data, empty_data, tiny_data


def fit(bench: Bench) -> None:
    """Make one and fit it."""
    _ = bench.subject


def small_logs(bench: Bench) -> None:
    """Fit on four choices, and on none, and ask for a page. Both are warnings: real logs are larger."""
    for data, what in ((tiny_data(), "a log of 3 people and 4 choices"), (empty_data(), "a log in which nobody is")):
        try:
            _fit_and_ask(bench, data, what)
        except BreachError as breach:
            if breach.gave_up or breach.rule == "stays-alive":
                raise
            if breach.rule not in {finding.rule for finding in bench.findings}:  # else it is told already
                bench.note("fits-small-logs", breach.fault, "warning")


def _fit_and_ask(bench: Bench, data: Data, what: str) -> None:
    small = Bench(bench.plugin, bench.make, data, timeout_s=bench.timeout_s, about=bench.about)
    try:
        small.fitted(situation=f"fit on {what}")
        subject = small._loose[-1]
        known = small.people[:1] or [("somebody", ())]
        small.ask(small.batch(known), 2, f"one person after fit on {what}", subject=subject)
    finally:
        small.close()
