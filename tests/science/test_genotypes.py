"""Packed genotypes: packing loses nothing, and counting them is counting genotype by genotype."""

from __future__ import annotations

import definitions
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.science.genotypes import CODES, EFFECT, OUTCOMES, Genotype, count_codes, count_outcomes, pack, take, unpack
from goe.science.ploidy import PSEUDO_AUTOSOMAL, Region, Sex, copies, regions

SIZES = st.sampled_from([1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200])
LETTERS = {Sex.XX: "F", Sex.XY: "M", Sex.UNKNOWN: "U"}


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.uint8]:
    """(variants, samples) codes: rare sites, common ones, haploid people, and any code anywhere."""
    samples, variants = draw(SIZES), draw(st.integers(1, 8))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    codes = random.integers(0, CODES, (variants, samples))
    usual = np.where(random.random(samples) < draw(st.sampled_from([0, 0.5, 1])), Genotype.HAPLOID_REF, Genotype.HOM_REF)
    carriers = random.random((variants, samples)) < random.choice([0, 0.02, 0.3, 1], (variants, 1))
    return np.where(carriers, codes, usual).astype(np.uint8)


@given(codes=matrices())
def test_pack__loses_nothing(codes: NDArray[np.uint8]) -> None:
    packed = pack(codes)
    assert (packed.variants, packed.samples) == codes.shape
    assert np.array_equal(unpack(packed), codes)
    for start, end in zip(packed.entry_offset[:-1], packed.entry_offset[1:], strict=True):
        assert np.all(np.diff(packed.entry[start:end].astype(np.int64)) > 0), "entries ascend within a variant"


@given(codes=matrices(), data=st.data())
def test_take__is_the_rows(codes: NDArray[np.uint8], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(codes) - 1), max_size=len(codes)))
    rows = np.array(sorted(chosen), dtype=np.int64)
    assert np.array_equal(unpack(take(pack(codes), rows)), codes[rows])


@given(codes=matrices(), groups=st.integers(1, 5), seed=st.integers(0, 2**32))
def test_count_codes__is_people_per_group_and_code(codes: NDArray[np.uint8], groups: int, seed: int) -> None:
    """Whoever is in no group (-1) is not counted."""
    group = np.random.default_rng(seed).integers(-1, groups, codes.shape[1])
    found = count_codes(pack(codes), group, groups)
    expected = [[[np.sum(row[group == g] == code) for code in range(CODES)] for g in range(groups)] for row in codes]
    assert np.array_equal(found, np.array(expected))


@given(codes=matrices(), region=st.sampled_from(list(Region)), groups=st.integers(1, 3), seed=st.integers(0, 2**32))
def test_count_outcomes__is_the_definition(codes: NDArray[np.uint8], region: Region, groups: int, seed: int) -> None:
    """Any codes, any groups, any mixture of karyotypes in one block."""
    random = np.random.default_rng(seed)
    group, sex = random.integers(-1, groups, codes.shape[1]), random.integers(0, 3, codes.shape[1])
    found = count_outcomes(pack(codes), group, groups, copies(region, sex))
    for row, site in enumerate(codes):
        for g in range(groups):
            members = np.flatnonzero(group == g)
            calls = [definitions.SPELLING[site[m]] for m in members]
            letters = [LETTERS[Sex(int(sex[m]))] for m in members]
            assert tuple(found[row, g]) == definitions.count(calls, region.name, letters)


@pytest.mark.parametrize("region", list(Region))
@pytest.mark.parametrize("sex", list(Sex))
def test_copies__is_the_table_of_the_contracts(region: Region, sex: Sex) -> None:
    assert copies(region, np.array([sex])).tolist() == [definitions.copies(region.name, LETTERS[sex])]


def test_effect__alleles_agree_with_genotypes() -> None:
    """AC = het + 2 hom + hemi + half calls of alt; never more than AN, never more than the copies there are."""
    outcome = {name: EFFECT[:, :, i] for i, name in enumerate(OUTCOMES)}
    half = np.zeros((3, CODES), dtype=int)
    half[2, Genotype.HALF_ALT] = 1
    sum_of_people = outcome["heterozygote"] + 2 * outcome["homozygote"] + outcome["hemizygote"] + half
    assert np.array_equal(outcome["allele_count"], sum_of_people)
    assert np.all(outcome["allele_count"] <= outcome["allele_number"])
    assert np.all(outcome["allele_number"] <= np.arange(3)[:, None])


@pytest.mark.parametrize("assembly", list(PSEUDO_AUTOSOMAL))
@pytest.mark.parametrize("contig", ["X", "Y"])
def test_pseudo_autosomal_borders__are_closed(assembly: str, contig: str) -> None:
    """The first and the last base of a region belong to it, their neighbours do not."""
    for first, last in PSEUDO_AUTOSOMAL[assembly][contig]:
        for position in (first - 1, first, (first + last) // 2, last, last + 1):
            found = Region(int(regions(contig, np.array([position]), assembly)[0]))
            assert found.name == definitions.region(contig, position, assembly)


def test_regions__of_other_chromosomes() -> None:
    for contig in ("1", "22", "MT"):
        expected = Region.MT if contig == "MT" else Region.AUTOSOME
        assert regions(contig, np.array([1, 70000]), "GRCh37").tolist() == [expected, expected]
