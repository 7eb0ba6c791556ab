"""The double is closer than what knows nothing of the person if there is something to know, and is not said to be
otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from seated import Scripted, likes, of_category, played

from simulator.studies.play import double, playing
from simulator.studies.play.double import Foretold, _of_row, foretell
from simulator.studies.play.scores import DOUBLE, MOVED, SO_FAR, TRIVIAL, Clicked, scored, told_so_far
from simulator.studies.play.staging import Staged
from simulator.turn import Page

PLAYERS = 30
SAMPLE = {"dataset": "sample"}


def themselves(staged: Staged, turns: Sequence[tuple[int, Page]]) -> list[tuple[list[Foretold], list[Page]]]:
    """Copies of a double that play themselves: what they did on pages of their own, and what was foretold of it."""
    found = []
    for row in range(PLAYERS):
        mine = [(turn, _of_row(page, row)) for turn, page in turns if (page.rows == row).any()]
        on_screen = [
            (turn, replace(page, rows=np.zeros(1, dtype=np.int32), noticed=page.shown, examined=page.shown))
            for turn, page in mine
        ]
        found.append((foretell(staged, on_screen), [page for _, page in on_screen]))
    return found


def otherwise(staged: Staged, turns: Sequence[tuple[int, Page]]) -> tuple[list[Foretold], list[Foretold]]:
    """What is foretold of a copy's first pages, and of the same where everything was done otherwise on the second."""
    longest = max(range(PLAYERS), key=lambda row: sum((page.rows == row).any() for _, page in turns))
    mine = [(turn, _of_row(page, longest)) for turn, page in turns if (page.rows == longest).any()][:4]
    mine = [(turn, replace(page, rows=np.zeros(1, dtype=np.int32))) for turn, page in mine]
    turn, second = mine[1]
    did = replace(
        second,
        clicked=second.shown,
        examined=second.shown,
        dwell_s=np.full_like(second.dwell_s, 600.0),
        satisfaction=np.ones_like(second.satisfaction),
    )
    return foretell(staged, mine), foretell(staged, [mine[0], (turn, did), *mine[2:]])


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Any]]:
    """Somebody who opens every comedy and nothing else, and said so at the start; and copies of their double."""
    lived: list[Any] = []

    def also_themselves(staged: Staged, folder: Any, seating: Any) -> Any:
        kept: list[Any] = []

        def append(self: Any, turn: int, page: Page) -> None:
            self.turns.append((turn, page))
            kept.append((turn, page))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(double, "LIVES", PLAYERS)
            patch.setattr(double._Kept, "append", append)
            alone = double.live_alone(staged, folder, seating)
        lived.extend([themselves(staged, kept), otherwise(staged, kept)])
        return alone

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playing, "live_alone", also_themselves)
        player = Scripted(of_category("Comedy"), picks=likes("Comedy"))
        document = played(tmp_path_factory.mktemp("comedian") / "r", player, changes=SAMPLE).document
    return document, lived


@pytest.fixture(scope="module")
def comedian(sat: tuple[dict[str, Any], list[Any]]) -> dict[str, Any]:
    return sat[0]


def test_of_a_player_who_is_the_double_the_chances_are_right(sat: tuple[dict[str, Any], list[Any]]) -> None:
    """As many clicks are foretold as happen, and the interval of their number holds about as often as it says."""
    players = sat[1][0]
    chance = np.concatenate([one.chance for told, _ in players for one in told])
    clicked = np.concatenate([page.clicked[0] for _, pages in players for page in pages])
    apart = clicked.sum() - chance.sum()
    assert abs(apart) < 4 * np.sqrt((chance * (1 - chance)).sum())
    sure = chance > np.quantile(chance, 0.9)
    assert clicked[sure].mean() == pytest.approx(chance[sure].mean(), abs=0.12)
    held = []
    for told, pages in players:
        low, high = np.quantile(np.sum([one.clicks for one in told], axis=0), [0.025, 0.975])
        held.append(low <= sum(int(page.clicked.sum()) for page in pages) <= high)
    assert np.mean(held) > 0.85


def test_what_is_foretold_of_a_page_does_not_know_what_was_done_on_it(sat: tuple[dict[str, Any], list[Any]]) -> None:
    as_lived, done_otherwise = sat[1][1]
    same = [np.array_equal(one.chance, other.chance) for one, other in zip(as_lived, done_otherwise, strict=True)]
    assert same[:2] == [True, True] and not any(same[2:]) and len(same) > 2
    assert as_lived[1].rating.tolist() == done_otherwise[1].rating.tolist()


def test_a_person_with_a_rule_gets_a_double_that_beats_every_trivial_row(comedian: dict[str, Any]) -> None:
    clicks = comedian["clicks"]
    auc = {row["name"]: row["auc"] for row in clicks["rows"]}
    assert auc[DOUBLE] > max(auc[name] for name in TRIVIAL) + 0.1
    assert clicks["verdict"] == "closer" and clicks["difference"]["ci"][0] > 0


def test_moved_to_the_persons_rate_it_also_beats_the_base_rate(comedian: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in comedian["clicks"]["rows"]}
    for score in ("log_loss", "brier"):
        assert rows["double, at your click rate"][score] < rows["base rate"][score]


def test_a_random_clicker_is_not_told_that_the_double_came_close(tmp_path: Path) -> None:
    luck = Random(3)
    random = Scripted(lambda item, turn, place: luck.random() < 0.2, picks=lambda item: luck.choice([None, 3, 4, 5]))
    clicks = played(tmp_path / "r", random, changes=SAMPLE).document["clicks"]
    assert clicks["verdict"] in ("cannot tell", "farther")


def test_with_few_clicks_nothing_is_claimed(tmp_path: Path) -> None:
    player = Scripted(lambda item, turn, place: place == 0 and turn < 2)
    document = played(tmp_path / "r", player, pages=3).document
    assert player.told == []  # a blind play does not name its arm before the end
    clicks = document["clicks"]
    assert clicks["verdict"] == "too little" and clicks["difference"] is None
    assert clicks["words"].startswith("With 2 clicks among 24 titles on 3 pages nothing can be told")
    assert all(row["auc_ci"] is None for row in clicks["rows"])
    assert "nothing can be told" in document["ratings"]["words"]
    assert document["made_from"] == 0 and any("knows nothing of you" in note for note in document["notes"])


def test_what_was_said_at_the_start_is_what_the_double_knows(tmp_path: Path, comedian: dict[str, Any]) -> None:
    """The same clicks, but a taste for something else stated before: another double."""
    other = played(tmp_path / "r", Scripted(of_category("Comedy"), picks=likes("Horror")), changes=SAMPLE).document
    auc = {row["name"]: row["auc"] for row in other["clicks"]["rows"]}
    assert auc[DOUBLE] < {row["name"]: row["auc"] for row in comedian["clicks"]["rows"]}[DOUBLE] - 0.1


def test_seconds_about_a_film_are_not_compared_with_seconds_of_it(comedian: dict[str, Any]) -> None:
    assert comedian["dwell"]["ratio"] is None and "Not comparable" in comedian["dwell"]["words"]


def test_scores_are_the_textbooks() -> None:
    clicked = np.array([True, False, True, False] * 10)
    chance = np.where(clicked, 0.8, 0.2)
    chance[:2] = 0.5  # one tie between a click and a pass
    rows = dict.fromkeys((MOVED, *TRIVIAL), np.full(40, 0.5)) | {"never": np.zeros(40)}
    found = scored(
        Clicked(page=np.repeat(np.arange(10), 4), clicked=clicked, chances={DOUBLE: chance} | rows),
        confidence=0.95,
        seed=1,
    )
    row = {one["name"]: one for one in found["rows"]}
    assert row[DOUBLE]["auc"] == pytest.approx(1 - 0.5 / 400)
    assert row[DOUBLE]["brier"] == pytest.approx((38 * 0.04 + 2 * 0.25) / 40)
    assert row[DOUBLE]["log_loss"] == pytest.approx(-(38 * np.log(0.8) + 2 * np.log(0.5)) / 40)
    assert row["never"]["log_loss"] is None and row["never"]["brier"] == pytest.approx(0.5)
    assert found["verdict"] == "closer" and found["chances"]["gain"] == 0


def test_what_is_told_of_a_page_knows_the_pages_before_it_and_nothing_of_itself() -> None:
    page, chance = np.repeat(np.arange(5), 10), np.tile(np.linspace(0.001, 0.02, 10), 5)
    clicked = np.tile(np.arange(10) >= 6, 5)  # four of ten, where one of a hundred was foretold
    told = told_so_far(chance, clicked, page)
    assert told[:10] == pytest.approx(chance[:10])
    assert [told[page == one].mean() for one in (1, 4)] == pytest.approx([(4 + 0.105) / 20, (16 + 0.105) / 50])
    changed = clicked.copy()
    changed[page == 3] = False
    again = told_so_far(chance, changed, page)
    assert (again[page <= 3] == told[page <= 3]).all() and (again[page == 4] < told[page == 4]).all()


def test_a_double_made_from_few_picks_learns_how_often_its_person_clicks(comedian: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in comedian["clicks"]["rows"]}
    happened = comedian["clicks"]["clicks"]
    assert rows[DOUBLE]["expects"] < happened / 2
    assert abs(rows[SO_FAR]["expects"] - happened) < abs(rows[DOUBLE]["expects"] - happened) / 2
    assert rows[SO_FAR]["log_loss"] < rows[DOUBLE]["log_loss"]


def test_who_knows_nothing_is_seldom_said_to_be_closer_or_farther() -> None:
    """The best of the rows is chosen in hindsight; 40 plays without anything to know."""
    luck, verdicts = np.random.default_rng(1), []
    for seed in range(40):
        page = np.repeat(np.arange(8), 10)
        clicked = luck.random(80) < 0.25
        chances = {name: luck.random(80) for name in (DOUBLE, "position", "popularity")}
        flat = {"never": np.zeros(80), "base rate": np.full(80, clicked.mean()), MOVED: chances[DOUBLE]}
        verdicts.append(scored(Clicked(page=page, clicked=clicked, chances=chances | flat), confidence=0.95, seed=seed))
    told = [found["verdict"] for found in verdicts]
    assert told.count("closer") <= 3 and told.count("farther") <= 4
    assert told.count("cannot tell") > 30
