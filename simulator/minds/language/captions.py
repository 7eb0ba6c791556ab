"""Pictures in words: each item's picture is described once by the model, and the words are checked against the facts.

The same answer says whether the picture can be of the item at all; if not, there is no caption. What of a caption
names another item of the catalogue, or a category that the item does not have, is left out: a wrong fact in a picture
would reach everybody who sees the item. (SimUSER checks the claims of its captions likewise, arXiv 2504.12722.)
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from simulator.llm.fencing import Fence, clean
from simulator.llm.port import Call, CallError, ChatModel, Message
from simulator.llm.settings import LLMSettings
from simulator.llm.together import all_of
from simulator.minds.language.images import UnreadableImageError, image_url
from simulator.minds.language.page_words import CAPTION, LONGEST, item_words
from simulator.minds.language.prompting import prompt
from simulator.records import Catalog, Item, UserInputError

_CLAIM = re.compile(r"[.;,]\s+|[.;,]$")
_WORD = re.compile(r"[^\W_]+")
UNREADABLE, CONTRADICTS = "unreadable", "contradicts the facts"
_FORMAT = "understudy.captions.1"


class CaptionAnswer(BaseModel):
    """What the model says of a picture."""

    caption: str
    contradicts: bool
    titles: list[str]


@dataclass(frozen=True, kw_only=True)
class Captions:
    """What the pictures of a catalogue show, as far as it is known."""

    by_id: Mapping[str, str] = field(default_factory=dict)
    """By item id."""
    asked: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    """Pictures that are left without a caption, by reason: a `FailureKind`, `UNREADABLE` or `CONTRADICTS`."""
    trimmed: int = 0
    """Captions of which something was left out."""

    def applied(self, catalog: Catalog) -> Catalog:
        """The catalogue with these captions. Rows and ids stay."""
        return Catalog(
            tuple(
                replace(item, image_caption=self.by_id[item.item_id]) if item.item_id in self.by_id else item
                for item in catalog
            )
        )

    def save(self, path: Path) -> None:
        """Write as JSON, so that a resumed run sees the very same pictures."""
        document = {
            "format": _FORMAT,
            "by_id": dict(self.by_id),
            "asked": self.asked,
            "failed": dict(self.failed),
            "trimmed": self.trimmed,
        }
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises UserInputError for anything else."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document.pop("format") != _FORMAT:
                raise ValueError
            return cls(**document)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise UserInputError(f"{path}: these are no captions of this version. Cure: remove the file") from None


class Captioner:
    """Describes the pictures of a catalogue's items that have no caption yet. Files are looked for in `folder`."""

    def __init__(self, catalog: Catalog, llm: LLMSettings, *, folder: Path) -> None:
        self._catalog, self._llm, self._folder = catalog, llm, folder
        self._facts = _Facts(catalog)

    def worst(self) -> list[Call]:
        """The calls to make, without the pictures themselves: for budgets and estimates."""
        return [self._call(item, "data:image/unread") for item in self._pictured]

    async def captions(self, model: ChatModel) -> Captions:
        """Ask about every picture once. A call that fails leaves its item without a caption. Raises EndpointError and
        BudgetError as the model does."""
        room = asyncio.Semaphore(self._llm.concurrency)  # pictures are large: only those that are asked about are read
        answers = await all_of([self._one(model, item, room) for item in self._pictured])
        failed: Counter[str] = Counter()
        by_id: dict[str, str] = {}
        trimmed = 0
        for item, answer in zip(self._pictured, answers, strict=True):
            if not isinstance(answer, CaptionAnswer):
                failed[str(answer)] += 1
                continue
            said = clean(answer.caption, CAPTION)
            caption = "" if self._facts.is_another(item, answer) else self._facts.true_of(item, said)
            trimmed += bool(caption) and caption != said
            if caption:
                by_id[item.item_id] = caption
            else:
                failed[CONTRADICTS] += 1
        return Captions(by_id=by_id, asked=len(self._pictured), failed=dict(failed), trimmed=trimmed)

    @cached_property
    def _pictured(self) -> list[Item]:
        return [item for item in self._catalog if item.image and not item.image_caption]

    def _call(self, item: Item, url: str) -> Call:
        fence = Fence.of(0, f"item/{item.item_id}")
        template = prompt("caption")
        facts = fence.quoted(item_words(replace(item, image_caption=""), "list"), LONGEST)
        return Call(
            kind="caption",
            messages=(
                Message("system", template.render("system", fence=fence.word)),
                Message("user", template.render("user", fence=fence.word, facts=facts), images=(url,)),
            ),
            answer=CaptionAnswer,
            max_tokens=self._llm.room(80),
            identity=("caption", item.item_id),
        )

    async def _one(self, model: ChatModel, item: Item, room: asyncio.Semaphore) -> BaseModel | str:
        """The answer, or why there is none."""
        async with room:
            try:
                return (await model.ask(self._call(item, image_url(item.image, self._folder)))).value
            except CallError as error:
                return str(error.kind)
            except UnreadableImageError:
                return UNREADABLE


class _Facts:
    """What a caption may not say: the titles and categories of others."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def is_another(self, item: Item, answer: CaptionAnswer) -> bool:
        """Whether the picture is of something else: the model says so, or reads another item's title in it."""
        others = {_words(title) for title in answer.titles} & self._titles
        return answer.contradicts or bool(others - {_words(item.title)})

    def true_of(self, item: Item, caption: str) -> str:
        """The caption without the claims that name others."""
        own = set(_words(f"{item.title} {' '.join(item.categories)}"))
        claims = [claim.strip() for claim in _CLAIM.split(caption) if claim.strip()]
        kept = [
            claim
            for claim in claims
            if all(set(run) <= own for run in _runs(_words(claim), self._longest) if run in self._names)
        ]
        return caption if kept == claims else ", ".join(kept)

    @cached_property
    def _titles(self) -> frozenset[tuple[str, ...]]:
        return frozenset(words for item in self._catalog if (words := _words(item.title)))

    @cached_property
    def _names(self) -> frozenset[tuple[str, ...]]:
        """Titles of two words or more (a title of one word may be any word) and categories."""
        long = (title for title in self._titles if len(title) > 1)
        return frozenset([*long, *map(_words, self._catalog.category_names)])

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._names), default=0)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _runs(words: tuple[str, ...], longest: int) -> list[tuple[str, ...]]:
    """All runs of neighbouring words up to a length."""
    return [
        words[start:end]
        for start in range(len(words))
        for end in range(start + 1, min(len(words), start + longest) + 1)
    ]
