"""What goes wrong with a recommender, said once and whole."""

from __future__ import annotations

from simulator.records import UserInputError

RULES = {
    "fit": "fit(catalog, log) learns from what the platform knows, once, before anything else",
    "recommend": "recommend(requests, k) answers every batch of requests with slates",
    "log_prob": "log_prob(requests, slates) gives the logarithm of the probability of each slate",
    "observe": "observe(feedback) takes note of a turn",
    "save": "save(folder) writes what load(folder) reads",
    "load": "save(folder) writes what load(folder) reads",
}
"""The line of the contract that each call stands under."""


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


class NotMadeError(UserInputError):
    """The recommender was found and its parameters fit, but making it raised."""


def too_slow(plugin: str, verb: str, timeout_s: float, *, size: int = 0, turn: int | None = None) -> PluginError:
    """The error of a call that took longer than it may. `size`: how many requests or events it was about."""
    batch = f" for a batch of {size:,}" if size else ""
    setting = "fit_timeout_s" if verb in ("fit", "load") else "timeout_s"
    fault = f"{verb} is too slow: no answer within {timeout_s:g} s{batch}"
    cure = f"{RULES[verb]}, within {setting}. Make it faster, or raise the arm's {setting}"
    return PluginError(plugin, fault, cure, turn=turn)
