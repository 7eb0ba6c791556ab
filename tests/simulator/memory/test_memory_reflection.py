"""What is worth remembering, and who has reason to reflect."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.memory.episodes import BASE, MOST_ITEMS, drafts, importance
from simulator.memory.records import Op, loads
from simulator.memory.reflection import MOST_EPISODES, level_due
from simulator.memory.settings import MemorySettings, ReflectionLevels
from simulator.turn import Action, LeaveReason, Page, Thoughts

share = st.floats(0, 1)


@settings(deadline=None)
@given(st.lists(st.tuples(share, share), max_size=4), st.integers(0, 3), share)
def test_importance_is_bounded_and_rises_with_each_cause(
    causes: list[tuple[float, float]], at: int, more: float
) -> None:
    given_causes = [(np.array(cause), weight) for cause, weight in causes]
    level = float(importance(*given_causes))
    assert BASE - 1e-12 <= level <= 1
    if at < len(causes):
        cause, weight = causes[at]
        given_causes[at] = (np.array(max(cause, more)), weight)
        assert float(importance(*given_causes)) >= level - 1e-12


def one_page(life: Any) -> tuple[Any, Page]:
    """An early page on which nothing happened, as the usual one."""
    one = life()
    while not (rows := one.state.arrive(one.turn)).size:
        one.turn += 1
    page = one.page(one.scene(rows))
    none = np.zeros_like(page.clicked)
    return one, replace(
        page,
        clicked=none,
        liked=none,
        rating=np.full(page.rating.shape, np.nan, dtype=np.float32),
        action=np.full(len(page), Action.NEXT_PAGE, dtype=np.int8),
        left=np.zeros(len(page), dtype=np.bool_),
        leave_reason=np.full(len(page), LeaveReason.STAYED, dtype=np.int8),
        satisfaction=one.people.expectation[rows],
        mood=np.zeros(len(page), dtype=np.float32),
        extra={},
    )


def lived(one: Any, page: Page) -> Any:
    return drafts(page, one.memory.usual, one.split.catalog)[0]


def test_a_page_like_any_other_leaves_nothing(life: Any) -> None:
    one, page = one_page(life)
    assert lived(one, page) == []


def chosen(page: Page, places: list[int], stars: float) -> Page:
    clicked = page.clicked.copy()
    clicked[:, places] = True
    return replace(page, clicked=clicked, rating=np.where(clicked, np.float32(stars), np.float32(np.nan)))


def test_a_choice_is_an_episode_and_a_surprising_rating_makes_it_important(life: Any) -> None:
    one, page = one_page(life)
    usual = float(one.people.rating_mean[page.rows[0]])
    (dull,) = lived(one, chosen(page, [1], usual))
    (hated,) = lived(one, chosen(page, [1], 1.0))
    assert dull.item == hated.item == page.items[0, 1]
    assert one.split.catalog[dull.item].title[:20] in dull.text and hated.text.endswith("gave it 1")
    assert hated.importance > dull.importance and hated.valence < -0.5 and dull.valence == pytest.approx(0, abs=0.01)


def test_a_change_of_mood_and_a_first_category_make_a_choice_important(life: Any) -> None:
    one, page = one_page(life)
    page = chosen(page, [1], float(one.people.rating_mean[page.rows[0]]))
    one.memory.usual.met[:] = True
    (known,) = lived(one, page)
    (moved,) = lived(one, replace(page, mood=np.ones(len(page), dtype=np.float32)))
    one.memory.usual.met[:] = False
    (first,) = lived(one, page)
    assert known.importance < moved.importance < 1 and known.importance < first.importance < 1


def test_a_category_is_new_only_once(life: Any) -> None:
    one, page = one_page(life)
    one.memory.usual.met[:] = False
    page = chosen(page, [1], 3.0)
    assert one.memory.usual.is_first(page.rows, page.items[:, 1]).all()
    one.memory.usual.apply(page)
    assert not one.memory.usual.is_first(page.rows, page.items[:, 1]).any()


def test_of_many_choices_the_most_important_are_kept(life: Any) -> None:
    one, page = one_page(life)
    page = chosen(page, [0, 1, 2, 3], float(one.people.rating_mean[page.rows[0]]))
    page.rating[:, 3] = 1.0
    kept = lived(one, page)
    assert len(kept) == MOST_ITEMS and kept[0].item == page.items[0, 3]


def test_searches_instructions_and_bad_ends_are_remembered_in_words(life: Any) -> None:
    one, page = one_page(life)
    n = len(page)
    words = np.array(["less war, please"] * n, dtype=object)
    for act, text in ((Action.SEARCH, "you searched for"), (Action.INSTRUCT, "you asked for")):
        acting = replace(page, action=np.full(n, act, dtype=np.int8), extra={"action_argument": words})
        assert lived(one, acting)[0].text.startswith(f"{text} 'less war, please'")
    gone = replace(page, left=np.ones(n, dtype=np.bool_), leave_reason=np.full(n, LeaveReason.BORED, dtype=np.int8))
    assert [draft.text for draft in lived(one, gone)] == ["you left bored"]
    poor = replace(page, satisfaction=np.ones(n, dtype=np.float32))
    assert lived(one, poor)[0].text == "nothing on the page made you choose"


def test_reasons_of_the_model_are_told_with_the_item(life: Any) -> None:
    one, page = one_page(life)
    page = chosen(page, [1], 4.0)
    page.extra["item_reasons"] = np.array(['[null,"the sea"]'] * len(page), dtype=object)
    assert "the sea" in lived(one, page)[0].text or lived(one, page)[0].text.endswith("…")


LEVELS = MemorySettings(kind="episodic", reflection_threshold=1.0, span_sessions=3)


@pytest.mark.parametrize(
    ("left", "session", "gathered", "level"),
    [
        (False, 0, 9.0, None),
        (True, 0, 0.9, None),
        (True, 0, 1.0, "session"),
        (True, 2, 0.1, "span"),
        (True, 2, 0.0, None),
        (True, 5, 5.0, "span"),
    ],
)
def test_people_reflect_at_the_end_of_a_visit_that_mattered_and_after_every_few(
    left: bool, session: int, gathered: float, level: str | None
) -> None:
    assert level_due(LEVELS, left=left, session=session, gathered=gathered) == level


def test_each_level_can_be_switched_off() -> None:
    off = replace(LEVELS, reflection=ReflectionLevels(session=False, span=False))
    assert level_due(off, left=True, session=2, gathered=9.0) is None
    no_span = replace(LEVELS, reflection=ReflectionLevels(span=False))
    assert level_due(no_span, left=True, session=2, gathered=9.0) == "session"


def test_tasks_stand_in_row_order_at_the_end_of_visits_with_what_happened(life: Any) -> None:
    one = life(span_sessions=2).live(30)
    assert {task.level for task in one.tasks} == {"session", "span"}
    left = {(turn, index) for turn, page in one.pages for index in np.flatnonzero(page.left)}
    assert len(one.tasks) <= len(left)
    assert all(0 < len(task.episodes) == len(task.episode_ids) <= MOST_EPISODES[task.level] for task in one.tasks)
    assert any(task.beliefs for task in one.tasks)
    turn, page = next((t, p) for t, p in reversed(one.pages) if p.left.sum() > 2)
    rows = [task.row for task in one.memory.due(page, turn)]
    assert rows == sorted(rows)


def test_a_span_looks_back_further_than_a_session(life: Any) -> None:
    one = life(span_sessions=3, cap=200).live(30)
    reach = {task.level: max(len({i.split("/")[0] for i in t.episode_ids}) for t in one.tasks if t.level == task.level)
             for task in one.tasks}  # fmt: skip
    assert reach["span"] > reach["session"]


def test_a_reflection_that_failed_stays_due_and_one_that_came_does_not(life: Any) -> None:
    patient = {"reflection": ReflectionLevels(span=False), "reflection_threshold": 1.0}
    answered, failed = life(**patient).live(25), life(answers=False, **patient).live(25)
    assert len(failed.tasks) > len(answered.tasks)
    marks = [
        record.op
        for _, page in failed.pages
        for line in page.extra["memories"]
        for record in (loads(line) if line else ())
    ]
    assert Op.REFLECT not in marks


def test_a_reflection_without_beliefs_counts_as_one(life: Any) -> None:
    one = life(reflection_threshold=0.5).live(12)
    turn, page = one.pages[-1]
    lines = one.memory.write(page, turn, {0: Thoughts()})
    assert loads(lines[0])[-1].op is Op.REFLECT


def test_new_beliefs_rest_on_the_episodes_that_were_looked_at(life: Any) -> None:
    one = life().live(10)
    asked = {task.episode_ids for task in one.tasks}
    found = [record for record in one.told if record.text == "I love stories of the sea" and record.op is Op.WRITE]
    assert found and all(record.evidence in asked for record in found)
