"""Persona files: one person as YAML, a crowd as JSON lines, a folder of either, and the library that ships.

Whatever is wrong becomes one `UserInputError`: `FILE:LINE: field: what is wrong. Cure`, a line for each problem found.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

from pydantic import ValidationError

from personas.schema import ID, MBTI, Persona
from simulator.documents import yaml_tree
from simulator.documents.fields import did_you_mean
from simulator.documents.messages import Kind, dotted, explain, shown
from simulator.records import UserInputError

LIBRARY = Path(__file__).parent / "library"
LIBRARY_NAME = "library"
MAX_PROBLEMS = 5
_KIND = Kind(
    root=Persona,
    patterns={
        ID: "1 to 80 letters, digits, - _ and ., the first a letter or a digit",
        MBTI: "one of the sixteen types, such as INFP",
    },
)
_START = "Start from `understudy personas show night-shift-nurse --yaml`"


@dataclass(frozen=True, eq=False)
class Collection(Sequence[Persona]):
    """Personas in a fixed order, with the place that they came from, for messages."""

    people: tuple[Persona, ...]
    file: str

    def __len__(self) -> int:
        return len(self.people)

    @overload
    def __getitem__(self, index: int) -> Persona: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Persona, ...]: ...
    def __getitem__(self, index: int | slice) -> Persona | tuple[Persona, ...]:
        return self.people[index]

    @cached_property
    def by_id(self) -> dict[str, Persona]:
        """All of them by id."""
        return {one.id: one for one in self.people}

    def named(self, persona_id: str) -> Persona:
        """One of them. Raises UserInputError with the nearest id."""
        if persona_id in self.by_id:
            return self.by_id[persona_id]
        near = did_you_mean(persona_id, self.by_id) or f" There are {len(self)}: `understudy personas list {self.file}`"
        raise UserInputError(f"{self.file}: nobody here has the id {persona_id[:80]!r}.{near}")


@lru_cache(maxsize=1)
def library() -> Collection:
    """The personas that ship."""
    return _of_folder(LIBRARY, LIBRARY_NAME)


def load(place: str | Path) -> Collection:
    """The personas of a YAML file, of a file of JSON lines, of a folder of such files, or of the `library`.

    Raises UserInputError for what is no persona, or is there twice.
    """
    name = str(place)
    if name == LIBRARY_NAME:
        return library()
    path = Path(place)
    try:
        if path.is_dir():
            return _of_folder(path, name)
        missing = not path.is_file()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise UserInputError(f"{name[:200]}: cannot be read ({error.strerror}). Name another place") from None
    if missing:
        if name in library().by_id:
            return Collection((library().by_id[name],), LIBRARY_NAME)
        near = did_you_mean(name, [LIBRARY_NAME, *library().by_id])
        raise UserInputError(
            f"{name[:200]}: there is no such file or folder of personas, and the library has nobody of this id.{near}"
        )
    return _unique(list(_of_file(path, name)), name)


def load_one(place: str) -> Persona:
    """One persona: a YAML file, `people.jsonl#ID` (or `folder#ID`), or the id of one of the library.

    Raises UserInputError.
    """
    file, mark, persona_id = place.partition("#")
    if mark:
        return load(file).named(persona_id)
    found = load(place)
    if len(found) != 1:
        raise UserInputError(f"{place}: holds {len(found):,} personas. Say which one: {place}#{found[0].id}")
    return found[0]


def of_mapping(data: Any, file: str, lines: dict[yaml_tree.FieldPath, int] | None = None, *, line: int = 1) -> Persona:
    """Plain values as a persona. `lines`: the line of each field; `line`: where there is no better. Raises
    UserInputError."""
    known = {} if lines is None else lines
    if not isinstance(data, dict):
        raise UserInputError(f"{file}:{line}: a persona is a map of fields such as `id:`, not {shown(data)}. {_START}")
    try:
        return Persona.model_validate(data)
    except ValidationError as error:
        problems = explain(error.errors(include_input=False, include_url=False), data, _KIND)
    told = [f"{file}:{_line(path, known, line)}: {dotted(path)}: {what}" for path, what in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        told.append(f"… and {len(problems) - MAX_PROBLEMS} more")
    raise UserInputError("\n".join(told))


def plain(persona: Persona) -> dict[str, Any]:
    """A persona as plain values, without what is not given."""
    data = persona.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    origins = data.get("origins", {})
    short = {path: origin["how"] if list(origin) == ["how"] else origin for path, origin in origins.items()}
    return {name: value for name, value in (data | {"origins": short}).items() if value not in ({}, [], ())}


def to_yaml(persona: Persona) -> str:
    """A persona as the text of a file that reads back as the same."""
    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString

    writer = YAML()
    writer.width = 110
    writer.allow_unicode = True
    writer.indent(mapping=2, sequence=4, offset=2)
    data = plain(persona)
    if "\n" in data.get("backstory", ""):
        data["backstory"] = LiteralScalarString(data["backstory"])
    out = io.StringIO()
    writer.dump(_flowing(data), out)
    return out.getvalue()


def write_yaml(persona: Persona, path: Path) -> None:
    """Write a persona as a file of its own, which must not exist yet. Raises UserInputError."""
    _write(path, to_yaml(persona).encode())


def write_jsonl(people: Iterable[Persona], path: Path) -> None:
    """Write a crowd, one persona a line, into a file that must not exist yet. Raises UserInputError."""
    lines = (json.dumps(plain(person), ensure_ascii=False, separators=(",", ":")) + "\n" for person in people)
    _write(path, "".join(lines).encode())


def _flowing(data: dict[str, Any]) -> Any:
    """Short lists and the innermost maps on one line, as a person would write them."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    def made(value: Any) -> Any:
        if isinstance(value, dict):
            out = CommentedMap((name, made(inner)) for name, inner in value.items())
            if value and not any(isinstance(inner, dict) for inner in value.values()) and len(repr(value)) < 90:
                out.fa.set_flow_style()
            return out
        if isinstance(value, list):
            row = CommentedSeq(made(inner) for inner in value)
            if not any(isinstance(inner, dict | list) for inner in value) and len(repr(value)) < 90:
                row.fa.set_flow_style()
            return row
        return value

    top = CommentedMap((name, made(value)) for name, value in data.items())
    for name in ("personality", "behaviour", "origins"):
        if name in top:
            top[name].fa.set_block_style()
    return top


def _write(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise UserInputError(f"{path}: there is already such a file. Name another") from None
    except OSError as error:
        raise UserInputError(f"{path}: cannot be written ({error.strerror}). Name another place") from None


def _of_folder(folder: Path, name: str) -> Collection:
    files = sorted(
        Path(root) / file
        for root, _, found in os.walk(folder)
        for file in found
        if file.endswith((".yaml", ".yml", ".jsonl")) and (Path(root) / file).is_file()
    )
    people = [one for file in files for one in _of_file(file, str(file))]
    if not people:
        raise UserInputError(f"{name}: holds no persona files (.yaml, .jsonl). Name another place")
    return _unique(people, name)


def _of_file(path: Path, name: str) -> Iterator[tuple[Persona, str]]:
    """Each persona of a file with its place."""
    try:
        if path.suffix == ".jsonl":
            yield from _of_lines(path, name)
            return
        with path.open("rb") as stream:  # a device or a huge file is not read to its end
            raw = stream.read(yaml_tree.MAX_BYTES + 1)
        if len(raw) > yaml_tree.MAX_BYTES:
            raise UserInputError(
                f"{name}: larger than {yaml_tree.MAX_BYTES // 1024} KiB, too large for one persona. A crowd is a file "
                "of JSON lines, NAME.jsonl"
            )
        tree = yaml_tree.parse(yaml_tree.decode(raw))
    except OSError as error:
        raise UserInputError(f"{name}: cannot be read ({error.strerror}). Check the file and its permissions") from None
    except yaml_tree.TreeError as problem:
        where = name if problem.line is None else f"{name}:{problem.line}"
        field = f" {dotted(problem.path)}:" if problem.path else ""
        raise UserInputError(f"{where}:{field} {problem.what}") from None
    yield of_mapping(tree.value, name, tree.lines), name


def _of_lines(path: Path, name: str) -> Iterator[tuple[Persona, str]]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(yaml_tree.MAX_BYTES + 1):  # a line without an end is not read to it
            number += 1
            where = f"{name}:{number}"
            if len(line) > yaml_tree.MAX_BYTES:
                raise UserInputError(
                    f"{where}: longer than {yaml_tree.MAX_BYTES // 1024} KiB, too long for one persona"
                )
            if not line.strip():
                continue
            try:
                data = json.loads(line, object_pairs_hook=_without_repetition)
            except _RepeatedError as repeated:
                raise UserInputError(
                    f"{where}: {dotted((str(repeated),))}: given twice. Delete one of the two"
                ) from None
            except (ValueError, RecursionError):
                raise UserInputError(
                    f"{where}: this line is no JSON. Each line of a crowd is one persona as JSON"
                ) from None
            yield of_mapping(data, name, line=number), where


class _RepeatedError(Exception):
    """A field that stands twice in one map."""


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of a map, which JSON would let stand twice, the last one winning."""
    out: dict[str, Any] = {}
    for name, value in pairs:
        if name in out:
            raise _RepeatedError(name)
        out[name] = value
    return out


def _unique(people: Sequence[tuple[Persona, str]], name: str) -> Collection:
    """The personas of a place, each given with where it was found."""
    if not people:
        raise UserInputError(f"{name}: holds no persona. {_START}")
    found: dict[str, str] = {}
    for one, where in people:
        if one.id in found:
            raise UserInputError(
                f"{where}: id: {one.id!r} is there twice, first in {found[one.id]}. Rename one of them"
            )
        found[one.id] = where
    return Collection(tuple(one for one, _ in people), name)


def _line(path: yaml_tree.FieldPath, lines: dict[yaml_tree.FieldPath, int], otherwise: int) -> int:
    return next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), otherwise)
