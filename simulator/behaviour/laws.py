"""All behaviour laws together: set by a scenario, drawn within their uncertainty, listed with their grades."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from simulator.behaviour.boredom import Boredom
from simulator.behaviour.click import Click
from simulator.behaviour.constants import Constant, LawRecord, constants_of
from simulator.behaviour.cues import Cues
from simulator.behaviour.dwell import Dwell
from simulator.behaviour.examination import Cascade, Examination, PositionBased, UserBrowsing
from simulator.behaviour.fatigue import Fatigue
from simulator.behaviour.leaving import Leaving
from simulator.behaviour.novelty import Novelty
from simulator.behaviour.rating import Rating
from simulator.behaviour.repeat_exposure import RepeatExposure
from simulator.behaviour.returning import Returning
from simulator.behaviour.satisfaction import Satisfaction
from simulator.randomness import Stream, keys_of
from simulator.records import UserInputError

EXAMINATION_KINDS: Mapping[str, type[PositionBased] | type[Cascade] | type[UserBrowsing]] = {
    "position_based": PositionBased,
    "cascade": Cascade,
    "user_browsing": UserBrowsing,
}


@dataclass(frozen=True)
class Laws:
    """One law for each thing that people do."""

    examination: Examination = field(default_factory=Cascade)
    click: Click = field(default_factory=Click)
    cues: Cues = field(default_factory=Cues)
    dwell: Dwell = field(default_factory=Dwell)
    rating: Rating = field(default_factory=Rating)
    satisfaction: Satisfaction = field(default_factory=Satisfaction)
    fatigue: Fatigue = field(default_factory=Fatigue)
    boredom: Boredom = field(default_factory=Boredom)
    novelty: Novelty = field(default_factory=Novelty)
    repeat_exposure: RepeatExposure = field(default_factory=RepeatExposure)
    leaving: Leaving = field(default_factory=Leaving)
    returning: Returning = field(default_factory=Returning)

    @classmethod
    def configure(cls, settings: Mapping[str, Mapping[str, Any]]) -> Laws:
        """The default laws with a scenario's settings, such as ``{"examination": {"kind": "cascade"}}``.

        Raises `UserInputError` for an unknown law, kind or constant, and for a value that is no number or out of range.
        """
        laws = cls()
        names = [f.name for f in fields(cls)]
        for name, values in settings.items():
            if name not in names:
                raise UserInputError(f"behaviour.laws.{name}: there is no such law{_hint(name, names)}")
            if not isinstance(values, Mapping):
                raise UserInputError(
                    f"behaviour.laws.{name}: write constants and their values, such as {{constant: 1.0}}"
                )
            laws = replace(laws, **{name: _configured(name, getattr(laws, name), values)})
        return laws

    def draw(self, seed: int, draw: int) -> Laws:
        """Laws whose constants are all drawn from their stated uncertainty: normal, cut off at the range.

        Keyed by seed, draw, law and constant, so that one constant's draw does not depend on which others there are.
        """
        drawn = self
        for law, name, _ in self._constants():
            stream = Stream.of(seed, "fit", f"laws/{law}/{name}")
            drawn = drawn.moved(law, name, float(stream.normal(keys_of([str(draw)]))[0]))
        return drawn

    def moved(self, law: str, constant: str, deviations: float) -> Laws:
        """These laws with one constant moved by that many standard deviations of its uncertainty (a tornado plot).

        Raises `KeyError` for a constant that the law does not have.
        """
        old = getattr(self, law)
        about = constants_of(old)[constant]
        return replace(self, **{law: replace(old, **{constant: about.moved(getattr(old, constant), deviations)})})

    def grades(self) -> list[LawRecord]:
        """Every constant with its value, unit, grade and source; one that is not the default counts as assumed."""
        records = []
        for law, name, about in self._constants():
            value = float(getattr(getattr(self, law), name))
            default = value == about.default
            grade, source = (
                (about.grade, about.source) if default else ("assumed", f"set; the default is {about.default:g}")
            )
            records.append(LawRecord(law, name, value, about.unit, grade, source))
        return records

    def settings(self) -> dict[str, dict[str, Any]]:
        """What `configure` makes these laws from again: every constant, and the kind of examination."""
        out: dict[str, dict[str, Any]] = {f.name: {} for f in fields(self)}
        out["examination"]["kind"] = next(k for k, v in EXAMINATION_KINDS.items() if isinstance(self.examination, v))
        for law, name, _ in self._constants():
            out[law][name] = getattr(getattr(self, law), name)
        return out

    def _constants(self) -> Iterable[tuple[str, str, Constant]]:
        for law in fields(self):
            for name, about in constants_of(getattr(self, law.name)).items():
                yield law.name, name, about


def _configured(law: str, default: Any, values: Mapping[str, Any]) -> Any:
    values = dict(values)
    if law == "examination" and "kind" in values:
        kind = values.pop("kind")
        if not isinstance(kind, str) or kind not in EXAMINATION_KINDS:
            known = ", ".join(EXAMINATION_KINDS)
            raise UserInputError(
                f"behaviour.laws.examination.kind: {kind!r} is not one of {known}{_hint(str(kind), EXAMINATION_KINDS)}"
            )
        default = EXAMINATION_KINDS[kind]()
    known_constants = constants_of(default)
    for name, value in values.items():
        where = f"behaviour.laws.{law}.{name}"
        if name not in known_constants:
            raise UserInputError(f"{where}: the law has no such constant{_hint(str(name), known_constants)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UserInputError(f"{where}: {value!r} is not a number")
        about = known_constants[name]
        if not about.low <= value <= about.high:
            raise UserInputError(f"{where}: {value:g} is outside {about.low:g} to {about.high:g} ({about.unit})")
        values[name] = float(value)
    return replace(default, **values)


def _hint(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"
