"""The place where a mind plugs in: it appraises what people noticed, and nothing else.

Actions are the behaviour's (`simulator.behaviour`): no model of taste or language knows how often people scroll to
position seven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from simulator.records import F32
from simulator.turn import Appraisal, AppraisedBy, Page, Scene, Task, Thoughts


class Mind(Protocol):
    """Anything with a name and an `appraise`."""

    name: str

    async def appraise(self, scene: Scene) -> Appraisal:
        """How much each person wants each item of their page, and how the page makes them feel.

        A person's row may depend on that person alone, and on luck keyed by `simulator.randomness`: never on who else
        is in the scene or on the order of calls.
        """


@runtime_checkable
class ReflectiveMind(Mind, Protocol):
    """A mind that also draws conclusions, where a memory asks for them."""

    async def reflect(self, scene: Scene, page: Page, tasks: Sequence[Task]) -> Mapping[int, Thoughts]:
        """What the people of `tasks` make of what they remember, by their index into the page; those whose call failed
        are absent."""


def appraisal_of(want: F32, scene: Scene, *, rating: F32 | None = None, mood: F32 | None = None) -> Appraisal:
    """An appraisal from `want` alone (logits, (n, k)), for minds that know no more.

    Without `rating` each person's mean rating is expected of everything; without `mood` nobody feels anything (0).
    """
    shape = scene.items.shape
    usual = np.asarray(scene.people.rating_mean, dtype=np.float32)[scene.rows][:, None] if rating is None else rating
    return Appraisal(
        want=np.asarray(want, dtype=np.float32),
        taste=np.full(shape, np.nan, dtype=np.float32),
        rating=np.broadcast_to(usual, shape).astype(np.float32),
        mood=np.zeros(shape[0], dtype=np.float32) if mood is None else np.asarray(mood, dtype=np.float32),
        source=np.full(shape[0], AppraisedBy.PLUGIN, dtype=np.int8),
    )
