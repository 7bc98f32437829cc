"""Fitting to margins against a worked table, and whole tables whose margins are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.science.raking import fit, whole_table

SEED = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]]


def test_fit__the_worked_table() -> None:
    """The first row as the R package ipfn's Python port gives it."""
    found = fit(SEED, [((0,), np.array([150.0, 300, 400, 150])), ((1,), np.array([200.0, 300, 400, 100]))])
    assert found.table[0].round(2).tolist() == [64.56, 46.23, 35.38, 3.82]
    assert found.off < 1e-10


def test_fit__keeps_the_associations_of_the_seed() -> None:
    found = fit(SEED, [((0,), np.array([150.0, 300, 400, 150])), ((1,), np.array([200.0, 300, 400, 100]))]).table
    seed = np.array(SEED, dtype=float)
    assert (found[0, 0] * found[1, 1]) / (found[0, 1] * found[1, 0]) == pytest.approx(
        (seed[0, 0] * seed[1, 1]) / (seed[0, 1] * seed[1, 0])
    )


def test_fit__says_how_far_contradicting_margins_are_off() -> None:
    assert fit(np.ones((2, 2)), [((0,), np.array([1.0, 1])), ((1,), np.array([1.0, 2]))]).off > 0.1


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 6), columns=st.integers(1, 6), people=st.integers(0, 300))
def test_whole_table__has_exactly_its_margins(seed: int, rows: int, columns: int, people: int) -> None:
    random = np.random.default_rng(seed)
    row = random.multinomial(people, np.ones(rows) / rows)
    column = random.multinomial(people, np.ones(columns) / columns)
    start = random.random((rows, columns)) * (random.random((rows, columns)) < 0.7)
    found = whole_table(start, row, column)
    assert found.sum(axis=1).tolist() == row.tolist() and found.sum(axis=0).tolist() == column.tolist()
    assert found.min() >= 0
