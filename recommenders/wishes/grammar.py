"""A small grammar of wishes. No language model: what it does not know, it says that it did not understand.

A line is cut into sentences, and a sentence into groups at commas, "and", "or", "but". A group is a cue and targets:

| cue | words | |
|---|---|---|
| never | no, never, nothing, without, don't show, stop showing, avoid, hide, anything but | left out of pages |
| less | less, fewer, not so, not too, too much, enough, tired of, don't like, hate | counts for less |
| only | only, just, nothing but, exclusively | everything else comes last |
| more | more, some, something, show me, I want, I like, looking for, … or no cue at all | counts for more |

A group without a cue goes on with the one before it in its sentence ("no horror, war or crime"). Targets are the
catalogue's categories (and everyday words for some), its creators ("nothing by …"), titles (in quotes, or after
"like"), years and decades ("from the 90s", "before 1980"), lengths and prices ("under 90 minutes", "shorter", "cheap"),
"newer", "older", "popular", "less known", "highly rated"; other words count if some item's title or text holds them.
Targets of one group must all be met ("comedies from the 90s"). "Tonight", "today", "now", "this time" make a sentence
momentary. "Forget what I said", "show me anything" take everything back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from recommenders.wishes.lexicon import Lexicon, tokens_of
from recommenders.wishes.spans import Span, spans_marked
from recommenders.wishes.wish import Polarity, Target, Understanding, Wish

T = TypeVar("T")
Phrase = tuple[str, ...]

MOST_LETTERS = 1_000
"""Letters of a line that are read: nobody says more to a service at once."""
_LONGEST = 8
"""Most words of a name that is looked for."""
_SENTENCE = re.compile(r"[.;!?\n]+(?=\s|$)")
_QUOTED = re.compile('["\u201c\u201d]([^"\u201c\u201d]{1,200})["\u201c\u201d]')
_MARK = "\u241f"
_MARKED = re.compile(rf"{_MARK}(\d+){_MARK}")


def _phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(tuple(tokens_of(one)) for one in text.split("|"))


def _table(values: Mapping[T, str]) -> dict[Phrase, T]:
    return {phrase: value for value, phrases in values.items() for phrase in _phrases(phrases)}


_CUES_BY_POLARITY: dict[Polarity, str] = {
    "never": "no|never|nothing|without|not|no more|not any|never again|never show|never recommend|never suggest|"
    "dont show|do not show|dont recommend|do not recommend|dont suggest|do not suggest|dont give|do not give|dont want|"
    "do not want|stop showing|stop recommending|stop suggesting|stop with|avoid|hide|exclude|ban|anything but|"
    "everything but",
    "less": "less|fewer|not so|not so much|not so many|not as|not too|not that|not much|not many|not very|not really|"
    "rather not|too|too much|too many|enough|tired of|sick of|bored of|bored with|bored by|fed up with|dont like|"
    "do not like|dislike|hate|cant stand|cannot stand|not in the mood for|not interested in|no longer|"
    "no longer interested in",
    "only": "only|just|nothing but|exclusively",
    "more": "more|some|something|anything|show|give|recommend|suggest|want|like|love|enjoy|prefer|looking for|look for|"
    "search for|in the mood for|how about|what about|something for|lot of|plenty of|not only|interested in",
}
CUES: Mapping[Phrase, Polarity] = _table(_CUES_BY_POLARITY)
SCALES: Mapping[Phrase, tuple[str, int]] = _table(
    {
        ("length", -1): "short|shorter|brief|quick|quicker",
        ("length", 1): "long|longer|lengthy",
        ("price", -1): "cheap|cheaper|inexpensive|affordable",
        ("price", 1): "expensive|pricey|dearer",
        ("year", 1): "new|newer|recent|latest|modern|contemporary",
        ("year", -1): "old|older|classic|vintage",
        ("known", 1): "popular|well known|famous|mainstream|blockbuster|hit|known",
        ("known", -1): "lesser known|little known|obscure|unknown|hidden gem|niche|underrated|unpopular",
        ("praised", 1): "highly rated|top rated|well reviewed|better rated|better reviewed|acclaimed",
    }
)
_SEPARATORS = frozenset(("and", "or", "but", "nor", "plus", ","))
_REASONS = frozenset(("for", "because", "when", "while", "if", "since", "unless"))
"""After a target they begin a reason, in which nothing is asked for: "no horror for the kids"."""
_LIKE = frozenset(("like", "similar", "to", "as"))
_MOMENT = dict.fromkeys(
    _phrases("tonight|today|now|right now|for now|just now|this time|this evening|this weekend|at the moment"), True
)
_STANDING = dict.fromkeys(_phrases("from now on"), False)
_FORGET = dict.fromkeys(
    _phrases(
        "forget what i said|forget everything|forget all that|never mind what i said|show me anything|anything goes|"
        "start over"
    ),
    True,
)
_FILLERS = frozenset(
    tokens_of(
        "a an the of me my i im am is are be been you your please thanks thank to do does it its this that these those "
        "movie film show thing item stuff one title series book video ever again at all any very much really bit "
        "little lot with by from in about on than so have had has id ill would could can will let lets get got see "
        "watch read buy too here there another other else bring include recommendation page kind sort type maybe hi "
        "hello hey ok okay well also still anymore always dear service we us our what up such good great set made "
        "starring featuring directed similar for because when while if since unless as like"
    )
)
_VAGUE = frozenset(
    tokens_of("different variety variation diverse surprise surprising interesting better best fun nice same")
)
"""What cannot be judged from an item alone, though some text may hold the word."""


@lru_cache(maxsize=4096)
def understand(text: str, lexicon: Lexicon, *, searched: bool = False) -> Understanding:
    """What a line of words asks for, in order. Never raises: whatever was not understood is told as such.

    `searched`: the words were typed into a search field, so that each of them asks for something.
    """
    wishes: list[Wish] = []
    missed: list[str] = []
    forgets = False
    for sentence in _SENTENCE.split(text[:MOST_LETTERS].replace("\u2019", "'").replace(_MARK, " ")):
        if _holds_any(tokens_of(sentence), _FORGET):
            wishes, missed, forgets = [], [], True
            continue
        reader = _Reader(sentence, lexicon, searched)
        reader.read()
        wishes += reader.wishes
        missed += reader.missed
    return Understanding(tuple(wishes), tuple(missed), forgets)


class _Reader:
    """Reads one sentence from left to right; at each place the longest phrase that means something is taken."""

    def __init__(self, sentence: str, lexicon: Lexicon, searched: bool) -> None:
        self.wishes: list[Wish] = []
        self.missed: list[str] = []
        self._lexicon = lexicon
        self._spans: list[Span] = []
        marked = spans_marked(_QUOTED.sub(self._quoted, sentence), self._mark)
        self._tokens = [token for piece in marked.replace(",", " , ").split() for token in _tokens(piece)]
        self._momentary = _holds_any(self._tokens, _MOMENT) and not _holds_any(self._tokens, _STANDING)
        self._usual: Polarity | None = "more" if searched else None
        self._polarity: Polarity | None = self._usual
        self._begin()

    def _begin(self) -> None:
        """A new group."""
        self._targets: list[Span] = []
        self._words: list[str] = []
        self._cued = self._reason = False

    def read(self) -> None:
        """Fill `wishes` and `missed`."""
        at = 0
        while at < len(self._tokens):
            at += self._step(at, self._tokens[at])
        self._close()

    def _step(self, at: int, token: str) -> int:
        """Take what begins here; how many tokens it has."""
        if token in _SEPARATORS:
            self._close()
            self._polarity = self._usual if token == "but" else self._polarity
            return 1
        moment = _longest(self._tokens, at, {**_MOMENT, **_STANDING})
        if moment is not None:
            return moment[0]
        cue = _longest(self._tokens, at, CUES)
        name = self._name(at)
        if cue is not None and (name is None or cue[0] >= name[0]):
            after = at + cue[0]
            self._cue(cue[1], last=after == len(self._tokens) or self._tokens[after] in _SEPARATORS)
            return cue[0]
        if token in _REASONS and (self._targets or self._words):
            self._reason = True
        elif not self._reason and name is not None:
            self._targets.append(name[1])
        elif not self._reason:
            self._words.append(token)
        return 1 if name is None else name[0]

    def _cue(self, polarity: Polarity, *, last: bool) -> None:
        if polarity == "only" and last and self._targets and not self._cued:  # "before 1980 only"
            self._polarity, self._cued = polarity, True
            return
        if self._targets or self._words:
            self._close()
        weak = polarity == "more" and self._cued and self._polarity is not None
        if not weak:  # "never show", "only want": the first word says it
            self._polarity = polarity
        self._cued = True

    def _name(self, at: int) -> tuple[int, Span] | None:
        """The longest name that begins at a token: how many tokens, and what it names."""
        marked = _MARKED.fullmatch(self._tokens[at])
        if marked is not None:
            return 1, self._spans[int(marked[1])]
        liked = self._usual is not None or (at > 0 and self._tokens[at - 1] in _LIKE)
        for size in range(min(_LONGEST, len(self._tokens) - at), 0, -1):
            target = self._target(tuple(self._tokens[at : at + size]), liked)
            if target is not None:
                return size, (None, target)
        return None

    def _target(self, phrase: Phrase, liked: bool) -> Target | None:
        known = self._lexicon
        if phrase in known.categories:
            return Target("category", known.categories[phrase])
        if phrase in known.creators and (len(phrase) > 1 or len(phrase[0]) > 3):
            return Target("creator", known.creators[phrase])
        if phrase in known.titles and (liked or len(set(phrase) - _FILLERS) > 2):
            return Target("title", known.titles[phrase])
        if phrase in SCALES:
            return Target("scale", (SCALES[phrase][0], float(SCALES[phrase][1])))
        return None

    def _close(self) -> None:
        """The group is whole: make a wish of it."""
        targets, words, cued = self._targets, [word for word in self._words if word not in _FILLERS], self._cued
        self._begin()
        if not targets and words:
            held = tuple(dict.fromkeys(word for word in words if word not in _VAGUE and self._lexicon.knows(word)))
            if not held or self._polarity is None:
                self.missed.append(" ".join(words))
                return
            targets = [(None, Target("words", held))]
        kept = tuple(dict.fromkeys(target for _, target in targets if self._is_known(target)))
        if kept:
            bound = next((polarity for polarity, _ in targets if polarity is not None), None)
            self.wishes.append(self._wish(kept, bound, cued))

    def _wish(self, targets: tuple[Target, ...], bound: Polarity | None, cued: bool) -> Wish:
        polarity: Polarity = self._polarity or "more"
        if bound is not None and polarity == "more":
            polarity = bound
        if all(target.kind == "scale" for target in targets):
            # "Not so long" asks for what is shorter; "less violence, shorter" does not ask for less of the shorter.
            turned = cued and polarity in ("never", "less")
            targets = tuple(_turned(target) for target in targets) if turned else targets
            polarity = "more"
        return Wish(polarity, targets, self._momentary)

    def _is_known(self, target: Target) -> bool:
        facts = {"years": "year", "minutes": "length", "price": "price"}
        name = str(target.key[0]) if target.kind == "scale" else facts.get(target.kind)
        if name is None or self._lexicon.has_scale(name):
            return True
        self.missed.append(f"{name} (the catalogue does not tell it)")
        return False

    def _mark(self, span: Span) -> str:
        self._spans.append(span)
        return f" {_MARK}{len(self._spans) - 1}{_MARK} "

    def _quoted(self, found: re.Match[str]) -> str:
        ids = self._lexicon.titles.get(tuple(tokens_of(found[1])))
        return found[1] if ids is None else self._mark((None, Target("title", ids)))


def _turned(target: Target) -> Target:
    return Target("scale", (target.key[0], -float(target.key[1])))


def _tokens(piece: str) -> list[str]:
    marked = _MARKED.search(piece)
    return [marked[0]] if marked else [","] if piece == "," else tokens_of(piece)


def _longest(tokens: list[str], at: int, phrases: Mapping[Phrase, T]) -> tuple[int, T] | None:
    for size in range(min(5, len(tokens) - at), 0, -1):
        phrase = tuple(tokens[at : at + size])
        if phrase in phrases:
            return size, phrases[phrase]
    return None


def _holds_any(tokens: list[str], phrases: Mapping[Phrase, bool]) -> bool:
    return any(_longest(tokens, at, phrases) is not None for at in range(len(tokens)))
