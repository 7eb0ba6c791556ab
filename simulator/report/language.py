"""The model that speaks for people, in words: who it is, what it took, and where it did not answer.

Everything here may be somebody else's text (names of models and kinds of failure); it is put on one line, and shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.report.words import interval, listed, name, signed, value

COMPLETE = (
    "“Everybody” holds pages that another mind appraised because the model did not answer; “complete cases” are the "
    "people all of whose pages it answered in both arms, who need not be like everybody."
)
SURVEYED = "What people answered when they were asked. These are a model's words and decide nothing."
QUESTIONS: Mapping[str, str] = {
    "stated_satisfaction": "Satisfaction with a page, 1 to 5",
    "interview": "Visit as a whole, asked at its end, 1 to 10",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the bill."""

    label: str
    truth: str
    estimate: str


def is_scripted(summary: Mapping[str, Any]) -> bool:
    """Whether the people's words come from a model that is no language model."""
    return bool((summary.get("model") or {}).get("scripted"))


def speaker(summary: Mapping[str, Any]) -> str:
    """Who speaks for the people, and how far its word is calibrated; nothing where no model does."""
    model = summary.get("model")
    if not model:
        return ""
    where = f" at {name(model['endpoint'])}" if model.get("endpoint") else ""
    asked = f", prompts {', '.join(map(name, model['prompts']))}" if model.get("prompts") else ""
    return f"People speak through {name(model['name'])} ({name(model['what'])}{where}{asked}). {wants(summary)}"


def wants(summary: Mapping[str, Any]) -> str:
    """How far stated wants are calibrated."""
    return f"Stated wants: {name((summary.get('model') or {}).get('calibration') or 'uncalibrated')}."


def cost_title(summary: Mapping[str, Any]) -> str:
    """Heading of the bill; a scripted model is never called a language model."""
    return "What the scripted model took" if is_scripted(summary) else "What the language model cost"


def costs(llm: Mapping[str, Any]) -> list[Cost]:
    """The bill, with the estimate that was made before the run beside what came true."""
    before = llm.get("estimate") or {}
    tokens = None if llm.get("tokens_in") is None else llm["tokens_in"] + (llm.get("tokens_out") or 0)
    inside = "" if tokens is None else f" ({_count(llm['tokens_in'])} in, {_count(llm.get('tokens_out'))} out)"
    rows = [
        Cost(
            "Calls",
            f"{_count(llm.get('calls'))} ({_count(llm.get('cached'))} of them cached)",
            _count(before.get("calls")),
        ),
        Cost("Tokens", f"{_count(tokens)}{inside}", _count(before.get("tokens"))),
        Cost("Money", money(llm.get("usd")), money(before.get("usd")) if before else "–"),
        Cost("Calls that failed", failed_calls(llm), "–"),
    ]
    if llm.get("wall_s") is not None:
        rows.append(Cost("Time", f"{llm['wall_s']:,.0f} s", "–"))
    if llm.get("slots_busy") is not None:
        rows.append(Cost("Slots busy", f"{llm['slots_busy']:.0%}", "–"))
    return rows


def cost_line(summary: Mapping[str, Any]) -> str:
    """The bill on one line."""
    llm = summary["llm"]
    calls, tokens, dollars, failed, *_ = costs(llm)
    before = llm.get("estimate")
    estimate = f"; estimated {calls.estimate} calls, {tokens.estimate} tokens, {dollars.estimate}" if before else ""
    said = "scripted model, no language model: " if is_scripted(summary) else ""
    parts = (_of(calls.truth, "calls"), _of(tokens.truth, "tokens"), dollars.truth, _of(failed.truth, "failed"))
    return f"{said}{', '.join(parts)}{estimate}"


def failed_calls(found: Mapping[str, Any]) -> str:
    """How many failed, and why."""
    kinds = ", ".join(f"{number:,} {kind_in_words(kind)}" for kind, number in (found.get("by_kind") or {}).items())
    return f"{_count(found.get('failed'))}{f' ({kinds})' if kinds else ''}"


def failure_sentence(failures: Mapping[str, Any]) -> str:
    """How many pages the model did not answer, by arm."""
    arms = [f"{share(one['share'])} of {name(arm)}'s pages" for arm, one in failures["arms"].items() if one["failed"]]
    total = f"{failures['failed']:,} of {failures['asked']:,} pages ({share(failures['share'])})"
    kinds = ", ".join(f"{kind_in_words(kind)} {number:,}" for kind, number in failures["by_kind"].items())
    skipped = sum(one["skipped"] for one in failures["arms"].values())
    out = f" {skipped:,} of them were skipped and are in no metric." if skipped else ""
    return f"The model did not answer on {total}: {listed(arms)}. Kinds: {kinds}.{out}"


def estimates(failures: Mapping[str, Any]) -> list[dict[str, str]]:
    """For each treatment the primary difference of everybody and of the complete cases, and what they contradict."""
    label = BY_NAME[failures["primary"]].label
    return [
        {
            "metric": label,
            "treatment": name(one["treatment"]),
            "all": _estimate(one["all"]),
            "complete": _estimate(one["complete_case"]),
            "note": one["note"] or "",
        }
        for one in failures["estimates"]
    ]


def survey_rows(survey: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """By question, one cell an arm."""
    return [(text, [_mean(arm.get(question)) for arm in survey.values()]) for question, text in QUESTIONS.items()]


def kind_in_words(kind: str) -> str:
    """A kind of failure as words."""
    return name(kind).replace("_", " ")


def money(found: float | None) -> str:
    """Dollars, with enough digits for small sums."""
    if found is None:
        return "price unknown"
    return f"${found:,.2f}" if found >= 1 or found == 0 else f"${found:.2g}"


def share(found: float | None) -> str:
    """A share in per cent."""
    return "–" if found is None else f"{100 * found:.2g}%" if 0 < found < 0.1 else f"{found:.0%}"


def _of(truth: str, what: str) -> str:
    """`12 (9 in, 3 out)` of something: `12 tokens (9 in, 3 out)`."""
    number, _, inside = truth.partition(" ")
    return f"{number} {what} {inside}".rstrip()


def _count(found: float | None) -> str:
    return "–" if found is None else f"{found:,.0f}"


def _estimate(one: Mapping[str, Any]) -> str:
    if one["difference"] is None:
        return "–"
    return f"{signed(one['difference'])} ({interval(one['ci'])}; {one['n']:,} people)"


def _mean(cell: Mapping[str, Any] | None) -> str:
    if cell is None or cell["mean"] is None:
        return "–"
    return f"{value(cell['mean'])} ({interval(cell['ci'])})"
