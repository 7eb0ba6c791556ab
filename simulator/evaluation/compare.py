"""Arms of several runs against each other: person by person where the same people met the same luck, else unpaired."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.evaluation.crowd import Crowd
from simulator.evaluation.events import parquet
from simulator.evaluation.failures import failure_notes
from simulator.evaluation.identities import check_summary
from simulator.evaluation.run_data import RunData, read_manifest
from simulator.evaluation.run_kind import require_experiment
from simulator.evaluation.statistics import F64
from simulator.evaluation.summary import notes, tables
from simulator.records import UserInputError


def compare(folders: Sequence[Path]) -> dict[str, Any]:
    """Every arm of every run against the control of the first run.

    Two arms are `paired` where at least half of the smaller one's (person, seed) pairs are also the other's and both
    runs have the same log; otherwise `unpaired` (Welch). Arms are named `RUN/ARM` where there is more than one run.

    Returns:
        {runs: [{label, folder, run, scenario_hash, seed, mind, same_log}], primary, control, mind, confidence, arms,
        comparisons, slate_calibration, notes}, the tables as in `summary.json`.

    Raises:
        UserInputError: no folder, the same folder twice, or a folder that is no finished experiment.
    """
    if not folders:
        raise UserInputError("compare: no run is given. Name the folders of one or more finished runs.")
    resolved = [folder.resolve() for folder in folders]
    if len(set(resolved)) < len(resolved):
        raise UserInputError("compare: the same run is given twice. Name each run once.")
    for folder in folders:
        require_experiment(folder, read_manifest(folder), "comparison")
    crowds = [Crowd.read(RunData.open(folder)) for folder in folders]
    prints = [_fingerprint(crowd.data) for crowd in crowds]
    labels = _labels(crowds)
    merged = crowds[0] if len(crowds) == 1 else _merge(crowds, labels, prints)
    found = {
        "runs": [
            {
                "label": label,
                "folder": str(crowd.data.folder),
                "run": crowd.data.run,
                "scenario_hash": crowd.data.scenario_hash,
                "seed": list(crowd.data.seeds),
                "mind": crowd.data.mind,
                "same_log": mark == prints[0],
            }
            for label, crowd, mark in zip(labels, crowds, prints, strict=True)
        ],
        **tables(merged),
        "notes": [*_doubts(crowds, labels, prints), *notes(merged)],
    }
    check_summary(found)
    return found


def _labels(crowds: Sequence[Crowd]) -> list[str]:
    """The runs' names, numbered where two have the same."""
    names = [crowd.data.run for crowd in crowds]
    return [name if names.count(name) == 1 else f"{name}#{row + 1}" for row, name in enumerate(names)]


def _fingerprint(data: RunData) -> tuple[int, ...]:
    """Tells logs apart: two runs pair people by id only if those ids chose the same items, split the same way."""
    import duckdb

    with duckdb.connect() as db:
        source = parquet([data.table("history")])
        row = db.execute(f"select count(*), bit_xor(hash(user_id, item_id, part)) from {source}").fetchone()
    return tuple(int(value or 0) for value in row or ())


def _merge(crowds: Sequence[Crowd], labels: Sequence[str], prints: Sequence[tuple[int, ...]]) -> Crowd:
    """One crowd that has all arms; a person of another log is another person, whatever the id."""
    own = [
        crowd if mark == prints[0] else _renamed(crowd, label)
        for crowd, label, mark in zip(crowds, labels, prints, strict=True)
    ]
    first = own[0].data
    users = np.unique(np.concatenate([crowd.user_ids for crowd in own]))
    seeds = sorted({seed for crowd in own for seed in crowd.data.seeds})
    shared = reduce(lambda kept, crowd: [m for m in kept if m in crowd.data.minds[1:]], own[1:], list(first.minds[1:]))
    minds = (first.mind, *shared)
    cluster_of = {str(u): str(c) for crowd in own for u, c in zip(crowd.user_ids, crowd.clusters, strict=True)}
    ensemble = np.ones(users.size, dtype=np.bool_)
    values: dict[tuple[str, str], dict[str, F64]] = {}
    covered: dict[tuple[str, str, bool], F64] = {}
    for crowd, label in zip(own, labels, strict=True):
        rows = np.searchsorted(users, crowd.user_ids)
        columns = np.searchsorted(seeds, crowd.data.seeds)
        taking_part = np.ones(users.size, dtype=np.bool_)
        taking_part[rows] = crowd.ensemble
        ensemble &= taking_part
        for arm in crowd.data.arms:
            # The named minds may differ between runs; each run is reported under its own.
            for mind, theirs in zip(minds, (crowd.data.mind, *shared), strict=True):
                name = f"{label}/{arm}"
                values[name, mind] = {
                    metric: _spread(column, rows, columns, (users.size, len(seeds)))
                    for metric, column in crowd.values[arm, theirs].items()
                }
                covered |= {(name, mind, few): crowd.covered[arm, theirs, few] for few in (False, True)}
    data = replace(
        first,
        arms=tuple(f"{label}/{arm}" for crowd, label in zip(own, labels, strict=True) for arm in crowd.data.arms),
        control=f"{labels[0]}/{first.control}",
        seeds=tuple(seeds),
        minds=minds,
        families={
            f"{label}/{arm}": family
            for crowd, label in zip(own, labels, strict=True)
            for arm, family in crowd.data.families.items()
        },
        laws=tuple(law for crowd in own for law in crowd.data.laws),
        learning=frozenset(
            f"{label}/{arm}" for crowd, label in zip(own, labels, strict=True) for arm in crowd.data.learning
        ),
    )
    clusters = np.array([cluster_of[str(user)] for user in users], dtype=np.str_)
    return Crowd(data, users, clusters, ensemble, values, covered)


def _renamed(crowd: Crowd, label: str) -> Crowd:
    def prefixed(ids: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
        return np.array([f"{label}/{one}" for one in ids], dtype=np.str_)

    order = np.argsort(prefixed(crowd.user_ids), kind="stable")
    values = {key: {name: column[order] for name, column in table.items()} for key, table in crowd.values.items()}
    return replace(
        crowd,
        user_ids=prefixed(crowd.user_ids)[order],
        clusters=prefixed(crowd.clusters)[order],
        ensemble=crowd.ensemble[order],
        values=values,
    )


def _spread(column: F64, rows: npt.NDArray[Any], columns: npt.NDArray[Any], shape: tuple[int, int]) -> F64:
    out = np.full(shape, math.nan)
    out[np.ix_(rows, columns)] = column
    return out


def _doubts(crowds: Sequence[Crowd], labels: Sequence[str], prints: Sequence[tuple[int, ...]]) -> list[str]:
    """What makes arms of different runs differ besides their recommenders."""
    out = []
    for crowd, label, mark in zip(crowds[1:], labels[1:], prints[1:], strict=True):
        if mark != prints[0]:
            out.append(f"{label} has another log or another split of it: its people are taken as other people.")
        if crowd.data.mind != crowds[0].data.mind:
            out.append(f"{label} was run under the mind {crowd.data.mind}, {labels[0]} under {crowds[0].data.mind}.")
        if crowd.data.scenario_hash != crowds[0].data.scenario_hash:
            out.append(f"{label} was made from another scenario: more than the recommender may differ.")
    if len(crowds) > 1:
        out += [
            f"{label}: {note}" for crowd, label in zip(crowds, labels, strict=True) for note in failure_notes(crowd)
        ]
    return out
