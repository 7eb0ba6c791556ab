"""The phrases of the grammar: what begins a wish, what turns it, what is unclear, and what says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from recommenders.wishes.lexicon import tokens_of
from recommenders.wishes.wish import Polarity

T = TypeVar("T")
Phrase = tuple[str, ...]

_MOST_TOKENS = 6
"""Of a phrase."""


def _phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(tuple(tokens_of(one)) for one in text.split("|"))


def _table(values: Mapping[T, str]) -> dict[Phrase, T]:
    return {phrase: value for value, phrases in values.items() for phrase in _phrases(phrases)}


def _each(before: str, after: str) -> str:
    """Every phrase of `before` followed by every one of `after`."""
    return "|".join(f"{one} {other}" for one in before.split("|") for other in after.split("|"))


_REFUSING = (
    "stop showing|stop recommending|stop suggesting|stop with|stop the|stop all|stop|quit showing|quit|avoid|hide|"
    "exclude|ban|skip|remove|get rid of|hate|hated|loathe|detest|dislike|disliked|cant stand|cannot stand|"
    "allergic to|without|free of"
)
_ABOUT = "take back what i said about|" + _each(
    "forget|ignore|never mind", "what i said about|all i said about|everything i said about"
)
_CUES_BY_POLARITY: dict[Polarity, str] = {
    "never": "no|nope|never|nothing|not|non|neither|no more|not any|never again|never show|never recommend|"
    "never suggest|dont show|do not show|dont recommend|do not recommend|dont suggest|do not suggest|dont give|"
    "do not give|dont want|do not want|no need for|no time for|not have time for|dont have time for|stop showing|"
    "stop recommending|stop suggesting|stop with|stop the|stop this|stop these|stop all|quit showing|quit|avoid|hide|"
    "exclude|ban|skip|remove|get rid of|"
    "without|free of|allergic to|anything but|everything but|all but|anything except|"
    "everything except|all except|anything other than|"
    + _each("dont|do not|wont|will not|cant|cannot|never", "need|watch"),
    "less": "less|fewer|not so|not so much|not so many|not as|not too|not that|not much|not many|not very|not really|"
    "rather not|too|too much|too many|enough|had enough of|enough of|tired of|sick of|bored of|bored with|bored by|"
    "fed up with|hate|hated|loathe|detest|dislike|disliked|cant stand|cannot stand|cant take|not in the mood for|"
    "not interested in|not keen on|no longer|no longer interested in|im over|am over|done with|forget|forget about|"
    "no fan of|"
    + _each(
        "dont|do not|didnt|did not|doesnt|never|no longer|wouldnt|would not",
        "like|love|enjoy|prefer|fancy|care for|really like|really love|really enjoy|really care for",
    ),
    "only": "only|just|nothing but|nothing except|nothing other than|exclusively",
    "more": "more|some|something|anything|show|give|recommend|suggest|want|like|liked|love|loved|enjoy|enjoyed|"
    "prefer|looking for|look for|search for|in the mood for|how about|what about|something for|lot of|plenty of|"
    "not only|not just|interested in|"
    "dont only|dont just|do not only|do not just|wouldnt mind|would not mind|not enough|never enough|too few|"
    "too little|cant get enough|cant get enough of|cannot get enough of|stop hiding|stop avoiding|stop excluding|"
    "dont hide|do not hide|dont exclude|do not exclude|dont avoid|do not avoid",
    "open": f"dont mind|do not mind|not against|nothing against|{_ABOUT}",
}
CUES: Mapping[Phrase, Polarity] = _table(_CUES_BY_POLARITY)
"""What begins a wish, or, where nothing else follows, ends it: "horror? no thanks"."""
REFUSING: frozenset[Phrase] = frozenset(_phrases(_REFUSING))
"""Cues that turn round what "not" or "never" said before them: such a wish is not understood."""
VERDICTS: Mapping[Phrase, Polarity] = _table(
    {
        "never": "stop",
        "less": "boring|bore me|suck|stink|awful|terrible|horrible|stupid|bad|rubbish|trash|annoying|annoy me|"
        "overrated|the worst",
    }
)
"""After what they are about: "old films bore me"."""
UNCLEAR: Mapping[Phrase, bool] = _table(
    {
        True: "why|how come|wonder|where are|where is|isnt there|arent there|is there no|are there no",
        False: "used to|never see|never get|not seen|not seen enough|opposite of|not sure|not sure about|dont know|"
        "do not know|didnt know|not bad|not opposed to|nothing wrong with|stop|dont|doesnt|didnt|wont|wouldnt|cant|"
        "cannot|isnt|arent|aint|wasnt|werent|havent|hasnt|hadnt|shouldnt|couldnt|hardly",
    }
)
"""What may turn a wish round, or not: its group (True: its sentence) is not understood, and never guessed at."""
EXCEPT: Mapping[Phrase, bool] = dict.fromkeys(
    _phrases("except|except for|excluding|apart from|other than|save for"), True
)
"""What follows is the other way: "no comedies except romantic ones", "everything except horror"."""
RATHER: Mapping[Phrase, bool] = dict.fromkeys(_phrases("instead of|rather than|over"), True)
"""What follows is what somebody would rather not have."""

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
SEPARATORS = frozenset(("and", "or", "but", "nor", "plus", ","))
REASONS = frozenset(("for", "because", "when", "while", "if", "since", "unless"))
"""After a target they begin a reason, in which nothing is asked for: "no horror for the kids"."""
LIKE = frozenset(("like", "similar", "to", "as"))
MOMENT = dict.fromkeys(
    _phrases("tonight|today|now|right now|for now|just now|this time|this evening|this weekend|at the moment"), True
)
STANDING = dict.fromkeys(_phrases("from now on"), False)
ABOUT = dict.fromkeys(_phrases(_ABOUT), True)
"""Takes back what was said about one thing."""
FORGET = dict.fromkeys(
    _phrases(
        "forget what i said|forget everything|forget all that|never mind what i said|ignore what i said|"
        "take back what i said|show me anything|anything goes|start over"
    ),
    True,
)
"""Takes back everything."""
FILLERS = frozenset(
    tokens_of(
        "a an the of me my i im id ill ive is are am be been you your please thanks thank to do does it its this that "
        "these those movie film show thing item stuff one title series book video ever again at all any very much "
        "really bit little lot with by from in about on than so have had has would could can will let lets get got see "
        "seeing watch watching read buy too here there theres another other else bring include recommendation page "
        "kind sort type maybe hi hello hey ok okay well also still anymore always dear service we us our what up such "
        "good great fine set made cup tea starring featuring directed similar rather instead for because when while if "
        "since unless as like"
    )
)
VAGUE = frozenset(
    tokens_of(
        "different variety variation diverse surprise surprising interesting better best fun nice same mind bad boring "
        "awful terrible stupid"
    )
)
"""What cannot be judged from an item alone, though some text may hold the word."""


def longest(tokens: list[str], at: int, phrases: Mapping[Phrase, T]) -> tuple[int, T] | None:
    """The longest of `phrases` that begins at a token: how many tokens, and what it means."""
    for size in range(min(_MOST_TOKENS, len(tokens) - at), 0, -1):
        phrase = tuple(tokens[at : at + size])
        if phrase in phrases:
            return size, phrases[phrase]
    return None


def holds_any(tokens: list[str], phrases: Mapping[Phrase, bool]) -> bool:
    """Whether any of `phrases` stands somewhere in the tokens."""
    return any(longest(tokens, at, phrases) is not None for at in range(len(tokens)))
