"""Hardy-Weinberg tests: equal to the definition in exact arithmetic, and to plink2."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.science.hardy_weinberg import exact_p, excess_heterozygosity_p, inbreeding

DEMO = Path(__file__).parents[2] / "goe" / "data" / "demo"
TABLES = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)).filter(any)


def distribution(het: int, hom_ref: int, hom_alt: int) -> dict[int, Fraction]:
    """P(heterozygotes | allele counts), from the number of ways of drawing them."""
    n, a = het + hom_ref + hom_alt, het + 2 * hom_alt
    ways = {
        h: Fraction(factorial(n) * 2**h, factorial((a - h) // 2) * factorial(h) * factorial(n - (a + h) // 2))
        for h in range(a % 2, min(a, 2 * n - a) + 1, 2)
    }
    total = sum(ways.values())
    return {h: w / total for h, w in ways.items()}


@given(table=TABLES, midp=st.booleans())
def test_exact_p__is_the_definition(table: tuple[int, int, int], midp: bool) -> None:
    p = distribution(*table)
    seen, share = p[table[0]], Fraction(1, 2) if midp else Fraction(1)
    expected = sum(x for x in p.values() if x < seen) + share * sum(x for x in p.values() if x == seen)
    assert float(exact_p(*table, midp=midp)) == pytest.approx(float(expected), rel=1e-9)


@given(table=TABLES, midp=st.booleans())
def test_excess_heterozygosity__is_the_upper_tail(table: tuple[int, int, int], midp: bool) -> None:
    p = distribution(*table)
    share = Fraction(1, 2) if midp else Fraction(1)
    expected = sum(x for h, x in p.items() if h > table[0]) + share * p[table[0]]
    assert float(excess_heterozygosity_p(*table, midp=midp)) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


@given(table=TABLES)
def test_exact_p__does_not_know_which_allele_is_the_reference(table: tuple[int, int, int]) -> None:
    het, ref, alt = table
    assert exact_p(het, ref, alt) == exact_p(het, alt, ref)
    assert excess_heterozygosity_p(het, ref, alt) == excess_heterozygosity_p(het, alt, ref)


def test_exact_p__every_small_table() -> None:
    """All tables of up to 14 people, ties and equal modes among them."""
    tables = [(h, r, n - h - r) for n in range(1, 15) for h in range(n + 1) for r in range(n - h + 1)]
    found = exact_p(*np.array(tables).T)
    for table, p in zip(tables, found, strict=True):
        d = distribution(*table)
        expected = sum(x for x in d.values() if x < d[table[0]]) + sum(x for x in d.values() if x == d[table[0]]) / 2
        assert p == pytest.approx(float(expected), rel=1e-10), table


def test_exact_p__of_nobody_is_nan_and_shapes_are_kept() -> None:
    assert np.isnan(exact_p(0, 0, 0)) and np.isnan(excess_heterozygosity_p(0, 0, 0)) and np.isnan(inbreeding(0, 0, 0))
    assert exact_p(np.ones((2, 3), dtype=int), 4, 5).shape == (2, 3)
    assert exact_p(np.empty(0, dtype=int), 1, 1).shape == (0,)
    with pytest.raises(ValueError, match="negative"):
        exact_p(-1, 3, 3)


def test_exact_p__of_a_monomorphic_site_is_one_half() -> None:
    """Mid-p counts the only possible table half; the p-value proper is 1."""
    assert float(exact_p(0, 100, 0)) == pytest.approx(0.5)
    assert float(exact_p(0, 100, 0, midp=False)) == pytest.approx(1)


def test_excess_heterozygosity__does_not_filter_structure() -> None:
    """Two populations mixed lack heterozygotes: rejected by the exact test, not by the one that filters."""
    assert float(exact_p(20, 500, 480)) < 1e-100
    assert float(excess_heterozygosity_p(20, 500, 480)) > 0.999


def test_inbreeding__is_zero_on_average_under_random_mating() -> None:
    """The ratio of the mean heterozygosities, where small samples would show a bias."""
    random = np.random.default_rng(1)
    genotype = (random.random((200_000, 2, 5)) < 0.3).sum(axis=1)
    het, alt = (genotype == 1).sum(axis=1), (genotype == 2).sum(axis=1)
    q = (het + 2 * alt) / 10
    unbiased = 2 * q * (1 - q) * 10 / 9
    assert (het / 5).mean() == pytest.approx(unbiased.mean(), rel=0.01)
    f = inbreeding(het, 5 - het - alt, alt)
    seen = np.isfinite(f)
    assert np.allclose(1 - f[seen], (het / 5)[seen] / unbiased[seen])


def hardy(arguments: list[str], folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(sites, 3) of het and homozygotes, and mid-p, as plink2 writes them."""
    command = ["plink2", *arguments, "--hardy", "midp", "--out", str(folder / "out")]
    subprocess.run(command, check=True, capture_output=True)
    rows = [line.split() for line in (folder / "out.hardy").read_text().splitlines()[1:]]
    counts = np.array([[row[5], row[4], row[6]] for row in rows], dtype=int)
    return counts, np.array([row[9] for row in rows], dtype=float)


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed")
@pytest.mark.parametrize("nation", ["ES", "FI", "GB", "IT"])
def test_exact_p__equals_plink2_on_the_demonstration(nation: str, tmp_path: Path) -> None:
    counts, p = hardy(["--bfile", str(DEMO / nation / "structure")], tmp_path)
    assert len(p) == 14_079
    assert np.allclose(exact_p(*counts.T), p, rtol=6e-6, atol=0)


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed")
def test_exact_p__equals_plink2_on_random_tables(tmp_path: Path) -> None:
    """2,000 people, from proportions to the most extreme tables (p of 1e-250 and below is written as 0 or a bound)."""
    random = np.random.default_rng(7)
    people, sites = 2000, 1500
    spelling = np.array(["0/0", "0/1", "1/1", "./."])
    head = "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n"
    head += '##FORMAT=<ID=GT,Number=1,Type=String,Description="G">\n'
    head += "\t".join(["#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".replace(" ", "\t"), *(f"p{i}" for i in range(people))])
    lines = []
    for site in range(sites):
        q, f, missing = random.random() ** 3, random.choice([0, 0, 0.02, -0.03, 0.3, -0.3]), random.choice([0, 0.01, 0.5])
        share = np.clip([(1 - q) ** 2 + f * q * (1 - q), 2 * q * (1 - q) * (1 - f), q * q + f * q * (1 - q)], 0, None)
        share = np.append(share / share.sum() * (1 - missing), missing)
        calls = spelling[random.choice(4, people, p=share)]
        lines.append("\t".join(["1", str(site + 1), ".", "A", "C", ".", ".", ".", "GT", *calls]))
    (tmp_path / "in.vcf").write_text("\n".join([head, *lines]) + "\n")
    counts, p = hardy(["--vcf", str(tmp_path / "in.vcf")], tmp_path)
    assert np.allclose(exact_p(*counts.T), p, rtol=6e-6, atol=1e-300)
