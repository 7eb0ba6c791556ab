"""`understudy recommenders list`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulator.cli.main import main
from simulator.cli.recommenders import app

LOUD = """
from recommenders import Recommender, Slate

print("imported")

class Loud(Recommender):
    "[red]No[/red] \\x1b[31m\\u202e [/link] :smile:"
    fit = recommend = lambda *_: None
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose plug-in prints when it is imported, and describes itself in markup."""
    about = tmp_path / "loud-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: [bold]loud\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[understudy.recommenders]\n[red]loud = loud_plugin:Loud\n")
    (tmp_path / "loud_plugin.py").write_text(LOUD)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "loud_plugin", raising=False)


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


@pytest.mark.usefixtures("installed")
def test_words_of_an_installed_package_are_shown_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["recommenders", "list"]) == 0
    page = capfd.readouterr().out
    assert "\n[bold]loud 1.0\n[red]loud\n  [red]No[/red]" in page and "[/link] :smile:" in page
    assert "\x1b" not in page and "\u202e" not in page


@pytest.mark.usefixtures("installed")
def test_what_a_package_prints_when_it_is_imported_is_not_in_the_document(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["recommenders", "list", "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)[-1]["name"] == "[red]loud"
    assert "imported" in err
