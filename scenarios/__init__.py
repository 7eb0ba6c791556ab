"""Scenarios: the files that say what is simulated, and the model that they are checked against."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.loader import load_scenario as load_scenario
    from scenarios.resolved import dump_resolved as dump_resolved
    from scenarios.resolved import scenario_hash as scenario_hash
    from scenarios.schema import Scenario as Scenario

_HOME_OF = {
    "Scenario": "scenarios.schema",
    "dump_resolved": "scenarios.resolved",
    "load_scenario": "scenarios.loader",
    "scenario_hash": "scenarios.resolved",
}

__all__ = ["Scenario", "dump_resolved", "load_scenario", "scenario_hash"]


def __getattr__(name: str) -> Any:
    """Imports a name when it is first used (PEP 562): pydantic costs more than `--help` may."""
    if name in _HOME_OF:
        value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
