"""How many variants more people would show: exact within a pilot, estimated beyond it.

All that matters of a pilot is its site-frequency spectrum: `spectrum[k]` is the number of variants of which k copies were seen
among its N chromosomes. Within the pilot, rarefaction is exact. Beyond it three estimators disagree in known ways: the
third-order jackknife is steady and a little low, the smoothed Good-Toulmin series and the linear programme are near at
twice the pilot and fall short (or overshoot) far out. Their spread is the honest error; beyond twenty times the pilot none is
shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FARTHEST = 20  # times the pilot
ENOUGH = 500  # people, below which a pilot is weak
JACKKNIFE_ORDER = 3
_POINTS = 12  # of the rarefied curve that the jackknife is fitted to
_COUNTED = 60  # copies up to which the linear programme looks at single counts
_FREQUENCIES = 220


@dataclass(frozen=True)
class Expected:
    """Variants expected among each number of people: the jackknife, and the lowest and highest of the three estimators."""

    people: Integers
    variants: Floats
    low: Floats
    high: Floats


def spectrum_of(count: ArrayLike, chromosomes: int) -> Integers:
    """(chromosomes + 1,) variants by copies of the alternate allele; those with none or with all are not variable.

    >>> spectrum_of([1, 1, 3, 0, 4], 4).tolist()
    [0, 2, 0, 1, 0]
    """
    k = np.asarray(count, dtype=np.int64)
    return np.bincount(k[(k > 0) & (k < chromosomes)], minlength=chromosomes + 1).astype(np.int64)


def without_errors(spectrum: ArrayLike, false_singletons: float) -> Floats:
    """The spectrum with a share of its singletons taken away: those that are errors of calling."""
    s = np.array(spectrum, dtype=np.float64)
    s[1] *= 1 - false_singletons
    return s


def rarefied(spectrum: ArrayLike, chromosomes: ArrayLike) -> Floats:
    """Variants expected among n of the N chromosomes: sum over copies a of s[a] (1 - C(N - a, n) / C(N, n)), exactly.

    >>> rarefied([0, 2, 1, 0, 0], [1, 2, 4]).round(6).tolist()
    [1.0, 1.833333, 3.0]
    """
    s = np.asarray(spectrum, dtype=np.float64)
    copies = np.flatnonzero(s)
    return np.array([s[copies] @ (1 - _missed(copies, int(n), len(s) - 1)) for n in np.asarray(chromosomes)], dtype=np.float64)


def rarefied_jointly(counts: ArrayLike, numbers: ArrayLike, chromosomes: ArrayLike) -> float:
    """Variants expected in the union of n_h chromosomes from each stratum, within the pilots.

    `counts` is (variants, strata) copies seen, `numbers` (strata,) chromosomes of each pilot, `chromosomes` (strata,) n_h.
    """
    a, sizes = np.asarray(counts, dtype=np.int64), np.asarray(numbers, dtype=np.int64)
    missed = np.ones(len(a))
    for h, n in enumerate(np.asarray(chromosomes, dtype=np.int64)):
        missed *= _missed(a[:, h], int(n), int(sizes[h]))
    return float((1 - missed).sum())


def _missed(copies: Integers, n: int, total: int) -> Floats:
    """P(none of n chromosomes drawn of `total` is one of the copies), hypergeometric."""
    from scipy.special import gammaln

    rest = np.asarray(total - copies, dtype=np.float64)
    possible = rest >= n
    r = np.where(possible, rest, n)
    log = gammaln(r + 1) - gammaln(r - n + 1) - gammaln(total + 1.0) + gammaln(total - n + 1.0)
    return np.where(possible, np.exp(log), 0.0)


def expected_variants(spectrum: ArrayLike, people: Sequence[int]) -> Expected:
    """The curve at these numbers of people, in the pilot exactly and beyond it with the band of three estimators.

    Raises ValueError beyond twenty times the pilot, or for a pilot without singletons, of which nothing can be learnt.
    """
    s = np.asarray(spectrum, dtype=np.float64)
    pilot = (len(s) - 1) // 2
    wanted = np.asarray(people, dtype=np.int64)
    if wanted.max() > FARTHEST * pilot:
        raise ValueError(f"{wanted.max()} people are more than {FARTHEST} times the pilot of {pilot}")
    if not s[1]:
        raise ValueError("the pilot has no variant that was seen once")
    inside = wanted <= pilot
    exact = rarefied(s, 2 * wanted[inside])
    far = wanted[~inside]
    estimates = np.stack([f(s, far) for f in (jackknife, efron_thisted, linear_programme)]) if len(far) else np.empty((3, 0))
    return Expected(
        people=wanted,
        variants=np.concatenate([exact, estimates[0]]),
        low=np.concatenate([exact, estimates.min(axis=0)]),
        high=np.concatenate([exact, estimates.max(axis=0)]),
    )


def jackknife(spectrum: ArrayLike, people: ArrayLike, *, order: int = JACKKNIFE_ORDER) -> Floats:
    """S(m) = S(n) + sum over k <= order of a_k (H(m) - H(n))^k, with H the harmonic numbers.

    The coefficients are fitted to the exact curve between .4 and all of the pilot (after Gravel, Genetics 2014; 197:601).
    """
    s = np.asarray(spectrum, dtype=np.float64)
    total = len(s) - 1
    inside = np.unique(np.linspace(0.4 * total, total, _POINTS).astype(np.int64))
    seen = rarefied(s, inside)
    x = _harmonic(inside[:-1]) - _harmonic(total)
    basis = np.stack([x**k for k in range(1, order + 1)], axis=1)
    a = np.linalg.lstsq(basis, seen[:-1] - seen[-1], rcond=None)[0]
    far = _harmonic(2 * np.asarray(people, dtype=np.int64)) - _harmonic(total)
    return np.asarray(seen[-1] + sum(a[k - 1] * far**k for k in range(1, order + 1)))


def _harmonic(n: ArrayLike) -> Floats:
    """H(n - 1) = 1 + 1/2 + ... + 1/(n - 1), the growth of the number of neutral variants with chromosomes."""
    from scipy.special import digamma

    found: Floats = digamma(np.asarray(n, dtype=np.float64)) + np.euler_gamma
    return found


def efron_thisted(spectrum: ArrayLike, people: ArrayLike) -> Floats:
    """The Good-Toulmin series sum (-1)^(k+1) t^k s[k], each term weighted by P(Bin(K, 1 / (1 + t)) >= k).

    Efron and Thisted, Biometrika 1976; 63:435, with the length K of Orlitsky et al., PNAS 2016; 113:13283.
    """
    from scipy.stats import binom

    s = np.asarray(spectrum, dtype=np.float64)
    total, seen = len(s) - 1, float(s.sum())
    found = []
    for n in np.asarray(people, dtype=np.int64):
        t = max(2 * n / total - 1, 1e-9)
        length = total if t <= 1 else 0.5 * np.log2(seen * t * t / (t - 1))
        k = np.arange(1, min(len(s) - 1, max(1, int(np.ceil(length)))) + 1)
        weight = np.ones(len(k)) if t <= 1 else binom.sf(k - 1, len(k), 1 / (1 + t))
        sign = np.where(k % 2 == 1, 1.0, -1.0)
        found.append(seen + float((sign * t**k * weight * s[k]).sum()))
    return np.array(found)


def linear_programme(spectrum: ArrayLike, people: ArrayLike) -> Floats:
    """The distribution of frequencies that explains the spectrum best, and what more people would see of it.

    Zou et al., Nat Commun 2016; 7:13293: variants at 220 frequencies, their expected counts near the first 60 seen, each
    distance weighted by 1 / sqrt(count + 1), solved as a linear programme.
    """
    from scipy.optimize import linprog
    from scipy.stats import binom

    s = np.asarray(spectrum, dtype=np.float64)
    total, most = len(s) - 1, min(_COUNTED, (len(s) - 1) // 2)
    frequency = np.geomspace(0.1 / (total * FARTHEST), 1.0, _FREQUENCIES)
    k = np.arange(1, most + 1)
    expected = binom.pmf(k[:, None], total, frequency[None, :])
    weight = 1 / np.sqrt(s[1 : most + 1] + 1)
    common = float(s[most + 1 :].sum())
    above = binom.sf(most, total, frequency)
    eye = np.eye(most)
    # variables: variants at each frequency, and the distance of each count above and below
    least = linprog(
        np.concatenate([np.zeros(_FREQUENCIES), weight, weight]),
        A_eq=np.block([[expected, eye, -eye], [above[None, :], np.zeros((1, 2 * most))]]),
        b_eq=np.concatenate([s[1 : most + 1], [common]]),
        bounds=(0, None),
        method="highs",
    )
    if least.status != 0:
        raise ValueError("no distribution of frequencies explains the spectrum")
    variants = least.x[:_FREQUENCIES]
    seen = [float(variants @ -np.expm1(2 * n * np.log1p(-np.minimum(frequency, 1 - 1e-12)))) for n in np.asarray(people)]
    shown = float(variants @ -np.expm1(total * np.log1p(-np.minimum(frequency, 1 - 1e-12))))
    return np.asarray(float(s.sum()) + np.array(seen) - shown)


def projected_spectrum(count: ArrayLike, number: ArrayLike, chromosomes: int) -> Floats:
    """(chromosomes + 1,) the spectrum expected in so many chromosomes, from sites of which at least that many were called.

    Each site is drawn down without replacement: P(j copies of n) is hypergeometric. Sites with fewer called are left out.
    """
    from scipy.stats import hypergeom

    x, n = np.asarray(count, dtype=np.int64), np.asarray(number, dtype=np.int64)
    enough = (n >= chromosomes) & (x > 0)
    pairs, times = np.unique(np.stack([x[enough], n[enough]], axis=1), axis=0, return_counts=True)
    spectrum = np.zeros(chromosomes + 1)
    copies = np.arange(chromosomes + 1)
    for (a, total), sites in zip(pairs.tolist(), times.tolist(), strict=True):
        spectrum += sites * hypergeom.pmf(copies, total, a, chromosomes)
    spectrum[[0, -1]] = 0.0
    return spectrum
