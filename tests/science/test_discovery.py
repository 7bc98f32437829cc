"""Discovery curves: exact within the pilot, and near the truth of a simulated people beyond it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.science.discovery import (
    efron_thisted,
    expected_variants,
    jackknife,
    linear_programme,
    projected_spectrum,
    rarefied,
    rarefied_jointly,
    spectrum_of,
    without_errors,
)

Truth = tuple[NDArray[np.float64], dict[int, list[NDArray[np.float64]]]]


@given(table=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=8), n=st.integers(1, 6))
def test_rarefied__is_the_mean_over_all_subsets(table: list[list[bool]], n: int) -> None:
    carried = np.array(table)
    count = carried.sum(axis=1)
    variable = carried[(count > 0) & (count < 6)]
    by_hand = np.mean([variable[:, list(chosen)].any(axis=1).sum() for chosen in combinations(range(6), n)])
    assert float(rarefied(spectrum_of(count, 6), [n])[0]) == pytest.approx(by_hand)


@given(seed=st.integers(0, 1000), n=st.integers(1, 4), m=st.integers(1, 3))
def test_rarefied_jointly__is_the_mean_over_all_pairs_of_subsets(seed: int, n: int, m: int) -> None:
    random = np.random.default_rng(seed)
    first, second = random.random((5, 4)) < 0.3, random.random((5, 3)) < 0.4
    by_hand = np.mean([
        (first[:, list(a)].any(axis=1) | second[:, list(b)].any(axis=1)).sum()
        for a in combinations(range(4), n) for b in combinations(range(3), m)
    ])  # fmt: skip
    counts = np.stack([first.sum(axis=1), second.sum(axis=1)], axis=1)
    assert rarefied_jointly(counts, [4, 3], [n, m]) == pytest.approx(by_hand)


@given(seed=st.integers(0, 1000), down=st.integers(2, 7))
def test_projected_spectrum__rarefies_to_the_same_curve(seed: int, down: int) -> None:
    count = np.random.default_rng(seed).integers(1, 8, 40)
    projected = projected_spectrum(count, np.full(40, 8), down)
    # variants that all of the drawn chromosomes carry are not variable there, so they are taken from the exact curve
    everybody = sum(np.prod([(c - i) / (8 - i) for i in range(down)]) for c in count)
    assert projected.sum() == pytest.approx(float(rarefied(spectrum_of(count, 8), [down])[0]) - everybody)


@pytest.fixture(scope="module")
def truth() -> Truth:
    """The spectrum of 20,000 people with a bottleneck and recent growth (msprime), and eight pilots of each size."""
    msprime = pytest.importorskip("msprime")
    past = msprime.Demography()
    past.add_population(name="A", initial_size=500_000, growth_rate=0.025)
    before = 500_000 * np.exp(-0.025 * 150)
    past.add_population_parameters_change(time=150, initial_size=before, growth_rate=0, population="A")
    past.add_population_parameters_change(time=900, initial_size=2000, population="A")
    past.add_population_parameters_change(time=2000, initial_size=14_500, population="A")
    trees = msprime.sim_ancestry(
        {"A": 20_000}, demography=past, sequence_length=300_000, recombination_rate=1e-8, random_seed=7
    )
    trees = msprime.sim_mutations(trees, rate=1.25e-8, random_seed=8)

    def spectrum(samples: NDArray[np.int64]) -> NDArray[np.float64]:
        found = trees.allele_frequency_spectrum([samples], span_normalise=False, polarised=True)
        found[[0, -1]] = 0
        return np.asarray(found)

    random = np.random.default_rng(3)
    pilots = {n: [spectrum(random.choice(40_000, 2 * n, replace=False)) for _ in range(8)] for n in (200, 500, 1000)}
    return spectrum(np.arange(40_000)), pilots


# How far the plan found the jackknife to be off, in per cent, on 1 Mb of another history; chance adds on 300 kb.
BANDS = {(1000, 2): 0.1, (1000, 5): 1.2, (1000, 10): 2.3, (1000, 20): 3.3, (500, 2): 1.4, (500, 5): 3.7, (500, 10): 6,
         (500, 20): 9.5,
         (200, 2): 2, (200, 5): 7, (200, 10): 13, (200, 20): 20}  # fmt: skip
CHANCE = 2.5


@pytest.mark.parametrize(("pilot", "times"), BANDS)
def test_jackknife__stays_within_the_band_of_the_plan(truth: Truth, pilot: int, times: int) -> None:
    whole, pilots = truth
    real = float(rarefied(whole, [2 * pilot * times])[0])
    found = np.mean([float(jackknife(s, [pilot * times])[0]) for s in pilots[pilot]])
    assert abs(100 * (found / real - 1)) < BANDS[pilot, times] + CHANCE


@pytest.mark.parametrize("pilot", [500, 1000])
def test_other_estimators__are_near_at_twice_the_pilot(truth: Truth, pilot: int) -> None:
    whole, pilots = truth
    real = float(rarefied(whole, [4 * pilot])[0])
    for estimate in (efron_thisted, linear_programme):
        assert np.mean([float(estimate(s, [2 * pilot])[0]) for s in pilots[pilot]]) == pytest.approx(real, rel=0.03)


def test_expected_variants__the_headline_beats_the_first_order(
    truth: Truth,
) -> None:
    whole, pilots = truth
    real = float(rarefied(whole, [2 * 10_000])[0])
    third, first = (np.mean([float(jackknife(s, [10_000], order=k)[0]) for s in pilots[500]]) for k in (3, 1))
    assert abs(third - real) < abs(first - real)


def test_expected_variants__rise_and_join_at_the_pilot(truth: Truth) -> None:
    s = truth[1][500][0]
    found = expected_variants(s, [100, 500, 501, 1000, 5000, 10_000])
    assert (np.diff(found.variants) > 0).all() and found.variants[1] == pytest.approx(s.sum())
    assert (found.low <= found.variants + 1e-9).all() and (found.variants <= found.high + 1e-9).all()
    assert found.variants[2] - found.variants[1] < 0.01 * found.variants[1]


def test_expected_variants__are_refused_beyond_twenty_pilots_and_without_singletons() -> None:
    with pytest.raises(ValueError, match="more than 20 times the pilot of 50"):
        expected_variants([0, 5] + [1] * 98 + [0], [1001])
    with pytest.raises(ValueError, match="seen once"):
        expected_variants([0, 0, 5, 0, 0], [2])


def test_without_errors__takes_singletons_away_only() -> None:
    assert without_errors([0, 10, 4, 0], 0.2).tolist() == [0, 8, 4, 0]
