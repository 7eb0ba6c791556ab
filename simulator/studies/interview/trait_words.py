"""Traits in the first person: what somebody says of themselves who is marked in one, or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraitWords:
    """One trait."""

    high: str
    low: str
    middling: str
    """Of people who are like most; empty where nothing is said of them."""
    asked: tuple[str, ...]
    """Beginnings of words by which it is asked about."""


BEHAVIOUR: Mapping[str, TraitWords] = {
    "pickiness": TraitWords(
        "I am hard to please",
        "I am easily pleased",
        "I am no harder to please than most",
        ("picky", "please", "choosy", "fussy", "demanding"),
    ),
    "patience": TraitWords(
        "I take my time to look around",
        "I give up quickly",
        "I am about as patient as most",
        ("patien", "impatien", "give up"),
    ),
    "novelty_seeking": TraitWords(
        "I am drawn to what I do not know",
        "I stick to what I know",
        "I like some of the new and some of the known",
        ("curious", "adventur", "new", "variety", "surprise", "open", "unknown", "stick", "loyal"),
    ),
    "boredom_proneness": TraitWords(
        "I soon tire of sameness",
        "more of the same is fine with me",
        "I tire of sameness about as soon as most",
        ("sameness", "easily bored", "same"),
    ),
    "conformity": TraitWords(
        "I go with the crowd",
        "my opinions often differ from the crowd's",
        "I go neither with the crowd nor against it",
        ("crowd", "popular", "mainstream", "hipster", "others", "people", "follow"),
    ),
    "impulsivity": TraitWords(
        "I click first and turn back",
        "I think before I click",
        "I am about as impulsive as most",
        ("impulsiv", "spontaneous", "rash"),
    ),
    "position_habit": TraitWords(
        "I hardly look past the first few",
        "I read a page to its end",
        "I look about as far down a page as most",
        ("scroll", "down", "everything", "read", "end of"),
    ),
    "price_sensitivity": TraitWords(
        "I mind the price",
        "I do not mind the price",
        "I mind the price about as much as most",
        ("price", "money", "cheap", "cost"),
    ),
    "trust_in_reviews": TraitWords(
        "I go by reviews",
        "I trust no review",
        "I heed reviews about as much as most",
        ("review", "rating"),
    ),
    "trust_in_popularity": TraitWords(
        "what many take, I take",
        "that many took it means little to me",
        "how many took it counts for me about as for most",
        ("bestsell", "numbers"),
    ),
    "headline_susceptibility": TraitWords(
        "a catchy headline gets me",
        "headlines do not move me",
        "headlines move me about as much as most",
        ("headline", "title", "clickbait"),
    ),
    "thumbnail_susceptibility": TraitWords(
        "a picture draws me in",
        "I look past the picture",
        "pictures move me about as much as most",
        ("picture", "thumbnail", "cover", "image"),
    ),
    "activity": TraitWords(
        "I come by more often than most",
        "I come by less often than most",
        "I come by about as often as most",
        ("how often", "come", "visit"),
    ),
}
"""By the names of a `Life`'s traits."""
NATURE: Mapping[str, TraitWords] = {
    "openness": TraitWords("curious and imaginative", "down to earth", "", ("creative", "imaginat", "curious", "open")),
    "conscientiousness": TraitWords("orderly", "easy-going about order", "", ("organi", "order", "disciplin")),
    "extraversion": TraitWords(
        "outgoing", "quiet", "", ("introvert", "extravert", "extrovert", "outgoing", "shy", "quiet")
    ),
    "agreeableness": TraitWords("warm", "blunt", "", ("nice", "friendly", "warm", "blunt")),
    "neuroticism": TraitWords("easily worried", "hard to upset", "", ("worr", "anxious", "neurotic", "upset")),
}
"""The Big Five."""
