"""Judging recommenders on choices that were held out of a log: splits, lists, accuracy and what is beyond it."""

from simulator.evaluation.offline.accuracy import accuracy
from simulator.evaluation.offline.beyond import beyond_accuracy, exposure
from simulator.evaluation.offline.blind import BlindTest, blind_test
from simulator.evaluation.offline.leakage import Leakage, leakage
from simulator.evaluation.offline.rank import Rankings, rank
from simulator.evaluation.offline.splits import Holdout, hold_out
from simulator.evaluation.offline.table import Measured, difference_table, measure, offline_table, paired_differences

__all__ = [
    "BlindTest",
    "Holdout",
    "Leakage",
    "Measured",
    "Rankings",
    "accuracy",
    "beyond_accuracy",
    "blind_test",
    "difference_table",
    "exposure",
    "hold_out",
    "leakage",
    "measure",
    "offline_table",
    "paired_differences",
    "rank",
]
