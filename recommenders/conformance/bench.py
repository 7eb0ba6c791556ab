"""Where a recommender stands while it is checked: fitted, asked and timed in a thread of its own.

Whatever a call does (raise, hang, end the process, answer nonsense) becomes a `BreachError` that names the rule.
Global generators are set before every call, so that a recommender that draws from them can be told from the others.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from recommenders.adapter import DuckTyped
from recommenders.batching import as_batch
from recommenders.conformance.made import Data, own_copy
from recommenders.conformance.report import Finding
from recommenders.conformance.rules import RULE_OF_LINE, RULES, Severity
from recommenders.contract import Recommender, Request, RequestBatch, SlateBatch, learns
from recommenders.errors import PluginError
from recommenders.exploration import Explore
from recommenders.platform import PlatformView, view_of_histories
from recommenders.remote.base import Remote
from recommenders.remote.process import ProcessEndedError
from recommenders.validation import checked_slates
from recommenders.watch import Watched
from simulator.plugins import told
from simulator.randomness import Stream, keys_of
from simulator.records import InteractionLog, UserInputError

T = TypeVar("T")
Person = tuple[str, tuple[str, ...]]
"""An id, and what the person chose, oldest first."""

_MOST_PEOPLE = 64
_PATIENCE_S = 5.0
"""What recommenders in other processes get beyond their time, which they watch themselves."""


class BreachError(Exception):
    """A rule was broken. `severity` is that of the finding; `gave_up`: the call has not come back."""

    def __init__(self, rule: str, fault: str, *, severity: Severity = "error", gave_up: bool = False) -> None:
        self.rule, self.fault, self.severity, self.gave_up = rule, fault, severity, gave_up
        super().__init__(fault)


@dataclass(eq=False)
class Subject:
    """One recommender, the thread that calls it, and the log that it was given."""

    recommender: Recommender
    watched: Watched = field(default_factory=Watched)
    given: InteractionLog | None = None
    ended: bool = False
    """Whether it was in another process, and that has ended."""

    @property
    def lost(self) -> bool:
        """Whether it can be asked no more."""
        return self.ended or self.watched.lost

    def close(self) -> None:
        """Let go of the thread, and of other processes."""
        self.watched.close()
        if isinstance(self.recommender, Remote):
            self.recommender.close()


class Bench:
    """One recommender's data, instances and findings.

    `make` gives a new, unfitted instance. `about` is told of each call before it is made.
    """

    def __init__(
        self,
        plugin: str,
        make: Callable[[], Recommender],
        data: Data,
        *,
        timeout_s: float,
        label: str = "",
        about: Callable[[str], None] = lambda situation: None,
    ) -> None:
        self.plugin, self.make, self.data, self.timeout_s, self.about = plugin, make, data, timeout_s, about
        self.label = label
        """What is put before each situation, such as the name of a dataset."""
        self.findings: list[Finding] = []
        self.not_applicable: dict[str, str] = {}
        self.digest: str | None = None
        """Of the pages by which two processes are compared."""
        self._subject: Subject | None = None
        self._loose: list[Subject] = []
        few = data.log.select(data.log.user < _MOST_PEOPLE)
        rows = np.arange(min(_MOST_PEOPLE, few.n_users), dtype=np.int32)
        view = PlatformView.of(few, rows, few.user_ids[rows], keys_of(few.user_ids[rows].tolist()))
        self.people: list[Person] = [(str(few.user_ids[row]), view.history_of(row)) for row in rows.tolist()]

    def note(self, rule: str, fault: str, severity: Severity = "error") -> None:
        """Add a finding; what the contract says and the cure are added here."""
        said = fault if severity == "info" else f"{fault}. The contract: {RULES[rule].line}. Cure: {RULES[rule].cure}"
        self.findings.append(Finding(rule, severity, said))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """A breach inside is noted, and what comes after is done; unless the recommender has not come back."""
        try:
            yield
        except BreachError as breach:
            if breach.gave_up:
                raise
            self.note(breach.rule, breach.fault, breach.severity)

    @property
    def steady(self) -> bool:
        """Whether, as far as is known, it answers the same question alike, so that answers can be compared."""
        return not {"repeats", "keyed-chance", "asking-changes-nothing"} & {each.rule for each in self.findings}

    @property
    def subject(self) -> Subject:
        """The fitted instance that most checks share."""
        if self._subject is None or self._subject.lost:
            self._subject = self.fitted()
        return self._subject

    def fitted(self, data: Data | None = None, *, luck: int = 1, rule: str = "fits", situation: str = "") -> Subject:
        """A new instance, fitted with the global generators set to `luck`. Raises BreachError."""
        data = data or self.data
        subject = self.adopt(self.call(None, "making it", "loads", self.make))
        subject.given = own_copy(data.log)
        given = subject.given
        what = situation or f"fit on {len(data.log):,} choices of {data.log.n_users:,} people"
        self.call(subject, what, rule, lambda: subject.recommender.fit(given.catalog, given), luck=luck)
        return subject

    def adopt(self, recommender: Recommender) -> Subject:
        """An instance, with a thread of its own that is let go at the end."""
        subject = Subject(recommender)
        if isinstance(recommender, Remote):
            recommender.timeout_s = recommender.fit_timeout_s = self.timeout_s
        self._loose.append(subject)
        return subject

    def call(self, subject: Subject | None, situation: str, rule: str, call: Callable[[], T], *, luck: int = 1) -> T:
        """What `call` returns. Raises BreachError: of `rule` where it raises, else of what it did."""
        situation = f"{self.label}{situation}"
        self.about(situation)
        set_global_luck(luck)
        watched = Watched() if subject is None else subject.watched
        try:
            return watched(call, self.timeout_s + (_PATIENCE_S if _is_remote(subject) else 0.0))
        except PluginError as error:
            raise _breach(error, rule, situation, subject) from None
        except (SystemExit, KeyboardInterrupt) as error:
            raise BreachError("stays-alive", f"{situation}: it tried to end the process ({told(error)})") from None
        except TimeoutError as error:
            if not watched.lost:
                raise BreachError(rule, f"{situation}: it raised {told(error)}") from None
            fault = f"{situation}: no answer within {self.timeout_s:g} s"
            raise BreachError("answers-in-time", fault, gave_up=True) from None
        except UserInputError as error:
            raise BreachError(rule, f"{situation}: {error}") from None
        except BaseException as error:
            raise BreachError(rule, f"{situation}: it raised {told(error)}") from None
        finally:
            if subject is None:
                watched.close()

    def ask(
        self,
        requests: Sequence[Request],
        k: int,
        situation: str,
        *,
        subject: Subject | None = None,
        rule: str = "answers",
        luck: int = 1,
    ) -> SlateBatch:
        """The slates for `requests`, checked as in a run. Raises BreachError."""
        asked = self.subject if subject is None else subject
        catalog = self.data.catalog if asked.given is None else asked.given.catalog
        batch = requests if isinstance(requests, RequestBatch) else as_batch(catalog, list(requests))

        def answer() -> SlateBatch:
            slates = asked.recommender.recommend(requests, k)
            return checked_slates(slates, batch, k, self.plugin, unscored=isinstance(asked.recommender, Explore))

        return self.call(asked, f"recommend, k = {k:,}, for {situation}", rule, answer, luck=luck)

    def batch(self, people: Sequence[Person], *, turn: int = 0, page: int = 0, seed: int = 0) -> RequestBatch:
        """The requests of `people` at one turn, on a view of their own."""
        ids = [user_id for user_id, _ in people]
        view = view_of_histories(self.data.catalog, ids, keys_of(ids), [history for _, history in people])
        rows = np.arange(len(people), dtype=np.int32)
        return RequestBatch(view, rows, np.full_like(rows, page), turn, Stream.of(seed, "luck", "recommender"))

    def close(self) -> None:
        """Let go of all threads."""
        for subject in self._loose:
            subject.close()


def set_global_luck(luck: int) -> None:
    """Set the generators that a whole process shares; they must make no difference to anybody."""
    random.seed(luck)
    np.random.seed(luck)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(luck)


@contextmanager
def global_luck_restored() -> Iterator[None]:
    """Afterwards the shared generators are where they were."""
    kept = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


def first_difference(one: SlateBatch, other: SlateBatch, batch: RequestBatch) -> str | None:
    """Whose page differs, and how; None where all are the same."""
    if np.array_equal(one.items, other.items):
        return None
    row, place = np.argwhere(one.items != other.items)[0].tolist()
    user_id = str(batch.view.user_ids[batch.rows[row]])
    shown, later = (_item(slates, row, place) for slates in (one, other))
    return f"{user_id!r} is shown {shown} at place {place + 1} at one time, and {later} at another"


def writes(recommender: Recommender, method: str) -> bool:
    """Whether an optional method of the contract is written."""
    if isinstance(recommender, Remote):
        return {"save": recommender.can_save, "observe": learns(recommender)}.get(method, True)
    if isinstance(recommender, DuckTyped):
        return hasattr(recommender.inner, method)
    return getattr(type(recommender), method) is not getattr(Recommender, method)


def _item(slates: SlateBatch, row: int, place: int) -> str:
    item = int(slates.items[row, place])
    return "nothing" if item < 0 else repr(str(slates.catalog.item_ids[item]))


def _is_remote(subject: Subject | None) -> bool:
    return subject is not None and isinstance(subject.recommender, Remote)


def _breach(error: PluginError, rule: str, situation: str, subject: Subject | None) -> BreachError:
    fault = f"{situation}: {_where(error)}{error.fault}"
    if not isinstance(error.__context__, TimeoutError | ProcessEndedError):
        return BreachError(RULE_OF_LINE.get(error.rule, rule), fault)
    if subject is not None:
        subject.ended = True
    return BreachError("answers-in-time" if isinstance(error.__context__, TimeoutError) else "stays-alive", fault)


def _where(error: PluginError) -> str:
    return "" if error.user_id is None else f"for {error.user_id!r}, "
