"""Run folders on the command line: a new one that overwrites nothing, or one that is there."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from simulator.records import UserInputError


def new_run_folder(out: Path | None, scenario: str) -> Path:
    """The folder for a new run: `out`, or `runs/<scenario>-<UTC time>`. Raises UserInputError if it holds anything."""
    if out is None:
        from simulator.experiment.folder import free_folder

        return free_folder(scenario)
    try:
        if out.exists() and not out.is_dir():
            raise UserInputError(f"--out {out}: this is a file. Name a folder that is empty or not there yet")
        if out.exists() and any(out.iterdir()):
            resumable = (out / "manifest.json").exists()
            cure = f"Go on with it by `understudy resume {out}`, or choose" if resumable else "Choose"
            raise UserInputError(f"--out {out}: the folder is not empty. {cure} another --out")
    except OSError as error:
        raise UserInputError(f"--out {out}: cannot be used ({error.strerror}). Choose another --out") from None
    return out


def existing_run(folder: Path) -> Path:
    """A folder that holds a run. Raises UserInputError."""
    if (folder / "manifest.json").is_file():
        return folder
    if folder.exists():
        raise UserInputError(f"{folder}: this is no run (it holds no manifest.json). Name the folder of a run")
    runs = [str(path.parent) for path in sorted(folder.parent.glob("*/manifest.json"))]
    runs += [str(path.parent) for path in sorted(Path("runs").glob("*/manifest.json"))]
    near = get_close_matches(str(folder), runs, n=1, cutoff=0.3)
    cure = f"Did you mean {near[0]}?" if near else "Start one with `understudy run quickstart`"
    raise UserInputError(f"{folder}: there is no such run. {cure}")
