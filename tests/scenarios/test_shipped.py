"""What ships: scenario files that teach, and a JSON Schema that fits them and the model."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenarios import load_scenario
from scenarios.json_schema import SCHEMA_FILE, json_schema
from scenarios.loader import shipped_scenarios
from scenarios.schema import Evaluation, Scenario
from simulator.documents.fields import fields_of, place_at
from simulator.documents.forms import Section
from simulator.documents.yaml_tree import parse
from simulator.evaluation.metrics import METRICS


def test_json_schema_file_is_current() -> None:
    cure = "run: understudy scenarios schema > scenarios/scenario.schema.json"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == json_schema(), cure


def test_every_field_has_help_for_the_editor() -> None:
    for section in Section.__subclasses__():
        for name, field in fields_of(section).items():
            assert field.description, f"{section.__name__}.{name}"


def test_schema_allows_short_forms_and_refuses_unknown_fields() -> None:
    schema: dict[str, Any] = json.loads(json_schema())
    assert {"type": "string"}.items() <= schema["properties"]["mind"]["anyOf"][0].items()
    assert schema["additionalProperties"] is False
    assert all(one["additionalProperties"] is False for one in schema["$defs"].values())


def test_metrics_of_the_schema_are_those_that_are_measured() -> None:
    choices = set(Evaluation.model_fields["primary"].annotation.__args__)  # type: ignore[union-attr]
    assert choices - {"auto"} == {metric.name for metric in METRICS}


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenario_teaches(name: str) -> None:
    text = shipped_scenarios()[name].read_text(encoding="utf-8")
    fields = [path for path in parse(text).lines if path]
    assert text.startswith("# ") and text.count("#") >= 8
    assert all(place_at(Scenario, path) is not None for path in fields if "params" not in path)
    assert load_scenario(name).name != name


def test_quickstart_asks_enough_and_movielens_ab_asks_all() -> None:
    quick, movielens, feed = (load_scenario(name) for name in ("quickstart", "movielens_ab", "feed"))
    assert (quick.dataset.source, quick.population.size) == ("sample", 1000)
    assert {n: a.recommender for n, a in quick.arms.items()} == {"control": "popular", "treatment": "als"}
    assert quick.population.size is not None and quick.population.size * quick.world.slate_size >= 10_000
    assert (movielens.dataset.source, movielens.population.size) == ("movielens-1m", None)
    assert (movielens.world.turns, movielens.world.slate_size) == (20, 10)
    assert list(movielens.arms) == ["popular", "ease", "als"] and movielens.evaluation.minds == "ensemble"
    assert feed.world.layout == "feed"
