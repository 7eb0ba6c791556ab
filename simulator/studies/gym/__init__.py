"""The simulator as a Gymnasium environment, ``Understudy-v0``: slates in, what a platform sees of people out.

    import simulator
    env = simulator.make("Understudy-v0", scenario="quickstart", reward="satisfaction")
    envs = simulator.make("Understudy-v0", num_envs=1000)

The same people, laws and minds as a run of the scenario: with the same seed, a person who is shown the same pages does
the same. `gymnasium.make("simulator.studies.gym:Understudy-v0")` imports this package, which registers the id;
Gymnasium has no entry points for plug-ins since its version 1.0.
"""

from __future__ import annotations

from typing import Any

from simulator.records import UserInputError

try:
    import gymnasium
except ModuleNotFoundError:
    raise UserInputError(
        'the environment needs Gymnasium, which is not installed. Type: pip install -e ".[gym]" -c constraints.txt'
    ) from None

ID = "Understudy-v0"

if ID not in gymnasium.registry:
    gymnasium.register(
        ID,
        entry_point="simulator.studies.gym.single:UnderstudyEnv",
        vector_entry_point="simulator.studies.gym.vector:UnderstudyVectorEnv",
    )


def make(name: str = ID, /, *, num_envs: int | None = None, **settings: Any) -> Any:
    """`gymnasium.make`, or, with `num_envs`, `gymnasium.make_vec`; settings are those of `UnderstudyEnv`."""
    return gymnasium.make(name, **settings) if num_envs is None else gymnasium.make_vec(name, num_envs, **settings)
