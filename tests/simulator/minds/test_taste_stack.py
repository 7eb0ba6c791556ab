"""The stack is calibrated on other people's held-out choices, and a person's row depends on that person alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from simulator.minds.base import FAMILY_NAMES
from simulator.minds.stack import NAMED, TasteStack
from simulator.population import Population, from_log
from simulator.records import HELD_OUT, PERSON, PLATFORM, SplitLog, UserInputError


def auc(score: np.ndarray, label: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(label, score))


def truth(parts: SplitLog) -> np.ndarray:
    return parts.held_out.matrix().toarray() > 0


def test_members_are_the_named_mind_then_one_without_each_family_then_refits(stack: TasteStack) -> None:
    assert stack.members == (NAMED, *(f"without_{family}" for family in FAMILY_NAMES), "refit_1")


def test_the_named_member_is_the_same_alone_as_in_the_ensemble(
    parts: SplitLog, stack: TasteStack, people: Population
) -> None:
    single = TasteStack.fit(parts, seed=5, members="single")
    assert single.members == (NAMED,)
    np.testing.assert_array_equal(single.block(people).of(NAMED).tile(), stack.block(people).of(NAMED).tile())


@pytest.mark.parametrize("member", [NAMED, "without_linear", "without_popularity", "refit_1"])
def test_probabilities_are_calibrated_over_the_catalogue(
    member: str, stack: TasteStack, parts: SplitLog, people: Population
) -> None:
    taste = stack.block(people).of(member).tile()
    unknown = ~np.isnan(taste)
    real = truth(parts)[unknown].mean()
    assert expit(taste[unknown]).mean() == pytest.approx(real, rel=0.08)


@pytest.mark.parametrize("member", [NAMED, "without_factor", "refit_1"])
def test_probabilities_are_calibrated_where_the_mind_itself_is_most_hopeful(
    member: str, stack: TasteStack, parts: SplitLog, people: Population
) -> None:
    taste = stack.block(people).of(member).tile()
    best = np.argsort(-np.nan_to_num(taste, nan=-np.inf), axis=1)[:, :20]
    hits = np.take_along_axis(truth(parts), best, axis=1).mean()
    assert np.take_along_axis(expit(taste), best, axis=1).mean() == pytest.approx(hits, rel=0.1)


def test_taste_tells_held_out_choices_from_the_rest(stack: TasteStack, parts: SplitLog, people: Population) -> None:
    taste = stack.block(people).of(NAMED).tile()
    unknown = ~np.isnan(taste)
    by_popularity = np.tile(stack.popularity, (len(people), 1))
    assert auc(taste[unknown], truth(parts)[unknown]) > auc(by_popularity[unknown], truth(parts)[unknown]) + 0.03


def test_simulated_people_are_as_hard_to_predict_as_real_ones(
    stack: TasteStack, parts: SplitLog, people: Population
) -> None:
    block = stack.block(people)
    taste = block.of(NAMED).tile()
    unknown = ~np.isnan(taste)
    n, n_items = taste.shape
    items = np.tile(np.arange(n_items, dtype=np.int32), (n, 1))
    want = block.mind(NAMED, seed=3).judge(np.arange(n, dtype=np.int32), items, np.ones_like(unknown)).want
    simulated = np.random.default_rng(0).random(taste.shape) < expit(want)
    real = auc(taste[unknown], truth(parts)[unknown])
    assert auc(taste[unknown], simulated[unknown]) == pytest.approx(real, abs=0.02)
    assert simulated[unknown].mean() == pytest.approx(truth(parts)[unknown].mean(), rel=0.08)


def test_choices_only_the_person_knows_are_wanted_like_held_out_ones(
    stack: TasteStack, parts: SplitLog, people: Population
) -> None:
    view = stack.block(people).of(NAMED)

    def mean_chance(part: int) -> float:
        log = parts.only(part)
        return float(expit(view.logits(log.user, log.item[:, None])).mean())

    assert mean_chance(PERSON) == pytest.approx(mean_chance(HELD_OUT), rel=0.1)
    own = parts.only(PERSON)
    assert np.isnan(view.tile()[own.user, own.item]).all()


def test_nobodys_held_out_choices_touch_their_own_taste(parts: SplitLog, people: Population) -> None:
    """Held-out choices of people of one fold are replaced; the tastes of that fold stay, bit for bit."""
    stack = TasteStack.fit(parts, seed=5, members="single")
    luck = np.random.default_rng(1)
    moved = (parts.part == HELD_OUT) & (stack.fold[parts.log.user] == 0)
    item = parts.log.item.copy()
    item[moved] = luck.integers(0, len(parts.catalog), int(moved.sum()))
    other = TasteStack.fit(SplitLog(parts.name, replace(parts.log, item=item), parts.part), seed=5, members="single")
    np.testing.assert_array_equal(stack.fold, other.fold)
    before, after = (one.block(people).of(NAMED).tile() for one in (stack, other))
    np.testing.assert_array_equal(before[stack.fold == 0], after[stack.fold == 0])
    assert not np.array_equal(before[stack.fold == 1], after[stack.fold == 1], equal_nan=True)


@settings(max_examples=15, deadline=None)
@given(chosen=st.lists(st.integers(0, 399), min_size=1, max_size=40, unique=True))
def test_a_persons_taste_does_not_depend_on_who_else_is_in_the_block(
    stack: TasteStack, people: Population, chosen: list[int]
) -> None:
    rows = np.array(chosen)
    for member in (NAMED, "refit_1"):
        whole = stack.block(people).of(member)
        np.testing.assert_array_equal(stack.block(people.take(rows)).of(member).tile(), whole.tile()[rows])


def test_people_without_a_history_and_items_that_nobody_chose_have_finite_tastes(
    stack: TasteStack, people: Population
) -> None:
    stranger = replace(people.take(np.array([3, 4])), source=np.array([-1, 4], dtype=np.int32))
    for population in (people, stranger):
        block = stack.block(population)
        taste = block.of(NAMED).tile()
        assert np.isfinite(taste[~block.knows]).all()
        assert expit(taste[:, -1]).max() < 0.1
    assert not stack.block(stranger).knows[0].any()


def test_save_and_load_keep_every_bit(stack: TasteStack, people: Population, tmp_path: Path) -> None:
    stack.save(tmp_path / "stack")
    loaded = TasteStack.load(tmp_path / "stack")
    assert loaded.members == stack.members
    some = people.take(np.arange(50))
    for member in stack.members:
        np.testing.assert_array_equal(loaded.block(some).of(member).tile(), stack.block(some).of(member).tile())
    rows, items = np.arange(50, dtype=np.int32), np.tile(np.arange(20, dtype=np.int32), (50, 1))
    np.testing.assert_array_equal(loaded.ratings.expected(rows, items), stack.ratings.expected(rows, items))
    np.testing.assert_array_equal(loaded.item_keys, stack.item_keys)


def test_loading_another_format_is_refused(stack: TasteStack, tmp_path: Path) -> None:
    stack.save(tmp_path)
    (tmp_path / "stack.json").write_text('{"format": 99, "families": []}')
    with pytest.raises(ValueError, match="another version"):
        TasteStack.load(tmp_path)


def test_equal_seeds_give_equal_stacks(parts: SplitLog, people: Population) -> None:
    one, two = (TasteStack.fit(parts, seed=9, members="single") for _ in range(2))
    np.testing.assert_array_equal(one.block(people).of(NAMED).tile(), two.block(people).of(NAMED).tile())


def test_a_log_without_held_out_choices_is_refused_with_the_cure(parts: SplitLog) -> None:
    empty = SplitLog("tiny", parts.log, np.full(len(parts.log), PLATFORM, dtype=np.uint8))
    with pytest.raises(UserInputError, match=r"dataset tiny: 0 people .* three choices"):
        TasteStack.fit(empty, seed=1)


def test_a_log_without_ratings_facts_or_texts_works(unrated: SplitLog, tmp_path: Path) -> None:
    people = from_log(unrated, seed=2)
    stack = TasteStack.fit(unrated, seed=2, members="single")
    taste = stack.block(people).of(NAMED).tile()
    stack.save(tmp_path)
    np.testing.assert_array_equal(TasteStack.load(tmp_path).block(people).of(NAMED).tile(), taste)
    unknown = ~np.isnan(taste)
    assert expit(taste[unknown]).mean() == pytest.approx(truth(unrated)[unknown].mean(), rel=0.08)
