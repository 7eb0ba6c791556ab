"""The mind that asks a model: what answers become, what failures become, and what may not matter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_pages import Change, Stub, failing, pages_for, scene_of

from simulator.llm.port import Answer, BudgetError, Call, EndpointError
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.hybrid import HybridMind
from simulator.minds.language.llm import LLMMind
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.reliability import UnreliableError
from simulator.minds.language.scales import TRANSFERRED
from simulator.minds.language.settings import LanguageMindSettings
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.statistical import StatisticalMind
from simulator.population import Population
from simulator.records import F32, I32, SplitLog
from simulator.turn import Action, Appraisal, AppraisedBy, Recollection, Scene

ARRAYS = ("want", "taste", "rating", "mood", "source", "action", "clicks")
K = 6


class Minds:
    """Minds of forty people of the invented log."""

    def __init__(self, parts: SplitLog, stack: TasteStack, people: Population) -> None:
        self.parts, self.people = parts, people.take(np.arange(1, 41))
        self.statistical: StatisticalMind = stack.block(self.people).mind(NAMED, seed=3)
        self.biography = Biography(parts.known, seed=3)

    def mind(self, model: Any, kind: type[LLMMind] = LLMMind, on_failure: Any = "fallback", **changes: Any) -> LLMMind:
        given: dict[str, Any] = {
            "people": self.people,
            "catalog": self.parts.catalog,
            "biography": self.biography,
            "model": model,
            "settings": LanguageMindSettings(),
            "llm": LLMSettings(model="scripted", on_failure=on_failure),
            "statistical": self.statistical,
            "seed": 3,
            "arm": "control",
        }
        return kind(**(given | changes))

    def scene(self, **changes: Any) -> Scene:
        return scene_of(self.people, pages_for(40, K, len(self.parts.catalog)), **changes)

    def appraise(self, change: Change | None = None, scene: Scene | None = None, **changes: Any) -> Appraisal:
        return asyncio.run(self.mind(Stub(change), **changes).appraise(scene or self.scene()))


@pytest.fixture(scope="module")
def minds(parts: SplitLog, stack: TasteStack, people: Population) -> Minds:
    return Minds(parts, stack, people)


def same(one: Appraisal, other: Appraisal, rows: Any = slice(None), of: Any = slice(None)) -> None:
    """The rows `of` one are the rows `rows` of the other, to the last bit."""
    for name in ARRAYS:
        left, right = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(left[of], right[rows], err_msg=name)
    for name, texts in one.words.items():
        assert texts[of].tolist() == other.words[name][rows].tolist(), name


def test_stated_wants_and_ratings_come_back_to_the_places_they_were_said_of(minds: Minds) -> None:
    def by_title(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        """Each slot is wanted by the last digit of the number in its title."""
        for line in call.messages[1].content.splitlines():
            slot, _, said = line.partition(" ")
            if slot in value:
                value[slot] = {
                    "want": int(said.split("number ")[1].split('"')[0].split(" ")[0]) % 10,
                    "rating": 3,
                    "why": said,
                }
        return value

    scene = minds.scene()
    said = minds.appraise(by_title, scene)
    stated = np.array([[int(minds.parts.catalog[int(i)].title.split()[-1]) % 10 for i in row] for row in scene.items])
    for row in range(40):
        order = np.argsort(stated[row], kind="stable")
        assert (np.diff(said.want[row][order])[np.diff(stated[row][order]) > 0] > 0).all()
        reasons = json.loads(said.words["item_reasons"][row])
        assert all(
            minds.parts.catalog[int(item)].title[:5] in why for item, why in zip(scene.items[row], reasons, strict=True)
        )


def test_without_calibration_five_is_the_usual_chance_and_taste_is_unknown(minds: Minds) -> None:
    said = minds.appraise(lambda call, value: value | {s: value[s] | {"want": 5} for s in value if s[1:].isdigit()})
    usual = minds.statistical.usual[:40]
    np.testing.assert_allclose(1 / (1 + np.exp(-said.want)), np.repeat(usual[:, None], K, axis=1), rtol=1e-4)
    assert np.isnan(said.taste).all() and (said.source == AppraisedBy.LLM).all()


def test_with_calibration_wants_are_the_calibrators_logits_and_known_items_have_no_taste(minds: Minds) -> None:
    class Curve:
        scale = TRANSFERRED

        def logits(self, want: F32, source_rows: I32) -> F32:
            assert source_rows.tolist() == minds.people.source.tolist()
            return (want - 9).astype(np.float32)

    scene = minds.scene()
    known = minds.parts.known.matrix().toarray()[minds.people.source[:, None], scene.items] > 0
    said = minds.appraise(scene=scene, calibrator=Curve())
    assert (said.want <= 1).all() and (said.want >= -9).all() and (said.want == np.round(said.want)).all()
    np.testing.assert_array_equal(np.isnan(said.taste), known)
    np.testing.assert_array_equal(said.taste[~known], said.want[~known])


def test_a_model_that_rates_everything_alike_leaves_people_their_own_scales(minds: Minds) -> None:
    def four(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        return value | {slot: value[slot] | {"rating": 4} for slot in value if slot[1:].isdigit()}

    said = minds.appraise(four)
    assert np.corrcoef(said.rating[:, 0], minds.people.rating_mean)[0, 1] > 0.9
    literal = minds.appraise(four, literal=True)
    assert (literal.rating == 4).all()


def test_words_of_an_answer_stand_in_the_page(minds: Minds) -> None:
    def told(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        return value | {
            "act": "search",
            "words": "old noir",
            "because": "bored",
            "open": ["i1"],
            "mood": -2,
            "note": "dull",
        }

    said = minds.appraise(told, notes=True)
    assert said.action is not None and said.action_argument is not None and said.reason is not None
    assert (said.action == Action.SEARCH).all() and set(said.action_argument) == {"old noir"}
    assert set(said.reason) == {"bored"} and (said.mood == -1).all()
    assert said.clicks is not None and (said.clicks.sum(axis=1) == 1).all()
    testimony = json.loads(said.words["testimony"][0])
    assert set(testimony) == {"feeling", "satisfaction", "interview", "interview_reason", "note"}
    assert testimony["note"] == "dull" and 1 <= testimony["interview"] <= 10
    usage = json.loads(said.words["usage"][0])
    assert usage["tokens_in"] > 100 and usage["tokens_out"] > 50 and usage["cached"] is False
    assert set(said.words["llm_model"]) == {"scripted"} and said.words["prompt_id"][0].startswith("page.1+")
    assert len(json.loads(said.words["item_reasons"][0])) == K and said.words["failure"].tolist() == [None] * 40


def test_a_failed_call_falls_back_to_the_statistical_mind_for_that_person_alone(minds: Minds) -> None:
    failed = minds.people.user_ids[[3, 17]].tolist()
    scene = minds.scene()
    whole, partly = minds.appraise(scene=scene), minds.appraise(failing(*failed), scene)
    others = np.setdiff1d(np.arange(40), [3, 17])
    same(whole, partly, others, others)
    ordinary = minds.statistical.judge(scene.rows, scene.items, scene.noticed)
    for name in ("want", "taste", "rating", "mood"):
        np.testing.assert_array_equal(getattr(partly, name)[[3, 17]], getattr(ordinary, name)[[3, 17]])
    assert (partly.source[[3, 17]] == AppraisedBy.FALLBACK).all()
    assert partly.words["failure"][3] == "timeout" and partly.words["testimony"][3] is None
    assert json.loads(partly.words["usage"][3]) == {"tokens_in": 11, "tokens_out": 0, "cached": False}


def test_skipped_pages_say_so_and_hold_finite_numbers(minds: Minds) -> None:
    said = minds.appraise(failing("u5"), on_failure="skip")
    row = minds.people.user_ids.tolist().index("u5")
    assert said.source[row] == AppraisedBy.SKIPPED and said.words["failure"][row] == "timeout"
    assert np.isfinite(said.want).all() and np.isfinite(said.rating).all() and np.isfinite(said.mood).all()


def test_abort_stops_the_run_and_names_person_kind_and_cure(minds: Minds) -> None:
    with pytest.raises(UnreliableError, match=r"u5 on turn 0 \(timeout: told to fail\).*Cure"):
        minds.appraise(failing("u9", "u5"), on_failure="abort")


@pytest.mark.parametrize("error", [EndpointError("gone"), BudgetError("spent")])
def test_what_is_no_failure_of_one_call_is_raised_and_the_other_calls_end(minds: Minds, error: Exception) -> None:
    def down(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        raise error

    async def lived() -> int:
        with pytest.raises(type(error)):
            await minds.mind(Stub(down)).appraise(minds.scene())
        return len(asyncio.all_tasks())

    assert asyncio.run(lived()) == 1


def test_people_who_noticed_nothing_are_not_asked(minds: Minds) -> None:
    scene = minds.scene()
    noticed = scene.noticed.copy()
    noticed[4] = False
    noticed[5, 1:] = False
    model = Stub()
    said = asyncio.run(minds.mind(model).appraise(replace(scene, noticed=noticed)))
    assert len(model.calls) == 39 and minds.people.user_ids[4] not in {call.user_id for call in model.calls}
    assert said.source[4] == AppraisedBy.STATISTICAL and said.words["usage"][4] is None
    assert said.source[5] == AppraisedBy.LLM and np.isfinite(said.want).all()
    assert [why is None for why in json.loads(said.words["item_reasons"][5])] == [False] + [True] * (K - 1)


class Late:
    """Answers in an order drawn by lot, at most so many at once."""

    def __init__(self, seed: int, at_once: int) -> None:
        self._inner, self._luck = ScriptedModel(LLMSettings(model="scripted")), np.random.default_rng(seed)
        self._room = asyncio.Semaphore(at_once)

    async def ask(self, call: Call) -> Answer:
        async with self._room:
            for _ in range(int(self._luck.integers(0, 20))):
                await asyncio.sleep(0)
            return await self._inner.ask(call)

    async def close(self) -> None:
        return None


@pytest.mark.parametrize("at_once", [1, 8, 64])
def test_the_order_of_answers_changes_nothing(minds: Minds, at_once: int) -> None:
    async def lived() -> Appraisal:
        return await minds.mind(Late(at_once, at_once)).appraise(minds.scene())

    same(asyncio.run(lived()), minds.appraise())


def test_a_person_is_appraised_alike_in_any_company(minds: Minds) -> None:
    memories = tuple(Recollection((f"you liked love {row}",)) for row in range(40))
    scene = minds.scene(memories=memories)
    whole = minds.appraise(scene=scene)
    some = np.array([2, 7, 31])
    few = {name: getattr(scene, name)[some] for name in ("rows", "keys", "items", "noticed", "page", "session")}
    same(minds.appraise(scene=replace(scene, memories=tuple(memories[i] for i in some), **few)), whole, some)


def test_a_memory_changes_the_prompt_and_a_planted_liking_raises_the_want(minds: Minds) -> None:
    items = np.tile(np.arange(9, dtype=np.int32)[:K], (40, 1))
    loved = tuple(Recollection(("You loved the storm.", "You liked storm and war.")) for _ in range(40))
    plain, moved = (minds.appraise(scene=scene_of(minds.people, items, memories=m)) for m in (None, loved))
    storm = [place for place in range(K) if "storm" in minds.parts.catalog[place].title]
    assert (moved.want - plain.want)[:, storm].mean() > 0.3


def test_everything_that_a_turn_may_ask_is_admitted_first(minds: Minds) -> None:
    admitted: list[tuple[int, int]] = []

    async def admit(turn: int, calls: Sequence[Call]) -> None:
        assert not model.calls
        admitted.append((turn, len(calls)))

    for deliberation, reflections, calls in (("none", 0, 40), ("multi_round", 0, 120), ("none", 2, 120)):
        model = Stub()
        settings = LanguageMindSettings(deliberation=deliberation)  # type: ignore[arg-type]
        mind = minds.mind(model, admit=admit, settings=settings, reflections=reflections)
        asyncio.run(mind.appraise(minds.scene(turn=4)))
        assert admitted.pop() == (4, calls)

    async def refuse(turn: int, calls: Sequence[Call]) -> None:
        raise BudgetError("spent")

    model = Stub()
    with pytest.raises(BudgetError):
        asyncio.run(minds.mind(model, admit=refuse).appraise(minds.scene()))
    assert not model.calls


@settings(max_examples=25, deadline=None)
@given(bound=st.floats(0, 4), wants=st.lists(st.integers(-50, 50), min_size=K, max_size=K))
def test_whatever_the_model_says_a_hybrid_want_stays_within_the_bound(
    minds: Minds, bound: float, wants: list[int]
) -> None:
    def noise(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        slots = [slot for slot in value if slot[1:].isdigit()]
        return value | {slot: {"want": want, "rating": 9, "why": ""} for slot, want in zip(slots, wants, strict=True)}

    scene = minds.scene()
    said = minds.appraise(noise, scene, kind=HybridMind, settings=LanguageMindSettings(kind="hybrid", bound=bound))
    ordinary = minds.statistical.judge(scene.rows, scene.items, scene.noticed)
    assert (np.abs(said.want - ordinary.want) <= np.float32(bound) + 1e-5).all()
    np.testing.assert_array_equal(said.rating, ordinary.rating)
    np.testing.assert_array_equal(said.taste, ordinary.taste)


def test_a_hybrid_moves_by_the_whole_bound_at_the_ends_and_not_at_all_at_five(minds: Minds) -> None:
    scene = minds.scene()
    ordinary = minds.statistical.judge(scene.rows, scene.items, scene.noticed)
    for want, step in ((0, -2.0), (5, 0.0), (10, 2.0)):
        said = minds.appraise(
            lambda call, value, want=want: value | {s: value[s] | {"want": want} for s in value if s[1:].isdigit()},
            scene,
            kind=HybridMind,
        )
        np.testing.assert_allclose(said.want - ordinary.want, step, atol=1e-5)
