"""Choosing people: numbers per cell against every possible choice, equal chances, greedy coverage against its bound."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from goe.science.selection import Quota, coverage_greedy, numbers_per_cell, systematic


def quotas(wanted: list[int]) -> list[Quota]:
    """Two sexes by two regions: cells F1 F2 M1 M2."""
    cells = ([1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1])
    return [Quota(str(i), np.array(c, dtype=bool), w) for i, (c, w) in enumerate(zip(cells, wanted, strict=True))]


@given(
    room=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    wanted=st.lists(st.integers(0, 6), min_size=4, max_size=4),
    data=st.data(),
)
def test_numbers_per_cell__no_choice_misses_less(room: list[int], wanted: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(room)))
    found = numbers_per_cell(room, total, quotas(wanted))

    def missed(n: np.ndarray) -> int:  # type: ignore[type-arg]
        return sum(abs(int(n[q.cells].sum()) - q.wanted) for q in quotas(wanted))

    every = [np.array(n) for n in product(*(range(r + 1) for r in room)) if sum(n) == total]
    assert found.people.sum() == total and (found.people <= room).all()
    assert missed(found.people) == min(map(missed, every))


def test_numbers_per_cell__a_floor_comes_before_any_quota() -> None:
    member = np.array([0, 0, 0, 1], dtype=bool)
    found = numbers_per_cell([50, 50, 50, 6], 100, [*quotas([90, 10, 90, 10]), Quota("floor", member, 6, is_floor=True)])
    assert found.people[3] == 6


def test_numbers_per_cell__stays_near_the_plan() -> None:
    """Margins alone could be met from two of four cells."""
    found = numbers_per_cell([100] * 4, 100, quotas([50, 50, 50, 50]), [25, 25, 25, 25])
    assert found.people.tolist() == [25, 25, 25, 25]


def test_numbers_per_cell__too_few_people() -> None:
    with pytest.raises(ValueError, match="3 people are available, 4 are wanted"):
        numbers_per_cell([1, 2], 4, [])


def test_systematic__everybody_has_the_same_chance() -> None:
    random = np.random.default_rng(2)
    drawn = np.zeros(23)
    for _ in range(6000):
        places = systematic(23, 7, random)
        assert len(set(places.tolist())) == 7
        drawn[places] += 1
    assert drawn / 6000 == pytest.approx(7 / 23, abs=0.03)


@given(seed=st.integers(0, 500))
def test_coverage_greedy__is_within_its_bound_of_the_best(seed: int) -> None:
    carried = csr_array((np.random.default_rng(seed).random((8, 15)) < 0.25).astype(float))
    dense = carried.toarray() > 0
    chosen = coverage_greedy(carried, [], range(8), 3)
    best = max(dense[list(c)].any(axis=0).sum() for c in combinations(range(8), 3))
    assert dense[chosen].any(axis=0).sum() >= (1 - 1 / np.e) * best
    first = dense.sum(axis=1)
    assert first[chosen[0]] == first.max()
