"""The contract as a list of rules: what each says, in words, and how a breach is cured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommenders import validation

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One line of the contract. `id` is stable: scripts and tests may name it. `worst`: its gravest finding."""

    id: str
    line: str
    cure: str
    worst: Severity = "error"


_WARN = frozenset({"loads-quickly", "fits-small-logs", "sorted-scores", "stores-plain", "quiet", "speed"})


def _rule(id_: str, line: str, cure: str) -> Rule:
    return Rule(id=id_, line=line, cure=cure, worst="warning" if id_ in _WARN else "error")


_ALL = (
    _rule(
        "loads",
        "a recommender is made with its params as keyword arguments",
        "make __init__ work with the params that a scenario gives it",
    ),
    _rule("loads-quickly", "what takes time is done in fit", "import heavy libraries and read models inside fit"),
    _rule(
        "fits",
        "fit(catalog, log) learns from what the platform knows, once, before anything else",
        "make fit work on any catalogue and log",
    ),
    _rule(
        "fits-small-logs",
        "fit takes a log of any size",
        "fall back on a plain ranking where there is too little to learn from",
    ),
    _rule(
        "answers",
        "recommend(requests, k) answers every batch of requests with slates",
        "make recommend work for every request, at every turn",
    ),
    _rule(
        "answers-in-time",
        "a call that takes longer than timeout_s is given up, and the arm fails",
        "make it faster, or raise timeout_s",
    ),
    _rule(
        "stays-alive",
        "a plug-in never ends the process that it runs in",
        "raise an exception that says what is wrong",
    ),
    _rule("one-slate-each", validation.ONE_EACH, "return a list of Slate as long as the list of requests"),
    _rule("known-items", validation.KNOWN, "take ids from catalog.item_ids"),
    _rule("at-most-k", validation.AT_MOST, "cut the ranking at k"),
    _rule("enough-items", validation.ENOUGH, "fill the page from a fallback, such as the most popular items"),
    _rule("eligible-items", validation.ELIGIBLE, "leave out what is in request.exclude before the ranking is cut"),
    _rule("no-repeats", validation.ONCE, "drop repeats before the ranking is cut"),
    _rule("finite-scores", validation.SCORES, "give finite scores, one for each item, or leave scores None"),
    _rule(
        "sorted-scores",
        "a slate is ordered best first, so scores do not rise towards its end",
        "order the items by score, or leave scores None",
    ),
    _rule("valid-propensities", validation.PROPENSITIES, "give probabilities, or leave propensities None"),
    _rule(
        "candidates",
        "request.candidates, where given, are the only items allowed",
        "rank only what is in request.candidates when it is not None",
    ),
    _rule(
        "newcomers",
        "a person about whom nothing is known gets a page too",
        "answer an empty history and an unknown user_id, for example with popular items",
    ),
    _rule(
        "any-page-size",
        "k is any number from 1, and may be more than can be shown",
        "return as many items as are eligible, up to k",
    ),
    _rule(
        "strange-history",
        "history may hold items that fit never saw",
        "skip what is unknown in request.history",
    ),
    _rule(
        "company",
        "a slate depends neither on who else is in the batch, nor on the batch's order",
        "compute each request by itself; products of whole batches may round by row",
    ),
    _rule(
        "repeats",
        "fitted alike and asked alike, a recommender answers alike",
        "seed every generator, and iterate over sorted lists instead of sets",
    ),
    _rule(
        "keyed-chance",
        "chance comes from request.rng() alone; in fit, from a seed",
        "draw with request.rng() or recommenders.uniform, never with random or numpy.random",
    ),
    _rule(
        "asking-changes-nothing",
        "recommend changes nothing that is recommended later; only observe may",
        "keep no state in recommend, or draw with request.rng()",
    ),
    _rule(
        "inputs-untouched",
        "what a recommender is given is read, never changed",
        "work on a copy: log.item.copy(), list(requests)",
    ),
    _rule(
        "honest-propensities",
        "a propensity is the probability of the item at its place, given the items above it",
        "give the probability with which the item was really drawn, or leave propensities None",
    ),
    _rule(
        "log-prob",
        "log_prob gives the natural logarithm of the probability of each slate",
        "return the sum of the logarithms of the slate's propensities, one number a request",
    ),
    _rule("observes", "observe(feedback) takes note of a turn, an empty one too", "make observe work on any turn"),
    _rule(
        "learns",
        "learns is true if, and only if, observe changes what is recommended later",
        "set learns to what is true",
    ),
    _rule(
        "saves",
        "save(folder) writes what load(folder) reads: the same slates without fitting",
        "save all that recommend needs, or leave both out",
    ),
    _rule(
        "stores-plain",
        "what is saved is plain data, and nothing is unpickled",
        "save arrays with numpy.save(allow_pickle=False) and settings as JSON",
    ),
    _rule("quiet", "standard output belongs to the command", "use the logging module, or print to standard error"),
    _rule("speed", "a page takes less than a second", "compute in fit what does not depend on the request"),
    _rule(
        "memory",
        "memory does not grow with the number of batches",
        "keep nothing of a request after it was answered; bound every cache",
    ),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}
"""All rules by id, in the order in which they are reported."""

RULE_OF_LINE: dict[str, str] = {rule.line: rule.id for rule in _ALL}
"""Ids by the line that a `PluginError` quotes."""

SLATE_RULES = (
    "one-slate-each",
    "known-items",
    "at-most-k",
    "enough-items",
    "eligible-items",
    "no-repeats",
    "finite-scores",
    "valid-propensities",
)
"""Rules that are checked on every page, as in a run; the first that is broken hides the others."""


def rules_table() -> str:
    """The rules as a table in Markdown, as `docs/conformance.md` shows them."""
    rows = [f"| `{rule.id}` | {rule.line} | {rule.worst} | {rule.cure} |" for rule in RULES.values()]
    return "\n".join(["| rule | the contract | at worst | the cure |", "|---|---|---|---|", *rows])
