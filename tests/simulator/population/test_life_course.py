"""Who people are on each day, where some of them change."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from persona_worlds import SEED, crowd, lived, persona, shop

from simulator.llm.fencing import Fence
from simulator.minds.language.persona_words import Biography
from simulator.population import Course, Population, from_log, from_personas, joined

CHANGES = [
    {"from_day": 2, "behaviour": {"patience": 0.95}},
    {"from_day": 4, "behaviour": {"activity": 9.0}, "tastes": {"genres": {"liked": ["War"]}}},
]
STILL = {"behaviour": {"patience": 0.05, "activity": 2.0}, "tastes": {"genres": {"liked": ["Love"]}}}


def people() -> Population:
    """A person who stays the same, one who changes twice, and a clone of each."""
    cast = [persona(id="stays", **STILL), persona(id="moves", **STILL, changes=CHANGES)]
    return from_personas(cast, shop(), size=4, seed=SEED)


def named(course: Course, turn: int, name: str) -> dict[str, float]:
    here = course.on(turn)
    return here.person(here.user_ids.tolist().index(name)).traits


def test_a_change_holds_from_its_day_on_and_not_before() -> None:
    course = Course(people(), turns_per_day=3)
    patience = [named(course, turn, "moves")["patience"] for turn in range(14)]
    activity = [named(course, turn, "moves")["activity"] for turn in range(14)]
    assert np.flatnonzero(np.diff(patience)).tolist() == [5] and patience[5] < 0 < patience[6]
    assert activity == [2.0] * 12 + [9.0] * 2, "day 4 begins with turn 12"
    for turn in range(14):
        assert named(course, turn, "moves~2")["patience"] == patience[turn], "clones change with their original"


def test_turns_need_not_divide_the_day() -> None:
    course = Course(people(), turns_per_day=0.4)
    days = [named(course, turn, "moves")["patience"] > 0 for turn in range(3)]
    assert days == [False, True, True], "turn 1 is on day 2.5"


def test_nobody_else_changes_and_what_is_not_named_stays() -> None:
    course = Course(people(), turns_per_day=3)
    first, last = course.on(0), course.on(100)
    for f in fields(first):
        if f.name in ("own", "later"):
            continue
        before, after = getattr(first, f.name), getattr(last, f.name)
        stays = np.flatnonzero(first.cluster == "stays")
        if isinstance(before, np.ndarray) and before.shape[:1] == (4,):
            np.testing.assert_array_equal(before[stays], after[stays], err_msg=f.name)
        if f.name not in ("patience", "activity", "profile", "personas"):
            np.testing.assert_array_equal(before, after, err_msg=f.name)
    assert first.own is not None and last.own is not None
    changed = np.diff((first.own != last.own).tocsr().indptr) > 0
    assert changed.tolist() == (first.cluster == "moves").tolist(), "other tastes, other imagined choices"


def test_luck_and_standing_chance_are_those_of_the_person_before_and_after() -> None:
    course = Course(people(), turns_per_day=3)
    versions = course.versions
    assert len(versions) == 4 + 2 * 2
    np.testing.assert_array_equal(versions.keys, people().keys[course.owner])
    np.testing.assert_array_equal(versions.impulsivity, people().impulsivity[course.owner])


def test_where_nobody_changes_the_people_are_passed_on_as_they_are() -> None:
    same = crowd(persona(), 3)
    course = Course(same, turns_per_day=3)
    assert course.on(0) is same and course.on(999) is same and not course.changes
    assert course.versions.user_ids.tolist() == same.user_ids.tolist()
    np.testing.assert_array_equal(course.rows(7), [0, 1, 2])


@pytest.mark.parametrize("rows", [[1], [3, 1], [2, 0], [1, 1, 0, 3], []])
def test_changes_go_with_the_people_who_are_taken(rows: list[int]) -> None:
    taken = people().take(np.array(rows, dtype=np.int32))
    course = Course(taken, turns_per_day=3)
    ids = people().user_ids[rows]
    for turn in (0, 7, 50):
        here, whole = course.on(turn), Course(people(), turns_per_day=3).on(turn)
        np.testing.assert_array_equal(here.user_ids, ids)
        np.testing.assert_array_equal(here.patience, whole.patience[rows])
        np.testing.assert_array_equal(here.activity, whole.activity[rows])


def test_changes_go_with_the_people_who_are_joined() -> None:
    log, guests = from_log(shop(), size=3, seed=SEED), people()
    for both, start in ((joined(log, guests), 3), (joined(guests, log), 0)):
        course = Course(both, turns_per_day=3)
        late = course.on(40)
        np.testing.assert_array_equal(late.patience[start : start + 4], Course(guests, 3).on(40).patience)
        others = np.setdiff1d(np.arange(7), np.arange(start, start + 4))
        np.testing.assert_array_equal(late.patience[others], log.patience)
    twice = joined(guests, replace(guests, user_ids=np.array(["a", "b", "c", "d"])))
    late = Course(twice, 3).on(40)
    np.testing.assert_array_equal(late.patience[:4], late.patience[4:])
    assert Course(twice, 3).owner.tolist() == [*range(8), 1, 1, 3, 3, 5, 5, 7, 7]


def test_a_life_is_the_same_until_the_day_of_the_change_and_another_one_after_it() -> None:
    cast = {
        name: persona(id="moves", **STILL, **({"changes": CHANGES[1:]} if name == "moved" else {}))
        for name in ("moved", "still")
    }
    one, other = (lived(crowd(cast[name], 30), 24) for name in ("moved", "still"))
    early = one["turn"] < 12
    assert one[early].equals(other[other["turn"] < 12]) and early.any()
    late = [rows[rows["turn"] >= 12] for rows in (one, other)]
    assert len(late[0]) > 1.2 * len(late[1]), "nine visits a day are more than two"


def test_in_words_people_are_who_they_are_on_the_day() -> None:
    course = Course(people(), turns_per_day=3)
    biography, fence = Biography(shop().known, seed=SEED), Fence("a0a0a0")
    row = course.on(0).user_ids.tolist().index("moves")
    told = [" ".join(biography.persona(course.on(turn), row, fence)) for turn in (0, 7, 50)]
    assert "You give up quickly" in told[0] and "You take your time" in told[1]
    assert 'You like "Love"' in told[1] and 'You like "War"' in told[2] and "several times a day" in told[2]
