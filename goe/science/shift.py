"""What adding a second group of people to a first does to the allele frequencies of the first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from goe.science.frequency import Z95, wilson_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """Per variant, (variants,); nan where the first group has no allele read.

    before      frequency in the first group
    after       frequency in both together
    difference  after - before
    low, high   95 % interval of the difference
    z           whether the groups differ at all: standard normal where they are drawn from one population
    """

    before: Floats
    after: Floats
    difference: Floats
    low: Floats
    high: Floats
    z: Floats


def shift(count: ArrayLike, number: ArrayLike, added_count: ArrayLike, added_number: ArrayLike) -> Shift:
    """The shift of x / n when y alleles among m are added: (x + y) / (n + m) - x / n = m / (n + m) * (y / m - x / n).

    The weight m / (n + m) is known, so the interval is that of the difference of the two groups, times it. Alleles are taken as
    independent draws, which holds in Hardy-Weinberg proportions; relatives across the groups make the interval too wide.

    >>> found = shift(117, 198, 20, 20)
    >>> round(float(found.before), 4), round(float(found.after), 4), round(float(found.difference), 4)
    (0.5909, 0.6284, 0.0375)
    """
    x, n, y, m = (np.asarray(part, dtype=np.float64) for part in (count, number, added_count, added_number))
    with np.errstate(invalid="ignore", divide="ignore"):
        before, after = x / n, (x + y) / (n + m)
        weight = m / (n + m)
        low, high = newcombe_interval(y, m, x, n)
        low, high = (np.where(m > 0, weight * bound, after - before) for bound in (low, high))  # nobody added: nothing moves
        return Shift(before, after, after - before, low, high, pooled_z(y, m, x, n))


def newcombe_interval(x: ArrayLike, n: ArrayLike, y: ArrayLike, m: ArrayLike, *, z: float = Z95) -> tuple[Floats, Floats]:
    """Interval of x / n - y / m from the Wilson intervals of the two: method 10 of Newcombe, Stat Med 1998; 17:873.

    >>> low, high = newcombe_interval(56, 70, 48, 80)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    """
    first, second = (np.asarray(part, dtype=np.float64) for part in (x, y))
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = first / np.asarray(n), second / np.asarray(m)
    (low_p, high_p), (low_q, high_q) = wilson_interval(x, n, z=z), wilson_interval(y, m, z=z)
    low = p - q - np.sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = p - q + np.sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return low, high


def pooled_z(x: ArrayLike, n: ArrayLike, y: ArrayLike, m: ArrayLike) -> Floats:
    """(x / n - y / m) over its standard error where both come from one population; 0 where neither group varies.

    Its square is Pearson's chi-square of the two-by-two table.

    >>> round(float(pooled_z(56, 70, 48, 80)), 4)
    2.6502
    """
    a, b, c, d = (np.asarray(part, dtype=np.float64) for part in (x, n, y, m))
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (a + c) / (b + d)
        error = np.sqrt(pooled * (1 - pooled) * (1 / b + 1 / d))
        return np.where(error > 0, (a / b - c / d) / error, np.where((b > 0) & (d > 0), 0.0, np.nan))


def beyond_chance(z: Floats, *, level: float = 0.05) -> NDArray[np.bool_]:
    """Where |z| is larger than chance explains in any of so many variants (Bonferroni); nan is no evidence."""
    from scipy.special import ndtri

    tests = int(np.isfinite(z).sum())
    return np.abs(np.nan_to_num(z)) > float(-ndtri(level / 2 / max(tests, 1)))
