"""The journal of a run as it lies there: which parts are complete, what is missing, and a DuckDB session over a choice.

A part is one block of people in one world (arm, seed, mind), and its file name says which; so choosing worlds is
choosing files. A block that is still being lived is a part too, up to its last committed turn (`living`);
`Journal.gaps` says in words what is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.documents.fields import did_you_mean
from simulator.evaluation.events import parquet, readable
from simulator.evaluation.reading.database import cursor, opened, view_of
from simulator.evaluation.reading.living import Lived, lived
from simulator.evaluation.reading.lock import is_lived
from simulator.evaluation.reading.scenario import said
from simulator.evaluation.run_data import read_manifest, seeds_of
from simulator.evaluation.run_kind import how_to_go_on, kind_of
from simulator.journal import memories, schema
from simulator.journal.parts import PartKey
from simulator.records import UserInputError

if TYPE_CHECKING:
    import duckdb

ALL = "all"
"""In the place of a mind's name: every mind of the ensemble."""
FIRST = "coalesce(position, 0) = 0"
"""The condition of a page's first row, which is each page's once: slates are filled from the top, and a page on which
nothing was shown has one row."""
_NEAREST = 3
_MOST_BLOCKS = 10**6
"""Of 1,024 people each: more than any run has, and as many as can be told one by one."""
_TABLES: Mapping[str, str] = {
    "people": "null::varchar as user_id, null::varchar as cluster_id, null::bigint as block, null::boolean as ensemble",
    "history": "null::varchar as user_id, null::varchar as item_id, null::varchar as part",
    "catalog": "null::varchar as item_id, null::varchar as title, null::varchar[] as categories, "
    "null::bigint as popularity",
}
"""The small tables of a run, and what they are while nothing is written yet."""


class NotInRunError(UserInputError):
    """A name that the run does not have: of an arm, a seed, a mind, or a person."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One block of people in one world."""

    arm: str
    seed: int
    mind: str
    block: int
    path: Path
    """The file of its rows; of a living block, where it will be."""
    living: bool = False
    """Whether the block is still being lived: its rows are those of the turns that are committed."""

    @property
    def world(self) -> tuple[str, int, str]:
        return self.arm, self.seed, self.mind


@dataclass(frozen=True, kw_only=True)
class Journal:
    """A run that is open for reading."""

    folder: Path
    manifest: Mapping[str, Any]
    parts: tuple[Part, ...]
    """The blocks that are whole. Arms and minds in the order of the run, then seeds, then blocks."""
    living: tuple[Part, ...] = ()
    """The blocks that are being lived, or were when the run stopped, in the same order."""

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """Raises UserInputError: the folder is no run's, or its manifest is damaged."""
        manifest = read_manifest(folder)
        try:
            _require_kinds(manifest)
        except (TypeError, ValueError) as broken:
            raise UserInputError(
                f"{folder / 'manifest.json'}: cannot be read ({broken}). Was it edited? Restore it or run again"
            ) from None
        if manifest.get("status") != "finished" and kind_of(manifest) == "experiment":
            # the manifest of a failed run names only the arms that are complete; a play or a session has no others
            asked = said(folder, "arms")
            told = [*(manifest.get("arms") or ()), *(asked if isinstance(asked, dict) else ())]
            manifest = manifest | {"arms": list(dict.fromkeys(map(str, told)))}
        streams = {path.name.rsplit(".", 2)[0] for path in folder.glob("stream/*.arrows")}  # before the parts: a block
        found = [part for path in folder.glob("events/*.parquet") if (part := _part(path)) is not None]
        whole = {part.path.stem for part in found}  # leaves its stream when its part is there
        going = [_part(folder / "events" / f"{name}.parquet", living=True) for name in streams - whole]
        found += [part for part in going if part is not None]
        arms, minds = _order(manifest, found, "arm", "arms"), _order(manifest, found, "mind", "minds")
        found.sort(key=lambda part: (arms.index(part.arm), part.seed, minds.index(part.mind), part.block))
        return cls(
            folder=folder,
            manifest=manifest,
            parts=tuple(part for part in found if not part.living),
            living=tuple(part for part in found if part.living),
        )

    @property
    def everything(self) -> tuple[Part, ...]:
        """The whole parts, then the living ones."""
        return (*self.parts, *self.living)

    @property
    def arms(self) -> tuple[str, ...]:
        """The run's arms, the control first."""
        control = str(self.manifest.get("control", ""))
        return tuple(sorted(_order(self.manifest, self.everything, "arm", "arms"), key=lambda arm: arm != control))

    @property
    def seeds(self) -> tuple[int, ...]:
        return seeds_of(self.manifest) if {"seed", "seeds"} & set(self.manifest) else ()

    @property
    def minds(self) -> tuple[str, ...]:
        """The named mind, then the others of the ensemble."""
        named = str(self.manifest.get("mind") or "")
        return tuple(sorted(_order(self.manifest, self.everything, "mind", "minds"), key=lambda mind: mind != named))

    @property
    def finished(self) -> bool:
        """Whether the run has all its parts and its answer."""
        return self.manifest.get("status") == "finished"

    def chosen(self, *, arm: str | None = None, seed: int | None = None, mind: str | None = None) -> tuple[Part, ...]:
        """The parts of an arm (None: all), a seed (None: all) and a mind (None: the named one; `all`: all), whole ones
        first.

        Raises NotInRunError.
        """
        for what, value, known in (("arm", arm, self.arms), ("seed", seed, self.seeds), ("mind", mind, self.minds)):
            if value is not None and value not in known and not (what == "mind" and value == ALL) and known:
                near = did_you_mean(str(value), map(str, known)) or f" It has: {', '.join(map(str, known))}"
                raise NotInRunError(f"{self.folder}: this run has no {what} {str(value)[:80]!r}.{near}")
        minds = self.minds if mind == ALL else (mind,) if mind is not None else self.minds[:1]
        return tuple(
            part
            for part in self.everything
            if (arm is None or part.arm == arm) and (seed is None or part.seed == seed) and part.mind in minds
        )

    def gaps(self, *, arm: str | None = None, seed: int | None = None, mind: str | None = None) -> tuple[str, ...]:
        """In words, what of a choice (as in `chosen`) is not in the journal yet; nothing for a whole journal."""
        status = str(self.manifest.get("status", "unfinished"))
        lived_now = status == "running" and is_lived(self.folder)
        how = {
            "running": "is being lived" if lived_now else "stopped before its end",
            "failed": "failed",
            "out of budget": "was stopped by its budget",
        }.get(status, f"is {status}")
        cure = "" if self.finished or lived_now else f"; {how_to_go_on(self.folder, self.manifest)}"
        blocks = self.manifest.get("blocks")
        if not isinstance(blocks, Mapping):
            return (
                ()
                if self.finished or self.everything
                else (f"The run {how}, and nothing of it is in the journal yet{cure}.",)
            )
        there = {(*part.world, part.block) for part in self.parts}
        minds = self.minds if mind == ALL else (mind,) if mind is not None else self.minds[:1]
        wanted = [
            (*world, block)
            for world in product(self.arms, self.seeds, minds)
            if arm in (None, world[0]) and seed in (None, world[1])
            for block in range(int(blocks.get("everyone" if world[2] == self.minds[0] else "ensemble", 0)))
        ]
        missing = [one for one in wanted if one not in there]
        if missing:
            places = list(dict.fromkeys(f"arm {arm}, seed {seed}" for arm, seed, _, _ in missing))
            more = "; and others" if len(places) > _NEAREST else ""
            part = f"{len(missing)} of {len(wanted)} parts of the journal ({'; '.join(places[:_NEAREST])}{more})"
            begun = self._begun(missing)
            told = "" if not begun else f"; {begun} of them can be read up to the last committed turn"
            return (f"Not there yet: {part}{told}. The run {how}{cure}.",)
        return () if self.finished else (f"What is asked for is there whole, but the run {how}{cure}.",)

    def _begun(self, missing: Sequence[tuple[str, int, str, int]]) -> int:
        """How many of these blocks have committed turns that can be read."""
        going = [part for part in self.living if (*part.world, part.block) in set(missing)]
        return sum(bool(self.files([part])[0]) for part in going)

    def files(self, parts: Sequence[Part]) -> tuple[list[Path], list[Path]]:
        """The Parquet files of the rows and of the memories of these parts, in their order, as they are now."""
        events: list[Path] = []
        kept: list[Path] = []
        for part in parts:
            there = self._lived(part)
            if there is not None:
                events += there.events
                kept += there.memories
            elif not part.living or part.path.is_file():  # it has become whole meanwhile, or the run began anew
                events.append(part.path)
                memories_of_it = self.folder / "memories" / part.path.name
                kept += [memories_of_it] if memories_of_it.is_file() else []
        return events, kept

    def lived_turns(self, part: Part) -> int:
        """How many turns of a living part are committed; 0 for one that is not living any more."""
        there = self._lived(part)
        return 0 if there is None else there.turns

    def _lived(self, part: Part) -> Lived | None:
        if not part.living:
            return None
        run = str(self.manifest.get("run"))
        key = PartKey(run=run, arm=part.arm, seed=part.seed, mind=part.mind, block=part.block)
        return lived(self.folder, key, named=part.mind == next(iter(self.minds), None))

    @contextmanager
    def session(self, parts: Sequence[Part], *, alone: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB session with the views `event` (the rows of these parts; columns that an older journal lacks are
        null), `people`, `history`, `catalog` and `memory` (of the same parts). Raises UserInputError for a damaged
        file.

        All sessions of a process share one database, which remembers what it has read of files that do not change.
        `alone`: for SQL of somebody else's, a database that goes with the session.
        """
        events, kept = self.files(parts)
        with self.session_over(events, kept, alone=alone) as db:
            yield db

    @contextmanager
    def session_over(
        self, events: Sequence[Path], kept: Sequence[Path] = (), *, alone: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same over files of rows and of memories that `files` gave."""
        with readable(self.folder), opened() if alone else cursor() as db:
            view_of(db, "event", schema.SCHEMA, events)
            view_of(db, "memory", memories.SCHEMA, kept)
            for name, empty in _TABLES.items():
                path = self.folder / f"{name}.parquet"
                source = f"select * from {parquet([path])}" if path.is_file() else f"select {empty} where false"
                db.execute(f"create temp view {name} as {source}")
            yield db

    def require_person(self, db: duckdb.DuckDBPyConnection, user_id: str) -> None:
        """Raises NotInRunError, with the nearest ids, for somebody who is not in the run. While the run is being
        prepared nobody can be told from anybody."""
        if not (self.folder / "people.parquet").is_file():
            return
        require_text(user_id, "--user")
        if db.execute("select 1 from people where user_id = ? limit 1", [user_id]).fetchone():
            return
        nearest = db.execute(
            "select user_id from people order by jaro_winkler_similarity(user_id, $id) desc, user_id limit $n",
            {"id": user_id[:80], "n": _NEAREST},
        ).fetchall()
        known = f"The nearest ids: {', '.join(str(row[0]) for row in nearest)}" if nearest else "Nobody is in it yet"
        raise NotInRunError(f"{self.folder}: nobody in this run is called {user_id[:80]!r}. {known}")


def require_text(text: str, what: str) -> None:
    """Raises UserInputError for what a shell passed on although it is no UTF-8: it can stand nowhere in a run."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UserInputError(f"{what} {text[:80]!r}: this is not UTF-8. Type it again") from None


def _part(path: Path, *, living: bool = False) -> Part | None:
    """What a file name says; None for a file that is no part."""
    match path.name.split("."):
        case [arm, seed, mind, block, "parquet"] if seed.removeprefix("-").isdecimal() and block.isdecimal():
            return Part(arm=arm, seed=int(seed), mind=mind, block=int(block), path=path, living=living)
    return None


def _require_kinds(manifest: Mapping[str, Any]) -> None:
    """Raises TypeError or ValueError where the manifest holds something else than what is read here."""
    if {"seed", "seeds"} & set(manifest):
        seeds_of(manifest)
    for name in ("arms", "minds"):
        if not isinstance(manifest.get(name) or [], list):
            raise TypeError(f"{name} is no list")
    blocks = manifest.get("blocks")
    if blocks is None:
        return
    if not (isinstance(blocks, dict) and all(isinstance(n, int) and 0 <= n <= _MOST_BLOCKS for n in blocks.values())):
        raise TypeError("blocks holds no numbers of blocks")


def _order(manifest: Mapping[str, Any], parts: Sequence[Part], one: str, many: str) -> list[str]:
    """Names of the manifest first; then those that only the journal holds, such as an arm that failed."""
    told = [str(name) for name in manifest.get(many) or ()]
    return list(dict.fromkeys([*told, *sorted(str(getattr(part, one)) for part in parts)]))
