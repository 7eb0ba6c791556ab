"""What pytest finds of the conformance kit: an option, and the fixture `check_recommender`.

``pytest --understudy-recommender my.py:Mine`` checks a recommender without a test file. In a project that uses neither
nothing of the kit is imported, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from recommenders.conformance.report import Report
    from recommenders.conformance.testing import Once

_OPTION = "--understudy-recommender"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("understudy")
    group.addoption(
        _OPTION,
        action="append",
        default=[],
        metavar="PLUGIN",
        dest="understudy_recommenders",
        help="check this recommender (a name, module:Class, file.py:Class or a URL) against Understudy's contract",
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add one test for each rule and recommender that the command line names."""
    for spec in config.getoption("understudy_recommenders"):
        items.extend(_Contract.from_parent(session, name=spec, path=config.rootpath).collect())


class _Contract(pytest.Collector):
    """The tests of one recommender."""

    def collect(self) -> Iterator[pytest.Item]:
        from recommenders.conformance.rules import RULES
        from recommenders.conformance.testing import Once

        checked = Once(self.name, folder=Path(self.config.invocation_params.dir))
        for rule in RULES:
            yield _Rule.from_parent(self, name=rule, checked=checked)


class _Rule(pytest.Item):
    """One rule of the contract."""

    def __init__(self, *, checked: Once, **settings: Any) -> None:
        super().__init__(**settings)
        self._checked = checked

    def runtest(self) -> None:
        from recommenders.conformance.testing import tell

        tell(self._checked.report(), self.name)

    def reportinfo(self) -> tuple[Path, None, str]:
        assert self.parent is not None
        return self.path, None, f"{self.parent.name}: {self.name}"


@pytest.fixture(scope="session")
def check_recommender() -> Callable[..., Report]:
    """`recommenders.conformance.check`; one that is given by name is checked once a session with the same settings."""
    from recommenders.conformance.checking import check

    made: dict[str, Report] = {}

    def checked(recommender: Any, **settings: Any) -> Report:
        if not isinstance(recommender, str):
            return check(recommender, **settings)
        key = repr((recommender, sorted(settings.items(), key=lambda pair: pair[0])))
        if key not in made:
            made[key] = check(recommender, **settings)
        return made[key]

    return checked
