"""How many people it takes: to see an allele at all, and to know its frequency well.

An allele of frequency f is *detected* if at least one carrier is among the people sequenced and is called. Inbreeding makes
carriers fewer (their copies come in pairs), a sensitivity below one misses some of them, and both raise the number of people.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SENSITIVITY = 0.99  # of calling a heterozygous SNV in a 30x genome


def carriers(frequency: ArrayLike, *, inbreeding: float = 0.0) -> Floats:
    """Share of people with at least one copy: 1 - (1 - f)^2 - F f (1 - f), with Wright's inbreeding coefficient F.

    >>> round(float(carriers(0.01)), 4), round(float(carriers(0.01, inbreeding=1.0)), 4)
    (0.0199, 0.01)
    """
    f = np.asarray(frequency, dtype=np.float64)
    return 1 - (1 - f) ** 2 - inbreeding * f * (1 - f)


def detection(people: ArrayLike, frequency: ArrayLike, *, sensitivity: float = SENSITIVITY, inbreeding: float = 0.0) -> Floats:
    """P(the allele is seen in at least one of `people`) = 1 - (1 - s c)^n, with s the sensitivity and c the share of carriers.

    With s = 1 and F = 0 this is 1 - (1 - f)^(2n).

    >>> round(float(detection(310, 0.001, sensitivity=1.0)), 2)
    0.46
    """
    n, seen = np.asarray(people, dtype=np.float64), sensitivity * carriers(frequency, inbreeding=inbreeding)
    found: Floats = -np.expm1(n * np.log1p(-seen))
    return found


def people_to_detect(frequency: float, probability: float, *, sensitivity: float = SENSITIVITY, inbreeding: float = 0.0) -> int:
    """The fewest people who show an allele of this frequency at least once with at least this probability.

    >>> people_to_detect(0.001, 0.95, sensitivity=1.0), people_to_detect(0.001, 0.95), people_to_detect(0.01, 0.95)
    (1498, 1513, 151)
    """
    seen = sensitivity * float(carriers(frequency, inbreeding=inbreeding))
    return math.ceil(math.log1p(-probability) / math.log1p(-seen))


def detection_of_copies(people: ArrayLike, frequency: float, copies: int) -> Floats:
    """P(at least `copies` copies among `people`), the upper tail of a binomial of 2n draws; perfect calls, no inbreeding."""
    from scipy.stats import binom

    found: Floats = binom.sf(copies - 1, 2 * np.asarray(people, dtype=np.int64), frequency)
    return found


def people_for_copies(frequency: float, copies: int, probability: float) -> int:
    """The fewest people among whom there are at least `copies` copies with at least this probability.

    An imputation panel, for example, wants five.

    >>> people_for_copies(0.001, 2, 0.95), people_for_copies(0.001, 5, 0.95)
    (2371, 4576)
    """
    low, high = 1, 2
    while detection_of_copies(high, frequency, copies) < probability:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if detection_of_copies(middle, frequency, copies) >= probability else (middle + 1, high)
    return low


def people_for_precision(frequency: float, relative_error: float) -> int:
    """The fewest people for a standard error of at most this share of the frequency: n = (1 - p) / (2 p r^2).

    >>> people_for_precision(0.01, 0.1), people_for_precision(0.001, 0.25)
    (4950, 7992)
    """
    return math.ceil((1 - frequency) / (2 * frequency * relative_error**2) - 1e-9)


def relative_error(effective_people: ArrayLike, frequency: float) -> Floats:
    """Standard error of a frequency as a share of it, sqrt((1 - p) / (2 p n)), at an effective number of people."""
    n = np.asarray(effective_people, dtype=np.float64)
    with np.errstate(divide="ignore"):
        found: Floats = np.sqrt((1 - frequency) / (2 * frequency * n))
    return found


def unseen_below(people: int) -> float:
    """The frequency above which an allele would have been seen with 95 % probability: the rule of three, 3 / 2n."""
    return 3 / (2 * people)


def effective_people(weight: ArrayLike, kinship: ArrayLike) -> float:
    """The number of unrelated, equally weighted people who would estimate a frequency as well: (sum w)^2 / (2 w' K w).

    `weight` is (people,), `kinship` (people, people) with (1 + F) / 2 on its diagonal. Var(p) = p (1 - p) w' K w / (sum w)^2
    for the weighted mean frequency of related people (McPeek, Wu and Ober, Biometrics 2004; 60:359).

    >>> effective_people([1, 1], [[0.5, 0], [0, 0.5]]), round(effective_people([1, 1], [[0.5, 0.25], [0.25, 0.5]]), 3)
    (2.0, 1.333)
    """
    w, k = np.asarray(weight, dtype=np.float64), np.asarray(kinship, dtype=np.float64)
    return float(w.sum() ** 2 / (2 * w @ k @ w))
