"""A persona's traits as they are shown: where each stands among people, in words, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from personas.schema import Origin, Persona
from personas.standing import given, standing
from personas.traits import BEHAVIOURAL, BIG_FIVE, Trait, sd_to_activity, to_percentile

BIG_FIVE_WORDS = {
    "openness": ("likes the plain and familiar", "curious and full of ideas"),
    "conscientiousness": ("takes things as they come", "orderly, gets things done"),
    "extraversion": ("quiet, keeps to a few", "outgoing, at ease with anybody"),
    "agreeableness": ("blunt, slow to trust", "warm, quick to trust"),
    "neuroticism": ("calm, seldom upset", "worries, with changing moods"),
}
"""Low and high, after what the items of the IPIP markers ask (Goldberg 1992)."""
VISITS = (
    (2.0, "comes by several times a day"),
    (0.8, "comes by about once a day"),
    (0.3, "comes by a few times a week"),
    (0.0, "comes by now and then"),
)
"""Visits a day from which the words hold."""
MIDDLE = (0.4, 0.6)
"""Between these percentiles a person is like most others."""
LIKE_MOST = "about like others"
_TELLING = 0.5
"""Standard deviations from which a trait tells something of a person: about three in ten people on either side."""

Source = Literal["given", "derived", "mbti"]


@dataclass(frozen=True, kw_only=True)
class ShownTrait:
    """One trait of one person."""

    name: str
    label: str
    low: str
    high: str
    sd: float
    """Standard deviations from the ordinary person."""
    value: str
    """As a file gives it."""
    origin: Origin
    source: Source = "given"

    @property
    def percentile(self) -> float:
        """Share of people who have less of it."""
        return float(to_percentile(self.sd))

    @property
    def words(self) -> str:
        """What the person is like."""
        if self.name == "activity":
            return visits_in_words(float(sd_to_activity(self.sd)))
        low, high = MIDDLE
        return LIKE_MOST if low <= self.percentile <= high else self.low if self.percentile < low else self.high


def visits_in_words(visits_a_day: float) -> str:
    """How often the person comes by."""
    return next(words for least, words in VISITS if visits_a_day >= least)


def big_five(persona: Persona) -> list[ShownTrait]:
    """The Big Five that are stated, or that a stated MBTI type stands for."""
    values, source = {name: getattr(persona.personality, name) for name in BIG_FIVE}, dict.fromkeys(BIG_FIVE, "given")
    if persona.personality.mbti is not None:
        from personas.mbti import preset

        for name, value in preset(persona.personality.mbti).items():
            if values[name] is None:
                values[name], source[name] = value, "mbti"
    return [
        ShownTrait(
            name=name,
            label=name,
            low=BIG_FIVE_WORDS[name][0],
            high=BIG_FIVE_WORDS[name][1],
            sd=standing(name, value),
            value=shown_value(name, value),
            origin=persona.origin(f"personality.{name}"),
            source="mbti" if source[name] == "mbti" else "given",
        )
        for name, value in values.items()
        if value is not None
    ]


def behavioural(persona: Persona) -> list[ShownTrait]:
    """The behavioural traits that are given, and those that follow from who the person is; the others are absent."""
    from personas.links import derived

    expected = derived(persona)
    shown = {trait.name: trait for trait in stated(persona)}
    for trait in BEHAVIOURAL:
        if trait.name in expected:
            sd = expected[trait.name]
            value = float(sd_to_activity(sd) if trait.name == "activity" else to_percentile(sd))
            shown[trait.name] = _behavioural(persona, trait, value, sd, "derived")
    return [shown[trait.name] for trait in BEHAVIOURAL if trait.name in shown]


def stated(persona: Persona) -> list[ShownTrait]:
    """The behavioural traits that are given."""
    values = given(persona)
    return [
        _behavioural(persona, trait, values[trait.name], standing(trait.name, values[trait.name]), "given")
        for trait in BEHAVIOURAL
        if trait.name in values
    ]


def drawn(persona: Persona) -> list[str]:
    """Labels of the behavioural traits of which nothing is known."""
    known = {trait.name for trait in behavioural(persona)}
    return [trait.label for trait in BEHAVIOURAL if trait.name not in known]


def telling(persona: Persona, most: int = 2) -> str:
    """The given traits by which the person differs most from others, in words; else how the backstory begins."""
    shown = [*stated(persona), *(trait for trait in big_five(persona) if trait.source == "given")]
    shown.sort(key=lambda trait: -abs(trait.sd))
    words = dict.fromkeys(trait.words for trait in shown if abs(trait.sd) >= _TELLING)
    if words:
        return "; ".join(list(words)[:most])
    return " ".join((persona.backstory or "").split()).partition(". ")[0][:120]


def shown_value(name: str, value: float) -> str:
    """A trait's value as a file gives it: visits a day, or 0-1."""
    return f"{value:.2g}" if name == "activity" and value < 100 else f"{value:.2f}"


def label(name: str) -> str:
    """A trait's name as people say it."""
    return next((trait.label for trait in BEHAVIOURAL if trait.name == name), name)


def _behavioural(persona: Persona, trait: Trait, value: float, sd: float, source: Source) -> ShownTrait:
    return ShownTrait(
        name=trait.name,
        label=trait.label,
        low=trait.low,
        high=trait.high,
        sd=sd,
        value=shown_value(trait.name, value),
        origin=persona.origin(f"behaviour.{trait.name}"),
        source=source,
    )
