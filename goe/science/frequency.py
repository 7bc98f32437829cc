"""Frequencies and their uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z95 = 1.959963984540054  # 97.5 % point of the standard normal distribution


def wilson_interval(count: ArrayLike, number: ArrayLike, *, z: float = Z95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound of the Wilson score interval of count / number; nan where number is 0.

    Wilson, J Am Stat Assoc 1927; 22:209, as equation (4) of Brown, Cai and DasGupta, Stat Sci 2001; 16:101. It treats alleles
    as independent draws, which holds in Hardy-Weinberg proportions.

    >>> low, high = wilson_interval(117, 198)
    >>> round(float(low), 3), round(float(high), 3)
    (0.521, 0.657)
    """
    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (x + z**2 / 2) / (n + z**2)
        half = z * np.sqrt(x * (n - x) / n + z**2 / 4) / (n + z**2)
        none = np.where(n > 0, 0.0, np.nan)
        low = np.where(x == 0, 0.0, centre - half) + none
        high = np.where(x == n, 1.0, centre + half) + none
    return low, high


def filtering_frequency(count: ArrayLike, number: ArrayLike, *, confidence: float = 0.95) -> NDArray[np.float64]:
    """faf: the lower bound of the one-sided Poisson interval of the frequency; 0 where count is 0, nan where number is 0.

    A variant is too common for a disease when this bound is above the disease's maximum credible frequency
    (Whiffin et al., Genet Med 2017; 19:1151). The bound l solves P(X >= count | l) = 1 - confidence for a Poisson X, so that
    l is the (1 - confidence) quantile of a gamma distribution with shape `count`.

    >>> round(float(filtering_frequency(117, 198)), 3)
    0.504
    """
    from scipy.special import gammaincinv

    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        bound = np.where(x > 0, gammaincinv(np.where(x > 0, x, 1.0), 1 - confidence), 0.0)
        found: NDArray[np.float64] = np.where(n > 0, bound / n, np.nan)
    return found


def weighted_mean(frequency: ArrayLike, weight: ArrayLike) -> float:
    """Mean of frequencies with weights that need not sum to one, such as numbers of inhabitants."""
    return float(np.average(np.asarray(frequency, dtype=np.float64), weights=np.asarray(weight, dtype=np.float64)))
