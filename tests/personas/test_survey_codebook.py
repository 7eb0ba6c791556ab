"""A codebook is read with the line of every field, and each mistake in it is told once, with its place and a cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_survey import CODEBOOK

from personas.survey import read_codebook, shipped_codebooks
from personas.survey.items import items_of
from personas.traits import BIG_FIVE
from simulator.records import UserInputError


def read(folder: Path, text: str) -> object:
    file = folder / "book.yaml"
    file.write_text(text, encoding="utf-8")
    return read_codebook(file)


def fault(folder: Path, text: str) -> str:
    with pytest.raises(UserInputError) as caught:
        read(folder, text)
    return str(caught.value).replace(str(folder / "book.yaml"), "book.yaml")


ONE = "questions:\n  q: {text: I like crowds., scale: {lowest: 1, highest: 5}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: [a, b]\n" + ONE, "book.yaml:1: id: a person has one id"),
        ("id: a\nid: b\n" + ONE, "book.yaml:2: id: given twice, first on line 1"),
        (ONE + "  q: {text: Again.}\n", "book.yaml:3: questions.q: given twice, first on line 2"),
        (
            ONE + "  r: {text: I like  crowds., scale: {lowest: 1, highest: 5}}\n",
            "book.yaml:3: questions.r.text: the same question as q (book.yaml:2)",
        ),
        (
            ONE + "  r: {text: Other., column: q, scale: {lowest: 1, highest: 5}}\n",
            "book.yaml:3: questions.r: the column 'q' is already questions.q (book.yaml:2)",
        ),
        ("id: q\n" + ONE, "book.yaml:3: questions.q: the column 'q' is already id (book.yaml:1)"),
        (
            "questions:\n  q:\n    text: A.\n    scale: {lowest: 5, highest: 1}\n",
            "book.yaml:4: questions.q.scale.lowest: must be below highest, 1, but is 5",
        ),
        ("questions:\n  q: {text: A., scale: agre}\n", "book.yaml:2: questions.q.scale: there is no scale 'agre'"),
        ("questions:\n  q: {text: A.}\n", "book.yaml:2: questions.q.scale: is missing. A likert question needs one"),
        (
            "questions:\n  q: {text: A., scale: {lowest: 0, highest: 2.5}}\n",
            "questions.q.scale: a Likert scale has whole steps",
        ),
        (
            "missing: [3]\n" + ONE,
            "book.yaml:3: questions.q.scale: the missing code 3 lies on the scale 1 to 5",
        ),
        (
            "questions:\n  q: {text: A., scale: {lowest: 1, highest: 5}, measures: opennes}\n",
            "book.yaml:2: questions.q.measures: 'opennes' is not known. Did you mean openness?",
        ),
        (
            "questions:\n  q: {text: A., scale: {lowest: 1, highest: 5}, measures: activity}\n",
            "questions.q.measures: activity is in visits a day",
        ),
        (
            "questions:\n  q: {text: A., options: {1: x, 2: y}, measures: openness}\n",
            "a choice question cannot measure a construct",
        ),
        ("questions:\n  q: {text: A., options: {1: x, 01: y}}\n", "two options have the same code"),
        (ONE + "  r: {text: A., kind: text, held_out: true}\n", "answers in free text cannot be judged"),
        (
            ONE + "  r: {text: Again., scale: {lowest: 1, highest: 7}, retest_of: q}\n",
            "is answered on another scale than q",
        ),
        (ONE + "  r: {text: Again., scale: {lowest: 1, highest: 5}, retest_of: s}\n", "'s' is no other question here"),
        (
            ONE + "  r: {text: Again., scale: {lowest: 1, highest: 5}, retest_of: q, held_out: true}\n",
            "book.yaml:3: questions.r.held_out: a retest goes into no persona",
        ),
        (
            "questions:\n  q: {text: A., scale: {lowest: 1, highest: 5}, held_out: true}\n",
            "book.yaml:1: questions: every question is held out",
        ),
        (
            "identity: {age: {column: a, values: {1: young}}}\n" + ONE,
            "identity.age.values: an age is a number of years",
        ),
        ("identity: {name: n}\n" + ONE, "book.yaml:1: identity.name: unknown field"),
        ("questions:\n  q: {txt: A., kind: text}\n", "book.yaml:2: questions.q.txt: unknown field. Did you mean text?"),
        ("", "book.yaml:1: a codebook is a map with `questions:`, but the file is empty"),
        ("questions: {a: &x {text: A., kind: text}, b: *x}\n", "anchors (&) and aliases (*) are not allowed"),
    ],
)
def test_a_mistake_is_told_with_its_line_field_and_cure(tmp_path: Path, text: str, told: str) -> None:
    message = fault(tmp_path, text)
    assert told in message and "\n" not in message


def test_several_mistakes_are_told_together_and_no_more_than_five(tmp_path: Path) -> None:
    many = "questions:\n" + "".join(f"  q{n}: {{text: Question {n}., scale: nowhere}}\n" for n in range(7))
    lines = fault(tmp_path, many).splitlines()
    assert len(lines) == 6 and lines[-1] == "… and 2 more"


def test_a_codebook_that_is_not_there_names_those_that_ship(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match=r"no such codebook.*openpsychometrics_big5"):
        read_codebook(tmp_path / "nothing.yaml")


def test_the_table_in_place_of_the_codebook_is_no_traceback(tmp_path: Path) -> None:
    assert "book.yaml:1" in fault(tmp_path, "person,o1\n1,2\n")


def test_the_shipped_big_five_codebook_has_fifty_keyed_items_and_holds_none_out() -> None:
    book = read_codebook(shipped_codebooks()["openpsychometrics_big5"])
    items = items_of(book, seed=7)
    assert [sum(i.measures == trait for i in items) for trait in BIG_FIVE] == [10] * 5
    turned = {i.name for i in items if i.reversed}
    assert {"E2", "O2", "O4", "O6", "N2", "N4", "A1", "C2"} <= turned and not {"N1", "O1", "E1"} & turned
    assert not any(i.held_out for i in items)


def test_the_share_held_out_is_drawn_by_seed_and_key_and_spares_texts_and_retests(tmp_path: Path) -> None:
    book = read(tmp_path, CODEBOOK + "hold_out: 0.3\n")
    drawn = {seed: {i.name for i in items_of(book, seed=seed) if i.held_out} for seed in range(8)}  # type: ignore[arg-type]
    assert all({"h1", "h2"} < names and len(names) == 2 + round(0.3 * 9) for names in drawn.values())
    assert not {"why", "h1b"} & set().union(*drawn.values())
    assert len({frozenset(names) for names in drawn.values()}) > 3
    fewer = read(
        tmp_path,
        (CODEBOOK + "hold_out: 0.3\n").replace(
            "  o4: {text: I am full of ideas., scale: agree, measures: openness}\n", ""
        ),
    )
    again = {i.name for i in items_of(fewer, seed=3) if i.held_out}  # type: ignore[arg-type]
    assert len(again - drawn[3]) <= 1, "a question less moves no more than its own place"


def test_the_codebook_of_the_documentation_is_a_codebook(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "surveys.md").read_text(encoding="utf-8")
    book = read(tmp_path, page.split("```yaml\n")[1].split("```")[0])
    items = items_of(book, seed=7)  # type: ignore[arg-type]
    assert {i.name for i in items if i.held_out} >= {"Q7"} and sum(i.held_out for i in items) == 2
