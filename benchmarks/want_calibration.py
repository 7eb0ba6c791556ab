"""Does calibration find what stated wants are worth? Made wants of known worth on a real log, no model asked.

    python benchmarks/want_calibration.py --data DIR [--dataset movielens-1m] [--people 100 1000] [--method platt]

Wants are whole numbers about 5 with a spread of 2. Some lean towards held-out choices, some follow popularity, some are
luck. Leaning by d points they have a log odds of about d / (2^2 + 1/12) a point (the 1/12 is rounding), which the
fitted slope is set beside. Then the slates of each recommender of the reference panel, for people who were not asked:
predicted chance and real share of held-out choices. DIR is a folder of data sets, as in `understudy data path`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from scipy.special import expit

from simulator.datasets import load, split
from simulator.minds.language.calibration import Method, fit
from simulator.minds.language.questions import draw_questions
from simulator.minds.language.raw import RawAnswers
from simulator.minds.language.settings import CalibrationSettings
from simulator.minds.panel import ReferencePanel
from simulator.records import F32, I32, Bools, SplitLog

SPREAD = 2.0
SEED = 1
DEPTH = 30
JUDGED = 800


@dataclass(frozen=True)
class Speaker:
    """Somebody who states wants."""

    name: str
    lean: float
    """Points by which held-out choices are wanted more."""
    fame: float
    """Points for each standard deviation of log popularity."""

    @property
    def slope(self) -> float:
        return self.lean / (SPREAD**2 + 1 / 12)

    def wants(self, held_out: Bools, fame: F32, seed: int) -> F32:
        luck = np.random.default_rng(seed).normal(0, SPREAD, held_out.shape)
        said = 5 + self.lean * (held_out - 0.5) + self.fame * fame + luck
        return np.clip(np.round(said), 0, 10).astype(np.float32)


SPEAKERS = (
    Speaker("knows choices", 1.5, 0.0),
    Speaker("knows choices and popularity", 1.5, 1.0),
    Speaker("knows popularity alone", 0.0, 1.0),
    Speaker("knows nothing", 0.0, 0.0),
)


class Log:
    """What is held out, what is known, and how popular items are."""

    def __init__(self, parts: SplitLog) -> None:
        self.known = parts.known.matrix().toarray() > 0
        self.held_out = (parts.held_out.matrix().toarray() > 0) & ~self.known
        count = np.bincount(parts.platform.positives().item, minlength=len(parts.catalog))
        fame = np.log1p(count)
        self.fame: F32 = ((fame - fame.mean()) / fame.std()).astype(np.float32)

    def at(self, table: Bools, rows: I32, items: I32) -> Bools:
        found: Bools = np.take_along_axis(table[rows], np.maximum(items, 0), axis=1)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--dataset", default="movielens-1m")
    parser.add_argument("--people", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--method", choices=get_args(Method), default="platt")
    options = parser.parse_args()
    parts = split(load(source=options.dataset, data_dir=options.data))
    panel, log = ReferencePanel.fit(parts, seed=SEED), Log(parts)
    for people in options.people:
        asked = CalibrationSettings(method=options.method, people=people)
        questions = draw_questions(parts, asked, SEED, 10, panel=panel)
        shown = questions.items >= 0
        others = np.setdiff1d(np.flatnonzero(log.held_out.any(axis=1)), questions.rows)[:JUDGED].astype(np.int32)
        for speaker in SPEAKERS:
            want = speaker.wants(questions.held_out, log.fame[np.maximum(questions.items, 0)], 0)
            want = np.where(shown, want, np.float32(np.nan))
            answers = RawAnswers(want=want, rating=want, answered=np.ones(len(questions), dtype=np.bool_))
            curve = fit(questions, answers, options.method, model="made", prompt_id="made")
            print(f"{speaker.name}, {people:,} people (slope {speaker.slope:.3f}): {curve.report.text}")
            for nth, slates in enumerate(panel.slates(others)[:, :, :DEPTH]):
                new = (slates >= 0) & ~log.at(log.known, others, slates)
                chosen = log.at(log.held_out, others, slates)
                said = speaker.wants(chosen, log.fame[np.maximum(slates, 0)], 1)
                predicted = expit(curve.logits(said, others))[new].mean()
                print(f"  panel {nth + 1}: predicted {predicted:.4f}, real {chosen[new].mean():.4f}")


if __name__ == "__main__":
    main()
