"""A plug-in in a file that keeps the contract, or breaks off as a test asks for; and what one may observe."""

from __future__ import annotations

import numpy as np

from recommenders.contract import Feedback
from simulator.records import Catalog, InteractionLog

PLUGIN = '''
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from recommenders import Recommender, Slate, uniform


class Mine(Recommender):
    """What was clicked in the run first, then what is popular, then by luck."""

    def __init__(self, *, fault="", verb="recommend", at=0, notes=None, seed=0):
        self.fault, self.verb, self.at, self.notes, self.seed = fault, verb, at, notes, seed
        self.clicks = {}
        self.note("made")

    def note(self, word):
        """What happened, in a file that outlives the process."""
        if self.notes:
            with open(self.notes, "a") as file:
                file.write(f"{word} {os.getpid()}\\n")

    def trouble(self, verb):
        """The fault, at the n-th call of the verb over all processes."""
        self.note(verb)
        told = Path(self.notes).read_text().split("\\n") if self.notes else []
        nth = sum(line.startswith(verb + " ") for line in told) - 1
        if self.verb != verb or (self.notes and self.at >= 0 and nth != self.at):
            return
        if self.fault == "raise":
            raise ValueError("no luck")
        if self.fault == "exit":
            print("the model is on fire", file=sys.stderr, flush=True)
            os._exit(7)
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "hang":
            time.sleep(60)
        if self.fault == "leave a child":
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            os._exit(3)
        if self.fault == "system exit":
            sys.exit(4)

    def fit(self, catalog, log):
        print("fitting, on standard output")
        self.trouble("fit")
        self.catalog = catalog
        self.count = np.bincount(log.item[log.clicked], minlength=len(catalog)).astype(float)

    def recommend(self, requests, k):
        print("recommending", flush=True)
        os.write(1, b"straight to the descriptor")
        self.trouble("recommend")
        luck = uniform(requests, len(self.catalog))
        slates = []
        for request, own in zip(requests, luck):
            score = self.count + own + 1000 * np.array([self.clicks.get(i, 0) for i in self.catalog.item_ids.tolist()])
            order = np.argsort(-score, kind="stable")
            ids = [i for i in self.catalog.item_ids[order].tolist() if i not in request.exclude][:k]
            slates.append(Slate(ids, [float(score[self.catalog.row_of[i]]) for i in ids]))
        return slates

    def save(self, folder):
        np.save(folder / "count.npy", self.count)

    @classmethod
    def load(cls, folder):
        made = cls()
        made.count = np.load(folder / "count.npy")
        return made


class Keeper(Mine):
    """`load` gets the ids too."""

    def save(self, folder):
        super().save(folder)
        np.save(folder / "ids.npy", self.catalog.item_ids)

    @classmethod
    def load(cls, folder):
        from simulator.records import Catalog, Item

        made = super().load(folder)
        made.catalog = Catalog(tuple(Item(item_id=i) for i in np.load(folder / "ids.npy").tolist()))
        return made


class Learner(Mine):
    learns = True
    save = Recommender.save

    def observe(self, feedback):
        self.trouble("observe")
        self.note(f"turn-{feedback.turn}")
        for item in feedback.item_id[feedback.clicked].tolist():
            self.clicks[item] = self.clicks.get(item, 0) + 1


class Odd(Mine):
    """Answers with what the file `notes` says, in Python."""

    def note(self, word):
        pass

    def trouble(self, verb):
        pass

    def recommend(self, requests, k):
        n = len(requests)
        ids = self.catalog.item_ids.tolist()[::-1]
        return {
            "None": None,
            "a dict": {},
            "text": "i1",
            "too few": [Slate(ids[:k])] * (n - 1),
            "no Slate": [ids[:k]] * n,
            "an unknown item": [Slate(["nowhere"])] * n,
            "a number": [Slate([3.5])] * n,
            "an object": [Slate([object()])] * n,
            "text for items": [Slate("i1")] * n,
            "nan": [Slate(ids[:1], [float("nan")])] * n,
            "a word for a score": [Slate(ids[:1], ["1"])] * n,
            "numpy": [Slate(np.array(ids[:k]), np.ones(k, dtype=np.float32))] * n,
        }[Path(self.notes).read_text()]
'''


def some_feedback(catalog: Catalog, log: InteractionLog, turn: int = 5, item: int = 3) -> Feedback:
    """Two impressions of u01, the first of them clicked."""
    two, unknown = np.zeros(2, dtype=np.int32), np.full(2, np.nan, dtype=np.float32)
    return Feedback(
        catalog=catalog, user_ids=log.user_ids, user=two + 1, item=two + item, position=np.int32([0, 1]),
        clicked=np.array([True, False]), dwell_s=np.float32([12.5, 0]), rating=np.float32([4, np.nan]),
        propensity=unknown, page=two, session=two + 2, turn=turn,
    )  # fmt: skip
