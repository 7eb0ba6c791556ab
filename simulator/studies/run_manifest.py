"""What the manifest of a run says at its beginning and at its end, of whatever kind the run is
(`simulator.evaluation.run_kind`)."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from scenarios.resolved import scenario_hash
from scenarios.schema import Scenario
from simulator.experiment.folder import RunFolder

_REPORTED_VERSIONS = ("understudy", "numpy", "scipy", "pyarrow", "duckdb", "mesa", "implicit", "scikit-learn")


def begun(
    folder: Path,
    scenario: Scenario,
    *,
    seeds: Sequence[int] | None = None,
    workers: int = 1,
    command: Sequence[str] = (),
    data_dir: Path | None = None,
    **about: Any,
) -> dict[str, Any]:
    """The manifest of a run that begins. `seeds` None: the scenario's. `about`: what else is to be said, or said
    otherwise."""
    return {
        "run": folder.name,
        "name": scenario.name,
        "status": "running",
        "started": now(),
        "command": list(command),
        "workers": workers,
        "seeds": list(scenario.seeds if seeds is None else seeds),
        "scenario_hash": scenario_hash(scenario),
        "versions": dict(versions()),
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "resumed": [],
        **about,
    }


def finish(folder: RunFolder) -> None:
    """Note that the run is whole; the last thing that is written of its answer."""
    folder.write_manifest(folder.read_manifest() | {"status": "finished", "finished": now()})


def now() -> str:
    """In UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> Mapping[str, str]:
    """Versions that results may depend on."""
    found = {"python": platform.python_version()}
    for name in _REPORTED_VERSIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found
