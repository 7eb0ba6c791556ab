"""How a run was made, for the report: from its manifest, its resolved scenario and its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.evaluation.metrics import BY_NAME
from simulator.evaluation.run_data import RunData, read_manifest
from simulator.report.words import name, signed

SHORT = 12
"""Letters of a hash that a person compares."""


def read_scenario(text: str | None) -> Mapping[str, Any]:
    """The resolved scenario; empty where it is missing or no scenario."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text or "")
    except YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def how_it_was_made(
    data: RunData, summary: Mapping[str, Any], scenario: Mapping[str, Any]
) -> list[tuple[str, list[str]]]:
    """Labels for people and what stands beside them, a line each; what the run does not say is absent."""
    manifest = read_manifest(data.folder)
    facts = [*_dataset(manifest), *_crowd(data, summary), *_world(manifest, scenario), *_arms(data, summary, scenario)]
    others = ", ".join(name(mind) for mind in data.minds[1:])
    title = scenario.get("name") or manifest.get("name")
    versions = ", ".join(f"{name(one)} {name(version)}" for one, version in summary["versions"].items())
    facts += [
        ("Mind", [name(data.mind), f"beside it {others}" if others else ""]),
        ("Seed" if len(data.seeds) == 1 else "Seeds", [", ".join(map(str, data.seeds))]),
        ("Scenario", [name(title) if title else "", f"hash {summary['scenario_hash'][:SHORT]}"]),
        ("Time and memory", list(_performance(summary["performance"]))),
        ("Versions", [versions]),
    ]
    return [(label, shown) for label, lines in facts if (shown := [line for line in lines if line])]


def _dataset(manifest: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    dataset = _mapping(manifest.get("dataset"))
    if not dataset:
        return
    read = _mapping(dataset.get("read"))
    mark = str(dataset.get("fingerprint") or "")[:SHORT]
    yield "Dataset", [name(dataset.get("name", "")), f"fingerprint {mark}" if mark else ""]
    lines = [name(line) for key in ("notes", "reasons") for line in read.get(key) or ()]
    if isinstance(rows := read.get("rows_read"), int):
        skipped = read.get("rows_skipped") or 0
        lines.insert(0, f"{rows:,} rows read" + (f", {skipped:,} of them skipped" if skipped else ""))
    yield "About the data", lines


def _crowd(data: RunData, summary: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    people, absent = _people(data.table("people")), ""
    seen = max(cell["n_users"] for arm in summary["arms"].values() for cell in arm.values())
    if missing := people - seen:
        absent = f"{missing:,} {'person' if missing == 1 else 'people'} never opened a session in the run"
    yield "People", [f"{people:,}", absent]
    yield "Items", [f"{data.catalog_size:,}"]


def _people(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _world(manifest: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    world = {**_mapping(scenario.get("world")), **_mapping(manifest.get("world"))}
    layout = world.get("layout")
    layout = layout.get("kind") if isinstance(layout, Mapping) else layout
    for label, value in (
        ("Turns", world.get("turns")),
        ("Items a page", world.get("slate_size")),
        ("Layout", layout),
    ):
        if value is not None:
            yield label, [name(value)]


def _arms(data: RunData, summary: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Which recommender, and what becomes of its lead where the mind lacks the family that resembles it."""
    arms = _mapping(scenario.get("arms"))
    primary = BY_NAME[summary["primary"]].label.lower()
    rows = {row["treatment"]: row for row in summary["comparisons"] if row["metric"] == summary["primary"]}
    for arm in data.arms:
        recommender, family = _mapping(arms.get(arm)).get("recommender"), data.families.get(arm)
        lines = [f"recommender {name(recommender)}" if isinstance(recommender, str) else ""]
        if family:
            own = rows.get(arm, {}).get("own_family") or {}
            known = own.get("with") is not None and own.get("without") is not None
            bracket = (
                f": its difference in {primary} is {signed(own['with'])} under the mind with that family, "
                f"{signed(own['without'])} without it"
                if known
                else ""
            )
            lines.append(f"resembles the mind's {name(family)} family{bracket}")
        yield f"Arm {name(arm)}", lines


def _performance(performance: Mapping[str, float | None]) -> Iterator[str]:
    labels = {
        "user_turns": "{:,.0f} pages shown",
        "user_turns_per_s": "{:,.0f} pages a second",
        "setup_s": "set-up {:,.1f} s",
        "fit_s": "fitting {:,.1f} s",
        "run_s": "run {:,.1f} s",
        "wall_s": "in all {:,.1f} s",
        "peak_rss_mb": "at most {:,.0f} MB of memory",
    }
    shown = [text.format(performance[key]) for key, text in labels.items() if performance.get(key) is not None]
    if shown:
        yield ", ".join(shown)


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
