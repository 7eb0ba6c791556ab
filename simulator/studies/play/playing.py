"""Playing: a run of one human in one arm, and then of their double.

A turn is committed when the player turns the page or leaves. A play that was stopped, however rudely, goes on with
`resume`: committed turns are read back, and the page that was open is shown again with what was done on it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scenarios.loader import load_scenario
from scenarios.resolved import dump_resolved, scenario_hash
from scenarios.schema import Scenario
from simulator.evaluation.run_kind import kind_of
from simulator.experiment.folder import RunFolder, replace_file, whole_file
from simulator.experiment.live import merge
from simulator.experiment.process import settled
from simulator.journal.parts import to_table, write_part
from simulator.journal.stream import BlockStream, read_turns, remove_stream
from simulator.listener import Listener, Silent
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.records import UserInputError
from simulator.studies.play import staging
from simulator.studies.play.closeness import closeness
from simulator.studies.play.diary import Diary
from simulator.studies.play.double import foretell, live_alone
from simulator.studies.play.labelled import labelled
from simulator.studies.play.seat import Player, Seat, SeatState
from simulator.studies.play.staging import Seating, Staged
from simulator.studies.play.taste import Onboarding, Pick, listed, scale_of
from simulator.studies.run_manifest import begun, finish, now
from simulator.turn import Page
from simulator.world import World

PAGES, SESSIONS = 10, 1
"""How long a play is unless something else is asked for: a few minutes."""
DIARY, DOUBLE = "seat.jsonl", "double.json"
"""Files of a play in its run folder, beside labelled.parquet."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """A play that is over."""

    folder: Path
    document: dict[str, Any]
    """How close the double came: the content of double.json."""

    @property
    def labelled(self) -> Path:
        """One row an impression, with what the double foretold."""
        return self.folder / "labelled.parquet"


def play(
    scenario: Scenario,
    out: Path,
    player: Player,
    *,
    arm: str | None = None,
    blind: bool = True,
    name: str | None = None,
    person: str | None = None,
    pages: int = PAGES,
    sessions: int = SESSIONS,
    data_dir: Path | None = None,
    command: Sequence[str] = (),
    listener: Listener | None = None,
    **more: Any,
) -> Played:
    """A new play in the folder `out`. Raises UserInputError; whatever the player raises passes, and `resume` goes on.

    `arm` None: by lot, keyed by seed and player. `blind`: what is told meanwhile does not name the arm. `name`: the
    player's pseudonym; None: a random one. `person`: whose history the player takes.
    """
    if pages < 1 or sessions < 1:
        raise UserInputError("--pages, --sessions: a play has at least one page and one visit")
    user = staging.pseudonym(name)
    seating = Seating(
        user=user,
        arm=staging.drawn_arm(scenario, arm, user),
        blind=blind,
        pages=pages,
        sessions=sessions,
        person=person,
    )
    staging.refuse_early(staging.seat_plan(scenario, seating.arm), scenario)
    manifest = begun(out, scenario, seeds=scenario.seeds[:1], command=command, data_dir=data_dir, play=seating.facts())
    folder = RunFolder.create(out, manifest, dump_resolved(scenario))
    try:
        with folder.locked():
            return _carry_on(scenario, folder, player, seating, data_dir, listener or Silent(), more)
    except UserInputError:
        if not (out / DIARY).exists():  # nothing was asked that could be lost
            folder.discard()
        raise


def resume(path: Path, player: Player, *, listener: Listener | None = None, **more: Any) -> Played:
    """Go on with a play that was stopped; a finished one is only read. Raises UserInputError."""
    folder = RunFolder.open(path)
    manifest = folder.read_manifest()
    if (kind := kind_of(manifest)) != "play":
        verb = "chat --replay" if kind == "session" else "resume"
        raise UserInputError(f"{path}: this run is no play. Go on with it by: understudy {verb} {path}")
    if manifest["status"] == "finished" and (path / DOUBLE).is_file():
        return Played(folder=path, document=_answer(path / DOUBLE))
    scenario = load_scenario(str(folder.scenario))
    if scenario_hash(scenario) != manifest["scenario_hash"]:
        raise UserInputError(f"{folder.scenario}: this is not the scenario of the play. Cure: restore it")
    data_dir = None if manifest["data_dir"] is None else Path(manifest["data_dir"])
    seating = Seating.of(manifest["play"], scenario, folder.manifest)
    with folder.locked():
        manifest["resumed"].append({"at": now()})
        folder.write_manifest(manifest | {"status": "running"})
        return _carry_on(scenario, folder, player, seating, data_dir, listener or Silent(), more)


def _answer(path: Path) -> dict[str, Any]:
    """The content of double.json. Raises UserInputError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as error:
        raise UserInputError(f"{path}: cannot be read ({error}). Cure: restore the file") from None
    return found


def _carry_on(
    scenario: Scenario,
    folder: RunFolder,
    player: Player,
    seating: Seating,
    data_dir: Path | None,
    listener: Listener,
    more: dict[str, Any],
) -> Played:
    """Whatever is not there yet: onboarding, fitting, pages, the double, the answer."""
    plan = staging.seat_plan(scenario, seating.arm)
    diary = Diary(folder.path / DIARY)
    try:
        with settled():
            known = staging.read(plan, scenario, folder, data_dir, listener)
            staging.check_person(known[1], seating)
            picks = _onboarded(player, diary, known[1], seating, plan.seed)
            staged = staging.set_stage(plan, scenario, folder, known, seating, picks, listener)
            with closing(staged):
                turns = _seated(staged, folder, player, diary, seating, more)
                return _answered(staged, folder, seating, turns, listener)
    except UserInputError as error:
        if not (folder.path / DIARY).exists():
            raise
        cure = f"What you did is kept; when this is mended, go on with: understudy play --resume {folder.path}"
        raise UserInputError(f"{str(error).rstrip('.')}. {cure}") from None


def _onboarded(player: Player, diary: Diary, split: Any, seating: Seating, seed: int) -> list[Pick]:
    """What the player said of titles, now or before the play was stopped; the last word on each counts."""
    told = [event for event in diary.events if event["event"] == "taste"]
    picks = {event["item"]: Pick(item_id=event["item"], level=event["level"]) for event in told}
    if seating.person is not None:
        return []
    if not any(event["event"] == "taste done" for event in diary.events):
        rated = bool(np.isfinite(split.log.rating).any())
        unit = staging.scale_unit(split)
        items = listed(split, seating.user, seed=seed)

        def note(pick: Pick) -> None:
            diary.note("taste", item=pick.item_id, level=pick.level)
            picks[pick.item_id] = pick

        player.onboard(Onboarding(items=items, scale=scale_of(unit, rated=rated), picks=dict(picks)), note)
        diary.note("taste done")
    return list(picks.values())


def _seated(
    staged: Staged, folder: RunFolder, player: Player, diary: Diary, seating: Seating, more: dict[str, Any]
) -> list[tuple[int, Page]]:
    """The player's pages, to the end of the play."""
    plan, base = staged.plan, folder.stream / staged.key.name
    rated = bool(np.isfinite(staged.split.log.rating).any())
    seat = Seat(
        player,
        diary,
        staged.catalog,
        scale=scale_of(staged.unit, rated=rated),
        unit=staged.unit,
        pages=seating.pages,
        **more,
    )
    alone = replace(staged.stage, everyone=staged.stage.everyone.take(np.zeros(1, dtype=np.intp)))
    cast = staging.cast_of(alone, staged)
    state = SeatState(cast.people, staged.catalog, staged.laws, plan.seed)
    if not seating.blind:
        player.tell(f"The pages come from {seating.arm} ({plan.arms[0].recommender}).")
    visits = _Visits(player, diary, seating)
    with BlockStream(base, plan.slate_size) as stream:
        world = World(
            replace(cast, mind=seat, behaviour=seat, state=state, wait_for=drive),
            stream,
            seed=plan.seed,
            slate_size=plan.slate_size,
            layout=plan.layout,
        )
        with closing(world):
            while visits.more(world.last_page, world.turn, replayed=world.turn < len(stream.committed)):
                world.step()
                if staged.host.learns:
                    staged.host.observe(merge([world.feedback()]))
    return list(read_turns(base, plan.slate_size))


@dataclass
class _Visits:
    """Whether the play goes on after a page."""

    player: Player
    diary: Diary
    seating: Seating
    ended: int = 0

    def more(self, last: Page | None, turn: int, *, replayed: bool) -> bool:
        if last is not None and last.left[0]:
            self.ended += 1
            if not replayed and not self._again():
                return False
        return turn < self.seating.pages and self.ended < self.seating.sessions

    def _again(self) -> bool:
        if self.ended >= self.seating.sessions or any(event["event"] == "over" for event in self.diary.events):
            return False
        if any(event["event"] == "again" and event["visit"] == self.ended for event in self.diary.events):
            return True
        wanted = self.player.again(self.ended + 1)
        if wanted:
            self.diary.note("again", visit=self.ended)
        else:
            self.diary.note("over")
        return wanted


def _answered(
    staged: Staged,
    folder: RunFolder,
    seating: Seating,
    turns: list[tuple[int, Page]],
    listener: Listener,
) -> Played:
    """The double's part, both parts of the journal, and the answer; each is whole or not there."""
    listener.phase("double", f"{len(turns)} pages")
    told = foretell(staged, turns)
    lives = live_alone(staged, folder, seating)
    document = closeness(staged, seating, turns, told, lives)
    user_ids = staged.stage.everyone.user_ids[:1]
    own = staged.key_of(NAMED)
    write_part(to_table(own, lives.first, user_ids, staged.catalog.item_ids), folder.part(own.name))
    mine = _human(to_table(staged.key, turns, user_ids, staged.catalog.item_ids))
    write_part(mine, folder.part(staged.key.name))
    table = labelled(staged, seating, turns, told)
    _write_table(table, folder.path / "labelled.parquet")
    replace_file(folder.path / DOUBLE, json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    finish(folder)
    remove_stream(folder.stream / staged.key.name)
    folder.clear_scaffolding()
    return Played(folder=folder.path, document=document)


def _human(table: pa.Table) -> pa.Table:
    """With null where a human was not asked, or nobody can know: NaN numbers, and liking without a rating."""
    import pyarrow.compute as pc

    for name in ("satisfaction", "fatigue", "mood", "dwell_s"):
        place = table.schema.get_field_index(name)
        column = table[name]
        nothing = pa.scalar(None, column.type)
        table = table.set_column(place, table.schema.field(place), pc.if_else(pc.is_nan(column), nothing, column))
    place = table.schema.get_field_index("liked")
    liked = pc.if_else(pc.is_valid(table["rating"]), table["liked"], pa.scalar(None, pa.bool_()))
    return table.set_column(place, table.schema.field(place), liked)


def _write_table(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    whole_file(path, lambda place: pq.write_table(table, place, compression="zstd"))
