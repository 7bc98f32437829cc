"""Frequency shifts against published intervals and another library's chi-square."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from goe.science.shift import beyond_chance, newcombe_interval, pooled_z, shift


@pytest.mark.parametrize(
    ("x", "n", "y", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (5, 56, 0, 29, -0.0381, 0.1926),
    ],
)
def test_interval__is_that_of_newcombe_1998(x: int, n: int, y: int, m: int, low: float, high: float) -> None:
    """Table II of Stat Med 1998; 17:873, method 10."""
    assert [round(float(bound), 4) for bound in newcombe_interval(x, n, y, m)] == pytest.approx([low, high], abs=1.01e-4)


@pytest.mark.parametrize(("x", "n", "y", "m"), [(56, 70, 48, 80), (1, 200, 9, 100), (40, 420, 100, 420)])
def test_z__squared_is_the_chi_square_of_scipy(x: int, n: int, y: int, m: int) -> None:
    expected = chi2_contingency([[x, n - x], [y, m - y]], correction=False).statistic
    assert float(pooled_z(x, n, y, m)) ** 2 == pytest.approx(expected)


def test_shift__nobody_added_nobody_there_and_nobody_carries() -> None:
    found = shift([3, 0, 0], [10, 0, 10], [0, 1, 0], [0, 10, 10])
    assert found.difference[[0, 2]].tolist() == [0, 0]
    assert np.isnan(found.difference[1])
    assert np.isnan(found.z[:2]).all()
    assert found.z[2] == 0
    assert found.low[0] == found.high[0] == 0
    assert found.low[2] < 0 < found.high[2]


def test_beyond_chance__is_stricter_with_more_variants() -> None:
    """Two-sided 5 %: 1.96 for one variant, 3.29 for fifty (0.001 two-sided), from the table of the normal distribution."""
    assert beyond_chance(np.array([1.97])).tolist() == [True]
    assert beyond_chance(np.array([1.95])).tolist() == [False]
    fifty = np.zeros(50)
    fifty[:3] = 3.28, 3.30, -3.30
    assert beyond_chance(fifty)[:3].tolist() == [False, True, True]
