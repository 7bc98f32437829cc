"""Numbers of each genome: equal to counting genotype by genotype, and to plink2."""

from __future__ import annotations

import csv
import gzip
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.science.by_person import HET, HOM_ALT, MISSING, STATE, column_sums, only
from goe.science.genotypes import CODES, Genotype, Packed, pack, to_words, unpack
from goe.science.ploidy import Region, Sex
from goe.science.quality import (
    NUMBERS,
    Alleles,
    Kind,
    expected_homozygous,
    inbreeding,
    karyotype,
    kinds,
    sample_numbers,
    sample_quality,
    site_states,
    tally,
)

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "goe" / "data" / "demo"
TRIOS = ROOT.parent / "shared" / "data" / "reference" / "1kg_hc3202_pgs1k.GRCh38.vcf.gz"
SIZES = st.sampled_from([1, 31, 64, 65, 200])
plink2 = pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed")


def alleles(texts: list[str]) -> Alleles:
    offset = np.cumsum([0, *map(len, texts)])
    return Alleles(offset, np.frombuffer("".join(texts).encode(), dtype=np.uint8))


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.uint8]:
    """(variants, samples) codes of every kind; some samples haploid by default."""
    samples, variants = draw(SIZES), draw(st.integers(1, 90))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    usual = np.where(random.random(samples) < draw(st.sampled_from([0, 0.5])), Genotype.HAPLOID_REF, Genotype.HOM_REF)
    carriers = random.random((variants, samples)) < random.choice([0, 0.02, 0.3, 1], (variants, 1))
    return np.where(carriers, random.integers(0, CODES, (variants, samples)), usual).astype(np.uint8)


@given(codes=matrices())
def test_site_states__is_people_per_state(codes: NDArray[np.uint8]) -> None:
    found = site_states(pack(codes))
    for number, state in ((found.het, HET), (found.hom_alt, HOM_ALT), (found.missing, MISSING)):
        assert np.array_equal(number, (STATE[codes] == state).sum(axis=1))


@given(rows=st.sampled_from([0, 1, 2, 3, 5, 64, 300]), samples=SIZES, seed=st.integers(0, 99))
def test_column_sums__is_the_sum_of_each_column(rows: int, samples: int, seed: int) -> None:
    bits = np.random.default_rng(seed).random((rows, samples)) < 0.6
    assert np.array_equal(column_sums(to_words(bits), samples), bits.sum(axis=0))


@given(codes=matrices(), seed=st.integers(0, 99))
def test_only__leaves_the_default_in_everybody_else(codes: NDArray[np.uint8], seed: int) -> None:
    packed, mask = pack(codes), np.random.default_rng(seed).random(codes.shape[1]) < 0.5
    found = STATE[unpack(only(packed, mask))]
    assert np.array_equal(found[:, mask], STATE[codes][:, mask]) and not found[:, ~mask].any()


@given(codes=matrices(), region=st.sampled_from([Region.AUTOSOME, Region.X, Region.Y]), seed=st.integers(0, 99))
def test_sample_numbers__add_up_over_blocks(codes: NDArray[np.uint8], region: Region, seed: int) -> None:
    """And are the definition: this many of the person's genotypes are this and that."""
    random = np.random.default_rng(seed)
    kind, singleton = random.integers(0, len(Kind), len(codes)), random.random(len(codes)) < 0.3
    cut = len(codes) // 2
    parts = [sample_numbers(tally(pack(codes[p]), kind[p], singleton[p]), region) for p in (slice(cut), slice(cut, None))]
    found = dict(zip(NUMBERS, sum(parts).T, strict=True))
    state, carried = STATE[codes], np.isin(STATE[codes], (1, 2))
    letter = {Region.X: "x_", Region.Y: "y_"}.get(region, "")
    assert np.array_equal(found[f"{letter}called"], (state != 3).sum(axis=0))
    assert np.array_equal(found[f"{letter}missing"], (state == 3).sum(axis=0))
    if region is not Region.Y:
        assert np.array_equal(found[f"{letter}het"], (state == 1).sum(axis=0))
    if region is Region.AUTOSOME:
        assert np.array_equal(found["hom_ref"], (state == 0).sum(axis=0))
        assert np.array_equal(found["hom_alt"], (state == 2).sum(axis=0))
        for name in ("transition", "transversion", "insertion", "deletion"):
            assert np.array_equal(found[name], carried[kind == Kind[name.upper()]].sum(axis=0))
        assert np.array_equal(found["singleton"], carried[singleton].sum(axis=0))


@given(codes=matrices(), seed=st.integers(0, 99))
def test_expected_homozygous__is_the_sum_over_calls(codes: NDArray[np.uint8], seed: int) -> None:
    het = np.random.default_rng(seed).random(len(codes)) / 2
    found = expected_homozygous(pack(codes), het)
    assert np.allclose(found, ((STATE[codes] != 3) * (1 - het)[:, None]).sum(axis=0))


@pytest.mark.parametrize(
    ("reference", "alternate", "kind"),
    [
        ("A", "G", Kind.TRANSITION),
        ("T", "C", Kind.TRANSITION),
        ("A", "C", Kind.TRANSVERSION),
        ("G", "T", Kind.TRANSVERSION),
        ("A", "AT", Kind.INSERTION),
        ("GCC", "G", Kind.DELETION),
        ("AC", "GT", Kind.OTHER),
        ("A", "<DEL>", Kind.OTHER),
        ("A", "N", Kind.OTHER),
        ("N", "A", Kind.TRANSVERSION),
        ("ACGT", "<INS>", Kind.OTHER),
    ],
)
def test_kinds__of_alleles(reference: str, alternate: str, kind: Kind) -> None:
    assert kinds(*(alleles(["C", allele, "T"]) for allele in (reference, alternate))).tolist()[1] == kind


def test_sample_quality__ratios_and_what_is_unknown() -> None:
    numbers = dict.fromkeys(NUMBERS, 0) | {"called": 90, "missing": 10, "het": 30, "hom_alt": 20, "transition": 28}
    numbers |= {"transversion": 14, "x_called": 50, "x_het": 10}
    found = sample_quality(np.array([list(numbers.values())]))
    assert found.call_rate == 0.9 and found.heterozygosity == pytest.approx(1 / 3)
    assert found.ratio_transitions_transversions == 2 and found.ratio_heterozygous_homozygous == 1.5
    assert found.x_heterozygosity == 0.2
    assert np.isnan(found.ratio_insertion_deletion) and np.isnan(found.y_call_rate)


@pytest.mark.parametrize(
    ("f", "y", "sex"),
    [
        (0.0, 0.0, Sex.XX),
        (-0.3, np.nan, Sex.XX),
        (1.0, 0.99, Sex.XY),
        (0.95, np.nan, Sex.XY),
        (0.5, np.nan, Sex.UNKNOWN),
        (0.0, 0.99, Sex.UNKNOWN),
        (1.0, 0.0, Sex.UNKNOWN),
        (np.nan, 0.99, Sex.UNKNOWN),
    ],
    ids=["woman", "woman, no Y", "man", "man, no Y", "between", "XXY", "X0 or XX without heterozygotes", "no X"],
)
def test_karyotype__of_x_and_y(f: float, y: float, sex: Sex) -> None:
    assert karyotype(np.array([f]), np.array([y])).tolist() == [sex]


# Against plink2


class Genomes:
    """A VCF of GT only, biallelic, read plainly."""

    def __init__(self, path: Path):
        spelling = {s: g for g, s in enumerate(["0/0", "0/1", "1/1", "./.", "0|1", "1|0", "0", "1", ".", "0/.", "1/."])}
        spelling |= {"1/0": 1, "0|0": 0, "1|1": 2, ".|.": 3}
        with gzip.open(path, "rt") as file:
            rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("##")]
        self.samples, rows = rows[0][9:], rows[1:]
        self.contig = np.array([row[0].removeprefix("chr") for row in rows])
        self.kind = kinds(*(alleles([row[i] for row in rows]) for i in (3, 4)))
        self.codes = np.array([[spelling[call] for call in row[9:]] for row in rows], dtype=np.uint8)

    def one_carrier(self) -> NDArray[np.bool_]:
        """Sites at which one person alone has the alternate allele."""
        one: NDArray[np.bool_] = np.isin(STATE[self.codes], (1, 2)).sum(axis=1) == 1
        return one

    def counts(self, rows: NDArray[np.bool_] | slice = slice(None)) -> tuple[Packed, NDArray[np.int64], NDArray[np.int64]]:
        """Genotypes, alternate alleles and alleles called, diploid as plink2 takes autosomes."""
        state = STATE[self.codes[rows]]
        return pack(self.codes[rows]), np.where(state < 3, state, 0).sum(axis=1), 2 * (state < 3).sum(axis=1)


def table(path: Path) -> dict[str, NDArray[np.float64]]:
    """A table of plink by column; text columns are left out."""
    lines = [line.split() for line in path.read_text().splitlines()]
    columns = dict(zip([name.lstrip("#") for name in lines[0]], zip(*lines[1:], strict=True), strict=True))
    return {name: np.array(values, dtype=float) for name, values in columns.items() if not name.endswith("ID")}


@pytest.fixture(scope="module", params=["ES", "FI", "GB", "IT"])
def genomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Genomes, Path]:
    """The demonstration's chromosome 22, with indels, symbolic alleles and missing calls; and plink2's reports of it."""
    path, out = DEMO / request.param / "chr22.GRCh37.vcf.gz", tmp_path_factory.mktemp("plink") / "out"
    columns = "cols=homref,homalt,het,ts,tv,single,missing"
    command = ["plink2", "--vcf", str(path), "--sample-counts", columns, "--missing", "--bad-freqs"]
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    small = [*command[:3], "--het", "small-sample", "--bad-freqs", "--out", f"{out}.small"]
    subprocess.run(small, check=True, capture_output=True)
    return Genomes(path), out


@pytest.mark.oracle
@plink2
def test_sample_numbers__equal_plink2(genomes: tuple[Genomes, Path]) -> None:
    data, out = genomes
    packed, _, _ = data.counts()
    numbers = sample_numbers(tally(packed, data.kind, data.one_carrier()), Region.AUTOSOME)
    found = dict(zip(NUMBERS, numbers.T, strict=True))
    columns = {"hom_ref": "HOM_REF", "hom_alt": "HOM_ALT", "het": "HET", "missing": "MISSING"}
    columns |= {"transition": "TRANSITION", "transversion": "TRANSVERSION", "singleton": "SINGLETON"}
    expected = table(out.with_suffix(".scount"))
    for name, column in columns.items():
        assert np.array_equal(found[name], expected[f"{column}_CT"]), name
    assert np.allclose(1 - sample_quality(numbers).call_rate, table(out.with_suffix(".smiss"))["F_MISS"], rtol=6e-6)


@pytest.mark.oracle
@plink2
def test_inbreeding__equals_plink2(genomes: tuple[Genomes, Path]) -> None:
    """At the sites where somebody differs, which are those that plink2 takes."""
    data, out = genomes
    _, count, number = data.counts()
    packed, count, number = data.counts((count > 0) & (count < number))
    expected = table(Path(f"{out}.small.het"))
    none = np.zeros(packed.variants, dtype=np.int64)
    numbers = dict(zip(NUMBERS, sample_numbers(tally(packed, none, none > 0), Region.AUTOSOME).T, strict=True))
    homozygous, called = numbers["called"] - numbers["het"], numbers["called"]
    expectation = expected_homozygous(packed, site_states(packed).expected_het(np.full(packed.variants, packed.samples)))
    assert np.array_equal(homozygous, expected["O(HOM)"]) and np.array_equal(called, expected["OBS_CT"])
    assert np.allclose(expectation, expected["E(HOM)"], rtol=6e-6)
    assert np.allclose(inbreeding(homozygous, expectation, called), expected["F"], rtol=1e-4, atol=1e-6)


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not installed")
def test_sample_numbers__equal_bcftools_stats() -> None:
    path = DEMO / "FI" / "chr22.GRCh37.vcf.gz"
    data = Genomes(path)
    text = subprocess.run(["bcftools", "stats", "-s", "-", str(path)], check=True, capture_output=True, text=True).stdout
    rows = np.array([line.split("\t")[3:14] for line in text.splitlines() if line.startswith("PSC")], dtype=float)
    simple = data.kind != Kind.OTHER
    numbers = sample_numbers(tally(pack(data.codes[simple]), data.kind[simple], data.one_carrier()[simple]), Region.AUTOSOME)
    found = dict(zip(NUMBERS, numbers.T, strict=True))
    assert np.array_equal(found["transition"], rows[:, 3]) and np.array_equal(found["transversion"], rows[:, 4])
    assert np.array_equal(found["insertion"] + found["deletion"], rows[:, 5])
    everything = sample_numbers(tally(pack(data.codes), data.kind, data.one_carrier()), Region.AUTOSOME)
    assert np.array_equal(everything[:, NUMBERS.index("singleton")], rows[:, 7])


@pytest.mark.oracle
@pytest.mark.skipif(not TRIOS.is_file(), reason="the shared reference data are not beside the repository")
def test_karyotype__of_3202_people_is_the_panels() -> None:
    """From 36 sites on X. HG02300, listed as a man, is diploid in this VCF; so few sites leave
    half of the women unknown, and fewer than one in a hundred is homozygous everywhere by chance.
    """
    data = Genomes(TRIOS)
    with (TRIOS.parent / "panel.tsv").open() as file:
        sexes = {row["sample"]: Sex.XY if row["sex"] == "male" else Sex.XX for row in csv.DictReader(file, delimiter="\t")}
    listed = np.array([sexes[name] for name in data.samples])
    packed = pack(data.codes[data.contig == "X"])
    women = STATE[data.codes[data.contig == "X"]][:, listed == Sex.XX]
    frequency = np.where(women < 3, women, 0).sum(axis=1) / (2 * (women < 3).sum(axis=1))
    none = np.zeros(packed.variants, dtype=np.int64)
    numbers = dict(zip(NUMBERS, sample_numbers(tally(packed, none, none > 0), Region.X).T, strict=True))
    f = inbreeding(
        numbers["x_called"] - numbers["x_het"],
        expected_homozygous(packed, 2 * frequency * (1 - frequency)),
        numbers["x_called"],
    )
    found = karyotype(f, np.full(len(f), np.nan))
    men, women_found = found[listed == Sex.XY], found[listed == Sex.XX]
    assert [data.samples[i] for i in np.flatnonzero((listed == Sex.XY) & (found != Sex.XY))] == ["HG02300"]
    assert (men == Sex.XY).sum() == 1598 and not (men == Sex.XX).any()
    assert (women_found == Sex.XX).mean() > 0.4 and (women_found == Sex.XY).mean() < 0.01
    assert np.allclose(f[listed == Sex.XY][men == Sex.XY], 1) and 0 < f[listed == Sex.XX].mean() < 0.2  # many ancestries
