"""Detection and precision against the table of the plan, worked out apart from this code, and against simulated people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.science.detection import (
    carriers,
    detection,
    detection_of_copies,
    effective_people,
    people_for_copies,
    people_for_precision,
    people_to_detect,
    unseen_below,
)

TABLE = {  # allele frequency: people for a chance of .80, .95 and .99, with perfect calls and no inbreeding
    0.05: (16, 30, 45),
    0.01: (81, 150, 230),
    0.005: (161, 299, 460),
    0.002: (402, 749, 1151),
    0.001: (805, 1498, 2302),
    0.0005: (1610, 2995, 4605),
    0.0001: (8047, 14978, 23025),
}


@pytest.mark.parametrize("frequency", TABLE)
def test_people_to_detect__are_those_of_the_table(frequency: float) -> None:
    found = [people_to_detect(frequency, p, sensitivity=1.0) for p in (0.8, 0.95, 0.99)]
    assert tuple(found) == TABLE[frequency]


def test_people_to_detect__more_where_calls_are_missed_or_people_inbred() -> None:
    assert people_to_detect(0.001, 0.95, sensitivity=0.99) == 1513
    assert people_to_detect(0.001, 0.95, sensitivity=0.99, inbreeding=0.01) == 1520


@pytest.mark.parametrize(("copies", "people"), [(2, 2371), (5, 4576)])
def test_people_for_copies__at_a_thousandth_and_95_per_cent(copies: int, people: int) -> None:
    assert people_for_copies(0.001, copies, 0.95) == people
    assert detection_of_copies(people - 1, 0.001, copies) < 0.95


@pytest.mark.parametrize(("frequency", "error", "people"), [(0.01, 0.1, 4950), (0.001, 0.25, 7992)])
def test_people_for_precision(frequency: float, error: float, people: int) -> None:
    assert people_for_precision(frequency, error) == people


@pytest.mark.parametrize(
    ("country", "people", "seen"), [("CY", 310, 0.46), ("EE", 368, 0.52), ("LV", 476, 0.61), ("LT", 816, 0.80)]
)
def test_detection__as_funded(country: str, people: int, seen: float) -> None:
    assert float(detection(people, 0.001, sensitivity=1.0)) == pytest.approx(seen, abs=0.006), country


def test_detection__as_often_as_in_simulated_people() -> None:
    """Diploid people with F = 0.1: identical by descent with that chance, else two draws; carriers missed 5 times in 100."""
    random = np.random.default_rng(11)
    f, inbreeding, sensitivity, people, times = 0.01, 0.1, 0.95, 60, 20_000
    same = random.random((times, people)) < inbreeding
    first, second = random.random((2, times, people)) < f
    carrier = np.where(same, first, first | second)
    seen = (carrier & (random.random((times, people)) < sensitivity)).any(axis=1).mean()
    assert seen == pytest.approx(float(detection(people, f, sensitivity=sensitivity, inbreeding=inbreeding)), abs=0.012)


@given(f=st.floats(1e-4, 0.4), n=st.integers(1, 5000), s=st.floats(0.5, 1), inbreeding=st.floats(0, 1))
def test_detection__rises_with_people_and_falls_with_inbreeding(f: float, n: int, s: float, inbreeding: float) -> None:
    p = float(detection(n, f, sensitivity=s, inbreeding=inbreeding))
    assert p <= float(detection(n + 1, f, sensitivity=s, inbreeding=inbreeding))
    assert p <= float(detection(n, f, sensitivity=s)) + 1e-12
    assert f * (1 - 1e-9) <= float(carriers(f, inbreeding=inbreeding)) <= 2 * f


def test_effective_people__of_a_family() -> None:
    """Two parents and a child: the child adds nothing to what its parents' four chromosomes tell with equal weights of them."""
    kinship = [[0.5, 0, 0.25], [0, 0.5, 0.25], [0.25, 0.25, 0.5]]
    assert effective_people([1, 1, 0], kinship) == pytest.approx(2)
    assert effective_people([1, 1, 1], kinship) == pytest.approx(9 / 5)
    assert effective_people(np.ones(7), np.eye(7) / 2) == pytest.approx(7)


def test_unseen_below__is_the_rule_of_three() -> None:
    assert float(detection(1000, unseen_below(1000), sensitivity=1.0)) == pytest.approx(0.95, abs=0.001)
