"""Marginals that people write: read with the line of every fault, and shares that contradict each other told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from personas.sampling.demographics import joint_table
from personas.sampling.marginals import VARIABLES, default_marginals, read
from simulator.records import UserInputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "town.yaml"


def refusal(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserInputError) as told:
        read(file)
    return str(told.value)


def test_the_marginals_that_ship_give_every_variable_and_say_that_they_are_assumed() -> None:
    shipped = default_marginals()
    assert tuple(shipped.shares) == VARIABLES
    for _, shares in shipped.shares.values():
        assert shares.sum() == pytest.approx(1)
    text = (Path(__file__).parents[2] / "personas" / "sampling" / "marginals.yaml").read_text(encoding="utf-8")
    assert "Grade: assumed" in text


def test_a_file_may_give_any_subset_and_any_occupation_or_place(file: Path) -> None:
    file.write_text("occupation: {lamp lighter: 0.5, nurse: 0.5}\nplace: {Atlantis: 1}\n", encoding="utf-8")
    found = read(file)
    assert found.shares["occupation"][0] == ("lamp lighter", "nurse")
    assert set(found.shares) == {"occupation", "place"}


def test_shares_that_are_rounded_are_scaled_to_one() -> None:
    _, shares = read({"gender": {"female": 0.333, "male": 0.333, "other": 0.333}}).shares["gender"]
    assert shares.sum() == pytest.approx(1, abs=1e-12)


def test_a_bracket_without_an_end_reaches_old_age() -> None:
    assert read({"age": {"13-17": 0.5, "65+": 0.5}}).brackets == ((13, 17), (65, 90))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("age: {18-24: 1}\ngendre: {female: 1}\n", 2, "gendre: unknown field. Did you mean gender?"),
        ("gender:\n  female: 0.5\n  male: 0.4\n", 1, "gender: the shares add up to 0.9"),
        ("gender:\n  female: 50\n  male: 50\n", 1, "Write 0.25 for 25 %"),
        (
            "gender:\n  female: 0.5\n  male: half\n",
            3,
            "gender.male: must be a share between 0 and 1, but is the text 'half'",
        ),
        ("gender:\n  female: 1.5\n  male: -0.5\n", 3, "gender.male: must be a share"),
        ("gender:\n  female: true\n", 2, "gender.female: must be a share"),
        ("gender:\n  woman: 1\n", 2, "gender.woman: people are drawn as female, male, other"),
        ("age:\n  18-24: 0.5\n  20-30: 0.5\n", 3, "age.20-30: shares ages with 18-24"),
        ("age:\n  young: 1\n", 2, "age.young: must be an age or a bracket"),
        ("age:\n  5-12: 1\n", 2, "age.5-12: must lie within 13 and 100"),
        ("age:\n  30-20: 1\n", 2, "the lower age first"),
        ("place: Berlin\n", 1, "place: must be a map of shares"),
        ("place:\n  Berlin: 0.5\n  berlin: 0.5\n", 3, "place.berlin: stands there twice"),
        ("place:\n  '': 1\n", 2, "must have 1 to 120 printable characters"),
        ("- 1\n", 1, "must give shares for one or more of age, gender, occupation, place"),
        ("gender: &a {female: 1}\n", 1, "anchors"),
        ("gender: {female: 1\n", 2, "this is not YAML"),
        ("age: {18-24: .nan}\n", 1, "is no finite number"),
    ],
)
def test_a_fault_is_told_with_file_line_field_and_cure(file: Path, text: str, line: int, words: str) -> None:
    told = refusal(file, text)
    assert told.startswith(f"{file}:{line}: ") and words in told and "\n" not in told


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(UserInputError, match="cannot be read"):
        read(file)


def test_too_many_categories_are_refused(file: Path) -> None:
    many = "".join(f"  job {nth}: {1 / 101:.6f}\n" for nth in range(101))
    assert "has 101 categories" in refusal(file, f"occupation:\n{many}")


def test_a_mapping_is_checked_as_a_file_is() -> None:
    with pytest.raises(UserInputError, match=r"^marginals: age.x: must be an age"):
        read({"age": {"x": 1.0}})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"age": {"13-17": 0.4, "18-24": 0.6}, "occupation": {"nurse": 1}}, "age 13-17 has a share of 0.4"),
        ({"age": {"18-24": 1}, "occupation": {"retired": 1}}, "age 18-24 has a share of 1"),
        ({"age": {"18-24": 0.6, "65+": 0.4}, "occupation": {"cook": 0.2, "retired": 0.8}}, "65+ 0.8 instead of 0.4"),
    ],
)
def test_shares_that_nobody_can_have_are_told(given: dict[str, dict[str, float]], words: str) -> None:
    with pytest.raises(UserInputError, match="the shares contradict each other") as told:
        joint_table(read(given, name="town.yaml"))
    assert str(told.value).startswith("town.yaml: ") and words in str(told.value)


def test_what_is_not_given_follows_from_what_is_given() -> None:
    teenagers = joint_table(read({"age": {"13-17": 1}}))
    share = dict(zip(teenagers.categories[2], teenagers.targets[2], strict=True))
    assert share["pupil"] > 0.8 and share["retired"] == 0 and share["manager"] == 0
    women = joint_table(read({"gender": {"female": 1}}))
    usual = joint_table()
    nurse, electrician = usual.categories[2].index("nurse"), usual.categories[2].index("electrician")
    assert women.targets[2][nurse] > 1.5 * usual.targets[2][nurse]
    assert women.targets[2][electrician] < 0.5 * usual.targets[2][electrician]
    assert np.abs(women.targets[3] - usual.targets[3]).max() < 0.005


def test_the_shipped_margins_given_as_a_users_give_the_table_that_ships() -> None:
    shipped = default_marginals()
    same = {name: dict(zip(names, shares.tolist(), strict=True)) for name, (names, shares) in shipped.shares.items()}
    np.testing.assert_allclose(joint_table(read(same)).table, joint_table().table, atol=1e-8)
