"""Tastes: which categories a person chooses more or less often than others do, and rates above or below their due.

The number of a person's n choices that are of a category is beta-binomial about the crowd's share q of it: people
differ, and how much they do is estimated for each category by maximum likelihood (Skellam, J. Royal Statistical Society
B 1948). A share is then p = (count + a q) / (n + a), where a says how many choices the crowd is worth, and a taste is
ln p / q.

In a log that says what was passed over, q is what the person was shown of the category, times what the crowd makes of
it: a person who is shown nothing but comedies is not taken for a lover of comedies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import gammaln, rel_entr

from personas.estimation.categories import category_counts
from personas.estimation.pickiness import Effects
from personas.estimation.scales import F64
from personas.estimation.shrinkage import crowd_of
from simulator.records import InteractionLog

_STRENGTHS = np.geomspace(1.0, 3000.0, 36)
"""How many choices the crowd may be worth."""
_LEARNT_FROM = 6000
"""People from whom that is learnt, at most: more would not change it."""
_SMALLEST_SHARE = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Tastes:
    """Shares and ratings of each category, of each person. All (n_users, n_categories) unless said otherwise."""

    names: tuple[str, ...]
    n: F64
    """Number of a person's choices that have a category. (n_users,)."""
    share: F64
    """Share of the person's choices that are of the category, shrunk."""
    expected: F64
    """Share of the category among the choices of the crowd, in this person's place."""
    doubt: F64
    """Standard deviation of ln share."""
    confidence: F64
    """1 - posterior / prior variance of the share."""
    rated: F64
    """By how much the person rates the category above what person and items explain, shrunk; on the log's scale."""
    rated_doubt: F64
    """Standard deviation of `rated`; infinite without ratings."""

    @property
    def log_ratio(self) -> F64:
        """ln of the person's share over the crowd's: the taste."""
        ratio: F64 = np.log(self.share / self.expected)
        return ratio

    @property
    def divergence(self) -> F64:
        """Part of the category in the divergence of the person's shares from the crowd's, p ln(p / q) (Kullback &
        Leibler 1951): what tells the person from others."""
        part: F64 = rel_entr(self.share, self.expected)
        return part


def tastes(log: InteractionLog, shown: InteractionLog | None = None, ratings: Effects | None = None) -> Tastes:
    """Tastes of the people of a log of choices, beside what they were `shown`, if that is known."""
    names = log.catalog.category_names
    counts = category_counts(log)[:, : len(names)]
    of_any = (log.catalog.categories > 0).any(axis=1).astype(np.float64)
    n = np.asarray(log.matrix() @ of_any, dtype=np.float64)
    expected = _crowd(counts, n)
    if shown is not None and len(shown):
        expected = _in_their_place(log, shown, expected)
    share, confidence, strength = _shares(counts, n, expected)
    doubt = np.sqrt((1 - share) / (share * (n[:, None] + strength)))
    rated, rated_doubt = _rated(log, ratings)
    return Tastes(
        names=names,
        n=n,
        share=share,
        expected=expected,
        doubt=doubt,
        confidence=confidence,
        rated=rated,
        rated_doubt=rated_doubt,
    )


def _crowd(counts: F64, n: F64) -> F64:
    """Share of the crowd's choices that are of each category, everybody's history counting by its length."""
    share = counts.sum(axis=0) / max(1.0, float(n.sum()))
    return np.broadcast_to(np.clip(share, _SMALLEST_SHARE, 1 - _SMALLEST_SHARE), counts.shape)


def _in_their_place(log: InteractionLog, shown: InteractionLog, crowd: F64) -> F64:
    """What the crowd would have chosen of what each person was shown; a tenth of the weight stays with the crowd's own
    shares, so that nothing is taken to be impossible."""
    has = sparse.csr_matrix(log.catalog.categories > 0, dtype=np.float64)
    cell = shown.user.astype(np.int64), shown.item.astype(np.int64)
    times = sparse.csr_matrix((np.ones(len(shown)), cell), shape=(log.n_users, len(log.catalog)))
    seen: F64 = (times @ has).toarray()[:, : crowd.shape[1]]
    pages = np.asarray(times.sum(axis=1)).ravel()
    ordinary = seen.sum(axis=0) / max(1.0, float(pages.sum()))
    own = np.where(pages[:, None] > 0, seen / np.maximum(pages, 1)[:, None], ordinary)
    lift = crowd[0] / np.maximum(ordinary, _SMALLEST_SHARE)
    placed: F64 = np.clip(0.9 * own * lift + 0.1 * crowd, _SMALLEST_SHARE, 1 - _SMALLEST_SHARE)
    return placed


def _shares(counts: F64, n: F64, expected: F64) -> tuple[F64, F64, F64]:
    """Shrunk shares, their confidence, and how many choices the crowd is worth in each category (n_categories,)."""
    strength = _strength(counts, n, expected)
    share = (counts + strength * expected) / (n[:, None] + strength)
    return np.clip(share, _SMALLEST_SHARE, 1 - _SMALLEST_SHARE), n[:, None] / (n[:, None] + strength), strength


def _strength(counts: F64, n: F64, expected: F64) -> F64:
    told = np.flatnonzero(n > 1)
    told = told[:: max(1, told.size // _LEARNT_FROM)]
    if told.size == 0:
        return np.full(counts.shape[1], _STRENGTHS[-1])
    hits, total, mean = counts[told], n[told, None], expected[told]
    likelihood = np.empty((_STRENGTHS.size, counts.shape[1]))
    for row, a in enumerate(_STRENGTHS):
        likelihood[row] = (
            gammaln(hits + a * mean)
            - gammaln(a * mean)
            + gammaln(total - hits + a * (1 - mean))
            - gammaln(a * (1 - mean))
            + gammaln(a)
            - gammaln(total + a)
        ).sum(axis=0)
    best: F64 = _STRENGTHS[likelihood.argmax(axis=0)]
    return best


def _rated(log: InteractionLog, ratings: Effects | None) -> tuple[F64, F64]:
    """Mean of what neither person nor item explains, over a person's ratings of a category, shrunk by category."""
    shape = (log.n_users, len(log.catalog.category_names))
    rated, doubt = np.zeros(shape), np.full(shape, np.inf)
    if ratings is None or not shape[1]:
        return rated, doubt
    given = log.select(np.isfinite(log.rating))
    rest = given.rating - ratings.mean - ratings.person.posterior[given.user] - ratings.item.posterior[given.item]
    has = sparse.csr_matrix(log.catalog.categories > 0, dtype=np.float64)
    cell = given.user.astype(np.int64), given.item.astype(np.int64)
    size = (log.n_users, len(log.catalog))
    total: F64 = (sparse.csr_matrix((rest.astype(np.float64), cell), shape=size) @ has).toarray()[:, : shape[1]]
    count: F64 = (sparse.csr_matrix((np.ones(len(given)), cell), shape=size) @ has).toarray()[:, : shape[1]]
    for column in range(shape[1]):
        told = count[:, column] > 0
        error = ratings.noise / count[told, column]
        mean, variance = crowd_of(total[told, column] / count[told, column], error)
        sure = variance / (variance + error)
        rated[told, column] = sure * (total[told, column] / count[told, column] - mean)
        doubt[told, column] = np.sqrt(error * sure)
    return rated, doubt
