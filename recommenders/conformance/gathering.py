"""Events of checks gathered into one report."""

from __future__ import annotations

from dataclasses import dataclass, field

from recommenders.conformance.engine import Event
from recommenders.conformance.report import Finding, Report, report_of


@dataclass
class Gathering:
    """What has been heard so far. `current` is the check that runs, `situation` the call that it makes."""

    plugin: str
    findings: list[Finding] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    unchecked: dict[str, str] = field(default_factory=dict)
    digest: str | None = None
    begun: list[str] = field(default_factory=list)
    situation: str = ""
    stopped: bool = False
    lost: bool = False

    def hear(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case {"check": name}:
                self.begun.append(name)
            case {"call": situation}:
                self.situation = situation
            case {"finding": found}:
                self.findings.append(Finding(**found))
            case {"checked": rules, **rest}:
                self.unchecked |= rest.get("unchecked", {})
                self.checked |= {rule for rule in rules if rule not in self.unchecked}
            case {"digest": digest}:
                self.digest = digest
            case {"stop": _}:
                self.stopped = True
            case {"lost": _}:
                self.lost = True

    def report(self) -> Report:
        """All that was heard."""
        return report_of(self.plugin, self.findings, self.checked, self.unchecked)
