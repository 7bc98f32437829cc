"""Allocation: exact against every possible division, within floors and caps, and the published example."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.science.allocation import (
    Gain,
    best_allocation,
    detection_gain,
    misfit,
    not_dominated,
    power_allocation,
    power_gain,
    weighted_error,
)

# The example of the plan: 16 countries, inhabitants in millions, 73,689 genomes, at least 1,498 each.
INHABITANTS = dict(BE=11.74, BG=6.45, HR=3.85, CY=0.92, CZ=10.83, DK=5.93, EE=1.37, FI=5.56, FR=68.2, DE=83.1, GR=10.41, HU=9.6,
                   IE=5.27, IT=58.99, LV=1.88, LT=2.86)  # fmt: skip


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[float], list[int], list[int], int, float]:
    """Up to four strata with floors and caps, and a total between them."""
    k = draw(st.integers(1, 4))
    size = draw(st.lists(st.floats(0.5, 100), min_size=k, max_size=k))
    floor = draw(st.lists(st.integers(1, 3), min_size=k, max_size=k))
    cap = [low + draw(st.integers(0, 6)) for low in floor]
    return size, floor, cap, draw(st.integers(sum(floor), sum(cap))), draw(st.sampled_from([0.0, 0.5, 0.7, 1.0]))


def worth(gain: Gain, n: tuple[int, ...], floor: list[int]) -> float:
    """The summed gains from the floors up to n, one person at a time."""
    total = 0.0
    for h in range(len(n)):
        for k in range(floor[h], n[h]):
            now = np.array(floor)
            now[h] = k
            total += float(gain(now)[h])
    return total


@given(problem=problems(), by_detection=st.booleans())
def test_best_allocation__no_division_gains_more(problem: tuple, by_detection: bool) -> None:  # type: ignore[type-arg]
    size, floor, cap, total, exponent = problem
    gain = detection_gain(size, 0.1) if by_detection else power_gain(size, exponent)
    found = best_allocation(gain, total, floor, cap)
    assert found.sum() == total and (found >= floor).all() and (found <= cap).all()
    every = [n for n in product(*(range(a, b + 1) for a, b in zip(floor, cap, strict=True))) if sum(n) == total]
    best = max(worth(gain, n, floor) for n in every)
    assert worth(gain, tuple(found.tolist()), floor) == pytest.approx(best, rel=1e-9, abs=1e-15)


@given(size=st.lists(st.floats(0.1, 1e8), min_size=2, max_size=30), total=st.integers(200, 100_000), exponent=st.floats(0, 1))
def test_power_allocation__sums_exactly_and_is_near_the_power(size: list[float], total: int, exponent: float) -> None:
    found = power_allocation(size, total, exponent=exponent)
    ideal = np.array(size) ** exponent * total / (np.array(size) ** exponent).sum()
    assert found.sum() == total
    assert (np.abs(found - ideal) <= 0.02 * ideal + len(size) + 1).all()


@given(size=st.lists(st.floats(1, 1e6), min_size=2, max_size=10), total=st.integers(100, 5000))
def test_power_allocation__nobody_loses_when_the_total_grows(size: list[float], total: int) -> None:
    assert (power_allocation(size, total + 1, exponent=0.7) >= power_allocation(size, total, exponent=0.7)).all()


def test_power_allocation__of_the_16_published_countries() -> None:
    """Whole numbers by hand differ from the optimum by one at most, where a half was rounded."""
    size = list(INHABITANTS.values())
    proportional = dict(zip(INHABITANTS, power_allocation(size, 73_689, exponent=1.0, floor=1498).tolist(), strict=True))
    by_hand = dict(DE=19774, FR=16228, IT=14037, BE=2793, CZ=2577, GR=2477, HU=2284, BG=1535)
    assert all(abs(proportional[code] - by_hand.get(code, 1498)) <= 1 for code in INHABITANTS)
    root = dict(zip(INHABITANTS, power_allocation(size, 73_689, exponent=0.5, floor=1498).tolist(), strict=True))
    by_hand = dict(DE=12205, FR=11057, IT=10283, BE=4588, CY=1498)
    assert all(abs(root[code] - n) <= 1 for code, n in by_hand.items())


def test_power_allocation__dear_strata_get_fewer_by_the_root_of_the_price() -> None:
    found = power_allocation([1, 1], 3000, exponent=1.0, cost=[1, 4])
    assert found.tolist() == [2000, 1000]


def test_power_allocation__is_the_method_of_equal_proportions() -> None:
    """The House of Representatives of 1790 as Huntington and Hill would have it: 15 states, 105 seats (Balinski and Young)."""
    census = [630560, 475327, 353523, 331589, 278514, 236841, 206236, 179570, 141822, 85533, 70835, 68705, 68446, 141822, 55540]
    floor = [1] * len(census)
    found = power_allocation(census, 105, exponent=1.0, floor=floor)
    quota = np.array(census) * 105 / sum(census)
    # no move of one seat makes two states' people per seat more alike in relation: the property that defines the method
    for i in range(len(census)):
        for j in range(len(census)):
            if found[i] > 1:
                assert census[i] ** 2 / (found[i] * (found[i] - 1)) >= census[j] ** 2 / (found[j] * (found[j] + 1)) - 1e-6
    assert np.abs(found - quota).max() < 1.2


def test_misfit__says_by_how_many() -> None:
    assert misfit(10, [6, 7], [20, 20]) is not None and misfit(10, [6, 7], [20, 20]).by == 3  # type: ignore[union-attr]
    assert misfit(10, [0, 0], [4, 5]).kind == "caps"  # type: ignore[union-attr]
    assert misfit(10, [3, 4], [8, 8]) is None
    with pytest.raises(ValueError, match="floors and caps"):
        best_allocation(power_gain([1, 1], 1), 10, [6, 7], [20, 20])


def test_weighted_error__of_one_stratum_is_the_binomial_one() -> None:
    assert weighted_error([5], [2000], 0.01) == pytest.approx((0.01 * 0.99 / 4000) ** 0.5)


def test_not_dominated__keeps_what_nothing_beats() -> None:
    assert not_dominated([[1, 3], [2, 2], [3, 3], [1, 3]]).tolist() == [True, True, False, True]
