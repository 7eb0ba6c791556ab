"""A codebook file, by its path or by the name under which it ships, as a checked `Codebook`.

Whatever is wrong becomes one `UserInputError`: `FILE:LINE: field: what is wrong. Cure`, a line for each problem found.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from personas.survey.codebook import Codebook
from personas.survey.codebook_faults import faults
from simulator.documents import yaml_tree
from simulator.documents.fields import did_you_mean
from simulator.documents.messages import Kind, dotted, explain, shown
from simulator.documents.yaml_tree import FieldPath
from simulator.records import UserInputError

SHIPPED = Path(__file__).with_name("codebooks")
MAX_PROBLEMS = 5
_KIND = Kind(
    root=Codebook,
    missing={
        ("questions",): "Describe at least one, such as `Q1: {text: I like crowds., scale: {lowest: 1, highest: 5}}`"
    },
)


def shipped_codebooks() -> dict[str, Path]:
    """The codebooks that come with the project, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def read_codebook(path: Path) -> Codebook:
    """A codebook by its path, or by the name under which it ships. Raises UserInputError, a line for each problem."""
    path = shipped_codebooks().get(str(path), path)
    tree = _read(path)
    try:
        book = Codebook.model_validate(tree.value)
    except ValidationError as error:
        found = explain(error.errors(include_input=False, include_url=False), tree.value, _KIND)
        raise _error(str(path), tree.lines, found) from None
    if wrong := list(faults(book.read_from(str(path), tree.lines))):
        raise _error(str(path), tree.lines, wrong)
    return book


def _read(path: Path) -> yaml_tree.Tree:
    try:
        with path.open("rb") as stream:  # a device or a huge file is not read to its end
            raw = stream.read(yaml_tree.MAX_BYTES + 1)
        if len(raw) > yaml_tree.MAX_BYTES:
            raise yaml_tree.TreeError(f"larger than {yaml_tree.MAX_BYTES // 1024} KiB. Is this the table of answers?")
        tree = yaml_tree.parse(yaml_tree.decode(raw))
    except FileNotFoundError:
        near = did_you_mean(path.name, shipped_codebooks()) or f" Shipped: {', '.join(shipped_codebooks())}"
        raise UserInputError(f"{path}: there is no such codebook.{near}") from None
    except OSError as error:
        raise UserInputError(f"{path}: cannot be read ({error.strerror}). Check the file and its permissions") from None
    except yaml_tree.TreeError as problem:
        where = str(path) if problem.line is None else f"{path}:{problem.line}"
        field = f" {dotted(problem.path)}:" if problem.path else ""
        raise UserInputError(f"{where}:{field} {problem.what}") from None
    if not isinstance(tree.value, dict):
        what = "the file is empty" if tree.value is None else f"this is {shown(tree.value)}"
        raise UserInputError(f"{path}:1: a codebook is a map with `questions:`, but {what}. Describe the questions")
    return tree


def _error(file: str, lines: Mapping[FieldPath, int], found: list[tuple[FieldPath, str]]) -> UserInputError:
    def located(path: FieldPath, what: str) -> str:
        line = next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), 1)
        return f"{file}:{line}: {dotted(path)}: {what}" if path else f"{file}:{line}: {what}"

    told = [located(path, what) for path, what in found[:MAX_PROBLEMS]]
    if len(found) > MAX_PROBLEMS:
        told.append(f"… and {len(found) - MAX_PROBLEMS} more")
    return UserInputError("\n".join(told))
