"""YAML text into plain values, with the line of every field, and nothing that YAML can do besides.

A file that people write is a small tree of maps, lists and scalars. Aliases (with which a few bytes grow into
gigabytes), anchors, tags, merge keys, duplicate keys and deep nesting are refused while the events of the parser go by,
before anything is built. Scalars follow the core schema of YAML 1.2
(https://yaml.org/spec/1.2.2/#103-core-schema): `no`, `on` and `2026-01-31` are text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
MAX_NODES = 20_000

FieldPath = tuple[str | int, ...]

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,30}")
_OCTAL = re.compile(r"0o[0-7]{1,30}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_NAN = re.compile(r"\.(nan|NaN|NAN)")


class TreeError(Exception):
    """What is wrong with a text, at which line (from 1; None: nowhere in particular) and which field, if known."""

    def __init__(self, what: str, line: int | None = None, path: FieldPath = ()) -> None:
        super().__init__(what)
        self.what, self.line, self.path = what, line, path


@dataclass
class Tree:
    """A parsed text: its value, and the line (from 1) on which each field starts."""

    value: Any = None
    lines: dict[FieldPath, int] = field(default_factory=dict)


def decode(raw: bytes) -> str:
    """Bytes of a file as text. Raises TreeError if they are not UTF-8."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TreeError("the file is UTF-16. Save it as UTF-8", 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TreeError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8, so this is another encoding or no text. Save it as UTF-8",
            line,
        ) from None


def parse(text: str) -> Tree:
    """A text of one document as a tree. Raises TreeError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    reader = YAML(typ="safe", pure=True)
    try:
        return _Builder(reader.parse(text)).tree
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"the character U+{ord(text[error.position]):04X} may not stand in YAML. Delete it"
        raise TreeError(what, line) from None
    except MarkedYAMLError as error:
        raise _explained(error) from None


def _explained(error: Any) -> TreeError:
    """A parser's error in the words of a person who looks at the file."""
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    problem = (error.problem or "").strip()
    if "'\\t'" in problem:
        return TreeError("a tab where spaces belong. Indent with spaces", line)
    return TreeError(
        f"this is not YAML: {problem or 'it cannot be parsed'}. "
        "Look for a missing colon, quote, bracket or space here or just above",
        line,
    )


class _Builder:
    """Builds a tree from the parser's events, one at a time, so that a bomb is refused before it goes off."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = iter(events)
        self._nodes = 0
        self.tree = Tree()
        documents = 0
        for event in self._events:
            if type(event).__name__ != "DocumentStartEvent":
                continue
            documents += 1
            if documents > 1:
                raise TreeError("a second document begins here. Keep one document a file", event.start_mark.line + 1)
            self.tree.value = self._node(next(self._events), ())

    def _node(self, event: Any, path: FieldPath) -> Any:
        kind, line = type(event).__name__, event.start_mark.line + 1
        self._refuse(event, kind, line, path)
        self.tree.lines.setdefault(path, line)
        if kind == "MappingStartEvent":
            return self._mapping(path)
        if kind == "SequenceStartEvent":
            return self._sequence(path)
        return _scalar(event.value, plain=bool(event.implicit[0]), line=line, path=path)

    def _refuse(self, event: Any, kind: str, line: int, path: FieldPath) -> None:
        self._nodes += 1
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise TreeError(
                "anchors (&) and aliases (*) are not allowed. Write the value out, or quote the text", line, path
            )
        if getattr(event, "tag", None) is not None:
            raise TreeError(f"the tag {event.tag} is not allowed. Write the plain value, or quote the text", line, path)
        if len(path) > MAX_DEPTH:
            raise TreeError(f"nested more than {MAX_DEPTH} levels deep. A file needs far fewer", line, path[:3])
        if self._nodes > MAX_NODES:
            raise TreeError(f"more than {MAX_NODES:,} values. A file needs far fewer", line, path[:3])

    def _mapping(self, path: FieldPath) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            line = event.start_mark.line + 1
            if type(event).__name__ not in ("ScalarEvent", "AliasEvent"):
                raise TreeError("a field's name must be plain text, not a list or a map", line, path)
            self._refuse(event, type(event).__name__, line, path)
            name = str(_scalar(event.value, plain=False, line=line, path=path))
            here = (*path, name)
            if name == "<<" and event.implicit[0]:
                raise TreeError("merge keys (<<) are not allowed. Write the fields out", line, path)
            if name in out:
                first = self.tree.lines[here]
                raise TreeError(f"given twice, first on line {first}. Delete one of the two", line, here)
            self.tree.lines[here] = line
            out[name] = self._node(next(self._events), here)
        return out

    def _sequence(self, path: FieldPath) -> list[Any]:
        out: list[Any] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            out.append(self._node(event, (*path, len(out))))
        return out


def _scalar(text: str, *, plain: bool, line: int, path: FieldPath) -> Any:
    """The value of a scalar by the core schema; quoted ones are always text."""
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise TreeError("half a surrogate pair is no character. Write the character itself", line, path)
    if not plain:
        return text
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    if _FLOAT.fullmatch(text) or _INFINITE.fullmatch(text) or _NAN.fullmatch(text):
        raise TreeError(f"{text[:40]} is no finite number. Give a finite one, or quote the text", line, path)
    return text
