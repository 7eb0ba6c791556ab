"""SASRec: self-attention over the last choices, learnt with PyTorch and served with NumPy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recommenders.builtin.attention import Encoder
from recommenders.builtin.parameters import real, whole
from recommenders.builtin.stored import Stored
from recommenders.sequence import SequenceRecommender, ordered_only, sessions_of
from simulator.products import rowwise_product
from simulator.records import F32, I32, InteractionLog, UserInputError


class SASRec(SequenceRecommender, Stored):
    """Self-attention over a person's last choices, trained to tell the next one from all other items.

    factors: width of the embeddings. blocks: layers of attention. heads: of each layer; they share `factors`. window:
    how many of the last choices are read. dropout: share of values zeroed in training. epochs: passes over the log.
    learning_rate, batch_size: of Adam; a batch counts sequences. negatives: how many items, drawn anew for each
    batch, a choice is told from; null: all of the catalogue. seed: of the starting weights, the order of the
    sequences, dropout and negatives.

    Kang & McAuley, "Self-attentive sequential recommendation", ICDM 2018. The loss is cross-entropy over the catalogue
    instead of one negative item for each choice, and sizes are those of Klenitskiy & Vasilev, "Turning dross into gold
    loss: is BERT4Rec really better than SASRec?", RecSys 2023, who found that this makes the difference, and that a
    sample has to be of many items. Smaller batches than theirs (128): a log of some hundred people has few of them.

    Sequences are those of people all of whose choices have times; of everybody, in the order of the log, where nobody's
    have. Training takes PyTorch and one thread, whose result repeats on one machine and release of it; serving
    takes neither. Time grows with choices times items: 4 s of one core for a pass over 97,000 choices of 3,706 items.
    There (668 people of MovieLens-1M, the last tenth of each held out) ten passes give nDCG@10 0.170; markov has 0.176.
    """

    kept: ClassVar[tuple[str, ...]] = ("popularity", "weights", "embedding")
    weights: F32
    """All parameters but `embedding`, one after the other, in the order of `Encoder.shapes`."""
    embedding: F32
    """What stands for each item, on both sides. (n_items, factors)."""

    def __init__(
        self,
        *,
        factors: int = 64,
        blocks: int = 2,
        heads: int = 1,
        window: int = 50,
        dropout: float = 0.1,
        epochs: int = 10,
        learning_rate: float = 0.001,
        batch_size: int = 16,
        negatives: int | None = None,
        seed: int = 0,
    ) -> None:
        self.factors = whole("factors", factors, at_least=1, at_most=4096)
        self.blocks = whole("blocks", blocks, at_least=1, at_most=64)
        self.heads = whole("heads", heads, at_least=1)
        if self.factors % self.heads:
            raise UserInputError(
                f"heads must divide factors ({self.factors}) without a rest, and {self.heads} does not"
            )
        self.window = whole("window", window, at_least=2)
        self.dropout = real("dropout", dropout, at_least=0, at_most=0.9)
        self.epochs = whole("epochs", epochs, at_least=1)
        self.learning_rate = real("learning_rate", learning_rate, above=0)
        self.batch_size = whole("batch_size", batch_size, at_least=1)
        self.negatives = None if negatives is None else whole("negatives", negatives, at_least=1)
        self.seed = whole("seed", seed, at_least=0, at_most=2**32 - 1)

    def _fit_sequences(self, log: InteractionLog) -> None:
        from recommenders.builtin.sasrec_training import train

        windows = training_windows(log, self.window)
        self.weights, self.embedding = train(windows, self.popularity.size, self.settings())
        self._restored()

    def _restored(self) -> None:
        self._encoder = Encoder.of(self.weights, self.factors, self.blocks, self.heads, self.window)
        self._by_factor = np.ascontiguousarray(self.embedding.T)

    def _scores_after(self, recent: I32) -> F32:
        people = np.zeros((len(recent), self.factors), dtype=np.float32)
        length = (recent >= 0).sum(axis=1)
        for size in np.unique(length[length > 0]).tolist():
            rows = np.flatnonzero(length == size)
            people[rows] = self._encoder.last(self.embedding[recent[rows, self.window - size :]])
        return rowwise_product(people, self._by_factor)


def training_windows(log: InteractionLog, window: int) -> I32:
    """Sequences cut from their end into pieces of `window` + 1 choices that share one, older choices first; filled up
    with -1 on the left. Sequences of one choice teach nothing and are left out. (n, window + 1)."""
    item, start = sessions_of(ordered_only(log), None)
    pieces: list[I32] = []
    for first, stop in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        while stop - first > 1:
            piece = item[max(first, stop - window - 1) : stop]
            pieces.append(np.pad(piece, (window + 1 - piece.size, 0), constant_values=-1))
            stop -= window
    return np.array(pieces, dtype=np.int32).reshape(-1, window + 1)
