"""From the journal to an answer: metrics, statistics, the ensemble of minds, and the verdict."""

from simulator.evaluation.compare import compare
from simulator.evaluation.overview import overview
from simulator.evaluation.summary import summarise

__all__ = ["compare", "overview", "summarise"]
