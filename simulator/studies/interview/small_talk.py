"""Greetings, and what may be asked."""

from __future__ import annotations

from simulator.studies.interview.asked import Asked, Said, said
from simulator.studies.interview.grammar import Topic

EXAMPLES = (
    "why did you skip the second one?",
    "why did you click number 1?",
    "how do you feel?",
    "what put you off?",
    "would you watch “…”?",
    "what should I show you?",
    "did the price matter?",
    "why did you leave?",
    "who are you?",
)


WHAT_I_AM = (
    "I am a simulated person. What I tell you of my acts is what is in the journal, and my reasons are the numbers "
    "that decided; nobody lives them but the simulation."
)


def hello(asked: Asked) -> Said:
    """A greeting."""
    greeting = asked.pick("hello", "Hello", "Hi", "Good to see you")
    start = "Ask me about what I have seen here" if asked.subject.turns else "Show me a page, and then ask me about it"
    return said(f"{greeting}, I am {asked.subject.name}", start)


def thanks(asked: Asked) -> Said:
    """An answer to thanks."""
    return said(asked.pick("thanks", "You are welcome", "My pleasure", "Gladly"))


def bye(asked: Asked) -> Said:
    """A farewell."""
    return said(asked.pick("bye", "Goodbye", "See you", "Until next time"))


def what_may_be_asked(asked: Asked) -> Said:
    """Examples of questions."""
    return said(
        "You may ask why I chose, passed over or rated a thing (by number, place or title), what I noticed, liked or "
        "remember, how I feel, why I stayed or left, what I would choose or compare, whether price, reviews, "
        "popularity, headline, picture or place mattered, what I look for, and who I am",
        f"For example: {' '.join(EXAMPLES[:5])}",
    )


def real(asked: Asked) -> Said:
    """What they are."""
    return said(WHAT_I_AM, grounds=("simulated",))


ANSWERS = {
    Topic.HELLO: hello,
    Topic.THANKS: thanks,
    Topic.BYE: bye,
    Topic.HELP: what_may_be_asked,
    Topic.REAL: real,
}
