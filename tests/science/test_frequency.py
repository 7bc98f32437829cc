"""Frequencies, their uncertainty and how nations differ: equal to the definitions and to published numbers."""

from __future__ import annotations

import re

import definitions
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from setting import SHARED

from goe.science.differentiation import homogeneity, hudson_fst
from goe.science.frequency import filtering_frequency, weighted_mean, wilson_interval

counted = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
several = st.lists(st.integers(2, 800).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=6)

LACTASE = {"FI": (117, 198), "GB": (131, 182), "ES": (98, 214), "IT": (19, 214)}
COUNTS, NUMBERS = (list(column) for column in zip(*LACTASE.values(), strict=True))


@given(counted)
def test_wilson__is_the_score_test_turned_round(pair: tuple[int, int]) -> None:
    low, high = wilson_interval(*pair)
    assert (float(low), float(high)) == pytest.approx(definitions.wilson(*pair), abs=1e-9)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1


@given(counted)
@example((1, 5000))
def test_faf__is_the_poisson_bound(pair: tuple[int, int]) -> None:
    assert float(filtering_frequency(*pair)) == pytest.approx(definitions.faf(*pair), rel=1e-6)


@given(several)
def test_f_st__is_hudsons_ratio_of_sums_over_pairs(pairs: list[tuple[int, int]]) -> None:
    counts, numbers = map(list, zip(*pairs, strict=True))
    if sum(counts) in (0, sum(numbers)):
        assert np.isnan(hudson_fst(counts, numbers))
    else:
        assert hudson_fst(counts, numbers) == pytest.approx(definitions.f_st(counts, numbers), rel=1e-9, abs=1e-12)


@given(several)
def test_homogeneity__is_pearsons_test(pairs: list[tuple[int, int]]) -> None:
    counts, numbers = map(list, zip(*pairs, strict=True))
    if sum(counts) in (0, sum(numbers)):
        assert homogeneity(counts, numbers) == (0.0, len(pairs) - 1, 1.0)
    else:
        assert homogeneity(counts, numbers) == pytest.approx(definitions.chi_square(counts, numbers), rel=1e-7)


def test_nobody_counted__is_nan_and_no_error() -> None:
    """Where AN is 0 there is no interval and no bound; a population of one allele has no F_ST."""
    assert np.isnan(wilson_interval(0, 0)).all() and np.isnan(filtering_frequency(0, 0))
    assert np.isnan(hudson_fst([1, 5], [1, 10]))
    assert homogeneity([3], [10]) == (0.0, 0, 1.0)
    assert hudson_fst([0, 5, 8], [0, 10, 20]) == hudson_fst([5, 8], [10, 20])


def test_lactase_persistence__published_numbers() -> None:
    """A of rs4988235 in four nations: interval, faf95, F_ST and chi-square as the design document shows them."""
    low, high = wilson_interval(*LACTASE["FI"])
    assert (round(float(low), 3), round(float(high), 3)) == (0.521, 0.657)
    assert round(float(filtering_frequency(*LACTASE["FI"])), 3) == 0.504
    statistic, degrees, p = homogeneity(COUNTS, NUMBERS)
    assert (round(statistic, 1), degrees) == (182.1, 3) and p < 1e-38
    assert round(hudson_fst(COUNTS, NUMBERS), 2) == 0.27
    assert (sum(COUNTS), sum(NUMBERS)) == (365, 808)


def test_shared_documents__say_the_same() -> None:
    """The oracles' frequencies and the design's counts are those used above."""
    oracles, design = SHARED / "specs" / "oracles.md", SHARED / "design" / "design.md"
    if not (oracles.is_file() and design.is_file()):
        pytest.skip("the shared folder is not beside the checkout")
    said = dict(
        re.findall(r"(FIN|GBR|IBS|TSI) (\.\d{3})", next(x for x in oracles.read_text().splitlines() if "rs4988235" in x))
    )
    names = {"FIN": "FI", "GBR": "GB", "IBS": "ES", "TSI": "IT"}
    for theirs, ours in names.items():
        assert f"{LACTASE[ours][0] / LACTASE[ours][1]:.3f}".lstrip("0") == said[theirs]
    text = design.read_text()
    assert all(f"{code} {ac}/{an}" in text for code, (ac, an) in LACTASE.items())
    assert "F_ST 0.27" in text and "χ² 182.1" in text


def test_weighted_mean__needs_no_weights_that_sum_to_one() -> None:
    assert weighted_mean([0.2, 0.6], [30, 10]) == pytest.approx(0.3)
