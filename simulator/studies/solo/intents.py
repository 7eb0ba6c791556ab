"""What a person is here for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from personas.schema import Persona
from recommenders.platform import PlatformView
from simulator.minds.stated import holds
from simulator.population import Population
from simulator.randomness import Stream
from simulator.turn import Scene

_MARKED = 0.7
"""Standard deviations of the visit's state of novelty seeking from which it is worth a word."""


@dataclass(frozen=True)
class _Words:
    goals: str
    habit: str
    standing: str
    searched: str
    asked: str
    wants: str


_TOLD = _Words(
    "Goals:", "Habit of this hour:", "Asks of the service:", "Just searched for", "Has just asked the service:", "Wants"
)
_SPOKEN = _Words(
    "I am here for this:",
    "A habit of mine at this hour:",
    "I ask of the service:",
    "I have just searched for",
    "I have just asked the service:",
    "I want",
)


def intent(scene: Scene, view: PlatformView, persona: Persona | None, *, spoken: bool = False) -> str:
    """What the one person of a scene is here for: goals, the habit of this hour, what they told the service and
    searched for, and what the visit is like. Short sentences, a line each, or all on one line if they are `spoken` by
    them; empty where there is nothing to say."""
    words = _SPOKEN if spoken else _TOLD
    said = [*_persona(scene, persona, words), *_asked(view, persona, words)]
    if wish := _of_the_visit(scene):
        said.append(f"{words.wants} {wish} on this visit.")
    return (" " if spoken else "\n").join(said)


def _persona(scene: Scene, persona: Persona | None, words: _Words) -> Iterator[str]:
    if persona is None:
        return
    if persona.goals:
        yield f"{words.goals} {_stopped('; '.join(map(_bare, persona.goals)))}"
    for routine in persona.routines:
        if bool(holds(routine.context, scene, np.zeros(1, dtype=np.intp))[0]):
            yield f"{words.habit} {_stopped(f'{_bare(routine.when)}, {_bare(routine.then)}')}"
    if persona.instructions:
        yield f"{words.standing} {_quoted(each.text for each in persona.instructions)}"


def _asked(view: PlatformView, persona: Persona | None, words: _Words) -> Iterator[str]:
    """What was said on this visit; standing instructions, which the service hears on every visit, are told already."""
    if view.query is not None and view.query[0]:
        yield f"{words.searched} {_quoted([str(view.query[0])])}"
    if view.instruction is not None and view.instruction[0]:
        known = set() if persona is None else {_bare(each.text) for each in persona.instructions}
        told = dict.fromkeys(line for line in str(view.instruction[0]).splitlines() if line.strip())
        if new := [line for line in told if _bare(line) not in known]:
            yield f"{words.asked} {_quoted(new)}"


def _of_the_visit(scene: Scene) -> str:
    people: Population = scene.people
    luck = Stream.of(scene.state.seed, "luck", "novelty of the session").normal(scene.keys, scene.session)
    seeking = float(scene.state.laws.novelty.state(people.novelty_seeking[scene.rows], luck)[0])
    if seeking >= _MARKED:
        return "something unknown"
    return "something familiar" if seeking <= -_MARKED else ""


def _bare(text: str) -> str:
    """A text on one line, without the stop at its end."""
    return " ".join(text.split()).rstrip(".;, ")


def _stopped(text: str) -> str:
    return text if text.endswith(("!", "?", "…")) else f"{text}."


def _quoted(texts: Iterable[str]) -> str:
    """Each in quotation marks; a stop within the last ends the sentence."""
    told = "; ".join(f"“{' '.join(text.split()).strip('“”')}”" for text in texts)
    return told if told[-2:-1] in ".!?…" else f"{told}."
