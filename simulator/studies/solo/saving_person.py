"""The person of a session, kept: as a persona with the edits made, or as a scenario about them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personas.files import of_mapping, plain, to_yaml
from personas.inference import infer
from personas.schema import Likes, Origin, Persona, Tastes
from personas.traits import sd_to_activity, to_percentile
from scenarios.forms import plug_in_file
from scenarios.loader import check
from scenarios.resolved import resolved
from simulator.llm.fencing import clean
from simulator.studies.solo.changes import SetFatigue, SetItem, SetMood, SetTrait
from simulator.studies.solo.new_files import arm_name, taken, write_new
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.steps import Changed, Shown
from simulator.studies.solo.traits import trait_of

if TYPE_CHECKING:
    from simulator.studies.solo.life import Life


@dataclass(frozen=True, kw_only=True)
class SavedScenario:
    """A scenario that was written."""

    path: Path
    persona: Path
    """The persona beside it."""
    left_out: tuple[str, ...]
    """What of the session a scenario cannot say, in words."""


def save_scenario(path: Path, life: Life, source: PersonSource) -> SavedScenario:
    """The session as a scenario that `understudy run` takes: this person alone, as they are now, in front of the
    recommenders that were used.

    Raises UserInputError if one of the two files is there already. Somebody of the data is run as the persona that the
    data tells (`persona_of`), for a scenario can name no single person of a log.
    """
    persona = persona_of(life)
    beside = path.with_name(f"{path.stem}.persona.yaml")
    for one in (path, beside):
        taken(one)
    setting = life.setting
    data = resolved(setting.scenario)
    data["name"] = clean(f"{persona.name}, met in a session", 200)
    data["description"] = clean(f"Saved from a session with {source.label}.", 1000)
    data["seed"] = life.seed
    data["population"] = {"from": "personas", "personas": beside.name}
    data["world"] |= {
        "layout": life.layout,
        "turns": max(data["world"]["turns"], life.turns[-1].turn + 1 if life.turns else 1),
        "warmup": data["world"]["warmup"] or {},
    }
    data["arms"] = _arms_used(life, data["arms"])
    data["evaluation"] |= {"control": None, "minds": "single"}
    check(data, file=str(path), base_dir=path.resolve().parent)
    write_new(beside, to_yaml(persona))
    write_new(path, _yaml(data))
    return SavedScenario(path=path, persona=beside, left_out=tuple(_left_out(life)))


def save_persona(path: Path, life: Life) -> Persona:
    """The person as they are now, with the edits made, as a file that `understudy personas check` takes. Raises
    UserInputError if the file is there already."""
    persona = persona_of(life)
    write_new(path, to_yaml(persona))
    return persona


def persona_of(life: Life) -> Persona:
    """The person as a persona: their own with what was changed, or, of somebody of the data, what it tells of them
    (`personas.inference`: P and M, never V) with what was changed. Raises UserInputError for one that contradicts
    itself."""
    persona = life.persona
    if persona is None:
        row = int(life.people.source[0])
        known = life.setting.split.known
        persona = _edited(infer(known, rows=[row])[0], life)
    return of_mapping(plain(persona), f"{persona.id} as a persona")


def _arms_used(life: Life, arms: Mapping[str, Any]) -> dict[str, Any]:
    """The recommenders whose pages were lived, in their order, else all arms of the setting."""
    used: dict[str, Any] = {}
    for step in life.steps:
        name = step.source.name if isinstance(step, Shown) and step.source.kind in ("recommender", "journal") else None
        if name is None or name in used:
            continue
        if name in arms:
            used[name] = arms[name]
        elif plug_in_file(name) is None:
            used[arm_name(name, used)] = {"recommender": name}
        else:
            file = plug_in_file(name) or ""
            used[arm_name(name.rpartition(":")[2], used)] = {
                "recommender": str(Path(file).resolve()) + name[len(file) :]
            }
    return used or dict(arms)


def _left_out(life: Life) -> Iterator[str]:
    changes = [step.change for step in life.steps if isinstance(step, Changed)]
    kinds = {step.source.kind for step in life.steps if isinstance(step, Shown)}
    if any(isinstance(change, SetItem) for change in changes):
        yield "what was changed of items"
    if any(isinstance(change, SetMood | SetFatigue) for change in changes):
        yield "the mood and the tiredness that were set"
    if kinds & {"hand", "search"}:
        yield "pages that were picked by hand or found by a search"
    if life.persona is None:
        yield "the person's own history, for they are run as the persona that the data tells"


def _yaml(data: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = 4096
    out = io.StringIO()
    writer.dump(dict(data), out)
    return out.getvalue()


def _edited(persona: Persona, life: Life) -> Persona:
    """What the data tells of somebody, with the traits that were set and what they came to like and dislike."""
    changed = {
        step.change.name for step in life.steps if isinstance(step, Changed) and isinstance(step.change, SetTrait)
    }
    values: dict[str, float] = {}
    for name in sorted(changed):
        sd, trait = life.traits[name], trait_of(name).name
        values[trait] = float(sd_to_activity(sd) if trait == "activity" else to_percentile(sd))
    update: dict[str, Any] = {
        "behaviour": persona.behaviour.model_copy(update=values),
        "origins": persona.origins | {f"behaviour.{trait}": Origin(how="stated") for trait in values},
    }
    said = None if life.people.said is None else life.people.said[0]
    if said is not None:
        update["tastes"] = _with_said(persona.tastes, said)
        update["origins"] |= {"tastes": Origin(how="stated")} if "tastes" not in persona.origins else {}
    return persona.model_copy(update=update)


def _with_said(tastes: Tastes, said: Tastes) -> Tastes:
    """What was said last counts, and comes first."""
    kinds: dict[str, Likes] = {}
    for kind, now in said.each():
        before: Likes = getattr(tastes, kind)
        spoken = {name.casefold() for name in (*now.liked, *now.disliked)}
        kept = {
            which: (*getattr(now, which), *(one for one in getattr(before, which) if one.casefold() not in spoken))[
                :100
            ]
            for which in ("liked", "disliked")
        }
        kinds[kind] = Likes(**kept)
    return Tastes(**kinds)
