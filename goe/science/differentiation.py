"""How much populations differ."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def hudson_fst(count: ArrayLike, number: ArrayLike) -> float:
    """Hudson's F_ST at one site over all pairs of populations, as the ratio of the summed numerators and denominators.

    Equation (10) of Bhatia et al., Genome Res 2013; 23:1514, for each pair of populations with sample frequencies p1, p2 of
    n1, n2 alleles: N = (p1 - p2)^2 - p1 (1 - p1) / (n1 - 1) - p2 (1 - p2) / (n2 - 1), D = p1 (1 - p2) + p2 (1 - p1).
    nan where fewer than two populations have two alleles or nobody differs. May be slightly negative.
    """
    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    x, n = x[n > 1], n[n > 1]
    p, within = x / n, (x / n) * (1 - x / n) / (n - 1)
    i, j = np.triu_indices(len(p), k=1)
    above = ((p[i] - p[j]) ** 2 - within[i] - within[j]).sum()
    below = (p[i] * (1 - p[j]) + p[j] * (1 - p[i])).sum()
    return float(above / below) if below > 0 else float("nan")


def homogeneity(count: ArrayLike, number: ArrayLike) -> tuple[float, int, float]:
    """Pearson's chi-square of equal frequencies: the statistic, degrees of freedom and p-value.

    The table is (populations, 2): alternate and other alleles. With no variation at all it returns (0.0, degrees, 1.0).
    """
    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    degrees, mean = len(x) - 1, x.sum() / n.sum()
    if degrees < 1 or mean in (0.0, 1.0):
        return 0.0, max(degrees, 0), 1.0
    statistic = float((((x - n * mean) ** 2) / (n * mean * (1 - mean))).sum())
    return statistic, degrees, chi_square_tail(statistic, degrees)


def chi_square_tail(statistic: float, degrees: int) -> float:
    """P(X >= statistic) for a chi-square X with a whole number of degrees of freedom.

    Equations 26.4.4 and 26.4.5 of Abramowitz and Stegun, Handbook of Mathematical Functions, 1964; the closed form spares a
    look-up the import of a statistics library.
    """
    half = statistic / 2
    if degrees % 2 == 0:
        return math.exp(-half) * sum(half**k / math.factorial(k) for k in range(degrees // 2))
    series = sum((half ** (k - 0.5) / math.gamma(k + 0.5) for k in range(1, (degrees + 1) // 2)), start=0.0)
    return math.erfc(math.sqrt(half)) + math.exp(-half) * float(series)
