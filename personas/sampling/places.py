"""Countries: which languages people are at home in there, and which names they are likely to have. Assumed, roughly.

The two go together: a Houstonian at home in Spanish is more often called Lucía than Emily.
"""

from __future__ import annotations

from personas.sampling.name_lists import CULTURES

Peoples = tuple[tuple[float, str, str], ...]
"""Share, language, culture of names; shares add up to 1."""

_ENGLISH: Peoples = ((0.88, "English", "english"), (0.06, "English", "indian"), (0.06, "English", "nigerian"))
_SPANISH: Peoples = ((1.0, "Spanish", "spanish"),)
_GERMAN: Peoples = ((0.88, "German", "german"), (0.07, "Turkish", "turkish"), (0.05, "Polish", "polish"))

COUNTRIES: dict[str, Peoples] = {
    "United Kingdom": _ENGLISH,
    "Ireland": ((0.94, "English", "english"), (0.06, "Polish", "polish")),
    "United States": (
        (0.72, "English", "english"),
        (0.16, "Spanish", "spanish"),
        (0.06, "English", "indian"),
        (0.06, "English", "chinese"),
    ),
    "Canada": (
        (0.64, "English", "english"),
        (0.2, "French", "french"),
        (0.08, "English", "indian"),
        (0.08, "English", "chinese"),
    ),
    "Australia": ((0.86, "English", "english"), (0.07, "English", "chinese"), (0.07, "English", "indian")),
    "New Zealand": ((0.9, "English", "english"), (0.1, "English", "chinese")),
    "Mexico": _SPANISH,
    "Colombia": _SPANISH,
    "Argentina": ((0.85, "Spanish", "spanish"), (0.15, "Spanish", "italian")),
    "Chile": _SPANISH,
    "Peru": _SPANISH,
    "Spain": _SPANISH,
    "Brazil": ((0.94, "Portuguese", "portuguese"), (0.04, "Portuguese", "italian"), (0.02, "Portuguese", "japanese")),
    "Portugal": ((1.0, "Portuguese", "portuguese"),),
    "France": ((0.88, "French", "french"), (0.12, "French", "arabic")),
    "Belgium": ((0.9, "French", "french"), (0.1, "French", "arabic")),
    "Germany": _GERMAN,
    "Austria": _GERMAN,
    "Switzerland": ((0.65, "German", "german"), (0.25, "French", "french"), (0.1, "Italian", "italian")),
    "Italy": ((1.0, "Italian", "italian"),),
    "Poland": ((1.0, "Polish", "polish"),),
    "Turkey": ((1.0, "Turkish", "turkish"),),
    "Egypt": ((1.0, "Arabic", "arabic"),),
    "Morocco": ((1.0, "Arabic", "arabic"),),
    "Nigeria": ((0.5, "Yoruba", "nigerian"), (0.5, "English", "nigerian")),
    "Ghana": ((1.0, "English", "nigerian"),),
    "Kenya": ((0.75, "Swahili", "kenyan"), (0.25, "English", "kenyan")),
    "South Africa": ((0.5, "Zulu", "nguni"), (0.15, "Xhosa", "nguni"), (0.35, "English", "english")),
    "India": ((0.7, "Hindi", "indian"), (0.2, "Marathi", "indian"), (0.1, "English", "indian")),
    "Indonesia": ((1.0, "Indonesian", "indonesian"),),
    "Philippines": ((0.85, "Filipino", "filipino"), (0.15, "English", "filipino")),
    "China": ((1.0, "Mandarin", "chinese"),),
    "Taiwan": ((1.0, "Mandarin", "chinese"),),
    "Japan": ((1.0, "Japanese", "japanese"),),
    "South Korea": ((1.0, "Korean", "korean"),),
}
ALIASES = {
    "uk": "United Kingdom", "great britain": "United Kingdom", "england": "United Kingdom",
    "scotland": "United Kingdom", "wales": "United Kingdom", "usa": "United States", "us": "United States",
    "türkiye": "Turkey", "korea": "South Korea", "brasil": "Brazil", "deutschland": "Germany", "españa": "Spain",
}  # fmt: skip
ANYWHERE: Peoples = tuple((1 / len(CULTURES), "", culture) for culture in CULTURES)
"""Of a country that is not listed: the language is left unsaid, and names are of any culture."""

_BY_NAME = {name.casefold(): name for name in COUNTRIES} | ALIASES


def country_of(place: str) -> str:
    """The country of "City, Country" or "Country", by its name in `COUNTRIES`; "" if it is not listed."""
    return _BY_NAME.get(place.rpartition(",")[2].strip().casefold(), "")


def peoples_of(place: str) -> Peoples:
    """Languages and cultures of a place."""
    return COUNTRIES.get(country_of(place), ANYWHERE)
