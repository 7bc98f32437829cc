"""Slow definitions, written from the contracts and the papers: what the fast code must equal."""

from __future__ import annotations

from itertools import combinations
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import chi2_contingency, norm, poisson

SPELLING = ["0/0", "0/1", "1/1", "./.", "0|1", "1|0", "0", "1", ".", "0/.", "1/."]
"""How a VCF spells each genotype code, by number."""


def copies(region: str, karyotype: str) -> int:
    """Copies of a chromosome; an unknown karyotype is taken as written, like two."""
    table = {
        "AUTOSOME": {"F": 2, "M": 2, "U": 2},
        "X": {"F": 2, "M": 1, "U": 2},
        "Y": {"F": 0, "M": 1, "U": 2},
        "MT": {"F": 1, "M": 1, "U": 1},
    }
    return table[region][karyotype]


def outcome(call: str, region: str, karyotype: str) -> tuple[int, int, int, int, int, int]:
    """What one call adds: alleles read, alternate alleles, and whether heterozygous, homozygous, hemizygous, missing."""
    expected = copies(region, karyotype)
    if expected == 0:
        return 0, 0, 0, 0, 0, 0
    written = call.replace("|", "/").split("/")
    called = [allele == "1" for allele in written if allele != "."]
    if expected == 1 and len(set(called)) == 2:
        called = []  # impossible there
    if not called:
        return 0, 0, 0, 0, 0, 1
    single = expected == 1 or len(written) == 1
    if single:
        return 1, int(called[0]), 0, 0, int(called[0]), 0
    whole = len(called) == 2
    return len(called), sum(called), int(whole and sum(called) == 1), int(whole and sum(called) == 2), 0, 0


def count(calls: list[str], region: str, karyotypes: list[str]) -> tuple[int, ...]:
    """The six numbers of one site over some people."""
    each = [outcome(call, region, karyotype) for call, karyotype in zip(calls, karyotypes, strict=True)]
    return tuple(sum(column) for column in zip(*each, strict=True)) if each else (0,) * 6


def region(contig: str, position: int, assembly: str) -> str:
    """The ploidy region of a 1-based position; the borders are those of the Genome Reference Consortium, closed."""
    shared = {
        ("GRCh37", "X"): [(60001, 2699520), (154931044, 155260560)],
        ("GRCh37", "Y"): [(10001, 2649520), (59034050, 59363566)],
        ("GRCh38", "X"): [(10001, 2781479), (155701383, 156030895)],
        ("GRCh38", "Y"): [(10001, 2781479), (56887903, 57217415)],
    }
    if contig not in ("X", "Y"):
        return "MT" if contig == "MT" else "AUTOSOME"
    return "AUTOSOME" if any(a <= position <= b for a, b in shared[assembly, contig]) else contig


def wilson(count: int, number: int) -> tuple[float, float]:
    """The frequencies p that a score test at 5 % does not reject: |x/n - p| = z sqrt(p (1 - p) / n)."""
    z, seen = float(norm.ppf(0.975)), count / number

    def distance(p: float) -> float:
        return abs(seen - p) - z * sqrt(p * (1 - p) / number)

    low = 0.0 if count == 0 else brentq(distance, 1e-12, seen - 1e-12, xtol=1e-14)
    high = 1.0 if count == number else brentq(distance, seen + 1e-12, 1 - 1e-12, xtol=1e-14)
    return low, high


def faf(count: int, number: int) -> float:
    """The Poisson mean at which seeing `count` or more has probability 0.05, per allele."""
    if count == 0:
        return 0.0
    return float(brentq(lambda mean: poisson.sf(count - 1, mean) - 0.05, 1e-9, count + 1)) / number


def f_st(counts: list[int], numbers: list[int]) -> float:
    """Hudson's estimator, equation (10) of Bhatia et al. 2013, as a ratio of sums over pairs."""
    above = below = 0.0
    for (x1, n1), (x2, n2) in combinations(zip(counts, numbers, strict=True), 2):
        p1, p2 = x1 / n1, x2 / n2
        above += (p1 - p2) ** 2 - p1 * (1 - p1) / (n1 - 1) - p2 * (1 - p2) / (n2 - 1)
        below += p1 * (1 - p2) + p2 * (1 - p1)
    return above / below


def chi_square(counts: list[int], numbers: list[int]) -> tuple[float, int, float]:
    """Pearson's test of the 2 x k table."""
    rest = [n - x for x, n in zip(counts, numbers, strict=True)]
    found = chi2_contingency([counts, rest], correction=False)
    return float(found.statistic), int(found.dof), float(found.pvalue)
