"""What a person is here for, in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from personas.schema import Persona
from recommenders.platform import PlatformView
from simulator.minds.stated import holds
from simulator.population import Population
from simulator.randomness import Stream
from simulator.simulated_time import DAYS, day_of_week, hour_of_day
from simulator.state import PeopleState
from simulator.turn import Scene

_MARKED = 0.7
"""Standard deviations of the visit's state of novelty seeking from which it is worth a word."""


def intent(scene: Scene, view: PlatformView, persona: Persona | None) -> str:
    """What the one person of a scene is here for: goals, the routine that holds now, standing instructions, what they
    searched for, and what the visit is like. Sentences in the second person."""
    said = [*_persona(scene, persona), *_asked(view), _mood_of_the_visit(scene), _when(scene.state)]
    return " ".join(sentence for sentence in said if sentence)


def _persona(scene: Scene, persona: Persona | None) -> Iterator[str]:
    if persona is None:
        return
    if persona.goals:
        yield f"You come for {', '.join(persona.goals)}."
    for routine in persona.routines:
        if bool(holds(routine.context, scene, np.zeros(1, dtype=np.intp))[0]):
            yield f"It is one of your times: {routine.when}, {routine.then}."
    for instruction in persona.instructions:
        yield f"You have told the service: {instruction.text}."


def _asked(view: PlatformView) -> Iterator[str]:
    if view.query is not None and view.query[0]:
        yield f"You have just searched for '{view.query[0]}'."
    if view.instruction is not None and view.instruction[0]:
        told = "; ".join(str(view.instruction[0]).splitlines())
        yield f"You have asked the service for this: {told}."


def _mood_of_the_visit(scene: Scene) -> str:
    people: Population = scene.people
    luck = Stream.of(scene.state.seed, "luck", "novelty of the session").normal(scene.keys, scene.session)
    seeking = float(scene.state.laws.novelty.state(people.novelty_seeking[scene.rows], luck)[0])
    if seeking >= _MARKED:
        return "On this visit you are after something that you do not know."
    return "On this visit you would like something familiar." if seeking <= -_MARKED else "You look around."


def _when(state: PeopleState) -> str:
    clock = state.clock_s[:1]
    hour = float(hour_of_day(clock)[0])
    return f"It is {DAYS[int(day_of_week(clock)[0])]}, {int(hour):02d}:{int(hour % 1 * 60):02d}."
