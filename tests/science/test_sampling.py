"""The largest unrelated set: as large as exhaustive search finds, and always the same one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.science.sampling import Unrelated, largest_unrelated, lost


@st.composite
def kinships(draw: st.DrawFn) -> tuple[NDArray[np.int64], int, NDArray[np.int64]]:
    """Up to eleven people, who is related, and their weights, often equal."""
    people = draw(st.integers(1, 11))
    everybody = list(combinations(range(people), 2))
    pairs = draw(st.lists(st.sampled_from(everybody), max_size=25)) if everybody else []
    weight = draw(st.lists(st.integers(0, 3), min_size=people, max_size=people))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), people, np.array(weight)


@given(kinship=kinships())
def test_largest_unrelated__is_the_best_of_all_sets(kinship: tuple[NDArray[np.int64], int, NDArray[np.int64]]) -> None:
    """By number, then weight, then the smallest index that is in one and not the other."""
    pairs, people, weight = kinship
    sets = (s for size in range(people + 1) for s in combinations(range(people), size))
    fit = [s for s in sets if not any(i in s and j in s for i, j in pairs.tolist())]
    best = max(fit, key=lambda s: (len(s), sum(weight[list(s)]), [i in s for i in range(people)]))
    found = largest_unrelated(pairs, people, weight)
    assert found.exact and tuple(np.flatnonzero(found.kept)) == best


@given(kinship=kinships(), seed=st.integers(0, 99))
def test_largest_unrelated__does_not_depend_on_the_order_of_pairs(
    kinship: tuple[NDArray[np.int64], int, NDArray[np.int64]], seed: int
) -> None:
    pairs, people, _ = kinship
    random = np.random.default_rng(seed)
    shuffled = random.permutation(np.where(random.random((len(pairs), 1)) < 0.5, pairs, pairs[:, ::-1]))
    assert np.array_equal(largest_unrelated(pairs, people).kept, largest_unrelated(shuffled, people).kept)


def independent(found: Unrelated, pairs: NDArray[np.int64]) -> bool:
    return not np.any(found.kept[pairs[:, 0]] & found.kept[pairs[:, 1]])


def test_largest_unrelated__in_many_families() -> None:
    """10,000 families of two parents and three children: the parents stay, or three children never do."""
    base = 5 * np.arange(10_000)
    edges = [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]
    pairs = np.concatenate([np.stack([base + i, base + j], axis=1) for i, j in edges])
    found = largest_unrelated(pairs, 50_001)
    assert found.exact and found.kept.sum() == 20_001 and independent(found, pairs)
    assert lost(found.kept, np.arange(50_001) % 5, 5).tolist() == [0, 0, 10_000, 10_000, 10_000]


def test_largest_unrelated__prefers_weight_only_among_equals() -> None:
    pairs = np.array([[0, 1], [0, 2]])
    assert np.flatnonzero(largest_unrelated(pairs, 3, np.array([100, 1, 1])).kept).tolist() == [1, 2]
    assert np.flatnonzero(largest_unrelated(pairs[:1], 2, np.array([1, 2])).kept).tolist() == [1]


def test_largest_unrelated__of_a_village() -> None:
    """A ring of 300 people with chords: exact within the budget, or said not to be; at least a quarter stays."""
    random = np.random.default_rng(1)
    ring = np.stack([np.arange(300), (np.arange(300) + 1) % 300], axis=1)
    pairs = np.concatenate([ring, random.integers(0, 300, (60, 2))])
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    found = largest_unrelated(pairs, 300)
    assert independent(found, pairs) and found.kept.sum() >= 100


def test_largest_unrelated__beyond_the_limit_says_so() -> None:
    """A chain of 5,000: too long to search, still nobody related, and here the greedy choice is the best one."""
    pairs = np.stack([np.arange(4999), np.arange(1, 5000)], axis=1)
    found = largest_unrelated(pairs, 5000)
    assert not found.exact and independent(found, pairs) and found.kept.sum() == 2500


def test_largest_unrelated__of_nobody_and_of_strangers() -> None:
    nobody = np.empty((0, 2), dtype=np.int64)
    assert largest_unrelated(nobody, 0).kept.shape == (0,)
    assert largest_unrelated(nobody, 3).kept.all()
    with pytest.raises(ValueError, match="negative"):
        largest_unrelated(nobody, 1, np.array([-1]))
