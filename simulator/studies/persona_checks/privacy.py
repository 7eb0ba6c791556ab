"""Whether personas leak whom they were made from.

Looked for are ids of the log, direct identifiers (as of `personas.survey.privacy`), titles that single people out
(k-anonymity of the list: Sweeney 2002), exact ages, and inferred traits that do not say what they rest on. What the
catalogue itself says, such as a title, leaks nobody. Names and stories that tell who somebody is need a reader.

An id of letters and digits, or of five digits and more, is looked for as a word of its own. A shorter number, as those
of MovieLens, would be found in every age, year and count: it counts only where it is the persona's id, or stands behind
a word such as "user". An id of letters alone may be an ordinary word, so that finding it is a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from personas.estimation.examples import CROWD
from personas.schema import Persona
from personas.survey.privacy import without_identifiers
from personas.traits import BEHAVIOURAL, BIG_FIVE
from simulator.llm.fencing import clean
from simulator.records import Ids, SplitLog
from simulator.studies.persona_checks.setting import Setting

FIRST = 100
"""Findings that are told, errors first."""
LEAST_DIGITS, LEAST_LETTERS = 5, 4
"""Digits and letters from which an id is looked for anywhere: shorter ones are years, counts and words. Assumed."""
_CLOSED = ("id", "vulnerabilities", "personality.mbti")
"""Parts that are no free text."""
_COUNTED = (*(f"behaviour.{trait.name}" for trait in BEHAVIOURAL), "ratings.mean", "ratings.spread", "ratings.shares")
"""What is inferred from what people did, so that its evidence has a number."""
_TRAITS = (*_COUNTED, *(f"personality.{name}" for name in BIG_FIVE))
_NUMBER = re.compile(r"(?<![\w-])\d[\d,]*\s+[^\W\d]")
_CALLED = re.compile(
    r"(?<![^\W_])(?:user|member|customer|viewer|reader|subscriber|account|uid)s?(?:[ _-]?id)?\W{0,3}[ _-]?(\d+)(?!\w)"
)
_REMOVED = re.compile(r"\((\w+) removed\)")
_EDGE = " \t\n.,;:!?\"'()[]{}‹›«»“”‘’…"
_WIDENS = 20
"""A mark that says what was removed is at most so many times as long as what it stands for."""
_MADE = "Infer the personas again with `understudy personas infer`"

Finding = dict[str, str]


def privacy(setting: Setting) -> dict[str, Any]:
    """What personas tell of the people of the log, as a document.

    `personas`, `inferred` (those of which some part is), `errors`, `warnings`, `findings` (`FIRST` of them: persona,
    severity, field, what, cure), and `smallest_group`: the least number of people of the log, 0 not counted, who chose
    all examples of one inferred persona; None where no inferred persona names any of this catalogue.
    """
    log = setting.split.log
    known, crowd = _KnownIds(log.user_ids), _Crowd(setting.split)
    found: list[Finding] = []
    inferred, groups = 0, []
    for persona in setting.personas:
        found += _leaks(persona, known, crowd.public)
        if any(origin.how == "inferred" for origin in persona.origins.values()):
            inferred += 1
            found += _evidence(persona)
            found += _age(persona)
            if (group := crowd.sharing(persona)) is not None:
                groups.append(group)
                found += _singled_out(persona, group)
    found.sort(key=lambda one: one["severity"])  # errors first; in the order of the personas otherwise
    errors = sum(one["severity"] == "error" for one in found)
    return {
        "personas": len(setting.personas),
        "inferred": inferred,
        "errors": errors,
        "warnings": len(found) - errors,
        "findings": found[:FIRST],
        "smallest_group": min((group for group in groups if group), default=None),
    }


def texts(persona: Persona) -> Iterator[tuple[str, str]]:
    """Every free text of a persona, with its dotted path."""
    yield from _texts(persona.model_dump(mode="json", exclude_none=True), "")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if path in _CLOSED:
        return
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence):
        for nth, part in enumerate(value):
            yield from _texts(part, f"{path}.{nth}")


def _finding(persona: Persona, severity: str, field: str, what: str, cure: str) -> Finding:
    return {"persona": persona.id, "severity": severity, "field": field, "what": what, "cure": cure}


class _KnownIds:
    """The ids of a log, looked up in texts."""

    def __init__(self, user_ids: Ids) -> None:
        self._all = {_folded(text): text for text in map(str, user_ids.tolist())}
        self._anywhere = {key for key in self._all if _telling(key)}
        self._words = {len(key.split()) for key in self._anywhere}

    def whole(self, text: str) -> str | None:
        """The id that a text is."""
        return self._all.get(_folded(text))

    def within(self, text: str) -> Iterator[str]:
        """The ids that a text mentions, each once."""
        line = _folded(text)
        words = [stripped for word in line.split() if (stripped := word.strip(_EDGE))]
        tried = dict.fromkeys((*words, *re.findall(r"\w+", line), *re.findall(r"[^\W_]+", line)))
        for length in self._words - {0, 1}:
            tried |= dict.fromkeys(" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
        called = [number for number in _CALLED.findall(line) if number in self._all]
        for key in dict.fromkeys([*(one for one in tried if one in self._anywhere), *called]):
            yield self._all[key]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _telling(key: str) -> bool:
    if key.isdigit():
        return len(key) >= LEAST_DIGITS
    return len(key) >= (2 if any(letter.isdigit() for letter in key) else LEAST_LETTERS)


def _leaks(persona: Persona, known: _KnownIds, public: frozenset[str]) -> Iterator[Finding]:
    cure = "Give the persona an id of its own, such as the keyed hash that `understudy personas infer` writes"
    if (whole := known.whole(persona.id)) is not None:
        yield _finding(persona, "error", "id", f"it is the id of a person of the log, {whole!r}", cure)
    else:
        for one in known.within(persona.id):
            yield _finding(persona, _graver(one), "id", f"it holds the id of a person of the log, {one!r}", cure)
    for field, text in texts(persona):
        if _folded(text) in public:
            continue
        for one in known.within(text):
            what = f"mentions {one!r}, the id of a person of the log"
            yield _finding(persona, _graver(one), field, what, "Take it out, or say it in other words")
        for kind, times in _identifiers(text).items():
            what = f"holds what looks like a direct identifier ({kind}{f', {times} times' if times > 1 else ''})"
            yield _finding(persona, "error", field, what, "Take it out")


def _graver(user_id: str) -> str:
    return "error" if any(letter.isdigit() for letter in user_id) else "warning"


def _identifiers(text: str) -> Counter[str]:
    """How many direct identifiers of each kind a text holds: e-mail, address on the web, handle, long number."""
    cap = _WIDENS * (len(text) + 1)
    before, after = (Counter(_REMOVED.findall(one)) for one in (clean(text, cap), without_identifiers(text, cap)))
    return after - before


class _Crowd:
    """Who of a log chose what, by title."""

    def __init__(self, split: SplitLog) -> None:
        self._chosen = split.log.matrix().tocsc()
        self._rows: dict[str, list[int]] = {}
        said = set()
        for row, item in enumerate(split.catalog):
            self._rows.setdefault(_folded(item.title), []).append(row)
            said |= {_folded(one) for one in (item.title, item.creator, *item.categories) if one}
        self.public = frozenset(said)
        """What the catalogue says."""

    def sharing(self, persona: Persona) -> int | None:
        """How many people chose all examples that the catalogue has; None if it has none of them."""
        examples = persona.tastes.examples
        rows = [
            self._rows[key] for name in (*examples.liked, *examples.disliked) if (key := _folded(name)) in self._rows
        ]
        if not rows:
            return None
        every = np.ones(self._chosen.shape[0], dtype=np.bool_)
        for own in rows:  # several items may have one title
            every &= np.asarray(self._chosen[:, own].sum(axis=1)).ravel() > 0
        return int(every.sum())


def _singled_out(persona: Persona, group: int) -> Iterator[Finding]:
    if group >= CROWD:
        return
    cure = f"Name fewer titles, or better known ones, until at least {CROWD} people share them"
    if group:
        what = f"{group} {'person' if group == 1 else 'people'} of the log chose all of these titles"
        yield _finding(persona, "error", "tastes.examples", what, cure)
    else:
        what = "nobody of the log chose all of these titles, so that they single out a person of another log, if any"
        yield _finding(persona, "warning", "tastes.examples", what, "Check it with the data that it was inferred from")


def _evidence(persona: Persona) -> Iterator[Finding]:
    for path in _TRAITS:
        section, name = path.split(".")
        origin = persona.origin(path)
        if origin.how != "inferred" or getattr(getattr(persona, section), name) is None:
            continue
        if not (origin.evidence or "").strip():
            yield _finding(persona, "error", path, "it was inferred, and nothing says from what", _MADE)
        elif path in _COUNTED and _NUMBER.search(origin.evidence or "") is None:
            what = f"its evidence names no number of interactions: {origin.evidence!r}"
            yield _finding(persona, "warning", path, what, "Say how many, such as '212 interactions in 31 visits'")


def _age(persona: Persona) -> Iterator[Finding]:
    """An age of the log to the year. One that is the middle of a bracket says so."""
    origin = persona.origin("identity.age")
    said = (origin.evidence or "").casefold()
    if persona.identity.age is None or "bracket" in said or (origin.how == "stated" and "log" not in said):
        return
    what = "an age to the year: with gender and occupation it tells people of the log apart"
    cure = "Give the middle of a bracket, and name the bracket in the evidence"
    yield _finding(persona, "warning", "identity.age", what, cure)
