"""Sets of positions on one chromosome as closed intervals, 1-based, sorted and disjoint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int64]


def merged(first: Positions, last: Positions) -> tuple[Positions, Positions]:
    """The union of intervals in any order, as sorted disjoint intervals; those that touch become one.

    >>> merged(np.array([5, 1, 8]), np.array([7, 3, 9]))
    (array([1, 5]), array([3, 9]))
    """
    order = np.argsort(first, kind="stable")
    first, last = first[order], last[order]
    reach = np.maximum.accumulate(last) if len(last) else last
    begins = np.ones(len(first), dtype=np.bool_)
    begins[1:] = first[1:] > reach[:-1] + 1
    ends = np.append(begins[1:], True) if len(begins) else begins
    return first[begins], reach[ends]


def covers(first: Positions, last: Positions, position: Positions) -> NDArray[np.bool_]:
    """(positions,) whether each position lies in one of the sorted disjoint intervals."""
    if not len(first):
        return np.zeros(len(position), dtype=np.bool_)
    before = np.searchsorted(first, position, side="right") - 1
    inside: NDArray[np.bool_] = (before >= 0) & (position <= last[np.maximum(before, 0)])
    return inside
