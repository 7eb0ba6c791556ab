"""Whether a recommender knows people from elsewhere than what it was given: it is fitted again with their ids changed.

A plug-in that reads the dataset's file, or a service that was trained on all of the log, has seen what is held out, and
no accuracy is too high to be honest. But what it looks up by a person's id is lost once everybody bears another id,
while all that it may learn from (who chose what, in which order, the items and their texts, facts about people) is as
before, and so is its luck. So the loss of accuracy from new ids, person by person, measures what it knew of them by
their ids alone. It cannot catch what finds people by their histories, or item vectors that were trained on everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from recommenders.contract import Recommender
from recommenders.host import Host
from simulator.evaluation import statistics
from simulator.evaluation.offline.accuracy import accuracy
from simulator.evaluation.offline.rank import Rankings, rank
from simulator.evaluation.offline.splits import Holdout
from simulator.evaluation.statistics import Estimate
from simulator.randomness import keys_of
from simulator.records import Ids

CONFIDENCE = 0.999
"""An accusation wants better grounds than a difference between two recommenders does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlindTest:
    """What new ids cost a recommender."""

    loss: Estimate
    """nDCG with the true ids less that with new ones, over persons."""
    knows_people: bool
    """Whether the loss is above 0 beyond doubt (`CONFIDENCE`)."""
    note: str
    """The same in words."""


def blind_test(make: Callable[[], Recommender], rankings: Rankings, holdout: Holdout, *, seed: int = 0) -> BlindTest:
    """Fit what `make` makes once more, on `holdout.train` under new user ids, and compare with `rankings`.

    `make` gives a new, unfitted recommender with the parameters of the one that made `rankings`; `seed` is that of
    `rank`. Costs a fit and a ranking. Raises PluginError for a breach of the contract.
    """
    k = rankings.items.shape[1]
    host = Host(make(), rankings.name)
    try:
        hidden = replace(holdout, train=replace(holdout.train, user_ids=_new_ids(holdout.train.user_ids)))
        host.fit(hidden.train.catalog, hidden.train)
        # Luck stays with the person, so that only the id differs.
        keys = keys_of(holdout.train.user_ids[holdout.people].tolist())
        again = rank(host, hidden, k, seed=seed, keys=keys)
    finally:
        host.close()
    before, after = (accuracy(lists.items, holdout.relevant, (k,))[f"ndcg@{k}"] for lists in (rankings, again))
    loss = statistics.mean(before - after, holdout.train.user_ids[holdout.people])
    knows = bool(loss.interval(CONFIDENCE)[0] > 0)
    told = f"{rankings.name}: nDCG@{k} is {np.nanmean(before):.3f} with the true user ids and {np.nanmean(after):.3f} "
    if knows:
        told += (
            "with new ones. It knows something about people by their ids that is not in the log it was given: the "
            "held-out choices, or a table of its own. Do not compare its accuracy with others'."
        )
    else:
        told += "with new ones: it gains nothing from looking people up by their ids."
    return BlindTest(loss=loss, knows_people=knows, note=told)


def _new_ids(user_ids: Ids) -> Ids:
    """An id for each person that tells nothing of the old one, the same at every call."""
    hidden = keys_of(f"blind/{user_id}" for user_id in user_ids.tolist())
    return np.array([f"person-{key:016x}" for key in hidden.tolist()], dtype=np.str_)
