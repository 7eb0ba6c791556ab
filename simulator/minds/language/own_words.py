"""What a persona says of itself, told to the model in the second person: nature, habits, tastes, wishes, voice.

Vulnerabilities are not told: they say what a service could hurt, and a label invites a model to play it. What of them
shows in a life stands in the backstory. Texts are quoted by the fence, and cut: a page's prompt holds about 1,600
characters of a persona as those of the library are, and 4,000 at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from personas.schema import Likes, Persona, Tastes
from personas.standing import standing
from personas.traits import BIG_FIVE
from simulator.llm.fencing import Fence
from simulator.population import Population
from simulator.population.drawing import HABIT_SPREAD

MARKED = 0.7
"""Standard deviations from which a trait is worth a word: about a quarter of people on either side."""
_STORY, _TEXT, _NAME, _NAMES, _LINES = 320, 110, 40, 4, 3
_TRAITS = (
    ("patience", "You take your time to look around.", "You give up quickly."),
    ("novelty_seeking", "You like variety.", "You stick to what you know."),
    ("conformity", "You mostly agree with the crowd.", "Your opinions often differ from the crowd's."),
)
"""What people of a log are told of their traits: those that the log tells."""
_FURTHER = (
    ("pickiness", "You are hard to please.", "You are easily pleased."),
    ("boredom_proneness", "You soon tire of sameness.", "More of the same is fine with you."),
    ("impulsivity", "You click first and turn back.", "You think before you click."),
    ("position_habit", "You hardly look past the first few.", "You read a page to its end."),
    ("price_sensitivity", "You mind the price.", "You do not mind the price."),
    ("trust_in_reviews", "You go by reviews.", "You trust no review."),
    ("trust_in_popularity", "What many take, you take.", "That many took it means little to you."),
    ("headline_susceptibility", "A catchy headline gets you.", "Headlines do not move you."),
    ("thumbnail_susceptibility", "A picture draws you in.", "You look past the picture."),
)
_FACTORS = ("boredom_proneness", "position_habit")
_NATURE = {
    "openness": ("curious and imaginative", "down to earth"),
    "conscientiousness": ("orderly", "easy-going about order"),
    "extraversion": ("outgoing", "quiet"),
    "agreeableness": ("warm", "blunt"),
    "neuroticism": ("easily worried", "hard to upset"),
}


def habits(people: Population, row: int) -> Iterator[str]:
    """A sentence for each trait in which a person is marked; all thirteen only of those who have a persona."""
    for name, high, low in _TRAITS if people.persona(row) is None else (*_TRAITS, *_FURTHER):
        value = float(getattr(people, name)[row])
        if name in _FACTORS:
            value = (np.log(value) + HABIT_SPREAD**2 / 2) / HABIT_SPREAD
        if abs(value) >= MARKED:
            yield high if value > 0 else low


def facts(persona: Persona, fence: Fence) -> str:
    """Who the person is to others."""
    who = persona.identity
    told = [
        who.name,
        None if who.age is None else f"age {who.age}",
        who.gender,
        who.occupation,
        who.place,
        None if who.language is None else f"speaks {who.language}",
    ]
    words = [fence.quoted(text, _NAME) for text in told if text]
    return f"About you: {', '.join(words)}." if words else ""


def nature(persona: Persona) -> str:
    """The Big Five that are marked."""
    words = []
    for name in BIG_FIVE:
        if (score := getattr(persona.personality, name)) is not None and abs(sd := standing(name, score)) >= MARKED:
            words.append(_NATURE[name][0 if sd > 0 else 1])
    return f"By nature you are {', '.join(words)}." if words else ""


def tastes(said: Tastes, fence: Fence) -> Iterator[str]:
    """What is liked and what is not, a sentence each."""
    for which, like, know in (("liked", "You like", "You loved"), ("disliked", "You dislike", "You disliked")):
        kinds = [name for likes in (said.genres, said.themes, said.creators) for name in _some(likes, which)]
        yield _listed(like, kinds, fence)
        yield _listed(know, _some(said.examples, which), fence)


def wishes(persona: Persona, fence: Fence) -> Iterator[str]:
    """Routines, standing instructions and goals."""
    routines = [f"{one.when}: {one.then} ({one.probability:.0%})" for one in persona.routines[:_LINES]]
    yield _sentence("Your routines", routines, fence)
    yield _sentence("You have told the service", [one.text for one in persona.instructions[:_LINES]], fence)
    yield _sentence("You come for", persona.goals[:_LINES], fence)


def voice(persona: Persona, fence: Fence) -> Iterator[str]:
    """The story, and how it would be told."""
    if persona.backstory:
        yield f"Your story: {fence.quoted(persona.backstory, _STORY)}"
    if persona.speaking_style:
        yield f"You talk like this: {fence.quoted(persona.speaking_style, _TEXT)}"


def _some(likes: Likes, which: str) -> Sequence[str]:
    names: Sequence[str] = getattr(likes, which)
    return names[:_NAMES]


def _listed(verb: str, texts: Iterable[str], fence: Fence) -> str:
    words = [fence.quoted(text, _NAME) for text in texts]
    return f"{verb} {', '.join(words)}." if words else ""


def _sentence(opening: str, texts: Iterable[str], fence: Fence) -> str:
    words = [fence.quoted(text, _TEXT) for text in texts]
    return f"{opening}: {', '.join(words)}." if words else ""
