"""The Big Five of sampled people: how answers are scored, and that draws are as people's scores are."""

from __future__ import annotations

import gzip
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from personas.sampling import big_five
from personas.traits import BIG_FIVE
from simulator.randomness import keys_of

ROOT = Path(__file__).parents[2]
KEYS = keys_of(f"s-{nth}" for nth in range(10_000))


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """benchmarks/fit_big_five.py."""
    spec = importlib.util.spec_from_file_location("fit_big_five", ROOT / "benchmarks" / "fit_big_five.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def answers(bench: ModuleType):
    named = os.environ.get("UNDERSTUDY_DATA_DIR")
    path = bench.find(Path(named) if named else ROOT.parent / "shared" / "data")
    if path is None:
        pytest.skip("no big5-openpsychometrics here: set UNDERSTUDY_DATA_DIR to check against the real answers")
    return bench.read_answers(path)


HEAD = ["race", "age", "engnat", "gender", "hand", "source", "country"]
ITEMS = [f"{letter}{nth}" for letter in "ENACO" for nth in range(1, 11)]


def row(age: object, gender: int, **items: int) -> str:
    values = dict.fromkeys(ITEMS, 3) | {"E1": 4} | items
    return "\t".join(str(one) for one in [1, age, 1, gender, 1, 1, "GB", *(values[name] for name in ITEMS)])


def table(*rows: str) -> str:
    return "\n".join(["\t".join([*HEAD, *ITEMS]), *rows]) + "\n"


WORRIED = {f"N{nth}": 5 for nth in (1, 3, 5, 6, 7, 8, 9, 10)} | {"N2": 1, "N4": 1}


def test_reverse_items_are_turned_and_worry_is_neuroticism(bench: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    quiet = {f"E{nth}": 1 if nth % 2 else 5 for nth in range(1, 11)}
    path.write_text(table(row(30, 2, **WORRIED), row(30, 1, **quiet), row(40, 3)))
    found = bench.read_answers(path)
    assert found.scores[0, BIG_FIVE.index("neuroticism")] == 1.0
    assert found.scores[1, BIG_FIVE.index("extraversion")] == 0.0
    assert found.scores[2, BIG_FIVE.index("openness")] == 0.5
    assert found.gender.tolist() == ["female", "male", "other"]


def test_people_whose_answers_say_nothing_are_left_out(bench: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    three_missing, two_missing = {f"O{nth}": 0 for nth in (1, 2, 3)}, {"O1": 0, "O3": 0}
    rows = [
        row(30, 1, **two_missing),
        row(30, 1, **three_missing),
        row(1989, 1),
        row(12, 1),
        row("x", 1),
        row(30, 0),
        row(30, 1, E1=3),
    ]
    path.write_text(table(*rows))
    found = bench.read_answers(path)
    assert found.read == 7 and len(found.scores) == 1
    assert found.scores[0, 0] == 0.5, "missing answers are left out of the mean"


@pytest.mark.parametrize("place", ["BIG5/data.csv", "big5-openpsychometrics/data.tsv.gz", "data.csv"])
def test_the_downloads_own_layout_and_a_packed_table_are_found(bench: ModuleType, tmp_path: Path, place: str) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    text = table(row(30, 1), row(20, 2)).encode()
    path.write_bytes(gzip.compress(text) if place.endswith(".gz") else text)
    assert bench.find(tmp_path) == path
    assert len(bench.read_answers(path).scores) == 2
    assert bench.find(tmp_path / "elsewhere") is None


def test_what_ships_is_what_the_real_answers_say(bench: ModuleType, answers) -> None:
    found, ships = bench.fit(answers), big_five.fitted()
    assert found.people == ships.people == len(answers.scores) > 9000
    for name in ("mean", "sd", "alpha", "correlation", "regression", "residual_covariance", "score_at_knot"):
        np.testing.assert_allclose(getattr(found, name), getattr(ships, name), atol=1e-5)


def test_people_drawn_with_the_datas_ages_and_genders_have_the_datas_scores(answers) -> None:
    fitted = big_five.fitted()
    n = len(answers.scores)
    drawn = fitted.scores(fitted.draw(3, KEYS[:n], answers.age, answers.gender))
    np.testing.assert_allclose(drawn.mean(axis=0), answers.scores.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(drawn.std(axis=0), answers.scores.std(axis=0), atol=0.01)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.corrcoef(answers.scores.T), atol=0.05)
    for share in (0.05, 0.25, 0.75, 0.95):
        np.testing.assert_allclose(
            np.quantile(drawn, share, axis=0), np.quantile(answers.scores, share, axis=0), atol=0.025
        )
    for group in ("female", "male"):
        ours, real = drawn[answers.gender == group], answers.scores[answers.gender == group]
        np.testing.assert_allclose(ours.mean(axis=0), real.mean(axis=0), atol=0.015)
    young, old = answers.age < 20, answers.age >= 45
    np.testing.assert_allclose(
        drawn[old].mean(axis=0) - drawn[young].mean(axis=0),
        answers.scores[old].mean(axis=0) - answers.scores[young].mean(axis=0),
        atol=0.03,
    )


def test_scores_stay_in_their_range_and_go_back_to_where_they_came_from() -> None:
    fitted = big_five.fitted()
    z = np.linspace(-3.4, 3.4, 40)[:, None] * np.ones(5)
    scores = fitted.scores(z)
    assert (np.diff(scores, axis=0) > 0).all() and scores.min() >= 0 and scores.max() <= 1
    np.testing.assert_allclose(fitted.to_sd(scores), z, atol=1e-6)
    extreme = fitted.scores(np.array([[-9.0] * 5, [9.0] * 5]))
    assert (extreme[0] == 0).all() and (extreme[1] == 1).all()


def test_a_persons_scores_do_not_depend_on_who_else_is_drawn() -> None:
    fitted = big_five.fitted()
    age, gender = np.full(50, 30.0), np.array(["female", "male"] * 25)
    all_of_them = fitted.draw(7, KEYS[:50], age, gender)
    np.testing.assert_array_equal(fitted.draw(7, KEYS[10:20], age[10:20], gender[10:20]), all_of_them[10:20])
    assert not np.array_equal(fitted.draw(8, KEYS[:50], age, gender), all_of_them)
