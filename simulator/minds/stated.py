"""What people say of themselves, on top of what models of taste make of them: what they rule out, what they told the
service, and their routines.

The taste stack knows what goes with what people chose; that somebody dislikes a genre, looks for something short after
a night shift, or has told the service never to show horror, it cannot know. These act on wants as shifts of the logit,
and on what is intended: standing instructions are given on the first page, and a routine may end a visit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from personas.schema import Context, Persona, Routine, Tastes
from simulator.minds.account import Account
from simulator.minds.statistical import StatisticalMind
from simulator.population import Population
from simulator.population.imagined import texts_of
from simulator.randomness import Stream
from simulator.records import F32, I32, Bools, Catalog
from simulator.simulated_time import day_of_week, hour_of_day
from simulator.turn import Action, Appraisal, Scene

DISLIKES = -1.5
"""Shift of the want of an item of a disliked genre, theme or creator. Assumed: half-way from what is wanted to what is
not; a genre that is merely not chosen is in the taste stack."""
RULED_OUT = -3.0
"""Shift for what is disliked by title, and for what a standing instruction rules out. Assumed."""
LOOKED_FOR, AVOIDED = 1.0, -1.5
"""Shifts while a routine, or an instruction that asks for something, holds. Assumed."""
LIKES, WISHED_FOR = 1.5, 3.0
"""Shifts for what somebody came to like while they lived: of a genre, theme or creator, and of a title. Assumed: as far
as a dislike, the other way. What they liked before is in the taste stack."""
TIRED, LOW, GOOD = 0.35, -0.2, 0.2
"""Fatigue from which a person is tired, and valences of a low and a good mood: as a language model is told them."""


@dataclass(frozen=True, eq=False)
class Statements:
    """What the people of a block say, made once for all minds and arms."""

    catalog: Catalog
    shift: F32 | None
    """Of every item's want, whatever the context; None: nobody rules anything out. (n, n_items)."""
    personas: tuple[Persona, ...]
    """Those that have routines or instructions; clones share one."""
    whose: I32
    """Which of `personas` each person is of, -1 for none. (n,)."""

    @classmethod
    def of(cls, people: Population, catalog: Catalog) -> Statements | None:
        """Of all versions of a block's people; None where nobody says anything."""
        if people.personas is None and people.said is None:
            return None
        shift, whose = None, np.full(len(people), -1, dtype=np.int32)
        eventful: list[Persona] = []
        for persona, rows in _by_persona(people):
            if (lasting := _lasting_shift(persona, catalog)) is not None:
                shift = np.zeros((len(people), len(catalog)), dtype=np.float32) if shift is None else shift
                shift[rows] = lasting
            if persona.routines or persona.instructions:
                whose[rows] = len(eventful)
                eventful.append(persona)
        for row, tastes in enumerate(() if people.said is None else people.said):
            if tastes is not None:
                shift = np.zeros((len(people), len(catalog)), dtype=np.float32) if shift is None else shift
                shift[row] += _said_shift(tastes, catalog)
        return None if shift is None and not eventful else cls(catalog, shift, tuple(eventful), whose)


class StatedMind:
    """A statistical mind whose people also say something of themselves. `said`: of the people of the mind's block."""

    waits: ClassVar[bool] = False

    def __init__(self, inner: StatisticalMind, said: Statements, seed: int) -> None:
        self.name, self._inner, self._said, self._seed = inner.name, inner, said, seed

    @property
    def usual(self) -> F32:
        """As of the statistical mind. (n,) over the block."""
        return self._inner.usual

    async def appraise(self, scene: Scene) -> Appraisal:
        """The statistical appraisal with what people say. A person's row depends on that person alone."""
        out = self.judge(scene.rows, scene.items, scene.noticed)
        whose = self._said.whose[scene.rows]
        action = np.zeros(scene.rows.size, dtype=np.int8)
        said = np.full(scene.rows.size, None, dtype=object)
        for nth in np.unique(whose[whose >= 0]):
            persona, here = self._said.personas[nth], np.flatnonzero(whose == nth)
            self._routines(persona, scene, here, out.want, action)
            _instruct(persona, scene, here, action, said)
        if action.any():
            out.action, out.action_argument = action, said
        return out

    def judge(self, rows: I32, items: I32, noticed: Bools) -> Appraisal:
        """`appraise` without a scene, and so without routines and instructions to the service."""
        out = self._inner.judge(rows, items, noticed)
        if self._said.shift is not None:
            out.want += self._said.shift[rows[:, None], np.maximum(items, 0)]
        return out

    def account(self, row: int, item: int) -> Account:
        """As of the statistical mind, with what the person says of itself whatever the context."""
        inner = self._inner.account(row, item)
        shift = 0.0 if self._said.shift is None else float(self._said.shift[row, item])
        return replace(inner, stated=shift, want=inner.want + shift)

    def _routines(
        self, persona: Persona, scene: Scene, here: npt.NDArray[np.intp], want: F32, action: npt.NDArray[np.int8]
    ) -> None:
        for nth, routine in enumerate(persona.routines):
            luck = Stream.of(self._seed, "mind", f"routine {nth}").uniform(scene.keys[here], scene.session[here])
            due = here[holds(routine.context, scene, here) & (luck < routine.probability)]
            if due.size:
                shift = _routine_shift(routine, self._said.catalog)
                if shift is not None:
                    want[due] += shift[np.maximum(scene.items[due], 0)]
                if routine.action.leave:
                    action[due] = Action.LEAVE


def holds(context: Context, scene: Scene, here: npt.NDArray[np.intp]) -> Bools:
    """Whether a routine's context holds for the people at these places of the scene. (len(here),)."""
    rows = scene.rows[here]
    out = np.ones(here.size, dtype=np.bool_)
    clock = scene.state.clock_s[rows]
    if context.days is not None:
        out &= (day_of_week(clock) >= 5) == (context.days == "weekend")
    if context.hours is not None:
        start, end = context.hours
        hour = hour_of_day(clock)
        out &= (hour >= start) & (hour < end) if start < end else (hour >= start) | (hour < end)
    if context.energy is not None:
        out &= (scene.state.fatigue[rows] > TIRED) == (context.energy == "tired")
    if context.mood is not None:
        mood = scene.state.mood[rows]
        out &= mood < LOW if context.mood == "low" else mood > GOOD
    return out


Judge = StatisticalMind | StatedMind


def stated(inner: StatisticalMind, said: Statements | None, seed: int) -> Judge:
    """The mind of people who may say something of themselves."""
    return inner if said is None else StatedMind(inner, said, seed)


def _instruct(
    persona: Persona,
    scene: Scene,
    here: npt.NDArray[np.intp],
    action: npt.NDArray[np.int8],
    said: npt.NDArray[np.object_],
) -> None:
    """Standing instructions are given once, on the first page of the first visit, unless the person is leaving."""
    if persona.instructions:
        first = here[(scene.session[here] == 0) & (scene.page[here] == 0) & (action[here] != Action.LEAVE)]
        action[first] = Action.INSTRUCT
        said[first] = " ".join(instruction.text for instruction in persona.instructions)


def _by_persona(people: Population) -> Iterator[tuple[Persona, list[int]]]:
    """Each persona with the rows of the people who are of it."""
    rows: dict[int, list[int]] = {}
    known: dict[int, Persona] = {}
    for row, persona in enumerate(() if people.personas is None else people.personas):
        if persona is not None:
            rows.setdefault(id(persona), []).append(row)
            known[id(persona)] = persona
    yield from ((known[key], own) for key, own in rows.items())


def _rules_out(persona: Persona) -> bool:
    return any(likes.disliked for _, likes in persona.tastes.each())


def _lasting_shift(persona: Persona, catalog: Catalog) -> F32 | None:
    """What of a person's dislikes and instructions moves wants: the strongest on each item. (n_items,) or None."""
    texts, tastes = texts_of(catalog), persona.tastes
    disliked = texts.in_categories(tastes.genres.disliked)
    disliked |= (texts.with_words(tastes.themes.disliked) > 0) | (texts.by(tastes.creators.disliked) > 0)
    shift = np.where(disliked, DISLIKES, 0.0)
    out = texts.in_categories([name for one in persona.instructions for name in one.avoid])
    out[texts.titled(tastes.examples.disliked)] = True
    shift[out] = RULED_OUT
    asked = texts.in_categories([name for one in persona.instructions for name in one.look_for])
    shift[asked & (shift == 0)] = LOOKED_FOR
    return shift.astype(np.float32) if shift.any() else None


def _said_shift(tastes: Tastes, catalog: Catalog) -> F32:
    """What came to be liked and disliked; an item that is both is moved by both. (n_items,)."""
    texts, shift = texts_of(catalog), np.zeros(len(catalog), dtype=np.float32)
    for which, some, whole in (("liked", LIKES, WISHED_FOR), ("disliked", DISLIKES, RULED_OUT)):
        names = {kind: getattr(likes, which) for kind, likes in tastes.each()}
        found = texts.in_categories(names["genres"])
        found |= (texts.with_words(names["themes"]) > 0) | (texts.by(names["creators"]) > 0)
        part = np.where(found, some, 0.0)
        part[texts.titled(names["examples"])] = whole
        shift += part.astype(np.float32)
    return shift


def _routine_shift(routine: Routine, catalog: Catalog) -> F32 | None:
    texts = texts_of(catalog)
    shift = LOOKED_FOR * texts.in_categories(routine.action.look_for)
    shift = shift + AVOIDED * texts.in_categories(routine.action.avoid)
    return shift.astype(np.float32) if shift.any() else None


def constants(people: Sequence[Persona]) -> list[tuple[str, float, str]]:
    """The assumed shifts that act on these people: name, value in logits, and what it is of."""
    found = []
    if any(_rules_out(one) for one in people):
        found.append(("dislikes", DISLIKES, "items of a disliked genre, theme or creator"))
    if any(one.instructions or one.tastes.examples.disliked for one in people):
        found.append(("ruled out", RULED_OUT, "items disliked by title, or that a standing instruction rules out"))
    if any(one.routines or any(told.look_for for told in one.instructions) for one in people):
        found.append(("looked for", LOOKED_FOR, "items that a routine or a standing instruction looks for"))
    if any(one.routines for one in people):
        found.append(("avoided", AVOIDED, "items that a routine avoids"))
    return found
