"""Kinship adjusted for ancestry: for people of mixed and of different ancestries, where plain KING misleads.

Two people of the same ancestry share alleles because their ancestry has them often; only what is shared beyond that is kinship.
So each person gets allele frequencies of their own, predicted from their principal components, and the kinship is the
correlation of what remains. The components should come from unrelated people, onto whom the others are projected.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FREQUENCY_BOUND = 0.01  # a person's own frequency outside [.01, .99] is not used: the default of GENESIS, the authors' program


def kinship(
    blocks: Iterable[NDArray[np.int8]],
    components: Floats,
    *,
    training: NDArray[np.bool_] | None = None,
    bound: float = FREQUENCY_BOUND,
) -> Floats:
    """(samples, samples) PC-Relate kinship of all pairs; (1 + inbreeding) / 2 on the diagonal.

    Equation (3) of Conomos et al., Am J Hum Genet 2016; 98:127: the sum over sites of (g_i - 2 mu_i)(g_j - 2 mu_j) by four
    times the sum of sqrt(mu_i (1 - mu_i) mu_j (1 - mu_j)). `blocks` are (variants, samples) of the number of alternate alleles,
    -1 where missing, of common autosomal variants; `components` is (samples, components). `training` are the unrelated people
    from whom the frequencies are fitted, by default all; with all, close relatives pull the estimates towards 0. A site where
    somebody is not called, or has mu out of bounds, is left out of that person's pairs; nan where no site is left.
    """
    people = len(components)
    above, below = np.zeros((people, people)), np.zeros((people, people))
    fit = _Fit(components, training)
    for dosage in blocks:
        residual, spread = fit.residuals(dosage, bound)
        above += residual.T @ residual
        below += spread.T @ spread
    return _quotient(above, below)


def kinship_of(
    blocks: Iterable[NDArray[np.int8]],
    components: Floats,
    first: Integers,
    second: Integers,
    *,
    training: NDArray[np.bool_] | None = None,
    bound: float = FREQUENCY_BOUND,
) -> Floats:
    """(pairs,) the same for some pairs only, such as those that KING finds, in memory that does not grow with all pairs."""
    above, below = np.zeros((2, len(first)))
    fit = _Fit(components, training)
    for dosage in blocks:
        residual, spread = fit.residuals(dosage, bound)
        for variant, deviation in zip(residual, spread, strict=True):
            above += variant[first] * variant[second]
            below += deviation[first] * deviation[second]
    return _quotient(above, below)


def _quotient(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(below > 0, above / (4 * below), np.nan)
    return found


class _Fit:
    """Individual-specific frequencies: the least-squares regression of dosages on an intercept and the components."""

    def __init__(self, components: Floats, training: NDArray[np.bool_] | None):
        self.design = np.column_stack([np.ones(len(components)), components])  # (samples, 1 + components)
        self.training = np.ones(len(components), dtype=np.bool_) if training is None else training
        self.solution = np.linalg.pinv(self.design[self.training])  # (1 + components, training)

    def frequencies(self, dosage: NDArray[np.int8]) -> Floats:
        """(variants, samples) mu: half the expected dosage of each person; may lie outside [0, 1].

        A missing dosage counts as the mean of those called in the training set.
        """
        seen = dosage[:, self.training].astype(np.float64)
        called = seen >= 0
        mean = np.where(called, seen, 0).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
        found: Floats = np.where(called, seen, mean[:, None]) @ self.solution.T @ self.design.T / 2
        return found

    def residuals(self, dosage: NDArray[np.int8], bound: float) -> tuple[Floats, Floats]:
        """(variants, samples) g - 2 mu, and sqrt(mu (1 - mu)); both 0 where a site is not used."""
        mu = self.frequencies(dosage)
        used = (dosage >= 0) & (mu >= bound) & (mu <= 1 - bound)
        return np.where(used, dosage - 2 * mu, 0.0), np.sqrt(np.where(used, mu * (1 - mu), 0.0))
