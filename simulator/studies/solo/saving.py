"""A session kept: as a journal that reads like any run, as a scenario to run, or as the persona that it was about.

Nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personas.files import plain
from scenarios.resolved import resolved
from simulator.experiment.folder import RunFolder
from simulator.llm.fencing import clean
from simulator.records import UserInputError
from simulator.studies.run_manifest import versions
from simulator.studies.solo.new_files import arm_name, taken, write_new
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.saving_person import SavedScenario, persona_of, save_persona, save_scenario
from simulator.studies.solo.session_file import (
    FORMAT,
    MAIN,
    VERSION,
    SavedPast,
    SavedPerson,
    Session,
    dumped,
    saved_steps,
)
from simulator.studies.solo.steps import Shown, Step
from simulator.studies.solo.written_run import write_run
from simulator.turn import Page

if TYPE_CHECKING:
    from simulator.studies.solo.life import Life

__all__ = [
    "SESSION",
    "SavedScenario",
    "persona_of",
    "save_journal",
    "save_persona",
    "save_scenario",
    "save_session",
    "session_of",
]
SESSION = "session.json"


def save_journal(
    folder: Path,
    life: Life,
    source: PersonSource,
    *,
    line: str = MAIN,
    branches: Mapping[str, Sequence[Step]] | None = None,
    data_dir: Path | None = None,
) -> RunFolder:
    """The session as a run folder: an arm for each line of the life, and `session.json`, which can be replayed.

    `line`: the name of the present line; `branches`: the steps of the others, by name. Their pages are made again by
    the life, which is then as it was. Raises UserInputError if nothing was lived, or something is there already.
    """
    if not life.turns:
        raise UserInputError(f"{folder}: nothing was lived yet, so there is no journal. Show a page first")
    taken(folder)
    lines: dict[str, tuple[tuple[Step, ...], tuple[tuple[int, Page], ...]]] = {line: (life.steps, life.pages)}
    people = life.people
    here = life.steps
    try:
        for name, steps in (branches or {}).items():
            if name != line and any(isinstance(step, Shown) for step in steps):
                life.relive(steps)
                lines[name] = life.steps, life.pages
    finally:
        if life.steps != here:
            life.relive(here)
    setting = life.setting
    session = session_of(life, source, lines, line=line, data_dir=data_dir)
    arms: dict[str, tuple[tuple[int, Page], ...]] = {}
    for name, (_, pages) in lines.items():
        arms[arm_name(name, arms)] = pages
    return write_run(
        folder,
        scenario=setting.scenario,
        stage=setting.theatre.stage,
        dataset=setting.theatre.dataset,
        split=setting.split,
        people=people,
        arms=arms,
        seed=life.seed,
        data_dir=data_dir,
        about={
            "name": clean(f"A session with {source.label}", 200),
            "session": {"person": source.label, "lines": dict(zip(arms, lines, strict=True))},
        },
        beside={SESSION: dumped(session)},
    )


def save_session(
    path: Path, life: Life, source: PersonSource, *, line: str = MAIN, data_dir: Path | None = None
) -> None:
    """The present line as `session.json` alone. Raises UserInputError if the file is there already."""
    session = session_of(life, source, {line: (life.steps, life.pages)}, line=line, data_dir=data_dir)
    write_new(path, dumped(session))


def session_of(
    life: Life,
    source: PersonSource,
    lines: Mapping[str, tuple[Sequence[Step], Sequence[tuple[int, Page]]]],
    *,
    line: str = MAIN,
    data_dir: Path | None = None,
) -> Session:
    """Everything that a session is, as `session.json` and autosaves hold it; without lines, an autosave's header."""
    setting, catalog = life.setting, life.setting.catalog
    past = source.past
    return Session(
        format=FORMAT,
        version=VERSION,
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=dict(versions()),
        scenario=resolved(setting.scenario),
        data_dir=None if data_dir is None else str(data_dir.resolve()),
        dataset=setting.theatre.dataset.name,
        fingerprint=setting.theatre.dataset.fingerprint,
        seed=life.seed,
        person=SavedPerson(
            origin=source.origin,
            label=source.label[:1000],
            user_id=source.user_id,
            persona=None if source.persona is None else plain(source.persona),
            past=None
            if past is None
            else SavedPast(
                run=str(past.run.resolve())[:1000],
                arm=past.arm,
                seed=past.seed,
                mind=past.mind,
                user_id=past.user_id,
                turn=past.turn,
                rows=[_finite(row) for row in past.rows],
                noted=[_finite(row) for row in past.noted],
            ),
        ),
        line=line,
        lines={name: saved_steps(steps, pages, catalog) for name, (steps, pages) in {line: ((), ()), **lines}.items()},
    )


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: without nulls, and with null for NaN."""
    return {name: value for name, value in row.items() if value is not None and value == value}
