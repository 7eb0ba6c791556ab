"""The contract as tests of a plug-in author's own suite: one pytest test for each rule.

The recommender is checked once, at the first of the tests; each test then tells what was found about its rule. Errors
fail, warnings are pytest warnings, and what could not be checked is skipped with the reason.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from recommenders.conformance.checking import TIMEOUT_S, check
from recommenders.conformance.report import Report
from recommenders.conformance.rules import RULES
from recommenders.contract import Recommender
from simulator.records import UserInputError


class ContractWarning(UserWarning):
    """What the contract of recommenders warns of."""


class ConformanceTests:
    """Subclass it in a test file, and say which recommender::

        class TestMine(ConformanceTests):
            recommender = "my.py:Mine"     # or a class, or an instance that is not fitted
            params = {"depth": 3}          # optional, as are python, timeout_s and data

    A file is looked for beside the test file, then in the working folder.
    """

    recommender: ClassVar[str | type[Any] | Recommender | None] = None
    params: ClassVar[Mapping[str, Any]] = {}
    python: ClassVar[str | None] = None
    timeout_s: ClassVar[float] = TIMEOUT_S
    data: ClassVar[Any] = None
    """A name, a catalogue and a log on which pages, time and memory are checked once more."""
    checks: ClassVar[Collection[str] | None] = None
    """Names of the checks to make (`recommenders.conformance.checks.CHECKS`); None: all."""

    @classmethod
    def checked(cls) -> Once:
        """The check of the recommender, which is made when its report is first asked for."""
        if "_checked" not in vars(cls):
            file = getattr(sys.modules[cls.__module__], "__file__", None)
            cls._checked = Once(
                cls.recommender,
                params=cls.params,
                python=cls.python,
                timeout_s=cls.timeout_s,
                data=cls.data,
                checks=cls.checks,
                folder=None if file is None else Path(file).parent,
            )
        return cls._checked

    _checked: ClassVar[Once]

    @pytest.mark.parametrize("rule", RULES)
    def test_contract(self, rule: str) -> None:
        """One rule of the contract."""
        tell(self.checked().report(), rule)


def contract_tests(
    recommender: str | type[Any] | Recommender,
    *,
    params: Mapping[str, Any] | None = None,
    python: str | None = None,
    timeout_s: float = TIMEOUT_S,
    data: Any = None,
    checks: Collection[str] | None = None,
) -> Callable[..., None]:
    """A test function with one case for each rule, to be given a name that begins with ``test_``::

    test_mine = contract_tests("my.py:Mine", params={"depth": 3})
    """
    folder = Path(sys._getframe(1).f_globals.get("__file__", ".")).parent
    settings = {"params": params, "python": python, "timeout_s": timeout_s, "data": data, "checks": checks}
    checked = Once(recommender, folder=folder, **settings)

    @pytest.mark.parametrize("rule", RULES)
    def test_contract(rule: str) -> None:
        tell(checked.report(), rule)

    return test_contract


class Once:
    """A check that is made when it is first asked for, and not made again, even if there was nothing to check."""

    def __init__(self, recommender: str | type[Any] | Recommender | None, **settings: Any) -> None:
        self._recommender, self._settings = recommender, settings
        self._made: Report | UserInputError | None = None

    def report(self) -> Report:
        """The report; where there was nothing to check, the test that asks fails and says why."""
        if self._made is None:
            try:
                self._made = self._check()
            except UserInputError as error:
                self._made = error
        if isinstance(self._made, UserInputError):
            pytest.fail(str(self._made), pytrace=False)
        return self._made

    def _check(self) -> Report:
        if self._recommender is None:
            raise UserInputError('say which: recommender = "my.py:Mine", or a class, or an instance')
        return check(self._recommender, **self._settings)


def tell(report: Report, rule: str) -> None:
    """Fail, warn, skip or pass: as the report says of one rule."""
    found = report.about(rule)
    errors = [finding.message for finding in found if finding.severity == "error"]
    if errors:
        pytest.fail(f"{report.plugin}: {rule}: " + "\n".join(errors), pytrace=False)
    for finding in found:
        if finding.severity == "warning":
            warnings.warn(f"{report.plugin}: {rule}: {finding.message}", ContractWarning, stacklevel=2)
    if report.status(rule) == "not checked":
        pytest.skip(report.unchecked.get(rule, "something else must be mended first"))
