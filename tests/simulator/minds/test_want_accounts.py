"""A want can say what it is made of: families, past choices, one's own liking, what one says of oneself."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from personas.schema import Persona
from simulator.minds.base import FAMILY_NAMES
from simulator.minds.drifting import account_of
from simulator.minds.family import Histories
from simulator.minds.stack import NAMED, TasteStack
from simulator.minds.stated import DISLIKES, Statements, stated
from simulator.population import Population, from_personas
from simulator.records import SplitLog


def one_of(histories: Histories, row: int) -> Histories:
    return Histories(histories.rows[[row]], histories.matrix[[row]])


def test_what_each_past_choice_adds_sums_to_the_score(stack: TasteStack, people: Population) -> None:
    block = stack.block(people)
    for row in (3, 7, 40):
        person = one_of(block.histories, row)
        for family in block.bases[NAMED].families:
            told = np.array([family.evidence(person, item).sum() for item in range(0, 150, 10)])
            score = family.scores(person)[0, ::10]
            if family.name == "popularity":
                assert not told.any()
            else:
                np.testing.assert_allclose(told, score, rtol=0.02, atol=2e-3, err_msg=family.name)


def test_families_sum_to_what_sets_the_item_apart(stack: TasteStack, people: Population) -> None:
    mind = stack.block(people).mind(NAMED, seed=3)
    for row, item in ((3, 12), (40, 99)):
        account = mind.account(row, item)
        assert not account.taste.known and set(account.taste.families) == set(FAMILY_NAMES)
        apart = account.taste.taste - account.taste.usual
        assert sum(account.taste.families.values()) == pytest.approx(apart, abs=1e-3)


def test_the_account_ends_at_the_want_that_people_act_on(stack: TasteStack, people: Population) -> None:
    mind = stack.block(people).mind(NAMED, seed=3)
    rows, items = np.array([3, 7], dtype=np.int32), np.array([[12, 30], [5, 30]], dtype=np.int32)
    want = mind.judge(rows, items, np.ones((2, 2), dtype=np.bool_)).want
    told = [[mind.account(int(row), int(item)).want for item in line] for row, line in zip(rows, items, strict=True)]
    np.testing.assert_allclose(told, want, rtol=1e-6)
    account = mind.account(3, 12)
    assert mind.account(3, 12) == account
    other = stack.block(people).mind(NAMED, seed=4).account(3, 12)
    assert other.personal != account.personal and other.taste == account.taste, "own liking is the seed's, taste is not"


def test_the_choices_that_are_named_speak_most_and_taking_one_away_lowers_the_score(
    stack: TasteStack, people: Population
) -> None:
    block = stack.block(people)
    row, item = 3, 12
    because = block.mind(NAMED, seed=3).account(row, item).taste.because
    sizes = [size for _, size in because]
    assert because and sizes == sorted(sizes, reverse=True) and min(sizes) > 0
    person = one_of(block.histories, row)
    assert {chosen for chosen, _ in because} <= set(person.matrix.indices.tolist()) - {item}
    without = person.matrix.copy()
    without.data[without.indices == because[0][0]] = 0
    without.eliminate_zeros()
    neighbour = block.bases[NAMED].families[FAMILY_NAMES.index("neighbour")]
    assert neighbour.scores(replace(person, matrix=without))[0, item] < neighbour.scores(person)[0, item]


def test_who_chose_nothing_has_no_choices_to_name(stack: TasteStack, people: Population) -> None:
    assert stack.block(people).mind(NAMED, seed=3).account(0, 5).taste.because == ()


def test_what_is_said_of_oneself_is_a_term_of_its_own(stack: TasteStack, parts: SplitLog) -> None:
    persona = Persona.model_validate({"id": "ann", "tastes": {"genres": {"liked": ["love"], "disliked": ["war"]}}})
    people = from_personas([persona], parts, seed=5)
    mind = stated(stack.block(people).mind(NAMED, seed=3), Statements.of(people, parts.catalog), 3)
    war, love = mind.account(0, 0), mind.account(0, 1)
    assert (war.stated, love.stated) == (DISLIKES, 0.0)
    rows, items = np.zeros(1, dtype=np.int32), np.array([[0, 1]], dtype=np.int32)
    want = mind.judge(rows, items, np.ones((1, 2), dtype=np.bool_)).want[0]
    np.testing.assert_allclose([war.want, love.want], want, rtol=1e-6)


class Silent:
    name = "silent"

    async def appraise(self, scene: object) -> object:
        await asyncio.sleep(0)
        raise NotImplementedError


def test_a_mind_that_keeps_no_account_is_told_apart(stack: TasteStack, people: Population) -> None:
    assert account_of(stack.block(people).mind(NAMED, seed=3), 3, 12, turn=0) is not None
    assert account_of(Silent(), 3, 12, turn=0) is None  # type: ignore[arg-type]
