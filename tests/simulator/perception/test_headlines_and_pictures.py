"""How catchy a headline is, and whether a picture shows people, from their words alone."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import datasets
from simulator.perception.headlines import FEATURES, SCANNED, WEIGHTS, catchiness, features
from simulator.perception.pictures import shows_people

PLAIN = "The council discussed the budget of the library"
MARKED = {
    "length": PLAIN + " at great length and in all its parts",
    "number": "The council discussed 7 budgets of the library",
    "question": PLAIN + "?",
    "exclamation": PLAIN + "!",
    "somebody": "The council and the guy of the library",
    "forward reference": "The council discussed this budget of the library",
    "secret": "The council discussed the secret of the library",
}


def found(headline: str) -> dict[str, float]:
    return dict(zip(FEATURES, features([headline])[0].tolist(), strict=True))


@pytest.mark.parametrize("mark", FEATURES)
def test_each_mark_is_found_where_it_stands_and_moves_the_score_by_its_weight(mark: str) -> None:
    plain, marked = found(PLAIN), found(MARKED[mark])
    assert {name for name in FEATURES if plain[name] != marked[name]} == {mark}
    moved = catchiness([MARKED[mark]])[0] - catchiness([PLAIN])[0]
    assert moved == pytest.approx(WEIGHTS[mark] * (marked[mark] - plain[mark]))


def test_marks_are_words_and_not_parts_of_words() -> None:
    for text in ("The theory of hersheys and unthesed", "Truthful shelves", "Kidney and boyar"):
        assert found(text)["somebody"] == 0 and found(text)["forward reference"] == 0, text
    assert found("SHE REVEALS THE TRUTH")["somebody"] == 1 and found("SHE REVEALS THE TRUTH")["secret"] == 1


def test_a_headline_that_leaves_something_open_is_catchier_than_one_that_does_not() -> None:
    score = catchiness(
        ["This Is What Happened When She Told Them The Truth About 9 Weird Jobs", "Annual report published", "Stop!!!"]
    )
    assert score[0] > score[1] > score[2]


def test_what_is_empty_has_no_score_and_nobody_at_all_is_no_error() -> None:
    assert np.isnan(catchiness(["", "   ", "\n"])).all()
    assert catchiness([]).shape == (0,) and features([]).shape == (0, len(FEATURES))
    assert shows_people([]).shape == (0,)


def test_only_the_beginning_of_a_text_is_read_however_long_it_is() -> None:
    long = "a " * 500_000
    assert catchiness([long + "secret"])[0] == catchiness([long])[0]
    assert catchiness(["secret " * 10**5])[0] == catchiness([("secret " * 100)[:SCANNED]])[0]
    assert shows_people(["ab" * 10**6, "x" * 10**6 + " woman", "very " * 10**6])[1] == 0


def test_the_score_does_not_depend_on_the_company() -> None:
    texts = [PLAIN, *MARKED.values(), "", "漢字"]
    whole = catchiness(texts)
    np.testing.assert_array_equal(whole[::-1], catchiness(texts[::-1]))
    np.testing.assert_array_equal([catchiness([text])[0] for text in texts], whole)


PEOPLE = (
    "A woman laughing on a pier",
    "two children in a boat",
    "Portrait of a general",
    "THE CROWD",
    "A comet prospector drifting past a dark station",
    "Rafiq, a loss adjuster, beside a stopped clock",
    "Dancers in the rain",
    "A fisherman with a net",
    "a violinist, standing",
    "Her smiling face",
)
THINGS = (
    "An empty harbour at dawn",
    "A red clock",
    "A river in the fog",
    "Towers at night",
    "Water under a bridge",
    "A flower in a vase",
    "Letters on a table",
    "A mirror with a crack",
    "Winter at the lake",
    "A trailer by the road",
    "Paper, burning",
    "A computer on a desk",
    "Manchester by night",
    "A womb of rock",
    "Childlike drawings",
)  # fmt: skip


@pytest.mark.parametrize("caption", PEOPLE)
def test_people_are_seen_in_what_is_said_of_a_picture(caption: str) -> None:
    assert shows_people([caption])[0] == 1


@pytest.mark.parametrize("caption", THINGS)
def test_things_are_no_people(caption: str) -> None:
    assert shows_people([caption])[0] == 0


def test_where_nothing_is_said_nothing_is_known() -> None:
    seen = shows_people(["", " \t", "a man"])
    assert np.isnan(seen[:2]).all() and seen[2] == 1


def test_in_the_sample_some_pictures_show_people_and_some_do_not_and_headlines_differ() -> None:
    catalog = datasets.load("sample").catalog
    shown = shows_people([item.image_caption for item in catalog])
    assert 0.5 < np.nanmean(shown) < 0.95
    assert np.nanstd(catchiness([item.headline for item in catalog])) > 0.05
