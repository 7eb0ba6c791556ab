"""`understudy recommenders list`."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from simulator.cli.recommenders import app


def test_the_list_names_every_built_in_with_its_parameters() -> None:
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 0
    for word in ("random", "popular", "item-knn", "ease", "als", "regularization: 250.0", "half_life_days: null"):
        assert word in result.stdout


def test_the_json_document_holds_name_origin_summary_and_parameters() -> None:
    result = CliRunner().invoke(app, ["list", "--json"])
    listed = json.loads(result.stdout)
    assert [each["name"] for each in listed[:5]] == ["random", "popular", "item-knn", "ease", "als"]
    assert listed[1]["parameters"] == {"half_life_days": None, "learn": False}
    assert set(listed[0]) == {"name", "origin", "summary", "parameters"}
