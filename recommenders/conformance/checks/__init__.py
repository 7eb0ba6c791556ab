"""What is tried, in order: each check is a function that does something to a recommender and notes what it sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recommenders.conformance.bench import Bench
from recommenders.conformance.checks import chance, cost, fitting, learning, pages, repeating, storing
from recommenders.conformance.rules import SLATE_RULES


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """`rules` are those that have been checked when `run` came to its end.

    `needed`: without it there is no point in the rest, so an error of another kind than a wrong page ends the whole.
    `on_given_data`: worth doing again on a data set that somebody named.
    """

    name: str
    run: Callable[[Bench], None]
    rules: tuple[str, ...]
    needed: bool = False
    on_given_data: bool = False


CHECKS: tuple[Check, ...] = (
    Check(name="fit", run=fitting.fit, rules=("loads", "fits"), needed=True, on_given_data=True),
    Check(
        name="pages",
        run=pages.ordinary,
        rules=("answers", "sorted-scores", *SLATE_RULES),
        needed=True,
        on_given_data=True,
    ),
    Check(name="page sizes", run=pages.sizes, rules=("any-page-size",), on_given_data=True),
    Check(name="newcomers", run=pages.newcomers, rules=("newcomers",), on_given_data=True),
    Check(name="strange histories", run=pages.strange_histories, rules=("strange-history",)),
    Check(name="candidates", run=pages.candidates, rules=("candidates",)),
    Check(name="a life", run=pages.a_life, rules=()),
    Check(name="repeats", run=repeating.repeats, rules=("repeats", "keyed-chance", "asking-changes-nothing")),
    Check(name="company", run=repeating.company, rules=("company",), on_given_data=True),
    Check(name="inputs", run=repeating.inputs, rules=("inputs-untouched",)),
    Check(name="chance", run=chance.propensities, rules=("honest-propensities",)),
    Check(name="log_prob", run=chance.log_prob, rules=("log-prob",)),
    Check(name="learning", run=learning.observe, rules=("observes", "learns")),
    Check(name="storing", run=storing.save_and_load, rules=("saves", "stores-plain")),
    Check(name="small logs", run=fitting.small_logs, rules=("fits-small-logs",)),
    Check(name="speed", run=cost.speed, rules=("speed", "answers-in-time"), on_given_data=True),
    Check(name="memory", run=cost.memory, rules=("memory", "stays-alive"), on_given_data=True),
    Check(name="elsewhere", run=repeating.digest, rules=()),
)
