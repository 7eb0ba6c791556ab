"""A small grammar of wishes. No language model: what it does not know, it says that it did not understand.

A line is cut into sentences, and a sentence into groups at commas, "and", "or", "but". A group is a cue and targets:

| cue | words | |
|---|---|---|
| never | no, never, nothing, without, don't show, stop showing, avoid, hide, anything but | left out of pages |
| less | less, fewer, not so, not too, too much, enough, tired of, don't like, hate | counts for less |
| only | only, just, nothing but, exclusively | everything else comes last |
| more | more, some, something, show me, I want, I like, looking for, … or no cue at all | counts for more |
| open | I don't mind, forget what I said about | what was said about it before is taken back |

A group without a cue goes on with the one before it in its sentence ("no horror, war or crime"). A cue that ends its
group speaks of what stands before it ("horror is not my thing"); after "except" and "rather than" it is the other way
round. What may mean either ("I don't hate horror", "why no comedies?") is told as not understood. Targets are the
catalogue's categories (and everyday words for some), its creators ("nothing by …"), titles (in quotes, or after
"like"), years and decades ("from the 90s", "before 1980"), lengths and prices ("under 90 minutes", "shorter", "cheap"),
"newer", "older", "popular", "less known", "highly rated"; other words count if some item's title or text holds them.
Targets of one group must all be met ("comedies from the 90s"). "Tonight", "today", "now", "this time" make a sentence
momentary. "Forget what I said", "show me anything" take everything back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from recommenders.wishes import phrases
from recommenders.wishes.lexicon import Lexicon, tokens_of
from recommenders.wishes.phrases import CUES, FILLERS, SCALES, SEPARATORS, Phrase, holds_any, longest
from recommenders.wishes.spans import Span, spans_marked
from recommenders.wishes.wish import Polarity, Target, Understanding, Wish

MOST_LETTERS = 1_000
"""Letters of a line that are read: nobody says more to a service at once."""
_LONGEST = 8
"""Most words of a name that is looked for."""
_SENTENCE = re.compile(r"[.;!?\n]+(?=\s|$)")
_ANSWERED = re.compile(r"\?\s+(?=(?:no|nope|not|never|stop|please stop)\b)", re.IGNORECASE)
"""A question and its answer are one sentence: "horror? no thanks"."""
_QUOTED = re.compile('["\u201c\u201d]([^"\u201c\u201d]{1,200})["\u201c\u201d]')
_MARK = "\u241f"
_MARKED = re.compile(rf"{_MARK}(\d+){_MARK}")


@lru_cache(maxsize=4096)
def understand(text: str, lexicon: Lexicon, *, searched: bool = False) -> Understanding:
    """What a line of words asks for, in order. Never raises: whatever was not understood is told as such.

    `searched`: the words were typed into a search field, so that each of them asks for something.
    """
    wishes: list[Wish] = []
    missed: list[str] = []
    forgets = False
    plain = text[:MOST_LETTERS].replace("\u2019", "'").replace(_MARK, " ")
    for sentence in _SENTENCE.split(_ANSWERED.sub(" ", plain)):
        tokens = tokens_of(sentence)
        if holds_any(tokens, phrases.FORGET) and not holds_any(tokens, phrases.ABOUT):
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
        self._momentary = holds_any(self._tokens, phrases.MOMENT) and not holds_any(self._tokens, phrases.STANDING)
        self._usual: Polarity | None = "more" if searched else None
        self._polarity: Polarity | None = self._usual
        self._lost = False
        """Nothing of the sentence is understood."""
        self._begin()

    def _begin(self) -> None:
        """A new group."""
        self._targets: list[Span] = []
        self._words: list[str] = []
        self._said: list[str] = []
        self._aside: list[str] = []
        """Words of a reason."""
        self._cued = self._reason = self._unclear = self._passing = False

    def read(self) -> None:
        """Fill `wishes` and `missed`."""
        at = 0
        while at < len(self._tokens):
            size = self._step(at, self._tokens[at])
            if self._tokens[at] not in SEPARATORS:
                self._said += [one for one in self._tokens[at : at + size] if not _MARKED.fullmatch(one)]
            at += size
        self._close()

    def _step(self, at: int, token: str) -> int:
        """Take what begins here; how many tokens it has."""
        if token in SEPARATORS:
            starts_anew = token == "but" or self._unclear or (token == "," and self._passing)
            self._close()
            self._polarity = self._usual if starts_anew else self._polarity
            return 1
        moment = longest(self._tokens, at, {**phrases.MOMENT, **phrases.STANDING})
        if moment is not None:
            return moment[0]
        name = self._name(at)
        turn = self._turn(at, token, 0 if name is None else name[0])
        if turn:
            return turn
        if token in phrases.REASONS and (self._targets or self._words):
            self._reason = True
        elif not self._reason and name is not None:
            self._targets.append(name[1])
        elif not self._reason:
            self._words.append(token)
        else:
            self._aside.append(token)
        return 1 if name is None else name[0]

    def _turn(self, at: int, token: str, named: int) -> int:
        """Take a phrase that says what is to become of the targets, if one begins here that is no shorter than what is
        named here; how many tokens it has, 0 for none."""
        cue = longest(self._tokens, at, CUES) or (0, "more")
        doubt = longest(self._tokens, at, phrases.UNCLEAR) or (0, False)
        other = longest(self._tokens, at, phrases.EXCEPT) or (0, True)
        rather = longest(self._tokens, at, phrases.RATHER) or (int(self._compares(at, token)), True)
        verdict = longest(self._tokens, at, phrases.VERDICTS) or (0, "less")
        size = max(cue[0], doubt[0], other[0], rather[0])
        if verdict[0] >= max(size, 1) and self._targets and not self._cued and self._ends(at + verdict[0]):
            self._polarity, self._cued, self._passing = verdict[1], True, True
            return verdict[0]
        if size == 0 or size < named:
            self._prefers(token)
            return 0
        if doubt[0] == size > cue[0]:
            self._unclear, self._lost = True, self._lost or doubt[1]
        elif other[0] == size > cue[0]:
            self._close()
            self._polarity, self._cued = ("more" if self._polarity in ("never", "less") else "never"), True
        elif rather[0] == size > cue[0]:
            self._close()
            self._polarity, self._cued, self._passing = "less", True, True
        else:
            self._cue(cue[1], tuple(self._tokens[at : at + size]), last=self._ends(at + size))
        return size

    def _compares(self, at: int, token: str) -> bool:
        """Whether this is the "than" of "I'd rather have comedy than horror", not that of "longer than"."""
        chosen = bool(self._targets) and all(target.kind != "scale" for _, target in self._targets)
        return token == "than" and chosen and not {"rather", "prefer", "more"}.isdisjoint(self._tokens[:at])

    def _prefers(self, token: str) -> None:
        """ "Thrillers instead", after what is not wanted."""
        if token == "instead" and not self._cued:
            self._polarity, self._cued = "more", True

    def _ends(self, after: int) -> bool:
        """Whether nothing is said from here to the end of the group."""
        while after < len(self._tokens) and self._tokens[after] not in SEPARATORS:
            moment = longest(self._tokens, after, phrases.MOMENT)
            if moment is None and self._tokens[after] not in FILLERS:
                return False
            after += 1 if moment is None else moment[0]
        return True

    def _cue(self, polarity: Polarity, phrase: Phrase, *, last: bool) -> None:
        if last and self._targets and not self._cued and polarity not in ("more", "open") and phrase != ("too",):
            # "before 1980 only", "horror is not my thing"
            self._polarity, self._cued, self._passing = polarity, True, polarity != "only"
            return
        if self._targets or not FILLERS.issuperset(self._words):
            self._close()
        self._words = []
        refused = self._cued and self._polarity in ("never", "less")
        if refused and phrase in phrases.REFUSING:  # "I do not want to stop seeing horror"
            self._unclear = True
        weak = polarity == "more" and self._cued and self._polarity is not None
        if not weak:  # "never show", "only want": the first word says it
            self._polarity = polarity
        self._cued = True

    def _name(self, at: int) -> tuple[int, Span] | None:
        """The longest name that begins at a token: how many tokens, and what it names."""
        marked = _MARKED.fullmatch(self._tokens[at])
        if marked is not None:
            return 1, self._spans[int(marked[1])]
        liked = self._usual is not None or (at > 0 and self._tokens[at - 1] in phrases.LIKE)
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
        if phrase in known.titles and (liked or len(set(phrase) - FILLERS) > 2):
            return Target("title", known.titles[phrase])
        if phrase in SCALES:
            return Target("scale", (SCALES[phrase][0], float(SCALES[phrase][1])))
        return None

    def _close(self) -> None:
        """The group is whole: make a wish of it."""
        targets, words, cued = self._targets, [word for word in self._words if word not in FILLERS], self._cued
        said, unclear = self._said, self._unclear or self._lost
        aside = [word for word in self._aside if word not in FILLERS]
        self._begin()
        if unclear:
            if targets or words:
                self.missed.append(" ".join(said))
            return
        if not targets and not words and cued and self._momentary and self._polarity in ("never", "less"):
            # "I like horror, but not tonight"
            self.missed += [" ".join(self._tokens)] if self.wishes else []
            self.wishes.clear()
        if not targets and words:
            held = tuple(
                dict.fromkeys(word for word in words if word not in phrases.VAGUE and self._lexicon.knows(word))
            )
            if not held or self._polarity is None:
                self.missed.append(" ".join(words))
                return
            targets = [(None, Target("words", held))]
            words = [word for word in words if word not in held]
        kept = tuple(dict.fromkeys(target for _, target in targets if self._is_known(target)))
        if kept:
            bound = next((polarity for polarity, _ in targets if polarity is not None), None)
            wish = self._wish(kept, bound, cued)
            self.wishes.append(replace(wish, cued=cued, said=tuple(said), beside=(*words, *aside)))

    def _wish(self, targets: tuple[Target, ...], bound: Polarity | None, cued: bool) -> Wish:
        polarity: Polarity = self._polarity or "more"
        if bound is not None and polarity == "more":
            polarity = bound
        if polarity != "open" and all(target.kind == "scale" for target in targets):
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
