"""Interval sets against plain sets of positions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from goe.science.intervals import covers, merged

PAIRS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)), max_size=12)


@given(pairs=PAIRS)
def test_union__has_the_same_positions_and_is_sorted_and_apart(pairs: list[tuple[int, int]]) -> None:
    first = np.array([a for a, _ in pairs], dtype=np.int64)
    last = np.array([a + n for a, n in pairs], dtype=np.int64)
    begin, end = merged(first, last)
    inside = {p for a, b in zip(first, last, strict=True) for p in range(a, b + 1)}
    assert {p for a, b in zip(begin, end, strict=True) for p in range(a, b + 1)} == inside
    assert (begin[1:] > end[:-1] + 1).all()
    position = np.arange(0, 90, dtype=np.int64)
    assert covers(begin, end, position).tolist() == [p in inside for p in position.tolist()]
