"""People of the sample who live pages drawn by lot: real states, populations and items, and no recommender or mind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from simulator.behaviour.laws import Laws
from simulator.datasets import load, split
from simulator.memory.embedding import HashingEmbedder
from simulator.memory.graph import ItemGraph
from simulator.memory.memory import EpisodicMemory
from simulator.memory.settings import MemorySettings
from simulator.population import Population, from_log
from simulator.randomness import Stream, slot_keys
from simulator.records import SplitLog
from simulator.state import PeopleState
from simulator.turn import Action, AppraisedBy, LeaveReason, Page, Recollection, Scene, Task, Thought, Thoughts

EMBEDDER = HashingEmbedder()
SEED = 7
PLACES = 6


@pytest.fixture(scope="session")
def sample() -> SplitLog:
    return split(load("sample"))


@pytest.fixture(scope="session")
def everybody(sample: SplitLog) -> Population:
    return from_log(sample, size=60, seed=SEED)


@pytest.fixture(scope="session")
def graph(sample: SplitLog) -> ItemGraph:
    return ItemGraph(sample.catalog, sample.known)


@dataclass
class Life:
    """A block of people and their memory. `step` lives one turn and keeps its page."""

    people: Population
    split: SplitLog
    memory: EpisodicMemory
    answers: bool = True
    """Whether those who have reason to reflect get thoughts."""
    pages: list[tuple[int, Page]] = field(default_factory=list)
    recalled: dict[tuple[int, str], Recollection] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = PeopleState(self.people, self.split.catalog, Laws(), SEED)
        self.turn = 0
        self.memory.sink = self.told.extend

    def step(self) -> None:
        rows = self.state.arrive(self.turn)
        if rows.size:
            scene = self.scene(rows)
            for row, one in zip(rows, self.memory.recall(scene), strict=True):
                self.recalled[self.turn, str(self.people.user_ids[row])] = one
            page = self.page(scene)
            tasks = self.memory.due(page, self.turn)
            self.tasks += tasks
            thoughts = {one.index: self.thoughts(one) for one in tasks} if self.answers else {}
            page.extra["memories"] = self.memory.write(page, self.turn, thoughts)
            self.pages.append((self.turn, page))
            self.memory.apply(page, self.turn)
            self.state.advance(page, self.turn)
        self.turn += 1

    def live(self, turns: int) -> Life:
        for _ in range(turns):
            self.step()
        return self

    def luck(self, purpose: str, rows: Any, things: bool = False) -> Any:
        keys = self.people.keys[rows]
        return Stream.of(SEED, "luck", purpose).uniform(keys, self.turn, slot_keys(PLACES) if things else None)

    def scene(self, rows: Any) -> Scene:
        items = (self.luck("items", rows, True) * len(self.split.catalog)).astype(np.int32)
        return Scene(
            people=self.people,
            state=self.state,
            rows=rows,
            keys=self.people.keys[rows],
            turn=self.turn,
            items=items,
            noticed=self.luck("noticed", rows, True) < 0.7,
            page=self.state.page[rows],
            session=self.state.session[rows],
        )

    def page(self, scene: Scene) -> Page:
        rows, n = scene.rows, scene.rows.size
        clicked = scene.noticed & (self.luck("clicked", rows, True) < 0.4)
        left = self.luck("left", rows) < 0.4
        stars = np.ceil(self.luck("stars", rows, True) * 5).astype(np.float32)
        act = np.where(self.luck("act", rows) < 0.2, Action.SEARCH, Action.NEXT_PAGE)
        nothing = np.full(scene.items.shape, np.nan, dtype=np.float32)
        return Page(
            rows=rows,
            session=scene.session,
            page=scene.page,
            items=scene.items,
            score=nothing,
            propensity=nothing,
            noticed=scene.noticed,
            examined=scene.noticed,
            clicked=clicked,
            dwell_s=np.where(clicked, np.float32(40), np.float32(0)),
            rating=np.where(clicked, stars, np.float32(np.nan)),
            liked=clicked & (stars >= 4),
            want=nothing,
            taste=nothing,
            action=np.where(left, Action.LEAVE, act).astype(np.int8),
            satisfaction=(1 + 4 * self.luck("satisfaction", rows)).astype(np.float32),
            fatigue=np.full(n, 0.1, dtype=np.float32),
            mood=(2 * self.luck("mood", rows) - 1).astype(np.float32),
            left=left,
            leave_reason=np.where(left, LeaveReason.BORED, LeaveReason.STAYED).astype(np.int8),
            appraised_by=np.full(n, AppraisedBy.LLM, dtype=np.int8),
            return_gap_s=np.where(left, 40_000 + 90_000 * self.luck("gap", rows), np.nan).astype(np.float32),
            sim_time=scene.state.clock_s[rows],
            extra={
                "action_argument": np.array(["films of the sea"] * n, dtype=object),
                "testimony": np.array([self.testimony(at) for at in self.luck("note", rows)], dtype=object),
            },
        )

    @staticmethod
    def testimony(luck: float) -> str:
        notes = ("too many films of war here", "they know that I love the sea", "")
        return json.dumps({"feeling": "curious", "note": notes[int(luck * 3)], "interview_reason": "seen it all"})

    @staticmethod
    def thoughts(task: Task) -> Thoughts:
        first = Thought("I love stories of the sea", 0.8)
        return Thoughts((first, *(Thought("", 0.6, revises=one.id, contradicts=True) for one in task.beliefs[:1])))


@pytest.fixture
def life(sample: SplitLog, everybody: Population, graph: ItemGraph) -> Any:
    """Makes lives: `life(people=None, answers=True, **settings)`."""

    def make(people: Population | None = None, *, answers: bool = True, **settings: Any) -> Life:
        who = everybody if people is None else people
        return Life(who, sample, remembering(sample, who, graph, **settings), answers)

    return make


def remembering(sample: SplitLog, people: Population, item_graph: ItemGraph | None, **settings: Any) -> EpisodicMemory:
    """An empty memory."""
    return EpisodicMemory(
        people,
        sample.catalog,
        item_graph,
        MemorySettings(kind="episodic", **settings),
        seed=SEED,
        prefix="arm/7/llm",
        embedder=EMBEDDER,
    )
