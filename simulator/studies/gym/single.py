"""One person at a time: the environment that `gymnasium.make` gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import gymnasium
import numpy as np
import numpy.typing as npt

from simulator.records import UserInputError
from simulator.studies.gym.episode import Episode, Invalid, checked
from simulator.studies.gym.platform import Platform
from simulator.studies.gym.rewards import Reward, reward_of
from simulator.studies.gym.spaces import MOST, action_space, observation_space, observed
from simulator.studies.gym.theatre import AnyScenario, open_theatre

Kind = Literal["life", "visit"]
Observation = dict[str, Any]


class UnderstudyEnv(Platform, gymnasium.Env[Observation, npt.NDArray[np.int64]]):
    """A person in front of the pages that an agent makes. Spaces: `simulator.studies.gym.spaces`.

    scenario: a shipped name, a file, plain values, or a loaded scenario; its arms do not matter. overrides: as `--set`
    has them. reward: see `simulator.studies.gym.rewards`. person: who; None: somebody else, by lot, in each life.

    episode: ``life`` is the scenario's number of turns, counted from the person's first visit; turns in which they are
    not there pass by themselves, and the end is a truncation. ``visit`` ends when the person leaves (terminated), and
    `reset` goes on to their next visit as long as their life lasts.

    invalid: what happens to a place that holds an item for the second time, or one that the person chose before or was
    already shown in this visit (`info["action_mask"]` is 1 for items that may be shown). ``leave_empty``: the place
    stays empty, and `info["refused"]` says so; a page without any item ends the visit. ``refuse``: UserInputError.

    `reset(seed=s)` gives the luck that a run of the scenario with seed s has, and `reset(seed=s, options={"person":
    id})` that person of it. People and minds are fitted with the scenario's own first seed. Later resets draw seeds
    from the first one; a first reset without any takes the scenario's.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - the base class has it so

    def __init__(
        self,
        scenario: AnyScenario = "quickstart",
        *,
        overrides: Sequence[str] = (),
        episode: Kind = "life",
        reward: Reward = "clicks",
        person: str | None = None,
        invalid: Invalid = "leave_empty",
        data_dir: Path | None = None,
    ) -> None:
        checked("episode", episode, Kind)
        checked("invalid", invalid, Invalid)
        self._pay = reward_of(reward)
        self._kind, self._person, self._invalid = episode, person, invalid
        self._theatre = open_theatre(scenario, overrides=overrides, data_dir=data_dir)
        self._troupe = self._theatre.troupe(self._theatre.everyone, 1)
        self.action_space = action_space(self._theatre)
        self.observation_space = observation_space(self._theatre)
        self._episode: Episode | None = None
        self._end = 0
        self._visit_over = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a life, or (``episode="visit"``) go on to the next visit. Raises UserInputError for unknown people."""
        if seed is None and self._np_random is None:
            seed = self._theatre.plan.seed
        super().reset(seed=seed)
        person = (options or {}).get("person", self._person)
        goes_on = self._visit_over and seed is None and not options
        self._visit_over = False
        with self._theatre.settled():
            if goes_on and self._episode is not None:
                self._episode.wait(self._end)
            if (
                not goes_on
                or self._episode is None
                or not self._episode.present.size
                or self._episode.turn >= self._end
            ):
                self._begin(self._drawn() if seed is None else seed, person)
        return self._observation(), self._info()

    def _drawn(self) -> int:
        return int(self.np_random.integers(2**31))

    def _begin(self, seed: int, person: str | None) -> None:
        everyone = self._theatre.everyone
        if person is None:
            row = int(self.np_random.integers(len(everyone)))
        else:
            found = np.flatnonzero(everyone.user_ids == str(person))
            if not found.size:
                raise UserInputError(f"person: there is nobody called {str(person)[:80]!r} in this scenario")
            row = int(found[0])
        if self._episode is not None:
            self._episode.close()
        self._episode = Episode(self._troupe, row, seed, self._invalid)
        self._episode.wait(MOST)
        self._end = self._episode.turn + self._theatre.plan.turns

    def step(self, action: npt.NDArray[np.int64]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Show one page. Raises UserInputError for actions outside of the space, and see `invalid`."""
        episode = self._now
        with self._theatre.settled():
            page, refused = episode.step(np.asarray(action)[None])
            left = bool(page.left[0])
            if self._kind == "visit" and left:
                self._visit_over = True
            else:
                episode.wait(self._end)
        truncated = not self._visit_over and episode.turn >= self._end
        more = {"refused": refused[0], "left": left}
        return self._observation(), float(self._pay(page)[0]), self._visit_over, truncated, self._info() | more

    def _observation(self) -> Observation:
        return {name: values[0].copy() for name, values in observed(self._now).items()}

    def _info(self) -> dict[str, Any]:
        episode = self._now
        return {
            "user_id": str(episode.world.view.user_ids[0]),
            "seed": episode.seed,
            "action_mask": episode.may_be_shown()[0],
        }

    def close(self) -> None:
        """Let go of the world."""
        if self._episode is not None:
            self._episode.close()
            self._episode = None
