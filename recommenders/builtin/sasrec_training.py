"""How SASRec learns: the encoder of `attention` written with PyTorch, and its training in one thread.

Nothing of PyTorch outlives this: what comes back are arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from recommenders.builtin.attention import Encoder
from simulator.records import F32, I32, UserInputError

_INITIAL_SPREAD = 0.02
"""Standard deviation of the starting weights, as in Klenitskiy and Vasilev's code."""

_NORM_EPSILON = 1e-8

_INSTALL = (
    'sasrec needs PyTorch to learn. Install it with `pip install "understudy[torch]"`; for the build without CUDA, '
    "which is a tenth of the size, with `pip install torch --index-url https://download.pytorch.org/whl/cpu` before"
)


def train(windows: I32, n_items: int, settings: Mapping[str, Any]) -> tuple[F32, F32]:
    """Weights in the order of `Encoder.shapes`, and the embedding of items (n_items, factors).

    `windows` (n, window + 1) holds sequences of catalogue rows, -1 on the left where they are shorter; `settings` are
    the parameters of `SASRec`. Raises UserInputError where PyTorch is not installed, or training diverged.
    """
    try:
        import torch
    except ImportError as error:
        raise UserInputError(_INSTALL) from error
    with _alone_and_repeatable(torch, settings["seed"]):
        network = _Network(torch, n_items, settings)
        luck = np.random.default_rng(settings["seed"])
        optimizer = torch.optim.Adam(network.parameters, lr=settings["learning_rate"], betas=(0.9, 0.98))
        for _ in range(settings["epochs"] if len(windows) else 0):
            order = luck.permutation(len(windows))
            for first in range(0, len(order), settings["batch_size"]):
                batch = windows[order[first : first + settings["batch_size"]]]
                optimizer.zero_grad()
                network.loss(batch, luck).backward()
                optimizer.step()
        weights, embedding = network.arrays()
    if not (np.isfinite(weights).all() and np.isfinite(embedding).all()):
        told = f"with learning_rate {settings['learning_rate']:g}. Lower it"
        raise UserInputError(f"sasrec: the weights grew beyond all numbers {told}")
    return weights, embedding


@contextmanager
def _alone_and_repeatable(torch: Any, seed: int) -> Iterator[None]:
    """One thread and deterministic kernels, and luck of our own; the process gets its settings back."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(deterministic)


class _Network:
    """The parameters as tensors, and the loss of a batch."""

    def __init__(self, torch: Any, n_items: int, settings: Mapping[str, Any]) -> None:
        self.torch, self.settings = torch, settings
        shapes = Encoder.shapes(settings["factors"], settings["blocks"], settings["window"])
        self.named = {name: self._start(name, shape) for name, shape in shapes.items()}
        self.embedding = self._start("embedding", (n_items, settings["factors"]))
        self.parameters = [*self.named.values(), self.embedding]

    def _start(self, name: str, shape: tuple[int, ...]) -> Any:
        if name.endswith(("_bias", "_shift")):
            value = self.torch.zeros(shape)
        elif name.endswith("_scale"):
            value = self.torch.ones(shape)
        else:
            value = self.torch.randn(shape) * _INITIAL_SPREAD
        return value.requires_grad_()

    def arrays(self) -> tuple[F32, F32]:
        """All that was learnt."""
        flat = [tensor.detach().numpy().ravel() for tensor in self.named.values()]
        return np.concatenate(flat).astype(np.float32), self.embedding.detach().numpy().astype(np.float32)

    def loss(self, batch: I32, luck: np.random.Generator) -> Any:
        """Cross-entropy of each next choice, over the catalogue or the batch's sample of it."""
        torch = self.torch
        known = batch[:, :-1] >= 0
        hidden = self._encoded(torch.from_numpy(np.maximum(batch[:, :-1], 0).astype(np.int64)), torch.from_numpy(known))
        hidden = hidden[torch.from_numpy(known)]
        target = torch.from_numpy(batch[:, 1:][known].astype(np.int64))
        sampled = self.settings["negatives"]
        if sampled is None or sampled >= len(self.embedding):
            return torch.nn.functional.cross_entropy(hidden @ self.embedding.T, target)
        others = torch.from_numpy(luck.choice(len(self.embedding), sampled, replace=False))
        against = hidden @ self.embedding[others].T
        against = against.masked_fill(others == target[:, None], -math.inf)
        right = (hidden * self.embedding[target]).sum(dim=1, keepdim=True)
        first = torch.zeros(len(target), dtype=torch.int64)
        return torch.nn.functional.cross_entropy(torch.cat([right, against], dim=1), first)

    def _encoded(self, items: Any, known: Any) -> Any:
        """The encoder of `attention` for whole sequences. `items`, `known` (n, window); (n, window, factors)."""
        torch, named = self.torch, self.named
        n, length = items.shape
        factors, heads = self.settings["factors"], self.settings["heads"]
        x = self._dropped(self.embedding[items] * math.sqrt(factors) + named["position"])
        seen = torch.ones(length, length, dtype=torch.bool).tril() & known[:, None, :]
        seen = seen | torch.eye(length, dtype=torch.bool)  # a row that sees nothing would be undefined
        barred = ~seen[:, None]
        for b in range(self.settings["blocks"]):
            query = self._norm(x, f"{b}.before")
            q, k, v = (
                self._linear(source, f"{b}.{name}").view(n, length, heads, -1).transpose(1, 2)
                for source, name in ((query, "query"), (x, "key"), (x, "value"))
            )
            fit = (q @ k.transpose(-1, -2)) / math.sqrt(factors // heads)
            share = self._dropped(torch.softmax(fit.masked_fill(barred, -math.inf), dim=-1))
            mixed = (share @ v).transpose(1, 2).reshape(n, length, factors)
            x = self._norm(query + self._linear(mixed, f"{b}.out"), f"{b}.between")
            inner = torch.relu(self._dropped(self._linear(x, f"{b}.inner")))
            x = x + self._dropped(self._linear(inner, f"{b}.outer"))
        return self._norm(x, "last")

    def _linear(self, x: Any, name: str) -> Any:
        return x @ self.named[name] + self.named[f"{name}_bias"]

    def _norm(self, x: Any, name: str) -> Any:
        scale, shift = self.named[f"{name}_scale"], self.named[f"{name}_shift"]
        return self.torch.nn.functional.layer_norm(x, x.shape[-1:], scale, shift, eps=_NORM_EPSILON)

    def _dropped(self, x: Any) -> Any:
        return self.torch.nn.functional.dropout(x, self.settings["dropout"])
