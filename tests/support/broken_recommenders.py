"""Recommenders that are broken, each in one way, around one that works; as plug-in authors write them.

Those of `AtSomeTurn` break at every turn from `after` on, so that a run can get past the probe and into its turns.
"""

from __future__ import annotations

import os
import pickle
import random
import sys
import time
from pathlib import Path

import numpy as np

from recommenders import Recommender, Slate

HANG_S = 600.0


class Works(Recommender):
    """The most popular items; keeps the contract."""

    def fit(self, catalog, log):
        counts = np.bincount(log.item[log.clicked], minlength=len(catalog))
        order = np.argsort(-counts, kind="stable")
        self.ids = catalog.item_ids[order].tolist()

    def page(self, request, k):
        allowed = None if request.candidates is None else set(request.candidates)
        return [i for i in self.ids if i not in request.exclude and (allowed is None or i in allowed)][:k]

    def recommend(self, requests, k):
        return [Slate(self.page(request, k)) for request in requests]


class AtSomeTurn(Works):
    """Works until turn `after`."""

    def __init__(self, *, after: int = 0) -> None:
        self.after = after

    def recommend(self, requests, k):
        if len(requests) and requests[0].turn < self.after:
            return super().recommend(requests, k)
        return self.broken(requests, k)

    def broken(self, requests, k):
        return [self.slate(request, self.page(request, k), k) for request in requests]

    def slate(self, request, page, k):
        raise NotImplementedError


class RaisesInInit(Works):
    def __init__(self) -> None:
        raise ValueError("no settings")


class RaisesInFit(Works):
    def fit(self, catalog, log):
        raise ValueError("no luck")


class RaisesInRecommend(AtSomeTurn):
    def broken(self, requests, k):
        return [1 / 0 for _ in requests]


class RaisesInObserve(Works):
    learns = True

    def observe(self, feedback):
        raise ValueError("the table is full")


class HangsInFit(Works):
    def fit(self, catalog, log):
        time.sleep(HANG_S)


class HangsInRecommend(AtSomeTurn):
    def broken(self, requests, k):
        time.sleep(HANG_S)


class Leaks(Works):
    def recommend(self, requests, k):
        self.kept = [*getattr(self, "kept", []), bytearray(2**21)]
        return super().recommend(requests, k)


class ReturnsNone(AtSomeTurn):
    def broken(self, requests, k):
        return None


class ReturnsGarbage(AtSomeTurn):
    def broken(self, requests, k):
        return "garbage"


class ReturnsTooFewSlates(AtSomeTurn):
    def broken(self, requests, k):
        return [Slate(self.page(request, k)) for request in requests][:-1]


class ReturnsNumbers(AtSomeTurn):
    def broken(self, requests, k):
        return [3.5 for _ in requests]


class UnknownItem(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate(["no such item", *page][:k])


class RepeatsAnItem(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate([page[0], *page][:k] if page else page)


class RecommendsTheExcluded(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate([*sorted(request.exclude)[:1], *page][:k])


class NanScores(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate(page, [float("nan")] * len(page))


class TooMany(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate(self.page(request, k + 1))


class TooFew(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate(page[:-1])


class ImpossiblePropensities(AtSomeTurn):
    def slate(self, request, page, k):
        return Slate(page, None, [1.5] * len(page))


class UsesGlobalRandomness(Works):
    def page(self, request, k):
        page = super().page(request, len(self.ids))
        random.shuffle(page)
        return page[:k]


class FitsByGlobalRandomness(Works):
    def fit(self, catalog, log):
        super().fit(catalog, log)
        np.random.shuffle(self.ids)


class DependsOnCompany(Works):
    def recommend(self, requests, k):
        turned = len(requests) % 7
        self.ids = self.ids[turned:] + self.ids[:turned]
        slates = super().recommend(requests, k)
        self.ids = self.ids[len(self.ids) - turned :] + self.ids[: len(self.ids) - turned]
        return slates


class DependsOnOrder(Works):
    def recommend(self, requests, k):
        return [Slate(self.page(request, k + i % 2)[i % 2 :]) for i, request in enumerate(requests)]


class CountsItsCalls(Works):
    def recommend(self, requests, k):
        self.ids = [*self.ids[1:], self.ids[0]]
        return super().recommend(requests, k)


class OrderOfASet(Works):
    def page(self, request, k):
        return list({*super().page(request, len(self.ids))})[:k]


class MutatesRequests(Works):
    def recommend(self, requests, k):
        slates = super().recommend(requests, k)
        if isinstance(requests, list):
            requests.reverse()
        return slates


class OpensTheExcluded(Works):
    """Clears the array in which the platform notes what may not be shown."""

    def recommend(self, requests, k):
        if hasattr(requests, "view"):
            requests.view.blocked[:] = 0
        return super().recommend(requests, k)


class ChangesTheLog(Works):
    def fit(self, catalog, log):
        super().fit(catalog, log)
        log.item[:] = 0


class ClaimsATenth(Works):
    """Always the same page, and says that it was drawn."""

    def recommend(self, requests, k):
        pages = [self.page(request, k) for request in requests]
        return [Slate(page, None, [0.1] * len(page)) for page in pages]


class ClaimsCertainty(Works):
    """Draws at random, and says that nothing else could have been drawn."""

    def recommend(self, requests, k):
        slates = []
        for request in requests:
            page = self.page(request, len(self.ids))
            drawn = request.rng().permutation(len(page))[:k]
            slates.append(Slate([page[i] for i in drawn], None, [1.0] * len(drawn)))
        return slates


class WrongLogProb(ClaimsCertainty):
    def recommend(self, requests, k):
        slates = super().recommend(requests, k)
        left = [len(self.page(request, len(self.ids))) for request in requests]
        return [
            Slate(s.item_ids, None, [1 / (n - place) for place in range(len(s.item_ids))])
            for s, n in zip(slates, left, strict=True)
        ]

    def log_prob(self, requests, slates):
        return np.zeros(len(slates))


class DiesAfterTurnThree(AtSomeTurn):
    def __init__(self) -> None:
        super().__init__(after=4)

    def broken(self, requests, k):
        raise ConnectionError("the index is gone")


class LeavesTheInterpreter(AtSomeTurn):
    def broken(self, requests, k):
        sys.exit(3)


class EndsTheProcess(AtSomeTurn):
    def broken(self, requests, k):
        os._exit(7)


class LosesItsState(Works):
    def save(self, folder: Path) -> None:
        (folder / "nothing.txt").write_text("nothing")

    @classmethod
    def load(cls, folder: Path):
        made = cls()
        made.ids = sorted((f"item {n:02d}" for n in range(60)), reverse=True)
        return made


class Pickles(Works):
    def save(self, folder: Path) -> None:
        (folder / "state.bin").write_bytes(pickle.dumps(self.ids))

    @classmethod
    def load(cls, folder: Path):
        made = cls()
        made.ids = pickle.loads((folder / "state.bin").read_bytes())
        return made


class LearnsInSilence(Works):
    learns = False

    def observe(self, feedback):
        if feedback.clicked.any():
            self.ids.insert(0, self.ids.pop())


class LearnsNothing(Works):
    learns = True

    def observe(self, feedback):
        self.seen = len(feedback)


class ChangesFeedback(Works):
    learns = True

    def observe(self, feedback):
        feedback.clicked[:] = False
        self.ids.insert(0, self.ids.pop())


class FallsOverEmptyFeedback(Works):
    learns = True

    def observe(self, feedback):
        self.ids.insert(0, self.ids.pop())
        return feedback.item[0]


class NeedsAHistory(Works):
    def page(self, request, k):
        assert request.history[-1] in self.ids
        return super().page(request, k)


class KnowsOnlyTheLog(Works):
    def fit(self, catalog, log):
        super().fit(catalog, log)
        self.seen = {str(i) for i in catalog.item_ids[log.item]}

    def page(self, request, k):
        assert all(item in self.seen for item in request.history), "an item without a vector"
        return super().page(request, k)


class NeedsFullPages(Works):
    def page(self, request, k):
        page = super().page(request, k)
        return [page[i] for i in range(k)]


class IgnoresCandidates(Works):
    def page(self, request, k):
        return [i for i in self.ids if i not in request.exclude][:k]


class ScoresRise(Works):
    def recommend(self, requests, k):
        pages = [self.page(request, k) for request in requests]
        return [Slate(page, list(range(len(page)))) for page in pages]


class Prints(Works):
    def recommend(self, requests, k):
        print("[bold]working on it[/bold]")
        return super().recommend(requests, k)


class NeedsALargeLog(Works):
    def fit(self, catalog, log):
        if len(log) < 10:
            raise ValueError("10 choices at least")
        super().fit(catalog, log)


class FailsOnce(Works):
    """Loses its connection once at turn 2, and has it again when it is asked again."""

    failed = False

    def recommend(self, requests, k):
        if not self.failed and len(requests) and requests[0].turn == 2:
            self.failed = True
            raise ConnectionError("lost once")
        return super().recommend(requests, k)
