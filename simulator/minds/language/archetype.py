"""The mind that asks a model once for many people: each archetype about each group of items, in each mood.

The catalogue is cut into fixed groups (`item_groups`), and a group is asked about when one of its items is first
noticed by anybody of an archetype in that mood. So an answer depends on archetype, group and mood alone, never on who
else is there or what else a page shows, and the number of calls is bounded whatever the size of the crowd. People
differ from their archetype by a lasting taste of their own for each item, of a stated size (`Residual`), and rate on
scales of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.llm.port import ChatModel, Usage
from simulator.llm.settings import LLMSettings
from simulator.minds.language.archetypes import Archetypes
from simulator.minds.language.calibration import Calibrator
from simulator.minds.language.elicit import Elicitor, Reply, Sheet
from simulator.minds.language.item_groups import ItemGroups
from simulator.minds.language.llm import Admit
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.reliability import aborted
from simulator.minds.language.scales import TRANSFERRED, on_own_scale, uncalibrated
from simulator.minds.language.settings import LanguageMindSettings
from simulator.minds.residual import Residual
from simulator.minds.stated import Judge
from simulator.minds.statistical import LIKING, mood
from simulator.population import Population
from simulator.records import F32, Bools, Catalog
from simulator.turn import Appraisal, AppraisedBy, Page, Scene, Task, Thoughts

MOOD_CUTS = (-1 / 3, 1 / 3)
"""Valences that part low, neutral and high mood: thirds of the scale. Assumed."""
MOODS = (-0.5, 0.0, 0.5)
"""The mood in which each third is asked: inside it, and nearer to where moods mostly are than its far end."""

_WORDS = ("llm_model", "prompt_id", "item_reasons", "failure", "usage")
Places = npt.NDArray[np.intp]


class Key(NamedTuple):
    """What one call is about."""

    archetype: int
    mood: int
    """0 low, 1 neutral, 2 high."""
    group: int


@dataclass(frozen=True, eq=False)
class _Told:
    """What an archetype said about a group, in the order of the group's members. (m,) each."""

    want: F32
    rating: F32
    opens: Bools
    why: npt.NDArray[np.object_]
    model: str | None


@dataclass(frozen=True, eq=False)
class _Look:
    """Where the members of one group stand on the pages of an archetype's people in one mood. (m,) each."""

    person: Places
    """Row of the scene."""
    place: Places
    member: Places
    """Which of the group's members."""


class ArchetypeMind:
    """The people of one block. Its answers are kept for the life of the world."""

    name = "archetype"
    waits: ClassVar[bool] = True

    def __init__(
        self,
        *,
        people: Population,
        archetypes: Archetypes,
        catalog: Catalog,
        biography: Biography,
        model: ChatModel,
        settings: LanguageMindSettings,
        llm: LLMSettings,
        calibrator: Calibrator | None,
        statistical: Judge,
        seed: int,
        arm: str,
        admit: Admit | None = None,
    ) -> None:
        """`admit` is awaited with the calls of a turn before any of them is made; it raises where the budget ends."""
        self._people, self._archetypes, self._statistical = people, archetypes, statistical
        self._model, self._llm, self._calibrator, self._admit = model, llm, calibrator, admit
        self._seed, self._item_keys = seed, catalog.keys
        self._own = archetypes.assign(people)
        self._groups = ItemGroups.of(catalog, people.popularity, seed=seed)
        self._residual = Residual(seed, settings.noise)
        self._elicitor = Elicitor(
            people=archetypes.people,
            catalog=catalog,
            biography=biography,
            settings=settings,
            llm=llm,
            seed=seed,
            arm=arm,
            mind=self.name,
        )
        self._told: dict[Key, _Told] = {}

    async def appraise(self, scene: Scene) -> Appraisal:
        """Appraise every noticed item of every page. A person's row depends on that person alone, and on what the
        person's archetype was asked.

        Raises BudgetError and EndpointError as the model does, and UnreliableError for a failed call under `abort`.
        """
        looks = self._looks(scene)
        replies = await self._ask([key for key in looks if key not in self._told], scene)
        for key, reply in replies.items():
            if reply.error is not None and self._llm.on_failure == "abort":
                raise aborted(str(self._archetypes.ids[key.archetype]), scene.turn, reply.error)
        return self._appraisal(scene, looks, replies)

    async def reflect(self, scene: Scene, page: Page, tasks: Sequence[Task]) -> Mapping[int, Thoughts]:
        """Nothing: an archetype is asked about items, and remembers nobody's visits."""
        return {}

    def _looks(self, scene: Scene) -> dict[Key, _Look]:
        """What has to be known of whom, in a fixed order."""
        person, place = (scene.noticed & (scene.items >= 0)).nonzero()
        if not person.size:
            return {}
        item, row = scene.items[person, place], scene.rows[person]
        group = self._groups.group[item]
        moods = np.digitize(scene.state.mood[row], MOOD_CUTS)
        keys, which = np.unique(np.stack([self._own[row], moods, group], axis=1), axis=0, return_inverse=True)
        by_key = np.argsort(which.ravel(), kind="stable")
        parts = np.split(by_key, np.cumsum(np.bincount(which.ravel(), minlength=len(keys)))[:-1])
        return {
            (key := Key(*map(int, named))): _Look(
                person[part], place[part], np.searchsorted(self._groups.members[key.group], item[part])
            )
            for named, part in zip(keys, parts, strict=True)
        }

    async def _ask(self, keys: Sequence[Key], scene: Scene) -> dict[Key, Reply]:
        """Ask about what is not known yet, and keep what was said. The replies of this turn."""
        sheets = self.sheets(keys, scene.layout, scene.turn)
        if self._admit is not None:
            await self._admit(scene.turn, self._elicitor.worst(sheets))
        replies = await self._elicitor.ask(self._model, sheets)
        found = {key: reply for key, reply in zip(keys, replies, strict=True) if reply is not None}
        for (key, reply), sheet in zip(found.items(), sheets, strict=True):
            if reply.said is not None:
                self._told[key] = _told(sheet, reply)
        return found

    def sheets(self, keys: Sequence[Key], layout: str, turn: int = 0) -> list[Sheet]:
        """The questions about each key: a page that shows the whole group to a rested representative."""
        made: list[Sheet] = []
        for key in keys:
            rows = np.array([key.archetype], dtype=np.int32)
            members = self._groups.members[key.group][None, :]
            nothing = np.zeros(1, dtype=np.int32)
            page = Scene(
                people=self._archetypes.people,
                state=_Rested(key.archetype, MOODS[key.mood]),
                rows=rows,
                keys=self._archetypes.people.keys[rows],
                turn=0,
                items=members,
                noticed=np.ones(members.shape, dtype=np.bool_),
                page=nothing,
                session=nothing,
                layout=layout,
            )
            (sheet,) = self._elicitor.sheets(page, kind="archetype")
            assert sheet is not None, "a group has at least one item"
            identity = (self._seed, self.name, str(self._archetypes.ids[key.archetype]), key.group, key.mood)
            made.append(replace(sheet, call=replace(sheet.call, identity=identity, turn=turn)))
        return made

    def _appraisal(self, scene: Scene, looks: Mapping[Key, _Look], replies: Mapping[Key, Reply]) -> Appraisal:
        n, k = scene.items.shape
        stated, rated = (np.full((n, k), np.nan, dtype=np.float32) for _ in range(2))
        opens, why = np.zeros((n, k), dtype=np.bool_), np.full((n, k), None, dtype=object)
        words = {name: np.full(n, None, dtype=object) for name in _WORDS}
        bill: dict[int, list[Reply]] = {}
        for key, look in looks.items():
            if (reply := replies.get(key)) is not None:
                bill.setdefault(int(look.person[0]), []).append(reply)
                if reply.error is not None:
                    silent = look.person[[failure is None for failure in words["failure"][look.person]]]
                    words["failure"][silent] = str(reply.error.kind)
            words["prompt_id"][look.person] = self._elicitor.prompt_id
            if (told := self._told.get(key)) is not None:
                at = (look.person, look.place)
                stated[at], rated[at] = told.want[look.member], told.rating[look.member]
                opens[at], why[at] = told.opens[look.member], told.why[look.member]
                words["llm_model"][look.person] = told.model
        for row, paid in bill.items():
            words["usage"][row] = _usage(paid)
        failed = np.array([failure is not None for failure in words["failure"]], dtype=np.bool_)
        answered = np.isfinite(stated).any(axis=1) & ~failed
        for nth in answered.nonzero()[0].tolist():
            words["item_reasons"][nth] = json.dumps(why[nth].tolist(), ensure_ascii=False)
        return self._judged(scene, stated, rated, opens & answered[:, None], answered, failed, words)

    def _judged(
        self,
        scene: Scene,
        stated: F32,
        rated: F32,
        opens: Bools,
        answered: Bools,
        failed: Bools,
        words: dict[str, npt.NDArray[np.object_]],
    ) -> Appraisal:
        rows, own = scene.rows, self._statistical.judge(scene.rows, scene.items, scene.noticed)
        usual = self._statistical.usual[rows]
        taste = np.full(stated.shape, np.nan, dtype=np.float32)
        if self._calibrator is None:
            shared = uncalibrated(stated, usual)
        else:
            shared = self._calibrator.logits(stated, self._people.source[rows])
            taste = np.where(np.isnan(own.taste), np.float32(np.nan), shared)
        want = self._residual.want(shared, scene.keys, self._item_keys[np.maximum(scene.items, 0)])
        departure = (want - self._residual.location(shared)) * np.float32(LIKING)
        scale = TRANSFERRED if self._calibrator is None else self._calibrator.scale
        rating = on_own_scale(rated, self._people, rows, scale) + self._people.rating_spread[rows, None] * departure
        said = np.isfinite(stated) & answered[:, None]
        want = np.where(said, want, own.want)
        source = np.where(answered, np.int8(AppraisedBy.LLM), own.source)
        missing = AppraisedBy.SKIPPED if self._llm.on_failure == "skip" else AppraisedBy.FALLBACK
        return Appraisal(
            want=want,
            taste=np.where(answered[:, None], taste, own.taste),
            rating=np.where(said, rating, own.rating).astype(np.float32),
            mood=np.where(answered, mood(want, scene.noticed & (scene.items >= 0), usual), own.mood),
            source=np.where(failed, np.int8(missing), source),
            clicks=opens,
            words=words,
        )


class _Rested:
    """The state of an archetype's representative: a mood, no fatigue, and no hour, since an answer serves at any."""

    clock_s = None

    def __init__(self, row: int, valence: float) -> None:
        self.mood, self.fatigue = {row: valence}, {row: 0.0}


def _told(sheet: Sheet, reply: Reply) -> _Told:
    said, places = reply.said, sheet.places
    assert said is not None
    told = _Told(
        np.empty(places.size, dtype=np.float32),
        np.empty(places.size, dtype=np.float32),
        np.zeros(places.size, dtype=np.bool_),
        np.full(places.size, None, dtype=object),
        reply.model,
    )
    told.want[places], told.rating[places] = said.want, said.rating
    told.opens[places[sorted(said.open)]] = True
    told.why[places] = [why or None for why in said.why]
    return told


def _usage(paid: Sequence[Reply]) -> str:
    """What was paid for answers that many share stands on the page of the first person who needed them."""
    used = sum((reply.usage for reply in paid), Usage())
    cached = all(reply.cached for reply in paid)
    return json.dumps({"tokens_in": used.tokens_in, "tokens_out": used.tokens_out, "cached": cached})
