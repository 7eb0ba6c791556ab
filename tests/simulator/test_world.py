"""The turn: eight verbs in order, in a Mesa model; and what recommenders learn from is what a platform sees."""

import weakref
from dataclasses import fields
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from recommenders.contract import Feedback
from scenarios.loader import check as checked_scenario
from simulator.journal.schema import OBSERVABLE, SCHEMA
from simulator.studies import ab
from simulator.turn import Page
from simulator.world import World

VERBS = ["arrive", "recommend", "perceive", "appraise", "behave", "remember", "journal", "learn"]
LATENT = ("noticed", "examined", "liked", "want", "taste", "satisfaction", "fatigue", "mood", "leave_reason")
SCENARIO = {
    "population": {"size": 60},
    "world": {"turns": 2, "slate_size": 4},
    "arms": {"a": "popular"},
    "evaluation": {"minds": "single"},
}


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[World]]:
    """A run of two turns: the verbs in the order of their calls, and the worlds."""
    calls: list[str] = []
    worlds: list[World] = []

    def spied(name: str) -> Any:
        original = getattr(World, name)

        def spy(self: World, *arguments: Any) -> Any:
            calls.append(name)
            if self not in worlds:
                worlds.append(self)
            return original(self, *arguments)

        return spy

    for verb in VERBS:
        monkeypatch.setattr(World, verb, spied(verb))
    monkeypatch.setattr(World, "close", lambda self: None)
    ab.run(checked_scenario(SCENARIO, file="test", base_dir=tmp_path), tmp_path / "run", command=["test"])
    return calls, worlds


def test_a_turn_is_eight_verbs_in_order(lived: tuple[list[str], list[World]]) -> None:
    assert lived[0] == VERBS * 2


def test_a_world_is_a_mesa_model_whose_agents_are_its_people(lived: tuple[list[str], list[World]]) -> None:
    world = lived[1][0]
    assert isinstance(world, mesa.Model)
    assert [agent.user_id for agent in world.agents] == world.people.user_ids.tolist()
    agent = next(iter(world.agents))
    assert agent.fatigue == float(world.state.fatigue[0]) and agent.person.user_id == agent.user_id


def test_worlds_are_let_go_when_they_have_been_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd is lived block by block: if worlds stayed, memory would grow with the crowd."""
    worlds: list[weakref.ref[World]] = []
    original = World.__init__

    def remembered(self: World, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        worlds.append(weakref.ref(self))

    monkeypatch.setattr(World, "__init__", remembered)
    ab.run(checked_scenario(SCENARIO, file="test", base_dir=tmp_path), tmp_path / "run", command=["test"])
    assert worlds and all(world() is None for world in worlds)


def test_poisoned_latent_columns_change_nothing_that_recommenders_learn_from(
    lived: tuple[list[str], list[World]],
) -> None:
    world = lived[1][0]
    before = world.feedback()
    page = world.last_page
    assert isinstance(page, Page)
    for name in LATENT:
        values = getattr(page, name)
        poison = ~values if values.dtype == np.bool_ else values * 0 - 77
        setattr(page, name, poison.astype(values.dtype))
    after = world.feedback()
    for field in fields(Feedback):
        left, right = getattr(before, field.name), getattr(after, field.name)
        assert left is right or np.array_equal(left, right, equal_nan=getattr(left, "dtype", np.dtype(int)).kind == "f")


def test_feedback_speaks_of_observable_columns_only() -> None:
    spoken = {"item": "item_id", "user": "user_id", "user_ids": "user_id", "catalog": "item_id"}
    assert {spoken.get(field.name, field.name) for field in fields(Feedback)} <= set(OBSERVABLE)


def test_journal_columns_of_the_first_version_keep_name_type_and_view() -> None:
    """Columns may be added; what a reader of an old journal relies on must stay."""
    words = "dictionary<values=string, indices=int32, ordered=0>"
    codes = "dictionary<values=string, indices=int8, ordered=0>"
    golden = {
        "run": (words, "observable"), "arm": (words, "observable"), "seed": ("int64", "observable"),
        "mind": (words, "latent"), "user_id": (words, "observable"), "session": ("int32", "observable"),
        "turn": ("int32", "observable"), "page": ("int32", "observable"), "position": ("int16", "observable"),
        "item_id": (words, "observable"), "score": ("float", "observable"), "propensity": ("float", "observable"),
        "noticed": ("bool", "latent"), "examined": ("bool", "latent"), "clicked": ("bool", "observable"),
        "dwell_s": ("float", "observable"), "rating": ("float", "observable"), "liked": ("bool", "latent"),
        "action": (codes, "observable"), "action_argument": ("string", "observable"),
        "satisfaction": ("float", "survey"), "fatigue": ("float", "latent"), "mood": ("float", "survey"),
        "left": ("bool", "observable"), "leave_reason": (codes, "survey"), "appraised_by": (codes, "latent"),
        "cached": ("bool", "latent"), "want": ("float", "latent"), "taste": ("float", "latent"),
        "reason": ("string", "survey"), "llm_model": ("string", "latent"), "prompt_id": ("string", "latent"),
        "tokens_in": ("int32", "latent"), "tokens_out": ("int32", "latent"), "return_gap_s": ("float", "observable"),
        "sim_time": ("double", "observable"),
    }  # fmt: skip
    for name, (kind, view) in golden.items():
        field = SCHEMA.field(name)
        assert (str(field.type), field.metadata[b"view"].decode()) == (kind, view)
