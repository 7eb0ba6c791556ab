"""What goes wrong with a recommender, said once and whole."""

from __future__ import annotations

from simulator.records import UserInputError


class PluginError(UserInputError):
    """A recommender broke the contract: it raised, was too slow, or returned what no page can be made of.

    The message names the recommender, the person and the turn where there are any, what was wrong, and the line of the
    contract that says otherwise. Raised before the first turn (loading, `fit`, the probe) it refuses the run; raised
    during the run it fails the arm.
    """

    def __init__(
        self, plugin: str, fault: str, rule: str, *, user_id: str | None = None, turn: int | None = None
    ) -> None:
        self.plugin, self.fault, self.rule, self.user_id, self.turn = plugin, fault, rule, user_id, turn
        place = [] if user_id is None else [f"user {user_id!r}"]
        place += [] if turn is None else [f"turn {turn}"]
        where = ", ".join([f"recommender {plugin!r}", *place])
        super().__init__(f"{where}: {fault}. The contract: {rule}")
