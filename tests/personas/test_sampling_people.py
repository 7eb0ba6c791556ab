"""Sampled people as a whole: valid, all different, correlated as people are, and reproducible."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from personas import links
from personas.files import load, plain, write_jsonl
from personas.sampling import Sample, TasteSource, behaviour, sample
from personas.sampling.name_lists import CULTURES
from personas.sampling.names import _of_one_list
from personas.sampling.places import COUNTRIES, country_of, peoples_of
from personas.schema import Persona
from personas.traits import BIG_FIVE, PERCENTILES
from simulator.randomness import Stream
from simulator.records import UserInputError


@pytest.fixture(scope="module")
def crowd() -> Sample:
    return sample(10_000)


def test_ten_thousand_people_can_be_drawn() -> None:
    assert len(sample(10_000, seed=1).personas) == 10_000


def test_sampled_people_are_what_a_reader_of_files_accepts(crowd: Sample, tmp_path: Path) -> None:
    people = crowd.personas[:300]
    assert [Persona.model_validate(plain(one)) for one in people] == people
    write_jsonl(people, tmp_path / "people.jsonl")
    assert list(load(tmp_path / "people.jsonl")) == people


def test_everything_is_marked_as_sampled_with_what_it_was_drawn_from(crowd: Sample) -> None:
    person = crowd.personas[0]
    for path in ("identity.name", "personality.openness", "behaviour.patience", "ratings.shares", "tastes.genres"):
        origin = person.origin(path)
        assert origin.how == "sampled" and origin.evidence
    own = sample(5, marginals={"gender": {"female": 1.0}})
    assert "marginals of marginals" in (own.personas[0].origin("identity.age").evidence or "")


def test_no_two_people_are_alike(crowd: Sample) -> None:
    people = crowd.personas
    assert len({one.id for one in people}) == len({one.name for one in people}) == len(people)
    numbers = {
        tuple(one.personality.model_dump(exclude={"mbti"}).values()) + tuple(one.behaviour.model_dump().values())
        for one in people
    }
    assert len(numbers) == len(people)
    assert crowd.report["duplicates"] == {"names": 0, "numbers": 0}


def test_names_do_not_run_out_where_all_are_of_one_culture_and_gender() -> None:
    found = sample(12_000, marginals={"place": {"Seoul, South Korea": 1.0}, "gender": {"female": 1.0}})
    assert len(set(found.names)) == 12_000
    many = _of_one_list(CULTURES["spanish"], True, 240_000, Stream.of(1, "population", "test"))
    assert len(set(many)) == 240_000
    assert all(len(set(name.replace("-", " ").split())) == len(name.replace("-", " ").split()) for name in many[::500])


def test_a_full_name_is_of_one_culture_and_list_only() -> None:
    families = [family for culture in CULTURES.values() for family in culture.family]
    assert len(families) == len(set(families))
    for culture in CULTURES.values():
        assert not set(culture.female) & set(culture.male)
        assert len(set(culture.female)) == len(culture.female) and len(set(culture.male)) == len(culture.male)


def test_names_and_languages_fit_place_and_gender(crowd: Sample) -> None:
    for one in crowd.personas[:2000]:
        who = one.identity
        fitting = [
            (language, CULTURES[culture]) for _, language, culture in peoples_of(who.place or "")
            if language == who.language
        ]  # fmt: skip
        parts = set((who.name or "").replace("-", " ").split()) | set((who.name or "").split())
        lists = {"female": ("female",), "male": ("male",)}.get(who.gender or "", ("female", "male"))
        assert any(
            parts & set(culture.family) and any(parts & set(getattr(culture, side)) for side in lists)
            for _, culture in fitting
        ), who


def test_a_place_without_a_known_country_says_no_language() -> None:
    assert country_of("Leeds, UK") == "United Kingdom" and country_of("Brazil") == "Brazil" and not country_of("Mars")
    found = sample(40, marginals={"place": {"Atlantis": 1.0}})
    assert {one.identity.language for one in found} == {None}
    assert {one.identity.place for one in found} == {"Atlantis"}
    assert all(sum(share for share, _, _ in peoples) == pytest.approx(1) for peoples in COUNTRIES.values())


def test_correlations_of_the_big_five_are_the_datas(crowd: Sample) -> None:
    from personas.sampling import big_five

    scores = np.array([[getattr(one.personality, name) for name in BIG_FIVE] for one in crowd.personas])
    off = np.abs(np.corrcoef(scores.T) - big_five.fitted().correlation).max()
    assert off < 0.05
    assert crowd.report["big_five"]["worst_difference"] == pytest.approx(off)


def test_traits_have_even_percentiles_and_go_with_the_big_five_as_the_links_say(crowd: Sample) -> None:
    np.testing.assert_allclose(crowd.traits.std(axis=0), 1, atol=0.03)
    for name in PERCENTILES:
        column = np.array([getattr(one.behaviour, name) for one in crowd.personas])
        assert np.abs(np.histogram(column, bins=10, range=(0, 1))[0] / 10_000 - 0.1).max() < 0.03
    z = links.standard_scores(crowd.scores)
    for link in links.LINKS:
        if link.cause in BIG_FIVE:
            column = crowd.traits[:, links.TRAITS.index(link.trait)]
            assert np.corrcoef(z[:, BIG_FIVE.index(link.cause)], column)[0, 1] == pytest.approx(link.effect, abs=0.06)
    assert crowd.report["links"]["worst_difference"] < 0.06


def test_activity_is_in_visits_a_day(crowd: Sample) -> None:
    visits = np.array([one.behaviour.activity for one in crowd.personas])
    assert np.median(visits) == pytest.approx(1.2, abs=0.06)
    assert np.log(visits).std() == pytest.approx(0.6, abs=0.02)


def test_chance_around_the_links_differs_between_traits(crowd: Sample) -> None:
    unlinked = [links.TRAITS.index(name) for name in ("patience", "position_habit", "headline_susceptibility")]
    assert np.abs(np.corrcoef(crowd.traits[:, unlinked].T) - np.eye(3)).max() < 0.04


def test_ages_spread_as_the_links_are_told() -> None:
    ages = sample(5000, seed=3).people.age / 10
    assert ages.std() == pytest.approx(behaviour.AGE_SD, abs=0.03)


def test_the_picky_rate_lower_and_all_together_rate_as_the_crowd_does(crowd: Sample) -> None:
    ratings = [one.ratings for one in crowd.personas]
    shares = np.array([one.shares for one in ratings])
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(shares.mean(axis=0), [0.056, 0.108, 0.261, 0.349, 0.226], atol=0.02)
    mean = np.array([one.mean for one in ratings])
    np.testing.assert_allclose(mean, shares @ np.arange(1, 6), atol=0.002)
    assert mean.std() == pytest.approx(0.41, abs=0.02)
    spread = np.array([one.spread for one in ratings])
    assert spread.std() == pytest.approx(0.18, abs=0.02)
    pickiness = crowd.traits[:, links.TRAITS.index("pickiness")]
    assert np.corrcoef(pickiness, mean)[0, 1] == pytest.approx(-0.8, abs=0.03)


def test_margins_are_reported_beside_their_targets(crowd: Sample) -> None:
    told = crowd.report["marginals"]
    assert {name: part["given"] for name, part in told.items()} == dict.fromkeys(told, True)
    assert all(part["worst_difference"] < 0.001 for part in told.values())
    women = sum(one.identity.gender == "female" for one in crowd.personas) / 10_000
    assert told["gender"]["categories"]["female"] == {
        "target": pytest.approx(0.495), "sample": women, "difference": pytest.approx(women - 0.495)
    }  # fmt: skip
    partly = sample(400, marginals={"gender": {"female": 1.0}}).report["marginals"]
    assert partly["gender"]["given"] and not partly["age"]["given"]
    json.dumps(crowd.report, allow_nan=False)


def test_one_person_can_be_sampled_and_their_report_leaves_open_what_is_undefined() -> None:
    alone = sample(1)
    assert alone.ids == ["s-000001"]
    assert alone.report["big_five"]["worst_difference"] is None
    json.dumps(alone.report, allow_nan=False)


def test_the_seed_gives_the_same_people_again_and_another_seed_others() -> None:
    one, same, other = sample(200, seed=5), sample(200, seed=5), sample(200, seed=6)
    assert one.personas == same.personas
    assert sum(a.name == b.name for a, b in zip(one, other, strict=True)) < 20


def test_traits_of_one_id_do_not_depend_on_how_many_are_sampled() -> None:
    """Only demographics and names do: with them equal, the rest is equal."""
    given = {"age": {"30": 1.0}, "gender": {"female": 1.0}}
    few, many = sample(50, marginals=given), sample(500, marginals=given)
    np.testing.assert_array_equal(few.traits, many.traits[:50])
    np.testing.assert_array_equal(few.scores, many.scores[:50])
    np.testing.assert_array_equal(few.shares, many.shares[:50])


@pytest.mark.parametrize("n", [0, -1, 1_000_001, 2.5, True, "10"])
def test_a_number_of_people_that_cannot_be_is_refused(n: object) -> None:
    with pytest.raises(UserInputError, match=r"Give a whole number from 1 to 1,000,000"):
        sample(n)  # type: ignore[arg-type]


def test_a_file_of_marginals_is_read(tmp_path: Path) -> None:
    path = tmp_path / "town.yaml"
    path.write_text("age: {13-17: 1}\nplace: {'Lyon, France': 1}\n", encoding="utf-8")
    people = sample(50, marginals=path).personas
    assert all(one.is_minor and one.identity.place == "Lyon, France" for one in people)
    path.write_text("age: {13-17: 2}\n", encoding="utf-8")
    with pytest.raises(UserInputError, match=r"town.yaml:1: age: the shares add up to 2"):
        sample(50, marginals=path)


# --- tastes ------------------------------------------------------------------------------------------------

NAMES = ("Action", "Drama", "Horror", "Romance")


def donors(n: int = 60) -> TasteSource:
    """Women choose romance and no horror, men horror and no romance; the young more action than drama."""
    female = np.arange(n) % 2 == 0
    young = np.arange(n) % 4 < 2
    shares = np.zeros((n, 4))
    shares[:, 0], shares[:, 1] = np.where(young, 0.4, 0.1), np.where(young, 0.1, 0.4)
    shares[:, 2], shares[:, 3] = np.where(female, 0.0, 0.5), np.where(female, 0.5, 0.0)
    return TasteSource(
        names=NAMES,
        shares=shares * 30,
        gender=np.where(female, "female", "male"),
        age=np.where(young, 20.0, 50.0),
        name="films",
    )


def test_tastes_are_those_of_somebody_of_like_age_and_gender() -> None:
    people = sample(300, tastes=donors(200)).personas
    for one in people:
        genres, who = one.tastes.genres, one.identity
        if who.gender == "female":
            assert genres.liked[0] == "Romance" and "Horror" in genres.disliked
        if who.gender == "male":
            assert genres.liked[0] == "Horror" and "Romance" in genres.disliked
        if who.age is not None and 18 <= who.age < 25:
            assert "Action" in genres.liked and "Drama" in genres.disliked
        if who.age is not None and 45 <= who.age < 55:
            assert "Drama" in genres.liked
    assert "films" in (people[0].origin("tastes").evidence or "")


def test_where_few_are_alike_gender_counts_before_age() -> None:
    people = sample(200, tastes=donors(48)).personas  # 12 of each age and gender: too few
    assert all(one.tastes.genres.liked[0] == "Romance" for one in people if one.identity.gender == "female")
    young = {one.tastes.genres.liked for one in people if one.identity.age is not None and one.identity.age < 25}
    assert any("Drama" in liked for liked in young)


def test_tastes_of_people_of_unknown_age_and_gender_go_to_anybody() -> None:
    source = donors()
    unknown = TasteSource(names=NAMES, shares=source.shares)
    liked = {one.tastes.genres.liked[0] for one in sample(100, tastes=unknown) if one.identity.gender == "female"}
    assert liked == {"Romance", "Horror"}


def test_without_a_dataset_tastes_differ_between_people(crowd: Sample) -> None:
    lists = [one.tastes.genres for one in crowd.personas]
    assert all(1 <= len(one.liked) <= 3 and len(one.disliked) <= 2 for one in lists)
    assert all(not set(one.liked) & set(one.disliked) for one in lists)
    assert len({one.liked for one in lists}) > 500


def test_a_taste_source_must_have_a_column_a_name_and_a_row_a_person() -> None:
    with pytest.raises(ValueError, match="one column a name"):
        TasteSource(names=NAMES, shares=np.ones((3, 5)))
    with pytest.raises(ValueError, match="not all 0"):
        TasteSource(names=NAMES, shares=np.zeros((3, 4)))
    with pytest.raises(ValueError, match="one entry a person"):
        TasteSource(names=NAMES, shares=np.ones((3, 4)), age=np.ones(2))
