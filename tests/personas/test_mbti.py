"""MBTI presets: the side of the mean that each letter says, by how much, and what clearly speaks against a type."""

from __future__ import annotations

import numpy as np
import pytest

from personas import mbti
from personas.mbti import CAVEAT, TYPES, contradictions, expected_z, preset
from personas.sampling import big_five
from personas.traits import BIG_FIVE
from simulator.records import UserInputError

LETTERS = {
    "extraversion": ("I", "E"),
    "openness": ("S", "N"),
    "agreeableness": ("T", "F"),
    "conscientiousness": ("P", "J"),
}
MEAN = dict(zip(BIG_FIVE, big_five.fitted().mean, strict=True))


def test_there_are_sixteen_types() -> None:
    assert len(set(TYPES)) == 16
    assert {"INFP", "ESTJ", "ISFJ", "ENTP"} < set(TYPES)


@pytest.mark.parametrize("code", TYPES)
def test_each_letter_puts_its_trait_on_its_side_of_the_mean_and_leaves_neuroticism_there(code: str) -> None:
    scores = preset(code)
    assert tuple(scores) == BIG_FIVE
    for nth, (trait, (low, high)) in enumerate(LETTERS.items()):
        assert code[nth] in (low, high)
        assert (scores[trait] > MEAN[trait]) == (code[nth] == high)
        assert 0.3 < scores[trait] < 0.9, "a letter says too little for an extreme"
    assert scores["neuroticism"] == pytest.approx(MEAN["neuroticism"])
    assert contradictions(code, scores) == [], "a preset does not contradict its own type"


def test_a_preset_is_the_mean_of_people_whose_correlated_scale_lies_on_that_side() -> None:
    luck = np.random.default_rng(3)
    scale, rest = luck.normal(size=(2, 400_000))
    for preference in mbti.PREFERENCES:
        r = preference.correlation
        trait = r * scale + np.sqrt(1 - r**2) * rest
        code = {"extraversion": "ESTJ", "openness": "INTJ", "agreeableness": "ISFP", "conscientiousness": "ESTJ"}
        simulated = trait[scale > 0].mean()
        assert expected_z(code[preference.trait])[preference.trait] == pytest.approx(simulated, abs=0.006)


def test_another_population_moves_the_presets() -> None:
    flat = preset("ENFJ", means=np.full(5, 0.5), sds=np.full(5, 0.1))
    assert flat["extraversion"] == pytest.approx(0.5 + 0.1 * 0.798 * 0.74, abs=1e-4)
    assert flat["neuroticism"] == 0.5
    assert max(preset("ENFJ", means=np.full(5, 0.9), sds=np.full(5, 0.5)).values()) == 1.0


@pytest.mark.parametrize("code", ["XXXX", "infp", "INF", "", "PFNI"])
def test_what_is_no_type_is_refused_with_a_cure(code: str) -> None:
    with pytest.raises(UserInputError, match=r"personality\.mbti: .*one of the sixteen types\. Write"):
        preset(code)
    with pytest.raises(UserInputError, match="sixteen types"):
        contradictions(code, {})


def test_a_score_far_on_the_other_side_contradicts_the_type() -> None:
    found = contradictions("INFP", {"extraversion": 0.95, "openness": 0.8})
    assert len(found) == 1
    assert "introvert (I)" in found[0] and "extraversion is 0.95" in found[0] and found[0].endswith("one of the two")
    assert len(contradictions("ESTJ", {"extraversion": 0.05, "openness": 0.99, "conscientiousness": 0.05})) == 3


def test_a_score_near_the_mean_or_not_given_contradicts_nothing() -> None:
    for code in TYPES:
        assert contradictions(code, dict(MEAN)) == []
        assert contradictions(code, dict.fromkeys(BIG_FIVE)) == []
        assert contradictions(code, {}) == []
        assert contradictions(code, {"neuroticism": 1.0}) == [], "no letter speaks of neuroticism"


def test_the_weaker_a_letter_goes_with_its_trait_the_further_off_a_score_may_be() -> None:
    sd = dict(zip(BIG_FIVE, big_five.fitted().sd, strict=True))

    def limit(code: str, trait: str) -> float:
        """How many standard deviations above the mean a score must be to contradict."""
        steps = np.arange(0, 2.6, 0.05)
        wide = {"means": np.full(5, 0.5), "sds": np.full(5, 0.15)}
        return next((z for z in steps if contradictions(code, {trait: 0.5 + 0.15 * z}, **wide)), np.inf)

    assert sd["extraversion"] > 0
    assert 1.0 < limit("ISTP", "extraversion") < 1.4
    assert limit("ISTP", "extraversion") < limit("ISTP", "conscientiousness") < limit("ISTP", "agreeableness")


def test_the_caveat_says_that_types_are_unreliable_and_silent_on_neuroticism() -> None:
    assert "neuroticism" in CAVEAT and "Pittenger" in CAVEAT and "half" in CAVEAT
