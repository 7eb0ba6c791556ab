"""Films, people and pages for tests of minds that ask a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from simulator.llm.port import Answer, Call, CallError, FailureKind, Usage
from simulator.llm.scripted import ScriptedModel
from simulator.llm.settings import LLMSettings
from simulator.minds.language.elicit import Elicitor
from simulator.minds.language.persona_words import Biography
from simulator.minds.language.settings import LanguageMindSettings
from simulator.population import Population
from simulator.records import Catalog, InteractionLog, Item, SplitLog
from simulator.turn import Recollection, Scene

Change = Callable[[Call, dict[str, Any]], dict[str, Any]]

FILMS = """
The Salt Ledger of Ninety|1991|Drama
Marshal Tin|1994|Action,Adventure,Sci-Fi
Undertowing|1997|Drama
The Detention Hour|1986|Comedy,Drama
Low Sky|1985|Action,Romance
Engine 9: The Quiet Harvest|1992|Action,Sci-Fi,Thriller
The Banquet Pianist|1999|Comedy,Romance
The Widower|1998|Comedy,Romance
Captain Ember IV: The Long Truce|1988|Action
The Bog Crusader|1984|Comedy,Horror
Tin Parade|1996|Animation,Children's,Comedy
Ash|1994|Action,Crime,Thriller
Bemis|1995|Crime,Drama,Thriller
The Red Heron of Tunis|1987|Comedy,Drama,Romance
Rekindlings|1991|Drama
Gleam|1995|Drama,Romance
The Grey League|1998|Drama,Thriller
Marble Crocodile|1997|Crime,Thriller
Fog Child|1989|Drama
Star Tolls: Chapter II - The Lanterns Go Out Again|1981|Action,Adventure,Drama
Chekhov on Holiday|1997|Comedy,Romance
The Scarlet Corsair|1953|Adventure,Comedy,Sci-Fi
Creed?|1998|Comedy
Borrowing Otto Lindqvale|1998|Comedy
Stoneheart|1996|Action,Drama,War
The Quiet of the Meadows|1990|Drama,Thriller
Nora Peake and the Leaky Chalice|1976|Comedy
Brine|1978|Action,Horror
The Baker's Bride|1986|Action,Adventure,Comedy
Penny Novel|1993|Crime,Drama
Vellmark Unlisted|1996|Crime,Film-Noir,Mystery
Goose Dash|1999|Animation,Children's,Comedy
Vertex|1961|Horror,Thriller
The Dunmarrow Kite|1942|Film-Noir,Mystery
Hedgehog Noon|1992|Comedy,Romance
The Stepfather's Ring|1973|Action,Crime,Drama
Tangier Road|1943|Drama,Romance,War
Hamlin|1994|Children's,Comedy,Drama
Go Mira Go|1999|Action,Crime,Romance
Wire Walker|1983|Film-Noir,Sci-Fi
"""


def films() -> tuple[Item, ...]:
    """Forty invented films, with titles and categories as long as those of a real catalogue."""
    told = (line.split("|") for line in FILMS.split("\n") if line)
    return tuple(
        Item(item_id=f"m{row}", title=title, year=int(year), categories=tuple(kinds.split(",")))
        for row, (title, year, kinds) in enumerate(told)
    )


def film_log(n_people: int = 30, items: tuple[Item, ...] | None = None) -> SplitLog:
    """Half of the films, chosen and rated by each person; a fifth of the choices held out."""
    catalog = Catalog(items or films())
    luck = np.random.default_rng(3)
    chosen = np.stack([luck.choice(len(catalog), len(catalog) // 2, replace=False) for _ in range(n_people)])
    n = chosen.size
    facts = {
        "gender": ["female", "male"],
        "age": ["18-24", "35-44", "50-55"],
        "occupation": ["writer", "sales"],
    }
    log = InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{row}" for row in range(n_people)]),
        user=np.repeat(np.arange(n_people), chosen.shape[1]).astype(np.int32),
        item=chosen.ravel().astype(np.int32),
        rating=luck.choice([1, 2, 3, 4, 5], n, p=[0.06, 0.11, 0.26, 0.35, 0.22]).astype(np.float32),
        clicked=np.ones(n, dtype=np.bool_),
        time=np.zeros(n, dtype=np.int64),
        dwell_s=np.full(n, np.nan, dtype=np.float32),
        position=np.full(n, -1, dtype=np.int32),
        demographics={name: luck.choice(values, n_people) for name, values in facts.items()},
    )
    return SplitLog("films", log, luck.choice(3, n, p=[0.5, 0.3, 0.2]).astype(np.uint8))


def scene_of(
    people: Population,
    items: Any,
    *,
    rows: Any = None,
    turn: int = 0,
    page: int = 0,
    noticed: Any = None,
    memories: tuple[Recollection, ...] | None = None,
    layout: str = "list",
    fatigue: float = 0.1,
) -> Scene:
    """People in front of pages; everybody in an even mood."""
    items = np.asarray(items, dtype=np.int32)
    rows = np.arange(len(items), dtype=np.int32) if rows is None else np.asarray(rows, dtype=np.int32)
    n = len(people)
    return Scene(
        people=people,
        state=SimpleNamespace(mood=np.zeros(n), fatigue=np.full(n, fatigue)),
        rows=rows,
        keys=people.keys[rows],
        turn=turn,
        items=items,
        noticed=items >= 0 if noticed is None else noticed,
        page=np.full(len(rows), page, dtype=np.int32),
        session=np.zeros(len(rows), dtype=np.int32),
        memories=memories,
        layout=layout,
    )


def pages_for(n: int, k: int, n_items: int, seed: int = 0) -> Any:
    """k different items for each of n people."""
    luck = np.random.default_rng(seed)
    return np.stack([luck.choice(n_items, k, replace=False) for _ in range(n)]).astype(np.int32)


def elicitor_of(people: Population, split: SplitLog, **changes: Any) -> Elicitor:
    """An elicitor with ordinary settings."""
    given: dict[str, Any] = {
        "people": people,
        "catalog": split.catalog,
        "biography": Biography(split.known, seed=7),
        "settings": LanguageMindSettings(),
        "llm": LLMSettings(model="scripted"),
        "seed": 7,
        "arm": "control",
        "mind": "llm",
    }
    return Elicitor(**(given | changes))


class Stub:
    """A scripted model with a change: `change` gets each call and the answer's values, and may raise a CallError."""

    def __init__(self, change: Change | None = None) -> None:
        self._inner = ScriptedModel(LLMSettings(model="scripted"))
        self._change, self.calls = change, list[Call]()

    async def ask(self, call: Call) -> Answer:
        self.calls.append(call)
        await asyncio.sleep(0)
        answer = await self._inner.ask(call)
        if self._change is None:
            return answer
        value = call.answer.model_validate(self._change(call, answer.value.model_dump()))
        return replace(answer, value=value, text=value.model_dump_json())

    async def close(self) -> None:
        await self._inner.close()


def failing(
    *user_ids: str, kind: FailureKind = FailureKind.TIMEOUT
) -> Callable[[Call, dict[str, Any]], dict[str, Any]]:
    """A change that fails the calls of these people."""

    def change(call: Call, value: dict[str, Any]) -> dict[str, Any]:
        if call.user_id in user_ids:
            raise CallError(kind, "told to fail", usage=Usage(11, 0, 1))
        return value

    return change
