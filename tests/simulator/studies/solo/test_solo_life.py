"""A life is what a run has of the same person; it goes back, branches and is undone exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lives import BY_HAND, rows_of_life, rows_of_person, same_state, shown, slates_of, state_of
from small_runs import rows_of, same_rows

from recommenders.contract import Feedback
from recommenders.host import Host
from simulator.records import UserInputError
from simulator.studies.solo.changes import SetFatigue, SetLayout, SetMood, SetTrait
from simulator.studies.solo.life import Life, Shown
from simulator.studies.solo.lived import Source
from simulator.studies.solo.past import read_past
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.setting import Setting


@pytest.fixture
def life(setting: Setting) -> Iterator[Life]:
    made = setting.life(str(setting.everyone.user_ids[3]))
    yield made
    made.close()


@pytest.fixture(scope="module")
def rows(run_of_people: Path) -> pd.DataFrame:
    return rows_of(run_of_people)


def people_of_the_run(setting: Setting, rows: pd.DataFrame, arm: str) -> list[str]:
    """Some of the log, and some strangers, who have the most pages."""
    there = rows[rows["arm"] == arm].groupby("user_id")["turn"].nunique().sort_values(ascending=False)
    strangers = set(setting.everyone.user_ids[setting.everyone.source < 0].tolist())
    busy = there.index.tolist()
    return [one for one in busy if one not in strangers][:6] + [one for one in busy if one in strangers][:4]


@pytest.mark.parametrize(("arm", "seed"), [("clever", 5), ("clever", 6), ("learning", 5)])
def test_a_life_with_the_pages_of_a_run_is_that_of_the_run(
    arm: str, seed: int, setting: Setting, rows: pd.DataFrame
) -> None:
    """Bit for bit: wants, clicks, seconds, ratings, moods, satisfaction, visits; people of the log and strangers."""
    for user in people_of_the_run(setting, rows, arm):
        mine = rows_of_person(rows, arm=arm, seed=seed, user_id=user)
        life = setting.life(user, seed=seed)
        for slate in slates_of(mine, life):
            life.show(slate, BY_HAND)
        assert same_rows(rows_of_life(life), mine), user
        life.close()


def test_a_recommender_shows_what_it_shows_in_a_run(setting: Setting, rows: pd.DataFrame) -> None:
    """It knows what was chosen and shown before, and when a visit began."""
    for user in people_of_the_run(setting, rows, "clever"):
        life = setting.life(user)
        for slate in slates_of(rows_of_person(rows, arm="clever", seed=5, user_id=user), life):
            assert [one.item for one in life.recommend("clever")] == slate
            life.show(slate, BY_HAND)
        life.close()


def test_one_that_learns_is_told_each_page_once_and_after_going_back_those_that_are_left(
    setting: Setting, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, observe = [], Host.observe

    def heard(host: Host, feedback: Feedback) -> None:
        told.append(feedback.turn)
        observe(host, feedback)

    monkeypatch.setattr(Host, "observe", heard)
    life = setting.life(people_of_the_run(setting, rows, "learning")[0])
    for _ in range(2):
        shown(life, 3, "learning")
        life.recommend("learning")
        assert told == [lived.turn for lived in life.turns]
    told.clear()
    life.back(2)
    life.recommend("learning")
    assert told == [lived.turn for lived in life.turns] and len(told) == 4
    life.close()


def test_a_person_of_a_run_goes_on_from_any_turn(setting: Setting, run_of_people: Path, rows: pd.DataFrame) -> None:
    """Met in the midst of it and shown what the run showed then, they end where the run ended; and one may go back
    behind that."""
    user = people_of_the_run(setting, rows, "clever")[0]
    mine = rows_of_person(rows, arm="clever", seed=6, user_id=user)
    whole = setting.life(user, seed=6)
    slates = slates_of(mine, whole)
    for slate in slates:
        whole.show(slate, BY_HAND)
    turn = whole.turns[3].turn
    past = read_past(run_of_people, setting.catalog, user=user, turn=turn, arm="clever", seed=6)
    life = setting.life(PersonSource(origin="run", user_id=user, past=past, label="somebody of a run"))
    assert life.seed == 6 and {lived.source for lived in life.turns} == {Source(kind="journal", name="clever")}
    assert [replace(one, source=BY_HAND) for one in life.turns] == list(whole.turns[:4])
    for slate in slates[4:]:
        life.show(slate, BY_HAND)
    assert same_rows(rows_of_life(life), mine) and life.turns[4:] == whole.turns[4:]
    life.back(len(slates) - 2)
    life.show(slates[2], BY_HAND)
    assert life.turns[2] == whole.turns[2]
    with pytest.raises(UserInputError, match="did not live these pages"):
        setting.life(PersonSource(origin="run", user_id=str(setting.everyone.user_ids[0]), past=past, label="another"))


def test_the_same_steps_are_the_same_life(setting: Setting, life: Life) -> None:
    shown(life, 3)
    life.change(SetTrait("patience", 1.5))
    shown(life, 2, "learning")
    again = setting.life(life.user_id)
    again.relive(life.steps)
    assert again.turns == life.turns and again.now == life.now and same_rows(rows_of_life(again), rows_of_life(life))
    other = setting.life(life.user_id, seed=99)
    other.relive(life.steps[:1])
    assert other.turns[0] != life.turns[0]
    again.close()
    other.close()


def test_going_back_restores_what_was(life: Life) -> None:
    """Every array that the next page is computed from, what is blocked, how they feel, and what recommenders would
    show: also those that learn."""
    shown(life, 2)
    life.change(SetMood(0.6))
    life.change(SetLayout("grid"))
    shown(life, 1)
    life.change(SetTrait("pickiness", 2.0))
    was = state_of(life), life.now, life.recommend("clever"), life.recommend("learning"), life.turns
    shown(life, 1, "learning")
    life.change(SetTrait("pickiness", -2.0))
    shown(life, 3, "learning")
    life.back(4)
    assert (life.now, life.recommend("clever"), life.recommend("learning"), life.turns) == was[1:]
    assert same_state(state_of(life), was[0])
    assert life.layout == "grid" and life.traits["pickiness"] == 2.0
    life.back(3)
    assert life.turns == () and life.steps == () and life.layout == "list" and life.now.session == -1


def test_undo_takes_back_one_step_at_a_time(life: Life) -> None:
    moments = [(life.steps, life.now, state_of(life))]
    for change in (SetFatigue(0.5), SetTrait("activity", -1.0), SetLayout("feed")):
        life.change(change)
        moments.append((life.steps, life.now, state_of(life)))
        shown(life, 1)
        moments.append((life.steps, life.now, state_of(life)))
    moments.pop()
    for steps, now, state in reversed(moments):
        undone = life.forget_step()
        assert (life.steps, life.now) == (steps, now) and same_state(state_of(life), state)
        assert undone not in life.steps[len(steps) :]
    with pytest.raises(UserInputError, match="nothing was done"):
        life.forget_step()


def test_a_branch_leaves_the_other_line_as_it_was(life: Life) -> None:
    """From the third page on, once with the one recommender and once with the other, and back to the first."""
    shown(life, 2)
    shown(life, 3, "clever")
    one = life.steps, life.turns, rows_of_life(life)
    life.back(3)
    shown(life, 3, "learning")
    assert life.turns[:2] == one[1][:2] and life.turns[2:] != one[1][2:]
    life.relive(one[0])
    assert life.turns == one[1] and same_rows(rows_of_life(life), one[2])


def test_a_visit_that_has_ended_opens_again_when_a_page_is_shown(life: Life) -> None:
    """They come back after the time that they stayed away, rested."""
    while not life.turns or not life.turns[-1].left:
        shown(life, 1)
    last = life.turns[-1]
    assert not life.now.in_session and life.now == last.after and last.return_gap_s is not None
    shown(life, 1)
    first = life.turns[-1]
    assert first.session == last.session + 1 and first.page == 0 and first.before.in_session
    assert first.before.clock_s == pytest.approx(last.after.clock_s + last.return_gap_s)
    assert first.before.fatigue < last.after.fatigue and first.before.mood == 0 and first.before.chosen == 0
    life.back(1)
    life.wait()
    assert life.now == first.before
    with pytest.raises(UserInputError, match="their visit goes on"):
        life.wait()


def test_what_would_be_made_of_an_item_is_what_is_made_of_it(life: Life) -> None:
    """The want, what moves it and the chance; and asking changes nothing."""
    shown(life, 2)
    items = [one.item for one in life.recommend()]
    before = state_of(life)
    thought = life.appraise(items)
    assert same_state(state_of(life), before)
    lived = life.show(items, BY_HAND)
    seen = {place.item: place for place in lived.places if place.noticed}
    assert seen
    for place in thought:
        if place.item in seen:
            real = seen[place.item]
            assert (place.want, place.chance, place.pulls) == (real.want, real.chance, real.pulls)
    assert len(life.appraise(range(12))) == 12


def test_drives_and_pulls_are_told_by_name(life: Life) -> None:
    lived = shown(life, 1)[0]
    assert set(lived.drives) == {"sated", "tired", "bored", "dissatisfied", "intended"}
    noticed = [place for place in lived.places if place.noticed]
    assert noticed and {"boredom", "novelty", "pickiness"} <= noticed[0].pulls.keys()


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([], "there is no item on it"),
        ([4, 4], "is on it twice"),
        ([10**6], "there is no row 1000000"),
        ([-1], "there is no row -1"),
        (list(range(6)), "it has 5 places"),
    ],
)
def test_a_page_that_may_not_be_is_refused_with_what_is_wrong(items: list[int], says: str, life: Life) -> None:
    with pytest.raises(UserInputError, match=says):
        life.show(items, BY_HAND)
    assert life.turns == () and life.steps == ()


def test_what_was_chosen_or_shown_is_not_shown_again(life: Life) -> None:
    (chosen,) = life.history[:1]
    with pytest.raises(UserInputError, match="was chosen before"):
        life.show([chosen], BY_HAND)
    assert chosen not in [one.item for one in life.search(life.catalog[chosen].title)]
    lived = shown(life, 1)[0]
    if not lived.left:
        passed = next(place.item for place in lived.places if not place.clicked)
        with pytest.raises(UserInputError, match="was shown in this visit already"):
            life.show([passed], BY_HAND)


def test_items_are_found_by_title_maker_and_category(life: Life) -> None:
    item = next(one for row, one in enumerate(life.catalog) if row not in life.history and one.title)
    assert life.search(item.title.upper())[0].item_id == item.item_id
    by_category = life.search(item.categories[0], k=8)
    assert len(by_category) == 8
    words = item.categories[0].casefold()
    assert all(words in " ".join((one.title, one.creator, *one.categories)).casefold() for one in by_category)
    assert life.search("zzzz") == () and life.search("  ?! ") == ()


def test_unknown_names_are_refused_with_a_cure(setting: Setting, life: Life) -> None:
    with pytest.raises(UserInputError, match="nobody of"):
        setting.life("nobody at all")
    with pytest.raises(UserInputError, match="als"):
        life.recommend("alss")
    with pytest.raises(UserInputError, match="back: 1 pages"):
        life.back(1)
    assert life.steps == ()


def test_a_stranger_of_the_setting_had_their_warm_up(setting: Setting) -> None:
    """Whether they are of the scenario's people, or come in from elsewhere with the same persona under another id."""
    row = int(np.flatnonzero(setting.everyone.source < 0)[0])
    persona = setting.everyone.persona(row)
    one = setting.life(persona)
    other = setting.life(persona.model_copy(update={"id": "somebody-else"}))
    assert one.history and other.history and one.persona == persona
    assert one.user_id == persona.id and other.user_id == "somebody-else"
    shown(other, 2)
    one.close()
    other.close()


def test_memories_and_intent_are_told_in_words(setting: Setting, life: Life) -> None:
    shown(life, 6)
    told = life.strongest_memories(4)
    assert len(told) == 4 and [strength for _, strength in told] == sorted((s for _, s in told), reverse=True)
    assert all(0 < strength <= 1 and text for text, strength in told)
    stranger = next(one for one in setting.everyone.personas if one is not None and one.goals and one.instructions)
    here = setting.life(stranger)
    shown(here, 3)  # the service has heard the standing instruction
    for told, begins in ((here.intent(), "Goals: "), (here.intent(spoken=True), "I am here for this: ")):
        assert told.startswith(begins) and stranger.goals[0] in told
        assert told.count(stranger.instructions[0].text) == 1
        assert not any(wrong in told for wrong in ("..", ".”.", "You", "  "))
    here.close()


def test_time_may_pass_for_who_left_whatever_was_asked_of_them_since(life: Life) -> None:
    while not shown(life, 1)[0].left:
        pass
    gone = life.now.clock_s
    life.intent()
    life.wait()
    assert life.now.in_session and life.now.clock_s > gone
    with pytest.raises(UserInputError, match="visit goes on"):
        life.wait()


def test_a_visit_that_nothing_much_ended_is_simply_over(life: Life) -> None:
    (page,) = shown(life, 1)
    weak = {"tired": 0.3, "bored": 0.2, "intended": 0.0}
    left = replace(page, left=True, leave_reason="tired", drives=weak)
    assert left.simply_over
    assert not replace(left, drives={**weak, "bored": 0.5}).simply_over  # twice the odds of leaving
    assert not replace(left, left=False).simply_over and not replace(left, drives={}).simply_over
    assert not replace(left, leave_reason="intended").simply_over


def test_steps_name_what_was_done(life: Life) -> None:
    source = Source(kind="recommender", name="clever")
    items = tuple(one.item for one in life.recommend("clever"))
    life.show(items, source)
    assert life.steps == (Shown(items=items, source=source, layout="list"),)
