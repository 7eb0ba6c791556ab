"""What was run: the manifest's facts, the scenario with every default, and the manifest itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.evaluation.reading.run import Run
from simulator.records import UserInputError
from simulator.viewer.desk import Desk, View
from simulator.viewer.sheets import Sheet


def view(desk: Desk) -> View:
    """The manifest and the scenario of a run."""
    manifest = desk.journal.manifest
    try:
        scenario, trouble = Run(desk.folder).scenario, ""
    except UserInputError as broken:
        scenario, trouble = "", str(broken)
    return View(
        template="about.html.j2",
        title="Manifest and scenario",
        values={
            "facts": list(_facts(manifest)),
            "laws": [law for law in manifest.get("laws") or () if isinstance(law, Mapping)],
            "scenario": scenario,
            "trouble": trouble,
            "manifest": json.dumps({**manifest, "laws": "above"}, indent=2, ensure_ascii=False),
        },
        sheet=Sheet(
            name=f"{desk.slug}-manifest",
            columns=("field", "value"),
            rows=[{"field": name, "value": value} for name, value in _leaves(manifest)],
        ),
    )


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Run", str(manifest.get("run", ""))
    yield "Scenario", str(manifest.get("name", ""))
    yield "Status", str(manifest.get("status", "unknown"))
    yield "Started", str(manifest.get("started", ""))
    command = manifest.get("command")
    if isinstance(command, list):
        yield "Command", " ".join(map(str, command))
    for title, name in (("Seeds", "seeds"), ("Arms", "arms"), ("Minds", "minds")):
        values = manifest.get(name)
        if isinstance(values, list):
            yield title, ", ".join(map(str, values))
    dataset = manifest.get("dataset")
    if isinstance(dataset, Mapping):
        yield "Data", f"{dataset.get('name', '')}, fingerprint {str(dataset.get('fingerprint', ''))[:12]}"
    versions = manifest.get("versions")
    if isinstance(versions, Mapping):
        yield "Versions", ", ".join(f"{name} {version}" for name, version in versions.items())
    yield "Scenario's hash", str(manifest.get("scenario_hash", ""))[:12]


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of a document under its dotted name."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(below, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(one, (Mapping, list)) for one in value):
        for nth, below in enumerate(value):
            yield from _leaves(below, f"{name}.{nth}")
    else:
        yield name, value
