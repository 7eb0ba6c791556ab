"""What a log of choices and ratings tells: each estimator by the behaviour that its definition promises."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from personas.estimation import Estimates, estimate
from personas.estimation.agreement import conformity_by_ratings
from personas.estimation.diversity import diversity_by_choices, rarefied
from personas.estimation.likes import category_likes
from personas.estimation.novelty import novelty_by_choices
from personas.estimation.pickiness import effects, pickiness_by_ratings
from personas.estimation.shrinkage import Shrunk, combine, crowd_of, shrink
from personas.estimation.tastes import tastes
from personas.estimation.visiting import patience_by_choices
from personas.traits import BEHAVIOURAL, TYPICAL_VISITS_A_DAY
from simulator.records import Catalog, InteractionLog, Item

KINDS = ("Comedy", "Crime", "Drama", "Horror", "War", "Western")


def a_log(
    user: Sequence[int],
    item: Sequence[int],
    *,
    catalog: Catalog,
    rating: Sequence[float] | None = None,
    time: Sequence[int] | None = None,
    clicked: Sequence[bool] | None = None,
    position: Sequence[int] | None = None,
    n: int | None = None,
) -> InteractionLog:
    rows = len(user)
    people = (max(user) + 1 if rows else 0) if n is None else n
    return InteractionLog(
        catalog=catalog,
        user_ids=np.array([f"u{row}" for row in range(people)], dtype=np.str_),
        user=np.array(user, dtype=np.int32),
        item=np.array(item, dtype=np.int32),
        rating=np.full(rows, np.nan, dtype=np.float32) if rating is None else np.array(rating, dtype=np.float32),
        clicked=np.ones(rows, dtype=np.bool_) if clicked is None else np.array(clicked, dtype=np.bool_),
        time=np.zeros(rows, dtype=np.int64) if time is None else np.array(time, dtype=np.int64),
        dwell_s=np.full(rows, np.nan, dtype=np.float32),
        position=np.full(rows, -1, dtype=np.int32) if position is None else np.array(position, dtype=np.int32),
    )


def films(n: int = 120, seed: int = 3) -> Catalog:
    luck = np.random.default_rng(seed)
    return Catalog(
        tuple(
            Item(
                item_id=f"i{row}",
                title=f"Film {row}",
                categories=tuple(luck.choice(KINDS, 1 + row % 2, False).tolist()),
            )
            for row in range(n)
        )
    )


def raters(n: int = 500, *, seed: int = 5, fewest: int = 8, most: int = 60) -> tuple[InteractionLog, np.ndarray]:
    """People who rate by their own level, the item's, and luck; the levels."""
    luck = np.random.default_rng(seed)
    catalog = films()
    level, quality = 0.5 * luck.normal(size=n), 0.5 * luck.normal(size=len(catalog))
    user = np.repeat(np.arange(n), luck.integers(fewest, most, n))
    item = np.concatenate([luck.permutation(len(catalog))[:count] for count in np.bincount(user)])
    rating = np.clip(np.round(3.4 + level[user] + quality[item] + 0.9 * luck.normal(size=user.size)), 1, 5)
    return a_log(user.tolist(), item.tolist(), catalog=catalog, rating=rating.tolist()), level


def halves(log: InteractionLog) -> tuple[InteractionLog, InteractionLog]:
    lot = np.random.default_rng(1).random(len(log)) < 0.5
    return log.select(lot), log.select(~lot)


def test_shrinkage_finds_the_spread_of_true_values_behind_noise() -> None:
    luck = np.random.default_rng(1)
    error = luck.uniform(0.1, 4.0, 20_000)
    true = 2 + 0.7 * luck.normal(size=20_000)
    found = shrink(true + np.sqrt(error) * luck.normal(size=20_000), error)
    assert found.mean == pytest.approx(2, abs=0.05)
    assert found.variance == pytest.approx(0.49, rel=0.15)
    assert np.corrcoef(found.posterior, true)[0, 1] ** 2 == pytest.approx(found.confidence.mean(), abs=0.05)
    assert np.polyfit(found.posterior, true, 1)[0] == pytest.approx(1, abs=0.08)


def test_one_person_tells_of_no_difference() -> None:
    for value, error in ((-0.3984667036426792, 0.7586221998898857), (0.1, 0.3), (3.0, 0.7), (1e-9, 0.049)):
        assert crowd_of(np.array([value]), np.array([error])) == (value, 0.0)


def test_shrinkage_sees_no_difference_where_there_is_only_noise() -> None:
    luck = np.random.default_rng(2)
    found = shrink(luck.normal(size=800) * 0.9, np.ones(800))
    assert not found.confidence.any() and not found.value.any()
    assert crowd_of(np.zeros(0), np.zeros(0)) == (0.0, 0.0)


def test_of_whom_nothing_is_known_is_ordinary_and_of_whom_little_is_nearly_so() -> None:
    found = shrink(np.array([-1.0, 1.0, 9.0, np.nan, 9.0]), np.array([0.01, 0.01, 100.0, 0.01, np.inf]))
    assert found.value[3] == found.value[4] == 0 and found.confidence[3] == found.confidence[4] == 0
    assert abs(found.value[2]) < 0.3 < abs(found.value[1])


def test_a_second_measure_helps_as_far_as_it_agrees_with_the_first() -> None:
    luck = np.random.default_rng(4)
    true = luck.normal(size=3000)

    def measured(values: np.ndarray, noise: float) -> Shrunk:
        return shrink(values + noise * luck.normal(size=values.size), np.full(values.size, noise**2))

    first, alike, other = measured(true, 1.5), measured(true, 1.0), measured(luck.normal(size=3000), 1.0)
    better, same = combine(first, alike), combine(first, other)
    assert np.corrcoef(better.value, true)[0, 1] > np.corrcoef(first.value, true)[0, 1] + 0.15
    assert better.confidence.mean() == pytest.approx(np.corrcoef(better.value, true)[0, 1] ** 2, abs=0.04)
    assert np.corrcoef(same.value, first.value)[0, 1] > 0.98
    assert np.array_equal(combine(first, shrink(np.full(3000, np.nan), np.ones(3000))).value, first.value)


def test_pickiness_is_freed_of_what_was_rated() -> None:
    """Halves of a crowd rate good and bad films, so that means tell the films and not the people."""
    catalog = films(40)
    luck = np.random.default_rng(6)
    good = np.arange(40) < 20
    user, item, rating = [], [], []
    for person in range(200):
        picky, sees_good = person % 2, (person // 2) % 2
        chosen = np.flatnonzero(good == bool(sees_good))
        others = np.flatnonzero(good != bool(sees_good))
        chosen = np.concatenate([luck.choice(chosen, 14, False), luck.choice(others, 3, False)])
        user += [person] * chosen.size
        item += chosen.tolist()
        level = 3 + np.where(good[chosen], 1, -1) - 0.5 * picky
        rating += np.clip(level + 0.5 * luck.normal(size=chosen.size), 1, 5).tolist()
    found = effects(a_log(user, item, catalog=catalog, rating=rating))
    assert found is not None
    value, person = pickiness_by_ratings(found).value, np.arange(200)
    mean = np.bincount(user, rating) / np.bincount(user)
    assert value[person % 2 == 1].min() > value[person % 2 == 0].max() - 1.0
    assert np.corrcoef(value, person % 2)[0, 1] > 0.9 > np.corrcoef(-mean, person % 2)[0, 1] + 0.3


def test_a_person_with_few_ratings_is_not_extreme() -> None:
    log, _ = raters()
    stern = [(500, item, 2.0) for item in range(5)] + [(501, item, 2.0) for item in range(60)]
    user, item, rating = (list(column) for column in zip(*stern, strict=True))
    both = a_log(
        [*log.user.tolist(), *user],
        [*log.item.tolist(), *item],
        catalog=log.catalog,
        rating=[*log.rating.tolist(), *rating],
    )
    trait = estimate(both).traits["pickiness"]
    assert 0 < trait.value[500] < trait.value[501] - 0.5
    assert trait.confidence[500] < 0.7 < 0.9 < trait.confidence[501]


def test_claimed_confidence_is_how_well_halves_of_histories_agree() -> None:
    log, level = raters(1500)
    one, other = (estimate(half) for half in halves(log))
    x, y = one.traits["pickiness"], other.traits["pickiness"]
    claimed = float((x.confidence + y.confidence).mean() / 2)
    assert np.corrcoef(x.value, y.value)[0, 1] == pytest.approx(claimed, abs=0.06)
    whole = estimate(log).traits["pickiness"]
    assert np.corrcoef(-whole.value, level)[0, 1] ** 2 == pytest.approx(float(whole.confidence.mean()), abs=0.06)


def test_conformity_does_not_depend_on_how_much_of_the_scale_is_used() -> None:
    log, _ = raters(300, fewest=20)
    value = conformity_by_ratings(log).value
    wide = np.where(log.user < 30, 3 + 1.8 * (log.rating - 3), log.rating).astype(np.float32)
    stretched = conformity_by_ratings(
        a_log(log.user.tolist(), log.item.tolist(), catalog=log.catalog, rating=wide.tolist())
    ).value
    assert np.corrcoef(value[:30], stretched[:30])[0, 1] > 0.97
    assert abs(float((stretched - value)[:30].mean())) < 0.15


def test_who_rates_against_the_others_conforms_least() -> None:
    log, _ = raters(300, fewest=30)
    mean = np.bincount(log.item, log.rating) / np.bincount(log.item)
    rating = log.rating.copy()
    rating[log.user == 0] = np.round(np.clip(7 - 2 * mean[log.item[log.user == 0]] + 0.5, 1, 5))
    found = conformity_by_ratings(
        a_log(log.user.tolist(), log.item.tolist(), catalog=log.catalog, rating=rating.tolist())
    )
    assert found.value[0] == found.value.min() < -1.5


def test_rarefaction_is_the_expected_number_of_kinds_among_all_draws() -> None:
    held = [{0}, {0, 1}, {1}, {2}, {0}, {0, 3}]
    counts = np.array([[sum(kind in one for one in held) for kind in range(5)]], dtype=float)
    by_hand = np.mean([len(set.union(*drawn)) for drawn in combinations(held, 3)])
    assert rarefied(counts, np.array([6.0]), 3)[0] == pytest.approx(by_hand)
    assert np.isnan(rarefied(counts, np.array([6.0]), 7)[0])


def test_diversity_and_novelty_do_not_grow_with_the_length_of_a_history() -> None:
    """All draw from the same mix of kinds, some ten times as often; a count of distinct kinds would tell them apart."""
    luck = np.random.default_rng(8)
    catalog = films(400)
    drama = np.array(["Drama" in one.categories for one in catalog])
    weight = np.where(drama, 4.0, 1.0) / np.where(drama, 4.0, 1.0).sum()
    length = np.where(np.arange(300) < 150, 12, 120)
    item = [luck.choice(400, n, False, weight) for n in length]
    log = a_log(np.repeat(np.arange(300), length).tolist(), np.concatenate(item).tolist(), catalog=catalog)
    distinct = np.array([len({kind for row in one for kind in catalog[row].categories}) for one in item])
    assert distinct[150:].mean() > distinct[:150].mean()
    for found in (diversity_by_choices(log), novelty_by_choices(log)):
        short, long = found.posterior[:150], found.posterior[150:]
        assert abs(short.mean() - long.mean()) <= max(0.03 * abs(long.mean()), 4 * short.std() / np.sqrt(150) + 0.01)


def test_who_sticks_to_one_kind_is_neither_diverse_nor_novel() -> None:
    luck = np.random.default_rng(9)
    catalog = films(200)
    comedies = [row for row, one in enumerate(catalog) if one.categories == ("Comedy",)]
    item = [luck.choice(200, 30, False) for _ in range(80)] + [np.array(comedies[:14])]
    user = np.repeat(np.arange(81), [len(one) for one in item])
    found = estimate(a_log(user.tolist(), np.concatenate(item).tolist(), catalog=catalog))
    for name in ("diversity", "novelty_seeking"):
        assert found.traits[name].value[80] == found.traits[name].value.min() < -2


def test_activity_goes_by_visits_where_times_are_known_and_by_number_otherwise() -> None:
    catalog = films()
    user = [0] * 40 + [1] * 40 + [2] * 40 + [3] * 30 + [4] * 3
    days = [*range(40), *[0] * 40, *[step // 4 for step in range(40)]]
    time = [1 + 86_400 * day for day in days] + [0] * 33
    found = estimate(a_log(user, [row % 120 for row in range(len(user))], catalog=catalog, time=time))
    activity = found.traits["activity"]
    assert activity.value[0] > activity.value[2] > activity.value[1]
    assert activity.value[3] > TYPICAL_VISITS_A_DAY > activity.value[4]
    assert activity.evidence(0) == "40 interactions in 40 visits"
    assert activity.evidence(1) == "40 interactions in 1 visit"
    assert activity.evidence(3) == "30 interactions"


def test_patience_is_told_only_of_people_whose_times_are_all_known() -> None:
    luck = np.random.default_rng(10)
    user, time = [], []
    for person in range(120):
        long = person % 2
        for visit in range(12):
            stays = int(luck.poisson(6 if long else 1)) + 1
            user += [person] * stays
            time += [1 + visit * 86_400 + 60 * step for step in range(stays)]
    time[-1] = 0
    catalog = films()
    found = patience_by_choices(a_log(user, luck.integers(0, 120, len(user)).tolist(), catalog=catalog, time=time))
    patient = np.arange(119) % 2 == 1
    assert found.value[:119][patient].min() > found.value[:119][~patient].max()
    assert found.confidence[119] == 0 and found.value[119] == 0


def test_a_log_of_choices_tells_nothing_of_the_other_traits() -> None:
    log, _ = raters(60)
    found = estimate(log)
    assert set(found.traits) == {trait.name for trait in BEHAVIOURAL}
    told = {name for name, trait in found.traits.items() if trait.confidence.any()}
    assert told == {"activity", "pickiness", "conformity", "novelty_seeking", "diversity"} & told
    assert {"pickiness", "activity"} <= told
    silent = found.traits["price_sensitivity"]
    assert not silent.value.any() and not silent.n.any() and silent.evidence(0) == ""


def test_tastes_are_shares_beside_the_crowds_and_short_histories_are_shrunk() -> None:
    luck = np.random.default_rng(11)
    catalog = films(200)
    horror = np.array(["Horror" in one.categories for one in catalog])
    item = [luck.choice(200, 25, False) for _ in range(100)]
    item += [np.flatnonzero(horror)[:20], np.flatnonzero(horror)[:3]]
    user = np.repeat(np.arange(102), [len(one) for one in item])
    found = tastes(a_log(user.tolist(), np.concatenate(item).tolist(), catalog=catalog))
    column = found.names.index("Horror")
    assert found.log_ratio[100, column] > found.log_ratio[101, column] > 0
    assert found.confidence[100, column] > found.confidence[101, column]
    assert found.divergence[100].argmax() == column
    assert found.doubt[101, column] > found.doubt[100, column]


def test_who_is_shown_nothing_but_comedies_is_not_taken_for_a_lover_of_them() -> None:
    luck = np.random.default_rng(12)
    catalog = films(200)
    comedy = np.array(["Comedy" in one.categories for one in catalog])
    user, item, position = [], [], []
    for person in range(120):
        pool = np.flatnonzero(comedy) if person == 0 else np.arange(200)
        for _ in range(6):
            user += [person] * 10
            item += luck.choice(pool, 10, False).tolist()
            position += list(range(10))
    clicked = luck.random(len(user)) < 0.3
    log = a_log(user, item, catalog=catalog, clicked=clicked.tolist(), position=position)
    column = catalog.category_names.index("Comedy")
    chosen = log.positives()
    assert tastes(chosen).log_ratio[0, column] > 0.5
    assert abs(tastes(chosen, log).log_ratio[0, column]) < 0.25


def test_a_category_rated_below_its_due_is_told_from_one_that_is_seldom_chosen() -> None:
    log, _ = raters(400, fewest=30)
    war = np.array(["War" in one.categories for one in log.catalog])
    dovish = log.user < 60
    rating = np.where(dovish & war[log.item], np.maximum(1, log.rating - 2), log.rating).astype(np.float32)
    log = a_log(log.user.tolist(), log.item.tolist(), catalog=log.catalog, rating=rating.tolist())
    found = tastes(log, None, effects(log))
    column = found.names.index("War")
    assert (found.rated[:60, column] < -0.4).mean() > 0.9 > 0.1 > (found.rated[60:, column] < -0.4).mean()
    assert abs(float(found.log_ratio[:60, column].mean())) < 0.1
    likes = category_likes(found, 1.0)
    assert (likes.disliked[:60, column] > 0).mean() > 0.9


@pytest.mark.parametrize("shuffled", [1, 2])
def test_estimates_do_not_depend_on_the_order_of_rows(shuffled: int) -> None:
    log, _ = raters(80)
    order = np.random.default_rng(shuffled).permutation(len(log))
    one, other = estimate(log), estimate(log.select(order))
    for name, trait in one.traits.items():
        assert np.allclose(trait.value, other.traits[name].value, atol=1e-5), name
    assert np.allclose(one.tastes.log_ratio, other.tastes.log_ratio)


def told_of(found: Estimates) -> set[str]:
    return {name for name, trait in found.traits.items() if trait.confidence.any()}


def test_logs_that_tell_nothing_are_answered_without_an_error() -> None:
    catalog = films(5)
    assert told_of(estimate(a_log([], [], catalog=catalog, n=3))) == set()
    assert told_of(estimate(a_log([0], [0], catalog=catalog))) == set()
    bare = Catalog(tuple(Item(item_id=f"x{row}") for row in range(8)))
    found = estimate(a_log([0, 0, 1, 2], [1, 2, 3, 3], catalog=bare, n=4))
    assert found.tastes.share.shape == (4, 0)
    assert found.traits["activity"].value[3] == pytest.approx(TYPICAL_VISITS_A_DAY)
    assert found.interactions.tolist() == [2, 1, 1, 0]
    one_page = a_log([0, 0], [1, 2], catalog=catalog, clicked=[False, False], position=[0, 1], time=[5, 5])
    assert "position_habit" in estimate(one_page).traits
