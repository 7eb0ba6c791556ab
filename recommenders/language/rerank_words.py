"""The question that the re-ranker asks: one person, what they liked and said, and the items in a keyed order.

Everything that comes from the catalogue or from people stands in a fence, cleaned, capped and quoted (`fencing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, create_model

from simulator.llm.fencing import Fence, clean
from simulator.llm.port import Call, Message
from simulator.llm.prompting import Prompt
from simulator.llm.settings import LLMSettings
from simulator.llm.shapes import whole_number
from simulator.records import Item

PROMPT = Prompt("rerank", 1, Path(__file__).parent / "prompts")
TITLE, TEXT, NAME, CATEGORIES = 100, 120, 40, 4
"""Most letters of a title, a text and a name, and most categories, that are told of an item."""
_ITEM, _SAID = 320, 300
"""Most letters of all that is told of one item, and of one instruction."""
_TOKENS_OF_SLOT, _TOKENS_AROUND = 12, 16


class Judged(BaseModel):
    """What the model says of one item."""

    want: whole_number((0, 10))  # type: ignore[valid-type]


@lru_cache(maxsize=64)
def answer_of(size: int) -> type[BaseModel]:
    """The shape of an answer about `size` items: one required key an item, so that none can be left out or made up."""
    fields: dict[str, Any] = {f"i{nth + 1}": (Judged, ...) for nth in range(size)}
    return create_model(f"Rerank{size}", **fields)


def item_words(item: Item) -> str:
    """An item on one line; what is not known is left out."""
    title = clean(item.title, TITLE) or clean(item.headline, TITLE) or clean(f"item {item.item_id}", TITLE)
    kinds = ", ".join(filter(None, (clean(name, NAME) for name in item.categories[:CATEGORIES])))
    maker, text = clean(item.creator, NAME), clean(item.text, TEXT)
    parts = [
        title if item.year is None else f"{title} ({item.year})",
        kinds,
        f"by {maker}" if maker else "",
        f"{item.duration_s / 60:.0f} minutes" if item.duration_s else "",
        f"price {item.price:,.2f}" if item.price is not None else "",
        text,
    ]
    return "; ".join(part for part in parts if part)


def question(
    *,
    fence: Fence,
    liked: Sequence[Item],
    items: Sequence[Item],
    told: Sequence[str],
    query: str | None,
    settings: LLMSettings,
    identity: tuple[str | int, ...],
    user_id: str,
    turn: int,
) -> Call:
    """The call for one page. `items` in the order in which they are shown to the model; its answer has the keys i1, i2,
    … in that order."""
    values = {
        "fence": fence.word,
        "liked": [fence.quoted(item_words(item), _ITEM) for item in liked],
        "items": [fence.quoted(item_words(item), _ITEM) for item in items],
        "told": [fence.quoted(line, _SAID) for line in told],
        "query": fence.quoted(query, _SAID) if query else "",
    }
    system = PROMPT.render("system", fence=fence.word, first="i1", last=f"i{len(items)}")
    return Call(
        kind="rerank",
        messages=(Message("system", system.strip()), Message("user", PROMPT.render("user", **values).strip())),
        answer=answer_of(len(items)),
        max_tokens=settings.room(_TOKENS_OF_SLOT * len(items) + _TOKENS_AROUND),
        identity=identity,
        user_id=user_id,
        turn=turn,
    )
