"""A mind is asked about people as they are on the day, and sees their state whoever they have become."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from language_pages import Stub, elicitor_of
from persona_worlds import GENRES, N_ITEMS, SEED, persona, shop, taste

from simulator.behaviour.laws import Laws
from simulator.llm.settings import LLMSettings
from simulator.minds.drifting import DriftingMind, drifting
from simulator.minds.language.llm import LLMMind
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.settings import LanguageMindSettings
from simulator.minds.loop import drive
from simulator.minds.stack import NAMED
from simulator.minds.stated import Statements, stated
from simulator.population import Course, Population, from_log, from_personas, joined
from simulator.state import PeopleState
from simulator.turn import Scene, Task, Thought, Thoughts

GENRE = np.arange(N_ITEMS) % 4
WAR, SPACE = GENRES.index("War"), GENRES.index("Space")
CHANGES = [
    {
        "from_day": 2,
        "behaviour": {"patience": 0.95},
        "tastes": {"genres": {"liked": ["War"]}},
        "goals": ["a quiet evening"],
    },
    {"from_day": 5, "tastes": {"genres": {"liked": ["Love"], "disliked": ["War"]}}},
]
WAKES = {"routines": [{"when": "x", "then": "y", "action": {"look_for": ["Space"]}, "context": {"energy": "tired"}}]}


def people() -> Population:
    """Five of the log, one persona who stays and one who changes."""
    tastes = {"genres": {"liked": ["Crime"]}}
    cast = [persona(id="stays", tastes=tastes, **WAKES), persona(id="moves", tastes=tastes, changes=CHANGES, **WAKES)]
    return joined(from_log(shop(), size=5, seed=SEED), from_personas(cast, shop(), seed=SEED))


def scene_at(folk: Population, turn: int, course: Course, rows: Any = None) -> Scene:
    """All items before each person, with a state that differs from person to person."""
    where = np.arange(len(folk), dtype=np.int32) if rows is None else np.asarray(rows, dtype=np.int32)
    state = PeopleState(folk, shop().catalog, Laws(), SEED)
    state.fatigue[:] = np.linspace(0, 0.9, len(folk))
    items = np.tile(np.arange(N_ITEMS, dtype=np.int32), (where.size, 1))
    return Scene(
        people=course.on(turn),
        state=state,
        rows=where,
        keys=folk.keys[where],
        turn=turn,
        items=items,
        noticed=items >= 0,
        page=np.zeros(where.size, dtype=np.int32),
        session=np.ones(where.size, dtype=np.int32),
    )


def mind_of(course: Course) -> Any:
    versions = course.versions
    said = Statements.of(versions, shop().catalog)
    return drifting(stated(taste().block(versions).mind(NAMED, SEED), said, SEED), course)


def test_wants_follow_the_tastes_of_the_day_for_who_changes_and_for_nobody_else() -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)
    want = {turn: drive(mind_of(course).appraise(scene_at(folk, turn, course))).want for turn in (0, 5, 6, 14, 15, 90)}
    for turn in want:
        np.testing.assert_array_equal(want[turn][:6], want[0][:6])
    np.testing.assert_array_equal(want[5][6], want[0][6])
    np.testing.assert_array_equal(want[14][6], want[6][6])
    np.testing.assert_array_equal(want[90][6], want[15][6])
    war = {turn: float(want[turn][6][GENRE == WAR].mean() - want[turn][6][GENRE != WAR].mean()) for turn in want}
    assert war[6] > war[0] + 0.3 and war[15] < war[0] - 0.5, war


def test_a_day_of_somebody_is_what_a_mind_that_was_made_for_that_day_says() -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)
    now = replace(course.on(20), later=None)
    fresh = stated(taste().block(now).mind(NAMED, SEED), Statements.of(now, shop().catalog), SEED)
    for rows in (None, [6], [6, 2], [0, 1]):
        drifted = drive(mind_of(course).appraise(scene_at(folk, 20, course, rows)))
        direct = drive(fresh.appraise(replace(scene_at(folk, 20, course, rows), people=now)))
        for name in ("want", "taste", "rating", "mood", "source"):
            np.testing.assert_array_equal(getattr(drifted, name), getattr(direct, name), err_msg=name)


def test_the_state_that_a_routine_looks_at_is_that_of_the_person() -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)
    scene = scene_at(folk, 20, course)
    tired = drive(mind_of(course).appraise(scene)).want
    scene.state.fatigue[6] = 0.0
    fresh = drive(mind_of(course).appraise(scene)).want
    np.testing.assert_allclose((tired - fresh)[6], np.where(GENRE == SPACE, 1.0, 0.0), atol=1e-5)
    np.testing.assert_array_equal(tired[:6], fresh[:6])


def test_where_nobody_changes_the_mind_is_the_mind() -> None:
    folk = from_log(shop(), size=3, seed=SEED)
    course = Course(folk, turns_per_day=3)
    inner = taste().block(folk).mind(NAMED, SEED)
    assert drifting(inner, course) is inner
    assert isinstance(drifting(inner, Course(people(), 3)), DriftingMind)


def spoken(course: Course, model: Stub) -> DriftingMind:
    """A mind that asks a model, of all versions."""
    versions = course.versions
    inner = LLMMind(
        people=versions,
        catalog=shop().catalog,
        biography=Biography(shop().known, seed=SEED),
        model=model,
        settings=LanguageMindSettings(),
        llm=LLMSettings(model="scripted"),
        statistical=stated(taste().block(versions).mind(NAMED, SEED), Statements.of(versions, shop().catalog), SEED),
        seed=SEED,
        arm="a",
        reflections=1,
    )
    mind = drifting(inner, course)
    assert isinstance(mind, DriftingMind)
    return mind


def on_page(folk: Population, turn: int, course: Course) -> Scene:
    """Six items before each person."""
    page = np.tile(np.arange(6, dtype=np.int32), (len(folk), 1))
    return replace(scene_at(folk, turn, course), items=page, noticed=page >= 0)


def test_the_prompt_changes_on_the_day_and_the_word_of_the_fence_does_not() -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)
    model = Stub()
    mind = spoken(course, model)
    prompts: dict[int, dict[str, str]] = {}
    for turn in (0, 5, 6, 15):
        model.calls.clear()
        asyncio.run(mind.appraise(on_page(folk, turn, course)))
        prompts[turn] = {call.user_id: call.messages[0].content for call in model.calls}
        assert {call.identity[3] for call in model.calls} == {turn}, "calls are about the turn, and the person by name"
    moves = [prompts[turn]["moves"] for turn in (0, 5, 6, 15)]
    assert moves[0] == moves[1] != moves[2] != moves[3]
    assert "a quiet evening" not in moves[1] and "a quiet evening" in moves[2] and "a quiet evening" in moves[3]
    assert 'You like "War"' in moves[2] and 'You dislike "War"' in moves[3]
    words = {prompt.split("<data ")[1][:6] for prompt in moves}
    assert len(words) == 1
    for user in prompts[0].keys() - {"moves"}:
        assert len({prompts[turn][user] for turn in prompts}) == 1


def test_reflections_are_asked_of_the_person_of_the_day() -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)

    def concluded(call: Any, value: dict[str, Any]) -> dict[str, Any]:
        return value if call.kind != "reflection" else {
            "beliefs": [{"text": "So it is.", "confidence": 6, "revises": "", "contradicts": False}]
        }  # fmt: skip

    model = Stub(concluded)
    mind = spoken(course, model)
    scene = on_page(folk, 6, course)
    page = type("Page", (), {"page": scene.page})()
    tasks = [
        Task(index=row, row=row, level="session", episodes=("It rained.",), episode_ids=("e",), beliefs=())
        for row in (6, 1)
    ]
    found = asyncio.run(mind.reflect(scene, page, tasks))
    assert found == {row: Thoughts((Thought(text="So it is.", confidence=0.6),)) for row in (6, 1)}
    asked = {call.user_id: call.messages[0].content for call in model.calls}
    assert set(asked) == {str(folk.user_ids[6]), str(folk.user_ids[1])}
    assert "a quiet evening" in asked["moves"]


@pytest.mark.parametrize("name", ["clock_s", "mood", "fatigue", "trace", "exposures"])
def test_versions_see_the_state_of_their_person_by_row(name: str) -> None:
    folk = people()
    course = Course(folk, turns_per_day=3)
    scene = scene_at(folk, 0, course)
    seen: dict[str, Any] = {}

    class Looks:
        name = "looks"

        async def appraise(self, given: Scene) -> Any:
            seen["state"], seen["rows"], seen["people"] = given.state, given.rows, given.people

    asyncio.run(DriftingMind(Looks(), course).appraise(replace(scene, turn=50)))
    values = np.asarray(getattr(scene.state, name))
    np.testing.assert_array_equal(getattr(seen["state"], name)[seen["rows"]], values[scene.rows])
    assert seen["people"].user_ids[seen["rows"]].tolist() == folk.user_ids.tolist()
    assert seen["state"].laws is scene.state.laws


def test_the_words_of_a_version_are_known_to_an_elicitor_of_all_versions() -> None:
    course = Course(people(), turns_per_day=3)
    asking = elicitor_of(course.versions, shop())
    told = [asking.persona(row) for row in range(len(course.versions))]
    assert told[6] != told[7] != told[8] and asking.fence(6) == asking.fence(7) == asking.fence(8)
