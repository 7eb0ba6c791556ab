"""From a log to personas: who its people are, as far as what they did tells, with what each trait rests on.

A persona made here says of each part how well it is known and from what (`origins`); what the log does not tell is left
out, for others to derive or to draw. It is pseudonymous and not anonymous: its id is a keyed hash of the person's, it
names a handful of titles at most, and none that would single the person out (`personas.estimation.examples`). Yet who
holds the same log can find again whom a persona was made from, by its age, occupation and numbers. Guard it as the log.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from personas.estimation.demographics import Facts, facts_of
from personas.estimation.estimates import Estimates, estimate
from personas.estimation.examples import CROWD, TellingTitles
from personas.estimation.likes import CategoryLikes, category_likes
from personas.estimation.ratings import LEVELS
from personas.traits import PERCENTILES, to_percentile
from simulator.records import InteractionLog

if TYPE_CHECKING:
    from personas.estimation.surroundings import Cues
    from personas.schema import Persona

LEAST_TOLD = 0.05
"""Confidence below which a trait counts as not told, and is left out."""
_DIGITS, _MORE_DIGITS = 4, 8
"""Bytes of an id, and of ids that would otherwise be the same."""


def infer(
    log: InteractionLog, *, rows: Iterable[int] | None = None, cues: Cues | None = None, salt: str = ""
) -> list[Persona]:
    """The people of a log as personas, in its order.

    `rows`: of `log.user_ids`, which people; None: all. What a trait means depends on all people of the log, whoever is
    asked for. `cues`: see `personas.estimation.estimate`. `salt`: a secret without which nobody can tell by trying
    whose persona an id is; the same salt and person give the same id, whatever the log.
    """
    from personas.schema import Persona

    return [Persona.model_validate(plain) for plain in described(log, rows=rows, cues=cues, salt=salt)]


def infer_file(
    log: InteractionLog,
    path: Path,
    *,
    rows: Iterable[int] | None = None,
    cues: Cues | None = None,
    salt: str = "",
) -> int:
    """Write the people of a log as JSON lines into a file that must not exist yet; returns how many.

    Raises `UserInputError` if the file is there or cannot be written.
    """
    from personas.files import write_jsonl

    people = infer(log, rows=rows, cues=cues, salt=salt)
    write_jsonl(people, path)
    return len(people)


def described(
    log: InteractionLog, *, rows: Iterable[int] | None = None, cues: Cues | None = None, salt: str = ""
) -> Iterator[dict[str, Any]]:
    """As `infer`, as the plain values of persona files, one person after the other."""
    found = estimate(log, cues=cues)
    people = np.arange(len(found)) if rows is None else np.asarray(list(rows), dtype=np.intp)
    ids = pseudonyms(log.user_ids[people].tolist(), salt)
    likes = category_likes(found.tastes, found.ratings.unit)
    titles = TellingTitles(log.positives(), found.tastes, found.effects)
    for row, name in zip(people.tolist(), ids, strict=True):
        yield _described(row, name, found, likes, titles, facts_of(log, row))


def pseudonyms(ids: Iterable[str], salt: str = "") -> list[str]:
    """`p-` and eight hexadecimal digits of a keyed hash of each id (BLAKE2, RFC 7693); sixteen where eight would give
    two people the same."""
    ids = list(ids)
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()

    def digits(text: str, size: int) -> str:
        return "p-" + hashlib.blake2b(text.encode(), key=key, digest_size=size).hexdigest()

    short = [digits(text, _DIGITS) for text in ids]
    times = Counter(short)
    return [one if times[one] == 1 else digits(text, _MORE_DIGITS) for text, one in zip(ids, short, strict=True)]


def _described(
    row: int, name: str, found: Estimates, likes: CategoryLikes, titles: TellingTitles, facts: Facts
) -> dict[str, Any]:
    origins: dict[str, Any] = {}
    out = {
        "id": name,
        "identity": _identity(facts, origins),
        "behaviour": _behaviour(found, row, origins),
        "ratings": _ratings(found, row, origins),
        "tastes": _tastes(found, row, likes, titles, origins),
        "origins": origins,
    }
    return {part: value for part, value in out.items() if value}


def _identity(facts: Facts, origins: dict[str, Any]) -> dict[str, Any]:
    told = {"age": facts.age, "gender": facts.gender, "occupation": facts.occupation}
    said = {name: value for name, value in told.items() if value is not None}
    if said:
        origins["identity"] = {"how": "stated", "evidence": "facts that came with the log"}
    if facts.bracket is not None:
        origins["identity.age"] = {"how": "inferred", "evidence": f"the bracket {facts.bracket}"}
    return said


def _behaviour(found: Estimates, row: int, origins: dict[str, Any]) -> dict[str, float]:
    behaviour = {}
    for name in ("activity", *PERCENTILES):
        trait = found.traits[name]
        if (sure := float(trait.confidence[row])) < LEAST_TOLD:
            continue
        value = float(trait.value[row])
        behaviour[name] = float(f"{value:.3g}") if name == "activity" else round(float(to_percentile(value)), 3)
        origins[f"behaviour.{name}"] = _inferred(sure, trait.evidence(row))
    return behaviour


def _ratings(found: Estimates, row: int, origins: dict[str, Any]) -> dict[str, Any]:
    style = found.ratings
    if not style.n[row]:
        return {}
    shares = [round(share, 3) for share in style.shares[row].tolist()]
    shares[int(np.argmax(shares))] += 1 - sum(shares)
    # Mean and spread in levels are those of the shares, which agrees with scales of half stars too.
    levels = np.arange(1, LEVELS + 1)
    mean = float(style.shares[row] @ levels)
    spread = float(np.sqrt(style.shares[row] @ (levels - mean) ** 2))
    evidence = f"{int(style.n[row]):,} rating{'' if style.n[row] == 1 else 's'}"
    origins["ratings"] = _inferred(float(style.mean_confidence[row]), evidence)
    origins["ratings.spread"] = _inferred(float(style.spread_confidence[row]), evidence)
    return {"mean": round(mean, 2), "spread": round(spread, 2), "shares": [round(share, 3) for share in shares]}


def _tastes(
    found: Estimates, row: int, likes: CategoryLikes, titles: TellingTitles, origins: dict[str, Any]
) -> dict[str, Any]:
    tastes = found.tastes
    out = {}
    liked, disliked = likes.names(tastes, row)
    if liked or disliked:
        out["genres"] = {"liked": liked, "disliked": disliked}
        sure = float(np.average(tastes.confidence[row], weights=tastes.expected[row]))
        origins["tastes.genres"] = _inferred(sure, f"{int(tastes.n[row]):,} choices, beside everybody's")
    liked, disliked = titles.of(row)
    if liked or disliked:
        out["examples"] = {"liked": liked, "disliked": disliked}
        evidence = f"named only where at least {CROWD} people of the log chose all of them"
        origins["tastes.examples"] = {"how": "inferred", "evidence": evidence}
    return out


def _inferred(confidence: float, evidence: str) -> dict[str, Any]:
    return {"how": "inferred", "confidence": round(min(confidence, 1.0), 2), "evidence": evidence}
