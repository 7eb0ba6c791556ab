"""What somebody is told to like and dislike, as tastes: the grammar of `recommenders.wishes`, read of a person.

Genres, creators and titles become likes; words that some item holds become themes; what names several things at once
("comedies from the 90s"), or years, lengths and prices, becomes the best known items that meet all of it, as examples:
a persona has no taste for years, but its examples are what the models of taste know it by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recommenders.wishes.grammar import understand
from recommenders.wishes.lexicon import Lexicon, tokens_of
from recommenders.wishes.phrases import FILLERS
from recommenders.wishes.wish import Target, Wish
from simulator.records import F32, Catalog

EXAMPLES = 5
"""Items that stand for a wish that no taste can hold."""
_MEETS = 0.75
"""An item meets such a wish if it matches by more than this."""
_NAMED = 3
"""Titles that are told of them."""
_REPHRASED = tuple(
    (re.compile(pattern, re.IGNORECASE), says)
    for pattern, says in (
        (r"\b(?:who|that|he|she|they)(?= (?:do|does|is|are|has|have|would|can|could)(?:n['\u2019]?t| not)\b)", "I"),
        (r"\b(?:doesn['\u2019]?t|does not)\b", "don't"),
        (
            r"\b(?:not|never|no|isn['\u2019]t|aren['\u2019]t) (?:really |exactly )?(?:an? )?(?:big |huge |great )?"
            r"(?:fan|lover) of\b",
            "hates",
        ),
        (r"\b(?:not|isn['\u2019]t) an? ([\w-]+)[ -](?:fan|lover|buff|enthusiast)\b", r", hates \1 ,"),
        (
            r"\b(?:is |are |am )?(?:not|never|isn['\u2019]?t|aren['\u2019]?t) "
            r"(?:scared|afraid|terrified|frightened|tired|sick) of\b",
            "I don't mind",
        ),
        (r"\b(?:is |are |am )?not (?:very |too |that )?(?:fond of|into|crazy about|mad about|keen on)\b", "hates"),
        (r"\b(?:adores?|is (?:very )?fond of|is into|is crazy about|is mad about|lives for|is keen on)\b", "loves"),
        (
            r"\b(?:despises?|abhors?|(?:is )?(?:scared|afraid|terrified|frightened) of|is not into|"
            r"isn['\u2019]t into)\b",
            "hates",
        ),
        (r"\b(bore|annoy)s (?:him|her|them|me)\b", r"\1 me"),
        (r"(?<=, )into\b|^\s*into\b", "loves"),
        (r"(?<!not )\b(?:obsessed with|addicted to|hooked on|passionate about|fascinated by)\b", "loves"),
        (r"(?<!never )(?<!rarely )(?<!ever )(?<!seldom )(?<!hardly )\b(?:watches|reads)\b", "likes"),
        (r"\b([\w-]+)-(?:loving|obsessed)\b", r", loves \1 ,"),
        (r"\b([\w-]+)[ -]hating\b", r", hates \1 ,"),
        (r"\b([\w-]+)[ -]hater\b", r", hates \1 ,"),
        (r"\b([\w-]+)[ -](?:fan|lover|buff|addict|enthusiast|fanatic|aficionado)\b", r", loves \1 ,"),
        (r"\b(?:a )?(?:big |huge |great )?(?:fan|lover) of\b", "loves"),
    )
)
"""How the grammar of wishes says it."""
_KIN = (
    "husband|wife|partner|boyfriend|girlfriend|kids?|child|children|sons?|daughters?|mother|father|mum|mom|dad|"
    "parents|friends?|sister|brother|family|boss|colleagues?|grandchildren"
)
_UNREAD = re.compile(
    rf"\b(?:whose|(?<!with )(?:his|her|their)) (?:{_KIN}) [^,.;!?]+"
    r"|[^,.;!?]*\b(?:gives?|makes?|keeps?|leaves?) (?:him|her|them|me)\b[^,.;!?]*"
    r"|\b(?:former|ex|no longer an?|once an?)[ -][\w-]+[ -](?:fan|lover|buff)\b"
    r"|\b[\w-]+[ -](?:fan|lover|buff) (?:no more|no longer|any ?more)\b"
    r"|\bmore than [^,.;!?]+?(?= (?:and|but)\b|[,.;!?]|\s*$)",
    re.IGNORECASE,
)
"""What others like, what somebody used to be, what comes second: no taste of this person's is in it."""
_EMPTY = FILLERS | frozenset(
    tokens_of(
        "who whom whose that which he she they him her them his their i and or but just only most best favourite "
        "favorite person people someone somebody man woman then when while because though although more less some "
        "everything anything all nothing something many few other than too years year old age aged called named name "
        "work works working job live living day days time night nights both sundays mondays weekdays morning evening "
        "weekend weekends together alone "
        "home bed often sometimes mostly mainly especially particularly usually pls please watcher binge reader genre "
        "fiction story stories novel novels picture pictures flick flicks feature features tale tales stuff movies "
        "watches reads thinks finds plays"
    )
)
"""Words that tell nothing by themselves, so that they are not reported as not understood."""
_SCALES = {
    ("known", 1): ("conformity", 0.85),
    ("known", -1): ("conformity", 0.15),
    ("praised", 1): ("trust_in_reviews", 0.85),
    ("price", -1): ("price_sensitivity", 0.85),
    ("price", 1): ("price_sensitivity", 0.15),
}
"""What a taste for more of a scale says of a trait: its percentile. Assumed."""


KINDS = ("genres", "themes", "creators", "examples")
_MOST = 100
"""Names of a kind."""


@dataclass(kw_only=True)
class Told:
    """Tastes by kind, and which are liked; what else follows, in words."""

    liked: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    disliked: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    traits: dict[str, float] = field(default_factory=dict)
    """Percentiles."""
    understood: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, kind: str, names: Iterable[str], likes: bool) -> list[str]:
        """Note these names; the last word on a name counts. The names that had been told the other way round."""
        here, there = (self.liked, self.disliked) if likes else (self.disliked, self.liked)
        turned = []
        for name in names:
            if name in there[kind]:
                there[kind].remove(name)
                turned.append(name)
            if name not in here[kind]:
                here[kind].append(name)
        return turned

    def as_tastes(self) -> dict[str, dict[str, list[str]]]:
        """The `tastes` of a persona."""
        kinds = {kind: {"liked": self.liked[kind][:_MOST], "disliked": self.disliked[kind][:_MOST]} for kind in KINDS}
        return {
            kind: {which: names for which, names in both.items() if names}
            for kind, both in kinds.items()
            if any(both.values())
        }


def without_others(text: str) -> tuple[str, list[str]]:
    """The text without what is said of others and of other times, and these parts."""
    return _UNREAD.sub(" , ", text), [" ".join(found[0].split()) for found in _UNREAD.finditer(text)]


def told_tastes(text: str, lexicon: Lexicon, catalog: Catalog, known: F32) -> Told:
    """What a text says of tastes. `known`: how many people chose each item. (n_items,)."""
    told = Told()
    for pattern, says in _REPHRASED:
        text = pattern.sub(says, text)
    heard = understand(text, lexicon)
    written = {token: word.strip(",;:.!?()") for word in text.split() for token in tokens_of(word)}
    for wish in heard.wishes:
        if _says_nothing(wish):
            told.missed.append(" ".join(written.get(str(word), str(word)) for one in wish.targets for word in one.key))
            continue
        beside = [written.get(word, word) for word in wish.beside if word not in _EMPTY]
        if beside and not wish.cued and wish.polarity == "more":  # "horror gives her nightmares" names it, and no more
            told.missed.append(" ".join(written.get(word, word) for word in wish.said))
            continue
        told.missed += [" ".join(beside)] if beside else []
        _take(_as_written(wish, written), told, lexicon, catalog, known)
    told.missed += _own_words(heard.missed, written)
    return told


def _says_nothing(wish: Wish) -> bool:
    """ "Hates everything" names nothing."""
    return all(target.kind == "words" and set(target.key) <= _EMPTY for target in wish.targets)


def _as_written(wish: Wish, written: Mapping[str, str]) -> Wish:
    """The wish with words as they were said, not as the grammar folds them."""
    targets = tuple(
        Target("words", tuple(written.get(str(word), str(word)) for word in target.key))
        if target.kind == "words"
        else target
        for target in wish.targets
    )
    return replace(wish, targets=targets)


def _take(wish: Wish, told: Told, lexicon: Lexicon, catalog: Catalog, known: F32) -> None:
    name = " and ".join(_in_words(target, catalog) for target in wish.targets)
    if wish.polarity == "open":
        told.understood.append(f"does not mind {name}: nothing follows from it")
        return
    likes = wish.polarity in ("more", "only")
    verb = {"more": "likes", "only": "likes above all", "less": "dislikes", "never": "wants none of"}[wish.polarity]
    if len(wish.targets) == 1 and (kind := _kind(wish.targets[0])) is not None:
        turned = told.add(kind, _names(wish.targets[0], catalog), likes)
        told.understood.append(f"{verb} {name}")
        told.missed += [f"{one}: told both ways, and the last word counts" for one in turned]
        return
    if len(wish.targets) == 1 and (meant := _SCALES.get(_scale(wish.targets[0]))) is not None:
        trait, value = meant
        told.traits[trait] = value if likes else round(1 - value, 2)
        told.understood.append(f"{verb} {name}: {trait.replace('_', ' ')} {told.traits[trait]:g}")
        return
    rows = _best_known(wish, lexicon, known)
    if not rows:
        told.missed.append(f"{name} (no item is that)")
        return
    titles = list(dict.fromkeys(catalog[row].title or catalog[row].item_id for row in rows))
    told.add("examples", titles, likes)
    some = ", ".join(titles[:_NAMED]) + (", …" if len(titles) > _NAMED else "")
    told.understood.append(f"{verb} {name}: as examples {some}")


def _best_known(wish: Wish, lexicon: Lexicon, known: F32) -> list[int]:
    match = np.minimum.reduce([lexicon.matching(target, known) for target in wish.targets])
    best = np.lexsort((np.arange(known.size), -known, match <= _MEETS))[:EXAMPLES]
    return [int(row) for row in best if match[row] > _MEETS]


def _kind(target: Target) -> str | None:
    return {"category": "genres", "creator": "creators", "title": "examples", "words": "themes"}.get(target.kind)


def _scale(target: Target) -> tuple[str, int]:
    return (str(target.key[0]), int(float(target.key[1]))) if target.kind == "scale" else ("", 0)


def _names(target: Target, catalog: Catalog) -> list[str]:
    if target.kind == "title":
        return list(dict.fromkeys(catalog[catalog.row_of[str(item_id)]].title for item_id in target.key))
    return [" ".join(map(str, target.key))] if target.kind == "words" else [str(name) for name in target.key]


def _in_words(target: Target, catalog: Catalog) -> str:
    if target.kind in ("years", "minutes", "price"):
        low, high = (float(edge) for edge in target.key)
        unit = {"years": "years", "minutes": "minutes", "price": "price"}[target.kind]
        span = (
            f"up to {high:g}" if low in (-np.inf, 0) else f"from {low:g} on" if high == np.inf else f"{low:g}-{high:g}"
        )
        return f"{unit} {span}"
    if target.kind == "scale":
        return _SCALE_WORDS[_scale(target)]
    return ", ".join(_names(target, catalog))


_SCALE_WORDS = {
    ("length", -1): "what is short", ("length", 1): "what is long", ("price", -1): "what is cheap",
    ("price", 1): "what is dear", ("year", 1): "what is new", ("year", -1): "what is old",
    ("known", 1): "what is popular", ("known", -1): "what few know", ("praised", 1): "what is well reviewed",
}  # fmt: skip


def _own_words(missed: Iterable[str], written: Mapping[str, str]) -> Iterator[str]:
    """What was not understood as it was written, without the words that tell nothing."""
    for one in missed:
        body, mark, why = one.partition(" (")
        words = [written.get(token, token) for token in body.split() if token not in _EMPTY]
        if words:
            yield " ".join(dict.fromkeys(words)) + mark + why
