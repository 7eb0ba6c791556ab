"""Each trait moves the behaviour that it names, in the named direction, as a platform would see it.

Two crowds of clones of one persona that differ in a single trait (the 5th and the 95th percentile) live with the same
luck in front of the same pages; what is compared is in columns that a platform logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from language_pages import elicitor_of, scene_of
from persona_worlds import GENRES, SEED, Pages, crowd, lived, persona, shop

from personas.links import LINKS, TRAITS
from personas.sampling import big_five
from personas.traits import BEHAVIOURAL, BIG_FIVE, BY_NAME, Trait, sd_to_activity, to_sd
from simulator.behaviour.constants import constants_of
from simulator.behaviour.laws import Laws
from simulator.journal.schema import OBSERVABLE
from simulator.perception.headlines import catchiness
from simulator.perception.pictures import shows_people
from simulator.population import Population
from simulator.population.from_personas import traits_in_sd
from simulator.randomness import keys_of

ORDINARY = {trait.name: 0.5 for trait in BEHAVIOURAL} | {"activity": 1.2}
RATES = {"mean": 3.4, "spread": 1.1}
LIKES = {"genres": {"liked": ["Love"]}}
ITEMS = shop().catalog
GENRE = ITEMS.categories.argmax(axis=1)
TIMES_CHOSEN = np.log1p(np.bincount(shop().platform.item, minlength=len(ITEMS)))
Sums = tuple[pd.Series, pd.Series]


def row_of(rows: pd.DataFrame) -> np.ndarray:
    """Catalogue row of each impression."""
    return rows["item_id"].str[1:].astype(int).to_numpy()


def tilt(value: Callable[[pd.DataFrame], np.ndarray]) -> Callable[[pd.DataFrame], Sums]:
    """By how much a value of chosen items exceeds that of the items on the same pages: sums by person."""

    def of(rows: pd.DataFrame) -> Sums:
        rows = rows.assign(value=value(rows))
        usual = rows.groupby(["user_id", "turn"])["value"].transform("mean")
        chosen = rows.assign(value=rows["value"] - usual)[rows["clicked"]]
        return chosen.groupby("user_id")["value"].sum(), chosen.groupby("user_id").size()

    return of


def of_item(values: Sequence[float] | np.ndarray) -> Callable[[pd.DataFrame], Sums]:
    """The tilt of a fact of items."""
    known = np.asarray(values, dtype=np.float64)
    return tilt(lambda rows: known[row_of(rows)])


def per(event: Callable[[pd.DataFrame], pd.Series], occasion: Callable[[pd.DataFrame], pd.Series]) -> Any:
    """Events to occasions, both boolean: sums by person."""

    def of(rows: pd.DataFrame) -> Sums:
        return event(rows).groupby(rows["user_id"]).sum(), occasion(rows).groupby(rows["user_id"]).sum()

    return of


def seen_of_late(rows: pd.DataFrame) -> np.ndarray:
    """Whether each item is of the genre that the person's pages have mostly been of."""
    keys, pages = keys_of(rows["user_id"].tolist()), Pages(ITEMS)
    phase = np.empty(len(rows), dtype=np.int64)
    for turn in rows["turn"].unique():
        here = (rows["turn"] == turn).to_numpy()
        phase[here] = pages.phase(keys[here], int(turn))
    return (GENRE[row_of(rows)] == phase).astype(np.float64)


@dataclass(frozen=True)
class Seen:
    """How a platform sees a trait."""

    of: Callable[[pd.DataFrame], Sums]
    sign: int
    off: dict[str, dict[str, float]]
    """Laws without which the trait does nothing at all; empty if it is no matter of a constant."""


def pages(rows: pd.DataFrame) -> pd.Series:
    """Pages, and with them the first places, which everybody looks at."""
    return rows["position"] == 0


def visits(rows: pd.DataFrame) -> pd.Series:
    return pages(rows) & (rows["page"] == 0)


def choices(rows: pd.DataFrame) -> pd.Series:
    return rows["clicked"]


SEEN: dict[str, Seen] = {
    "activity": Seen(per(visits, lambda rows: ~rows.duplicated("user_id")), 1, {}),
    "pickiness": Seen(per(lambda rows: choices(rows) & pages(rows), pages), -1, {"click": {"pickiness": 0}}),
    "conformity": Seen(of_item(TIMES_CHOSEN), 1, {"click": {"conformity": 0}}),
    "novelty_seeking": Seen(of_item(GENRES.index("Love") != GENRE), 1, {"novelty": {"weight": 0}}),
    "diversity": Seen(tilt(seen_of_late), -1, {"boredom": {"weight": 0}, "leaving": {"bored": 0}}),
    "patience": Seen(per(pages, visits), 1, {"leaving": {"patience": 0}}),
    "impulsivity": Seen(
        per(lambda rows: choices(rows) & (rows["dwell_s"] < 10), choices), 1, {"dwell": {"impulsivity": 0}}
    ),
    "position_habit": Seen(per(lambda rows: choices(rows) & (rows["position"] < 2), choices), 1, {}),
    "price_sensitivity": Seen(of_item([np.log(item.price or 1) for item in ITEMS]), -1, {"cues": {"price": 0}}),
    "trust_in_reviews": Seen(of_item([item.review_mean or 3 for item in ITEMS]), 1, {"cues": {"reviews": 0}}),
    "trust_in_popularity": Seen(
        of_item([np.log1p(item.review_count or 0) for item in ITEMS]), 1, {"cues": {"popularity": 0}}
    ),
    "headline_susceptibility": Seen(
        of_item(catchiness([item.headline for item in ITEMS])), 1, {"cues": {"headline": 0}}
    ),
    "thumbnail_susceptibility": Seen(
        of_item(shows_people([item.image_caption for item in ITEMS])), 1, {"cues": {"thumbnail": 0}}
    ),
}


def marked(trait: Trait) -> Any:
    return pytest.param(trait, id=f"{trait.name} ({trait.effect})")


def ends(trait: Trait) -> tuple[float, float]:
    """The 5th and the 95th percentile as a file gives them."""
    if trait.name == "activity":
        low, high = sd_to_activity(to_sd([0.05, 0.95]))
        return float(low), float(high)
    return 0.05, 0.95


def someone(trait: Trait, value: float) -> Any:
    """An ordinary person but for one trait; who is watched for boredom comes often and stays."""
    stays = {"patience": 0.95, "activity": 3.0} if trait.name == "diversity" else {}
    return persona(behaviour=ORDINARY | stays | {trait.name: value}, ratings=RATES, tastes=LIKES)


def difference(seen: Seen, low: pd.DataFrame, high: pd.DataFrame) -> tuple[float, float, float]:
    """What is seen of each crowd, and the difference's distance from 0 in standard errors (people drawn in pairs)."""
    assert set(low.columns) <= set(OBSERVABLE), "a platform does not see that"
    people = sorted(set(low["user_id"]) | set(high["user_id"]))
    sums = np.array([[part.reindex(people).fillna(0) for part in seen.of(rows)] for rows in (low, high)], dtype=float)
    draws = np.random.default_rng(0).integers(0, len(people), (300, len(people)))
    top, bottom = sums[:, 0][:, draws].sum(axis=2), sums[:, 1][:, draws].sum(axis=2)
    drawn = top[1] / bottom[1] - top[0] / bottom[0]
    value = sums[:, 0].sum(axis=1) / sums[:, 1].sum(axis=1)
    return float(value[0]), float(value[1]), float((value[1] - value[0]) / drawn.std())


@pytest.mark.parametrize("trait", [marked(trait) for trait in BEHAVIOURAL])
def test_a_trait_moves_the_behaviour_that_it_names_in_the_named_direction(trait: Trait) -> None:
    low, high = (lived(crowd(someone(trait, value), 140), 36) for value in ends(trait))
    at_low, at_high, errors = difference(SEEN[trait.name], low, high)
    print(f"{trait.name}: {trait.moves}: {at_low:.3f} -> {at_high:.3f}, {errors:+.1f} standard errors")
    assert errors * SEEN[trait.name].sign > 5, f"{trait.moves}: {at_low:.3f} -> {at_high:.3f} ({errors:.1f} se)"


@pytest.mark.parametrize("trait", [marked(trait) for trait in BEHAVIOURAL if SEEN[trait.name].off])
def test_a_trait_acts_through_the_law_that_it_names_and_through_no_other(trait: Trait) -> None:
    off = Laws.configure(SEEN[trait.name].off)
    law, constant = trait.law.split(".")
    assert constant in SEEN[trait.name].off[law]
    without = [lived(crowd(someone(trait, value), 30), 12, laws=off) for value in ends(trait)]
    pd.testing.assert_frame_equal(*without)
    usual = [lived(crowd(someone(trait, value), 30), 12) for value in ends(trait)]
    assert not usual[0].equals(usual[1])


def test_every_trait_names_a_law_that_there_is() -> None:
    laws = {field.name: getattr(Laws(), field.name) for field in fields(Laws)}
    for trait in BEHAVIOURAL:
        law, _, part = trait.law.partition(".")
        known = {*constants_of(laws[law]), *(name for name in dir(laws[law]) if callable(getattr(laws[law], name)))}
        assert part in known and not part.startswith("_"), f"{trait.name}: there is no {trait.law}"
        assert trait.effect in ("built in", "fitted", "emergent")
        if trait.effect == "built in" and part in constants_of(laws[law]):
            assert constants_of(laws[law])[part].grade == "assumed", "what is fitted must not be called built in"


def test_a_trait_that_nobody_states_is_drawn_and_people_differ_in_it() -> None:
    people = crowd(persona(), 400)
    for trait in BEHAVIOURAL:
        sd = traits_in_sd(list(people.personas), people.keys, SEED)[trait.name]
        assert abs(sd.mean()) < 0.2 and 0.85 < sd.std() < 1.15, trait.name


def page_prompt(people: Population) -> str:
    """All that is sent about somebody's first page."""
    sheet = elicitor_of(people, shop()).sheets(scene_of(people, np.arange(8)[None, :]))[0]
    assert sheet is not None
    return "\n".join(message.content for message in sheet.call.messages)


@pytest.mark.parametrize("trait", [marked(trait) for trait in BEHAVIOURAL])
def test_a_trait_changes_the_words_of_the_prompt_and_only_its_own(trait: Trait) -> None:
    low, middle, high = (
        page_prompt(crowd(someone(trait, value), 1)).splitlines()
        for value in (ends(trait)[0], ORDINARY[trait.name], ends(trait)[1])
    )
    assert low != high and middle not in (low, high)
    assert len(low) == len(high)
    assert sum(one != other for one, other in zip(low, high, strict=True)) == 1, "one line of the persona"


@pytest.mark.parametrize("name", BIG_FIVE)
def test_the_big_five_change_the_words_of_the_prompt(name: str) -> None:
    usual = float(big_five.fitted().mean[BIG_FIVE.index(name)])
    low, middle, high = (
        page_prompt(crowd(persona(personality={name: score}, behaviour=ORDINARY, ratings=RATES), 1))
        for score in (0.05, usual, 0.98)
    )
    assert len({low, middle, high}) == 3 and "By nature you are" in low and "By nature" not in middle


EMERGENT = (
    ("openness", "novelty_seeking"),
    ("openness", "conformity"),
    ("conscientiousness", "impulsivity"),
    ("extraversion", "activity"),
    ("agreeableness", "trust_in_reviews"),
    ("neuroticism", "trust_in_popularity"),
)


@pytest.mark.parametrize(
    ("cause", "trait"), [pytest.param(*pair, id=f"{pair[0]}-{pair[1]} (emergent)") for pair in EMERGENT]
)
def test_the_big_five_move_behaviour_through_their_links_where_nothing_is_stated(cause: str, trait: str) -> None:
    effect = next(link.effect for link in LINKS if (link.trait, link.cause) == (trait, cause))
    stated = {name: value for name, value in ORDINARY.items() if name != trait}
    low, high = (
        lived(crowd(persona(personality={cause: score}, behaviour=stated, ratings=RATES, tastes=LIKES), 140), 36)
        for score in (0.1, 0.98)
    )
    at_low, at_high, errors = difference(SEEN[trait], low, high)
    print(f"{cause} -> {trait}: {at_low:.3f} -> {at_high:.3f}, {errors:+.1f} standard errors")
    assert errors * SEEN[trait].sign * np.sign(effect) > 2.5


def test_a_stated_trait_is_not_moved_by_a_link() -> None:
    low, high = (
        crowd(persona(personality=dict.fromkeys(BIG_FIVE, score), behaviour=ORDINARY, ratings=RATES), 20)
        for score in (0.1, 0.9)
    )
    one, other = (replace(people, personas=None) for people in (low, high))
    for trait in TRAITS:
        name = {"diversity": "boredom_proneness"}.get(trait, trait)
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert BY_NAME["diversity"].law == "boredom.weight"
