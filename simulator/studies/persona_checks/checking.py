"""The checks of personas one after the other, with a language model for those that may ask one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from personas.files import Collection
from simulator.experiment.paid import Paid
from simulator.listener import Listener, Silent
from simulator.llm.ledger import Ledger
from simulator.llm.meter import tallied
from simulator.llm.port import ChatModel
from simulator.llm.reach import reach
from simulator.llm.settings import LLMSettings
from simulator.minds.loop import MindLoop
from simulator.studies.persona_checks import consistency, heterogeneity, privacy, stereotypes
from simulator.studies.persona_checks.coverage import coverage
from simulator.studies.persona_checks.round_trip import round_trip
from simulator.studies.persona_checks.setting import Setting

Ask = Callable[[Setting, ChatModel, LLMSettings], Awaitable[dict[str, Any]]]

SECTIONS = ("files", "round-trip", "consistency", "heterogeneity", "stereotypes", "privacy")
_ASKING: Mapping[str, Ask] = {
    "consistency": consistency.asked,
    "heterogeneity": heterogeneity.asked,
    "stereotypes": stereotypes.asked,
}
"""The sections that may also ask a language model."""


def check(
    personas: Collection,
    *,
    dataset: str = "sample",
    sessions: int = 20,
    people: int | None = None,
    interactions: int = 100,
    seed: int = 7,
    data_dir: Path | None = None,
    only: Sequence[str] = (),
    llm: LLMSettings | None = None,
    ledger: Path | None = None,
    listener: Listener | None = None,
) -> dict[str, Any]:
    """Everything that can be found out, by section; JSON-able, undefined numbers None.

    `people`: the first so many personas; of the round trip, how many are drawn for it. `sessions` of a life for
    consistency and heterogeneity, `interactions` of the round trip. `only`: these of `SECTIONS`. `llm`: also ask this
    model, where a section can; `ledger`: where its calls are noted. Raises UserInputError, and EndpointError and
    BudgetError as the model does.
    """
    listener = listener or Silent()
    some = personas.people if people is None else personas.people[:people]
    setting = Setting(personas=some, dataset=dataset, seed=seed, data_dir=data_dir, listener=listener)
    wanted = [name for name in SECTIONS if not only or name in only]
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "files": lambda: coverage(some),
        "round-trip": lambda: round_trip(setting, people=people, interactions=interactions),
        "consistency": lambda: consistency.consistency(setting, sessions=sessions),
        "heterogeneity": lambda: heterogeneity.heterogeneity(setting),
        "stereotypes": lambda: stereotypes.stereotypes(setting),
        "privacy": lambda: privacy.privacy(setting),
    }
    report: dict[str, Any] = {"personas": personas.file, "people": len(some), "dataset": dataset, "seed": seed}
    for name in wanted:
        if name != "files":
            listener.phase("check", name)
        report[name] = sections[name]()
    if llm is not None:
        report["model"] = _asked(setting, llm, [name for name in wanted if name in _ASKING], ledger)
    report["errors"] = int(report.get("privacy", {}).get("errors", 0))
    return report


def _asked(setting: Setting, llm: LLMSettings, sections: Sequence[str], ledger: Path | None) -> dict[str, Any]:
    """What a model's people are like, by section, and what asking took."""
    with MindLoop() as loop:
        if llm.cache != "replay-only":
            setting.listener.phase("model", loop.run(reach(llm)))
        paid = Paid(llm, None if ledger is None else Ledger(ledger))

        async def all_of_it() -> dict[str, Any]:
            with tallied() as tally:
                found = {name: await _ASKING[name](setting, paid.stack, llm) for name in sections}
            return {**found, "took": asdict(tally)}

        try:
            return {"model": llm.model, "scripted": llm.scripted, **loop.run(all_of_it())}
        finally:
            paid.close(loop)
