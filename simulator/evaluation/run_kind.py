"""Three kinds of runs lie in run folders, in one form, and what is asked of a run may be no question for its kind.

experiment  people in front of arms, which are compared
play        a human in a seat, and their simulated double
session     one simulated person whom somebody met, with an arm for each branch
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from simulator.records import UserInputError

Kind = Literal["experiment", "play", "session"]


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """The kind of the run that has this manifest."""
    return "play" if "play" in manifest else "session" if "session" in manifest else "experiment"


def how_to_go_on(folder: Path, manifest: Mapping[str, Any]) -> str:
    """What to do about a run that is not whole, as the end of a sentence."""
    return {
        "experiment": f"it goes on with: understudy resume {folder}",
        "play": f"the play goes on with: understudy play --resume {folder}",
        "session": "it was cut short while it was saved. Save the session again",
    }[kind_of(manifest)]


def require_experiment(folder: Path, manifest: Mapping[str, Any], asked: str) -> None:
    """Raises UserInputError for a play or a session, which has no arms to compare. `asked`: what for, as a noun."""
    match kind_of(manifest):
        case "play":
            raise UserInputError(
                f"{folder}: a human plays here, and no arms are compared, so there is no {asked}. Go on, or see how "
                f"close the double came: understudy play --resume {folder}"
            )
        case "session":
            raise UserInputError(
                f"{folder}: this is a saved session with one person, and no arms are compared, so there is no "
                f"{asked}. Walk through it: understudy view {folder}; or live it again: understudy chat --replay "
                f"{folder}"
            )
