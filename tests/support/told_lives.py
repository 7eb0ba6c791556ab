"""A life whose every number is set by the test: what is asked of it must rest on these numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from personas.schema import Persona
from simulator.minds.account import Account, TasteAccount
from simulator.records import Catalog, Item
from simulator.studies.solo.lived import Condition, Lived, Place, Source
from simulator.studies.solo.steps import Step

FILMS = (
    ("Heat (1995)", ("Crime",), 12.0, 4.5, "You will not believe this heist"),
    ("Toy Story (1995)", ("Animation", "Comedy"), 9.0, 4.0, "Toys"),
    ("Alien (1979)", ("Horror", "Science fiction"), 30.0, 4.2, "In space"),
    ("Pulp Fiction (1994)", ("Crime",), 10.0, 4.1, "Royale"),
    ("Usual Suspects, The (1995)", ("Crime",), 11.0, 3.9, "Who?"),
    ("Casablanca (1942)", ("Drama",), 5.0, 4.8, "Here"),
    ("It (1990)", ("Horror",), 8.0, 2.1, "Clown"),
    ("Speed (1994)", ("Action",), 7.0, 3.0, "Bus"),
    ("Aliens (1986)", ("Horror",), 10.0, 4.0, "Again"),
    ("Blade Runner (1982)", ("Science fiction",), 10.0, 4.0, "Rain"),
    ("Godfather, The (1972)", ("Crime",), 10.0, 4.9, "Offer"),
    ("Godfather: Part II, The (1974)", ("Crime",), 10.0, 4.9, "Again"),
)
CATALOG = Catalog(
    tuple(
        Item(
            item_id=f"f{n}",
            title=title,
            categories=kinds,
            price=price,
            review_mean=mean,
            review_count=100,
            headline=head,
        )
        for n, (title, kinds, price, mean, head) in enumerate(FILMS)
    )
)
HEAT, TOYS, ALIEN, PULP, SUSPECTS, CASABLANCA, IT, SPEED, ALIENS, BLADE, GODFATHER, GODFATHER_2 = range(12)
CALM = Condition(
    mood=0.0, fatigue=0.05, satisfaction=3.4, expectation=3.3, chosen=0, clock_s=0.0, session=0, page=0, in_session=True
)
ZERO = {
    "boredom": 0.0,
    "novelty": 0.0,
    "conformity": 0.0,
    "pickiness": 0.0,
    "price": 0.0,
    "reviews": 0.0,
    "seen before": 0.0,
}
EVEN = {"linear": 0.0, "factor": 0.0, "neighbour": 0.0, "content": 0.0, "popularity": 0.0}


def place(item: int, **given: Any) -> Place:
    """Looked at and passed, wanted like everything else, unless something else is given."""
    pulls = {**ZERO, **given.pop("pulls", {})}
    fields: dict[str, Any] = {
        "item": item,
        "item_id": f"f{item}",
        "title": CATALOG[item].title,
        "categories": CATALOG[item].categories,
        "noticed": True,
        "examined": True,
        "clicked": False,
        "liked": False,
        "dwell_s": 0.0,
        "rating": None,
        "want": -2.0,
        "chance": 0.12,
        "pulls": pulls,
    }
    return Place(**(fields | given))


def unseen(item: int, *, noticed: bool) -> Place:
    """Not looked at."""
    nan = float("nan")
    more: dict[str, Any] = {} if noticed else {"want": nan, "chance": nan}
    return replace(place(item, noticed=noticed, examined=False, **more), pulls=dict(ZERO) if noticed else {})


def page(places: Sequence[Place], **given: Any) -> Lived:
    """One page, the first of the first visit unless something else is given."""
    fields: dict[str, Any] = {
        "turn": 0,
        "session": 0,
        "page": 0,
        "layout": "list",
        "source": Source(kind="recommender", name="als"),
        "places": tuple(places),
        "before": CALM,
        "after": replace(CALM, fatigue=0.15, chosen=1, page=1, clock_s=60.0),
        "satisfaction": 3.4,
        "action": "next_page",
        "argument": None,
        "left": False,
        "leave_reason": "stayed",
        "drives": {"sated": 0.15, "tired": 0.3, "bored": 0.0, "dissatisfied": 0.0, "intended": 0.0},
    }
    return Lived(**(fields | given))


def account(item: int, want: float = -2.0, **given: Any) -> Account:
    """Of a want; `families`, `because`, `personal`, `stated` as given."""
    taste = TasteAccount(
        taste=want,
        usual=-2.0,
        families={**EVEN, **given.get("families", {})},
        because=given.get("because", ()),
        known=False,
    )
    return Account(taste=taste, personal=given.get("personal", 0.0), want=want, stated=given.get("stated", 0.0))


@dataclass(kw_only=True)
class ToldLife:
    """Stands where a `Life` stands."""

    turns: tuple[Lived, ...] = ()
    history: tuple[int, ...] = (GODFATHER, BLADE)
    traits: Mapping[str, float] = field(default_factory=dict)
    persona: Persona | None = None
    now: Condition = CALM
    user_id: str = "u1"
    name: str = "Ann"
    seed: int = 7
    layout: str = "list"
    catalog: Catalog = CATALOG
    accounts: Mapping[int, Account] = field(default_factory=dict)
    thought: Mapping[int, Place] = field(default_factory=dict)
    """What they would make of items now."""
    memories: tuple[tuple[str, float], ...] = ()
    wish: str = "You look around."
    steps: tuple[Step, ...] = ()

    @property
    def chosen_before(self) -> tuple[int, ...]:
        return self.history

    def account(self, item: int) -> Account:
        return self.accounts.get(item) or account(item)

    def appraise(self, items: Sequence[int]) -> tuple[Place, ...]:
        return tuple(self.thought.get(item) or place(item, examined=False) for item in items)

    def strongest_memories(self, n: int = 5) -> tuple[tuple[str, float], ...]:
        return self.memories[:n]

    def intent(self, *, spoken: bool = False) -> str:
        return self.wish


def usual_page(**given: Any) -> Lived:
    """Heat chosen, rated 4 and liked; the fifth at a glance, the last three not noticed; the others passed."""
    return page(
        [
            place(HEAT, clicked=True, liked=True, rating=4.0, dwell_s=90.0, want=0.5, chance=0.8),
            place(TOYS),
            place(ALIEN),
            place(PULP),
            unseen(SUSPECTS, noticed=True),
            unseen(CASABLANCA, noticed=False),
            unseen(IT, noticed=False),
            unseen(SPEED, noticed=False),
        ],
        **given,
    )
