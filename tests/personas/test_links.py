"""Links between personality and behaviour: what they expect, what they leave to chance, where each comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from personas import links, mbti
from personas.links import LINKS, TRAITS, derived, expected_sd, explained, standard_scores, weights
from personas.sampling import big_five
from personas.schema import Persona
from personas.traits import BIG_FIVE


def persona(**sections: Any) -> Persona:
    return Persona.model_validate({"id": "somebody", **sections})


def row(**z: float) -> np.ndarray:
    """Standard scores of one person, 0 where not given."""
    return np.array([[z.get(name, 0.0) for name in BIG_FIVE]])


def crowd(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard scores with the fitted correlations, and the traits that the links make of them with chance added."""
    luck = np.random.default_rng(5)
    z = luck.normal(size=(n, 5)) @ np.linalg.cholesky(big_five.fitted().correlation).T
    return z, expected_sd(z) + luck.normal(size=(n, len(TRAITS))) * np.sqrt(1 - explained())


def test_every_link_is_small_and_says_where_it_comes_from() -> None:
    for link in LINKS:
        assert link.trait in TRAITS and link.cause in links.CAUSES
        assert 0 < abs(link.effect) <= 0.5
        assert len(link.source) > 20
        if link.grade == "assumed":
            assert link.source.startswith("direction: ") and link.source.endswith("; size chosen")
            assert link.measured is None and link.n is None
        else:
            assert link.measured is not None and link.n is not None and link.n > 500
            assert abs(link.effect) <= abs(link.measured)
            if link.cause in BIG_FIVE:
                assert abs(link.effect) >= links.WORTH_A_LINK
    assert len({(link.trait, link.cause) for link in LINKS}) == len(LINKS), "no effect is there twice"
    assert {link.trait for link in LINKS} == set(TRAITS), "every trait has a link"


def test_what_only_questionnaires_say_counts_for_less_than_what_a_log_says() -> None:
    asked = [link for link in LINKS if link.grade == "transferred"]
    assert asked and all(link.effect == pytest.approx(0.5 * (link.measured or 0), abs=6e-4) for link in asked)
    seen = [link for link in LINKS if link.grade == "fitted"]
    assert seen and all(link.effect == link.measured for link in seen)


def test_people_drawn_with_the_links_correlate_as_the_links_say_and_have_unit_variance() -> None:
    z, traits = crowd(60_000)
    assert np.allclose(traits.std(axis=0), 1, atol=0.012)
    for nth, name in enumerate(BIG_FIVE):
        for at, trait in enumerate(TRAITS):
            stated = sum(link.effect for link in LINKS if (link.trait, link.cause) == (trait, name))
            assert np.corrcoef(z[:, nth], traits[:, at])[0, 1] == pytest.approx(stated, abs=0.015)


def test_most_of_every_trait_is_left_to_the_person() -> None:
    assert explained().min() >= 0
    assert explained(age_sd=2.0, female_share=0.5).max() < 0.1
    assert (explained(known=[True, False, False, False, False]) <= explained() + 1e-12).all()
    assert not explained(known=[False] * 5).any()
    with_age = explained(age_sd=2.0) - explained()
    assert with_age[TRAITS.index("headline_susceptibility")] == pytest.approx((2.0 * 0.05) ** 2)


def test_an_unknown_score_gives_the_mean_over_the_people_whom_it_could_belong_to() -> None:
    z, _ = crowd(200_000)
    agreeable = np.abs(z[:, 3] - 1.5) < 0.1
    only = expected_sd(np.array([[np.nan, np.nan, np.nan, 1.5, np.nan]]))[0]
    assert np.allclose(only, expected_sd(z[agreeable]).mean(axis=0), atol=0.01)
    trust = TRAITS.index("trust_in_reviews")
    assert only[trust] == pytest.approx(1.5 * 0.222, abs=1e-3), "with one cause known, the weight is the correlation"
    assert abs(only[trust] - expected_sd(row(agreeableness=1.5))[0, trust]) > 0.02, "unknown is not the same as average"


def test_people_with_different_things_known_do_not_change_each_other() -> None:
    mixed = np.array([[1.0, np.nan, 0.5, 0.0, 2.0], [-1.0, 0.3, 0.0, 0.0, 0.0], [np.nan] * 5])
    together = expected_sd(mixed, np.array([1.0, np.nan, 2.0]), np.array([1.0, 0.0, np.nan]))
    alone = [
        expected_sd(mixed[nth][None], np.array([age]), np.array([female]))[0]
        for nth, (age, female) in enumerate([(1.0, 1.0), (np.nan, 0.0), (2.0, np.nan)])
    ]
    assert np.allclose(together, alone)
    assert np.isfinite(together).all()
    assert together[2, TRAITS.index("conformity")] == pytest.approx(2 * 0.035), (
        "age alone, where it is all that is known"
    )


def test_women_and_men_differ_by_the_effect_and_the_unknown_lie_between() -> None:
    women, men = (expected_sd(row(), female=np.array([value]))[0] for value in (1.0, 0.0))
    at = TRAITS.index("price_sensitivity")
    assert (women - men)[at] == pytest.approx(-0.058)
    assert np.allclose((women + men) / 2, expected_sd(row(), female=np.array([np.nan]))[0])


def test_uncorrelated_traits_weigh_as_the_links_say_and_correlated_ones_share() -> None:
    effects = {(link.trait, link.cause): link.effect for link in LINKS}
    apart = weights(np.eye(5))
    assert apart[0, TRAITS.index("conformity")] == pytest.approx(effects["conformity", "openness"])
    alike = np.eye(5)
    alike[1, 4] = alike[4, 1] = -0.5
    at = TRAITS.index("impulsivity")
    assert weights(alike)[1, at] == pytest.approx((-0.198 + 0.5 * 0.099) / 0.75, abs=1e-3)


@pytest.mark.parametrize(
    "wrong", [np.eye(4), np.full((5, 5), 1.0), np.eye(5) * 2, np.eye(5) + np.eye(5, k=1) * 0.3], ids=str
)
def test_what_is_not_a_correlation_matrix_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="positive definite correlation matrix"):
        weights(wrong)


def test_standard_scores_are_of_the_population_and_keep_what_is_unknown() -> None:
    fitted = big_five.fitted()
    assert np.allclose(standard_scores(fitted.mean), 0)
    assert np.allclose(standard_scores(fitted.mean + fitted.sd), 1)
    assert standard_scores([0.0, 0.5, np.nan, 1.0, 0.5])[0] == -2.5
    assert np.isnan(standard_scores([0.0, 0.5, np.nan, 1.0, 0.5])[2])
    own = standard_scores([0.6] * 5, means=np.full(5, 0.5), sds=np.full(5, 0.1))
    assert np.allclose(own, 1)


def test_a_persona_is_expected_to_behave_as_her_personality_suggests() -> None:
    open_one = derived(persona(personality={"openness": 0.95, "conscientiousness": 0.6}))
    closed = derived(persona(personality={"openness": 0.45, "conscientiousness": 0.6}))
    assert open_one["novelty_seeking"] > 0.2 > -0.2 > closed["novelty_seeking"]
    assert open_one["conformity"] < 0 < closed["conformity"]
    orderly = derived(persona(personality={"conscientiousness": 0.95}))
    hasty = derived(persona(personality={"conscientiousness": 0.2}))
    assert orderly["impulsivity"] < 0 < hasty["impulsivity"]


def test_what_a_persona_states_is_never_derived() -> None:
    stated = {"novelty_seeking": 0.05, "activity": 3.0}
    got = derived(persona(personality={"openness": 0.95, "extraversion": 0.9}, behaviour=stated))
    assert not set(stated) & set(got)
    assert "diversity" in got


def test_a_trait_with_no_known_cause_is_left_to_chance() -> None:
    assert derived(persona()) == {}
    assert set(derived(persona(identity={"age": 70}))) == {"conformity", "price_sensitivity", "headline_susceptibility"}
    assert derived(persona(identity={"age": 70}))["headline_susceptibility"] == pytest.approx(0.15)
    assert "patience" not in derived(persona(personality={"openness": 0.9}))


def test_a_word_for_gender_that_is_neither_changes_nothing() -> None:
    one = derived(persona(personality={"openness": 0.9}, identity={"gender": "nonbinary"}))
    assert one == derived(persona(personality={"openness": 0.9}))
    woman = derived(persona(personality={"openness": 0.9}, identity={"gender": " Female "}))
    assert woman["diversity"] == pytest.approx(one["diversity"] + 0.105 / 4, abs=1e-3)


def test_a_type_stands_in_for_the_scores_that_are_not_given() -> None:
    by_type = derived(persona(personality={"mbti": "ENFP"}))
    assert by_type == pytest.approx(derived(persona(personality=mbti.preset("ENFP"))))
    anxious = derived(persona(personality={"mbti": "ENFP", "neuroticism": 0.95}))
    assert anxious["impulsivity"] > by_type["impulsivity"] + 0.05
