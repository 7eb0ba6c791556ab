"""In which order items stand in a prompt. Language models favour places of a list, so the list is shuffled by a key.

The key holds the seed, the person, the turn and the item: the same noticed items stand in the same order in every arm,
wherever the recommender had put them.
"""

from __future__ import annotations

import numpy as np

from simulator.randomness import U64, Stream
from simulator.records import I32, Bools


def asked_places(seed: int, keys: U64, turn: int, item_keys: U64, noticed: Bools) -> list[I32]:
    """For each person the places of the noticed items, in the order in which the prompt lists them.

    `keys` (n,), `item_keys` and `noticed` (n, k). The j-th entry of a person's list is the place of slot j, so values
    by slot go back with ``by_place[places] = by_slot``.
    """
    luck = Stream.of(seed, "mind", "order").bits(keys, turn, item_keys)
    order = np.argsort(luck, axis=1, kind="stable").astype(np.int32)
    return [places[seen[places]] for places, seen in zip(order, noticed, strict=True)]
