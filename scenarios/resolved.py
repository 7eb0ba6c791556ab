"""A scenario with every default written out: what a run keeps, and what its hash is taken from."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

from personas.files import LIBRARY_NAME, library
from scenarios.forms import plug_in_file
from scenarios.schema import Scenario

CIRCUMSTANCES = frozenset(
    {
        "base_url",
        "api_key_env",
        "timeout_s",
        "attempts",
        "concurrency",
        "cache",
        "transcripts",
        "max_failure_rate",
        "budget",
        "price",
        "prices",
    }
)
"""Fields of `llm` that say how a model is reached and paid and when a run gives up, not what is asked or what becomes
of an answer; a resumed run may change them."""


def resolved(scenario: Scenario) -> dict[str, Any]:
    """All fields as plain values, the control arm by its name, paths of files absolute."""
    data = scenario.model_dump(mode="json", by_alias=True)
    data["evaluation"]["control"] = scenario.control
    for section in (data["dataset"], data["dataset"]["items"]):
        if section is not None and section["path"] is not None:
            section["path"] = absolute(section["path"], scenario.base_dir)
    population = data["population"]
    if population["personas"] is not None and not _of_the_library(population["personas"], scenario.base_dir):
        population["personas"] = absolute(population["personas"], scenario.base_dir)
    if population["marginals"] is not None:
        population["marginals"] = absolute(population["marginals"], scenario.base_dir)
    if data["llm"]["prices"] is not None:
        data["llm"]["prices"] = absolute(data["llm"]["prices"], scenario.base_dir)
    for section, key in _plug_ins(data):
        file = plug_in_file(section[key])
        if file is not None:
            section[key] = absolute(file, scenario.base_dir) + section[key][len(file) :]
        if section.get("python") is not None:
            section["python"] = _interpreter(section["python"], scenario.base_dir)
    return data


def _plug_ins(data: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The sections that may name a plug-in, and the field in which they do."""
    recommenders = [*data["arms"].values(), *([data["world"]["warmup"]] if data["world"]["warmup"] else [])]
    return [(data["mind"], "kind"), *((one, "recommender") for one in recommenders)]


def _of_the_library(name: str, base_dir: Path) -> bool:
    """Whether personas are named as they ship, and not by a file of that name."""
    if name == LIBRARY_NAME:
        return True
    return not (base_dir / name).exists() and not Path(name).exists() and name in library().by_id


def absolute(path: str, base_dir: Path) -> str:
    """A path from the scenario's folder; from the working folder if only that has the file."""
    given = Path(path).expanduser()
    if not (base_dir / given).exists() and given.exists():
        return str(given.resolve())
    return str((base_dir / given).resolve())


def _interpreter(python: str, base_dir: Path) -> str:
    """A command on PATH as it is; a path made absolute, but never resolved: a virtual environment is known by its
    link."""
    given = Path(python).expanduser()
    if "/" not in python or given.is_absolute():
        return str(given)
    place = base_dir / given
    return os.path.abspath(given if not place.exists() and given.exists() else place)


def dump_resolved(scenario: Scenario) -> str:
    """YAML that loads again as the same scenario, from any folder."""
    from ruamel.yaml import YAML

    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = 4096
    writer.representer.ignore_aliases = lambda *_: True
    out = io.StringIO()
    writer.dump(resolved(scenario), out)
    return out.getvalue()


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 (hexadecimal) of everything that decides the rows of a run.

    Names in words and the places of files are left out: what the files hold is in the run's manifest.
    """
    data = resolved(scenario)
    del data["name"], data["description"]
    if scenario.mind.asks_a_model:
        data["llm"] = {name: value for name, value in data["llm"].items() if name not in CIRCUMSTANCES}
    else:
        del data["llm"], data["perception"]
    for section in (data["dataset"], data["dataset"]["items"]):
        if section is not None and section["path"] is not None:
            section["path"] = Path(section["path"]).name
    for name in ("personas", "marginals"):
        if data["population"][name] is not None:
            data["population"][name] = Path(data["population"][name]).name
    for section, key in _plug_ins(data):
        if plug_in_file(section[key]) is not None:
            section[key] = Path(section[key]).name
        for name in ("retries", "fit_timeout_s", "python"):
            section.pop(name, None)  # how a plug-in is run, not what it is
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
