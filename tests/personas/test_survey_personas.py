"""Answers become personas: constructs are scored as psychometrics does, others told in words, and nothing leaks."""

from __future__ import annotations

import csv
import gzip
import json
import os
from pathlib import Path

import made_survey
import numpy as np
import pytest
from scipy.stats import norm, rankdata

from personas.files import load, write_jsonl
from personas.survey import SurveyPersonas, from_survey
from personas.survey.constructs import cronbach, percentiles, spearman_brown
from personas.survey.privacy import hashed_id, without_identifiers
from personas.survey.sentences import MOST_QUOTATIONS, MOST_SENTENCES
from simulator.records import UserInputError

N = 200


@pytest.fixture(scope="module")
def people() -> list[dict[str, str]]:
    return made_survey.rows(N)


@pytest.fixture(scope="module")
def survey(people: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> SurveyPersonas:
    return from_survey(*made_survey.write(tmp_path_factory.mktemp("made"), people))


def column(people: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in people])


def test_a_big_five_score_is_the_mean_keyed_item_on_0_to_1(
    survey: SurveyPersonas, people: list[dict[str, str]]
) -> None:
    items = [(column(people, name) - 1) / 4 for name in ("o1", "o2", "o4")] + [1 - (column(people, "o3") - 1) / 4]
    said = [one.personality.openness for one in survey.personas]
    assert said == pytest.approx(np.mean(items, axis=0), abs=1e-4)


def test_a_behavioural_trait_is_the_percentile_of_the_score_with_blom_normal_scores(
    survey: SurveyPersonas, people: list[dict[str, str]]
) -> None:
    score = column(people, "p1") + column(people, "p2") + 8 - column(people, "p3")
    rank = rankdata(score)
    said = np.array([one.behaviour.price_sensitivity for one in survey.personas], dtype=float)
    assert said == pytest.approx((rank - 0.375) / (N + 0.25), abs=1e-4)
    assert said.min() > 0 and said.max() < 1 and abs(float(norm.ppf(said).mean())) < 0.02


def test_confidence_is_cronbachs_alpha_and_falls_by_spearman_brown_where_items_were_left_out(
    people: list[dict[str, str]], tmp_path: Path
) -> None:
    gap = [dict(row) for row in people]
    gap[0]["o1"] = gap[0]["o2"] = ""
    survey = from_survey(*made_survey.write(tmp_path, gap))
    alpha = survey.report["constructs"]["openness"]["alpha"]
    whole, some = (survey.personas[row].origin("personality.openness") for row in (1, 0))
    assert whole.how == "inferred" and whole.confidence == alpha and whole.evidence == "4 of 4 items"
    assert (
        some.confidence == pytest.approx(0.5 * alpha / (1 - 0.5 * alpha), abs=1e-3) and some.evidence == "2 of 4 items"
    )
    assert survey.personas[0].origin("behaviour.price_sensitivity").evidence == "3 of 3 items; rank among 200 people"


def test_alpha_is_the_textbook_formula_and_pairwise_where_answers_are_missing() -> None:
    luck = np.random.default_rng(3)
    unit = luck.normal(size=(400, 1)) + luck.normal(size=(400, 6))
    k, total = 6, unit.sum(axis=1)
    assert cronbach(unit) == pytest.approx(k / (k - 1) * (1 - unit.var(axis=0, ddof=1).sum() / total.var(ddof=1)))
    holes = np.where(luck.random(unit.shape) < 0.1, np.nan, unit)
    assert cronbach(holes) == pytest.approx(6 / 7, abs=0.03)
    assert cronbach(unit[:, :1]) is None and cronbach(np.ones((5, 3))) is None


def test_spearman_brown_doubles_and_halves_a_test() -> None:
    assert spearman_brown(0.6, 2) == pytest.approx(0.75)
    assert spearman_brown(spearman_brown(0.6, 2), 0.5) == pytest.approx(0.6)


def test_percentiles_share_ties_and_leave_the_unknown_alone() -> None:
    said = percentiles(np.array([3.0, 1.0, np.nan, 3.0]))
    assert said[0] == said[3] > said[1] and np.isnan(said[2]) and said[1] == pytest.approx(0.625 / 3.25)


def test_too_few_items_leave_a_construct_unknown(people: list[dict[str, str]], tmp_path: Path) -> None:
    gap = [dict(row) for row in people[:30]]
    gap[0] |= {"o1": "", "o2": "", "o3": ""}
    survey = from_survey(*made_survey.write(tmp_path, gap))
    assert survey.personas[0].personality.openness is None
    assert "personality.openness" not in survey.personas[0].origins


def test_reversed_items_that_are_not_marked_are_noted(people: list[dict[str, str]], tmp_path: Path) -> None:
    wrong = made_survey.CODEBOOK.replace(", reversed: true", "")
    notes = from_survey(*made_survey.write(tmp_path, people, codebook=wrong)).report["notes"]
    assert any(note.startswith("openness: the items hardly agree") for note in notes)


def test_answers_without_a_construct_are_told_the_most_surprising_first(
    people: list[dict[str, str]], survey: SurveyPersonas
) -> None:
    llama = next(row for row, one in enumerate(people) if one["pet"] == "3")
    lines = (survey.personas[llama].backstory or "").splitlines()
    assert lines[0] == "Asked “Which pet do you have?”, says “a llama”."
    assert lines[1] == f"Asked “How many trips did you take last year?”, says {people[llama]['trips']}."
    assert lines[2] == "Asked “What do you like about shopping?”, says: “It is quiet, early in the morning.”"
    far = max(range(N), key=lambda row: int(people[row]["trips"]) if people[row]["pet"] == "0" else -1)
    assert "trips" in (survey.personas[far].backstory or "").splitlines()[0]
    assert "I like to try new things" not in json.dumps([one.backstory for one in survey.personas])


def test_nothing_held_out_or_asked_again_is_in_a_persona(survey: SurveyPersonas) -> None:
    told = "".join(one.model_dump_json() for one in survey.personas)
    assert "cannot name" not in told and "milk" not in told
    assert [item.name for item in survey.held_out.items] == ["h1", "h2"]
    assert survey.held_out.answers.shape == survey.held_out.again.shape == (N, 2)
    assert np.isfinite(survey.held_out.again[:, 0]).all() and np.isnan(survey.held_out.again[:, 1]).all()


def test_a_change_of_held_out_answers_changes_no_persona(people: list[dict[str, str]], tmp_path: Path) -> None:
    before = from_survey(*made_survey.write(tmp_path, people)).personas
    other = [row | {"h1": "1", "h2": "no", "h1b": "5"} for row in people]
    assert from_survey(*made_survey.write(tmp_path, other)).personas == before


def test_further_questions_can_be_held_out_by_name(people: list[dict[str, str]], tmp_path: Path) -> None:
    files = made_survey.write(tmp_path, people)
    survey = from_survey(*files, hold_out=["o4", "pet"])
    assert [item.name for item in survey.held_out.items] == ["o4", "pet", "h1", "h2"]
    assert survey.report["constructs"]["openness"]["items"] == 3
    gone = from_survey(*files, hold_out=["p1", "p2", "p3"])
    assert "price_sensitivity: all its items are held out" in gone.report["notes"]
    assert {one.behaviour.price_sensitivity for one in gone.personas} == {None}
    assert not any("pet" in (one.backstory or "") for one in survey.personas)
    for name in ("o9", "why", "h1b"):
        with pytest.raises(UserInputError, match=name):
            from_survey(*files, hold_out=[name])


def test_a_backstory_is_bounded(people: list[dict[str, str]], tmp_path: Path) -> None:
    more = "".join(f"  x{k}: {{text: Odd question number {k}?, scale: agree}}\n" for k in range(40))
    texts = "".join(f"  t{k}: {{text: Say something {k}., kind: text}}\n" for k in range(6))
    luck = np.random.default_rng(5)
    wide = [
        row | {f"x{k}": str(luck.integers(1, 6)) for k in range(40)} | {f"t{k}": "words " * 200 for k in range(6)}
        for row in people[:40]
    ]
    for one in from_survey(*made_survey.write(tmp_path, wide, codebook=made_survey.CODEBOOK + more + texts)).personas:
        lines = (one.backstory or "").splitlines()
        quoted = [line for line in lines if "says: “" in line]
        assert len(lines) - len(quoted) == MOST_SENTENCES and len(quoted) <= MOST_QUOTATIONS
        assert len(one.backstory or "") <= 4000 and max(map(len, quoted)) < 340


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("write to jane.doe+x@mail.example.co.uk please", "jane"),
        ("see https://example.com/me?q=1 or www.example.org", "example"),
        ("my shop is janes-shop.com", "janes"),
        ("call +44 (0)20 7946-0958 after six", "7946"),
        ("I am @jane_doe there", "jane"),
        ("from 192.168.100.200", "168"),
        ("x " * 500 + "jane@example.com", "jane"),
    ],
)
def test_direct_identifiers_are_removed_and_the_rest_is_kept(text: str, gone: str) -> None:
    said = without_identifiers(text, 280)
    assert gone not in said and len(said) <= 280


@pytest.mark.parametrize(
    "text", ["I paid 12.50 in 2019-2020 at 7 a.m.", "e.g. apples, pears; 1,000,000 things", "Rated 10/10!"]
)
def test_plain_words_and_numbers_stay(text: str) -> None:
    assert without_identifiers(text, 280) == text


def test_identifiers_in_answers_and_facts_do_not_reach_a_persona(people: list[dict[str, str]], tmp_path: Path) -> None:
    some = [dict(row) for row in people[:30]]
    some[0] |= {"why": "Ask jane@example.com <b>now</b>", "job": "baker, +44 20 7946 0958"}
    one = from_survey(*made_survey.write(tmp_path, some)).personas[0]
    assert "jane" not in (one.backstory or "") and "(email removed)" in (one.backstory or "")
    assert one.identity.occupation == "baker, (number removed)"


def test_ids_are_hashed_unless_the_codebook_says_otherwise(people: list[dict[str, str]], tmp_path: Path) -> None:
    def ids(codebook: str) -> list[str]:
        return [one.id for one in from_survey(*made_survey.write(tmp_path, people[:30], codebook=codebook)).personas]

    assert ids(made_survey.CODEBOOK)[0] == hashed_id("R0000") and "R0000" not in hashed_id("R0000")
    assert ids(made_survey.CODEBOOK.replace("id: person", "id: {column: person, hashed: false}"))[0] == "R0000"
    assert ids(made_survey.CODEBOOK.replace("id: person\n", ""))[:2] == ["person-01", "person-02"]
    people = [row | {"person": f"{row['person']} x"} for row in people[:30]]
    with pytest.raises(UserInputError, match=r"answers.csv:2: person: 'R0000 x' cannot be a persona's id"):
        ids(made_survey.CODEBOOK.replace("id: person", "id: {column: person, hashed: false}"))


def test_some_people_are_the_same_people_whoever_else_is_drawn_and_keep_their_values(
    people: list[dict[str, str]], survey: SurveyPersonas, tmp_path: Path
) -> None:
    files = made_survey.write(tmp_path, people)
    ten, fifty = (from_survey(*files, n=n).personas for n in (10, 50))
    whole = {one.id: one for one in survey.personas}
    assert len(ten) == 10 and {one.id for one in ten} < {one.id for one in fifty}
    assert all(whole[one.id] == one for one in fifty), "percentiles are among everybody in the table"
    assert {one.id for one in from_survey(*files, n=10, seed=8).personas} != {one.id for one in ten}
    with pytest.raises(UserInputError, match="201 people are wanted, but 200"):
        from_survey(*files, n=201)


def test_facts_that_contradict_each_other_keep_the_age_and_are_noted(
    people: list[dict[str, str]], tmp_path: Path
) -> None:
    some = [dict(row) for row in people[:30]]
    some[0] |= {"years": "20", "job": "retired"}
    survey = from_survey(*made_survey.write(tmp_path, some))
    assert survey.personas[0].identity.age == 20 and survey.personas[0].identity.occupation is None
    assert any("1 people state an age and an occupation" in note for note in survey.report["notes"])


def test_the_report_is_plain_and_personas_survive_their_file(survey: SurveyPersonas, tmp_path: Path) -> None:
    report = json.loads(json.dumps(survey.report, allow_nan=False))
    assert report["questions"] | {"retests": 0} == {
        "used": 10,
        "measuring": 7,
        "held_out": ["h1", "h2"],
        "retests": 0,
        "columns_unread": 0,
    }
    assert report["missing"]["share"] == 0 and report["constructs"]["openness"]["alpha"] > 0.7
    write_jsonl(survey.personas, tmp_path / "people.jsonl")
    assert tuple(load(tmp_path / "people.jsonl")) == survey.personas


def test_the_big_five_file_is_scored_as_its_codebook_says(big_five_file: Path) -> None:
    survey = from_survey(big_five_file, Path("openpsychometrics_big5"))
    with gzip.open(big_five_file, "rt") as stream:
        first = next(csv.DictReader(stream, delimiter="\t"))
    turned = {"N2", "N4"}
    items = [(5 - int(first[f"N{k}"]) if f"N{k}" in turned else int(first[f"N{k}"]) - 1) / 4 for k in range(1, 11)]
    assert survey.personas[0].personality.neuroticism == pytest.approx(np.mean(items), abs=1e-4)
    alphas = {name: one["alpha"] for name, one in survey.report["constructs"].items()}
    assert all(0.75 < alpha < 0.92 for alpha in alphas.values()), alphas
    assert survey.report["missing"]["unknown_values"]["age"] == sum(
        1 for one in survey.personas if one.identity.age is None
    )


@pytest.fixture(scope="module")
def big_five_file() -> Path:
    """The Big-Five file of openpsychometrics.org, where this machine has it."""
    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    folder = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    file = folder / "big5-openpsychometrics" / "data.tsv.gz"
    if not file.is_file():
        pytest.skip(f"no {file}: set UNDERSTUDY_DATA_DIR to check against the real answers")
    return file
