"""People in words: from what is known of them, never from what is held out, for anybody whatever they did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from language_pages import elicitor_of, film_log, films, pages_for, scene_of

from simulator.llm.fencing import Fence
from simulator.minds.language.persona_words import DISLIKED, FAVOURITES, LIKED, Biography
from simulator.population import Population, from_log
from simulator.records import HELD_OUT, Item, SplitLog

FENCE = Fence("a0a0a0")


@pytest.fixture(scope="module")
def log() -> SplitLog:
    return film_log()


@pytest.fixture(scope="module")
def folk(log: SplitLog) -> Population:
    return from_log(log, seed=7)


def words(log: SplitLog, folk: Population, row: int) -> str:
    return "\n".join(Biography(log.known, seed=7).persona(folk, row, FENCE))


def test_held_out_choices_change_no_prompt(log: SplitLog) -> None:
    """Held-out rows are given other items and ratings: if anything of them were read, a prompt would change."""
    poisoned = replace(log.log, item=log.log.item.copy(), rating=log.log.rating.copy())
    hidden = log.part == HELD_OUT
    poisoned.item[hidden] = (poisoned.item[hidden] + 1) % len(log.catalog)
    poisoned.rating[hidden] = 6 - poisoned.rating[hidden]
    systems = []
    for split in (log, replace(log, log=poisoned)):
        folk = from_log(split, seed=7)
        sheets = elicitor_of(folk, split).sheets(scene_of(folk, pages_for(30, 5, 40)))
        systems.append([sheet.call.messages for sheet in sheets if sheet is not None])
    assert systems[0] == systems[1]


def test_titles_are_the_persons_own_and_liked_ones_are_rated_above_disliked_ones(
    log: SplitLog, folk: Population
) -> None:
    for row in range(len(folk)):
        mine = log.known.select(log.known.user == folk.source[row])
        rating = {log.catalog[int(i)].title: float(r) for i, r in zip(mine.item, mine.rating, strict=True)}
        lines = words(log, folk, row).splitlines()
        loved = [
            title for title in rating if any(line.startswith("You loved") and f'"{title}"' in line for line in lines)
        ]
        hated = [
            title for title in rating if any(line.startswith("You dis") and f'"{title}"' in line for line in lines)
        ]
        assert 0 < len(loved) <= LIKED and len(hated) <= DISLIKED
        assert min(rating[title] for title in loved) >= np.mean(list(rating.values()))
        assert all(rating[title] < np.mean(list(rating.values())) for title in hated)


def test_traits_and_rating_habits_are_told_as_they_are(log: SplitLog, folk: Population) -> None:
    def trait(name: str, value: float) -> Population:
        return replace(folk, **{name: np.full(len(folk), value, dtype=np.float32)})

    assert "You give up quickly." in words(log, trait("patience", -2), 0)
    assert "take your time" in words(log, trait("patience", 2), 0)
    assert "You like variety." in words(log, trait("novelty_seeking", 1), 0)
    assert "differ from the crowd" in words(log, trait("conformity", -1), 0)
    assert "several times a day" in words(log, trait("activity", 3), 0)
    assert "now and then" in words(log, trait("activity", 0.1), 0)
    cuts = np.tile(np.array([-1.645, -1.282, 0.0, 0.842], dtype=np.float32), (len(folk), 1))
    told = words(log, replace(trait("rating_mean", 3.5), thresholds=cuts), 0)
    assert "you give 3.5 on average; 5 to one in 5, 1 or 2 to one in 10." in told


def test_favourite_categories_are_those_that_a_person_chose_more_than_others_do(log: SplitLog) -> None:
    row = np.flatnonzero(log.log.user == 0)
    horror = [nth for nth, item in enumerate(films()) if "Horror" in item.categories]
    item = log.log.item.copy()
    item[row] = np.resize(horror, row.size)
    split = replace(log, log=replace(log.log, item=item))
    folk = from_log(split, seed=7)
    liking = next(line for line in words(split, folk, 0).splitlines() if line.startswith("You like"))
    assert liking.startswith('You like "Horror"') and liking.count('"') <= 2 * FAVOURITES


def test_facts_about_people_are_told_and_empty_ones_are_not(log: SplitLog, folk: Population) -> None:
    told = words(log, folk, 0)
    facts = {name: values[folk.source[0]] for name, values in log.log.demographics.items()}
    assert f'"{facts["gender"]}", "age {facts["age"]}", "{facts["occupation"]}"' in told
    empty = {name: np.full(30, "") for name in facts}
    assert "About you" not in words(replace(log, log=replace(log.log, demographics=empty)), folk, 0)


def test_a_clone_has_the_history_of_its_source_and_other_titles_may_come_to_its_mind(log: SplitLog) -> None:
    crowd = from_log(log, size=60, seed=7)
    clone = int(np.flatnonzero(crowd.source == crowd.source[0])[1])
    one, other = (words(log, crowd, row).splitlines() for row in (0, clone))
    assert [line for line in one if line.startswith("You like ")] == [
        line for line in other if line.startswith("You like ")
    ]


def test_people_and_items_of_whom_nothing_is_known_are_put_into_words_all_the_same(log: SplitLog) -> None:
    blank = tuple(Item(item_id=item.item_id) for item in films())
    bare = film_log(items=blank)
    nothing = np.full(len(bare.log), np.nan, dtype=np.float32)
    bare = replace(bare, log=replace(bare.log, rating=nothing, demographics={}))
    folk = from_log(bare, seed=7)
    folk = replace(folk, source=np.where(np.arange(len(folk)) % 2, folk.source, -1).astype(np.int32))
    for notes in (False, True):
        sheets = elicitor_of(folk, bare, notes=notes).sheets(scene_of(folk, pages_for(30, 4, 40)))
        for sheet in sheets:
            assert sheet is not None
            system, user = (message.content for message in sheet.call.messages)
            assert "On a scale of 1-5 you give" in system
            assert "You loved" not in system and 'i4 "item m' in user


def test_without_ratings_people_are_told_what_they_chose_and_nothing_that_they_disliked(log: SplitLog) -> None:
    nothing = np.full(len(log.log), np.nan, dtype=np.float32)
    bare = replace(log, log=replace(log.log, rating=nothing))
    told = words(bare, from_log(bare, seed=7), 0)
    assert "You chose" in told and "You loved" not in told and "You disliked" not in told


def test_a_persona_is_short(log: SplitLog, folk: Population) -> None:
    assert np.mean([len(words(log, folk, row)) for row in range(len(folk))]) < 520
