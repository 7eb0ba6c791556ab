"""One answer for many people: it depends on archetype, group and mood alone, and people differ by a stated amount."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from simulator.llm.port import Answer, BudgetError, Call
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.archetype import MOODS, ArchetypeMind, Key
from simulator.minds.language.archetypes import Archetypes
from simulator.minds.language.calibration import CalibrationReport, Calibrator, Curve
from simulator.minds.language.item_groups import SIZE, ItemGroups
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.reliability import UnreliableError
from simulator.minds.language.settings import LanguageMindSettings
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.statistical import LIKING
from simulator.population import Population
from simulator.randomness import Stream
from simulator.records import SplitLog
from simulator.turn import Appraisal, AppraisedBy, Scene

SEED, K = 5, 6


class Counted:
    """A scripted model that keeps the calls, and may answer in another order."""

    def __init__(self, llm: LLMSettings, *, shuffle: int | None = None) -> None:
        self._model, self.calls = ScriptedModel(llm), list[Call]()
        self._luck = None if shuffle is None else np.random.default_rng(shuffle)

    async def ask(self, call: Call) -> Answer:
        self.calls.append(call)
        if self._luck is not None:
            await asyncio.sleep(float(self._luck.random()) * 0.01)
        return await self._model.ask(call)

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
def archetypes(people: Population) -> Archetypes:
    return Archetypes.of(people, K, seed=SEED)


@pytest.fixture(scope="module")
def make(stack: TasteStack, people: Population, parts: SplitLog, archetypes: Archetypes) -> Any:
    """Makes a mind for some rows of the people, and the model that it asks."""
    block = stack.block(people)
    biography = Biography(parts.known, seed=SEED)

    def made(shuffle: int | None = None, **changes: Any) -> tuple[ArchetypeMind, Counted]:
        llm = LLMSettings(model="scripted", **changes.pop("llm", {}))
        settings = LanguageMindSettings(kind="archetype", archetypes=K, noise=changes.pop("noise", 0.5))
        model = Counted(llm, shuffle=shuffle)
        fields: dict[str, Any] = {
            "people": people,
            "archetypes": archetypes,
            "catalog": parts.catalog,
            "biography": biography,
            "model": model,
            "settings": settings,
            "llm": llm,
            "calibrator": None,
            "statistical": block.mind(NAMED, SEED),
            "seed": SEED,
            "arm": "control",
        }
        return ArchetypeMind(**(fields | changes)), model

    return made


def _scene(people: Population, items: np.ndarray, *, rows: Sequence[int] | None = None, **changes: Any) -> Scene:
    who = np.arange(len(items), dtype=np.int32) if rows is None else np.array(rows, dtype=np.int32)
    calm = np.zeros(len(people), dtype=np.float32)
    nothing = np.zeros(who.size, dtype=np.int32)
    fields: dict[str, Any] = {
        "people": people,
        "state": SimpleNamespace(mood=changes.pop("mood", calm), fatigue=calm),
        "rows": who,
        "keys": people.keys[who],
        "turn": 0,
        "items": items.astype(np.int32),
        "noticed": items >= 0,
        "page": nothing,
        "session": nothing,
    }
    return Scene(**(fields | changes))


def _pages(n: int, k: int = 8, n_items: int = 150, seed: int = 1) -> np.ndarray:
    luck = np.random.default_rng(seed)
    return np.stack([luck.permutation(n_items)[:k] for _ in range(n)])


def _appraise(mind: ArchetypeMind, scene: Scene) -> Appraisal:
    return asyncio.run(mind.appraise(scene))


def test_groups_hold_every_item_once_and_are_of_one_category_and_like_popularity(
    people: Population, parts: SplitLog
) -> None:
    groups = ItemGroups.of(parts.catalog, people.popularity, seed=SEED)
    assert sorted(np.concatenate(groups.members).tolist()) == list(range(150))
    for nth, members in enumerate(groups.members):
        assert 1 <= members.size <= SIZE
        assert (groups.group[members] == nth).all()
        assert len({parts.catalog[int(row)].categories for row in members}) == 1
        assert people.popularity[members].std() < people.popularity.std()


def test_calls_are_bounded_by_archetypes_groups_and_moods_whatever_the_crowd(
    make: Any, people: Population, archetypes: Archetypes
) -> None:
    mind, model = make()
    moods = np.resize(np.array(MOODS, dtype=np.float32), len(people))
    for turn in range(3):
        _appraise(mind, _scene(people, _pages(400, seed=turn), mood=moods, turn=turn))
    assert len({call.identity for call in model.calls}) == len(model.calls)
    assert len(model.calls) <= len(archetypes) * 15 * 3
    before = len(model.calls)
    _appraise(mind, _scene(people, _pages(400, seed=0), mood=moods, turn=7))
    assert len(model.calls) == before


def test_a_row_depends_on_nobody_else_and_on_no_order(make: Any, people: Population) -> None:
    pages = _pages(120)
    whole = _appraise(make()[0], _scene(people, pages))
    rows = [3, 77, 101]
    few = _appraise(make(shuffle=4)[0], _scene(people, pages[rows], rows=rows, turn=5))
    elsewhere = _appraise(make(shuffle=9, arm="treatment")[0], _scene(people, pages))
    for name in ("want", "rating", "mood", "source", "clicks"):
        assert np.array_equal(getattr(whole, name)[rows], getattr(few, name)), name
        assert np.array_equal(getattr(whole, name), getattr(elsewhere, name)), name
    assert whole.words["item_reasons"][rows].tolist() == few.words["item_reasons"].tolist()


def test_people_of_an_archetype_share_the_answer_and_differ_by_the_stated_noise(
    make: Any, people: Population, parts: SplitLog
) -> None:
    pages = np.tile(_pages(1, k=10), (400, 1))
    level = _level_calibrator()
    shared = _appraise(make(noise=0.0, calibrator=level)[0], _scene(people, pages)).want
    mind, _ = make(noise=0.5, calibrator=level)
    apart = _appraise(mind, _scene(people, pages)).want
    for nth in range(K):
        own = shared[mind._own == nth]
        assert (own == own[0]).all()
    assert (apart - shared).std() == pytest.approx(0.5, abs=0.02)
    assert expit(apart).mean() == pytest.approx(expit(shared).mean(), abs=0.006)
    luck = Stream.of(SEED, "mind", "taste residual").normal(people.keys, 0, parts.catalog.keys[pages])
    assert np.corrcoef((apart - shared).ravel(), luck.ravel())[0, 1] > 0.99


def test_ratings_are_on_the_persons_own_scale_and_follow_what_the_person_wants(
    make: Any, people: Population, parts: SplitLog
) -> None:
    pages, level = _pages(400), _level_calibrator()
    shared, apart = (_appraise(make(noise=s, calibrator=level)[0], _scene(people, pages)) for s in (0.0, 0.5))
    assert np.corrcoef(shared.rating.mean(axis=1), people.rating_mean)[0, 1] > 0.7
    luck = Stream.of(SEED, "mind", "taste residual").normal(people.keys, 0, parts.catalog.keys[pages])
    expected = people.rating_spread[:, None] * LIKING * 0.5 * luck
    np.testing.assert_allclose(apart.rating - shared.rating, expected, atol=1e-4)


def test_mood_is_asked_about_in_three_parts(make: Any, people: Population) -> None:
    mind, model = make()
    pages = np.tile(_pages(1), (5, 1))
    moods = np.zeros(len(people), dtype=np.float32)
    moods[:5] = (-0.9, -0.34, 0.0, 0.33, 0.5)
    _appraise(mind, _scene(people, pages, mood=moods))
    asked = {(call.identity[2], call.identity[4]) for call in model.calls}
    own = mind._own[:5]
    assert asked == {(f"archetype-{who}", part) for who, part in zip(own, (0, 0, 1, 1, 2), strict=True)}
    told = {call.identity[4]: call.messages[1].content for call in model.calls}
    assert "low" in told[0]
    assert "even" in told[1]
    assert all("you are fresh" in text for text in told.values())


def test_a_failed_call_is_an_outcome_of_those_who_needed_it_and_is_asked_again(make: Any, people: Population) -> None:
    pages = _pages(200)
    faults = {"rate": 0.1, "kinds": ["timeout"], "seed": 2}
    mind, model = make(llm={"faults": faults})
    whole = _appraise(make()[0], _scene(people, pages))
    found = _appraise(mind, _scene(people, pages))
    failed = found.source == AppraisedBy.FALLBACK
    assert 10 < failed.sum() < 190
    assert [text == "timeout" for text in found.words["failure"]] == failed.tolist()
    assert np.array_equal(found.want[~failed], whole.want[~failed])
    ordinary = mind._statistical.judge(np.arange(200, dtype=np.int32), pages.astype(np.int32), pages >= 0)
    assert np.array_equal(found.want[failed], ordinary.want[failed])
    assert (found.words["item_reasons"][failed] == None).all()  # noqa: E711
    first = len(model.calls)
    _appraise(mind, _scene(people, pages, turn=1))
    again = [call.identity for call in model.calls[first:]]
    assert 0 < len(again) < first
    assert set(again) <= {call.identity for call in model.calls[:first]}


@pytest.mark.parametrize(("policy", "source"), [("skip", AppraisedBy.SKIPPED), ("fallback", AppraisedBy.FALLBACK)])
def test_policies(make: Any, people: Population, policy: str, source: AppraisedBy) -> None:
    mind, _ = make(llm={"faults": {"rate": 1.0}, "on_failure": policy})
    found = _appraise(mind, _scene(people, _pages(5)))
    assert (found.source == source).all()
    assert np.isfinite(found.want).all()


def test_abort_stops_the_run(make: Any, people: Population) -> None:
    mind, _ = make(llm={"faults": {"rate": 1.0, "kinds": ["refused"]}, "on_failure": "abort"})
    with pytest.raises(UnreliableError, match=r"archetype-.*refused"):
        _appraise(mind, _scene(people, _pages(5)))


def test_the_budget_is_asked_before_the_model_is(make: Any, people: Population) -> None:
    seen: list[tuple[int, int]] = []

    async def admit(turn: int, calls: Sequence[Call]) -> None:
        seen.append((turn, len(calls)))
        if turn:
            raise BudgetError("no more")

    mind, model = make(admit=admit)
    _appraise(mind, _scene(people, _pages(50)))
    asked = len(model.calls)
    assert seen == [(0, asked)]
    with pytest.raises(BudgetError):
        _appraise(mind, _scene(people, _pages(50, seed=8), turn=1))
    assert len(model.calls) == asked


def test_tokens_are_counted_once_however_many_share_the_answer(make: Any, people: Population) -> None:
    mind, model = make()
    found = _appraise(mind, _scene(people, _pages(300)))
    used = [json.loads(text) for text in found.words["usage"] if text is not None]
    answers = [asyncio.run(ScriptedModel(LLMSettings(model="scripted")).ask(call)) for call in model.calls]
    assert sum(one["tokens_in"] for one in used) == sum(answer.usage.tokens_in for answer in answers)
    assert sum(one["tokens_out"] for one in used) == sum(answer.usage.tokens_out for answer in answers)
    assert len(used) < 300


def test_a_page_on_which_nothing_was_noticed_is_statistical_and_asks_nothing(make: Any, people: Population) -> None:
    mind, model = make()
    pages = _pages(2)
    blind = np.zeros_like(pages, dtype=np.bool_)
    found = _appraise(mind, _scene(people, pages, noticed=blind))
    assert not model.calls
    assert (found.source == AppraisedBy.STATISTICAL).all()
    assert found.words["prompt_id"].tolist() == [None, None]


def test_taste_is_the_calibrated_logit_without_luck_and_unknown_without_calibration(
    make: Any, people: Population, stack: TasteStack
) -> None:
    pages = _pages(50)
    assert np.isnan(_appraise(make()[0], _scene(people, pages)).taste).all()
    found = _appraise(make(calibrator=_level_calibrator())[0], _scene(people, pages))
    knows = stack.block(people).knows[np.arange(50)[:, None], pages]
    assert np.array_equal(np.isnan(found.taste), knows)
    assert np.unique(found.taste[~knows]).size <= 11


def test_the_prompt_is_a_page_about_the_whole_group(make: Any, parts: SplitLog) -> None:
    mind, _ = make()
    (sheet,) = mind.sheets([Key(2, 1, 4)], "list")
    members = mind._groups.members[4]
    text = sheet.call.messages[1].content
    assert all(f"number {row}" in text for row in members)
    assert sheet.call.identity == (SEED, "archetype", "archetype-2", 4, 1)
    assert sheet.call.kind == "archetype"
    assert sorted(sheet.places.tolist()) == list(range(members.size))


def _level_calibrator() -> Calibrator:
    report = CalibrationReport("signal", 0, 0, 0, 0, 0.1, None, None, 0.5, None, None, None, None, None)
    curve = Curve((0.0, 10.0), (-5.0, 1.0))
    nobody = np.zeros(0, dtype=np.int32)
    return Calibrator(
        model="m", prompt_id="p", method="platt", asked=nobody, fold=nobody, curves=(curve,) * 6, report=report
    )
