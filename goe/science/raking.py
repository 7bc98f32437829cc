"""Tables with given margins: iterative proportional fitting, and whole numbers that keep the margins exactly.

Statistical offices publish margins (region by sex by age, birth country by sex) but not the table of all of them together.
Iterative proportional fitting finds the table with these margins that keeps the associations of a seed (Deming and Stephan, Ann
Math Stat 1940; 11:427); what it invents is a model, and is to be called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Margin = tuple[tuple[int, ...], Floats]
"""Axes of the table, ascending, and the totals over the other axes, one for each combination of the axes' labels."""

PASSES = 1000


@dataclass(frozen=True)
class Fitted:
    """A table with the margins asked for; `off` is the largest relative distance from one that is left."""

    table: Floats
    passes: int
    off: float


def fit(seed: ArrayLike, margins: Sequence[Margin], *, tolerance: float = 1e-10) -> Fitted:
    """The table with these margins that has the associations of the seed; `off` stays large where margins contradict.

    >>> found = fit(np.ones((2, 2)), [((0,), np.array([30.0, 70.0])), ((1,), np.array([60.0, 40.0]))])
    >>> found.table.round(6).tolist()
    [[18.0, 12.0], [42.0, 28.0]]
    """
    table, off, passes = np.array(seed, dtype=np.float64), np.inf, 0
    while passes < PASSES and off > tolerance:
        passes += 1
        for axes, target in margins:
            others = tuple(i for i in range(table.ndim) if i not in axes)
            now = table.sum(axis=others)
            factor = np.divide(target, now, out=np.zeros_like(now), where=now > 0)
            table *= np.expand_dims(factor, others)
        before, off = off, max(_distance(table, axes, target) for axes, target in margins)
        if off >= before * (1 - 1e-12) and passes > 5:
            break  # it goes in a circle: the margins contradict one another
    return Fitted(table, passes, off)


def _distance(table: Floats, axes: tuple[int, ...], target: Floats) -> float:
    now = table.sum(axis=tuple(i for i in range(table.ndim) if i not in axes))
    return float((np.abs(now - target) / max(float(target.max(initial=0.0)), 1e-300)).max(initial=0.0))


def whole_table(seed: ArrayLike, row: ArrayLike, column: ArrayLike) -> Integers:
    """Whole numbers with exactly these row and column sums, each within one of the fitted table: controlled rounding.

    `seed` is (rows, columns), its zeros stay zero where the margins can be met so; `row` and `column` have the same sum.
    The rounding is a transport problem, whose best solution is whole (Cox, J Am Stat Assoc 1987; 82:520).

    >>> whole_table([[1, 1], [1, 1]], [3, 4], [5, 2]).sum(axis=0).tolist()
    [5, 2]
    """
    rows, columns = np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64)
    start = np.asarray(seed, dtype=np.float64)
    if start.shape[0] == 1 or start.shape[1] == 1:
        return (columns[None, :] if start.shape[0] == 1 else rows[:, None]).copy()
    fitted = _with_support(start, rows, columns)
    low = np.floor(fitted + 1e-9).astype(np.int64)
    return low + _raised(fitted - low, rows - low.sum(axis=1), columns - low.sum(axis=0))


def _with_support(seed: Floats, rows: Integers, columns: Integers) -> Floats:
    """The seed fitted to the margins; where its zeros forbid that, a trace of independence is mixed in."""
    margins = [((0,), rows.astype(np.float64)), ((1,), columns.astype(np.float64))]
    fitted = fit(seed, margins, tolerance=1e-9)
    if fitted.off > 1e-6:
        even = np.outer(rows, columns) / max(int(rows.sum()), 1)
        fitted = fit(seed / max(float(seed.sum()), 1e-300) * rows.sum() + 1e-3 * even, margins, tolerance=1e-9)
    return fitted.table


def _raised(part: Floats, rows: Integers, columns: Integers) -> Integers:
    """(rows, columns) of 0 and 1: which cells are rounded up, those with the largest fractions where there is a choice."""
    from scipy.optimize import linprog
    from scipy.sparse import identity, kron, vstack

    r, c = part.shape
    sums = vstack([kron(identity(r), np.ones((1, c))), kron(np.ones((1, r)), identity(c))], format="csr")
    most = np.where(part > 1e-9, 1, 0)
    for upper in (most, np.ones_like(most), np.full_like(most, int(rows.sum()) + 1)):
        found = linprog(
            -part.ravel(),
            A_eq=sums,
            b_eq=np.concatenate([rows, columns]),
            bounds=np.stack([0 * upper, upper], -1).reshape(-1, 2),
        )
        if found.status == 0:
            up: Integers = np.rint(found.x).astype(np.int64).reshape(r, c)
            return up
    raise ValueError("the row and column sums differ")
