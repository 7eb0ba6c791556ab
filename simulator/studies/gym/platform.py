"""What both environments show of the platform: its items, its log, and what a recommender would be asked and told."""

from __future__ import annotations

from gymnasium.error import ResetNeeded

from recommenders.contract import Feedback, RequestBatch
from simulator.records import Catalog, InteractionLog
from simulator.studies.gym.episode import Episode
from simulator.studies.gym.theatre import Theatre


class Platform:
    """The platform's side of an environment; with it, any recommender can play the agent."""

    _theatre: Theatre
    _episode: Episode | None

    @property
    def catalog(self) -> Catalog:
        """The items; an action holds its rows."""
        return self._theatre.log.catalog

    @property
    def log(self) -> InteractionLog:
        """What the platform knows before the first page, to begin with."""
        return self._theatre.log

    @property
    def requests(self) -> RequestBatch:
        """What a recommender would be asked now, for those who are present (`requests.rows`)."""
        return self._now.requests

    @property
    def feedback(self) -> Feedback:
        """What a recommender would be told of the last turn."""
        return self._now.feedback

    @property
    def _now(self) -> Episode:
        if self._episode is None:
            raise ResetNeeded("Understudy-v0: call reset() before anything else")
        return self._episode
