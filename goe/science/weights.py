"""Design weights: making the people counted stand for the people of the country.

Weights bring the margins of the sample to those of the census (raking, Deville and Sarndal, J Am Stat Assoc 1992; 87:376).
They repair what was over- or under-sampled at the price of precision, which Kish's design effect tells. People picked for the
variants they carry have no chance of inclusion that could be undone; they are given no weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TRIM = 5.0  # times the median weight


@dataclass(frozen=True)
class Raked:
    """(people,) weights with mean 1; `off` is the largest distance of a margin from its share, `trimmed` how many were cut."""

    weight: Floats
    passes: int
    off: float
    trimmed: int

    @property
    def design_effect(self) -> float:
        """Kish's: by how much the variance is larger than with equal weights."""
        return design_effect(self.weight)

    @property
    def effective_people(self) -> float:
        """People with equal weights who would tell as much."""
        return len(self.weight) / self.design_effect


def design_effect(weight: ArrayLike) -> float:
    """N sum w^2 / (sum w)^2 (Kish, Survey Sampling, 1965).

    >>> design_effect([1, 1, 1]), round(design_effect([1, 1, 4]), 2)
    (1.0, 1.5)
    """
    w = np.asarray(weight, dtype=np.float64)
    return float(len(w) * (w**2).sum() / w.sum() ** 2)


def rake(
    label: Sequence[Integers],
    share: Sequence[ArrayLike],
    start: ArrayLike | None = None,
    *,
    trim: float | None = TRIM,
    tolerance: float = 1e-10,
    passes: int = 500,
) -> Raked:
    """Weights of people whose margins are these shares of the population.

    `label` holds one (people,) array of categories for each margin, `share` the population in each category; categories with
    nobody in the sample are left out and the rest scaled. `start` are first weights, such as 1 / chance of inclusion. Weights
    above `trim` times the median are cut to that and the rest raked again, so the margins then hold as nearly as the cut
    allows.
    """
    n = len(label[0])
    w = np.ones(n) if start is None else np.asarray(start, dtype=np.float64) * n / np.sum(start)
    targets = [_target(of, s, n) for of, s in zip(label, share, strict=True)]
    w, done, off = _rounds(w, label, targets, tolerance, passes)
    cut = 0
    for _ in range(50 if trim else 0):
        most = float(trim or 0) * float(np.median(w))
        over = w > most * (1 + 1e-9)
        cut = max(cut, int(over.sum()))
        if not over.any():
            break
        w, done, off = _rounds(np.minimum(w, most), label, targets, tolerance, passes)
    else:
        w = np.minimum(w, float(trim or np.inf) * float(np.median(w))) if trim else w
        off = _off(w, label, targets)
    return Raked(w, done, off, cut)


def _target(label: Integers, share: ArrayLike, n: int) -> Floats:
    s = np.asarray(share, dtype=np.float64).copy()
    s[np.bincount(label, minlength=len(s)) == 0] = 0
    return np.asarray(s * n / s.sum())


def _rounds(
    w: Floats, label: Sequence[Integers], targets: Sequence[Floats], tolerance: float, most: int
) -> tuple[Floats, int, float]:
    w, done, off = w.copy(), 0, np.inf
    while done < most and off > tolerance:
        done += 1
        for of, target in zip(label, targets, strict=True):
            now = np.bincount(of, weights=w, minlength=len(target))
            w *= np.divide(target, now, out=np.zeros_like(target), where=now > 0)[of]
        off = _off(w, label, targets)
    return w, done, off


def _off(w: Floats, label: Sequence[Integers], targets: Sequence[Floats]) -> float:
    """The largest distance of a margin from its target, as a share of all people."""
    pairs = zip(label, targets, strict=True)
    return max(float(np.abs(np.bincount(of, weights=w, minlength=len(t)) - t).max()) / len(w) for of, t in pairs)


@dataclass(frozen=True)
class NationalFrequency:
    """Weighted allele frequencies, (variants,), with the effective number of alleles and a 95 % interval."""

    frequency: Floats
    effective_number: Floats
    low: Floats
    high: Floats


def national_frequency(count: ArrayLike, number: ArrayLike, population: ArrayLike) -> NationalFrequency:
    """The frequency in a nation from counts by cell: sum over cells of W_h AC_h / AN_h, with W_h the share of inhabitants.

    `count` and `number` are (variants, cells), `population` is (cells,). Cells without a called allele are left out and the
    others scaled. With equal weights of the people in a cell this is the post-stratified estimate; its variance is
    sum W_h^2 p_h (1 - p_h) / AN_h, and the effective number is p (1 - p) over it (at p = 0 or 1: Kish's sum, (sum W)^2 / sum
    W^2/AN). The interval is Wilson's at that number.

    >>> found = national_frequency([[10, 90]], [[100, 100]], [0.9, 0.1])
    >>> round(float(found.frequency[0]), 3), round(float(found.effective_number[0]), 0)
    (0.18, 200.0)
    """
    from goe.science.frequency import wilson_interval

    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    share = np.where(n > 0, np.asarray(population, dtype=np.float64), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share / share.sum(axis=1, keepdims=True)
        p_h = np.where(n > 0, x / n, 0.0)
        p = np.where(n.sum(axis=1) > 0, (share * p_h).sum(axis=1), np.nan)
        inverse = np.where(n > 0, share**2 / n, 0.0)
        variance = (inverse * p_h * (1 - p_h)).sum(axis=1)
        effective = np.where(variance > 0, p * (1 - p) / variance, 1 / inverse.sum(axis=1))
    low, high = wilson_interval(p * effective, effective)
    return NationalFrequency(p, effective, low, high)
