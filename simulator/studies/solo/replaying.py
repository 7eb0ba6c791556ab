"""A saved session lived again, step by step: the same pages, or where they part and what may have parted them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from personas.files import of_mapping
from scenarios.loader import check
from scenarios.schema import Scenario
from simulator.listener import Listener
from simulator.records import UserInputError
from simulator.studies.run_manifest import versions
from simulator.studies.solo.came import Came, came_of
from simulator.studies.solo.journal_pages import checked_rows, pages_of
from simulator.studies.solo.past import Past
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.session_file import SavedShown, Session, read_file, step_of
from simulator.studies.solo.steps import Changed, Shown, Step, Waited

if TYPE_CHECKING:
    from simulator.studies.solo.life import Life
    from simulator.studies.solo.setting import Setting


@dataclass(frozen=True, kw_only=True)
class Differs:
    """The first page that came out otherwise than it was saved."""

    step: int
    """Number of the step, from 1."""
    was: Came
    now: Came
    because: str
    """What may have parted them, in words."""

    @property
    def text(self) -> str:
        """The same in a sentence."""
        return f"step {self.step} came out otherwise: {_parted(self.was, self.now)}. {self.because}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Replay:
    """A session that is open to be lived again; iterate over it to live its steps."""

    session: Session
    setting: Setting
    source: PersonSource
    life: Life
    steps: tuple[Step, ...]
    """Of the chosen line; those that were lived in a run before the session are lived already."""
    differences: list[Differs]

    def __iter__(self) -> Iterator[Step]:
        """Live the steps, each when it is asked for. Raises UserInputError for one that cannot be done."""
        saved = self.session.lines[self.session.line]
        lived = len(self.life.steps)
        for nth, step in enumerate(self.steps):
            if nth >= lived:
                try:
                    _do(self.life, step)
                except UserInputError as error:
                    told = [f"step {nth + 1} of the session cannot be done: {error}"]
                    told += [f"Before it, {one.text}" for one in self.differences]
                    raise UserInputError(". ".join(told)) from None
            was = saved[nth]
            if isinstance(was, SavedShown) and was.came is not None and not self.differences:
                now = came_of(*self.life.pages[_shown(self.steps[: nth + 1]) - 1], self.setting.catalog)
                if now != was.came:
                    because = self._why(was.came, now)
                    self.differences.append(Differs(step=nth + 1, was=was.came, now=now, because=because))
            yield step

    def branches(self) -> dict[str, tuple[Step, ...]]:
        """The steps of the other lines, by name. Raises UserInputError for items that are not there."""
        return {
            name: tuple(step_of(one, self.setting.catalog, f"line {name[:40]}") for one in saved)
            for name, saved in self.session.lines.items()
            if name != self.session.line
        }

    def _why(self, was: Came, now: Came) -> str:
        session, found = self.session, dict(versions())
        others = [
            f"{name} {session.versions.get(name, 'unknown')} then and {version} now"
            for name, version in found.items()
            if session.versions.get(name) != version
        ]
        reasons = []
        if self.setting.theatre.dataset.fingerprint != session.fingerprint:
            reasons.append("the data is not what it was")
        if others:
            reasons.append("versions differ: " + ", ".join(others))
        if self.setting.asks_a_model:
            reasons.append("a language model answers otherwise, where its answers were not kept")
        if not reasons:
            return "Nothing tells why; the file may have been changed"
        return "It may be that " + "; or that ".join(reasons)


def open_replay(
    path: Path, *, setting: Setting | None = None, data_dir: Path | None = None, listener: Listener | None = None
) -> Replay:
    """The session of a `session.json`, of a folder that holds one, or of an autosave, ready to be lived again.

    `setting`: one that is open already and was made from the same scenario; None: the session's is opened, and is the
    caller's to close (`replay.setting.close()`). Raises UserInputError for what is no session, or cannot be lived.
    """
    from simulator.studies.solo.setting import open_setting

    session = read_file(path)
    opened = setting is None
    if setting is None:
        where = data_dir or (None if session.data_dir is None else Path(session.data_dir))
        setting = open_setting(scenario_in(session, path), data_dir=where, listener=listener)
    try:
        return prepared(session, setting, str(path))
    except BaseException:
        if opened:
            setting.close()
        raise


def scenario_in(session: Session, path: Path) -> Scenario:
    """The scenario that a session was lived in. Raises UserInputError."""
    folder = path if path.is_dir() else path.parent
    return check(dict(session.scenario), file=f"{path}: scenario", base_dir=folder.resolve())


def prepared(session: Session, setting: Setting, file: str) -> Replay:
    """A session in an open setting. Raises UserInputError."""
    if session.line not in session.lines:
        raise UserInputError(f"{file}: the session has no line {session.line[:40]!r}. Was it edited? Restore it")
    source = source_of(session, setting, file)
    saved = session.lines[session.line]
    steps = tuple(step_of(one, setting.catalog, f"{file}: step {nth}") for nth, one in enumerate(saved, 1))
    life = setting.life(source, seed=session.seed)
    common = _common(life.steps, steps)
    if common < len(life.steps):  # the session had gone back behind the last page that was lived in the run
        life.relive(life.steps[:common])
    return Replay(session=session, setting=setting, source=source, life=life, steps=steps, differences=[])


def source_of(session: Session, setting: Setting, file: str) -> PersonSource:
    """Who sat down, as `Setting.life` takes it. Raises UserInputError."""
    person = session.person
    persona = None if person.persona is None else of_mapping(person.persona, f"{file}: person.persona")
    if persona is None and person.user_id is None:
        raise UserInputError(f"{file}: the session does not say who sat down. Was it edited? Restore it")
    past = None
    if (kept := person.past) is not None:
        rows, noted = checked_rows(kept.rows, kept.noted, f"{file}: person.past")
        size = setting.plan.slate_size
        past = Past(
            run=Path(kept.run),
            arm=kept.arm,
            seed=kept.seed,
            mind=kept.mind,
            user_id=kept.user_id,
            turn=kept.turn,
            rows=rows,
            noted=noted,
            turns=pages_of(rows, noted, slate_size=size, row_of=setting.catalog.row_of, where=file),
        )
    return PersonSource(origin=person.origin, label=person.label, persona=persona, user_id=person.user_id, past=past)


def _do(life: Life, step: Step) -> None:
    match step:
        case Shown(items=items, source=source):
            life.show(items, source)
        case Changed(change=change):
            life.change(change)
        case Waited():
            life.wait()


def _common(one: tuple[Step, ...], other: tuple[Step, ...]) -> int:
    pairs = list(zip(one, other, strict=False))
    return next((nth for nth, pair in enumerate(pairs) if pair[0] != pair[1]), len(pairs))


def _shown(steps: tuple[Step, ...]) -> int:
    return sum(isinstance(step, Shown) for step in steps)


def _parted(was: Came, now: Came) -> str:
    if was.turn != now.turn:
        return f"it was lived in turn {was.turn}, and now in turn {now.turn}"
    if was.clicked != now.clicked:
        return f"{', '.join(was.clicked) or 'nothing'} was chosen, and now {', '.join(now.clicked) or 'nothing'}"
    if (was.action, was.leave_reason) != (now.action, now.leave_reason):
        return f"it ended with {was.action} ({was.leave_reason}), and now with {now.action} ({now.leave_reason})"
    return "some number of the page is another, though the same was chosen"
