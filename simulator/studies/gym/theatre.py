"""The theatre of an environment's worlds: one for each scenario of a process, as long as an environment plays in it,
so that a second environment is made at once."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from pathlib import Path

from scenarios.resolved import dump_resolved
from simulator.records import UserInputError
from simulator.studies.theatre import AGENT, AnyScenario, Given, Theatre, Troupe, read_scenario

__all__ = ["AGENT", "AnyScenario", "Given", "Theatre", "Troupe", "open_theatre"]

_open_now: weakref.WeakValueDictionary[tuple[str, str, str], Theatre] = weakref.WeakValueDictionary()


def open_theatre(scenario: AnyScenario, *, overrides: Sequence[str] = (), data_dir: Path | None = None) -> Theatre:
    """The theatre of a scenario (`read_scenario`) that asks no language model. Raises UserInputError."""
    read = read_scenario(scenario, overrides)
    if read.mind.asks_a_model:
        raise UserInputError(
            f"{read.where('mind', 'kind')}: an environment is lived with statistical minds; one that asks a "
            "language model needs a run, which has its budget and ledger. Use mind: statistical"
        )
    key = (dump_resolved(read), str(read.base_dir), str(data_dir))
    theatre = _open_now.get(key)
    if theatre is None:
        theatre = _open_now[key] = Theatre(read, data_dir)
    return theatre
