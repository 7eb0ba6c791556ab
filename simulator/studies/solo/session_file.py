"""A session on disk: who sat down, where, and every step, so that it can be lived again.

`session.json` is whole in itself: the scenario with every default, the person as a persona or as an id of the data,
what they had lived in a run before, the steps of each line of the life, and of each page what came of it, by which
one sees whether it comes again. It is data: it is checked against this schema, and nothing in it is run; but as any
scenario it may name plug-ins, so open only sessions that you trust.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from simulator.documents.forms import Section
from simulator.documents.messages import Kind, dotted, explain
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.came import Came, Id, Text, came_of
from simulator.studies.solo.changes import (
    Change,
    SetBelief,
    SetFatigue,
    SetItem,
    SetLayout,
    SetMood,
    SetTrait,
)
from simulator.studies.solo.lived import Source, SourceKind
from simulator.studies.solo.steps import Changed, Shown, Step, Waited
from simulator.turn import Page

FORMAT: Literal["understudy session"] = "understudy session"
VERSION: Literal[1] = 1
MOST_BYTES = 64 << 20
"""Of a session file."""
MAIN = "main"
"""The line of a life that goes on; the others are what-ifs that branched off."""


class SavedShown(Section):
    """A page was shown."""

    do: Literal["show"] = Field("show", description="What was done.")
    items: tuple[Id, ...] = Field(description="Ids of items, from the top; of a run's page, none.", max_length=1000)
    source: SourceKind = Field(description="Where the page came from.")
    name: Text = Field("", description="Recommender, or what was searched for.")
    layout: Text = Field(description="How it lay.")
    came: Came | None = Field(None, description="What came of it.")


class SavedWaited(Section):
    """The time until the next visit passed."""

    do: Literal["wait"] = Field("wait", description="What was done.")


class SavedChanged(Section):
    """Something was changed from then on."""

    do: Literal["change"] = Field("change", description="What was done.")
    what: Literal["trait", "mood", "fatigue", "belief", "layout", "item"] = Field(description="What was changed.")
    name: Text | None = Field(None, description="Trait or layout.")
    value: float | str | None = Field(None, description="Of a trait in sd, of mood, fatigue, or an item's field.")
    text: Text | None = Field(None, description="What is liked or disliked now.")
    likes: bool | None = Field(None, description="Which of the two.")
    item: Id | None = Field(None, description="Id of an item.")
    field: Text | None = Field(None, description="Which field of the item.")


SavedStep = Annotated[SavedShown | SavedWaited | SavedChanged, Field(discriminator="do")]


class SavedPast(Section):
    """What the person had lived in a run before the session."""

    run: Text = Field(description="The run's folder, as it was named.")
    arm: Text = Field(description="The world there.")
    seed: int = Field(description="Its seed.")
    mind: Text = Field(description="Its mind.")
    user_id: Id = Field(description="The person there.")
    turn: int = Field(description="The last turn that is over.", ge=-1)
    rows: list[dict[str, Any]] = Field(description="Their rows of the journal.", max_length=1_000_000)
    noted: list[dict[str, Any]] = Field(description="Their rows of the table of memories.", max_length=1_000_000)


class SavedPerson(Section):
    """Who sat down."""

    origin: Literal["library", "file", "run", "log", "sentence"] = Field(description="Where they come from.")
    label: Text = Field(description="The same in words.")
    user_id: Id | None = Field(None, description="Id in the data or the run; null: a persona.")
    persona: dict[str, Any] | None = Field(None, description="The persona as it was; null: a person of the data.")
    past: SavedPast | None = Field(None, description="What they had lived in a run; null: nothing.")


class Session(Section):
    """A whole session."""

    format: Literal["understudy session"] = Field(description="What this file is.")
    version: Literal[1] = Field(description="Of the format.")
    saved: Text = Field(description="When, in UTC.")
    versions: dict[str, str] = Field(description="Versions that results may depend on.", max_length=100)
    scenario: dict[str, Any] = Field(description="The setting, with every default.")
    data_dir: str | None = Field(None, description="Where datasets lie that do not ship.", max_length=4096)
    dataset: Text = Field(description="The data's name.")
    fingerprint: Text = Field(description="What it held.")
    seed: int = Field(description="Of the life's luck.", ge=0, lt=2**63)
    person: SavedPerson = Field(description="Who sat down.")
    line: Text = Field(MAIN, description="The line that the session was on.")
    lines: dict[str, list[SavedStep]] = Field(description="Steps by line.", min_length=1, max_length=10_000)


_KIND = Kind(root=Session)
_MOST_PROBLEMS = 3


def read_text(text: str | bytes, file: str) -> Session:
    """The session of a file's text. Raises UserInputError for what is none."""
    try:
        return Session.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    except (RecursionError, ValueError) as broken:
        raise UserInputError(f"{file}: this is no session of Understudy ({str(broken)[:120]})") from None
    if any(one["type"] == "json_invalid" for one in found):
        raise UserInputError(f"{file}: this is no JSON, so no session of Understudy. Name a session.json") from None
    if any(one["loc"] in ((), ("format",)) for one in found):
        raise UserInputError(f"{file}: this is no session of Understudy. Name a session.json") from None
    if any(one["loc"] == ("version",) for one in found):
        raise UserInputError(
            f"{file}: the session is of another version of the format than {VERSION}, the one that is read here. Cure: "
            "the version of Understudy that saved it"
        ) from None
    given = None
    with suppress(ValueError, RecursionError):  # a number may be longer than Python reads
        given = json.loads(text)
    problems = explain(_placed(found), given, _KIND)
    told = [f"{dotted(place)}: {what}" for place, what in problems[:_MOST_PROBLEMS]]
    raise UserInputError(f"{file}: this is no whole session: " + "; ".join(told)) from None


def _placed(found: Iterable[Any]) -> list[Any]:
    """The faults at their places in the file: without the kind of a step and the alternatives of a value, which are in
    pydantic's, and the first fault of each place alone."""
    out: dict[tuple[Any, ...], Any] = {}
    for one in found:
        place = one["loc"]
        if place[0] == "lines":
            place = (*place[:3], *place[4:]) if len(place) > 3 else place
            place = place[:4] if place[3:4] == ("value",) else place
        out.setdefault(place, {**one, "loc": place})
    return list(out.values())


def read_file(path: Path) -> Session:
    """The session of `session.json`, of a folder that holds one, or of an autosave. Raises UserInputError."""
    from simulator.studies.solo.autosave import recovered

    try:
        file = path / "session.json" if path.is_dir() else path
        if not file.exists():
            what = "this folder holds no session.json" if path.is_dir() else "there is no such file"
            raise UserInputError(f"{path}: {what}. Name a saved session")
        with file.open("rb") as stream:  # a device or a huge file is not read to its end
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserInputError(f"{str(path)[:200]}: cannot be read ({error.strerror}). Name a saved session") from None
    if len(raw) > MOST_BYTES:
        raise UserInputError(f"{file}: larger than {MOST_BYTES >> 20} MiB, too large for a session")
    return recovered(raw, str(file)) if file.suffix == ".jsonl" else read_text(raw, str(file))


def dumped(session: Session) -> str:
    """As the text of a file that reads back as the same."""
    return json.dumps(session.model_dump(mode="json", exclude_none=True), indent=1, ensure_ascii=False) + "\n"


def saved_steps(steps: Sequence[Step], turns: Iterable[tuple[int, Page]], catalog: Catalog) -> list[Any]:
    """Steps with what came of each page. `turns`: the pages of these steps, in their order, none of what was lived in a
    run before."""
    came = iter(turns)
    return [saved_step(step, next(came, None) if isinstance(step, Shown) else None, catalog) for step in steps]


def saved_step(step: Step, lived: tuple[int, Page] | None, catalog: Catalog) -> Any:
    """One step."""
    match step:
        case Shown(items=items, source=source, layout=layout):
            return SavedShown(
                items=tuple(catalog[item].item_id for item in items),
                source=source.kind,
                name=source.name,
                layout=layout,
                came=None if lived is None else came_of(*lived, catalog),
            )
        case Waited():
            return SavedWaited()
        case Changed(change=change):
            return _saved_change(change, catalog)


def step_of(saved: Any, catalog: Catalog, where: str) -> Step:
    """A step as a life takes it. Raises UserInputError for items that the catalogue does not have, and for changes that
    there are not."""
    match saved:
        case SavedWaited():
            return Waited()
        case SavedShown():
            items = tuple(_row(item, catalog, where) for item in saved.items)
            return Shown(items=items, source=Source(kind=saved.source, name=saved.name), layout=saved.layout)
    return Changed(change=_change(saved, catalog, where))


def _saved_change(change: Change, catalog: Catalog) -> SavedChanged:
    match change:
        case SetTrait(name=name, value=value):
            return SavedChanged(what="trait", name=name, value=value)
        case SetMood(value=value):
            return SavedChanged(what="mood", value=value)
        case SetFatigue(value=value):
            return SavedChanged(what="fatigue", value=value)
        case SetBelief(text=text, likes=likes):
            return SavedChanged(what="belief", text=text, likes=likes)
        case SetLayout(name=name):
            return SavedChanged(what="layout", name=name)
        case SetItem(item=item, field=field, value=value):
            return SavedChanged(what="item", item=catalog[item].item_id, field=field, value=value)


def _change(saved: SavedChanged, catalog: Catalog, where: str) -> Change:
    try:
        match saved.what:
            case "trait":
                return SetTrait(saved.name or "", _number(saved.value))
            case "mood":
                return SetMood(_number(saved.value))
            case "fatigue":
                return SetFatigue(_number(saved.value))
            case "belief":
                return SetBelief(saved.text or "", bool(saved.likes))
            case "layout":
                return SetLayout(saved.name or "")
            case "item":
                return SetItem(_row(saved.item or "", catalog, where), saved.field or "", saved.value)
    except UserInputError as error:
        raise UserInputError(f"{where}: {error}") from None


def _number(value: float | str | None) -> float:
    if isinstance(value, str) or value is None:
        raise UserInputError(f"{str(value)[:40]!r} is no number")
    return value


def _row(item_id: str, catalog: Catalog, where: str) -> int:
    row = catalog.row_of.get(item_id)
    if row is None:
        raise UserInputError(
            f"{where}: item {item_id[:80]!r} is not in the data. Cure: restore the data that the session was lived on"
        )
    return row
