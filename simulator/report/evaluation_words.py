"""The answer in words: first for who decides, then what a statistician would ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.report import words

ACCURACY = "ndcg@10"
"""The offline metric that the verdict speaks of."""
SLOWER = 3.0
"""A latency that many times a baseline's is worth a sentence. Assumed."""
NOTICED_MS = 20.0
"""Unless it is below this. Assumed."""


def verdict(document: Mapping[str, Any]) -> str:
    """Some sentences on one evaluation, each true of its numbers."""
    return " ".join((decision(document), *reasons(document)))


def reasons(document: Mapping[str, Any]) -> Iterator[str]:
    """What the decision rests on and what else must be said, each a few sentences."""
    yield from _pairs(document)
    yield from remarks(document)


def decision(document: Mapping[str, Any]) -> str:
    """One sentence that may be acted on."""
    name = words.name(document["candidate"])
    rows = primary_rows(document)
    failed = words.listed([words.name(arm) for arm in document["failures"]]) if document["failures"] else ""
    if rows:
        return _decision(name, rows, failed)
    missing = f"{failed} failed" if failed else "there is nothing to compare"
    return f"Whether {name} is better cannot be judged: {missing}."


def primary_rows(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The simulated differences in the primary metric, a baseline each."""
    return [row for row in document["comparisons"] if row["metric"] == document["primary"]]


def _pairs(document: Mapping[str, Any]) -> Iterator[str]:
    for row in primary_rows(document):
        laws = " It rests on assumed laws." if words.is_assumed(row) else ""
        yield f"Against {words.name(row['control'])}: {_title(document, row)}. {row['verdict_reason']}{laws}"


def remarks(document: Mapping[str, Any]) -> Iterator[str]:
    """What else must be said: what failed, what is worse, what the log says, what it costs, what this is."""
    rows = primary_rows(document)
    if rows and document["failures"]:
        yield f"Failed, and not compared: {words.listed([words.name(arm) for arm in document['failures']])}."
    yield from _guards(document, rows)
    yield from _offline(document)
    yield from _latency(document)
    if document["candidate"] in document["split"].get("fitted_elsewhere", ()):
        yield "It was fitted elsewhere, and may have learnt from what is held out here: its accuracy is an upper bound."
    if document["split"].get("knows_people_by_id"):
        name = words.name(document["candidate"])
        yield f"{name} knows people by their ids from elsewhere than the log: its accuracy is not to be believed."
    yield (
        "This is a simulation: it tells which recommender deserves a test on people, and does not take the place of "
        "one."
    )


def _decision(name: str, rows: Sequence[Mapping[str, Any]], failed: str) -> str:
    better = [row for row in rows if row["verdict"] == "robust" and not _worse(row)]
    worse = [row for row in rows if row["verdict"] == "robust" and _worse(row)]
    others = [row for row in rows if row["verdict"] != "robust"]
    label = BY_NAME[rows[0]["metric"]].label.lower()
    if len(better) == len(rows):
        beats = f"{name} beats {_names(better)} in {label}, {_minds(rows)}"
        return f"{beats}, but {failed} failed: mend that first." if failed else f"{beats}: try it on people."
    if worse:
        rest = f", and is not shown to be better than {_names(others)}" if others else ""
        ahead = f" though it beats {_names(better)}" if better else ""
        return f"{name} is behind {_names(worse)} in {label}{ahead}{rest}: do not put it before people as it is."
    if all(row["verdict"] == "not_judged" for row in rows):
        return f"Whether {name} is better than {_names(rows)} in {label} cannot be judged here."
    ahead = f"{name} beats {_names(better)}, but it" if better else name
    return (
        f"{ahead} is not shown to be better than {_names(others)} in {label}: nothing here asks for a test on people."
    )


def _minds(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many models of people say so, at the least."""
    asked = min(len(row["minds"]) for row in rows)
    agree = min(round(row["sign_agreement"] * len(row["minds"])) for row in rows)
    return (
        f"whichever of {asked} models of people is taken"
        if agree == asked
        else f"by {agree} of {asked} models of people"
    )


def _worse(row: Mapping[str, Any]) -> bool:
    return bool((row["difference"] < 0) != BY_NAME[row["metric"]].lower_is_better)


def _names(rows: Sequence[Mapping[str, Any]]) -> str:
    return words.listed([words.name(row["control"]) for row in rows])


def _title(document: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The comparison in plain words, its first letter small."""
    text = words.title({"arms": document["simulated"], "control": row["control"]}, row)
    interval = words.interval(words.deciding_interval(row))
    return f"{text[:1].lower()}{text[1:]} (difference {words.signed(row['difference'])}, interval {interval})"


def _guards(document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        of_pair = [one for one in document["comparisons"] if one["control"] == row["control"]]
        told = words.worse({"comparisons": of_pair, "primary": document["primary"]}, row["treatment"])
        if told:
            yield told if len(rows) == 1 else f"Beside {words.name(row['control'])}: {told[:1].lower()}{told[1:]}"


def _offline(document: Mapping[str, Any]) -> Iterator[str]:
    """Whether the log says the same."""
    simulated = {row["control"]: row for row in primary_rows(document)}
    for row in document["offline_differences"]:
        if row["metric"] != ACCURACY or row["control"] not in simulated or None in row["ci"]:
            continue
        low, high = row["ci"]
        against = simulated[row["control"]]
        clear = low > 0 or high < 0
        same = (row["difference"] > 0) == (not _worse(against))
        said = "the held-out choices say the same" if clear and same else (
            "the held-out choices say the opposite, so look closer" if clear else "the held-out choices do not tell"
        )  # fmt: skip
        if against["verdict"] != "robust":
            said = "on held-out choices"
        yield (
            f"Beside {words.name(row['control'])}, {said}: nDCG@10 differs by {words.signed(row['difference'])} "
            f"({words.interval(row['ci'])})."
        )


def _latency(document: Mapping[str, Any]) -> Iterator[str]:
    own = document["cost"].get(document["candidate"], {}).get("latency_p50_ms")
    others = [cost["latency_p50_ms"] for arm, cost in document["cost"].items() if arm != document["candidate"]]
    if own is not None and others and own > max(NOTICED_MS, SLOWER * max(others)):
        yield (
            f"It takes {own:,.0f} ms for one person's page (median), {own / max(others):,.0f} times as long as the "
            "slowest other."
        )
