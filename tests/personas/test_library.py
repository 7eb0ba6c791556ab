"""The personas that ship: whole people, unlike each other, at home in the embedded sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from personas.files import LIBRARY, library, load_one, to_yaml, write_yaml
from personas.sampling import big_five
from personas.schema import Context, Persona, Tastes, Vulnerability
from personas.standing import standing
from personas.traits import BEHAVIOURAL, BIG_FIVE, TYPICAL_VISITS_A_DAY
from simulator.datasets import load
from simulator.records import Catalog

PEOPLE = tuple(library())
IDS = [person.id for person in PEOPLE]
FILES = sorted(LIBRARY.glob("*.yaml"))
TRAITS = tuple(trait.name for trait in BEHAVIOURAL)
MAX_LINES, MAX_WIDTH = 90, 110
CONTINENTS = {
    "Africa": {"South Africa", "Ghana", "Egypt"},
    "America, North": {"United States", "Canada", "Mexico"},
    "America, South": {"Argentina", "Brazil"},
    "Asia": {"Vietnam", "India", "Singapore", "Philippines", "Kyrgyzstan", "Japan", "China"},
    "Europe": {"United Kingdom", "Poland", "Portugal", "Sweden", "Belgium", "Ireland"},
    "Oceania": {"New Zealand", "Australia"},
}

each_person = pytest.mark.parametrize("person", PEOPLE, ids=IDS)


@pytest.fixture(scope="module")
def films() -> Catalog:
    """The embedded sample's catalogue."""
    return load("sample").log.catalog


@pytest.fixture(scope="module")
def categories(films: Catalog) -> frozenset[str]:
    return frozenset(name for film in films.items for name in film.categories)


def tastes_of(person: Persona) -> Iterator[Tastes]:
    """Those of the first day and those of every dated change."""
    yield person.tastes
    yield from (change.tastes for change in person.changes if change.tastes is not None)


def stated(name: str) -> list[float]:
    """What the people who state a trait state."""
    values = [getattr(person.behaviour, name) for person in PEOPLE]
    return [value for value in values if value is not None]


def together(one: str, other: str) -> float:
    """Correlation over the people of two numbers, of whatever section."""
    rows = []
    for person in PEOPLE:
        known = person.personality.model_dump() | person.behaviour.model_dump() | {"mean": person.ratings.mean}
        if known[one] is not None and known[other] is not None:
            rows.append((known[one], known[other]))
    return float(np.corrcoef(np.array(rows).T)[0, 1])


def country(person: Persona) -> str:
    assert person.identity.place is not None
    return person.identity.place.split(", ")[-1]


# --- the files


def test_every_file_is_one_person_who_is_found_by_its_name() -> None:
    assert [path.stem for path in FILES] == sorted(IDS)
    assert 20 <= len(FILES) <= 30
    for path in FILES:
        assert load_one(path.stem) == load_one(str(path)), path.name


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_file_can_be_read_on_a_screen(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= MAX_WIDTH


@pytest.mark.parametrize("persona_id", ["night-shift-nurse", "delivery-rider", "widow-learning-the-language"])
def test_a_copy_reads_back_as_the_same_person(persona_id: str, tmp_path: Path) -> None:
    person = load_one(persona_id)
    write_yaml(person, tmp_path / "copy.yaml")
    assert load_one(str(tmp_path / "copy.yaml")) == person
    assert person.name in to_yaml(person)


# --- each of them


@each_person
def test_nothing_of_who_they_are_is_left_open(person: Persona) -> None:
    assert None not in person.identity.model_dump().values()
    assert all(getattr(person.personality, name) is not None for name in BIG_FIVE)
    assert None not in person.ratings.model_dump().values()
    assert person.goals and person.speaking_style and person.routines
    assert 6 <= len(person.behaviour.model_fields_set) <= len(TRAITS)
    assert person.tastes.genres.liked and person.tastes.genres.disliked and person.tastes.themes.liked
    assert person.tastes.examples.liked and person.tastes.examples.disliked


@each_person
def test_all_is_stated_since_a_person_wrote_it(person: Persona) -> None:
    assert person.origins == {}
    assert person.origin("behaviour.activity").how == "stated"


@each_person
def test_the_backstory_is_a_paragraph_about_them(person: Persona) -> None:
    assert person.backstory is not None and person.identity.name is not None
    assert 60 <= len(person.backstory.split()) <= 130
    assert any(name in person.backstory for name in person.identity.name.split())


@each_person
def test_the_numbers_of_their_ratings_are_those_of_the_shares(person: Persona) -> None:
    shares, levels = np.array(person.ratings.shares), np.arange(1, 6)
    mean = float(shares @ levels)
    assert shares.sum() == pytest.approx(1, abs=1e-9)
    assert person.ratings.mean == pytest.approx(mean, abs=0.05)
    assert person.ratings.spread == pytest.approx(float(np.sqrt(shares @ (levels - mean) ** 2)), abs=0.05)


@each_person
def test_the_patient_who_think_before_they_click_and_the_rash_are_two_kinds(person: Persona) -> None:
    patience, impulsivity = person.behaviour.patience, person.behaviour.impulsivity
    conscientiousness = person.personality.conscientiousness
    assert patience is not None and impulsivity is not None and conscientiousness is not None
    assert patience + impulsivity <= 1.4, "very patient and very rash"
    assert not (conscientiousness > 0.75 and impulsivity > 0.5), "very careful and rash"


@each_person
def test_a_type_is_on_the_side_of_each_score(person: Persona) -> None:
    if (code := person.personality.mbti) is None:
        return
    mean = dict(zip(BIG_FIVE, big_five.fitted().mean, strict=True))
    sides = zip("ENFJ", ("extraversion", "openness", "agreeableness", "conscientiousness"), code, strict=True)
    for high, trait, letter in sides:
        assert (getattr(person.personality, trait) > mean[trait]) == (letter == high), trait


# --- what they like, against the sample


@each_person
def test_every_genre_is_a_category_of_the_sample(person: Persona, categories: frozenset[str]) -> None:
    named: set[str] = set()
    for tastes in tastes_of(person):
        named |= {*tastes.genres.liked, *tastes.genres.disliked}
    for routine in person.routines:
        named |= {*routine.action.look_for, *routine.action.avoid}
    for instruction in person.instructions:
        named |= {*instruction.look_for, *instruction.avoid}
    assert named <= categories


@each_person
def test_the_films_and_creators_they_name_are_of_the_sample(person: Persona, films: Catalog) -> None:
    titles, creators = {film.title for film in films.items}, {film.creator for film in films.items}
    for tastes in tastes_of(person):
        assert {*tastes.examples.liked, *tastes.examples.disliked} <= titles
        assert {*tastes.creators.liked, *tastes.creators.disliked} <= creators


@each_person
def test_the_films_they_love_are_of_the_genres_they_love(person: Persona, films: Catalog) -> None:
    of = {film.title: set(film.categories) for film in films.items}
    liked, disliked = set(person.tastes.genres.liked), set(person.tastes.genres.disliked)
    for title in person.tastes.examples.liked:
        assert of[title] & liked, title
        assert not of[title] & disliked, title


@each_person
def test_a_routine_can_happen_and_then_does_something(person: Persona) -> None:
    assert 1 <= len(person.routines) <= 3 and len(person.instructions) <= 2
    for routine in person.routines:
        action = routine.action
        assert routine.context != Context(), f"{routine.when}: any time at all"
        assert action.look_for or action.avoid or action.leave, routine.then
        assert 0 < routine.probability < 1, f"{routine.when}: people are not clockwork"


# --- all of them


def test_they_are_of_all_ages() -> None:
    ages = [person.identity.age or 0 for person in PEOPLE]
    assert min(ages) == 14 and max(ages) == 81
    assert {age // 10 for age in ages} == {1, 2, 3, 4, 5, 6, 7, 8}
    assert [person.id for person in PEOPLE if person.is_minor] == ["one-obsession-teenager"]


def test_no_gender_is_most_of_them_and_there_are_more_than_two() -> None:
    counts = Counter(person.identity.gender for person in PEOPLE)
    assert len(counts) >= 4
    assert max(counts.values()) <= 0.55 * len(PEOPLE)
    assert counts["female"] >= 9


def test_they_live_on_six_continents_and_speak_many_languages() -> None:
    countries = Counter(map(country, PEOPLE))
    assert set(countries) <= set().union(*CONTINENTS.values())
    assert max(countries.values()) <= 2
    for continent, here in CONTINENTS.items():
        assert 2 <= sum(countries[name] for name in here) <= len(PEOPLE) / 3, continent
    assert len({person.identity.language for person in PEOPLE}) >= 16


def test_some_count_every_cent_and_some_none() -> None:
    prices = stated("price_sensitivity")
    assert min(prices) < 0.05 and max(prices) > 0.95
    poor = [person for person in PEOPLE if "financial_stress" in person.vulnerabilities]
    assert len(poor) >= 3
    assert all((person.behaviour.price_sensitivity or 0) > 0.75 for person in poor)


@pytest.mark.parametrize("name", TRAITS)
def test_every_trait_has_people_on_either_side_of_the_middle(name: str) -> None:
    middle = TYPICAL_VISITS_A_DAY if name == "activity" else 0.5
    z = [standing(name, value) for value in stated(name)]
    assert sum(value < middle for value in stated(name)) >= 4
    assert sum(value > middle for value in stated(name)) >= 4
    assert max(z) - min(z) > 2, "from clearly little to clearly much"


def test_their_big_five_lie_around_the_populations() -> None:
    fitted = big_five.fitted()
    for nth, name in enumerate(BIG_FIVE):
        scores = np.array([getattr(person.personality, name) for person in PEOPLE])
        assert scores.mean() == pytest.approx(fitted.mean[nth], abs=0.1), name
        assert (scores < fitted.mean[nth]).sum() >= 6 and (scores > fitted.mean[nth]).sum() >= 6, name


@pytest.mark.parametrize(
    ("one", "other", "sign"),
    [
        ("patience", "impulsivity", -1),
        ("conscientiousness", "impulsivity", -1),
        ("pickiness", "mean", -1),
        ("openness", "novelty_seeking", 1),
        ("novelty_seeking", "diversity", 1),
        ("conformity", "trust_in_popularity", 1),
    ],
)
def test_what_goes_together_in_people_does_so_here_and_not_always(one: str, other: str, sign: int) -> None:
    assert 0.15 < sign * together(one, other) < 0.9


def test_no_two_are_alike() -> None:
    for a, b in combinations(PEOPLE, 2):
        shared = [
            standing(name, x) - standing(name, y)
            for name in TRAITS
            if (x := getattr(a.behaviour, name)) is not None and (y := getattr(b.behaviour, name)) is not None
        ]
        assert len(shared) >= 5, (a.id, b.id)
        assert np.sqrt(np.mean(np.square(shared))) > 0.45, (a.id, b.id)
        assert a.tastes.genres != b.tastes.genres, (a.id, b.id)


def test_no_name_trade_or_turn_of_phrase_is_used_twice() -> None:
    for field in ("name", "occupation"):
        values = [getattr(person.identity, field) for person in PEOPLE]
        assert len(set(values)) == len(values), field
    assert len({person.speaking_style for person in PEOPLE}) == len(PEOPLE)
    where: dict[tuple[str, ...], str] = {}
    for person in PEOPLE:
        words = (person.backstory or "").split()
        for phrase in zip(*(words[n:] for n in range(5)), strict=False):
            assert where.setdefault(phrase, person.id) == person.id, " ".join(phrase)


def test_every_category_of_the_sample_is_liked_by_some_and_disliked_by_others(categories: frozenset[str]) -> None:
    liked = {name for person in PEOPLE for name in person.tastes.genres.liked}
    disliked = {name for person in PEOPLE for name in person.tastes.genres.disliked}
    assert liked == categories
    assert len(disliked) >= len(categories) - 3


def test_everything_that_a_service_could_hurt_occurs_in_somebody() -> None:
    flagged = {flag for person in PEOPLE for flag in person.vulnerabilities}
    assert flagged == set(get_args(Vulnerability))
    assert any(not person.vulnerabilities for person in PEOPLE)


def test_a_dated_change_makes_another_person_of_them_on_its_day_and_says_why() -> None:
    changing = [person for person in PEOPLE if person.changes]
    assert 6 <= len(changing) <= 10
    for person in changing:
        for change in person.changes:
            assert change.because
            before, after = person.as_of(change.from_day - 1), person.as_of(change.from_day)
            assert before.model_copy(update={"changes": ()}) != after.model_copy(update={"changes": ()}), person.id
