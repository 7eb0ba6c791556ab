"""Understudy-v0: Gymnasium's own checks hold, and its people are those of a run of the same scenario."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pandas as pd
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from small_runs import rows_of

import simulator
import simulator.studies.gym
from recommenders.loading import load_recommender
from scenarios.loader import check as checked_scenario
from simulator.records import UserInputError
from simulator.studies import ab
from simulator.studies.gym.single import UnderstudyEnv
from simulator.studies.gym.vector import UnderstudyVectorEnv

N, K, TURNS = 60, 5, 7
SCENARIO: dict[str, Any] = {
    "name": "small",
    "seed": [5, 6],
    "population": {"size": N},
    "world": {"turns": TURNS, "slate_size": K},
    "arms": {"fixed": "ease", "learning": {"recommender": "thompson", "params": {"draws": 8}}},
    "evaluation": {"minds": "single", "control": "fixed"},
}


@pytest.fixture(scope="module", autouse=True)
def kept_open() -> Iterator[None]:
    """One environment lives as long as the module, so that minds are fitted once."""
    env = UnderstudyEnv(SCENARIO)
    yield
    env.close()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The journal of a run of the scenario."""
    folder = tmp_path_factory.mktemp("gym")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.report.html.write_report", lambda folder: None)
        outcome = ab.run(checked_scenario(SCENARIO, file="test", base_dir=folder), folder / "run", command=["test"])
    assert outcome.status == ab.DONE, outcome.message
    return rows_of(folder / "run")


def random_page(env: UnderstudyEnv, info: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(np.flatnonzero(info["action_mask"]))[:K]


def same_page(rows: pd.DataFrame, env: Any, row: int, seen: dict[str, Any]) -> None:
    """What a person did on a page, in the journal and in an observation."""
    ids = env.unwrapped.catalog.item_ids
    assert rows["item_id"].tolist() == ids[seen["items"]].tolist()
    np.testing.assert_array_equal(rows["clicked"].to_numpy(), seen["clicked"].astype(bool))
    np.testing.assert_array_equal(rows["dwell_s"].to_numpy(), seen["dwell_s"])
    np.testing.assert_array_equal(np.nan_to_num(rows["rating"].to_numpy()), seen["rating"])


@pytest.mark.parametrize("arm", ["fixed", "learning"])
@pytest.mark.parametrize("seed", [5, 6])
def test_people_do_what_they_do_in_a_run_of_the_scenario(arm: str, seed: int, lived: pd.DataFrame) -> None:
    """With a built-in as the agent, every page of every person: the same items, clicks, seconds, ratings, and answers
    to the survey."""
    env = UnderstudyVectorEnv(N, SCENARIO, reward="satisfaction")
    spec = SCENARIO["arms"][arm]
    name, params = (spec, {}) if isinstance(spec, str) else (spec["recommender"], spec["params"])
    agent = load_recommender(name, params, seed=5)
    agent.fit(env.catalog, env.log)
    env.reset(seed=seed)
    rows = lived[(lived["arm"] == arm) & (lived["seed"] == seed)]
    pages = dict(list(rows.groupby(["turn", "user_id"])))
    met, over = 0, False
    while not over:
        requests, action = env.requests, np.zeros((N, K), dtype=np.int64)
        action[requests.rows] = agent.recommend(requests, K).items  # type: ignore[attr-defined]
        people = [str(person) for person in requests.view.user_ids[requests.rows]]
        _, reward, _, truncated, info = env.step(action)
        over = bool(truncated.any())
        for row, person in zip(requests.rows.tolist(), people, strict=True):
            page = pages[requests.turn, person]
            if over:
                seen = info["final_obs"][row]
            else:
                seen = {name: getattr(env._now, name)[row] for name in ("items", "clicked", "dwell_s", "rating")}
            same_page(page, env, row, seen)
            assert reward[row] == page["satisfaction"].iloc[0]
            met += 1
        if not over and agent.learns:
            agent.observe(env.feedback)
    assert met == len(pages) > N
    env.close()


def test_one_person_alone_is_who_they_are_among_the_others(lived: pd.DataFrame) -> None:
    env = UnderstudyEnv(SCENARIO, reward={"clicks": 1.0})
    agent = load_recommender("ease")
    agent.fit(env.catalog, env.log)
    rows = lived[(lived["arm"] == "fixed") & (lived["seed"] == 6)]
    for person in rows["user_id"].unique()[::12]:
        mine = dict(list(rows[rows["user_id"] == person].groupby("turn")))
        seen, info = env.reset(seed=6, options={"person": person})
        assert info["user_id"] == person
        for turn, page in mine.items():
            assert int(seen["turn"][0]) == turn
            assert [int(seen["page"][0]), int(seen["visit"][0])] == page[["page", "session"]].iloc[0].tolist()
            seen, reward, _, _, _ = env.step(agent.recommend(env.requests, K).items[0])  # type: ignore[attr-defined]
            same_page(page, env, 0, seen)
            assert reward == page["clicked"].sum()
    env.close()


@pytest.mark.parametrize("episode", ["life", "visit"])
def test_gymnasiums_own_check_finds_nothing_to_warn_of(episode: str) -> None:
    env = gymnasium.make("Understudy-v0", scenario=SCENARIO, episode=episode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped)
    env.close()


def test_the_same_seed_gives_the_same_life_and_another_seed_another() -> None:
    def life(seed: int) -> list[Any]:
        env, rng = UnderstudyEnv(SCENARIO), np.random.default_rng(0)
        seen, info = env.reset(seed=seed)
        out: list[Any] = [seen]
        over = False
        while not over:
            seen, reward, terminated, over, info = env.step(random_page(env, info, rng))
            assert not terminated and seen in env.observation_space
            out += [seen, reward, info]
        seen, info = env.reset()
        return [*out, seen, info]

    once, again, other = life(1), life(1), life(2)
    assert data_equivalence(once, again, exact=True)
    assert not data_equivalence(once, other)


def test_a_first_reset_without_a_seed_takes_the_scenarios() -> None:
    one, other = UnderstudyEnv(SCENARIO), UnderstudyEnv(SCENARIO)
    assert data_equivalence(one.reset(), other.reset(seed=5), exact=True)


def test_a_life_ends_by_truncation_after_the_scenarios_turns_from_the_first_visit() -> None:
    env, rng = UnderstudyEnv(SCENARIO), np.random.default_rng(0)
    for seed in range(4):
        seen, info = env.reset(seed=seed)
        first, last, over = int(seen["turn"][0]), int(seen["turn"][0]), False
        while not over:
            assert seen["present"][0] == 1 and seen["turn"][0] < first + TURNS
            last = int(seen["turn"][0])
            seen, _, terminated, over, info = env.step(random_page(env, info, rng))
            assert not terminated and seen["turn"][0] > last
        assert seen["turn"][0] == first + TURNS


def test_a_visit_ends_when_the_person_leaves_and_the_next_episode_is_their_next_visit() -> None:
    env, rng = UnderstudyEnv(SCENARIO, episode="visit"), np.random.default_rng(0)
    _, info = env.reset(seed=3)
    went_on = 0
    for _ in range(30):
        person, seed = info["user_id"], info["seed"]
        terminated = truncated = False
        while not (terminated or truncated):
            seen, _, terminated, truncated, info = env.step(random_page(env, info, rng))
            assert terminated == info["left"]
        visit = int(seen["visit"][0])
        seen, info = env.reset()
        assert seen["page"][0] == 0 and seen["present"][0] == 1
        if info["seed"] == seed:
            assert terminated and info["user_id"] == person and seen["visit"][0] == visit + 1
            went_on += 1
        else:
            assert seen["visit"][0] == 0
    assert went_on > 5


def test_places_that_may_not_be_filled_stay_empty_or_are_refused() -> None:
    env = UnderstudyEnv(SCENARIO)
    _, info = env.reset(seed=4)
    known = int(np.flatnonzero(info["action_mask"] == 0)[0])
    free = np.flatnonzero(info["action_mask"])[:3]
    page = np.array([free[0], known, free[1], free[0], free[2]])
    seen, _, _, _, info = env.step(page)
    assert seen["items"].tolist() == [free[0], -1, free[1], -1, free[2]]
    assert info["refused"].tolist() == [False, True, False, True, False]
    strict = UnderstudyEnv(SCENARIO, invalid="refuse")
    strict.reset(seed=4)
    with pytest.raises(UserInputError, match=r"action: place 1 of .* was chosen before.*info\['action_mask'\]"):
        strict.step(page)
    for wrong in (np.zeros(K + 1, dtype=int), np.zeros(K), np.full(K, 10**6), np.full(K, -1)):
        with pytest.raises(UserInputError, match="action: "):
            strict.step(wrong)


def test_a_page_of_nothing_ends_the_visit() -> None:
    env = UnderstudyEnv(SCENARIO, episode="visit")
    _, info = env.reset(seed=4)
    known = int(np.flatnonzero(info["action_mask"] == 0)[0])
    _, reward, terminated, _, _ = env.step(np.full(K, known))
    assert terminated and reward == 0


def test_what_is_latent_is_in_no_observation_and_no_info(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of the latent columns of a page on its way to the agent, the agent sees the same."""
    from simulator.world import World

    def life() -> list[Any]:
        env, rng = UnderstudyEnv(SCENARIO), np.random.default_rng(0)
        seen, info = env.reset(seed=8)
        out = [seen, info]
        for _ in range(4):
            seen, reward, _, _, info = env.step(random_page(env, info, rng))
            out += [seen, reward, info]
        return out

    before = life()
    learn = World.learn

    def poisoned(self: World, page: Any) -> None:
        learn(self, page)
        for name in ("noticed", "examined", "liked", "want", "taste", "satisfaction", "fatigue", "mood"):
            values = getattr(page, name)
            setattr(page, name, ~values if values.dtype == np.bool_ else np.full_like(values, 77))

    monkeypatch.setattr(World, "learn", poisoned)
    assert data_equivalence(before, life(), exact=True)


@pytest.mark.parametrize(
    ("reward", "least", "most"), [("clicks", 0, K), ("dwell", 0, 10**6), ("satisfaction", 1, 5), ("return", -90, 0)]
)
def test_rewards_are_what_they_are_called(reward: str, least: float, most: float) -> None:
    env, rng = UnderstudyEnv(SCENARIO, reward=reward), np.random.default_rng(0)
    other = UnderstudyEnv(SCENARIO, reward={reward: 2.0})
    _, info = env.reset(seed=2)
    other.reset(seed=2)
    over = False
    while not over:
        action = random_page(env, info, rng)
        seen, paid, _, over, info = env.step(action)
        assert least <= paid <= most
        if reward == "clicks":
            assert paid == seen["clicked"].sum()
        if reward == "dwell":
            assert paid == pytest.approx(seen["dwell_s"].sum())
        if reward == "return":
            assert (paid < 0) == info["left"]
        assert other.step(action)[1] == pytest.approx(2 * paid)


def test_the_vectorised_one_is_one_world_that_keeps_gymnasiums_rules() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = RecordEpisodeStatistics(simulator.make(num_envs=20, scenario=SCENARIO))
    assert envs.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert envs.num_envs == 20 and envs.action_space.shape == (20, K)
    seen, info = envs.reset(seed=1)
    assert seen in envs.observation_space and info["action_mask"].shape[0] == 20
    people = info["user_id"].tolist()
    assert len(set(people)) == 20
    ended = 0
    for _ in range(2 * TURNS):
        present, before = seen["present"][:, 0].astype(bool), seen
        envs.action_space.seed(0)
        seen, reward, terminated, truncated, info = envs.step(envs.action_space.sample())
        assert seen in envs.observation_space
        assert (reward[~present] == 0).all() and not info["refused"][~present].any()
        if truncated.any():
            assert truncated.all() and not terminated.any()
            assert all(final["turn"][0] == TURNS for final in info["final_obs"])
            assert (seen["items"] == -1).all() and "episode" in info
            assert info["user_id"].tolist() != people
            ended += 1
        else:
            for name in ("items", "clicked", "dwell_s", "rating"):
                np.testing.assert_array_equal(seen[name][~present], before[name][~present])
    assert ended >= 1
    envs.close()


def test_visits_of_the_vectorised_one_begin_anew_in_the_same_step() -> None:
    envs = UnderstudyVectorEnv(N, SCENARIO, episode="visit")
    seen, _ = envs.reset(seed=1)
    envs.action_space.seed(0)
    while True:
        visits = seen["visit"][:, 0]
        seen, _, terminated, truncated, info = envs.step(envs.action_space.sample())
        np.testing.assert_array_equal(terminated, info["left"])
        if truncated.any():
            assert not (truncated & terminated).any() and (truncated | terminated).all()
            break
        np.testing.assert_array_equal(seen["visit"][~terminated, 0] >= visits[~terminated], True)
        for row in np.flatnonzero(terminated):
            assert info["final_obs"][row]["page"][0] > 0


def test_what_is_wrong_is_said_with_its_cure() -> None:
    with pytest.raises(UserInputError, match=r"num_envs: 61 people are asked for, and the scenario has 60"):
        UnderstudyVectorEnv(N + 1, SCENARIO)
    with pytest.raises(UserInputError, match="there is nobody called 'nobody'"):
        UnderstudyEnv(SCENARIO, person="nobody").reset()
    for settings, told in (
        ({"episode": "day"}, "episode: it must be one of life, visit"),
        ({"invalid": "x"}, "invalid: it must be one of leave_empty, refuse"),
        ({"reward": "joy"}, "reward: it must be of clicks, dwell, satisfaction, return"),
        ({"reward": {}}, "reward: .* not nothing"),
    ):
        with pytest.raises(UserInputError, match=told):
            UnderstudyEnv(SCENARIO, **settings)  # type: ignore[arg-type]
    with pytest.raises(UserInputError, match="an environment is lived with statistical minds"):
        UnderstudyEnv("llm_scripted")
    with pytest.raises(gymnasium.error.ResetNeeded):
        UnderstudyEnv(SCENARIO).step(np.zeros(K, dtype=int))


@pytest.mark.parametrize(
    "code",
    [
        "import sys, simulator, simulator.cli.main; assert 'gymnasium' not in sys.modules; simulator.make(scenario=S)",
        "import gymnasium; gymnasium.make('simulator.studies.gym:Understudy-v0', scenario=S)",
    ],
)
def test_the_id_is_found_in_a_fresh_process(code: str) -> None:
    """Up to the scenario, which is refused, so that no mind need be fitted."""
    there_is_none = code.replace("=S", "='there is none'")
    ran = subprocess.run([sys.executable, "-c", there_is_none], capture_output=True, text=True, check=False)
    assert "simulator.records.UserInputError: " in ran.stderr and "there is none" in ran.stderr, ran.stderr


def test_the_example_beats_chance() -> None:
    example = Path(__file__).parents[3] / "examples" / "gym_bandit.py"
    ran = subprocess.run([sys.executable, str(example)], capture_output=True, text=True, check=True)
    rates = [float(line.split()[-1]) for line in ran.stdout.splitlines() if "clicks a page" in line]
    assert len(rates) == 2 and rates[1] > 1.5 * rates[0], ran.stdout
