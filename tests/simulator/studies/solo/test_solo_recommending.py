"""A recommender is fitted while somebody waits, or gives up waiting."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from lives import shown
from threadpoolctl import threadpool_info

from simulator.records import UserInputError
from simulator.studies.solo.life import Life, LifeStoppedError
from simulator.studies.solo.recommending import Recommenders
from simulator.studies.solo.setting import Setting
from simulator.studies.theatre import Settled


@pytest.fixture
def life(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> Life:
    """In front of recommenders of which none is fitted yet."""
    made = setting.life(str(setting.everyone.user_ids[3]))
    monkeypatch.setattr(setting, "recommenders", Recommenders(setting.theatre, lambda _: None))
    monkeypatch.setattr(made._advisers, "_recommenders", setting.recommenders)
    return made


def test_who_gives_up_waiting_goes_on_and_finds_it_fitted_later(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, begun, go = life.setting.recommenders._made, Event(), Event()

    def slow(name: str) -> object:
        begun.set()
        assert go.wait(60)
        return fitted(name)

    monkeypatch.setattr(life.setting.recommenders, "_made", slow)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(life.recommend, "item-knn")
        assert begun.wait(60)
        life.interrupt()
        with pytest.raises(LifeStoppedError, match="item-knn is not waited for"):
            waiting.result(timeout=60)
        assert not life.steps  # and it is free again for whatever else is asked of it
        begun.clear()
        later = pool.submit(life.recommend, "item-knn")
        go.set()
        assert later.result(timeout=60) and not begun.is_set()
    life.close()


def test_what_goes_wrong_in_a_fit_is_told_to_who_waits(life: Life) -> None:
    with pytest.raises(UserInputError, match="als"):
        life.recommend("alz")
    life.close()


LEARNER = """
from pathlib import Path
from recommenders import Recommender, Slate

class Learner(Recommender):
    learns = True
    def fit(self, catalog, log):
        self.catalog, self.told = catalog, []
    def observe(self, feedback):
        if Path(__file__).with_name("down").exists():
            raise ConnectionError("its store is down")
        self.told.append(feedback.turn)
        Path(__file__).with_name("told").write_text(str(self.told))
    def recommend(self, requests, k):
        return [Slate([i for i in self.catalog.item_ids.tolist() if i not in r.exclude][:k]) for r in requests]
"""


def test_one_that_fails_while_it_is_told_is_told_all_of_it_when_it_is_mended(life: Life, tmp_path: Path) -> None:
    (tmp_path / "learner.py").write_text(LEARNER)
    name = f"{tmp_path / 'learner.py'}:Learner"
    shown(life, 1, name)
    (tmp_path / "down").touch()
    for _ in range(2):
        with pytest.raises(UserInputError, match="its store is down"):
            life.recommend(name)
    (tmp_path / "down").unlink()
    shown(life, 1, name)
    life.recommend(name)
    assert (tmp_path / "told").read_text() == str([lived.turn for lived in life.turns])
    life.close()


def test_one_blas_thread_until_the_last_who_computes_is_done() -> None:
    def blas() -> set[int]:
        return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

    settled, before = Settled(), blas()
    with ThreadPoolExecutor() as pool:
        with settled:
            pool.submit(settled.__enter__).result()
        assert blas() == {1}
        pool.submit(settled.__exit__).result()
    assert blas() == before
