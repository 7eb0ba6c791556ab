"""Too many failures stop a run before the turn is committed, and a resumed run at the same place."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.minds.language.reliability import Reliability, UnreliableError, require_answers
from simulator.turn import AppraisedBy


def page(asked: int, failed: int, kind: AppraisedBy = AppraisedBy.FALLBACK, unasked: int = 0) -> np.ndarray:
    codes = [AppraisedBy.LLM] * (asked - failed) + [kind] * failed + [AppraisedBy.STATISTICAL] * unasked
    return np.array(codes, dtype=np.int8)


@pytest.mark.parametrize("kind", [AppraisedBy.FALLBACK, AppraisedBy.SKIPPED])
def test_more_failures_than_allowed_stop_the_run(kind: AppraisedBy) -> None:
    with pytest.raises(UnreliableError, match=r"11 of 100 pages.*llm.max_failure_rate \(0.1\).*Cure"):
        Reliability(0.1).lived(page(100, 11, kind))


def test_a_few_failures_and_a_share_within_the_limit_do_not() -> None:
    watch = Reliability(0.1)
    watch.lived(page(9, 9))
    watch = Reliability(0.1)
    watch.lived(page(100, 10))
    assert (watch.asked, watch.failed) == (100, 10)


def test_people_who_were_not_asked_do_not_dilute_the_share() -> None:
    with pytest.raises(UnreliableError):
        Reliability(0.5).lived(page(15, 10, unasked=1000))


def test_a_resumed_run_counts_what_was_committed() -> None:
    watch = Reliability(0.1)
    watch.replayed(page(50, 9))
    with pytest.raises(UnreliableError):
        watch.lived(page(10, 1))
    assert (watch.asked, watch.failed) == (50, 9), "a turn that is not committed does not count"


def test_a_calibration_that_was_hardly_answered_stops_the_run() -> None:
    with pytest.raises(UnreliableError, match=r"60 of the 100 people.*llm.max_failure_rate \(0.5\).*Cure"):
        require_answers(60, 100, 0.5)
    require_answers(50, 100, 0.5)
    require_answers(9, 9, 0.5)
