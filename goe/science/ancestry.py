"""Axes of ancestry: principal components of genotypes, by a randomised singular value decomposition.

Axes are computed from people who are not related, since a large family would otherwise be an axis of its own, and everybody is
then placed on them. Genotypes pass in blocks of variants and are read a dozen times; only people x axes numbers are kept, so
that a nation's worth fits in memory. Every step is a sum over variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Dosages = NDArray[np.int8]  # (variants, samples): alternate alleles, -1 where missing

OVERSAMPLED = 10  # axes computed beside those asked for, and
PASSES = 8  # power iterations: with these the axes of structured genotypes are exact to three decimals and better


@dataclass(frozen=True)
class Axes:
    """Axes of ancestry, and where everybody stands.

    position    (samples, axes) of everybody; the training people have unit length and mean 0 on each axis
    eigenvalue  (axes,) of the relationship matrix of the training people, descending
    frequency   (variants,) alternate allele frequency in the training people
    loading     (variants, axes) weight of each standardised genotype
    """

    position: Floats
    eigenvalue: Floats
    frequency: Floats
    loading: Floats


def standardised(dosage: Dosages, frequency: Floats) -> Floats:
    """(variants, samples) (g - 2 p) / sqrt(2 p (1 - p)), 0 where missing or where nobody differs.

    Equation (1) of Patterson, Price and Reich, PLoS Genet 2006; 2:e190. A missing genotype is the mean.
    """
    p = frequency[:, None]
    spread = np.sqrt(2 * p * (1 - p))
    found: Floats = np.where((dosage >= 0) & (spread > 0), (dosage - 2 * p) / np.where(spread > 0, spread, 1), 0.0)
    return found


def frequencies(dosage: Dosages) -> Floats:
    """(variants,) alternate allele frequency among those called; 0 where nobody is."""
    called = dosage >= 0
    found: Floats = np.where(called, dosage, 0).sum(axis=1) / np.maximum(2 * called.sum(axis=1), 1)
    return found


def principal_components(
    blocks: Callable[[], Iterable[Dosages]],
    axes: int,
    random: np.random.Generator,
    *,
    training: NDArray[np.bool_] | None = None,
) -> Axes:
    """The first axes of some people, and everybody placed on them.

    `blocks()` gives the genotypes again each time, of common variants not in linkage disequilibrium. `training` are the
    unrelated people, by default all. Signs are fixed: the largest weight of each axis is positive. Halko, Martinsson and Tropp,
    SIAM Rev 2011; 53:217, algorithm 4.4; projection by the loadings.
    """
    everybody = next(iter(blocks())).shape[1]
    chosen = np.ones(everybody, dtype=np.bool_) if training is None else training
    width = min(axes + OVERSAMPLED, int(chosen.sum()))
    frequency = np.concatenate([frequencies(block[:, chosen]) for block in blocks()])
    basis = np.linalg.qr(random.standard_normal((int(chosen.sum()), width)))[0]
    for _ in range(PASSES):
        basis = np.linalg.qr(_through(blocks, frequency, chosen, basis))[0]
    seen = np.concatenate([block[:, chosen] @ basis for block in _standardised(blocks, frequency)])  # (variants, width)
    loading, singular, _ = np.linalg.svd(seen, full_matrices=False)
    loading, singular = loading[:, :axes], singular[:axes]
    loading = loading * np.sign(loading[np.abs(loading).argmax(axis=0), np.arange(loading.shape[1])])
    position = np.zeros((everybody, loading.shape[1]))
    first = 0
    for block in _standardised(blocks, frequency):
        position += block.T @ loading[first : first + len(block)]
        first += len(block)
    return Axes(position / singular, singular**2 / len(frequency), frequency, loading)


def _standardised(blocks: Callable[[], Iterable[Dosages]], frequency: Floats) -> Iterable[Floats]:
    first = 0
    for block in blocks():
        yield standardised(block, frequency[first : first + len(block)])
        first += len(block)


def _through(blocks: Callable[[], Iterable[Dosages]], frequency: Floats, chosen: NDArray[np.bool_], basis: Floats) -> Floats:
    """The relationship matrix of the chosen people times the basis, (people, width)."""
    found = np.zeros_like(basis)
    for block in _standardised(blocks, frequency):
        part = block[:, chosen]
        found += part.T @ (part @ basis)
    return found
