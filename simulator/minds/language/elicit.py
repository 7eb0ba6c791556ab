"""From people in front of pages to calls, and from answers back to arrays: one call for one person's page.

A call holds the person (the same bytes on every page, so that a server can keep what it made of them), then what they
remember, their state, and the items that they noticed, in a keyed order (`ordering`). Answers may come in any order;
each depends on its own call alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulator.llm.fencing import Fence
from simulator.llm.port import Call, CallError, ChatModel, Message, Usage
from simulator.llm.settings import LLMSettings
from simulator.llm.together import all_of
from simulator.minds.language.answers import Said, page_answer, read
from simulator.minds.language.condition_words import condition_words
from simulator.minds.language.deliberating import deliberated, later_rounds
from simulator.minds.language.memory_words import memory_words
from simulator.minds.language.ordering import asked_places
from simulator.minds.language.page_words import LONGEST, PageWords
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.prompting import prompt
from simulator.minds.language.questions import Questions
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population
from simulator.records import I32, Catalog
from simulator.turn import Recollection, Scene

NOTHING = Recollection()


def page_prompt_id(settings: LanguageMindSettings, *, notes: bool = False) -> str:
    """What the journal calls the prompt of a page: its id, and what of it is switched on."""
    name = prompt("page").id
    if settings.deliberation != "none":
        name += f".{settings.deliberation}"
    if settings.deliberation == "multi_round":
        name += prompt("deliberation").id.removeprefix("deliberation.")
    return f"{name}.notes" if notes else name


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """The question about one person's page."""

    call: Call
    places: I32
    """Place on the page of each slot. (slots,)."""
    first_page: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Reply:
    """What came of a sheet: what was said, or why nothing was."""

    said: Said | None = None
    error: CallError | None = None
    usage: Usage = field(default_factory=Usage)
    cached: bool = False
    model: str | None = None


class Elicitor:
    """Asks about the pages of one block of people in one arm."""

    def __init__(
        self,
        *,
        people: Population,
        catalog: Catalog,
        biography: Biography,
        settings: LanguageMindSettings,
        llm: LLMSettings,
        seed: int,
        arm: str,
        mind: str,
        notes: bool = False,
    ) -> None:
        self._people, self._catalog, self._biography = people, catalog, biography
        self._settings, self._llm, self._seed, self._arm, self._mind = settings, llm, seed, arm, mind
        self._notes = notes
        self._words = PageWords(catalog)
        self._systems: dict[int, str] = {}
        self.prompt_id = page_prompt_id(settings, notes=notes)

    def sheets(self, scene: Scene, *, kind: str = "page") -> list[Sheet | None]:
        """One sheet for each person of the scene, None for those who noticed nothing: they are not asked.

        `scene.people` must be the people that this was made with. `scene.state` may be None: everybody has just come
        in, in an even mood.
        """
        shown = scene.noticed & (scene.items >= 0)
        item_keys = self._catalog.keys[np.maximum(scene.items, 0)]
        order = asked_places(self._seed, scene.keys, scene.turn, item_keys, shown)
        return [self._sheet(scene, nth, places, kind) if places.size else None for nth, places in enumerate(order)]

    def worst(self, sheets: Sequence[Sheet | None]) -> list[Call]:
        """All calls that these sheets may lead to, as long as they may get: for budgets and estimates."""
        asked = [sheet.call for sheet in sheets if sheet is not None]
        if self._settings.deliberation != "multi_round":
            return asked
        return [one for call in asked for one in (call, *later_rounds(call))]

    async def ask(self, model: ChatModel, sheets: Sequence[Sheet | None]) -> list[Reply | None]:
        """The reply to each sheet, all asked at once. What is no failure of one call (EndpointError, BudgetError)
        stops the others and is raised."""
        return await all_of([None if sheet is None else self._reply(model, sheet) for sheet in sheets])

    async def _reply(self, model: ChatModel, sheet: Sheet) -> Reply:
        try:
            if self._settings.deliberation == "multi_round":
                answer = await deliberated(model, sheet.call)
            else:
                answer = await model.ask(sheet.call)
        except CallError as error:
            return Reply(error=error, usage=error.usage)
        said = read(answer.value, sheet.places.size, first_page=sheet.first_page)
        return Reply(said=said, usage=answer.usage, cached=answer.cached, model=answer.model)

    def fence(self, row: int) -> Fence:
        """The fence around the data in a person's prompts."""
        return Fence.of(self._seed, str(self._people.user_ids[row]))

    def persona(self, row: int) -> tuple[str, ...]:
        """A person in words."""
        return self._biography.persona(self._people, row, self.fence(row))

    def _has_routines(self, row: int) -> bool:
        persona = self._people.persona(row)
        return persona is not None and bool(persona.routines)

    def _system(self, row: int) -> str:
        if row not in self._systems:
            self._systems[row] = prompt("page").render(
                "system",
                fence=self.fence(row).word,
                persona=self.persona(row),
                brief=self._settings.deliberation == "brief",
                notes=self._notes,
            )
        return self._systems[row]

    def _sheet(self, scene: Scene, nth: int, places: I32, kind: str) -> Sheet:
        row, page, session = int(scene.rows[nth]), int(scene.page[nth]), int(scene.session[nth])
        fence = self.fence(row)
        recollection = NOTHING if scene.memories is None else scene.memories[nth]
        items = scene.items[nth, places].tolist()
        memories, evidence = memory_words(recollection, items, fence)
        user = prompt("page").render(
            "user",
            condition=condition_words(scene.state, row, session, page, calendar=self._has_routines(row)),
            fence=fence.word,
            memories=memories,
            items=[
                (fence.quoted(self._words.of(item, scene.layout), LONGEST), evidence.get(item, "")) for item in items
            ],
        )
        user_id = str(self._people.user_ids[row])
        call = Call(
            kind=kind,
            messages=(Message("system", self._system(row)), Message("user", user)),
            answer=page_answer(places.size, brief=self._settings.deliberation == "brief", notes=self._notes),
            max_tokens=self._llm.room(_answer_tokens(places.size, self._settings)),
            identity=(self._seed, self._mind, user_id, scene.turn, page, kind),
            arm=self._arm,
            user_id=user_id,
            turn=scene.turn,
        )
        return Sheet(call=call, places=places, first_page=page == 0)


def _answer_tokens(slots: int, settings: LanguageMindSettings) -> int:
    """About how many tokens an answer takes: 14 for each item, and the page as a whole."""
    return 14 * slots + 60 + (90 if settings.deliberation == "brief" else 0)


def raw_answers(sheets: Sequence[Sheet | None], replies: Sequence[Reply | None], k: int) -> RawAnswers:
    """Stated wants and ratings, put back from slots to the k places of each page."""
    n = len(sheets)
    want, rating = (np.full((n, k), np.nan, dtype=np.float32) for _ in range(2))
    answered = np.zeros(n, dtype=np.bool_)
    for nth, (sheet, reply) in enumerate(zip(sheets, replies, strict=True)):
        if sheet is not None and reply is not None and reply.said is not None:
            want[nth, sheet.places], rating[nth, sheet.places] = reply.said.want, reply.said.rating
            answered[nth] = True
    return RawAnswers(want=want, rating=rating, answered=answered)


def calibration_sheets(
    elicitor: Elicitor,
    people: Population,
    questions: Questions,
    layout: str,
    memories: tuple[Recollection, ...] | None = None,
) -> list[Sheet | None]:
    """The sheets of calibration's questions: first pages of first visits. `people`: those of `questions.rows`, in their
    order, which the elicitor was made with. `memories`: what they know then of what they see, as in the run."""
    n = len(questions)
    nothing_yet = np.zeros(n, dtype=np.int32)
    scene = Scene(
        people=people,
        state=None,
        rows=np.arange(n, dtype=np.int32),
        keys=people.keys,
        turn=0,
        items=questions.items,
        noticed=questions.items >= 0,
        page=nothing_yet,
        session=nothing_yet,
        layout=layout,
        memories=memories,
    )
    return elicitor.sheets(scene, kind="calibration")
