"""What a check found: the breaches, and for each rule what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from recommenders.conformance.rules import RULES, Severity

Status = Literal["failed", "warned", "passed", "not checked"]
_RANK: dict[str, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen. `rule` is the id of a rule; `message` says what was asked, what came back, the cure."""

    rule: str
    severity: Severity
    message: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """All findings about one recommender, in the order of the rules."""

    plugin: str
    findings: tuple[Finding, ...]
    checked: frozenset[str] = frozenset()
    """Rules of which the check ran to its end."""
    unchecked: Mapping[str, str] = field(default_factory=dict)
    """Why a rule was not checked, where there is a reason other than an earlier error."""

    @property
    def passed(self) -> bool:
        """Whether nothing that was found is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    def about(self, rule: str) -> tuple[Finding, ...]:
        """The findings about one rule, worst first."""
        return tuple(finding for finding in self.findings if finding.rule == rule)

    def status(self, rule: str) -> Status:
        """What became of a rule."""
        severities = {finding.severity for finding in self.about(rule)}
        if "error" in severities:
            return "failed"
        if "warning" in severities:
            return "warned"
        return "passed" if rule in self.checked else "not checked"

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values: plugin, passed, and the findings."""
        findings = [{"rule": f.rule, "severity": f.severity, "message": f.message} for f in self.findings]
        return {"plugin": self.plugin, "passed": self.passed, "findings": findings}


def report_of(plugin: str, findings: Iterable[Finding], checked: Iterable[str], unchecked: Mapping[str, str]) -> Report:
    """A report in which each rule has at most one error and one warning: the first, and how many were like it."""
    kept: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        alike = kept.setdefault((finding.rule, finding.severity), [])
        if finding.message not in {other.message for other in alike}:
            alike.append(finding)
    order = {rule: n for n, rule in enumerate(RULES)}
    merged = [f for (_, severity), alike in kept.items() for f in (alike if severity == "info" else [_first(alike)])]
    merged.sort(key=lambda finding: (order[finding.rule], _RANK[finding.severity]))
    done = frozenset(checked)
    return Report(
        plugin=plugin,
        findings=tuple(merged),
        checked=done,
        unchecked={rule: why for rule, why in unchecked.items() if rule not in done},
    )


def _first(alike: list[Finding]) -> Finding:
    first, more = alike[0], len(alike) - 1
    if not more:
        return first
    times = "once more" if more == 1 else f"{more} times more"
    return Finding(first.rule, first.severity, f"{first.message} (Seen {times}, asked in other ways.)")
