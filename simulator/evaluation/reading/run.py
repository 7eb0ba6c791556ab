"""A run as an object for Python and notebooks: its answer, its tables as Arrow, and SQL over them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.evaluation.reading.asked import transcripts_of
from simulator.evaluation.reading.journal import ALL, Journal
from simulator.evaluation.run_data import read_manifest
from simulator.evaluation.run_kind import Kind, kind_of
from simulator.journal import memories, schema
from simulator.llm.transcripts import FILE_NAME, read_calls
from simulator.records import UserInputError

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 4


class Run:
    """A run folder that is open for reading, finished or not.

    Small files are read whenever they are asked for, so that a run that goes on is seen as it is; tables are read once,
    when they are first asked for. Nothing is ever written.
    """

    def __init__(self, folder: Path) -> None:
        """Raises UserInputError: the folder is no run's."""
        self.folder = folder
        read_manifest(folder)

    @property
    def manifest(self) -> dict[str, Any]:
        """What was run, with which versions, and how far it got (`status`)."""
        return read_manifest(self.folder)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return str(self.manifest.get("name") or self.manifest.get("run") or self.folder.name)

    @property
    def kind(self) -> Kind:
        """`experiment`, `play` or `session`: see `simulator.evaluation.run_kind`."""
        return kind_of(self.manifest)

    @property
    def status(self) -> str:
        """`running` (or interrupted), `finished`, `failed` or `out of budget`."""
        return str(self.manifest.get("status", "unknown"))

    @property
    def summary(self) -> dict[str, Any] | None:
        """The answer, as in summary.json; None while there is none, and for a play or a session."""
        path = self.folder / "summary.json"
        if not path.is_file():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as broken:
            raise UserInputError(
                f"{path}: cannot be read ({broken}). Cure: understudy resume {self.folder} makes it again"
            ) from None
        return found if isinstance(found, dict) else None

    @property
    def scenario(self) -> str:
        """The scenario with every default written out, as YAML."""
        try:
            return (self.folder / "scenario.yaml").read_text(encoding="utf-8")
        except (OSError, ValueError) as broken:
            raise UserInputError(f"{self.folder / 'scenario.yaml'}: cannot be read ({broken})") from None

    @property
    def arms(self) -> tuple[str, ...]:
        """The control first."""
        return Journal.open(self.folder).arms

    @property
    def minds(self) -> tuple[str, ...]:
        """The named mind, then the others of the ensemble."""
        return Journal.open(self.folder).minds

    @property
    def not_there_yet(self) -> tuple[str, ...]:
        """In words, what the journal does not hold yet."""
        return Journal.open(self.folder).gaps(mind=ALL)

    @cached_property
    def events(self) -> pa.Table:
        """The journal: one row an impression, of all minds, in the columns of `simulator.journal.schema`, whose
        metadata say of each whether it is observable, asked for in a survey, or latent. Of blocks that are still being
        lived, the committed turns. For a part of a large journal use `sql`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        journal = Journal.open(self.folder)
        files, _ = journal.files(journal.everything)
        try:
            tables = [_in_schema(pq.read_table(file, partitioning=None)) for file in files]
        except (OSError, pa.ArrowException) as broken:
            raise UserInputError(
                f"{self.folder}: the journal cannot be read ({str(broken).splitlines()[0]}). Cure: delete the damaged "
                f"file and run understudy resume {self.folder}"
            ) from None
        whole = pa.concat_tables(tables) if tables else schema.SCHEMA.empty_table()
        return whole.unify_dictionaries()

    @cached_property
    def people(self) -> pa.Table:
        """user_id, cluster_id, block, ensemble, and source_id: the person of the log."""
        return self._table("people")

    @cached_property
    def catalog(self) -> pa.Table:
        """item_id, title, categories, popularity, and what else the data says of items, such as creator and price."""
        return self._table("catalog")

    @cached_property
    def history(self) -> pa.Table:
        """What the log says of its people: user_id, item_id, part (P: the platform's, M: the minds', V: held out)."""
        return self._table("history")

    @cached_property
    def memories(self) -> pa.Table:
        """The changes of what people remember, in order (`simulator.journal.memories`); no rows for a run without."""
        journal = Journal.open(self.folder)
        with journal.session(journal.everything) as db:
            return db.sql("select * from memory").to_arrow_table().cast(memories.SCHEMA)

    def calls(
        self, *, user: str | None = None, turn: int | None = None, arm: str | None = None, limit: int = -1
    ) -> list[dict[str, Any]]:
        """What a language model was asked and answered, in the order in which calls ended, at most `limit` of them.

        Each has the fields of `simulator.llm.transcripts.Asked`; a message is {role, content, images}. Empty for a run
        that keeps no transcripts. Raises UserInputError for a damaged file.
        """
        path = self.folder / "llm" / FILE_NAME
        with transcripts_of(path):
            return list(read_calls(path, user=user, turn=turn, arm=arm, limit=limit))

    def sql(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """The answer of DuckDB over the tables `events`, `memories`, `people`, `catalog` and `history`.

        `values` stand for `?` or `$name` in the query. The files are streamed, so a journal larger than memory can be
        asked. Raises UserInputError for SQL that DuckDB does not understand.
        """
        import duckdb

        journal = Journal.open(self.folder)
        with journal.session(journal.everything, alone=True) as db:
            db.execute("create temp view events as select * from event")
            db.execute("create temp view memories as select * from memory")
            given = dict(values) if isinstance(values, Mapping) else list(values)
            try:
                answer = db.sql(query, params=given or None)
                if answer is None:
                    raise UserInputError("this SQL asks for nothing. Write one `select …`")
                return answer.to_arrow_table()
            except duckdb.Error as wrong:
                if str(self.folder) in str(wrong):  # a file of the run is at fault
                    raise
                raise UserInputError(f"this SQL was not carried out: {wrong}") from None

    def __repr__(self) -> str:
        kind = "" if self.kind == "experiment" else f"a {self.kind}, "
        arms = ", ".join(self.arms) or "no arms yet"
        return f"<Run {self.name!r}, {kind}{self.status}, in {str(self.folder)!r}: {arms}>"

    def _repr_html_(self) -> str:
        """Name, status and, where there is an answer, the primary metric of each arm."""
        summary = self.summary or {}
        primary = str(summary.get("primary", ""))
        rows = "".join(
            f"<tr><td>{escape(str(arm))}</td><td>{_interval(metrics.get(primary))}</td></tr>"
            for arm, metrics in summary.get("arms", {}).items()
        )
        table = (
            f"<table><tr><th>arm</th><th>{escape(primary.replace('_', ' '))}</th></tr>{rows}</table>" if rows else ""
        )
        what = f"<b>{escape(self.name)}</b>, {escape(self.status)}: <code>{escape(str(self.folder))}</code>"
        return f"<div>{what}{table}</div>"

    def _table(self, name: str) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise UserInputError(f"{path}: it is not there (yet); the run is {self.status}")
        try:
            return pq.read_table(path, partitioning=None)
        except (OSError, pa.ArrowException) as broken:
            raise UserInputError(f"{path}: cannot be read ({str(broken).splitlines()[0]})") from None


def _in_schema(table: pa.Table) -> pa.Table:
    """The columns of today's schema; those that an older journal lacks are null."""
    import pyarrow as pa

    there = set(table.column_names)
    columns = [
        table[field.name].cast(field.type) if field.name in there else pa.nulls(len(table), field.type)
        for field in schema.SCHEMA
    ]
    return pa.table(columns, schema=schema.SCHEMA)


def _interval(estimate: Mapping[str, Any] | None) -> str:
    if not estimate or estimate.get("mean") is None:
        return "-"
    low, high = estimate.get("ci") or (None, None)
    ends = "" if low is None or high is None else f" [{low:.{_DIGITS}g}, {high:.{_DIGITS}g}]"
    return escape(f"{estimate['mean']:.{_DIGITS}g}{ends}")
