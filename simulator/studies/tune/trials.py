"""The record of a study: one line a finished trial, and each person's value beside it. The only state there is.

A trial exists when its line does. The values that the line speaks of are written and synced before it, so a study that
is killed anywhere goes on after its last whole line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from simulator.experiment.folder import whole_file
from simulator.records import UserInputError

F64 = npt.NDArray[np.float64]
State = Literal["complete", "stopped", "failed"]
TIMES = ("fit_s", "live_s")
"""What two equal trials may differ in."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A look at a trial on the way: how it does, and against the best before it on the same people."""

    people: int
    """How many people had lived by then."""
    score: float
    difference: float | None = None
    """The trial's score less that of the best trial so far; None where there was none."""
    ci: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One finished trial. `score` is the metric's mean over people, turned so that more is better; None if failed."""

    number: int
    params: Mapping[str, Any]
    """Values of what is tuned, by name. For the scenario's own parameters a name is missing where they set none."""
    state: State
    score: float | None = None
    people: int = 0
    """How many people lived with it."""
    user_turns: int = 0
    looks: tuple[Look, ...] = ()
    against: int | None = None
    """The best trial before it, with which it was compared."""
    ndcg: float | None = None
    """nDCG@10 of its fitted model on the held-out choices of the people who tune."""
    failure: str | None = None
    fit_s: float = field(default=0.0, compare=False)
    live_s: float = field(default=0.0, compare=False)

    @classmethod
    def from_line(cls, line: str) -> Trial:
        """The inverse of a line of the record. Raises ValueError or TypeError."""
        data = json.loads(line)
        looks = [Look(**look | {"ci": look["ci"] and tuple(look["ci"])}) for look in data.pop("looks")]
        return cls(**data, looks=tuple(looks))

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)


def as_finished(trial: Trial, trials: Sequence[Trial]) -> Trial:
    """A stopped trial as if it had been completed: what the trial that it was compared with has, and the difference."""
    seen = trial.looks[-1] if trial.looks else None
    if trial.state != "stopped" or trial.against is None or seen is None or seen.difference is None:
        return trial
    return replace(trial, state="complete", score=(trials[trial.against].score or 0.0) + seen.difference)


class Record:
    """The trials of a folder: `trials.jsonl`, and `values/NNNN.npy` of each."""

    def __init__(self, folder: Path) -> None:
        self._path, self._values = folder / "trials.jsonl", folder / "values"
        self.trials: list[Trial] = []

    @classmethod
    def open(cls, folder: Path) -> Record:
        """What is there; a last line that a crash cut off is dropped. Raises UserInputError for a damaged record."""
        record = cls(folder)
        if not record._path.exists():
            return record
        raw = record._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        for number, line in enumerate(whole.decode("utf-8", "replace").splitlines()):
            try:
                trial = Trial.from_line(line)
                if trial.number != number:
                    raise ValueError(f"trial {trial.number} stands where trial {number} belongs")
            except (ValueError, TypeError, KeyError) as error:
                raise UserInputError(
                    f"{record._path}:{number + 1}: this is no trial ({error}). Restore the file, or delete this line "
                    "and all below it: their trials are then lived again"
                ) from None
            record.trials.append(trial)
        if whole != raw:
            with record._path.open("r+b") as file:
                file.truncate(len(whole))
        return record

    def add(self, trial: Trial, values: F64 | None) -> None:
        """Keep a finished trial and its people's values. `values` (n_people,), NaN for whom it was not lived."""
        if values is not None:
            self._values.mkdir(parents=True, exist_ok=True)

            def write(path: Path) -> None:
                with path.open("wb") as file:
                    np.save(file, values, allow_pickle=False)
                    file.flush()
                    os.fsync(file.fileno())

            whole_file(self._values / f"{trial.number:04d}.npy", write)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(trial.line() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.trials.append(trial)

    def values(self, number: int) -> F64:
        """Each person's value in a trial that lived. (n_people,)."""
        path = self._values / f"{number:04d}.npy"
        try:
            values: F64 = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise UserInputError(f"{path}: cannot be read ({error}). Restore it, or start a new study") from None
        return values

    def best(self) -> Trial | None:
        """The complete trial of the highest score, the first of equals."""
        complete = [trial for trial in self.trials if trial.state == "complete"]
        return max(complete, key=_score, default=None)

    def best_by_ndcg(self) -> Trial | None:
        """The trial of the highest nDCG, the first of equals, stopped ones included: their models are fitted whole."""
        judged = [trial for trial in self.trials if trial.ndcg is not None]
        return max(judged, key=lambda trial: trial.ndcg or 0.0, default=None)


def _score(trial: Trial) -> float:
    assert trial.score is not None
    return trial.score
