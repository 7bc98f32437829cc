"""Comparing batches: chance is not flagged, a caller is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from goe.science.comparability import compare_batches, genomic_control


def batches(sites: int, numbers: list[int], structure: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts of alleles in batches of one ancestry, each with frequencies drifted by `structure` as an F_ST."""
    random = np.random.default_rng(1)
    p = random.uniform(0.05, 0.95, (sites, 1)).repeat(len(numbers), axis=1)
    if structure:
        p = random.beta(p * (1 - structure) / structure, (1 - p) * (1 - structure) / structure)
    number = np.tile(numbers, (sites, 1))
    return random.binomial(number, p), number


def test_compare_batches__statistic_is_pearsons() -> None:
    count, number = batches(50, [300, 200, 420])
    found = compare_batches(count, number)
    for i in range(50):
        expected = chi2_contingency([count[i], number[i] - count[i]], correction=False)
        assert found.statistic[i] == pytest.approx(expected.statistic)


@pytest.mark.parametrize("numbers", [[1000, 1000], [400, 3000], [500, 600, 700, 800]])
def test_compare_batches__chance_is_not_flagged(numbers: list[int]) -> None:
    found = compare_batches(*batches(20_000, numbers))
    assert found.inflation == pytest.approx(1, abs=0.06) and found.flagged.sum() <= 1
    assert np.nanmean(found.p < 0.01) == pytest.approx(0.01, abs=0.004)


def test_compare_batches__flags_the_caller_and_not_the_structure() -> None:
    """Frequencies differ a little everywhere; at twenty sites one batch loses half of its alternate alleles."""
    count, number = batches(20_000, [2000, 2000], structure=0.001)
    broken = np.flatnonzero(count.min(axis=1) > 900)[:20]
    count[broken, 1] -= count[broken, 1] // 2
    found = compare_batches(count, number)
    assert 1.5 < found.inflation < 4
    assert found.flagged[broken].all() and found.flagged.sum() <= 21


def test_compare_batches__too_few_alleles_are_not_tested() -> None:
    found = compare_batches([[0, 3], [0, 0], [200, 5], [30, 30]], [[200, 200], [200, 200], [200, 0], [200, 200]])
    assert np.isnan(found.statistic).tolist() == [True, True, True, False]
    assert found.tested == 1 and not found.flagged.any()


def test_genomic_control__of_no_site_is_one() -> None:
    assert genomic_control(np.array([np.nan])) == 1
    with pytest.raises(ValueError, match="two batches"):
        compare_batches([[1]], [[2]])
