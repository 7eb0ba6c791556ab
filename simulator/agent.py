"""A person as Mesa sees one: a light view of one row of the block's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa

if TYPE_CHECKING:
    from simulator.world import World


class SimulatedUser(mesa.Agent):  # type: ignore[misc]
    """One simulated person. State lives in the world's arrays, so that a turn is arithmetic over all people at once."""

    def __init__(self, model: World, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def user_id(self) -> str:
        """External id."""
        return str(self.model.people.user_ids[self.row])

    @property
    def person(self) -> Any:
        """Traits by name (`simulator.population.Person`)."""
        return self.model.people.person(self.row)

    @property
    def in_session(self) -> bool:
        """Whether the person is on the platform now."""
        return bool(self.model.state.in_session[self.row])

    @property
    def fatigue(self) -> float:
        """Tiredness, 0 (fresh) to 1."""
        return float(self.model.state.fatigue[self.row])

    @property
    def mood(self) -> float:
        """Valence, -1 to 1."""
        return float(self.model.state.mood[self.row])

    @property
    def satisfaction(self) -> float:
        """Overall satisfaction, 1 to 5: follows the pages'."""
        return float(self.model.state.satisfaction[self.row])
