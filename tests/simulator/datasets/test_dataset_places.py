"""Where datasets are looked for, and zips that lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.datasets import available, load
from simulator.records import UserInputError


def test_unknown_names_are_answered_with_the_nearest(no_data_elsewhere):
    with pytest.raises(UserInputError, match="Did you mean 'movielens-1m'"):
        load("movielens1m")


def test_a_set_that_is_not_here_is_told_with_command_and_manual_steps(no_data_elsewhere, tmp_path):
    with pytest.raises(UserInputError, match="understudy data get movielens-1m") as told:
        load("movielens-1m", data_dir=tmp_path)
    assert "https://files.grouplens.org/datasets/movielens/ml-1m.zip" in str(told.value)
    assert str(tmp_path) in str(told.value)


def test_sets_are_found_as_folder_as_zip_and_in_the_folder_that_the_environment_names(
    write, zipped, ml_1m_files, monkeypatch, no_data_elsewhere, tmp_path: Path
):
    zipped("ml-1m.zip", {f"ml-1m/{name}": content for name, content in ml_1m_files.items()})
    monkeypatch.setenv("UNDERSTUDY_DATA_DIR", str(tmp_path))
    assert load("movielens-1m").log.n_users == 2
    one_person = {**ml_1m_files, "ratings.dat": "1::1::3::0\n"}
    folder = write({f"mine/ml-1m/{name}": content for name, content in one_person.items()}) / "mine"
    assert load("movielens-1m", data_dir=folder).log.n_users == 1, "the option comes before the environment"
    assert load("movielens-1m", data_dir=folder / "ml-1m").log.n_users == 1
    assert load("movielens-1m").log.n_users == 2


def test_members_of_a_zip_that_point_outside_are_not_read(zipped, ml_1m_files, tmp_path):
    evil = {f"../../{name}": content for name, content in ml_1m_files.items()}
    with pytest.raises(UserInputError, match=r"has no (ratings|movies).dat"):
        load("movielens-1m", path=zipped("evil.zip", evil))
    absolute = {f"/{name}": content for name, content in ml_1m_files.items()}
    with pytest.raises(UserInputError, match=r"has no (ratings|movies).dat"):
        load("movielens-1m", path=zipped("absolute.zip", absolute))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["absolute.zip", "evil.zip"]


def test_a_damaged_zip_is_told_as_such(zipped, ml_1m_files, tmp_path):
    archive = zipped("ml-1m.zip", {f"ml-1m/{name}": content for name, content in ml_1m_files.items()})
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserInputError, match="not a whole zip file"):
        load("movielens-1m", path=archive)
    broken = bytearray(whole)
    broken[60:80] = bytes(20)
    archive.write_bytes(bytes(broken))
    with pytest.raises(UserInputError, match="cannot be unpacked"):
        load("movielens-1m", path=archive)


def test_all_sources_are_listed_with_what_is_found(write, ml_1m_files, no_data_elsewhere):
    folder = write({f"ml-1m/{name}": content for name, content in ml_1m_files.items()})
    found = {each.source.name: each for each in available(folder)}
    assert list(found) == ["sample", "movielens-1m", "movielens-100k", "movielens-latest-small", "table"]
    assert found["movielens-1m"].found == folder / "ml-1m"
    assert [name for name, each in found.items() if each.ready] == ["sample", "movielens-1m", "table"]
