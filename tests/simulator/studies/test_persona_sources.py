"""Whom personas are inferred from: datasets, scenarios and runs; what is held out stays out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.datasets import load, split
from simulator.records import UserInputError
from simulator.studies.persona_sources import PersonaSource, open_source, taste_source


@pytest.fixture(scope="module")
def sample() -> PersonaSource:
    return open_source("sample")


def test_what_is_held_out_of_a_dataset_is_not_in_its_log(sample: PersonaSource) -> None:
    whole = split(load("sample"))
    assert len(sample.log) == len(whole.known) < len(whole.log)
    assert sample.name == "sample"


def test_a_scenario_gives_its_dataset_as_it_splits_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "arms: {control: popular}\ndataset:\n  source: sample\n  split: {platform: 0.5, person: 0.0, held_out: 0.5}\n"
    )
    halved, everything = open_source(str(file)), load("sample").log
    assert 0.4 < len(halved.log) / len(everything) < 0.6
    more = open_source(str(file), overrides=["dataset.split.platform=0.8", "dataset.split.held_out=0.2"])
    assert 0.7 < len(more.log) / len(everything) < 0.9


def test_overrides_reach_the_dataset_and_the_model_of_a_name(tmp_path: Path) -> None:
    table = tmp_path / "log.csv"
    table.write_text("user,item\n" + "".join(f"u{n},i{n % 5}\nu{n},i{(n + 1) % 5}\nu{n},j\n" for n in range(20)))
    source = open_source(
        "table", overrides=[f"dataset.path={table}", "llm.model=scripted", "llm.concurrency=3"], with_model=True
    )
    assert source.log.n_users == 20 and (source.llm.model, source.llm.concurrency) == ("scripted", 3)


def test_a_scenario_without_a_model_still_says_which_one_to_ask(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("arms: {control: popular}\nmind: statistical\n")
    assert open_source(str(file), with_model=True, overrides=["llm.model=scripted"]).llm.scripted


@pytest.mark.parametrize(
    ("place", "arm", "message"),
    [
        ("sampel", None, "Did you mean sample?"),
        ("x" * 5000, None, "no dataset, scenario or run"),
        ("sample", "control", "only a run has arms"),
        ("movielens-100k", None, "understudy data get movielens-100k"),
    ],
)
def test_what_is_no_source_is_refused(place: str, arm: str | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match=message):
        open_source(place, arm=arm, data_dir=tmp_path)


def test_tastes_of_people_are_their_choices_by_category(sample: PersonaSource) -> None:
    source, log = taste_source(sample), sample.log
    chosen = [log.catalog[item].categories for item in np.unique(log.item[(log.user == 0) & log.clicked])]
    for column, name in enumerate(source.names):
        part = sum(1 / len(categories) for categories in chosen if name in categories)
        assert source.shares[0, column] == pytest.approx(part, rel=1e-5)
    assert set(source.gender.tolist()) <= {"female", "male", ""}  # type: ignore[union-attr]
    assert source.age is not None and source.age[0] == 30 and log.demographics["age"][0] == "25-34"


def test_items_without_categories_have_no_tastes_to_give(tmp_path: Path) -> None:
    table = tmp_path / "log.csv"
    table.write_text("user,item\n" + "".join(f"u{n},i{n % 5}\nu{n},i{(n + 1) % 5}\nu{n},j\n" for n in range(9)))
    with pytest.raises(UserInputError, match="no categories"):
        taste_source(open_source("table", overrides=[f"dataset.path={table}"]))


@pytest.mark.parametrize("manifest", ["{}", "no JSON", "[]"])
def test_a_folder_that_is_not_a_whole_run_is_one_message(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(UserInputError):
        open_source(str(tmp_path))


def test_simulated_people_are_refused_where_real_ones_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(UserInputError, match="simulated people"):
        open_source(str(tmp_path), runs=False)
