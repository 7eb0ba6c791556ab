"""Recommenders made of recommenders: made as a scenario writes them, fitted together, kept together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from recommenders import composition
from recommenders.builtin.als import ALS
from recommenders.builtin.popular import Popular
from recommenders.composition import Composite, Part, made, walk
from recommenders.contract import Request, RequestBatch, Slate, learns
from recommenders.host import Host
from recommenders.loading import load_recommender
from simulator.records import InteractionLog, UserInputError


class Behind(Composite):
    """Shows the second of its parts, unless the first one has an opinion of its own."""

    def __init__(self, *, first: Part = "popular", second: Part = "als") -> None:
        self.first, self.second = first, second
        self._made_of(made(first, field="first"), made(second, field="second"))

    def recommend(self, requests: Sequence[Request], k: int) -> Sequence[Slate]:
        return self.parts[1].recommend(requests, k)


def test_a_part_is_written_as_an_arm_is(log: InteractionLog) -> None:
    assert isinstance(made("popular"), Popular)
    als = made({"recommender": "als", "params": {"factors": 8}})
    assert isinstance(als, ALS) and als.factors == 8
    assert made(als) is als


@pytest.mark.parametrize("wrong", [7, {"name": "als"}, {"recommender": 3}, {"recommender": "als", "params": [1]}])
def test_another_form_is_refused_with_the_right_one(wrong: object) -> None:
    with pytest.raises(UserInputError, match=r"base must be the name of a recommender, or \{recommender: NAME"):
        made(wrong)  # type: ignore[arg-type]


def test_parts_take_the_seed_and_the_folder_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "behind.py").write_text(
        "from recommenders.composition import Composite, made\n"
        "class Around(Composite):\n"
        "    def __init__(self, base): self.base = base; self._made_of(made(base))\n"
        "    def recommend(self, requests, k): return self.parts[0].recommend(requests, k)\n"
    )
    (tmp_path / "own.py").write_text(
        "class Own:\n"
        "    def __init__(self, seed=0): self.seed = seed\n"
        "    def fit(self, catalog, log): pass\n"
        "    def recommend(self, requests, k): return []\n"
    )
    seeds = [
        load_recommender("behind.py:Around", {"base": part}, folder=tmp_path, seed=seed).parts[0]
        for seed in (1, 2)
        for part in ("als", "own.py:Own")
    ]
    alone = [load_recommender("als", folder=tmp_path, seed=seed) for seed in (1, 2)]
    assert [part.seed for part in seeds[::2]] == [part.seed for part in alone]  # type: ignore[attr-defined]
    assert seeds[1].inner.seed != seeds[3].inner.seed  # type: ignore[attr-defined]
    assert composition._origin.get() == (None, None)


def test_a_composite_is_kept_with_its_parts(
    log: InteractionLog, make_batch: Callable[..., RequestBatch], tmp_path: Path
) -> None:
    whole = Behind(second={"recommender": "als", "params": {"factors": 8, "seed": 3}})
    whole.fit(log.catalog, log)
    whole.save(tmp_path)
    back = Behind.load(tmp_path)
    assert [type(part) for part in walk(back)] == [Behind, Popular, ALS]
    for before, after in zip(whole.recommend(make_batch(log), 5), back.recommend(make_batch(log), 5), strict=True):
        assert list(before.item_ids) == list(after.item_ids)


def test_parts_given_as_objects_are_kept_too(log: InteractionLog, tmp_path: Path) -> None:
    whole = Behind(second=ALS(factors=8))
    whole.fit(log.catalog, log)
    whole.save(tmp_path)
    second = Behind.load(tmp_path).parts[1]
    assert isinstance(second, ALS) and np.array_equal(second.item_factors, whole.parts[1].item_factors)  # type: ignore[attr-defined]


def test_a_part_is_kept_in_an_empty_folder_as_the_contract_says(log: InteractionLog, tmp_path: Path) -> None:
    class Writes(Popular):
        def save(self, folder: Path) -> None:
            assert folder.is_dir() and not list(folder.iterdir())
            (folder / "mine.txt").write_text("kept", encoding="utf-8")

    whole = Behind(first=Writes())
    whole.fit(log.catalog, log)
    whole.save(tmp_path / "whole")
    assert (tmp_path / "whole" / "part-0" / "mine.txt").read_text(encoding="utf-8") == "kept"


def test_a_whole_learns_if_a_part_does() -> None:
    assert not learns(Behind())
    assert learns(Behind(first={"recommender": "popular", "params": {"learn": True}}))


def test_a_plug_in_inside_makes_a_plug_in_of_the_whole() -> None:
    class PlugIn(Popular):
        pass

    assert Host(Popular()).built_in
    assert not Host(PlugIn()).built_in
    assert Host(load_recommender("als")).can_save
    assert not Host(Behind(first=PlugIn())).built_in
