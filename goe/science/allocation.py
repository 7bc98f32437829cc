"""Dividing a number of people among strata, exactly, in whole people, within floors and caps.

The rule is power allocation: n_h proportional to W_h^a / sqrt(c_h), with W_h the size of a stratum and c_h the cost of a person
there. a = 1 is proportional, a = 0 gives every stratum the same, and what lies between trades the European average against the
smallest nation. It minimises sum W_h^2a / n_h at a given total cost, the sum of squared coefficients of variation weighted by
W_h^2a (Bankier, Am Stat 1988; 42:174). Genomes differ so little in their mean heterozygosity from stratum to stratum that
Neyman's rule is the same as a = 1.

The whole numbers are the exact optimum: as the gain of one more person falls with every person, taking the largest gain again
and again is best, floors and caps included (Wright, Am Stat 2012; 66:217).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

Gain = Callable[[Integers], Floats]
"""(strata,) people in each stratum -> (strata,) what one more person there would gain; falls as people rise."""


@dataclass(frozen=True)
class Misfit:
    """Why a total cannot be divided: `kind` is "floors" (they sum to more) or "caps" (to less); `by` is how many people."""

    kind: str
    by: int


def misfit(total: int, floor: ArrayLike, cap: ArrayLike) -> Misfit | None:
    """What stands in the way of dividing `total` between floors and caps, (strata,) each; None where nothing does."""
    least, most = int(np.sum(floor)), int(np.sum(cap))
    if least > total:
        return Misfit("floors", least - total)
    return Misfit("caps", total - most) if most < total else None


def best_allocation(gain: Gain, total: int, floor: ArrayLike, cap: ArrayLike) -> Integers:
    """(strata,) whole people that sum to `total`, with the largest summed gain of any such division.

    Of equal gains the stratum that comes first is served first. Raises ValueError where floors or caps do not allow the total;
    `misfit` says why. Strata are filled up to a common price of a person, found by bisection, and the rest one by one.
    """
    low, high = np.asarray(floor, dtype=np.int64), np.asarray(cap, dtype=np.int64)
    if misfit(total, low, high) or np.any(low > high):
        raise ValueError("the floors and caps do not allow this total")
    if low.sum() == total:
        return low.copy()
    found = _below_price(gain, total, low, high)
    while found.sum() < total:
        offered = np.where(found < high, gain(found), -np.inf)
        found[int(np.argmax(offered))] += 1
    return found


def _below_price(gain: Gain, total: int, low: Integers, high: Integers) -> Integers:
    """The most people of whom everybody gains more than a common price, of at most `total`."""
    start = gain(low)
    dear, cheap = float(start[low < high].max(initial=0.0)), max(float(gain(np.minimum(high, low + total)).min()), 1e-300)
    found = low.copy()
    for _ in range(200):
        price = float(np.sqrt(dear) * np.sqrt(cheap))
        tried = _demand(gain, price, low, np.minimum(high, low + total))
        if tried.sum() > total:
            cheap = price
        else:
            dear, found = price, tried
        if total - found.sum() <= len(low) or dear - cheap <= dear * 1e-15:
            break
    return found


def _demand(gain: Gain, price: float, low: Integers, high: Integers) -> Integers:
    """(strata,) people of whom each one gained more than `price`, by bisection in every stratum at once."""
    least, most = low.copy(), high.copy()
    while np.any(least < most):
        middle = (least + most) // 2
        worth = gain(middle) > price
        least, most = np.where(worth & (least < most), middle + 1, least), np.where(worth, most, middle)
    return least


def power_gain(size: ArrayLike, exponent: float, cost: ArrayLike = 1.0) -> Gain:
    """What one more person gains where n_h ~ W_h^a / sqrt(c_h) is wanted: W_h^2a / (c_h n_h (n_h + 1)), without end at n_h = 0.

    With equal costs this divides seats by the method of equal proportions (Huntington and Hill).
    """
    w, c = np.asarray(size, dtype=np.float64), np.asarray(cost, dtype=np.float64)
    importance = np.where(w > 0, w, 0.0) ** (2 * exponent) * (w > 0) / c

    def gain(people: Integers) -> Floats:
        # the first person of a stratum is worth more than any second one, but of two first ones the larger stratum's
        return importance / np.where(people > 0, people * (people + 1.0), 1e-12)

    return gain


def power_allocation(
    size: ArrayLike,
    total: int,
    *,
    exponent: float,
    floor: ArrayLike = 0,
    cap: ArrayLike | None = None,
    cost: ArrayLike = 1.0,
) -> Integers:
    """(strata,) the exact power allocation of `total` people; strata of size 0 get nobody above their floor.

    >>> power_allocation([80, 15, 5], 100, exponent=1.0).tolist(), power_allocation([80, 15, 5], 100, exponent=0.0).tolist()
    ([80, 15, 5], [34, 33, 33])
    >>> power_allocation([80, 15, 5], 100, exponent=1.0, floor=[0, 0, 10]).tolist()
    [76, 14, 10]
    """
    w = np.asarray(size, dtype=np.float64)
    low = np.broadcast_to(np.asarray(floor, dtype=np.int64), w.shape)
    room = np.full(w.shape, total, dtype=np.int64) if cap is None else np.asarray(cap, dtype=np.int64)
    return best_allocation(power_gain(w, exponent, cost), total, low, np.where(w > 0, np.maximum(room, low), low))


def detection_gain(size: ArrayLike, seen: float) -> Gain:
    """What one more person gains in the summed chance of seeing an allele: W_h q^n (1 - q), with q = 1 - `seen` per person."""
    w = np.asarray(size, dtype=np.float64)
    return lambda people: w * seen * np.exp(people * np.log1p(-seen))


def weighted_error(size: ArrayLike, people: ArrayLike, frequency: float) -> float:
    """Standard error of the population-weighted frequency: sqrt(p (1 - p) / 2 sum W_h^2 / n_h), W_h as shares of all.

    Strata without anybody count with their whole share as error, for nothing is known of them.
    """
    w, n = np.asarray(size, dtype=np.float64), np.asarray(people, dtype=np.float64)
    share = w / w.sum()
    return float(np.sqrt(frequency * (1 - frequency) / 2 * (share**2 / np.maximum(n, 0.5)).sum()))


def not_dominated(points: ArrayLike) -> NDArray[np.bool_]:
    """(points,) which of several offers no other beats: `points` is (points, criteria), each criterion better if smaller."""
    p = np.asarray(points, dtype=np.float64)
    no_worse = (p[:, None, :] <= p[None, :, :]).all(axis=2)
    better = (p[:, None, :] < p[None, :, :]).any(axis=2)
    return ~np.asarray((no_worse & better).any(axis=0))
