"""`--set path.to.field=value`: one field of a scenario, given on the command line."""

from __future__ import annotations

from typing import Any

from scenarios.schema import Scenario
from simulator.documents.fields import did_you_mean, place_at
from simulator.documents.messages import dotted, shown
from simulator.documents.yaml_tree import FieldPath, TreeError, parse


class OverrideError(Exception):
    """What is wrong with a `--set`, and the cure."""


def parse_override(text: str) -> tuple[FieldPath, Any]:
    """The path and the value of `path.to.field=value`; the value is YAML. Raises OverrideError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise OverrideError("has no `=`. Write path.to.field=value, such as world.turns=5")
    path = tuple(step.strip() for step in name.split("."))
    if not all(path):
        raise OverrideError("has no field before the `=`. Write path.to.field=value, such as world.turns=5")
    try:
        return path, parse(value).value
    except TreeError as problem:
        raise OverrideError(f"{dotted(path)}: {problem.what}") from None


def apply_override(tree: dict[str, Any], path: FieldPath, value: Any) -> None:
    """Sets a field in a tree, making the sections above it and unfolding short forms. Raises OverrideError."""
    arms = tree.get("arms")
    if (
        path[0] == "arms"
        and len(path) > 2
        and path[2] != "recommender"
        and isinstance(arms, dict)
        and path[1] not in arms
    ):
        names = [str(name) for name in arms]
        near = did_you_mean(str(path[1]), names) or f" Arms: {', '.join(names)}"
        raise OverrideError(f"{dotted(path[:2])} is no arm of the scenario.{near}")
    here = tree
    for depth, step in enumerate(path[:-1], start=1):
        below = here.get(str(step))
        place = place_at(Scenario, path[:depth])
        if isinstance(below, str) and place is not None and place.short_form is not None:
            below = {place.short_form: below}
        elif below is None:
            below = {}
        if not isinstance(below, dict):
            raise OverrideError(
                f"{dotted(path[:depth])} is {shown(below)}, which has no fields. Set {dotted(path[:depth])} itself"
            )
        here[str(step)] = below
        here = below
    here[str(path[-1])] = value
