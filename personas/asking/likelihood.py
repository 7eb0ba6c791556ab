"""How likely a stated want makes the choice that was really made, among others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

STEEPEST = 10.0
"""Largest sensitivity: beyond it one point of want, the least that can be stated, decides all but for e^-10."""
_ALIKE = 1e-9
"""Nats a choice that rounding may make."""


def log_likelihood(wants: F64, sensitivity: float) -> F64:
    """ln softmax of the first of the wants, each times the sensitivity, one over the temperature. (..., k) to (...)."""
    from scipy.special import logsumexp

    logits = sensitivity * wants
    found: F64 = logits[..., 0] - logsumexp(logits, axis=-1)
    return found


def fitted_sensitivity(wants: F64) -> float:
    """The sensitivity from 0 to `STEEPEST` under which the first of the wants are likeliest, over all that precede the
    last axis; 0 (no temperature is too high) where wants tell nothing. The log-likelihood is concave in it."""
    from scipy.optimize import minimize_scalar

    def loss(sensitivity: float) -> float:
        return -float(log_likelihood(wants, sensitivity).mean())

    inner = float(minimize_scalar(loss, bounds=(0.0, STEEPEST), method="bounded", options={"xatol": 1e-6}).x)
    best = min(inner, STEEPEST, key=loss)
    return best if loss(best) < loss(0.0) - _ALIKE else 0.0


def hits(wants: F64) -> F64:
    """1 where the first is wanted most, its share where others are wanted as much, else 0. (..., k) to (...)."""
    best = wants.max(axis=-1)
    found: F64 = (wants[..., 0] == best) / (wants == best[..., None]).sum(axis=-1)
    return found
