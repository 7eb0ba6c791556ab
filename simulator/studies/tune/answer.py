"""The answer of a study as one document: what won, what that is worth where nothing was tuned, and against what."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from simulator.evaluation import statistics
from simulator.evaluation.ensemble import kendall_tau, rank_tau
from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.statistics import Estimate
from simulator.evaluation.summary import comparison, plain
from simulator.experiment.facts import family_of
from simulator.studies.tune.ground import Ground
from simulator.studies.tune.judging import BY_NDCG, DEFAULT, TUNED, Judged
from simulator.studies.tune.lab import NDCG_AT, Lab
from simulator.studies.tune.question import Question, arm_with, direction
from simulator.studies.tune.stopping import LEVEL
from simulator.studies.tune.trials import Record, Trial, as_finished


def document(
    lab: Lab, question: Question, record: Record, judged: Judged, importance: Mapping[str, float] | None
) -> dict[str, Any]:
    """Everything that the terminal shows and `--json` prints. Undefined numbers are None."""
    ground = lab.ground
    best = record.best()
    assert best is not None, "a study without a complete trial has no answer"
    by_ndcg, own = record.best_by_ndcg(), default_of(record)
    rows = comparisons(judged, ground.metric)
    return {
        "scenario": ground.scenario.name,
        "arm": question.arm,
        "recommender": ground.scenario.arms[question.arm].recommender,
        "metric": ground.metric,
        "metric_direction": direction(ground.metric),
        "confidence": ground.plan.confidence,
        "space": {one.name: one.facts() for one in question.space},
        "seed": ground.plan.seed,
        "people": {"tuning": len(ground.tuning), "fresh": len(ground.fresh)},
        "minds": {
            "tuning": lab.mind,
            "held_back": question.held_back,
            "judging": list(judged.by_judges.data.minds),
        },
        "trials": trial_counts(record, lab),
        "best": _trial_facts(best, ground.metric),
        "default": None if own is None else _trial_facts(own, ground.metric),
        "by_ndcg": None if by_ndcg is None else _trial_facts(by_ndcg, ground.metric),
        "ndcg_tau": plain(ndcg_tau(record)),
        "importance": None if importance is None else {name: plain(one) for name, one in importance.items()},
        "roles": dict(judged.arms),
        "tried_again": tried_again(lab, record, judged),
        "comparisons": rows,
        "verdict": verdict_in_words(rows, judged, ground.metric),
        "yaml": fragment(ground, question, best),
        "notes": notes(lab, question, record, judged),
    }


def comparisons(judged: Judged, metric: str) -> list[dict[str, Any]]:
    """The winner against the default and against the pick of nDCG, on fresh people, as a run's summary has it."""
    roles, crowd = judged.arms, judged.by_judges
    tau = rank_tau(crowd, metric)
    out = []
    for role in (DEFAULT, BY_NDCG):
        if role not in roles or roles[role] == roles[TUNED]:
            continue
        row = comparison(crowd, roles[role], roles[TUNED], BY_NAME[metric], tau)
        if row is not None:
            out.append(row | {"against": role})
    return out


def tried_again(lab: Lab, record: Record, judged: Judged) -> dict[str, Any]:
    """The winner's value and its gain over the default: as tuned, on fresh people, before the minds that judge.

    `optimism` is the gain as tuned minus the gain of fresh people before the same mind: what choosing the best of the
    trials adds for nothing. Between independent people, so its error is that of both (Welch).
    """
    metric, level = lab.ground.metric, lab.ground.plan.confidence
    roles, best, own = judged.arms, record.best(), default_of(record)
    assert best is not None
    clusters = lab.ground.tuning.cluster
    sign = direction(metric)
    values = record.values(best.number) * sign
    tuned_value = statistics.mean(values, clusters)
    fresh_value = judged.by_tuning_mind.mean(roles[TUNED], metric)
    out: dict[str, Any] = {
        "value": {
            "tuned": _estimate(tuned_value, level),
            "fresh": _estimate(fresh_value, level),
            "judged": _estimate(judged.by_judges.mean(roles[TUNED], metric), level),
        },
        "gain": None,
        "optimism": None,
    }
    if own is None or own.state != "complete" or roles.get(DEFAULT) in (None, roles[TUNED]):
        return out
    as_tuned = statistics.paired(record.values(own.number) * sign, values, clusters)
    fresh = judged.by_tuning_mind.difference(roles[DEFAULT], roles[TUNED], metric)
    out["gain"] = {
        "tuned": _estimate(as_tuned, level),
        "fresh": _estimate(fresh, level),
        "judged": _estimate(judged.by_judges.difference(roles[DEFAULT], roles[TUNED], metric), level),
    }
    out["optimism"] = _estimate(statistics.unpaired(fresh, as_tuned), level)
    return out


def trial_counts(record: Record, lab: Lab) -> dict[str, Any]:
    """How many trials ended how, and what stopping saved."""
    trials = record.trials
    states = {state: sum(trial.state == state for trial in trials) for state in ("complete", "stopped", "failed")}
    whole = [trial.user_turns for trial in trials if trial.state == "complete"]
    usual = sum(whole) / len(whole) if whole else 0.0
    saved = sum(max(0.0, usual - trial.user_turns) for trial in trials if trial.state == "stopped")
    lived = sum(trial.user_turns for trial in trials)
    return {
        "done": len(trials),
        **states,
        "user_turns": lived,
        "saved_by_stopping": plain(saved / (saved + lived)) if lived else None,
        "all": [_trial_facts(trial, lab.ground.metric) for trial in trials],
    }


def default_of(record: Record) -> Trial | None:
    """The scenario's own parameters: trial 0, if it did not fail."""
    return next((trial for trial in record.trials if trial.number == 0 and trial.state != "failed"), None)


def ndcg_tau(record: Record) -> float:
    """Kendall's tau between nDCG and the simulated metric over the trials that lived, stopped ones by what their
    difference from the best suggests; NaN with fewer than two."""
    lived = [as_finished(one, record.trials) for one in record.trials if one.score is not None and one.ndcg is not None]
    return kendall_tau([one.ndcg or 0.0 for one in lived], [one.score or 0.0 for one in lived])


def verdict_in_words(rows: list[dict[str, Any]], judged: Judged, metric: str) -> str:
    """A sentence for each comparison."""
    label = BY_NAME[metric].label.lower()
    sentences = []
    if judged.arms.get(DEFAULT) == judged.arms[TUNED]:
        sentences.append("No trial did better than the scenario's own parameters: leave them as they are.")
    names = {DEFAULT: "the default", BY_NDCG: "the pick of nDCG"}
    for row in rows:
        other = names[row["against"]]
        better = row["difference"] * direction(metric) > 0
        word = {
            "robust": f"is robustly {'better' if better else 'worse'} than {other}",
            "depends_on_mind": f"may be {'better' if better else 'worse'} than {other}: that depends on the mind",
            "no_difference": f"is not told apart from {other}",
            "not_judged": f"cannot be judged against {other}",
        }[row["verdict"]]
        sentences.append(f"On fresh people the tuned recommender {word} in {label}. {row['verdict_reason']}")
    if not sentences:
        sentences.append(f"Nothing defines a difference in {label} on the fresh people, so nothing is judged.")
    if judged.arms.get(BY_NDCG) == judged.arms[TUNED]:
        sentences.append(f"nDCG@{NDCG_AT} picks the same trial, so the simulation chose nothing else than it.")
    return " ".join(sentences)


def notes(lab: Lab, question: Question, record: Record, judged: Judged) -> list[str]:
    """What a reader must know before believing a number; only what is true of this study."""
    trials, ground = record.trials, lab.ground
    out = [
        "The value and the gain as tuned are the best of many, on the very people who chose it: their intervals lie "
        "too high. The fresh ones do not.",
        f"nDCG@{NDCG_AT} is taken on held-out choices of the people who tune, for each trial's fitted model. What "
        "people chose and only they know counts as missed, for all trials alike; held-out choices are self-selected.",
    ]
    if stopped := sum(trial.state == "stopped" for trial in trials):
        out.append(
            f"{stopped} trials were stopped early: the {LEVEL:.0%} interval of their difference from the best so far, "
            "on people who had met both, lay below 0. Their scores are of fewer people."
        )
    if family_of(ground.scenario.arms[question.arm].recommender) is None:
        out.append(
            f"Which family of evidence the recommender resembles is not known; {question.held_back} was held back."
        )
    failed = [trial for trial in trials if trial.state == "failed"]
    if failed:
        out.append(f"{len(failed)} trials failed; the first, number {failed[0].number}: {_short(failed[0].failure)}")
    own = default_of(record)
    if own is None:
        out.append("The scenario's own parameters failed, so nothing is compared with them.")
    else:
        outside = [one.name for one in question.space if not one.holds(own.params.get(one.name))]
        if outside:
            out.append(f"The scenario's own {', '.join(outside)} lies outside of what was searched.")
    if judged.by_judges.data.learning:
        out.append(
            "The recommender learns during the run, which links its people: no trial was stopped early, and the "
            "intervals take people as independent."
        )
    if len(ground.fresh) < len(ground.tuning):
        out.append(f"Only {len(ground.fresh):,} people were left to judge.")
    return out


def fragment(ground: Ground, question: Question, best: Trial) -> str:
    """The winning arm as YAML that can be pasted below `arms:`."""
    from ruamel.yaml import YAML

    arm = arm_with(ground.scenario.arms[question.arm], best.params).model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    out = io.StringIO()
    writer.dump({"arms": {question.arm: arm}}, out)
    return out.getvalue()


def _trial_facts(trial: Trial, metric: str) -> dict[str, Any]:
    return {
        "number": trial.number,
        "params": dict(trial.params),
        "state": trial.state,
        "value": None if trial.score is None else plain(trial.score * direction(metric)),
        "people": trial.people,
        "user_turns": trial.user_turns,
        "to_best": _to_best(trial, metric),
        "ndcg": None if trial.ndcg is None else plain(trial.ndcg),
        "failure": trial.failure,
    }


def _to_best(trial: Trial, metric: str) -> float | None:
    """The trial less the best before it, on all who met both; None where there was none."""
    difference = trial.looks[-1].difference if trial.looks else None
    return None if difference is None else plain(difference * direction(metric))


def _estimate(estimate: Estimate, level: float) -> dict[str, Any]:
    low, high = estimate.interval(level)
    return {"value": plain(estimate.value), "ci": [plain(low), plain(high)], "n_users": estimate.n}


def _short(text: str | None, limit: int = 300) -> str:
    told = " ".join((text or "").split())
    return told if len(told) <= limit else told[:limit] + " …"
