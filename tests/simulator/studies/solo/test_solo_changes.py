"""Each change of a person or a platform moves what it should, for the same luck, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lives import BY_HAND, PEOPLE, opened, shown

from personas.files import library
from simulator.experiment import prepare
from simulator.perception.pictures import shows_people
from simulator.records import Catalog, SplitLog, UserInputError
from simulator.studies.solo.changes import (
    Change,
    SetBelief,
    SetFatigue,
    SetItem,
    SetLayout,
    SetMood,
    SetTrait,
)
from simulator.studies.solo.life import Life
from simulator.studies.solo.lived import Lived, Place
from simulator.studies.solo.saving import persona_of
from simulator.studies.solo.setting import Setting
from simulator.studies.solo.traits import NAMES

SHOP: dict[str, Any] = {"slate_size": 8, "warmup": None}


@pytest.fixture(scope="module")
def shop(taste: Path) -> Iterator[Setting]:
    """The sample's films, for sale: pages show prices, reviews, headlines and pictures."""

    def read_data(*arguments: Any) -> tuple[Any, SplitLog]:
        dataset, split = prepare.read_data(*arguments)
        luck = np.random.default_rng(0)
        items = tuple(replace(one, price=round(float(np.exp(luck.normal(2, 0.6))), 2)) for one in split.catalog)
        return dataset, replace(split, log=replace(split.log, catalog=Catalog(items)))

    with ExitStack() as open_until_the_end:
        with pytest.MonkeyPatch.context() as patch:  # no longer than it takes: other settings have films of their own
            patch.setattr("simulator.studies.theatre.read_data", read_data)
            made = open_until_the_end.enter_context(opened(taste, PEOPLE | {"world": SHOP}))
        yield made


@pytest.fixture
def life(shop: Setting) -> Iterator[Life]:
    made = shop.life(str(shop.everyone.user_ids[1]))
    yield made
    made.close()


def fresh(life: Life) -> list[int]:
    return [row for row in range(len(life.catalog)) if row not in life.history][:40]


def after(life: Life, change: Change, items: list[int]) -> tuple[list[Place], list[Place]]:
    """What they make of items before and after a change, which is then undone."""
    before = list(life.appraise(items))
    assert life.change(change) == ""
    changed = list(life.appraise(items))
    life.forget_step()
    assert list(life.appraise(items)) == before
    return before, changed


@pytest.mark.parametrize(
    ("trait", "cue", "field", "sign"),
    [
        ("price_sensitivity", "price", "price", -1),
        ("trust_in_reviews", "reviews", "review_mean", 1),
        ("trust_in_popularity", "popularity", "review_count", 1),
    ],
)
def test_a_trait_moves_chances_by_its_cue_alone(trait: str, cue: str, field: str, sign: int, life: Life) -> None:
    items = fresh(life)
    life.change(SetTrait(trait, -1.0))
    before, changed = after(life, SetTrait(trait, 2.0), items)
    value = np.array([getattr(life.catalog[item], field) for item in items])
    high, low = int(np.argmax(value)), int(np.argmin(value))
    assert sign * (changed[high].chance - before[high].chance) > 0 > sign * (changed[low].chance - before[low].chance)
    for one, other in zip(before, changed, strict=True):
        assert one.want == other.want
        assert {name for name in one.pulls if one.pulls[name] != other.pulls[name]} <= {cue}


@pytest.mark.parametrize(
    ("field", "value", "trait", "pull", "sign"),
    [
        ("price", 0.5, "price_sensitivity", "price", 1),
        ("price", 500.0, "price_sensitivity", "price", -1),
        ("review_count", 10**6, "trust_in_popularity", "popularity", 1),
        ("review_mean", 1.0, "trust_in_reviews", "reviews", -1),
        ("headline", "This is the surprising secret that they hid until 7 days before", "headline_susceptibility",
         "headline", 1),
        ("image_caption", "a laughing child with a woman", "thumbnail_susceptibility", "thumbnail", 1),
    ],
)  # fmt: skip
def test_what_an_item_says_of_itself_moves_that_item_alone(
    field: str, value: Any, trait: str, pull: str, sign: int, life: Life
) -> None:
    items = fresh(life)
    life.change(SetTrait(trait, 2.0))
    row = next(item for item in items if shows_people([life.catalog[item].image_caption])[0] == 0)
    at = items.index(row)
    before, changed = after(life, SetItem(row, field, value), items)
    assert sign * (changed[at].chance - before[at].chance) > 0
    assert {n for n in before[at].pulls if before[at].pulls[n] != changed[at].pulls[n]} == {pull}
    assert changed[:at] == before[:at] and changed[at + 1 :] == before[at + 1 :]
    life.change(SetItem(row, field, value))
    told = next(one for one in life.recommend(k=len(life.catalog)) if one.item == row)
    assert getattr(told, field) == value and life.catalog[row].categories == before[at].categories


def test_every_trait_is_read_somewhere(life: Life) -> None:
    """With a trait at either end the same page, by the same luck, or the visit after it, is another."""
    items = fresh(life)[:8]
    life.change(SetFatigue(0.3))
    for name in NAMES:
        ends = []
        for value in (-2.5, 2.5):
            steps = len(life.steps)
            life.change(SetTrait(name, value))
            assert life.traits[name] == pytest.approx(value, abs=1e-5)
            others = {other: number for other, number in life.traits.items() if other != name}
            pages: list[Lived] = [life.show(items, BY_HAND)]
            for _ in range(6):
                pages += shown(life, 1)
            ends.append((tuple(pages), others))
            life.relive(life.steps[:steps])
        (low, rest), (high, same) = ends
        assert rest == same and low != high, name


def test_beliefs_move_wants_of_what_they_are_about(shop: Setting, life: Life) -> None:
    """Both ways, for people of the log and for personas; what is believed last holds."""
    stranger = shop.everyone.persona(int(np.flatnonzero(shop.everyone.source < 0)[0]))
    for one in (life, shop.life(stranger)):
        items = fresh(one)
        genre, maker = one.catalog[items[0]].categories[0], one.catalog[items[0]].creator
        title = one.catalog[items[0]].title
        for text, about in (
            (genre, lambda place, genre=genre: genre in place.categories),
            (maker.upper(), lambda place, maker=maker, one=one: one.catalog[place.item].creator == maker),
            (title, lambda place, title=title: place.title == title),
        ):
            for likes in (True, False):
                before, changed = after(one, SetBelief(text, likes), items)
                for was, now in zip(before, changed, strict=True):
                    moved = now.want - was.want
                    assert moved == 0 if not about(was) else (moved > 1 if likes else moved < -1), (text, likes)
        one.change(SetBelief(genre, False))
        one.change(SetBelief(genre, True))
        now = one.appraise(items)[0].want
        one.relive(())
        one.change(SetBelief(genre, True))
        assert one.appraise(items)[0].want == now
        if one.persona is not None:
            assert one.persona.tastes.genres.liked[0] == genre and genre not in one.persona.tastes.genres.disliked


def test_who_comes_to_like_what_they_had_left_out_has_it_left_out_no_more(setting: Setting) -> None:
    nurse = setting.life(library().by_id["night-shift-nurse"])
    assert [one.avoid for one in nurse.persona.instructions] == [("Horror",)]
    horror = [one.item for one in nurse.search("Horror") if "Horror" in one.categories][:1]
    (before,) = nurse.appraise(horror)
    nurse.change(SetBelief("horror", likes=True))
    (now,) = nurse.appraise(horror)
    assert now.want - before.want > 2  # ruled out is -3, and to like it on top of that +1.5
    assert not nurse.persona.instructions and persona_of(nurse).tastes.genres.liked[0] == "horror"
    nurse.forget_step()
    assert nurse.persona.instructions and nurse.appraise(horror)[0].want == before.want


def test_mood_and_fatigue_are_felt_on_the_next_page(life: Life) -> None:
    items = fresh(life)[:6]
    life.change(SetMood(-0.9))
    life.change(SetFatigue(0.9))
    assert (life.now.mood, life.now.fatigue) == (pytest.approx(-0.9), pytest.approx(0.9))
    tired = life.show(items, BY_HAND)
    life.relive(())
    rested = life.show(items, BY_HAND)
    assert tired.before.mood < rested.before.mood and tired.after.mood < rested.after.mood
    assert tired.drives["tired"] > rested.drives["tired"] and tired.satisfaction < rested.satisfaction


def test_a_layout_hides_what_it_does_not_show(life: Life) -> None:
    items = fresh(life)[:8]
    shown(life, 1)
    assert "price" in life.appraise(items)[0].pulls
    life.change(SetLayout("grid"))
    assert "price" not in life.appraise(items)[0].pulls and life.layout == "grid"
    assert "a grid shows pictures" in life.change(SetTrait("price_sensitivity", 1.0))
    assert (
        life.show([row for row in items if not life._line.sitting.world.view.blocked[0][row]], BY_HAND).layout == "grid"
    )
    assert life.turns[0].layout == "list"


def test_a_change_that_nothing_reads_says_so(setting: Setting, shop: Setting, life: Life) -> None:
    assert "no law reads the title" in life.change(SetItem(3, "title", "Another title"))
    assert life.catalog[3].title == "Another title"
    assert life.search("another title")[0].item == 3
    films = setting.life(str(setting.everyone.user_ids[0]))
    assert "do not differ in the price" in films.change(SetItem(3, "price", 4.0))
    assert "do not differ in the price" in films.change(SetTrait("price_sensitivity", 2.0))
    films.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SetTrait("patiense", 1), "Did you mean patience"),
        (lambda: SetTrait("patience", 3), "outside -2.5 to 2.5"),
        (lambda: SetTrait("patience", float("nan")), "outside -2.5 to 2.5"),
        (lambda: SetMood(2), "outside -1 to 1"),
        (lambda: SetFatigue("very"), "is no number"),
        (lambda: SetLayout("gird"), "Did you mean grid"),
        (lambda: SetItem(0, "prize", 2), "Did you mean price"),
        (lambda: SetItem(0, "price", -1), "outside 0.01"),
        (lambda: SetItem(0, "title", " \n "), "Give a title"),
        (lambda: SetItem(0, "headline", "x" * 10_000), "the 300 characters that are allowed"),
        (lambda: SetBelief.said("adores Crime"), "begin with likes or dislikes"),
        (lambda: SetBelief("", True), "name a category"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_a_cure(make: Any, says: str) -> None:
    with pytest.raises(UserInputError, match=says):
        make()


def test_what_is_not_in_the_catalogue_cannot_be_believed_in_or_changed(life: Life) -> None:
    with pytest.raises(UserInputError, match="Did you mean Drama"):
        life.change(SetBelief("Dramaa", True))
    with pytest.raises(UserInputError, match="there is no row 999"):
        life.change(SetItem(999, "price", 2))
    assert life.steps == ()


def test_changes_are_told_in_sentences(life: Life) -> None:
    told = [
        change.told(life.catalog)
        for change in (
            SetTrait("boredom proneness", 1),
            SetMood(0.5),
            SetFatigue(0.2),
            SetBelief.said('dislikes "Crime"'),
            SetLayout("Feed"),
            SetItem(2, "price", 3),
            SetItem(2, "price", None),
        )
    ]
    assert told[0] == "taste for variety is +1.00 sd from now on" or "+1.00 sd" in told[0]
    assert told[3] == "they have come to dislike Crime" and told[4] == "pages lie as a feed from now on"
    assert told[5].endswith("is 3 from now on") and told[6].endswith("is not told from now on")
