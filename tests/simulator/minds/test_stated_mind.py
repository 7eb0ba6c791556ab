"""What people say of themselves moves their wants and intentions, when it should, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from persona_worlds import GENRES, N_ITEMS, SEED, crowd, lived, persona, shop, taste

from personas.schema import Persona
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.minds.stated import AVOIDED, DISLIKES, LOOKED_FOR, RULED_OUT, StatedMind, Statements, constants, stated
from simulator.minds.statistical import StatisticalMind
from simulator.population import Population, from_log, from_personas, joined
from simulator.turn import Action, Appraisal, Scene

DAY = 86_400.0
GENRE = np.arange(N_ITEMS) % 4
WAR, LOVE, CRIME = (GENRES.index(name) for name in ("War", "Love", "Crime"))


def mind_of(people: Population, seed: int = SEED) -> StatisticalMind | StatedMind:
    return stated(taste().block(people).mind(NAMED, seed), Statements.of(people, shop().catalog), seed)


def plain_mind_of(people: Population) -> StatisticalMind:
    return taste().block(people).mind(NAMED, SEED)


def scene_of(people: Population, **told: Any) -> Scene:
    """Everybody in front of all items; by default on the first page of the first visit, on Monday at midnight."""
    n = len(people)
    items = np.tile(np.arange(N_ITEMS, dtype=np.int32), (n, 1))
    column = {name: np.broadcast_to(told.get(name, 0), n) for name in ("clock_s", "fatigue", "mood", "page", "session")}
    return Scene(
        people=people,
        state=SimpleNamespace(
            people=people, **{name: column[name].astype(np.float64) for name in ("clock_s", "fatigue", "mood")}
        ),
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=told.get("turn", 0),
        items=items,
        noticed=items >= 0,
        page=column["page"].astype(np.int32),
        session=column["session"].astype(np.int32),
    )


def shifts(people: Population, **told: Any) -> np.ndarray:
    """By how much what is said moves each want. (n, n_items)."""
    scene = scene_of(people, **told)
    return drive(mind_of(people).appraise(scene)).want - drive(plain_mind_of(people).appraise(scene)).want


def appraised(people: Population, **told: Any) -> Appraisal:
    return drive(mind_of(people).appraise(scene_of(people, **told)))


def routine(
    context: dict[str, Any] | None = None, action: dict[str, Any] | None = None, chance: float = 1.0
) -> Persona:
    one = {"when": "then", "then": "that", "context": context or {}, "action": action or {"look_for": ["War"]}}
    return persona(routines=[one | {"probability": chance}])


def test_dislikes_lower_wants_by_what_is_disliked_and_nothing_else() -> None:
    maker, title = shop().catalog[6].creator, shop().catalog[8].title
    one = persona(
        tastes={
            "genres": {"disliked": ["war"]},
            "themes": {"disliked": ["ferries in the fog"]},
            "creators": {"disliked": [maker]},
            "examples": {"disliked": [title]},
        }
    )
    moved = shifts(crowd(one, 2))
    fog = np.array(["fog" in item.text for item in shop().catalog])
    by = np.array([item.creator == maker for item in shop().catalog])
    disliked = (GENRE == WAR) | fog | by
    expected = np.where(disliked, DISLIKES, 0)
    expected[8] = RULED_OUT
    np.testing.assert_allclose(moved, np.tile(expected, (2, 1)), atol=1e-5)


def test_a_standing_instruction_rules_out_and_asks_for() -> None:
    one = persona(instructions=[{"text": "No war.", "avoid": ["War"]}, {"text": "Love, please.", "look_for": ["love"]}])
    moved = shifts(crowd(one, 1))[0]
    np.testing.assert_allclose(moved[GENRE == WAR], RULED_OUT, atol=1e-5)
    np.testing.assert_allclose(moved[GENRE == LOVE], LOOKED_FOR, atol=1e-5)
    np.testing.assert_allclose(moved[GENRE == CRIME], 0, atol=1e-5)


def test_what_is_ruled_out_is_hardly_chosen_any_more() -> None:
    tastes = {"genres": {"liked": ["Love"]}}
    said = persona(tastes=tastes, instructions=[{"text": "No war.", "avoid": ["War"]}])
    rows = {name: lived(crowd(one, 80), 20) for name, one in (("said", said), ("silent", persona(tastes=tastes)))}
    share = {}
    for name, seen in rows.items():
        war = seen["item_id"].str[1:].astype(int) % 4 == WAR
        share[name] = seen["clicked"][war].mean()
    assert share["said"] < 0.25 * share["silent"], share


def test_instructions_are_given_once_on_the_first_page_of_the_first_visit() -> None:
    one = persona(instructions=[{"text": "No war."}, {"text": "Short ones."}])
    people = joined(crowd(one, 2), crowd(persona(id="other"), 1))
    first = appraised(people)
    assert first.action is not None and first.action_argument is not None
    assert first.action.tolist() == [Action.INSTRUCT, Action.INSTRUCT, Action.NEXT_PAGE]
    assert first.action_argument.tolist() == ["No war. Short ones.", "No war. Short ones.", None]
    assert appraised(people, page=1).action is None and appraised(people, session=1).action is None
    rows = lived(crowd(one, 60), 20)
    told = rows[(rows["action"] == Action.INSTRUCT) & (rows["position"] == 0)]
    assert len(told) > 20 and not told.duplicated("user_id").any()
    assert (told["session"] == 0).all() and (told["page"] == 0).all()


CONTEXTS: tuple[tuple[dict[str, Any], dict[str, Any], bool], ...] = (
    ({}, {}, True),
    ({"hours": [6, 10]}, {"clock_s": 6 * 3600.0}, True),
    ({"hours": [6, 10]}, {"clock_s": 10 * 3600.0 - 1}, True),
    ({"hours": [6, 10]}, {"clock_s": 10 * 3600.0}, False),
    ({"hours": [6, 10]}, {"clock_s": 3 * DAY + 7 * 3600.0}, True),
    ({"hours": [22, 4]}, {"clock_s": 23 * 3600.0}, True),
    ({"hours": [22, 4]}, {"clock_s": DAY + 3.9 * 3600}, True),
    ({"hours": [22, 4]}, {"clock_s": 4 * 3600.0}, False),
    ({"hours": [22, 4]}, {"clock_s": 12 * 3600.0}, False),
    ({"hours": [0, 24]}, {"clock_s": DAY - 1}, True),
    ({"hours": [22, 24]}, {"clock_s": DAY - 1}, True),
    ({"hours": [22, 24]}, {"clock_s": DAY}, False),
    ({"hours": [22, 0]}, {"clock_s": 23 * 3600.0}, True),
    ({"hours": [22, 0]}, {"clock_s": 3600.0}, False),
    ({"days": "weekday"}, {"clock_s": 5 * DAY - 1}, True),
    ({"days": "weekday"}, {"clock_s": 5 * DAY}, False),
    ({"days": "weekend"}, {"clock_s": 6.9 * DAY}, True),
    ({"days": "weekend"}, {"clock_s": 7 * DAY}, False),
    ({"energy": "tired"}, {"fatigue": 0.36}, True),
    ({"energy": "tired"}, {"fatigue": 0.35}, False),
    ({"energy": "fresh"}, {"fatigue": 0.35}, True),
    ({"energy": "fresh"}, {"fatigue": 0.36}, False),
    ({"mood": "low"}, {"mood": -0.21}, True),
    ({"mood": "low"}, {"mood": -0.2}, False),
    ({"mood": "good"}, {"mood": 0.21}, True),
    ({"mood": "good"}, {"mood": 0.0}, False),
    ({"hours": [6, 10], "energy": "tired"}, {"clock_s": 7 * 3600.0, "fatigue": 0.1}, False),
    ({"hours": [6, 10], "energy": "tired"}, {"clock_s": 7 * 3600.0, "fatigue": 0.5}, True),
)


@pytest.mark.parametrize(("context", "now", "due"), CONTEXTS, ids=str)
def test_a_routine_holds_in_its_context_and_in_no_other(
    context: dict[str, Any], now: dict[str, Any], due: bool
) -> None:
    moved = shifts(crowd(routine(context), 1), **now)[0]
    np.testing.assert_allclose(moved, np.where((GENRE == WAR) & due, LOOKED_FOR, 0), atol=1e-5)


def test_a_routine_looks_for_avoids_and_leaves() -> None:
    people = crowd(routine(action={"look_for": ["War"], "avoid": ["Love"], "leave": True}), 1)
    moved = shifts(people)[0]
    np.testing.assert_allclose(moved[GENRE == WAR], LOOKED_FOR, atol=1e-5)
    np.testing.assert_allclose(moved[GENRE == LOVE], AVOIDED, atol=1e-5)
    action = appraised(people).action
    assert action is not None and action.tolist() == [Action.LEAVE]


def test_who_means_to_leave_gives_no_instructions_and_visits_that_a_routine_ends_are_shorter() -> None:
    leaves = {"when": "x", "then": "y", "action": {"leave": True}}
    one = persona(routines=[leaves], instructions=[{"text": "No war."}])
    action = appraised(crowd(one, 1)).action
    assert action is not None and action.tolist() == [Action.LEAVE]
    pages = []
    for routines in ([leaves], []):
        rows = lived(crowd(persona(routines=routines), 80), 15)
        pages.append(rows.drop_duplicates(["user_id", "turn"]).groupby("user_id").size().sum()
                     / rows.drop_duplicates(["user_id", "session"]).shape[0])  # fmt: skip
    assert pages[0] < 0.75 * pages[1]


def test_a_routine_is_kept_as_often_as_is_said_and_for_the_whole_visit() -> None:
    people = crowd(routine(chance=0.3), 2000)
    kept = shifts(people)[:, WAR] > 0.5
    assert kept.mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(shifts(people, page=4, turn=9)[:, WAR] > 0.5, kept)
    again = shifts(people, session=1)[:, WAR] > 0.5
    assert again.mean() == pytest.approx(0.3, abs=0.03)
    assert (again & kept).mean() == pytest.approx(0.09, abs=0.02), "each visit has luck of its own"


def test_nobody_elses_rows_change_and_a_row_does_not_depend_on_the_scene() -> None:
    loud = persona(
        id="loud",
        tastes={"genres": {"disliked": ["War"]}},
        routines=[{"when": "x", "then": "y", "action": {"look_for": ["Love"], "leave": True}, "probability": 0.5}],
        instructions=[{"text": "No crime.", "avoid": ["Crime"]}],
    )
    guests = from_personas([loud, persona(id="mute")], shop(), size=6, seed=SEED)
    people = joined(from_log(shop(), size=20, seed=SEED), guests)
    scene = scene_of(people)
    said, silent = (drive(mind(people).appraise(scene)) for mind in (mind_of, plain_mind_of))
    others = np.flatnonzero(people.cluster != "loud")
    for name in ("want", "taste", "rating", "mood", "source"):
        np.testing.assert_array_equal(getattr(said, name)[others], getattr(silent, name)[others])
    assert said.action is not None and (said.action[others] == Action.NEXT_PAGE).all()
    for some in (np.array([22, 3]), np.arange(20, 26), np.array([0])):
        part = replace(
            scene, **{n: getattr(scene, n)[some] for n in ("rows", "keys", "items", "noticed", "page", "session")}
        )
        alone = drive(mind_of(people).appraise(part))
        np.testing.assert_array_equal(alone.want, said.want[some])
        action = np.zeros(some.size) if alone.action is None else alone.action
        np.testing.assert_array_equal(action, said.action[some])


def test_empty_places_and_unknown_names_move_nothing() -> None:
    one = persona(
        tastes={"genres": {"disliked": ["Opera"]}, "examples": {"disliked": ["No such story"]}},
        routines=[{"when": "x", "then": "y", "action": {"look_for": ["Polka"]}}],
    )
    assert np.abs(shifts(crowd(one, 1))).max() == 0
    scene = scene_of(crowd(persona(tastes={"genres": {"disliked": ["Crime"]}}), 1))
    blank = replace(scene, items=np.full((1, 4), -1, dtype=np.int32), noticed=np.zeros((1, 4), dtype=np.bool_))
    assert np.isfinite(drive(mind_of(scene.people).appraise(blank)).want).all()


def test_people_who_say_nothing_have_the_statistical_mind_itself() -> None:
    for people in (from_log(shop(), size=5, seed=SEED), crowd(persona(), 3)):
        assert type(mind_of(people)) is StatisticalMind
    people = crowd(persona(tastes={"genres": {"disliked": ["War"]}}), 3)
    mind = mind_of(people)
    assert isinstance(mind, StatedMind) and mind.name == NAMED
    np.testing.assert_array_equal(mind.usual, plain_mind_of(people).usual)


def test_only_the_constants_that_act_are_told() -> None:
    assert constants([persona()]) == []
    names = [name for name, _, _ in constants([persona(tastes={"genres": {"disliked": ["War"]}}), routine()])]
    assert names == ["dislikes", "looked for", "avoided"]
    by_title = persona(tastes={"examples": {"disliked": ["Nothing"]}})
    asks = persona(instructions=[{"text": "More war.", "look_for": ["War"]}])
    assert "ruled out" in [name for name, _, _ in constants([by_title])]
    assert [name for name, _, _ in constants([asks])] == ["ruled out", "looked for"]
