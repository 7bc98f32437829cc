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


def common(first: Positions, last: Positions, other_first: Positions, other_last: Positions) -> tuple[Positions, Positions]:
    """What two sets of sorted disjoint intervals have in common.

    >>> common(np.array([1, 10]), np.array([5, 20]), np.array([4, 12]), np.array([11, 13]))
    (array([ 4, 10, 12]), array([ 5, 11, 13]))
    """
    begin = np.searchsorted(other_last, first)  # the first of the others that does not end before
    meets = np.searchsorted(other_first, last, side="right") - begin
    mine = np.repeat(np.arange(len(first)), meets)
    theirs = np.arange(len(mine)) - np.repeat(np.cumsum(meets) - meets, meets) + np.repeat(begin, meets)
    return np.maximum(first[mine], other_first[theirs]), np.minimum(last[mine], other_last[theirs])
