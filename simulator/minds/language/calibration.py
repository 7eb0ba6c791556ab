"""From stated wants to probabilities: what a 7 of 10 means, learnt from other people's held-out choices.

A language model's "7" is a word and no probability. A `Calibrator` maps it to the logit that the item is among the
person's held-out choices, by Platt's logistic curve or by isotonic regression (`want_curves`). It is fitted for one
model and prompt on `Questions`, weighted so that choices are as frequent as a base rate that is stated. People fall
into folds, and a person's curve comes from the other folds: nobody's held-out choices touch what they themselves are
said to want. How the model uses the scale of ratings is learnt from the same answers (`StatedScale`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy.special import expit

from simulator.minds.language.questions import N_FOLDS, Questions
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.scales import TRANSFERRED, StatedScale
from simulator.minds.language.want_curves import (
    HIGHEST,
    LOWEST,
    SURE,
    Curve,
    Line,
    Pairs,
    auc,
    expected_error,
    isotonic,
    level_curve,
    logistic,
    platt,
)
from simulator.population import Population
from simulator.records import F32, I32, Bools, UserInputError

F64 = npt.NDArray[np.float64]
Method = Literal["platt", "isotonic"]
Finding = Literal["signal", "no signal", "too few answers"]

FEWEST = 20
"""Fewer people with an answer, or fewer held-out choices among the answers, teach no curve. Assumed."""
_FORMAT, _VERSION = "understudy.want-calibration", 1


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What the answers were worth. Figures are of people's answers under the curves of other people, weighted to the
    base rate; None where undefined."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    finding: Finding
    asked: int
    """People who were asked …"""
    answered: int
    """… and those who answered."""
    pairs: int
    held_out: int
    """Pairs that are held-out choices."""
    base_rate: float
    auc: float | None
    """Chance that a held-out choice is wanted more than a matched other item, ties counting half; beside it …"""
    auc_popularity: float | None
    """… the same for popularity alone, which matching should leave near .5 …"""
    auc_always_yes: float
    """… and for wanting everything alike."""
    ece: float | None
    """Expected calibration error: mean distance of predicted and real share over ten equal bins (Naeini et al., AAAI
    2015)."""
    brier: float | None
    """Mean squared error of the probabilities (Brier 1950), and …"""
    brier_base_rate: float | None
    """… that of saying the base rate of everything."""
    slope: float | None
    """Logits for each point of want, and its 95 % interval with people as units (Liang & Zeger, Biometrika 1986)."""
    slope_ci: tuple[float, float] | None

    @property
    def text(self) -> str:
        """One sentence for people."""
        if self.finding == "too few answers":
            return (
                f"too few answers to calibrate stated wants ({self.answered} people, {self.held_out} held-out choices; "
                f"{FEWEST} of each are needed): every item is given the base rate {self.base_rate:.3g}"
            )
        low, high = self.slope_ci or (float("nan"), float("nan"))
        told = f"slope {self.slope or 0.0:.3g} logits a point [{low:.3g}, {high:.3g}], AUC {self.auc or 0.5:.3f} "
        beside = f"(popularity {self.auc_popularity or 0.5:.3f}, always yes 0.500), base rate {self.base_rate:.3g}"
        if self.finding == "no signal":
            return f"no signal: stated wants do not tell held-out choices from others; {told}{beside}"
        return f"calibrated on {self.pairs:,} pairs of {self.answered:,} people: {told}{beside}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibrator:
    """Curves from stated wants to logits of held-out choice, for one model and one prompt. Make one with `fit`."""

    model: str
    prompt_id: str
    method: Method
    asked: I32
    """Rows of the log of the people who were asked, ascending. (n,)."""
    fold: I32
    """The curve of each of them, which was fitted without them. (n,)."""
    curves: tuple[Curve, ...]
    """One a fold, then one from everybody, for people who were not asked."""
    report: CalibrationReport
    scale: StatedScale = TRANSFERRED
    """How the model rates what people chose."""

    def logits(self, want: F32, source_rows: I32) -> F32:
        """Logit that each item is among the person's held-out choices; NaN where the want is NaN.

        `want` 0-10, (n, k); `source_rows`: the row of the log whose history each person has, -1 for nobody's, (n,).
        Values beyond the scale count as its ends.
        """
        curve = self._curve_of(np.asarray(source_rows))
        out = np.full(want.shape, np.nan, dtype=np.float32)
        for nth in np.unique(curve):
            own = curve == nth
            out[own] = self.curves[nth].at(want[own])
        return out

    def facts(self) -> dict[str, Any]:
        """What manifests and reports say of it."""
        told = {"model": self.model, "prompt_id": self.prompt_id, "method": self.method}
        return told | asdict(self.report) | {"stated_rating": asdict(self.scale), "text": self.report.text}

    def save(self, path: Path) -> None:
        """Write everything as JSON."""
        document = {
            "format": _FORMAT,
            "version": _VERSION,
            "model": self.model,
            "prompt_id": self.prompt_id,
            "method": self.method,
            "asked": self.asked.tolist(),
            "fold": self.fold.tolist(),
            "curves": [asdict(curve) for curve in self.curves],
            "report": asdict(self.report),
            "scale": asdict(self.scale),
        }
        path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path, *, model: str, prompt_id: str) -> Self:
        """Read what `save` wrote. Raises UserInputError if it is not that, or is for another model or prompt."""
        try:
            read = _File.model_validate_json(path.read_bytes())
        except OSError as error:
            raise UserInputError(f"{path}: cannot be read ({error.strerror}). Cure: calibrate again") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise UserInputError(
                f"{path}: {where}: {first['msg']}; this is no calibration of this version. Cure: calibrate again"
            ) from None
        if (read.model, read.prompt_id) != (model, prompt_id):
            raise UserInputError(
                f"{path}: stated wants were calibrated for {read.model} with prompt {read.prompt_id}, and this is "
                f"{model} with prompt {prompt_id}. Cure: calibrate again"
            )
        asked, fold = np.array(read.asked, dtype=np.int32), np.array(read.fold, dtype=np.int32)
        whole = asked.size == fold.size and len(read.curves) == N_FOLDS + 1
        if not whole or (np.diff(asked) <= 0).any() or not np.isin(fold, range(N_FOLDS)).all():
            raise UserInputError(f"{path}: people, folds and curves do not fit together. Cure: calibrate again")
        return cls(
            model=read.model,
            prompt_id=read.prompt_id,
            method=read.method,
            asked=asked,
            fold=fold,
            curves=tuple(read.curves),
            report=read.report,
            scale=read.scale,
        )

    def _curve_of(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        everybody = len(self.curves) - 1
        if self.asked.size == 0:
            return np.full(rows.shape, everybody, dtype=np.intp)
        place = np.minimum(np.searchsorted(self.asked, rows), self.asked.size - 1)
        return np.where(self.asked[place] == rows, self.fold[place], everybody).astype(np.intp)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal["understudy.want-calibration"]
    version: Literal[1]
    model: str
    prompt_id: str
    method: Method
    asked: list[int]
    fold: list[int]
    curves: list[Curve]
    report: CalibrationReport
    scale: StatedScale


def fit(
    questions: Questions,
    raw: RawAnswers,
    method: Method,
    *,
    model: str,
    prompt_id: str,
    people: Population | None = None,
) -> Calibrator:
    """Learn the curves. `raw` answers `questions`, page by page and place by place. `people`: who was asked, a row a
    page; without them, or with too few answers, the scale of ratings stays the transferred one.

    With fewer than `FEWEST` answers, or where the slope on want is not clearly positive, every want is given the base
    rate, and the report says so.
    """
    used = (questions.items >= 0) & np.isfinite(raw.want) & raw.answered[:, None]
    person, place = used.nonzero()
    pairs = Pairs(
        person.astype(np.int32),
        questions.fold[person],
        np.clip(raw.want[person, place].astype(np.float64), LOWEST, HIGHEST),
        questions.held_out[person, place],
        questions.popularity[person, place],
        questions.base_rate,
    )
    enough = min(np.unique(pairs.person).size, int(pairs.held_out.sum())) >= FEWEST and pairs.both
    line = platt(pairs) if enough else None
    finding: Finding = "too few answers" if line is None else "signal" if line.is_rising else "no signal"
    flat = level_curve(questions.base_rate)
    curves = [flat] * (N_FOLDS + 1)
    if finding == "signal":
        learn = isotonic if method == "isotonic" else logistic
        parts = [*(pairs.where(pairs.fold != fold) for fold in range(N_FOLDS)), pairs]
        curves = [learn(part) if part.both else flat for part in parts]
    return Calibrator(
        model=model,
        prompt_id=prompt_id,
        method=method,
        asked=questions.rows,
        fold=questions.fold,
        curves=tuple(curves),
        report=_report(questions, raw, pairs, curves, finding, line),
        scale=TRANSFERRED if people is None or not enough else _scale(questions, raw, used, people),
    )


def _scale(questions: Questions, raw: RawAnswers, used: Bools, people: Population) -> StatedScale:
    person, place = (used & questions.held_out & np.isfinite(raw.rating)).nonzero()
    if person.size < FEWEST:
        return TRANSFERRED
    unit = np.float32(people.rating_unit)
    stated = raw.rating[person, place].astype(np.float64)
    return StatedScale.of(stated, people.rating_mean[person] / unit, people.rating_spread[person] / unit)


def _report(
    questions: Questions,
    raw: RawAnswers,
    pairs: Pairs,
    curves: Sequence[Curve],
    finding: Finding,
    line: Line | None,
) -> CalibrationReport:
    predicted = np.empty(pairs.want.size)
    for fold in range(N_FOLDS):
        own = pairs.fold == fold
        predicted[own] = expit(curves[fold].at(pairs.want[own]))
    rate, both = questions.base_rate, pairs.both
    return CalibrationReport(
        finding=finding,
        asked=len(questions),
        answered=int(raw.answered.sum()),
        pairs=pairs.want.size,
        held_out=int(pairs.held_out.sum()),
        base_rate=rate,
        auc=auc(pairs.want, pairs.held_out),
        auc_popularity=auc(pairs.popularity, pairs.held_out),
        auc_always_yes=0.5,
        ece=expected_error(predicted, pairs) if both else None,
        brier=float(np.average((predicted - pairs.held_out) ** 2, weights=pairs.weight)) if both else None,
        brier_base_rate=rate * (1 - rate) if both else None,
        slope=None if line is None else line.slope,
        slope_ci=None if line is None else (line.slope - SURE * line.error, line.slope + SURE * line.error),
    )
