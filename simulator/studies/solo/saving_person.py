"""The person of a session, kept: as a persona with the edits made, or as a scenario about them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from personas.files import of_mapping, plain, to_yaml
from personas.inference import infer
from personas.schema import Origin, Persona
from scenarios.forms import plug_in_file
from scenarios.loader import check
from scenarios.resolved import absolute, resolved
from simulator.llm.fencing import clean
from simulator.studies.solo.changes import SetBelief, SetFatigue, SetItem, SetLayout, SetMood, SetTrait
from simulator.studies.solo.new_files import arm_name, taken, write_new
from simulator.studies.solo.outfit import merged, stating
from simulator.studies.solo.people import PersonSource
from simulator.studies.solo.steps import Changed, Shown

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
    recommenders that were used. Where nothing is `left_out`, the run has the very rows of the life, and goes on.

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
    # People and models are the first seed's; where the luck of the life is another's, the run has both.
    data["seed"] = life.seed if life.seed == setting.plan.seed else [setting.plan.seed, life.seed]
    data["population"] = {"from": "personas", "personas": beside.name}
    data["world"] |= {
        "layout": life.layout,
        "turns": max(data["world"]["turns"], life.turns[-1].turn + 1 if life.turns else 1),
    }
    data["arms"] = arms = _arms_used(life, data["arms"])
    data["evaluation"] |= {"control": None, "minds": "single"}
    check(data, file=str(path), base_dir=path.resolve().parent)
    write_new(beside, to_yaml(persona))
    try:
        write_new(path, _yaml(data))
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return SavedScenario(path=path, persona=beside, left_out=tuple(_left_out(life, len(arms))))


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
    sources = (step.source for step in life.steps if isinstance(step, Shown))
    made = [source.name for source in sources if source.kind in ("recommender", "journal")]
    for name in filter(None, dict.fromkeys(made)):
        if name in arms:
            used[name] = arms[name]
        elif (file := plug_in_file(name)) is None:
            used[arm_name(name, used)] = {"recommender": name}
        else:
            place = absolute(file, life.setting.scenario.base_dir)
            used[arm_name(name.rpartition(":")[2], used)] = {"recommender": place + name[len(file) :]}
    return used or dict(arms)


def _left_out(life: Life, arms: int) -> Iterator[str]:
    changes = [step.change for step in life.steps if isinstance(step, Changed)]
    kinds = {step.source.kind for step in life.steps if isinstance(step, Shown)}
    if any(isinstance(change, SetItem) for change in changes):
        yield "what was changed of items"
    if any(isinstance(change, SetMood | SetFatigue) for change in changes):
        yield "the mood and the tiredness that were set"
    if any(isinstance(change, SetTrait | SetBelief | SetLayout) for change in changes):
        yield "when the person or the layout was changed, for both are so from the first page on"
    if life.drifts:
        yield "that they change on some day, for they are run as they are now"
    if kinds & {"hand", "search"}:
        yield "pages that were picked by hand or found by a search"
    if kinds & {"recommender", "journal"} and arms > 1:
        yield "which recommender made which page, for each is an arm of its own"
    if "journal" in kinds:
        yield "what others of the run taught a recommender that learns"
    if life.persona is None:
        yield "the person's own history, for they are run as the persona that the data tells"
    elif life.setting.plan.warmup is not None and _strangers(life) != {life.user_id}:
        yield "what others did in the warm-up, on which the recommenders were fitted too"


def _strangers(life: Life) -> set[str]:
    """Who lived the warm-up that recommenders of the setting know of."""
    everyone = life.setting.everyone
    return set(everyone.user_ids[everyone.source < 0].tolist())


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
    for step in life.steps:
        if isinstance(step, Changed) and isinstance(step.change, SetTrait):
            persona = stating(persona, step.change.name, step.change.value)
    said = None if life.people.said is None else life.people.said[0]
    if said is None:
        return persona
    origins = {"tastes": Origin(how="stated")} | persona.origins
    return persona.model_copy(update={"tastes": merged(persona.tastes, said), "origins": origins})
