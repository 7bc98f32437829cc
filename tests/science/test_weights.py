"""Weights and representativeness against the numbers of the plan and against simulated cohorts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.science.representativeness import (
    coverage,
    jensen_shannon,
    participation_interval,
    participation_ratio,
    r_indicator,
    response_variation,
    standardised_differences,
)
from goe.science.weights import design_effect, national_frequency, rake

POPULATION, PEOPLE = np.array([4000, 3000, 2000, 1000]), np.array([400, 150, 60, 10])


def test_post_stratified_weights__kish() -> None:
    raked = rake([np.repeat(np.arange(4), PEOPLE)], [POPULATION], trim=None)
    assert raked.design_effect == pytest.approx(1.65333, abs=5e-6)
    assert raked.effective_people == pytest.approx(620 / 1.65333, abs=0.01)


def test_measures__of_the_plan() -> None:
    assert r_indicator(PEOPLE, POPULATION) == pytest.approx(0.93379, abs=5e-6)
    assert response_variation(PEOPLE, POPULATION) == pytest.approx(0.53398, abs=2e-5)
    assert jensen_shannon(PEOPLE, POPULATION) == pytest.approx(0.06072, abs=5e-6)


def test_r_indicator__says_nothing_of_a_tiny_sample() -> None:
    """A cohort of one in a thousand that misses a tenth of the population is near 1: why coverage and CV are the headline."""
    people, population = [90, 0], [90_000, 10_000]
    assert r_indicator(people, population) > 0.999
    assert coverage(people, population) == 0.9
    assert response_variation(people, population) == pytest.approx(1 / 3)


@given(n=st.lists(st.integers(1, 500), min_size=2, max_size=8), k=st.integers(2, 50))
def test_measures__of_an_exact_image_are_perfect(n: list[int], k: int) -> None:
    population = np.array(n) * k
    assert jensen_shannon(n, population) == pytest.approx(0, abs=1e-12)
    assert np.allclose(participation_ratio(n, population), 1)
    assert np.allclose(standardised_differences(n, population), 0)
    assert response_variation(n, population) == pytest.approx(0, abs=1e-7)
    low, high = participation_interval(n, population)
    assert (low <= 1).all() and (high >= 1).all()


@given(seed=st.integers(0, 1000))
def test_rake__meets_every_margin(seed: int) -> None:
    random = np.random.default_rng(seed)
    label = [random.integers(0, k, 3000) for k in (2, 5, 4)]
    share = [random.random(k) + 0.3 for k in (2, 5, 4)]
    raked = rake(label, share, trim=None)
    for of, s in zip(label, share, strict=True):
        assert np.bincount(of, weights=raked.weight) / 3000 == pytest.approx(s / s.sum(), abs=1e-8)


def test_rake__cuts_what_is_above_five_medians() -> None:
    raked = rake([np.repeat(np.arange(4), PEOPLE)], [POPULATION])
    assert raked.weight.max() <= 5 * np.median(raked.weight) * (1 + 1e-9)
    assert raked.trimmed == 10 and 0 < raked.off < 0.06


def test_design_effect__is_one_for_equal_weights_and_n_for_one_person() -> None:
    assert design_effect(np.full(9, 3.0)) == pytest.approx(1)
    assert design_effect([1, 0, 0, 0]) == pytest.approx(4)


def test_national_frequency__repairs_an_oversampled_minority_and_its_interval_holds() -> None:
    """A minority of a tenth, half of the cohort: the sample frequency is far off, the weighted one is not, 95 times in 100."""
    random = np.random.default_rng(5)
    p, share, people = np.array([0.1, 0.4]), np.array([0.9, 0.1]), 300
    truth = float(p @ share)
    count = random.binomial(2 * people, p, (4000, 2))
    found = national_frequency(count, np.full((4000, 2), 2 * people), share)
    assert found.frequency.mean() == pytest.approx(truth, abs=0.001)
    inside = ((found.low <= truth) & (truth <= found.high)).mean()
    assert 0.935 < inside < 0.965
    assert abs((count.sum(axis=1) / (4 * people)).mean() - truth) > 0.1


def test_national_frequency__of_one_cell_is_the_sample_frequency() -> None:
    found = national_frequency([[30], [0]], [[200], [0]], [7.0])
    assert found.frequency[0] == pytest.approx(0.15) and found.effective_number[0] == pytest.approx(200)
    assert np.isnan(found.frequency[1])
