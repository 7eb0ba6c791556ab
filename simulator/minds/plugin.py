"""A mind of somebody's own, checked at every page: nonsense stops the run, instead of becoming data."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.records import Catalog, SplitLog, UserInputError
from simulator.turn import Action, Appraisal, AppraisedBy, Scene


class MindError(RuntimeError):
    """A plug-in mind failed or broke its contract in a run. The message names the plug-in, the turn and the person."""


class PluginMind:
    """Runs a user's mind and checks what it answers."""

    def __init__(self, name: str, mind: Any) -> None:
        self.name, self._mind = name, mind

    async def start(self, catalog: Catalog, split: SplitLog) -> None:
        """Let the mind prepare, before the first turn. Raises UserInputError if it fails."""
        prepare = getattr(self._mind, "start", None)
        if prepare is None:
            return
        try:
            begun = prepare(catalog, split)
            if inspect.isawaitable(begun):
                await begun
        except UserInputError:
            raise
        except Exception as error:
            raise UserInputError(f"mind.kind {self.name!r}: start failed: {type(error).__name__}: {error}") from error

    async def appraise(self, scene: Scene) -> Appraisal:
        """The mind's appraisal. Raises MindError if it fails, or breaks the contract."""
        try:
            answer = self._mind.appraise(scene)
            if inspect.isawaitable(answer):
                answer = await answer
        except Exception as error:
            raise MindError(f"mind {self.name!r}, turn {scene.turn}: {type(error).__name__}: {error}") from error
        if not isinstance(answer, Appraisal):
            raise self._broken(scene, f"appraise returned a {type(answer).__name__}, not a simulator.turn.Appraisal")
        n, k = scene.items.shape
        for name, shape in (("want", (n, k)), ("taste", (n, k)), ("rating", (n, k)), ("mood", (n,)), ("source", (n,))):
            got = np.shape(getattr(answer, name))
            if got != shape:
                raise self._broken(scene, f"{name} has the shape {got}, not {shape}")
        self._require(scene, "want", np.isfinite(answer.want), "is not a finite number at an item that was noticed")
        self._require(scene, "rating", np.isfinite(answer.rating), "is not a finite number at an item that was noticed")
        self._require(scene, "taste", ~np.isinf(answer.taste), "is infinite at an item that was noticed")
        fine = np.isfinite(answer.mood) & (np.abs(answer.mood) <= 1)
        if not fine.all():
            raise self._broken(scene, "mood is not between -1 and 1", int(np.argmin(fine)))
        return self._kept(scene, answer)

    def _kept(self, scene: Scene, answer: Appraisal) -> Appraisal:
        """The answer in the types of the journal, so that a page read back is the page that was lived."""
        n, k = scene.items.shape
        codes = {"source": len(AppraisedBy), "action": len(Action)}
        shapes = {"source": (n,), "action": (n,), "clicks": (n, k), "reason": (n,), "action_argument": (n,)}
        optional: dict[str, Any] = {}
        for name, shape in shapes.items():
            value = getattr(answer, name)
            if value is None:
                optional[name] = None
                continue
            given = np.asarray(value, dtype=object if name in ("reason", "action_argument") else None)
            if given.shape != shape:
                raise self._broken(scene, f"{name} has the shape {given.shape}, not {shape}")
            if name in codes:
                if given.dtype.kind not in "iu" or ((given < 0) | (given >= codes[name])).any():
                    raise self._broken(scene, f"{name} holds something that is no member of its enumeration")
                given = given.astype(np.int8)
            elif name == "clicks":
                given = given.astype(np.bool_)
            else:
                given = np.array([None if word is None else str(word) for word in given.tolist()], dtype=object)
            optional[name] = given
        return Appraisal(
            want=np.asarray(answer.want, dtype=np.float32),
            taste=np.asarray(answer.taste, dtype=np.float32),
            rating=np.asarray(answer.rating, dtype=np.float32),
            mood=np.asarray(answer.mood, dtype=np.float32),
            **optional,
        )

    def _require(self, scene: Scene, name: str, fine: npt.NDArray[np.bool_], what: str) -> None:
        wrong = (scene.noticed & ~fine).any(axis=1)
        if wrong.any():
            raise self._broken(scene, f"{name} {what}", int(np.argmax(wrong)))

    def _broken(self, scene: Scene, what: str, nth: int | None = None) -> MindError:
        whose = "" if nth is None else f", person {scene.people.user_ids[scene.rows[nth]]}"
        return MindError(f"mind {self.name!r}, turn {scene.turn}{whose}: {what}")
