"""PC-Relate: equal to its definition, and right where KING is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from goe.science.by_person import by_person
from goe.science.genotypes import pack
from goe.science.pc_relate import kinship, kinship_of
from goe.science.relatedness import compare


def definition(g: NDArray[np.int8], components: NDArray[np.float64], training: NDArray[np.bool_], i: int, j: int) -> float:
    """Equation (3) of Conomos et al. 2016 for one pair, site by site."""
    above = below = 0.0
    design = np.column_stack([np.ones(len(components)), components])
    for site in g.astype(float):
        seen = site[training]
        seen = np.where(seen < 0, seen[seen >= 0].mean(), seen)
        beta = np.linalg.lstsq(design[training], seen, rcond=None)[0]
        mu_i, mu_j = design[i] @ beta / 2, design[j] @ beta / 2
        if min(site[i], site[j]) >= 0 and all(0.01 <= mu <= 0.99 for mu in (mu_i, mu_j)):
            above += (site[i] - 2 * mu_i) * (site[j] - 2 * mu_j)
            below += np.sqrt(mu_i * (1 - mu_i) * mu_j * (1 - mu_j))
    return above / (4 * below)


def test_kinship__is_the_definition() -> None:
    random = np.random.default_rng(1)
    g = random.integers(-1, 3, (60, 20)).astype(np.int8)
    components, training = random.normal(size=(20, 2)), random.random(20) < 0.8
    full = kinship([g[:25], g[25:]], components, training=training)
    first, second = np.array([0, 3, 7, 5]), np.array([1, 4, 19, 5])
    some = kinship_of([g[:10], g[10:]], components, first, second, training=training)
    for k, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        expected = definition(g, components, training, i, j)
        assert full[i, j] == pytest.approx(expected) and some[k] == pytest.approx(expected)
    assert np.allclose(full, full.T)


def test_kinship__of_people_never_called_together_is_nan() -> None:
    g = np.array([[0, -1, 1, 1], [-1, 1, 0, 2]] * 5, dtype=np.int8)
    found = kinship([g], np.empty((4, 0)))
    assert np.isnan(found[0, 1]) and np.isfinite(found[2, 3])


def test_kinship__is_right_in_an_admixed_group() -> None:
    """Unrelated people with 5 to 95 % of one of two ancestries, and 20 pairs of siblings: KING is far off, PC-Relate is not."""
    random = np.random.default_rng(2)
    sites, founders, couples = 6000, 300, 20
    ancestral = random.uniform(0.1, 0.9, sites)
    f = 0.15
    p = random.beta(ancestral * (1 - f) / f, (1 - ancestral) * (1 - f) / f, (2, sites))
    share = random.uniform(0.05, 0.95, founders)
    own = share * p[0][:, None] + (1 - share) * p[1][:, None]
    alleles = random.random((sites, founders, 2)) < own[:, :, None]
    rows = np.arange(sites)

    def child(i: int, j: int) -> NDArray[np.bool_]:
        pick = random.integers(0, 2, (2, sites))
        return np.stack([alleles[rows, i, pick[0]], alleles[rows, j, pick[1]]], axis=1)

    siblings = [child(2 * c, 2 * c + 1) for c in range(couples) for _ in range(2)]
    g = np.concatenate([alleles, np.stack(siblings, axis=1)], axis=1).sum(axis=2).astype(np.int8)
    everybody = np.concatenate([share, np.repeat((share[: 2 * couples : 2] + share[1 : 2 * couples : 2]) / 2, 2)])
    training = np.arange(g.shape[1]) < founders
    adjusted = kinship([g], everybody[:, None], training=training)

    sib = founders + 2 * np.arange(couples)
    assert adjusted[sib, sib + 1].mean() == pytest.approx(0.25, abs=0.01)
    parent = adjusted[2 * np.arange(couples), sib]
    assert parent.mean() == pytest.approx(0.25, abs=0.01)
    i, j = np.triu_indices(founders, 1)
    unrelated = adjusted[i, j]
    assert abs(unrelated.mean()) < 0.005 and np.abs(unrelated).max() < 0.06
    king = compare(by_person([pack(g.astype(np.uint8))]), i, j).kinship
    assert king.min() < -0.1 and np.abs(king).max() > 2 * np.abs(unrelated).max()
    assert np.diag(adjusted)[:founders].mean() == pytest.approx(0.5, abs=0.02)
