"""The calendar of a run: simulated seconds as days and hours. The run begins on a Monday at midnight."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

DAY_S = 86_400.0
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

F64 = npt.NDArray[np.float64]


def day_of_week(clock_s: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.intp]:
    """0 (Monday) to 6, of seconds since the start of the run. Any shape."""
    day: npt.NDArray[np.intp] = (np.floor_divide(clock_s, DAY_S) % 7).astype(np.intp)
    return day


def hour_of_day(clock_s: npt.NDArray[np.floating[Any]]) -> F64:
    """Hours since midnight, in [0, 24). Any shape."""
    hour: F64 = np.mod(np.asarray(clock_s, dtype=np.float64), DAY_S) / 3600
    return hour
