"""Tables of answers: one content however it is stored, and every value that means nothing named by file and line."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import made_survey
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from personas.survey import SurveyPersonas, from_survey
from simulator.records import UserInputError

People = list[dict[str, str]]


def imported(folder: Path, people: People, codebook: str = made_survey.CODEBOOK) -> SurveyPersonas:
    return from_survey(*made_survey.write(folder, people, codebook=codebook))


def fault(folder: Path, people: People, codebook: str = made_survey.CODEBOOK) -> str:
    with pytest.raises(UserInputError) as caught:
        imported(folder, people, codebook)
    return str(caught.value).replace(f"{folder}/", "")


def test_csv_tsv_gzip_and_parquet_give_the_same_personas(tmp_path: Path) -> None:
    table, book = made_survey.write(tmp_path, made_survey.rows(40))
    first = from_survey(table, book)
    pq.write_table(pacsv.read_csv(table), tmp_path / "answers.parquet")
    with table.open("rb") as plain, gzip.open(tmp_path / "answers.csv.gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    (tmp_path / "answers.tsv").write_text(
        "\n".join("\t".join(row.values()) for row in [{k: k for k in made_survey.rows(1)[0]}, *made_survey.rows(40)])
        + "\n"
    )
    for name in ("answers.parquet", "answers.csv.gz", "answers.tsv"):
        assert from_survey(tmp_path / name, book).personas == first.personas


def test_answers_may_be_codes_or_labels_and_numbers_written_in_any_way(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    plain = imported(tmp_path, people).personas
    words = {"0": "None", "1": "A cat ", "2": "a dog", "3": "a llama"}  # an option called "none" is an answer
    for person in people:
        person["pet"] = words[person["pet"]]
        person["o1"] = {"1": "Disagree", "5": "agree"}.get(person["o1"], f"{person['o1']}.0")
    assert imported(tmp_path, people).personas == plain


def test_a_value_off_the_scale_is_named_with_its_line_and_the_line_of_its_question(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[6]["o2"], people[20]["o2"] = "6", "6"
    told = fault(tmp_path, people)
    assert told.startswith(
        "answers.csv:8: o2: '6' is not on its scale, 1 to 5 (1 more like it). Correct codebook.yaml:13"
    )
    people[6]["o2"] = people[20]["o2"] = "3.5"
    assert "answers.csv:8: o2: '3.5'" in fault(tmp_path, people)


def test_an_unknown_option_and_an_unknown_fact_are_named(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[2]["pet"] = "9"
    assert fault(tmp_path, people).startswith(
        "answers.csv:4: pet: '9' is not an option of pet. Correct codebook.yaml:19"
    )
    people = made_survey.rows(30)
    people[3]["sex"] = "7"
    told = fault(tmp_path, people)
    assert told.startswith("answers.csv:5: sex: '7' is none of the values") and "codebook.yaml:6" in told
    people = made_survey.rows(30)
    people[4]["years"] = "1985"
    assert fault(tmp_path, people).startswith("answers.csv:6: years: '1985' is no age between 16 and 90")


def test_values_taken_as_unknown_are_counted_and_missing_codes_are_not_among_them(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[4]["years"], people[5]["years"], people[6]["o1"] = "1985", "-9", "-9"
    book = made_survey.CODEBOOK.replace("highest: 90}", "highest: 90, otherwise: unknown}")
    survey = imported(tmp_path, people, book)
    assert survey.report["missing"]["unknown_values"] == {"years": 1}
    assert survey.report["identity"]["age"]["known"] == 28
    assert [one.identity.age for one in survey.personas[4:6]] == [None, None]
    assert survey.personas[6].origin("personality.openness").evidence == "3 of 4 items"


def test_a_missing_column_is_told_with_the_line_that_declares_it_and_the_nearest_name(tmp_path: Path) -> None:
    people = [{("Years" if k == "years" else k): v for k, v in row.items()} for row in made_survey.rows(30)]
    told = fault(tmp_path, people)
    assert told.startswith("codebook.yaml:5: identity.age: answers.csv has no column 'years'. Did you mean 'Years'?")


def test_lines_are_counted_past_cells_that_hold_line_breaks(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[0]["why"] = "first\nsecond\nthird"
    people[9]["p1"] = "8"
    assert fault(tmp_path, people).startswith("answers.csv:13: p1: '8'")


def _ragged(text: str) -> str:
    lines = text.splitlines()
    lines[4] += ",surplus"
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: "", "answers.csv:1: is empty"),
        (lambda text: text.splitlines()[0] + "\n", "answers.csv: holds no answers"),
        (_ragged, "answers.csv:5: has 18 cells where the header has 17"),
        (lambda text: text.replace("o2", "o1", 1), "answers.csv:1: two columns are called 'o1'"),
        (lambda text: "\0" + text, "answers.csv: is binary data"),
    ],
    ids=["empty", "header only", "ragged", "column twice", "binary"],
)
def test_a_broken_table_is_one_message(tmp_path: Path, spoil: Callable[[str], str], told: str) -> None:
    table, book = made_survey.write(tmp_path, made_survey.rows(30))
    table.write_text(spoil(table.read_text()))
    with pytest.raises(UserInputError) as caught:
        from_survey(table, book)
    message = str(caught.value).replace(f"{tmp_path}/", "")
    assert message.startswith(told) and "\n" not in message


@pytest.mark.parametrize("name", ["answers.xlsx", "answers.csv.gz", "answers.parquet", "nowhere.csv"])
def test_files_that_are_not_what_they_are_called_are_refused(tmp_path: Path, name: str) -> None:
    _, book = made_survey.write(tmp_path, made_survey.rows(30))
    if name != "nowhere.csv":
        (tmp_path / name).write_bytes(b"PK\x03\x04 nothing of the kind")
    with pytest.raises(UserInputError, match=name):
        from_survey(tmp_path / name, book)


def test_an_id_that_is_there_twice_names_both_lines(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[8]["person"] = people[1]["person"]
    assert fault(tmp_path, people).startswith("answers.csv:10: person: the same id as answers.csv:3")


def test_nobody_who_answered_enough_is_an_error_that_tells_the_most_that_was_answered(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    for person in people:
        person |= dict.fromkeys(("o1", "o2", "o3", "o4", "p1", "p2", "p3"), "-9")
    told = fault(tmp_path, people)
    assert told.startswith("answers.csv: nobody of 30 rows answered 50% of the questions shown; the most is 22%")
    assert "codebook.yaml" in told


def test_people_without_an_id_or_with_too_few_answers_are_left_out_and_counted(tmp_path: Path) -> None:
    people = made_survey.rows(30)
    people[0]["person"] = ""
    people[1] |= dict.fromkeys(("o1", "o2", "o3", "o4", "p1", "p2", "p3"), "")
    report = imported(tmp_path, people).report["people"]
    assert report == {"rows": 30, "kept": 28, "personas": 28, "left_out": {"no id": 1, "too few answers": 1}}
