"""Whole people out of expected numbers of people: controlled rounding of a two-way table.

Every cell becomes one of the two whole numbers next to it, and so does the sum of every row and of every column; the
chance of the upper number is such that the cell's expectation stays (Cox, "A constructive procedure for unbiased
controlled rounding", J. American Statistical Association 1987). Cells that are not whole, whose rows and columns have
whole sums, always lie on a cycle; along it fractions are moved, alternately up and down, until one cell is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from simulator.randomness import Stream, slot_keys

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

WHOLE = 1e-9


def rounded(expected: F64, stream: Stream) -> I64:
    """A table of whole numbers next to `expected`, margins included, without bias; chance comes from `stream`.

    `expected` (r, c), not negative. A sum that is whole stays the same.
    """
    table = _with_whole_margins(expected)
    base = np.floor(table + WHOLE)
    part = table - base
    part[part < WHOLE] = 0.0
    rows, columns = part.shape
    fractions = {(int(i), rows + int(j)): float(part[i, j]) for i, j in np.argwhere(part > 0)}
    for row, column in _raised(fractions, rows, columns, stream):
        base[row, column - rows] += 1
    whole: I64 = base[: expected.shape[0], : expected.shape[1]].astype(np.int64)
    return whole


def _with_whole_margins(expected: F64) -> F64:
    """The table with one more row and column that make every sum whole."""
    column = np.ceil(expected.sum(axis=1) - WHOLE) - expected.sum(axis=1)
    wide = np.column_stack([expected, np.maximum(column, 0.0)])
    row = np.ceil(wide.sum(axis=0) - WHOLE) - wide.sum(axis=0)
    return np.vstack([wide, np.maximum(row, 0.0)])


def _raised(
    fractions: dict[tuple[int, int], float], rows: int, columns: int, stream: Stream
) -> Iterator[tuple[int, int]]:
    """The cells, as (row, rows + column), that are rounded up."""
    near: list[dict[int, None]] = [{} for _ in range(rows + columns)]
    for row, column in fractions:
        near[row][column] = near[column][row] = None
    luck = iter(stream.uniform(slot_keys(len(fractions))).tolist())
    path: list[int] = []
    place = [-1] * (rows + columns)  # of a node on the path
    for start in range(rows + columns):
        while near[start] or path:
            if not path:
                path.append(start)
                place[start] = 0
            here, back = path[-1], path[-2] if len(path) > 1 else -1
            ahead = next((node for node in near[here] if node != back), -1)
            if ahead < 0:  # a sum that arithmetic left a hair beside a whole number: the cell is nearly whole
                for node in near[here]:
                    if fractions[cell := _cell(here, node, rows)] > 0.5:
                        yield cell
                    del near[node][here]
                near[here].clear()
                _cut(path, place, len(path) - 1)
            elif place[ahead] < 0:
                place[ahead] = len(path)
                path.append(ahead)
            else:
                cycle = [*path[place[ahead] :], ahead]
                cells = [_cell(a, b, rows) for a, b in pairwise(cycle)]
                for row, column in _moved(fractions, cells, next(luck)):
                    if fractions[row, column] > 0.5:
                        yield row, column
                    del near[row][column], near[column][row]
                _cut(path, place, place[ahead])


def _cell(a: int, b: int, rows: int) -> tuple[int, int]:
    return (a, b) if a < rows else (b, a)


def _moved(fractions: dict[tuple[int, int], float], cells: list[tuple[int, int]], luck: float) -> list[tuple[int, int]]:
    """Moves fractions along a cycle, up on every second cell and down on the others or the reverse; the cells that
    became whole."""
    up, down = cells[::2], cells[1::2]
    more = min(min(1 - fractions[cell] for cell in up), min(fractions[cell] for cell in down))
    less = min(min(fractions[cell] for cell in up), min(1 - fractions[cell] for cell in down))
    step = more if luck * (more + less) < less else -less
    done = []
    for cell, sign in [(cell, step) for cell in up] + [(cell, -step) for cell in down]:
        value = fractions[cell] + sign
        fractions[cell] = value
        if value < WHOLE or value > 1 - WHOLE:
            done.append(cell)
    return done


def _cut(path: list[int], place: list[int], keep: int) -> None:
    """Leave only the first nodes of a path."""
    for node in path[keep:]:
        place[node] = -1
    del path[keep:]
