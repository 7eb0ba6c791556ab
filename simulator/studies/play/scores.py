"""How well chances foretold clicks: AUC, log loss and Brier score, of the double and of rows that know nothing of the
person; with intervals over pages.

The rows: *never* (no click), *base rate* (the player's own click rate everywhere, known only in hindsight), *position*
(that rate, spread over the places as the law of examination looks at them), *popularity* (that rate, in proportion to
how often an item was chosen on the platform). The double stands there three times: as it foretold; told, before each
page, how much the player had clicked until then (`told_so_far`); and moved to the player's click rate, since the rows
know that rate too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from simulator.randomness import Stream

F64 = npt.NDArray[np.float64]
B = npt.NDArray[np.bool_]
DOUBLE, SO_FAR, MOVED = "double", "double, told your clicks so far", "double, at your click rate"
NEVER, BASE, POSITION, POPULARITY = TRIVIAL = ("never", "base rate", "position", "popularity")
FEWEST_CLICKS, FEWEST_PAGES = 10, 5
"""Below them nothing is claimed. With ten clicks among a hundred items an AUC of .7 has a standard error of about .10
(Hanley & McNeil, Radiology 143, 1982); resampling fewer pages than five says nothing of the error. Chosen."""
_RESAMPLES = 2000
_RIVALS = 3
"""A coin, position and popularity, of which the best is chosen on the clicks that it is then compared on: to be told
farther from it, the interval is widened by Bonferroni's rule. To be told closer needs no correction."""
_SURE = 1e-6
"""Chances are kept this far from 0 and 1 in a log loss."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Clicked:
    """What was shown and clicked, one row an impression. All (n,)."""

    page: npt.NDArray[np.int64]
    clicked: B
    chances: Mapping[str, F64]
    """By row of the table."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Spread:
    """A row's scores in each resample. (_RESAMPLES or 0,) each."""

    auc: F64
    log_loss: F64


def scored(what: Clicked, *, confidence: float, seed: int) -> dict[str, Any]:
    """{rows: [{name, expects, auc, auc_ci, log_loss, log_loss_ci, brier, brier_ci}], difference, chances, verdict,
    words}.

    `expects`: how many clicks in all. `difference`: the double's AUC over that of the best row that knows nothing of
    the person. `chances`: what the log loss gains over the base rate, at the same click rate. Undefined numbers are
    None: an AUC without a click or without a pass, a log loss of *never* after a click.
    """
    resampled, pages = _resampled(what.page, seed), np.unique(what.page).size
    rows, spread = [], {}
    for name, chance in what.chances.items():
        row, spread[name] = _row(name, chance, what.clicked, resampled, _tail(confidence, pages))
        rows.append(row)
    found: dict[str, Any] = {"rows": rows, "clicks": int(what.clicked.sum()), "shown": int(what.clicked.size)}
    return found | _claim(what, {row["name"]: row for row in rows}, spread, confidence)


def _row(name: str, chance: F64, clicked: B, resampled: F64, tail: float) -> tuple[dict[str, Any], _Spread]:
    from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

    both = bool(clicked.any() and not clicked.all())
    sure_and_wrong = bool(((chance <= 0) & clicked).any() or ((chance >= 1) & ~clicked).any())
    held = np.clip(chance, _SURE, 1 - _SURE)
    aucs = _aucs(chance, clicked, resampled) if both else np.full(len(resampled), np.nan)
    losses = _means(-np.where(clicked, np.log(held), np.log1p(-held)), resampled)
    row = {
        "name": name,
        "expects": float(chance.sum()),
        "auc": float(roc_auc_score(clicked, chance)) if both else None,
        "auc_ci": _ends(aucs, tail) if both else None,
        "log_loss": None if sure_and_wrong else float(log_loss(clicked, held, labels=[False, True])),
        "log_loss_ci": None if sure_and_wrong else _ends(losses, tail),
        "brier": float(brier_score_loss(clicked, np.clip(chance, 0, 1))),
        "brier_ci": _ends(_means((chance - clicked) ** 2, resampled), tail),
    }
    return row, _Spread(auc=aucs, log_loss=losses)


def _claim(
    what: Clicked, rows: Mapping[str, dict[str, Any]], spread: Mapping[str, _Spread], confidence: float
) -> dict[str, Any]:
    """Whether the double tells the player's clicks better than what knows nothing of them."""
    clicks, shown, pages = int(what.clicked.sum()), what.clicked.size, np.unique(what.page).size
    nothing = {"difference": None, "chances": None, "verdict": "too little"}
    if clicks < FEWEST_CLICKS or shown - clicks < FEWEST_CLICKS or pages < FEWEST_PAGES:
        seen = f"{counted(clicks, 'click')} among {counted(shown, 'title')} on {counted(pages, 'page')}"
        need = f"it takes {FEWEST_CLICKS} clicks, {FEWEST_CLICKS} passes and {FEWEST_PAGES} pages"
        return nothing | {"words": f"With {seen} nothing can be told of how well it knows your clicks: {need}."}
    best = max(TRIVIAL, key=lambda name: rows[name]["auc"])
    apart = spread[DOUBLE].auc - spread[best].auc
    tail = _tail(confidence, pages)
    ends, wide = _ends(apart, tail), _ends(apart, _tail(1 - (1 - confidence) / _RIVALS, pages))
    gained = _ends(spread[BASE].log_loss - spread[MOVED].log_loss, tail)
    if ends is None or wide is None or gained is None:
        return nothing | {"words": "Nearly all your clicks, or passes, are on one page, so nothing can be told."}
    auc, gap = rows[DOUBLE]["auc"], rows[DOUBLE]["auc"] - rows[best]["auc"]
    verdict = _verdict([ends[0], wide[1]])  # the rival was chosen in hindsight, which is hard on the double
    against = f"{'a coin' if best in (NEVER, BASE) else best} ({rows[best]['auc']:.2f})"
    told = {
        "closer": f"The double tells your clicks from your passes better than {against} does",
        "farther": f"The double tells your clicks from your passes worse than {against} does",
        "cannot tell": f"Whether the double knows more of your clicks than {against} cannot be told",
    }[verdict]
    trusted = {
        "closer": "its chances are better than your click rate alone",
        "farther": "its chances are worse than your click rate alone",
        "cannot tell": "its chances are not told from your click rate alone",
    }[_verdict(gained)]
    losses = f"log loss {rows[MOVED]['log_loss']:.2f} against {rows[BASE]['log_loss']:.2f}"
    return {
        "difference": {"over": best, "auc": gap, "ci": ends},
        "chances": {"gain": rows[BASE]["log_loss"] - rows[MOVED]["log_loss"], "ci": gained},
        "verdict": verdict,
        "words": f"{told}: AUC {auc:.2f}, {gap:+.2f} [{ends[0]:+.2f}, {ends[1]:+.2f}]. Told how often you click, "
        f"{trusted} ({losses}).",
    }


def told_so_far(chance: F64, clicked: B, page: npt.NDArray[np.int64]) -> F64:
    """Chances moved, page by page, to the click rate known before that page: of the pages before it, and of one page as
    the chances have it. Nothing of a page is known to its own chances (Dawid, The prequential approach, Journal of the
    Royal Statistical Society A 147, 1984). (n,)."""
    out = np.empty_like(chance)
    for one in np.unique(page):
        before, here = page < one, page == one
        expected = clicked[before].sum() + chance[here].sum()
        out[here] = at_rate(chance[here], float(expected / (before.sum() + here.sum())))
    return out


def at_rate(chance: F64, rate: float) -> F64:
    """Chances moved alike on the logit scale so that their mean is `rate`, by bisection. (n,)."""
    held, rate = np.clip(chance, _SURE, 1 - _SURE), min(max(rate, _SURE), 1 - _SURE)
    logits = np.log(held / (1 - held))
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(logits + middle).mean() < rate else (low, middle)
    moved: F64 = expit(logits + (low + high) / 2)
    return moved


def _verdict(gain: list[float]) -> str:
    """What an interval of a gain says."""
    return "closer" if gain[0] > 0 else "farther" if gain[1] < 0 else "cannot tell"


def _resampled(page: npt.NDArray[np.int64], seed: int) -> F64:
    """How often each impression is in each resample of whole pages; none where there are too few pages.
    (_RESAMPLES or 0, n)."""
    pages, which = np.unique(page, return_inverse=True)
    if pages.size < FEWEST_PAGES:
        return np.empty((0, page.size))
    draw = Stream.of(seed, "luck", "resampled pages").generator(0)
    counts = draw.multinomial(pages.size, np.full(pages.size, 1 / pages.size), size=_RESAMPLES)
    weights: F64 = counts[:, which].astype(np.float64)
    return weights


def _aucs(chance: F64, clicked: B, weights: F64) -> F64:
    """AUC of each resample, NaN where one has no click or no pass. (_RESAMPLES,)."""
    above = chance[clicked][:, None] > chance[~clicked][None, :]
    equal = chance[clicked][:, None] == chance[~clicked][None, :]
    won = above + 0.5 * equal
    hits, misses = weights[:, clicked], weights[:, ~clicked]
    pairs = hits.sum(axis=1) * misses.sum(axis=1)
    total = np.einsum("bp,bp->b", hits, misses @ won.T)
    out: F64 = np.divide(total, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
    return out


def _means(values: F64, weights: F64) -> F64:
    mean: F64 = (weights @ values) / weights.sum(axis=1)
    return mean


def _tail(confidence: float, units: int) -> float:
    """Share of the resamples that lies beyond each end of an interval over `units` resampled units: the expanded
    percentile interval, for with few units the plain one is too narrow (Hesterberg, What teachers should know about the
    bootstrap, The American Statistician 69, 2015)."""
    from scipy.stats import norm, t

    if units < 2:
        return (1 - confidence) / 2
    return float(norm.cdf(np.sqrt(units / (units - 1)) * t.ppf((1 - confidence) / 2, units - 1)))


def _ends(values: F64, tail: float) -> list[float] | None:
    """Percentile interval of what is defined (Efron & Tibshirani, An Introduction to the Bootstrap, 1993) but for a
    `tail` at each end; None where too little is."""
    known = values[np.isfinite(values)]
    if values.size < _RESAMPLES or known.size < _RESAMPLES / 2:
        return None
    low, high = np.quantile(known, [tail, 1 - tail])
    return [float(low), float(high)]


def counted(number: int, thing: str) -> str:
    """`1 click`, `2 clicks`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def mean_with_interval(values: F64, *, confidence: float, seed: int) -> tuple[float | None, list[float] | None]:
    """Mean and percentile interval over resamples of the values; None for fewer than one, or than five."""
    if not values.size:
        return None, None
    if values.size < FEWEST_PAGES:
        return float(values.mean()), None
    weights = _resampled(np.arange(values.size, dtype=np.int64), seed)
    return float(values.mean()), _ends(_means(values.astype(np.float64), weights), _tail(confidence, values.size))
