"""A scenario file, by its path or by the name under which it ships, as a checked `Scenario`.

Whatever is wrong becomes one `UserInputError`: `FILE:LINE: field: what is wrong. Cure`, a line for each problem found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios.overrides import OverrideError, apply_override, parse_override
from scenarios.schema import Scenario
from simulator.documents import yaml_tree
from simulator.documents.fields import did_you_mean
from simulator.documents.messages import Kind, dotted, explain, shown
from simulator.records import UserInputError

SHIPPED = Path(__file__).parent
MAX_PROBLEMS = 5
_FILE = Kind(
    root=Scenario,
    places={
        "control": ("evaluation", "control"),
        "memory": ("memory", "kind"),
        "images": ("perception", "images"),
        "embedding": ("memory", "embedding"),
        "warmup": ("world", "warmup"),
    },
    missing={("arms",): "Name the recommenders to compare, such as `arms: {control: popular, treatment: als}`"},
    names="an arm's name holds only letters, digits, _ and -, at most 40. Rename the arm",
)


def shipped_scenarios() -> dict[str, Path]:
    """The scenario files that come with the project, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def load_scenario(
    name_or_path: str,
    *,
    arms: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
    users: int | None = None,
    seed: int | None = None,
) -> Scenario:
    """Reads and checks a scenario.

    `arms` take the place of the file's, the first as the control. `overrides` are texts `path.to.field=value`, applied
    in their order; `users` and `seed` then set the population's size and the seed. Raises UserInputError.
    """
    path = find_scenario(name_or_path)
    tree = _read(path, name_or_path)
    file = name_or_path if path == Path(name_or_path) else f"{name_or_path} (shipped)"
    origins: dict[yaml_tree.FieldPath, str] = {where: f"{file}:{line}" for where, line in tree.lines.items()}
    data: dict[str, Any] = tree.value
    if arms is not None:
        _replace_arms(data, origins, arms)
    for text in overrides:
        _override(data, origins, _as_given(text), text)
    for option, field, number in (("--users", "population.size", users), ("--seed", "seed", seed)):
        if number is not None:
            _override(data, origins, f"{option} {number}", f"{field}={number}")
    data.setdefault("name", path.stem)
    return check(data, file=file, base_dir=path.resolve().parent, origins=origins)


def find_scenario(name_or_path: str) -> Path:
    """The file of a shipped name or a path; the shipped name wins over a file without suffix. Raises UserInputError."""
    shipped = shipped_scenarios()
    if name_or_path in shipped:
        return shipped[name_or_path]
    path = Path(name_or_path)
    label = dotted((name_or_path,))
    try:
        if path.is_dir():
            near = (
                f" Name a file in it, such as {found}" if (found := next(path.glob("*.y*ml"), None)) else " Name a file"
            )
            raise UserInputError(f"{label}: this is a folder, not a scenario file.{near}")
        if path.exists():
            return path
    except (OSError, ValueError) as error:
        raise UserInputError(
            f"{label}: this cannot be a file ({getattr(error, 'strerror', None) or error}). Name a scenario file"
        ) from None
    near = did_you_mean(path.stem, shipped) or f" Shipped: {', '.join(shipped)} (`understudy scenarios list`)"
    raise UserInputError(f"{label}: there is no such scenario file, and none of this name ships.{near}")


def check(data: Any, *, file: str, base_dir: Path, origins: dict[yaml_tree.FieldPath, str] | None = None) -> Scenario:
    """Plain values as a `Scenario`; `origins` says where each field was written down. Raises UserInputError."""
    origins = origins or {}
    try:
        scenario = Scenario.model_validate(data).read_from(file, base_dir, origins)
        _check_laws(scenario)
        return scenario
    except ValidationError as error:
        problems = explain(error.errors(include_input=False, include_url=False), data, _FILE)
    lines = [_located(path, what, file, origins) for path, what in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"… and {len(problems) - MAX_PROBLEMS} more")
    raise UserInputError("\n".join(lines))


def _check_laws(scenario: Scenario) -> None:
    """The laws know their constants and ranges; here their complaint gets its place in the file."""
    if not scenario.behaviour.laws:
        return
    from simulator.behaviour.laws import Laws

    try:
        Laws.configure(scenario.behaviour.laws)
    except UserInputError as error:
        field, _, what = str(error).partition(": ")
        raise UserInputError(f"{scenario.where(*field.split('.'))}: {what}") from None


def _located(path: yaml_tree.FieldPath, what: str, file: str, origins: dict[yaml_tree.FieldPath, str]) -> str:
    origin = next((origins[path[:end]] for end in range(len(path), -1, -1) if path[:end] in origins), file)
    return f"{origin}: {dotted(path)}: {what}" if path else f"{origin}: {what}"


def _read(path: Path, name: str) -> yaml_tree.Tree:
    """The tree of a file, which is a map. Raises UserInputError."""
    try:
        with path.open("rb") as stream:  # a device or a huge file is not read to its end
            raw = stream.read(yaml_tree.MAX_BYTES + 1)
        if len(raw) > yaml_tree.MAX_BYTES:
            raise yaml_tree.TreeError(
                f"larger than {yaml_tree.MAX_BYTES // 1024} KiB, which is too large for a scenario. Is it another file?"
            )
        tree = yaml_tree.parse(yaml_tree.decode(raw))
    except OSError as error:
        raise UserInputError(f"{name}: cannot be read ({error.strerror}). Check the file and its permissions") from None
    except yaml_tree.TreeError as problem:
        where = name if problem.line is None else f"{name}:{problem.line}"
        field = f" {dotted(problem.path)}:" if problem.path else ""
        raise UserInputError(f"{where}:{field} {problem.what}") from None
    if tree.value is None:
        raise UserInputError(f"{name}: the file holds no scenario. Start from `understudy scenarios show quickstart`")
    if not isinstance(tree.value, dict):
        line = tree.lines[()]
        raise UserInputError(
            f"{name}:{line}: a scenario is a map of fields such as `arms:`, but this is {shown(tree.value)}. "
            "Start from `understudy scenarios show quickstart`"
        )
    return tree


def _as_given(text: str) -> str:
    """How messages name an override: as it was typed, but nothing of `llm`, where a key may stand by mistake."""
    name, equals, _ = text.partition("=")
    return f"--set {name[:80]}=…" if equals and name.split(".")[0].strip() == "llm" else f"--set {text[:80]}"


def _replace_arms(data: dict[str, Any], origins: dict[yaml_tree.FieldPath, str], arms: Mapping[str, Any]) -> None:
    """Other arms than the file's; they were written on the command line."""
    data["arms"] = dict(arms)
    if isinstance(evaluation := data.get("evaluation"), dict):
        evaluation.pop("control", None)
    for where in [known for known in origins if known[:1] == ("arms",)]:
        del origins[where]
    origins[("arms",)] = "command line"


def _override(data: dict[str, Any], origins: dict[yaml_tree.FieldPath, str], origin: str, text: str) -> None:
    try:
        path, value = parse_override(text)
        apply_override(data, path, value)
    except OverrideError as problem:
        raise UserInputError(f"{origin}: {problem}") from None
    for where in [known for known in origins if known[: len(path)] == path]:
        del origins[where]
    for end in range(1, len(path)):
        origins.setdefault(path[:end], origin)
    origins[path] = origin
