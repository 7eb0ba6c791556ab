"""Beliefs are revised, not piled up."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.memory.beliefs import LEAST, MOST, BeliefLaw, Held, importance, revised
from simulator.memory.embedding import HashingEmbedder, pack
from simulator.records import UserInputError
from simulator.turn import Thought

LAW = BeliefLaw()
EMBED = HashingEmbedder()
confidence = st.floats(LEAST, MOST)
stated = st.floats(0, 1)


def thinking(*thoughts: Thought) -> list[tuple[Thought, np.ndarray]]:
    return list(zip(thoughts, pack(EMBED([one.text for one in thoughts])), strict=True))


def held(text: str = "war films bore me", sure: float = 0.7, identity: str = "1/0") -> Held:
    return Held(identity, text, sure, pack(EMBED([text]))[0])


@settings(deadline=None)
@given(confidence, stated)
def test_agreement_never_lowers_confidence_and_contradiction_never_raises_it(before: float, says: float) -> None:
    for_it, against = LAW.updated(before, says), LAW.updated(before, says, contradicts=True)
    assert LEAST <= against <= before + 1e-12 and before - 1e-12 <= for_it <= MOST
    if says > 0.01 and against > LEAST and for_it < MOST:
        assert against < before < for_it


@settings(deadline=None)
@given(confidence, stated, stated)
def test_a_surer_witness_moves_confidence_further(before: float, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert LAW.updated(before, less) <= LAW.updated(before, more) + 1e-12
    assert LAW.updated(before, less, contradicts=True) >= LAW.updated(before, more, contradicts=True) - 1e-12


@settings(deadline=None)
@given(st.floats(0.2, 0.8), st.floats(0, 0.9))
def test_a_witness_for_and_one_against_cancel_out(before: float, says: float) -> None:
    assert LAW.updated(LAW.updated(before, says), says, contradicts=True) == pytest.approx(before)


def test_the_update_is_bayes_rule() -> None:
    right = 0.8
    assert LAW.updated(0.6, 1.0) == pytest.approx(0.6 * right / (0.6 * right + 0.4 * (1 - right)))
    assert LAW.first(1.0) == pytest.approx(right)


def test_the_same_thought_again_makes_one_belief_surer() -> None:
    after, gone = revised([held()], thinking(Thought("War films bore me!", 0.9)), ["2/0"], LAW)
    assert [one.id for one in after] == ["1/0"] and not gone
    assert after[0].confidence > 0.7 and after[0].text == "war films bore me"


def test_a_thought_twice_in_one_reflection_makes_one_belief() -> None:
    thoughts = thinking(Thought("I like the sea", 0.5), Thought("I like the sea", 0.5))
    after, _ = revised([], thoughts, ["2/0", "2/1"], LAW)
    assert [one.id for one in after] == ["2/0"] and after[0].confidence > LAW.first(0.5)


@pytest.mark.parametrize(
    ("believed", "thought"),
    [
        ("the site is good for old dramas", "the site is not good for old dramas"),
        ("You do not enjoy slow dramas", "You enjoy slow dramas"),
        ("This page had crime.", "This page had no crime."),
        ("You don’t trust the top of the list", "You trust the top of the list"),
    ],
)
def test_a_like_thought_that_says_the_opposite_weakens_the_belief(believed: str, thought: str) -> None:
    after, _ = revised([held(believed)], thinking(Thought(thought, 0.5)), ["2/0"], LAW)
    assert [one.text for one in after] == [believed]
    assert after[0].confidence < 0.7


def test_two_denials_agree() -> None:
    after, _ = revised(
        [held("the site is not good for old dramas")],
        thinking(Thought("the site is never good for old dramas", 0.5)),
        ["2/0"],
        LAW,
    )
    assert len(after) == 1 and after[0].confidence > 0.7


def test_another_thought_makes_another_belief() -> None:
    after, _ = revised([held()], thinking(Thought("comedies cheer me up", 0.9)), ["2/0"], LAW)
    assert [one.text for one in after] == ["war films bore me", "comedies cheer me up"]
    assert after[1].is_new and not after[0].is_changed


def test_a_belief_that_is_named_takes_the_new_wording() -> None:
    thought = Thought("old war films bore me, new ones do not", 0.9, revises="1/0")
    after, _ = revised([held()], thinking(thought), ["2/0"], LAW)
    assert [(one.id, one.text) for one in after] == [("1/0", thought.text)]


def test_contradictions_lower_a_belief_until_it_is_given_up_for_the_contrary() -> None:
    contrary = Thought("war films grip me now", 1.0, revises="1/0", contradicts=True)
    beliefs, levels, gone = [held()], [0.7], []
    while not gone:
        beliefs, gone = revised(beliefs, thinking(contrary), ["2/0"], LAW)
        levels.append(beliefs[0].confidence)
    assert all(after < before for before, after in pairwise(levels[:-1]))
    assert gone == ["1/0"]
    assert [(one.id, one.text, one.is_new) for one in beliefs] == [("2/0", contrary.text, True)]


def test_a_name_that_nobody_knows_is_no_harm() -> None:
    after, gone = revised([held()], thinking(Thought("comedies cheer me up", 0.9, revises="99/9")), ["2/0"], LAW)
    assert len(after) == 2 and not gone


def test_thoughts_without_words_bring_no_belief() -> None:
    assert revised([], thinking(Thought("", 0.9)), ["2/0"], LAW) == ([], [])


def test_what_is_doubted_is_unimportant() -> None:
    assert importance(0.3) == 0.0 and importance(0.5) == 0.0 and importance(0.98) == pytest.approx(0.96)


@pytest.mark.parametrize(("field", "value"), [("trust", 1.0), ("agree", 1.5), ("floor", 0.5), ("trust", 0.2)])
def test_impossible_laws_are_refused_by_field(field: str, value: float) -> None:
    with pytest.raises(UserInputError, match=f"memory.revision.{field}"):
        BeliefLaw(**{field: value})
