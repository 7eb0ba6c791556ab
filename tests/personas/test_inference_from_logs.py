"""From what was passed over, where, and for how long, to traits; and from any log to personas."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from counting import calls_of
from made_pages import CUE_TRAITS, TRAITS, MadePages, made_pages

from personas.estimation import Estimates, estimate
from personas.estimation.demographics import age_of, facts_of
from personas.estimation.examples import CROWD
from personas.estimation.pages import pages_of
from personas.files import load
from personas.inference import infer, infer_file, pseudonyms
from personas.schema import Persona
from simulator.records import Catalog, InteractionLog, Item, UserInputError


@pytest.fixture(scope="module")
def made() -> MadePages:
    return made_pages()


@pytest.fixture(scope="module")
def found(made: MadePages) -> Estimates:
    return estimate(made.log, cues=made.cues)


def recovered(found: Estimates, made: MadePages, trait: str) -> float:
    value = found.traits[trait].value
    return float(np.corrcoef(np.log(value) if trait == "activity" else value, made.traits[trait])[0, 1])


LEAST = {"novelty_seeking": 0.45, "conformity": 0.6, "position_habit": 0.7, "activity": 0.85, "pickiness": 0.85}
"""Correlation with the truth that each trait must reach; the others .75."""


@pytest.mark.parametrize("trait", TRAITS)
def test_people_are_found_to_be_who_they_are(found: Estimates, made: MadePages, trait: str) -> None:
    assert recovered(found, made, trait) > LEAST.get(trait, 0.75)


@pytest.mark.parametrize("trait", [t for t in TRAITS if t not in ("novelty_seeking", "activity")])
def test_confidence_is_the_squared_correlation_with_the_truth(found: Estimates, made: MadePages, trait: str) -> None:
    claimed = float(found.traits[trait].confidence.mean())
    assert recovered(found, made, trait) ** 2 == pytest.approx(claimed, abs=0.12)


def test_who_sees_more_is_known_better(found: Estimates, made: MadePages) -> None:
    trait = found.traits["price_sensitivity"]
    assert np.corrcoef(found.shown, trait.confidence)[0, 1] > 0.7
    assert np.array_equal(trait.n, found.shown)


def test_activity_is_in_visits_a_day_and_not_biased_by_the_end_of_the_log(found: Estimates, made: MadePages) -> None:
    true = 1.2 * np.exp(0.6 * made.traits["activity"])
    assert np.median(found.traits["activity"].value) == pytest.approx(np.median(true), rel=0.2)
    rare = true < np.quantile(true, 0.2)
    assert np.median(found.traits["activity"].value[rare]) < 0.75


def test_cues_of_which_nothing_is_known_tell_nothing(made: MadePages) -> None:
    few = made.log.select(made.log.user < 100)
    untold = estimate(few, cues=[made.cues[:, 0], None, None, None, made.cues[:, 4]])
    told = {name for name in CUE_TRAITS if untold.traits[name].confidence.any()}
    assert told == {"price_sensitivity", "thumbnail_susceptibility"}


def test_cues_of_another_shape_are_refused(made: MadePages) -> None:
    with pytest.raises(ValueError, match="shape"):
        estimate(made.log, cues=made.cues[:, :4])


def test_a_page_ends_where_places_begin_again_and_a_visit_after_half_an_hour() -> None:
    log = shown([(0, 0), (0, 1), (60, 0), (60, 1), (60, 2), (5000, 0)], dwell=[0, 30, 0, 0, 0, 0])
    pages = pages_of(log)
    assert pages is not None
    assert pages.page.tolist() == [0, 0, 1, 1, 1, 2]
    assert pages.session.tolist() == [0, 0, 1] and pages.number.tolist() == [0, 1, 0]
    reading = pages_of(shown([(0, 0), (0, 1), (4000, 0)], dwell=[0, 3000, 0]))
    assert reading is not None and reading.session.tolist() == [0, 0]
    assert pages_of(log.positives()) is None
    at_once = pages_of(shown([(0, 0), (0, 1), (0, 0), (0, 1)], dwell=[0, 0, 0, 1]))
    assert at_once is not None and at_once.page.tolist() == [0, 0, 1, 1]
    assert at_once.log.item.tolist() == [0, 1, 2, 3]


def shown(rows: list[tuple[int, int]], dwell: list[float]) -> InteractionLog:
    """One person's rows of (second, place); what is dwelt on was clicked."""
    n = len(rows)
    return InteractionLog(
        catalog=Catalog(tuple(Item(item_id=f"i{row}") for row in range(n))),
        user_ids=np.array(["one"]),
        user=np.zeros(n, dtype=np.int32),
        item=np.arange(n, dtype=np.int32),
        rating=np.full(n, np.nan, dtype=np.float32),
        clicked=np.array(dwell) > 0,
        time=np.array([1 + second for second, _ in rows], dtype=np.int64),
        dwell_s=np.array(dwell, dtype=np.float32),
        position=np.array([place for _, place in rows], dtype=np.int32),
    )


@pytest.fixture(scope="module")
def rated() -> InteractionLog:
    """60 people with facts, who rated 30 of 80 films."""
    luck = np.random.default_rng(2)
    kinds = ("Comedy", "Drama", "Horror", "War")
    catalog = Catalog(
        tuple(Item(item_id=f"i{row}", title=f"Film {row}", categories=(kinds[row % 4],)) for row in range(80))
    )
    n, each = 60, 30
    weight = np.where(np.arange(80) % 4 == np.arange(n)[:, None] % 4, 4.0, 1.0)
    item = np.stack([luck.choice(80, each, False, w / w.sum()) for w in weight])
    level = np.array([-0.5, 0.0, 0.4])[np.arange(n) % 3][:, None]
    rating = np.clip(np.round(3.4 + level + luck.normal(size=item.shape)), 1, 5)
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"reader {row}@example.org" for row in range(n)]),
        user=np.repeat(np.arange(n), each).astype(np.int32),
        item=item.ravel().astype(np.int32),
        rating=rating.ravel().astype(np.float32),
        clicked=np.ones(n * each, dtype=np.bool_),
        time=np.zeros(n * each, dtype=np.int64),
        dwell_s=np.full(n * each, np.nan, dtype=np.float32),
        position=np.full(n * each, -1, dtype=np.int32),
        demographics={
            "age": np.array(["25-34", "41", "under 18", "unknown"] * 15),
            "gender": np.array(["female", "male", "", "nonbinary"] * 15),
            "occupation": np.array(["writer", "farmer", "K-12 student", "retired"] * 15),
        },
    )


def test_a_persona_says_of_each_part_what_it_rests_on(rated: InteractionLog) -> None:
    people = infer(rated)
    assert len(people) == 60 and all(isinstance(one, Persona) for one in people)
    one = people[0]
    assert one.behaviour.pickiness is not None and 0 < one.behaviour.pickiness < 1
    origin = one.origin("behaviour.pickiness")
    assert origin.how == "inferred" and origin.evidence == "30 ratings"
    assert origin.confidence is not None and 0.4 < origin.confidence < 1
    assert one.origin("ratings.mean").evidence == "30 ratings"
    assert one.behaviour.price_sensitivity is None and one.behaviour.impulsivity is None
    assert "behaviour.price_sensitivity" not in one.origins
    shares = one.ratings.shares
    assert shares is not None and sum(shares) == pytest.approx(1, abs=1e-6)
    assert one.ratings.mean == pytest.approx(sum(k * share for k, share in enumerate(shares, 1)), abs=0.01)


def test_what_is_chosen_beyond_others_is_liked(rated: InteractionLog) -> None:
    kinds = ("Comedy", "Drama", "Horror", "War")
    first = [one.tastes.genres.liked[:1] for one in infer(rated)]
    right = [liked == (kinds[row % 4],) for row, liked in enumerate(first)]
    assert np.mean(right) > 0.9
    assert all(not set(one.tastes.genres.liked) & set(one.tastes.genres.disliked) for one in infer(rated))


def test_identity_is_what_came_with_the_log(rated: InteractionLog) -> None:
    people = infer(rated, rows=range(4))
    assert [one.identity.age for one in people] == [30, 41, 15, None]
    assert [one.identity.gender for one in people] == ["female", "male", None, "nonbinary"]
    assert people[0].origin("identity.age").how == "inferred"
    assert people[0].origin("identity.age").evidence == "the bracket 25-34"
    assert people[1].origin("identity.age").how == people[0].origin("identity.gender").how == "stated"
    assert people[3].identity.occupation == "retired"


@pytest.mark.parametrize(
    ("said", "age"),
    [
        ("34", 34), ("50-55", 52), ("18 to 24", 21), ("56 and over", 59), ("65+", 68), ("under 18", 15), ("<20", 17),
        ("", None), ("999", None), ("3", None), ("adult", None), ("25-", None),
    ],
)  # fmt: skip
def test_ages_are_read_from_numbers_and_brackets_only(said: str, age: int | None) -> None:
    assert age_of(said)[0] == age
    assert age_of(said)[1] == (None if age is None or said.isdecimal() else said)


def test_a_log_that_says_retired_at_twenty_one_says_no_age(rated: InteractionLog) -> None:
    facts = {name: values.copy() for name, values in rated.demographics.items()}
    facts["age"][3] = "18-24"
    assert facts_of(replace(rated, demographics=facts), 3).age is None
    assert infer(replace(rated, demographics=facts), rows=[3])[0].identity.occupation == "retired"


def test_ids_are_keyed_hashes_that_only_the_salt_can_reproduce(rated: InteractionLog) -> None:
    people, again, salted = infer(rated), infer(rated, rows=[7, 3]), infer(rated, salt="a secret")
    assert [one.id for one in again] == [people[7].id, people[3].id]
    assert all(one.id.startswith("p-") and len(one.id) == 10 for one in people)
    assert not {one.id for one in people} & {one.id for one in salted}
    assert not any("@" in one.model_dump_json() or "reader" in one.model_dump_json() for one in people)


def test_ids_stay_apart_where_eight_digits_are_the_same() -> None:
    many = [f"user {row}" for row in range(150_000)]
    ids = pseudonyms(many)
    assert len(set(ids)) == len(many)
    assert {len(one) for one in ids} == {10, 18}


def test_titles_are_few_and_many_people_chose_all_of_them(rated: InteractionLog) -> None:
    row_of = {item.title: row for row, item in enumerate(rated.catalog)}
    chosen = rated.matrix().toarray() > 0
    named = 0
    for person, one in enumerate(infer(rated)):
        titles = [*one.tastes.examples.liked, *one.tastes.examples.disliked]
        named += len(titles)
        assert len(titles) <= 5
        if titles:
            everybody = chosen[:, [row_of[title] for title in titles]].all(axis=1)
            assert everybody[person] and everybody.sum() >= CROWD
    assert named > 60


def test_titles_that_were_liked_were_rated_above_the_persons_level(rated: InteractionLog) -> None:
    one = infer(rated, rows=[0])[0]
    mine = rated.select(rated.user == 0)
    rating = {rated.catalog[int(item)].title: value for item, value in zip(mine.item, mine.rating, strict=True)}
    mean = float(mine.rating.mean())
    assert all(rating[title] > mean - 0.3 for title in one.tastes.examples.liked)
    assert all(rating[title] < mean for title in one.tastes.examples.disliked)


def test_in_front_of_pages_personas_are_told_from_what_was_shown(made: MadePages) -> None:
    one = infer(made.log.select(made.log.user < 150), rows=[5], cues=made.cues)[0]
    told = {trait: getattr(one.behaviour, trait) for trait in TRAITS}
    assert all(value is not None for value in told.values())
    evidence = one.origin("behaviour.price_sensitivity").evidence
    assert evidence is not None and evidence.endswith("items shown")
    assert "visits" in str(one.origin("behaviour.activity").evidence)
    assert one.ratings.mean is None


def test_a_file_of_people_reads_back_as_the_same(rated: InteractionLog, tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    assert infer_file(rated, path) == 60
    assert list(load(path)) == infer(rated)
    with pytest.raises(UserInputError, match="already"):
        infer_file(rated, path)


def test_one_more_person_takes_no_more_the_more_there_are(rated: InteractionLog) -> None:
    first, second, third = (calls_of(partial(infer, rated, rows=range(people))) for people in (20, 40, 60))
    assert third - second < 1.5 * (second - first)


def test_half_stars_are_levels_of_five(rated: InteractionLog) -> None:
    half = replace(rated, rating=(rated.rating - 0.5).astype(np.float32))
    for one in infer(half):
        assert one.ratings.mean is not None and 1 <= one.ratings.mean <= 5


@pytest.fixture(scope="module")
def movielens() -> InteractionLog:
    """MovieLens 1M; skips where it is not."""
    from simulator.datasets import load as load_dataset

    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not (folder / "ml-1m").is_dir():
        pytest.skip(f"no MovieLens 1M in {folder}: set UNDERSTUDY_DATA_DIR to check against the real data")
    return load_dataset("movielens-1m", data_dir=folder).log


def test_halves_of_real_histories_agree_on_who_somebody_is(movielens: InteractionLog) -> None:
    """`benchmarks/persona_traits.py` gives the whole table."""
    lot = np.random.default_rng(1).random(len(movielens)) < 0.5
    one, other = estimate(movielens.select(lot)), estimate(movielens.select(~lot))

    def whole(x: np.ndarray, y: np.ndarray) -> float:
        r = float(np.corrcoef(x, y)[0, 1])
        return 2 * r / (1 + r)

    for trait in ("activity", "pickiness", "novelty_seeking", "diversity", "conformity"):
        assert whole(one.traits[trait].value, other.traits[trait].value) > 0.7, trait
    assert whole(one.ratings.mean, other.ratings.mean) > 0.9
    assert whole(one.ratings.spread, other.ratings.spread) > 0.8
    x, y = one.tastes.log_ratio, other.tastes.log_ratio
    assert np.mean([whole(x[:, column], y[:, column]) for column in range(x.shape[1])]) > 0.7


def test_a_quarter_of_a_real_log_is_inferred(movielens: InteractionLog, tmp_path: Path) -> None:
    assert infer_file(movielens, tmp_path / "people.jsonl", rows=range(0, 6040, 4)) == 1510
