"""Axes of ancestry and pruning: equal to the plain decomposition and to their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from goe.science.ancestry import frequencies, principal_components, standardised
from goe.science.by_person import by_person, dosages
from goe.science.genotypes import pack
from goe.science.linkage import pruned


def populations(sites: int = 900, people: int = 40) -> NDArray[np.int8]:
    """(variants, samples) three groups of people, some calls missing."""
    random = np.random.default_rng(2)
    p = random.uniform(0.1, 0.9, (sites, 1))
    groups = np.concatenate([np.clip(random.normal(p, 0.15), 0.02, 0.98).repeat(people, axis=1) for _ in range(3)], axis=1)
    g = random.binomial(2, groups)
    return np.where(random.random(g.shape) < 0.01, -1, g).astype(np.int8)


def test_principal_components__are_those_of_the_whole_matrix() -> None:
    g = populations()
    found = principal_components(lambda: [g[:500], g[500:]], 2, np.random.default_rng(1))
    z = standardised(g, frequencies(g))
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    assert np.allclose(found.eigenvalue, values[::-1][:2], rtol=1e-4)
    for axis in range(2):
        assert abs(found.position[:, axis] @ vectors[:, -1 - axis]) == pytest.approx(1, abs=1e-4)
    assert np.allclose((found.position**2).sum(axis=0), 1, atol=1e-4)


def test_principal_components__place_people_who_were_not_in_training() -> None:
    """Everybody left out lies among the own group, nearer to its centre than to the others'."""
    g = populations()
    training = np.arange(120) % 4 > 0
    position = principal_components(lambda: [g], 2, np.random.default_rng(1), training=training).position
    group = np.arange(120) // 40
    centre = np.stack([position[training & (group == k)].mean(axis=0) for k in range(3)])
    nearest = np.linalg.norm(position[:, None] - centre, axis=2).argmin(axis=1)
    assert np.array_equal(nearest, group)


def test_pruned__leaves_no_two_alike() -> None:
    random = np.random.default_rng(4)
    base = random.binomial(2, 0.4, (30, 500))
    g = np.where(random.random((30, 3, 500)) < 0.1, random.binomial(2, 0.4, (30, 3, 500)), base[:, None]).reshape(90, 500)
    g[7] = 1
    contig = np.repeat([1, 2], 45)
    kept = pruned(g.astype(np.int8), contig, r2_below=0.2)
    r2 = np.corrcoef(g[kept]) ** 2
    assert 30 <= kept.sum() <= 32 and not kept[7]
    for c in (1, 2):
        here = contig[kept] == c
        assert (r2[np.ix_(here, here)] - np.eye(here.sum())).max() < 0.2


def test_dosages__are_the_genotypes_of_some_variants() -> None:
    random = np.random.default_rng(6)
    state = random.integers(0, 4, (3000, 70)).astype(np.uint8)  # codes 0 to 3 are their own states
    rows = np.sort(random.choice(3000, 500, replace=False))
    found = np.concatenate(list(dosages(by_person([pack(state)]), rows)))
    assert np.array_equal(found, np.where(state == 3, -1, state.astype(np.int8))[rows])
