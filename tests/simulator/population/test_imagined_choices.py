"""Choices that are imagined of people whom no log knows: they go with what the people say, and with nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from persona_worlds import GENRES, N_ITEMS, SEED, persona, shop, with_items

from personas import estimation
from personas.schema import Persona
from simulator.population.imagined import MOST, affinity, as_many_as, imagined_choices, texts_of
from simulator.randomness import keys_of
from simulator.records import Catalog, Item, SplitLog

GENRE = np.arange(N_ITEMS) % 4
FAME = estimation.popularity(shop().known.positives())


def keys(n: int) -> Any:
    return keys_of([f"p{row}" for row in range(n)])


def many(n: int, number: int = 40) -> Any:
    return np.full(n, number, dtype=np.int32)


def chosen(one: Persona | None, n: int = 200, split: SplitLog | None = None, fame: Any = None) -> np.ndarray:
    """What n people with the tastes of a persona have chosen. (n, n_items)."""
    catalog = (split or shop()).catalog
    famous = FAME if fame is None else fame
    return imagined_choices([one] * n, keys(n), catalog, famous, many(n), seed=SEED).toarray() > 0


def test_nobody_has_chosen_more_than_a_fifth_of_what_there_is() -> None:
    assert set(chosen(persona()).sum(axis=1)) == {int(MOST * N_ITEMS)}
    few = Catalog(tuple(Item(item_id=f"i{row}") for row in range(7)))
    assert imagined_choices([persona()], keys(1), few, np.zeros(7, dtype=np.float32), many(1), seed=SEED).nnz == 1
    assert chosen(None).sum() == 0, "people of the log have chosen what the log says"


def test_genres_are_chosen_by_how_much_they_are_liked_and_disliked() -> None:
    liked = ["War", "Love"]
    share = [
        chosen(one)[:, genre == GENRE].mean()
        for one in (persona(tastes={"genres": {"liked": liked, "disliked": ["Crime"]}}),)
        for genre in (GENRES.index(name) for name in ("War", "Love", "Space", "Crime"))
    ]
    assert share == sorted(share, reverse=True)
    assert share[0] > 1.25 * share[1] and share[1] > 2 * share[2] and share[2] > 10 * share[3]


def test_who_says_nothing_has_met_what_many_have_met() -> None:
    share = chosen(persona(), 800).mean(axis=0)
    assert np.corrcoef(np.log(share + 1e-3), FAME)[0, 1] > 0.9
    flat = chosen(persona(), 800, fame=np.zeros(N_ITEMS, dtype=np.float32)).mean(axis=0)
    assert flat.std() < 0.03, "without fame it is by lot"


def test_named_titles_are_always_among_the_choices_and_refused_ones_never() -> None:
    one = persona(
        tastes={
            "genres": {"liked": ["Crime"], "disliked": ["War"]},
            "examples": {"liked": ["war  story 3", "No such story"], "disliked": ["Crime story 0"]},
        }
    )
    has = chosen(one)
    assert has[:, 3].all() and not has[:, 0].any()


def test_more_named_titles_than_choices_fill_all_of_them() -> None:
    titles = [item.title for item in shop().catalog][:60]
    has = chosen(persona(tastes={"examples": {"liked": titles}}), 3)
    assert has[:, :60].sum() == 3 * 32 and has[:, 60:].sum() == 0


def test_all_that_is_left_is_chosen_where_nearly_everything_is_refused() -> None:
    titles = [item.title for item in shop().catalog][:100]
    few = with_items(title=["same" if row < 150 else f"title {row}" for row in range(N_ITEMS)])
    has = chosen(persona(tastes={"examples": {"disliked": ["Same"]}}), 5, few)
    assert has[:, :150].sum() == 0 and (has.sum(axis=1) == 10).all()
    assert not chosen(persona(tastes={"examples": {"disliked": titles}}), 5)[:, :100].any()


def test_themes_are_found_in_texts_by_their_telling_words_and_makers_by_name() -> None:
    catalog = shop().catalog
    texts = texts_of(catalog)
    sisters = texts.with_words(["stories about sisters"]) > 0
    assert sisters.any() and all(
        ("sister" in item.text.lower()) == told for item, told in zip(catalog, sisters, strict=True)
    )
    assert texts.with_words(["ferry captains in Norway"]).max() == 0, "one word of three is too little"
    assert texts.with_words(["fog and ferries", "heists"]).max() == 1
    assert texts.with_words(["people who are one"]).max() == 0, "words that tell nothing find nothing"
    maker = catalog[5].creator
    by = texts.by([maker.upper()]) > 0
    assert [item.creator == maker for item in catalog] == by.tolist()
    one = persona(tastes={"themes": {"liked": ["fog"], "disliked": ["heist"]}, "creators": {"disliked": [maker]}})
    score, likes = affinity(one, catalog), chosen(one, 300)
    assert score[by & ~sisters].max() <= score[~by].max() and score[by].min() < 0
    fog = texts.with_words(["fog"]) > 0
    heist = texts.with_words(["heist"]) > 0
    rest = ~(fog | heist | by)
    assert likes[:, fog & ~by].mean() > 2 * likes[:, rest].mean() > 4 * likes[:, heist & ~by].mean()


def test_a_persons_choices_depend_on_their_own_tastes_and_key_alone() -> None:
    cast = [persona(tastes={"genres": {"liked": [name]}}) for name in (*GENRES, "Opera")]
    whole = imagined_choices(cast, keys(5), shop().catalog, FAME, many(5), seed=SEED).toarray()
    for row in range(5):
        alone = imagined_choices(cast[row : row + 1], keys(5)[row : row + 1], shop().catalog, FAME, many(1), seed=SEED)
        np.testing.assert_array_equal(alone.toarray()[0], whole[row])
    again = imagined_choices(cast, keys(5), shop().catalog, FAME, many(5), seed=SEED).toarray()
    other = imagined_choices(cast, keys(5), shop().catalog, FAME, many(5), seed=SEED + 1).toarray()
    np.testing.assert_array_equal(whole, again)
    assert (whole != other).any()


def test_a_catalogue_without_words_or_categories_still_has_something_to_choose() -> None:
    bare = Catalog(tuple(Item(item_id=f"i{row}") for row in range(50)))
    one = persona(tastes={"genres": {"liked": ["War"]}, "themes": {"liked": ["sea"]}, "creators": {"disliked": [" "]}})
    has = imagined_choices([one] * 3, keys(3), bare, np.zeros(50, dtype=np.float32), many(3), seed=SEED)
    assert np.diff(has.indptr).tolist() == [10, 10, 10]
    assert has.has_sorted_indices and has.dtype == np.float32


@pytest.mark.parametrize("phrase", ["", "!!!", "a b c", "\u0000", "the the the"])
def test_odd_themes_find_nothing(phrase: str) -> None:
    assert texts_of(shop().catalog).with_words([phrase]).max() == 0


def test_active_people_have_chosen_as_much_as_active_people_of_the_log() -> None:
    log = shop().known.positives()
    lengths = np.bincount(log.user, minlength=log.n_users)
    rare, ordinary, often = as_many_as(log, np.array([-2.5, 0.0, 2.5], dtype=np.float32)).tolist()
    assert rare <= np.quantile(lengths, 0.02) and often >= np.quantile(lengths, 0.98)
    assert abs(ordinary - np.median(lengths)) <= 1
