"""What people do on a page and how they change by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from simulator.behaviour.calibrated import Calibrated
from simulator.behaviour.laws import Laws
from simulator.behaviour.literal import Literal
from simulator.turn import Action, Appraisal, AppraisedBy, LeaveReason, Page

KINDS = ["cascade", "position_based", "user_browsing"]


def taken(appraisal: Appraisal, rows: Any) -> Appraisal:
    values = {f.name: getattr(appraisal, f.name) for f in fields(appraisal)}
    return replace(appraisal, **{name: v[rows] for name, v in values.items() if isinstance(v, np.ndarray)})


def assert_same(a: Page, b: Page, rows: Any) -> None:
    for f in fields(a):
        if f.name != "extra":
            np.testing.assert_array_equal(getattr(a, f.name)[rows], getattr(b, f.name), err_msg=f.name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["list", "grid", "carousel", "feed"])
def test_what_is_clicked_was_examined_and_what_is_examined_was_noticed(new_stage: Any, kind: str, layout: str) -> None:
    stage = new_stage(Laws.configure({"examination": {"kind": kind}}))
    stage.state.fatigue[:] = np.linspace(0, 0.9, 200)
    items = stage.random_items(200)
    items[::7, 6:] = -1
    scene = stage.scene(np.arange(200), items, layout=layout)
    page = stage.behaviour.behave(scene, stage.appraisal(scene, want=0.0))
    assert page.clicked.any()
    assert (page.examined & ~page.clicked).any()
    assert not (page.clicked & ~page.examined).any()
    assert not (page.examined & ~page.noticed).any()
    assert not (page.noticed & ~page.shown).any()
    assert page.examined[:, 0].all(), "the first place is always examined"


@pytest.mark.parametrize("kind", KINDS)
def test_rows_do_not_depend_on_who_else_is_in_the_batch(new_stage: Any, kind: str) -> None:
    stage = new_stage(Laws.configure({"examination": {"kind": kind}}))
    for turn in range(4):
        stage.live(turn)
    rng, rows = np.random.default_rng(0), np.arange(200)
    scene = stage.scene(rows, stage.random_items(200), turn=9)
    appraisal = stage.appraisal(scene)
    appraisal.want[:] = rng.normal(-1, 1, appraisal.want.shape)
    appraisal.rating[:] = rng.uniform(1, 5, appraisal.want.shape)
    appraisal.mood[:] = rng.uniform(-1, 1, 200)
    whole = stage.behaviour.behave(scene, appraisal)
    for part in (np.array([17]), np.arange(3), rng.choice(200, 77, replace=False)):
        alone = stage.scene(rows[part], scene.items[part], turn=9)
        assert_same(whole, stage.behaviour.behave(alone, taken(appraisal, part)), part)


def test_the_state_after_a_page_is_the_same_from_the_journal_and_without_arriving(new_stage: Any) -> None:
    lived, replayed = new_stage(), new_stage()
    for turn in range(25):
        page = lived.live(turn, want=-1.0)
        values = {f.name: getattr(page, f.name) for f in fields(page) if f.name not in ("extra", "sim_time")}
        kept = {n: v.astype(np.float32) if v.dtype.kind == "f" else v.copy() for n, v in values.items()}
        replayed.state.advance(replace(page, **kept), turn)
    assert (lived.state.session > 0).any()
    for name in vars(lived.state):
        value = getattr(lived.state, name)
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, getattr(replayed.state, name), err_msg=name)


def test_the_same_seed_gives_the_same_life_and_another_seed_another(new_stage: Any) -> None:
    one, same, other = (new_stage(seed=s) for s in (5, 5, 6))
    pages = [[s.live(t) for t in range(6)] for s in (one, same, other)]
    for a, b in zip(pages[0], pages[1], strict=True):
        assert_same(a, b, np.arange(len(a)))
    assert [len(p) for p in pages[0]] != [len(p) for p in pages[2]]


def test_clicks_fall_over_the_pages_of_a_session_because_people_tire(new_stage: Any) -> None:
    fresh: dict[str, Any] = {"boredom": {"weight": 0.0}, "repeat_exposure": {"mere": 0.0, "wear": 0.0}}
    tireless, tired = Laws.configure({**fresh, "fatigue": {"depth": 0.0}}), Laws.configure(fresh)
    rates = []
    for laws in (tired, tireless):
        stage = new_stage(laws)
        clicks = []
        for turn in range(6):
            scene = stage.scene(np.arange(200), stage.random_items(200, turn), turn)
            page = stage.behaviour.behave(scene, stage.appraisal(scene, want=-1.0))
            stage.state.advance(replace(page, left=np.zeros(200, dtype=np.bool_)), turn)
            clicks.append(page.clicked.mean())
        rates.append(clicks)
    assert rates[0][0] == rates[1][0], "on the first page nobody is tired yet"
    share = np.array(rates[0]) / np.array(rates[1])
    assert np.polyfit(np.arange(6), share, 1)[0] < -0.02
    assert share[3:].mean() < 0.88


def test_boredom_hits_what_is_like_the_things_just_seen(stage: Any) -> None:
    genre = stage.split.catalog.categories[:, 0] > 0
    alike = np.flatnonzero(genre & ((stage.split.catalog.categories > 0).sum(axis=1) == 1))[:10]
    other = np.flatnonzero(~genre)[:10]
    before = clicks_on(stage, alike), clicks_on(stage, other)
    for turn in range(6):
        scene = stage.scene(np.arange(200), np.tile(alike, (200, 1)), turn)
        page = stage.behaviour.behave(scene, stage.appraisal(scene, want=-20.0))
        stage.state.advance(replace(page, left=np.zeros(200, dtype=np.bool_)), turn)
    stage.state.fatigue[:] = 0
    stage.state.exposures[:] = 0
    assert clicks_on(stage, alike) < 0.9 * before[0]
    assert clicks_on(stage, other) == pytest.approx(before[1], rel=0.03)


def clicks_on(stage: Any, items: Any) -> float:
    """Click rate on these ten items, over many turns of luck and without living them."""
    total = 0.0
    for turn in range(100, 115):
        scene = stage.scene(np.arange(200), np.tile(items, (200, 1)), turn)
        total += float(stage.behaviour.behave(scene, stage.appraisal(scene, want=-1.0)).clicked.mean())
    return total / 15


def test_an_item_shown_again_and_again_is_clicked_less(stage: Any) -> None:
    items = np.arange(10)
    before = clicks_on(stage, items)
    stage.state.exposures[:, :10] = 20
    assert clicks_on(stage, items) < 0.75 * before


def test_conformers_click_more_on_what_is_popular(stage: Any) -> None:
    rank = np.argsort(stage.people.popularity)
    people = stage.people
    gain = {}
    for level in (-2.0, 2.0):
        stage.people = replace(people, conformity=np.full(200, level, dtype=np.float32))
        gain[level] = clicks_on(stage, rank[-10:]) - clicks_on(stage, rank[:10])
    assert gain[2.0] > 0 > gain[-2.0]


def test_wanted_pages_please_and_are_clicked_more(stage: Any) -> None:
    scene = stage.scene(np.arange(200), stage.random_items(200))
    dull = stage.behaviour.behave(scene, stage.appraisal(scene, want=-4.0, rating=2.0))
    good = stage.behaviour.behave(scene, stage.appraisal(scene, want=0.0, rating=4.5))
    assert good.clicked.sum() > 3 * dull.clicked.sum()
    assert (dull.clicked <= good.clicked).mean() > 0.98, "the same person has the same luck"
    assert good.satisfaction.mean() > dull.satisfaction.mean() + 1


def test_an_empty_page_ends_the_session(stage: Any) -> None:
    scene = stage.scene(np.arange(3), np.full((3, 10), -1))
    page = stage.behaviour.behave(scene, stage.appraisal(scene))
    assert page.left.all()
    assert (page.leave_reason == LeaveReason.NOTHING_SHOWN).all()
    assert np.isfinite(page.satisfaction).all()
    assert np.isfinite(page.return_gap_s).all()


def test_garbage_at_places_that_were_not_noticed_changes_nothing(stage: Any) -> None:
    scene = stage.scene(np.arange(200), stage.random_items(200))
    clean, dirty = stage.appraisal(scene), stage.appraisal(scene)
    dirty.want[~scene.noticed], dirty.rating[~scene.noticed] = np.nan, 99.0
    assert_same(stage.behaviour.behave(scene, clean), stage.behaviour.behave(scene, dirty), np.arange(200))


def test_ratings_dwell_and_likes_belong_to_clicks_alone(stage: Any) -> None:
    scene = stage.scene(np.arange(200), stage.random_items(200))
    page = stage.behaviour.behave(scene, stage.appraisal(scene, want=0.0))
    assert (page.dwell_s[page.clicked] > 0).all()
    assert (page.dwell_s[~page.clicked] == 0).all()
    rated = ~np.isnan(page.rating)
    assert rated.any()
    assert not (rated & ~page.clicked).any()
    assert not (page.liked & ~page.clicked).any()
    assert set(page.rating[rated].tolist()) <= {1.0, 2.0, 3.0, 4.0, 5.0}


def test_stored_numbers_are_as_wide_as_the_journal_keeps_them(stage: Any) -> None:
    page = stage.live(0)
    wide = {f.name: getattr(page, f.name).dtype for f in fields(page) if f.name not in ("extra", "sim_time")}
    assert not [name for name, kind in wide.items() if kind == np.float64]


def test_clocks_only_go_forward_and_pages_count_within_a_session(stage: Any) -> None:
    clock, seen = stage.state.clock_s.copy(), {}
    for turn in range(25):
        page = stage.live(turn)
        assert (stage.state.clock_s >= clock).all()
        clock = stage.state.clock_s.copy()
        for row, session, number in zip(page.rows, page.session, page.page, strict=True):
            last = seen.get(row)
            assert (session, number) == ((0, 0) if last is None else last)
            left = bool(page.left[page.rows == row][0])
            seen[row] = (session + 1, 0) if left else (session, number + 1)
    assert max(session for session, _ in seen.values()) > 2


def test_people_who_left_rest_and_return_when_their_gap_is_over(stage: Any) -> None:
    page = stage.live(0)
    gone = page.rows[page.left]
    gap = page.return_gap_s[page.left]
    assert (stage.state.opens_at[gone] == stage.laws.returning.turns(gap)).all()
    assert (stage.state.fatigue[gone] < page.fatigue[page.left]).all()
    assert not np.isin(gone[stage.state.opens_at[gone] > 1], stage.state.arrive(1)).any()


def test_a_mind_that_wants_to_search_does_so_if_the_person_stays(stage: Any) -> None:
    scene = stage.scene(np.arange(200), stage.random_items(200))
    search = np.full(200, Action.SEARCH, dtype=np.int8)
    page = stage.behaviour.behave(scene, stage.appraisal(scene, action=search))
    assert (page.action == np.where(page.left, Action.LEAVE, Action.SEARCH)).all()
    plain = stage.behaviour.behave(scene, stage.appraisal(scene))
    np.testing.assert_array_equal(page.left, plain.left)


def test_a_wish_to_leave_makes_more_people_leave(stage: Any) -> None:
    scene = stage.scene(np.arange(200), stage.random_items(200))
    wish = stage.appraisal(scene, action=np.full(200, Action.LEAVE, dtype=np.int8))
    page, plain = stage.behaviour.behave(scene, wish), stage.behaviour.behave(scene, stage.appraisal(scene))
    assert 1.3 * plain.left.sum() < page.left.sum() < 200
    assert (page.leave_reason == LeaveReason.INTENDED).sum() > 20


def test_literal_takes_stated_clicks_ratings_and_actions_as_they_are(new_stage: Callable[..., Any]) -> None:
    stage = new_stage(kind=Literal)
    scene = stage.scene(np.arange(200), stage.random_items(200))
    clicks = np.random.default_rng(0).random((200, 10)) < 0.3
    action = np.where(np.arange(200) % 2, Action.LEAVE, Action.NEXT_PAGE).astype(np.int8)
    told = np.full(200, AppraisedBy.LLM, dtype=np.int8)
    stated = stage.appraisal(scene, want=-20.0, rating=2.0, clicks=clicks, action=action, source=told)
    page = stage.behaviour.behave(scene, stated)
    np.testing.assert_array_equal(page.clicked, clicks & scene.noticed)
    assert (page.rating[page.clicked] == 2.0).all()
    assert not page.liked.any()
    np.testing.assert_array_equal(page.left, action == Action.LEAVE)
    assert set(page.leave_reason[page.left].tolist()) == {LeaveReason.INTENDED}


def test_literal_falls_back_on_the_laws_where_a_mind_states_nothing(new_stage: Callable[..., Any]) -> None:
    literal, calibrated = new_stage(kind=Literal), new_stage()
    pages = []
    for stage in (literal, calibrated):
        scene = stage.scene(np.arange(200), stage.random_items(200))
        pages.append(stage.behaviour.behave(scene, stage.appraisal(scene)))
    assert_same(pages[0], pages[1], np.arange(200))


def test_literal_falls_back_on_the_laws_for_each_person_for_whom_another_mind_stood_in(
    new_stage: Callable[..., Any],
) -> None:
    literal, calibrated = new_stage(kind=Literal), new_stage()
    silent = np.arange(0, 200, 3)
    source = np.full(200, AppraisedBy.LLM, dtype=np.int8)
    source[silent] = AppraisedBy.FALLBACK
    stated = {
        "clicks": np.zeros((200, 10), dtype=np.bool_),
        "action": np.full(200, Action.NEXT_PAGE, dtype=np.int8),
        "source": source,
    }
    pages = []
    for stage in (literal, calibrated):
        scene = stage.scene(np.arange(200), stage.random_items(200))
        pages.append(stage.behaviour.behave(scene, stage.appraisal(scene, **stated)))
    assert pages[0].clicked[silent].any()
    assert not pages[0].clicked[np.setdiff1d(np.arange(200), silent)].any()
    for name in ("clicked", "examined", "rating", "left", "leave_reason", "dwell_s"):
        np.testing.assert_array_equal(getattr(pages[0], name)[silent], getattr(pages[1], name)[silent], err_msg=name)


@pytest.mark.parametrize("kind", [Calibrated, Literal])
def test_on_a_skipped_page_nothing_happens_and_nobody_changes(new_stage: Callable[..., Any], kind: Any) -> None:
    stage = new_stage(kind=kind)
    scene = stage.scene(np.arange(200), stage.random_items(200))
    stage.state.fatigue[:], stage.state.mood[:] = 0.3, 0.2
    source = np.full(200, AppraisedBy.LLM, dtype=np.int8)
    skipped = np.arange(0, 200, 4)
    source[skipped] = AppraisedBy.SKIPPED
    before = {name: getattr(stage.state, name)[skipped].copy() for name in ("satisfaction", "expectation", "exposures")}
    page = stage.behaviour.behave(scene, stage.appraisal(scene, want=3.0, source=source))
    for name in ("noticed", "examined", "clicked", "liked", "left"):
        assert not getattr(page, name)[skipped].any()
    assert (page.dwell_s[skipped] == 0).all() and np.isnan(page.rating[skipped]).all()
    assert (page.leave_reason[skipped] == LeaveReason.STAYED).all()
    others = np.setdiff1d(np.arange(200), skipped)
    assert page.clicked[others].any() and page.left[others].any()
    stage.state.advance(page, 0)
    assert (stage.state.fatigue[skipped] == np.float32(0.3)).all() and stage.state.in_session[skipped].all()
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(stage.state, name)[skipped], values, err_msg=name)
