"""Many people at once: one world whose turn is arithmetic over all of them, not an environment each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from simulator.records import Bools, UserInputError
from simulator.studies.gym.episode import Episode, Invalid, checked
from simulator.studies.gym.platform import Platform
from simulator.studies.gym.rewards import F64, Reward, reward_of
from simulator.studies.gym.single import Kind, Observation
from simulator.studies.gym.spaces import action_space, observation_space, observed
from simulator.studies.gym.theatre import AnyScenario, Troupe, open_theatre
from simulator.turn import Page

Step = tuple[Observation, F64, Bools, Bools, dict[str, Any]]


class UnderstudyVectorEnv(Platform, VectorEnv[Observation, npt.NDArray[np.int64], npt.NDArray[Any]]):
    """`num_envs` people, a sub-environment each, who share the clock as they do in a run: a step is a turn.

    Settings are those of `UnderstudyEnv`. Who is not there in a turn has ``present`` 0: then the action does not count,
    the reward is 0 and nothing else changes. Turns in which nobody is there pass by themselves. A life is the
    scenario's number of turns, for all the same; at its end everybody is truncated and a new one begins with a new
    seed. With ``episode="visit"`` a person's episode terminates when they leave, and their next one is their next
    visit. Episodes begin anew in the same step (`AutoresetMode.SAME_STEP`): `info["final_obs"]` holds the last
    observation of those that ended.

    The people are everybody if `num_envs` is the size of the population; else so many are drawn for each life.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 1,
        scenario: AnyScenario = "quickstart",
        *,
        overrides: Sequence[str] = (),
        episode: Kind = "life",
        reward: Reward = "clicks",
        invalid: Invalid = "leave_empty",
        data_dir: Path | None = None,
    ) -> None:
        checked("episode", episode, Kind)
        checked("invalid", invalid, Invalid)
        self._pay, self._kind, self._invalid = reward_of(reward), episode, invalid
        self._theatre = open_theatre(scenario, overrides=overrides, data_dir=data_dir)
        if not 1 <= num_envs <= len(self._theatre.everyone):
            raise UserInputError(
                f"num_envs: {num_envs:,} people are asked for, and the scenario has {len(self._theatre.everyone):,}. "
                "Raise its population.size"
            )
        self.num_envs = num_envs
        self.single_action_space = action_space(self._theatre)
        self.single_observation_space = observation_space(self._theatre)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._rows: npt.NDArray[np.int64] | None = None
        self._troupe: Troupe | None = None
        self._episode: Episode | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a life of everybody. `seed`: see `UnderstudyEnv`."""
        if seed is None and self._np_random is None:
            seed = self._theatre.plan.seed
        super().reset(seed=seed)
        with self._theatre.settled():
            self._begin(self._drawn() if seed is None else seed)
        return observed(self._now), self._info()

    def _drawn(self) -> int:
        return int(self.np_random.integers(2**31))

    def _begin(self, seed: int) -> None:
        everyone, n = self._theatre.everyone, self.num_envs
        rows = np.arange(n)
        if n < len(everyone):
            rows = np.sort(self.np_random.choice(len(everyone), n, replace=False))
        if self._troupe is None or self._rows is None or not np.array_equal(rows, self._rows):
            self._rows, self._troupe = rows, self._theatre.troupe(everyone.take(rows), n)
        if self._episode is not None:
            self._episode.close()
        self._episode = Episode(self._troupe, 0, seed, self._invalid)
        self._episode.wait(self._theatre.plan.turns)

    def step(self, actions: npt.NDArray[np.int64]) -> Step:
        """Show a page to everyone who is present. Raises UserInputError as `UnderstudyEnv.step` does."""
        episode = self._now
        with self._theatre.settled():
            page, refused = episode.step(np.asarray(actions))
            rewards, left = self._by_person(page)
            more = {"refused": refused, "left": left}
            terminated: Bools = left if self._kind == "visit" else np.zeros_like(left)
            final = self._final({}, terminated, more)
            episode.wait(self._theatre.plan.turns)
            over = episode.turn >= self._theatre.plan.turns
            truncated: Bools = np.full(self.num_envs, over) & ~terminated
            final = self._final(final, truncated, more)
            if over:
                self._begin(self._drawn())
        info = self._info() | more
        told = {f"_{name}": np.ones(self.num_envs, dtype=np.bool_) for name in info}
        return observed(self._now), rewards, terminated, truncated, info | told | final

    def _by_person(self, page: Page) -> tuple[F64, Bools]:
        rewards, left = np.zeros(self.num_envs), np.zeros(self.num_envs, dtype=np.bool_)
        rewards[page.rows], left[page.rows] = self._pay(page), page.left
        return rewards, left

    def _final(self, told: dict[str, Any], ended: Bools, more: dict[str, Any]) -> dict[str, Any]:
        """`told`, and how it stands with those whose episode ended."""
        if not ended.any():
            return told
        seen, info = observed(self._now), self._info() | more
        for i in np.flatnonzero(ended).tolist():
            last = {name: values[i].copy() for name, values in seen.items()}
            said = {name: values[i] for name, values in info.items()}
            told = self._add_info(told, {"final_obs": last, "final_info": said}, i)
        return told

    def _info(self) -> dict[str, Any]:
        episode = self._now
        return {
            "user_id": episode.world.view.user_ids.astype(object),
            "seed": np.full(self.num_envs, episode.seed),
            "action_mask": episode.may_be_shown(),
        }

    def close_extras(self, **kwargs: Any) -> None:
        """Let go of the world."""
        if self._episode is not None:
            self._episode.close()
            self._episode = None
