"""Personas with a language model: what a model makes of a person's history, checked against what it was not told.

match        candidate personas, kept if they tell the person's own things from others' (after SimUSER)
backstory    a life in prose, or as an interview, that contradicts nothing that is stated (after Anthology)
tournament   profiles in free form, scored by choices that were held back (after LettinGo)

Each asks about one person, takes any `ChatModel`, and returns what came of it; a failure is an outcome. Everything
that is not ours goes into a prompt as fenced data. How well a real model does any of it is not measured here: the tests
show that the right candidate is picked from answers with a planted taste, not that a model gives such answers.
"""

from personas.asking.backstories import Backstory, BackstorySettings, backstory
from personas.asking.evidence import Evidence, Seen, Thing
from personas.asking.matching import Match, MatchSettings, match
from personas.asking.outcomes import Outcome
from personas.asking.preferences import Preference, preferences, write_preferences
from personas.asking.shelf import Shelf
from personas.asking.tournaments import Tournament, TournamentSettings, tournament

__all__ = [
    "Backstory",
    "BackstorySettings",
    "Evidence",
    "Match",
    "MatchSettings",
    "Outcome",
    "Preference",
    "Seen",
    "Shelf",
    "Thing",
    "Tournament",
    "TournamentSettings",
    "backstory",
    "match",
    "preferences",
    "tournament",
    "write_preferences",
]
