"""Kinship and trios: equal to their definitions, to plink2, and to the pedigree of the 1000 Genomes Project."""

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

from goe.science.by_person import STATE, by_person
from goe.science.genotypes import CODES, Genotype, pack
from goe.science.ploidy import Region, Sex
from goe.science.relatedness import Pairs, Relation, compare, related, relation
from goe.science.trios import MOST_RELATIVES, mendel_counts, mendel_errors, trios

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "goe" / "data" / "demo"
REFERENCE = ROOT.parent / "shared" / "data" / "reference"
TRIOS = REFERENCE / "1kg_hc3202_pgs1k.GRCh38.vcf.gz"

plink2 = pytest.mark.skipif(shutil.which("plink2") is None, reason="plink2 is not installed")
shared = pytest.mark.skipif(not TRIOS.is_file(), reason="the shared reference data are not beside the repository")


def random_codes(variants: int, samples: int, seed: int) -> NDArray[np.uint8]:
    """Codes of every kind, rare and common sites."""
    random = np.random.default_rng(seed)
    carriers = random.random((variants, samples)) < random.choice([0.01, 0.3, 0.9], (variants, 1))
    return np.where(carriers, random.integers(0, CODES, (variants, samples)), 0).astype(np.uint8)


def kinship(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> tuple[int, int, int, float]:
    """Sites, both heterozygous, IBS0 and equation (11) of Manichaikul et al. 2010, from two people's states."""
    called = (x != 3) & (y != 3)
    a, b = x[called].astype(int), y[called].astype(int)
    smaller = min((a == 1).sum(), (b == 1).sum())
    estimate = 0.5 - ((a - b) ** 2).sum() / (4 * smaller) if smaller else float("nan")
    return len(a), int(((a == 1) & (b == 1)).sum()), int((abs(a - b) == 2).sum()), estimate


@given(variants=st.sampled_from([1, 63, 64, 65, 600]), samples=st.sampled_from([1, 2, 64, 65, 130]), seed=st.integers(0, 999))
def test_by_person__turns_the_block_round(variants: int, samples: int, seed: int) -> None:
    codes = random_codes(variants, samples, seed)
    people = by_person([pack(codes[: variants // 2]), pack(codes[variants // 2 :])])
    bits = [np.unpackbits(p.view(np.uint8), axis=1, bitorder="little") for p in (people.low, people.high)]
    assert np.array_equal(bits[0][:, :variants] + 2 * bits[1][:, :variants], STATE[codes].T)
    assert bits[0][:, variants:].all() and bits[1][:, variants:].all()
    assert np.array_equal(people.missing, (STATE[codes] == 3).sum(axis=0))
    assert np.array_equal(people.het, (STATE[codes] == 1).sum(axis=0))


@given(variants=st.sampled_from([1, 65, 300]), samples=st.sampled_from([2, 3, 10]), seed=st.integers(0, 999))
def test_compare__is_the_definition(variants: int, samples: int, seed: int) -> None:
    codes = random_codes(variants, samples, seed)
    pairs = compare(by_person([pack(codes)]), *np.triu_indices(samples, 1))
    for k in range(len(pairs)):
        sites, both, none, estimate = kinship(*(STATE[codes[:, i]] for i in (pairs.first[k], pairs.second[k])))
        assert (pairs.sites[k], pairs.het_het[k], pairs.ibs0[k]) == (sites, both, none)
        if np.isfinite(estimate):
            assert pairs.kinship[k] == pytest.approx(estimate, abs=1e-12)
        else:
            assert not np.isfinite(pairs.kinship[k])


@pytest.fixture(scope="module")
def families() -> NDArray[np.uint8]:
    """(variants, samples) 30 couples with two children each, then a grandchild, a twin; 5 % of calls missing."""
    random = np.random.default_rng(5)
    variants, couples = 4000, 30
    frequency = random.uniform(0.1, 0.9, variants)
    founders = random.random((variants, 2 * couples + 1, 2)) < frequency[:, None, None]

    def child(father: NDArray[np.bool_], mother: NDArray[np.bool_]) -> NDArray[np.bool_]:
        draw = random.integers(0, 2, (variants, 2))
        rows = np.arange(variants)
        return np.stack([father[rows, draw[:, 0]], mother[rows, draw[:, 1]]], axis=1)

    people = [founders[:, i] for i in range(2 * couples)]
    children = [child(founders[:, 2 * i], founders[:, 2 * i + 1]) for i in range(couples) for _ in range(2)]
    grandchild = child(founders[:, -1], children[1])
    haplotypes = np.stack([*people, *children, founders[:, -1], grandchild, children[0]], axis=1)
    codes = haplotypes.sum(axis=2).astype(np.uint8)
    return np.where(random.random(codes.shape) < 0.05, Genotype.MISSING, codes).astype(np.uint8)


def family_sex() -> NDArray[np.int64]:
    """Founders alternate father, mother; children son, daughter; then a man, a girl, a twin."""
    return np.array([Sex.XY, Sex.XX] * 60 + [Sex.XY, Sex.XX, Sex.XY], dtype=np.int64)


@pytest.mark.parametrize("above", [-0.1, 0.0442, 0.0884, 0.25, 0.3, 0.354])
def test_related__is_the_full_table_above_the_threshold(families: NDArray[np.uint8], above: float) -> None:
    people = by_person([pack(families)])
    table = compare(people, *np.triu_indices(people.samples, 1))
    expected = table.where(table.kinship >= above)
    found = related(people, above=above)
    assert np.array_equal(np.stack([found.first, found.second]), np.stack([expected.first, expected.second]))
    assert np.array_equal(found.kinship, expected.kinship) and len(found)


@given(seed=st.integers(0, 999), above=st.floats(-1, 0.5))
def test_related__rules_out_nobody_wrongly(seed: int, above: float) -> None:
    """However many calls are missing, and whatever the threshold."""
    people = by_person([pack(random_codes(200, 12, seed))])
    table = compare(people, *np.triu_indices(12, 1))
    found = related(people, above=above)
    assert np.array_equal(found.kinship, table.kinship[table.kinship >= above])


def test_relation__knows_the_families(families: NDArray[np.uint8]) -> None:
    pairs = related(by_person([pack(families)]))
    named = {(int(i), int(j)): Relation(int(r)) for i, j, r in zip(pairs.first, pairs.second, relation(pairs), strict=True)}
    for i in range(30):
        father, mother, son, daughter = 2 * i, 2 * i + 1, 60 + 2 * i, 61 + 2 * i
        assert named[son, daughter] is Relation.FULL_SIBLINGS
        for parent in (father, mother):
            assert named[parent, son] is named[parent, daughter] is Relation.PARENT_OFFSPRING
    assert named[60, 122] is Relation.DUPLICATE
    assert named[61, 121] is named[120, 121] is Relation.PARENT_OFFSPRING
    assert {named[0, 121], named[1, 121], named[60, 121]} == {Relation.SECOND_DEGREE}
    assert not any((i // 2 != j // 2) and j < 60 and r >= Relation.SECOND_DEGREE for (i, j), r in named.items())


@pytest.mark.parametrize("with_age", [False, True])
def test_trios__are_the_families(families: NDArray[np.uint8], with_age: bool) -> None:
    """The daughter has a parent, her own child, and a brother's twin; she is still the child of her parents only."""
    people = by_person([pack(families)])
    age = np.array([60.0] * 60 + [30] * 60 + [np.nan, 1, 30]) if with_age else None
    found = trios(people, related(people), family_sex(), age=age)
    expected = [(60 + c, c // 2 * 2, c // 2 * 2 + 1) for c in range(60)] + [(121, 120, 61), (122, 0, 1)]
    assert found.tolist() == [list(t) for t in expected]
    errors, sites = mendel_counts(people, found)
    assert errors.sum() == 0 and sites.min() > 3000


def test_trios__of_haplotypes_that_many_share_stay_few_to_try() -> None:
    """200 strangers made of six haplotypes: by Mendel's law many are many others' child; the work is bounded all the same."""
    random = np.random.default_rng(2)
    haplotypes = random.integers(0, 2, (300, 6))
    codes = (haplotypes[:, random.integers(0, 6, 200)] + haplotypes[:, random.integers(0, 6, 200)]).astype(np.uint8)
    people = by_person([pack(codes)])
    sex = np.resize(np.array([Sex.XY, Sex.XX]), 200)
    found = trios(people, related(people), sex)
    of_each = np.unique(found[:, 0], return_counts=True)[1]
    assert len(found) > 1000, "nothing in them is against Mendel's law"
    assert of_each.max() <= (MOST_RELATIVES // 2) ** 2


def test_trios__ages_that_contradict_are_believed(families: NDArray[np.uint8]) -> None:
    people = by_person([pack(families)])
    age = np.full(123, np.nan)
    age[[0, 60]] = 20, 50
    found = trios(people, related(people), family_sex(), age=age)
    assert 60 not in found[:, 0] and 61 in found[:, 0]


GAMETES = {0: {0}, 1: {0, 1}, 2: {1}}


@pytest.mark.parametrize("sex", list(Sex))
@pytest.mark.parametrize("region", [Region.AUTOSOME, Region.X])
def test_mendel_errors__of_all_genotypes(region: Region, sex: Sex) -> None:
    """Every child, father and mother, by the alleles that each parent can pass on."""
    codes = np.array(np.meshgrid(*[np.arange(CODES)] * 3)).reshape(3, 1, -1).astype(np.uint8)
    found, tested = mendel_errors(*codes, np.full(codes.shape[2], int(sex)), region)
    for k, (c, f, m) in enumerate(STATE[codes[:, 0]].T.tolist()):
        if region is Region.AUTOSOME:
            usable = 3 not in (c, f, m)
            possible = {x + y for x in GAMETES.get(f, ()) for y in GAMETES.get(m, ())}
        elif sex is Sex.XY:
            usable = c in (0, 2) and m != 3
            possible = {2 * y for y in GAMETES.get(m, ())}
        else:
            usable = sex is Sex.XX and c != 3 and f in (0, 2) and m != 3
            possible = {f // 2 + y for y in GAMETES.get(m, ())}
        assert (bool(tested[0, k]), bool(found[0, k])) == (usable, usable and c not in possible)


def test_mendel_errors__not_on_y() -> None:
    one = np.zeros((1, 1), dtype=np.uint8)
    with pytest.raises(ValueError, match="autosomes and X"):
        mendel_errors(one, one, one, np.array([1]), Region.Y)


@given(seed=st.integers(0, 999))
def test_mendel_counts__is_mendel_errors_added_up(seed: int) -> None:
    codes = random_codes(150, 9, seed)
    trio = np.random.default_rng(seed).permutation(9).reshape(3, 3)
    errors, tested = mendel_errors(*(codes[:, t] for t in trio.T), np.zeros(3, dtype=int), Region.AUTOSOME)
    found = mendel_counts(by_person([pack(codes)]), trio)
    assert np.array_equal(found, (errors.sum(axis=0), tested.sum(axis=0)))


# Against other tools and real people


def read_bed(prefix: Path) -> NDArray[np.uint8]:
    """(variants, samples) states of a PLINK 1 file: 0, 1, 2 copies of the first allele, 3 missing."""
    samples = len(prefix.with_suffix(".fam").read_text().splitlines())
    raw = np.fromfile(prefix.with_suffix(".bed"), dtype=np.uint8)[3:].reshape(-1, -(-samples // 4))
    pairs = (raw[:, :, None] >> np.array([0, 2, 4, 6])) & 3
    return np.array([2, 3, 1, 0], dtype=np.uint8)[pairs.reshape(len(raw), -1)[:, :samples]]


def read_vcf(path: Path) -> tuple[list[str], list[str], NDArray[np.uint8]]:
    """Samples, chromosomes and codes of a VCF of GT only."""
    spelling = {s: g for g, s in enumerate(["0/0", "0/1", "1/1", "./.", "0|1", "1|0", "0", "1", ".", "0/.", "1/."])}
    spelling |= {"0|0": 0, "1|1": 2, ".|.": 3}
    with gzip.open(path, "rt") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("##")]
    codes = np.array([[spelling[call] for call in row[9:]] for row in rows[1:]], dtype=np.uint8)
    return rows[0][9:], [row[0] for row in rows[1:]], codes


def king_table(arguments: list[str], folder: Path) -> dict[tuple[str, str], tuple[float, ...]]:
    """Pair -> sites, share both heterozygous, share IBS0, kinship."""
    command = ["plink2", *arguments, "--make-king-table", "--out", str(folder / "king")]
    subprocess.run(command, check=True, capture_output=True)
    with (folder / "king.kin0").open() as file:
        rows = csv.DictReader(file, delimiter="\t")
        columns = ("NSNP", "HETHET", "IBS0", "KINSHIP")
        return {tuple(sorted((r.get("#IID1") or r["IID1"], r["IID2"]))): tuple(float(r[c]) for c in columns) for r in rows}


def same(pairs: Pairs, names: list[str], table: dict[tuple[str, str], tuple[float, ...]]) -> None:
    """Every pair has the numbers of the table, to the six digits it has."""
    assert len(pairs) == len(table)
    found = np.stack([pairs.sites, pairs.het_het / pairs.sites, pairs.ibs0 / pairs.sites, pairs.kinship], axis=1)
    keys = [tuple(sorted((names[i], names[j]))) for i, j in zip(pairs.first, pairs.second, strict=True)]
    expected = np.array([table[key] for key in keys])
    assert np.allclose(found, expected, rtol=6e-6, atol=1e-8)


@pytest.mark.oracle
@plink2
@pytest.mark.parametrize("nation", ["ES", "FI", "GB", "IT"])
def test_compare__equals_plink2_on_the_demonstration(nation: str, tmp_path: Path) -> None:
    prefix = DEMO / nation / "structure"
    names = [line.split()[1] for line in prefix.with_suffix(".fam").read_text().splitlines()]
    people = by_person([pack(read_bed(prefix))])
    pairs = compare(people, *np.triu_indices(people.samples, 1))
    same(pairs, names, king_table(["--bfile", str(prefix)], tmp_path))


@pytest.mark.oracle
@plink2
def test_compare__equals_plink2_with_missing_calls(tmp_path: Path) -> None:
    prefix = DEMO / "FI" / "structure"
    names = [line.split()[1] for line in prefix.with_suffix(".fam").read_text().splitlines()]
    states = read_bed(prefix)
    raw = np.fromfile(prefix.with_suffix(".bed"), dtype=np.uint8)
    gone = np.random.default_rng(3).random(states.shape) < np.random.default_rng(4).choice([0, 0.01, 0.2], states.shape[1])
    states = np.where(gone, 3, states).astype(np.uint8)
    bits = np.pad(np.array([3, 2, 0, 1], dtype=np.uint8)[states], ((0, 0), (0, -states.shape[1] % 4)))
    quads = bits.reshape(len(states), -1, 4)
    packed = (quads << np.array([0, 2, 4, 6], dtype=np.uint8)).sum(axis=2).astype(np.uint8)
    (tmp_path / "in.bed").write_bytes(raw[:3].tobytes() + packed.tobytes())
    for suffix in (".bim", ".fam"):
        shutil.copy(prefix.with_suffix(suffix), tmp_path / f"in{suffix}")
    people = by_person([pack(states)])
    table = king_table(["--bfile", str(tmp_path / "in")], tmp_path)
    same(compare(people, *np.triu_indices(people.samples, 1)), names, table)


@pytest.fixture(scope="module")
def cohort() -> tuple[list[str], NDArray[np.bool_], NDArray[np.uint8]]:
    """The 3,202 people of the 1000 Genomes Project: names, which of 1,004 sites are autosomal, codes."""
    names, contigs, codes = read_vcf(TRIOS)
    return names, np.array([c not in ("X", "Y", "chrX", "chrY") for c in contigs]), codes


def panel(names: list[str]) -> tuple[NDArray[np.int64], set[tuple[int, int, int]]]:
    """Sex of each, and the trios of the pedigree as indices."""
    with (REFERENCE / "panel.tsv").open() as file:
        rows = {row["sample"]: row for row in csv.DictReader(file, delimiter="\t")}
    index = {name: i for i, name in enumerate(names)}
    sex = np.array([Sex.XY if rows[name]["sex"] == "male" else Sex.XX for name in names], dtype=np.int64)
    families = [(name, rows[name]["father"], rows[name]["mother"]) for name in names]
    complete = [family for family in families if set(family) <= set(index)]
    return sex, {(index[c], index[f], index[m]) for c, f, m in complete}


@pytest.mark.oracle
@shared
def test_mendel_errors__of_the_602_trios(cohort: tuple[list[str], NDArray[np.bool_], NDArray[np.uint8]]) -> None:
    names, autosomal, codes = cohort
    _, expected = panel(names)
    trio = np.array(sorted(expected))
    assert len(trio) == 602
    errors, sites = mendel_counts(by_person([pack(codes[autosomal])]), trio)
    assert errors.sum() / sites.sum() == pytest.approx(2.06e-5, rel=0.005)


@pytest.mark.oracle
@shared
def test_mendel_errors__on_x(cohort: tuple[list[str], NDArray[np.bool_], NDArray[np.uint8]]) -> None:
    names, autosomal, codes = cohort
    sex, expected = panel(names)
    trio = np.array(sorted(expected)).T
    errors, tested = mendel_errors(*(codes[~autosomal][:, t] for t in trio), sex[trio[0]], Region.X)
    assert tested.mean() > 0.99 and errors.sum() / tested.sum() < 1e-3


@pytest.mark.oracle
@shared
@plink2
def test_related__equals_plink2_on_3202_people(
    cohort: tuple[list[str], NDArray[np.bool_], NDArray[np.uint8]], tmp_path: Path
) -> None:
    names, autosomal, codes = cohort
    above = ["--autosome", "--king-table-filter", "0.15"]
    table = king_table(["--vcf", str(TRIOS), *above], tmp_path)
    same(related(by_person([pack(codes[autosomal])]), above=0.15), names, table)


@pytest.mark.oracle
@shared
def test_trios__of_the_1000_genomes_project(cohort: tuple[list[str], NDArray[np.bool_], NDArray[np.uint8]]) -> None:
    """Found from genotypes and sex alone, at 968 sites: the 602 of the pedigree, and one that it does not have.

    NA20900 is listed as unrelated to NA20891 and NA20882, yet breaks Mendel's law with them nowhere.
    """
    names, autosomal, codes = cohort
    sex, expected = panel(names)
    people = by_person([pack(codes[autosomal])])
    found = {tuple(t) for t in trios(people, related(people), sex).tolist()}
    assert expected <= found
    assert [tuple(names[i] for i in t) for t in found - expected] == [("NA20900", "NA20891", "NA20882")]
