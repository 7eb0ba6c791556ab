"""The mind that asks a language model: one call for each person's page, and what the answers are made into."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

import numpy as np

from simulator.llm.port import Call, ChatModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.calibration import Calibrator
from simulator.minds.language.elicit import Elicitor, Reply, Sheet, raw_answers
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.reflecting import Reflector
from simulator.minds.language.reliability import aborted
from simulator.minds.language.scales import TRANSFERRED, on_own_scale, uncalibrated
from simulator.minds.language.settings import LanguageMindSettings
from simulator.minds.language.testimony import Testimony
from simulator.minds.stated import Judge
from simulator.population import Population
from simulator.records import F32, Catalog
from simulator.turn import Appraisal, AppraisedBy, Page, Scene, Task, Thoughts

Admit = Callable[[int, Sequence[Call]], Awaitable[None]]


class LLMMind:
    """People of one block whose wants, feelings and intentions a language model states.

    The statistical mind stands in where nobody is asked (a person who noticed nothing), and, if `llm.on_failure` is
    `fallback`, where a call fails; `skip` marks such pages as skipped and `abort` stops the run.

    `admit(turn, calls)` is awaited before anything is asked, with all calls that the turn may lead to; it may refuse
    (BudgetError). `notes`: a note on each page rides in its call, for the memory. `reflections`: most further calls
    that the memory may ask for after one person's page. `literal`: stated ratings stay as they are stated, for
    `behaviour: literal`.
    """

    name = "llm"
    waits: ClassVar[bool] = True

    def __init__(
        self,
        *,
        people: Population,
        catalog: Catalog,
        biography: Biography,
        model: ChatModel,
        settings: LanguageMindSettings,
        llm: LLMSettings,
        statistical: Judge,
        seed: int,
        arm: str,
        calibrator: Calibrator | None = None,
        admit: Admit | None = None,
        notes: bool = False,
        reflections: int = 0,
        literal: bool = False,
    ) -> None:
        self._people, self._model, self._settings, self._llm = people, model, settings, llm
        self._statistical, self._calibrator, self._admit = statistical, calibrator, admit
        self._reflections, self._literal = reflections, literal
        self._elicitor = Elicitor(
            people=people,
            catalog=catalog,
            biography=biography,
            settings=settings,
            llm=llm,
            seed=seed,
            arm=arm,
            mind=self.name,
            notes=notes,
        )
        self._reflector = Reflector(self._elicitor, people=people, llm=llm, seed=seed, arm=arm, mind=self.name)

    async def appraise(self, scene: Scene) -> Appraisal:
        """Ask about every page on which something was noticed.

        Raises BudgetError and EndpointError as the model does, and UnreliableError for a failed call under `abort`.
        """
        # in another thread, so that the answers of other worlds are taken in meanwhile
        sheets = await asyncio.to_thread(self._elicitor.sheets, scene)
        if self._admit is not None:
            await self._admit(scene.turn, self._worst(scene, sheets))
        replies = await self._elicitor.ask(self._model, sheets)
        self._refuse_failures(scene, replies)
        return self._appraisal(scene, sheets, replies)

    async def reflect(self, scene: Scene, page: Page, tasks: Sequence[Task]) -> dict[int, Thoughts]:
        """What the people of `tasks` conclude, by index into the page; those whose call failed are absent.

        The calls are part of the turn that `appraise` was admitted to. Raises as `appraise` does.
        """
        thoughts, errors = await self._reflector.ask(self._model, scene.turn, page, tasks)
        if self._llm.on_failure == "abort" and errors:
            row, error = min(errors.items())
            raise aborted(str(self._people.user_ids[row]), scene.turn, error)
        return thoughts

    def _worst(self, scene: Scene, sheets: Sequence[Sheet | None]) -> list[Call]:
        calls = self._elicitor.worst(sheets)
        if self._reflections:
            longest = [self._reflector.longest(scene.turn, int(row)) for row in scene.rows]
            calls += longest * self._reflections
        return calls

    def _refuse_failures(self, scene: Scene, replies: Sequence[Reply | None]) -> None:
        if self._llm.on_failure != "abort":
            return
        for row, reply in zip(scene.rows, replies, strict=True):
            if reply is not None and reply.error is not None:
                raise aborted(str(self._people.user_ids[row]), scene.turn, reply.error)

    def _appraisal(self, scene: Scene, sheets: Sequence[Sheet | None], replies: Sequence[Reply | None]) -> Appraisal:
        ordinary = self._statistical.judge(scene.rows, scene.items, scene.noticed)
        raw = raw_answers(sheets, replies, scene.items.shape[1])
        said = np.isfinite(raw.want)
        want, taste, rating = self._judged(scene, raw, ordinary)
        told = Testimony.of(scene, sheets, replies, self._elicitor.prompt_id)
        failed = np.array([reply is not None and reply.error is not None for reply in replies], dtype=np.bool_)
        skips = self._llm.on_failure == "skip"
        source = np.where(raw.answered, np.int8(AppraisedBy.LLM), np.int8(AppraisedBy.STATISTICAL))
        return Appraisal(
            want=np.where(said, want, ordinary.want),
            taste=np.where(said, taste, np.where(raw.answered[:, None], np.float32(np.nan), ordinary.taste)),
            rating=np.where(said, rating, ordinary.rating),
            mood=np.where(raw.answered, told.mood, ordinary.mood),
            source=np.where(failed, np.int8(AppraisedBy.SKIPPED if skips else AppraisedBy.FALLBACK), source),
            action=told.action,
            action_argument=told.argument,
            reason=told.because,
            clicks=told.opened,
            words=told.words,
        )

    def _judged(self, scene: Scene, raw: RawAnswers, ordinary: Appraisal) -> tuple[F32, F32, F32]:
        """Want, taste and rating from what was stated; NaN or anything where nothing was. (n, k) each."""
        if self._calibrator is None:
            want = uncalibrated(raw.want, self._statistical.usual[scene.rows])
            taste = np.full(want.shape, np.nan, dtype=np.float32)
        else:
            want = self._calibrator.logits(raw.want, self._people.source[scene.rows])
            taste = np.where(np.isnan(ordinary.taste), np.float32(np.nan), want)
        return want, taste, self._ratings(scene, raw)

    def _ratings(self, scene: Scene, raw: RawAnswers) -> F32:
        if self._literal:
            return raw.rating * np.float32(self._people.rating_unit)
        scale = TRANSFERRED if self._calibrator is None else self._calibrator.scale
        return on_own_scale(raw.rating, self._people, scene.rows, scale)
