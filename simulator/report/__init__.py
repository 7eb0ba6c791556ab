"""The HTML report of a run."""

from simulator.report.html import write_report

__all__ = ["write_report"]
