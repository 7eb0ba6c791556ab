"""Who is meant: a person of the library, of a file, of a run at a turn, of the log, or one told in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from personas.files import Collection, library, load_one
from personas.schema import Persona
from simulator.documents.fields import did_you_mean
from simulator.evaluation.run_kind import kind_of
from simulator.llm.fencing import clean
from simulator.llm.settings import LLMSettings
from simulator.randomness import Stream, keys_of
from simulator.records import Catalog, UserInputError
from simulator.studies.solo.changes import Change, SetFatigue, SetMood
from simulator.studies.solo.past import Past, read_past

if TYPE_CHECKING:
    from simulator.studies.solo.life import Life
    from simulator.studies.solo.setting import Setting

Origin = Literal["library", "file", "run", "log", "sentence"]
_FILES = (".yaml", ".yml", ".jsonl")
_LONGEST_ID = 300
_QUIET = frozenset({"sleep_loss", "loneliness"})
"""What may weigh on somebody whom one meets without having asked for them."""
_STAYS = 0.5
"""Least patience (percentile) of such a person: who leaves after a page makes a short meeting."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PersonSource:
    """Who sits down: a persona, a person of the setting's log, or either of them with what they lived in a run."""

    origin: Origin
    label: str
    """Who that is and where they come from, in a line."""
    persona: Persona | None = None
    """Who they are as far as it is written down; None: somebody of the log, or of a run's people, known by
    `user_id`."""
    user_id: str | None = None
    """Of the log (origin `log`) or of the people of the setting, which is the run's own (origin `run`)."""
    past: Past | None = None
    """What they lived in a run: its pages come first in the life."""
    begins: tuple[Change, ...] = ()
    """How they are on the first visit, where that was told: `sit_down` makes these changes first."""
    understood: tuple[str, ...] = ()
    """Of a sentence: what was made of it, in words."""
    missed: tuple[str, ...] = ()
    """Of a sentence: what was not understood, in its own words."""
    notices: tuple[str, ...] = ()
    """What else the user should know, such as that a model failed."""


def find(
    text: str | None = None,
    *,
    setting: Setting,
    run: Path | None = None,
    user: str | None = None,
    turn: int | None = None,
    arm: str | None = None,
    seed: int | None = None,
    mind: str | None = None,
    llm: LLMSettings | None = None,
) -> PersonSource:
    """Whom a user means. What is not a name of something is taken as a sentence about an invented person.

    `text`: the id of a persona that ships, a persona file (`FILE` or `FILE#ID`), a run folder, the id of somebody of
    the setting's data, a sentence; None: somebody of the library, by lot. `run` with `user`, `turn`, `arm`, `seed` and
    `mind`: a person of a run after that turn (see `read_past`), in a setting that was opened with this `run`. `user`
    alone: somebody of the setting's data. `llm`: the model that reads sentences; None: the grammar does.

    Raises:
        UserInputError: nobody is found, or it is not clear who is meant.
    """
    folder = run_named(text) if run is None else run
    if folder is not None:
        if text is not None and run is not None:
            raise UserInputError(f"{clean(text, 80)}: who is met comes from --run here. Leave it out, and name --user")
        return _of_run(setting, folder, user, turn, arm, seed, mind)
    for option, value in (("--turn", turn), ("--arm", arm), ("--mind", mind)):
        if value is not None:
            raise UserInputError(f"{option} {value}: that is of a run. Name the run, too: --run FOLDER")
    if user is not None:
        if text is not None:
            raise UserInputError(f"--user {user[:80]}: somebody is named already. Leave one of the two out")
        return _of_log(setting, user)
    if text is None:
        return by_lot(setting)[0]
    return _of_text(setting, text, llm)


def sit_down(setting: Setting, source: PersonSource, *, seed: int | None = None) -> Life:
    """The person sits down in the setting, in the state that was told of them. Raises UserInputError."""
    life = setting.life(source, seed=seed)
    for change in source.begins:
        life.change(change)
    return life


def by_lot(setting: Setting) -> tuple[PersonSource, ...]:
    """People of the library in an order that is keyed by the setting's seed; those first whom it is easy to meet: with
    words of their own and tastes that the catalogue knows, patient, no minor, and nobody on whom much weighs."""
    everyone = list(library())
    easy = {one.id for one in _easy_to_meet(library(), setting.catalog)}
    drawn = Stream.of(setting.plan.seed, "population", "first meeting").bits(keys_of(one.id for one in everyone))
    order = sorted(range(len(everyone)), key=lambda nth: (everyone[nth].id not in easy, int(drawn[nth])))
    return tuple(_of_library(everyone[nth]) for nth in order)


def run_named(text: str | None) -> Path | None:
    """The run folder that a text names; None if it names none."""
    return Path(text) if text is not None and _is(text, "manifest.json") else None


def _of_text(setting: Setting, text: str, llm: LLMSettings | None) -> PersonSource:
    word = text.strip()
    shipped = library().by_id
    if word in shipped:
        return _of_library(shipped[word])
    if word and _is(word) and Path(word).is_dir() and (runs := sorted(Path(word).glob("*/manifest.json"))):
        raise UserInputError(
            f"{word[:200]}: this folder holds runs. Name the one whose people you want to meet, such as "
            f"{runs[-1].parent}"
        )
    file = word.partition("#")[0]
    if file.endswith(_FILES) or (word and _is(file)):
        persona = load_one(word)
        return PersonSource(origin="file", persona=persona, label=f"{persona.name}, of {clean(word, 200)}")
    if len(word) <= _LONGEST_ID and word in _ids(setting):
        return _of_log(setting, word)
    if word and len(word.split()) == 1:
        raise UserInputError(f"{clean(word, 80)}: nobody is called so.{_nearest(word, setting)}")
    return _of_sentence(setting, text, llm)


def _of_sentence(setting: Setting, text: str, llm: LLMSettings | None) -> PersonSource:
    from simulator.studies.solo.invented import invent
    from simulator.studies.solo.inventing import invent_with

    known = np.bincount(setting.log.positives().item, minlength=len(setting.catalog)).astype(np.float32)
    if llm is None:
        found = invent(text, setting.catalog, known)
    else:
        found = invent_with(text, setting.catalog, known, llm, seed=setting.plan.seed)
    begins: list[Change] = []
    if "fatigue" in found.begins:
        begins.append(SetFatigue(found.begins["fatigue"]))
    if "mood" in found.begins:
        begins.append(SetMood(found.begins["mood"]))
    return PersonSource(
        origin="sentence",
        persona=found.persona,
        label=f"{_called(found.persona)}, told in a sentence",
        begins=tuple(begins),
        understood=found.understood,
        missed=found.missed,
        notices=found.notices,
    )


def _of_run(
    setting: Setting, run: Path, user: str | None, turn: int | None, arm: str | None, seed: int | None, mind: str | None
) -> PersonSource:
    from scenarios.resolved import scenario_hash
    from simulator.experiment.folder import RunFolder

    manifest = RunFolder.open(run).read_manifest()
    match kind_of(manifest):
        case "play":
            raise UserInputError(
                f"{run}: a human played here, and only simulated people can be met. See how close their double came: "
                f"understudy play --resume {run}"
            )
        case "session":
            raise UserInputError(f"{run}: this is a saved session. Live it again with: understudy chat --replay {run}")
    if manifest["scenario_hash"] != scenario_hash(setting.scenario):
        raise UserInputError(
            f"{run}: the setting is not this run's, so the person would be another. Open the run's own scenario, "
            "without --scenario and --set"
        )
    past = read_past(run, setting.catalog, user=user, turn=turn, arm=arm, seed=seed, mind=mind)
    when = "before the first turn" if past.turn < 0 else f"after turn {past.turn}"
    where = f"of {run.name or run}, arm {past.arm}, seed {past.seed}, {when}"
    return PersonSource(origin="run", user_id=past.user_id, past=past, label=f"{past.user_id}, {where}")


def _of_log(setting: Setting, user: str) -> PersonSource:
    name = setting.split.name
    if len(user) > _LONGEST_ID or user not in _ids(setting):
        near = did_you_mean(user, setting.log.user_ids[:5000].tolist())
        raise UserInputError(f"--user {clean(user, 80)}: nobody in {name} has this id.{near}")
    return PersonSource(origin="log", user_id=user, label=f"{user}, of {name}")


def _of_library(persona: Persona) -> PersonSource:
    return PersonSource(origin="library", persona=persona, label=f"{_called(persona)}, of the library: {persona.id}")


def _easy_to_meet(people: Collection, catalog: Catalog) -> list[Persona]:
    has = {name.casefold() for name in catalog.category_names}
    return [
        one
        for one in people
        if one.backstory
        and one.speaking_style
        and not one.is_minor
        and set(one.vulnerabilities) <= _QUIET
        and (one.behaviour.patience or 0.5) >= _STAYS
        and sum(name.casefold() in has for name in one.tastes.genres.liked) >= 2
    ]


def _called(persona: Persona) -> str:
    who = persona.identity
    facts = [str(fact) for fact in (who.age, who.occupation) if fact is not None]
    return ", ".join([persona.name, *facts])


def _ids(setting: Setting) -> frozenset[str]:
    return frozenset(setting.split.log.user_ids.tolist()) | frozenset(setting.everyone.user_ids.tolist())


def _nearest(word: str, setting: Setting) -> str:
    folded = word.casefold()
    holding = sorted(one for one in library().by_id if len(folded) > 2 and folded in one)
    if holding:
        return f" Did you mean {' or '.join(holding[:3])}?"
    near = did_you_mean(word, [*library().by_id, *setting.log.user_ids[:5000].tolist()])
    return near or (
        " Name somebody of the library (understudy personas list), a persona file, or tell who they are in a sentence, "
        "such as: a tired nurse of 34 who loves horror"
    )


def _is(place: str, inside: str | None = None) -> bool:
    """Whether there is such a file or folder; with `inside`, a folder that holds it. Never raises."""
    try:
        path = Path(place)
        return (path.exists() if inside is None else (path / inside).is_file()) if place.strip() else False
    except (OSError, ValueError):
        return False
