"""How often a model failed to answer in one world, and when that is too often to go on."""

from __future__ import annotations

import numpy as np

from simulator.llm.port import CallError, EndpointError
from simulator.turn import I8, AppraisedBy

_FEWEST = 10
"""Failed pages before a share means anything."""
_CURE = (
    "Cure: see the kinds of failure in the run's llm/ledger.jsonl, mend the endpoint, and resume; or raise "
    "llm.max_failure_rate"
)
_ASKED = (AppraisedBy.LLM, AppraisedBy.FALLBACK, AppraisedBy.SKIPPED)
_FAILED = (AppraisedBy.FALLBACK, AppraisedBy.SKIPPED)


class UnreliableError(EndpointError):
    """The model failed too often, or failed where failing stops the run. It stops the run (status 1, resumable)."""


def require_answers(failed: int, asked: int, max_rate: float) -> None:
    """Refuse a calibration to which the model hardly answered: it would be kept, and outlive what made it fail.

    Raises UnreliableError as `Reliability.lived` does.
    """
    if failed >= _FEWEST and failed > max_rate * asked:
        raise UnreliableError(
            f"the model gave no answer to {failed:,} of the {asked:,} people's pages that calibrate it, more than "
            f"llm.max_failure_rate ({max_rate:g}) allows. {_CURE}"
        )


def aborted(who: str, turn: int, error: CallError) -> UnreliableError:
    """What stops a run whose `llm.on_failure` is `abort`."""
    return UnreliableError(
        f"the model gave no answer for {who} on turn {turn} ({error.kind}: {error.message}), and llm.on_failure is "
        "abort. What was committed is kept. Cure: mend the endpoint and resume; or begin a new run with "
        "llm.on_failure=fallback"
    )


class Reliability:
    """The failed pages of one world: a function of its pages alone, so that a resumed run stops where the first did."""

    def __init__(self, max_rate: float) -> None:
        self._max_rate, self.asked, self.failed = max_rate, 0, 0

    def lived(self, appraised_by: I8) -> None:
        """Count a turn before it is committed. `appraised_by`: `AppraisedBy` of each person, (n,).

        Raises UnreliableError if now at least ten pages failed, and more than `max_rate` of those that the model was
        asked about: the turn is then not committed.
        """
        asked, failed = self._with(appraised_by)
        if failed >= _FEWEST and failed > self._max_rate * asked:
            raise UnreliableError(
                f"the model gave no answer for {failed:,} of {asked:,} pages, more than llm.max_failure_rate "
                f"({self._max_rate:g}) allows. What was committed is kept. {_CURE}"
            )
        self.asked, self.failed = asked, failed

    def replayed(self, appraised_by: I8) -> None:
        """Count a turn that is committed already."""
        self.asked, self.failed = self._with(appraised_by)

    def _with(self, appraised_by: I8) -> tuple[int, int]:
        asked, failed = (int(np.isin(appraised_by, kinds).sum()) for kinds in (_ASKED, _FAILED))
        return self.asked + asked, self.failed + failed
