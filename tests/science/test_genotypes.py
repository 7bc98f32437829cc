"""Packed genotypes: packing loses nothing, and counting them is counting genotype by genotype."""

from __future__ import annotations

from dataclasses import replace

import definitions
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from goe.science.counting import count_outcomes
from goe.science.genotypes import (
    CODES,
    EFFECT,
    GAP_ROWS,
    OUTCOMES,
    Genotype,
    Packed,
    joined,
    pack,
    pack_entries,
    take,
    unpack,
    usual_default,
)
from goe.science.ploidy import PSEUDO_AUTOSOMAL, Region, Sex, copies, regions

SIZES = st.sampled_from([1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200])
LETTERS = {Sex.XX: "F", Sex.XY: "M", Sex.UNKNOWN: "U"}


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.uint8]:
    """(variants, samples) codes: rare sites, common ones, haploid people, and any code anywhere."""
    samples, variants = draw(SIZES), draw(st.sampled_from([1, 2, 5, 8, 40]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    codes = random.integers(0, CODES, (variants, samples))
    usual = np.where(random.random(samples) < draw(st.sampled_from([0, 0.5, 1])), Genotype.HAPLOID_REF, Genotype.HOM_REF)
    carriers = random.random((variants, samples)) < random.choice([0, 0.02, 0.3, 1], (variants, 1))
    codes = np.where(carriers, codes, usual).astype(np.uint8)
    first, last = np.sort(random.integers(0, variants + 1, (2, samples)), axis=0)
    gone = (np.arange(variants)[:, None] >= first) & (np.arange(variants)[:, None] < last) & (random.random(samples) < 0.2)
    return np.where(gone, np.where(usual == Genotype.HOM_REF, Genotype.MISSING, Genotype.HAPLOID_MISSING), codes).astype(
        np.uint8
    )


@given(codes=matrices())
def test_pack__loses_nothing(codes: NDArray[np.uint8]) -> None:
    packed = pack(codes)
    assert (packed.variants, packed.samples) == codes.shape
    assert np.array_equal(unpack(packed), codes)
    for start, end in zip(packed.entry_offset[:-1], packed.entry_offset[1:], strict=True):
        assert np.all(np.diff(packed.entry_sample[start:end].astype(np.int64)) > 0), "entries ascend within a variant"


@given(codes=matrices(), data=st.data())
def test_take__is_the_rows(codes: NDArray[np.uint8], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(codes) - 1), max_size=len(codes)))
    rows = np.array(sorted(chosen), dtype=np.int64)
    assert np.array_equal(unpack(take(pack(codes), rows)), codes[rows])


@given(first=matrices(), second=st.data())
def test_joined__is_one_after_the_other(first: NDArray[np.uint8], second: st.DataObject) -> None:
    rows = second.draw(st.integers(0, len(first)))
    whole = usual_default(first)
    parts = [pack_like(first[:rows], whole), pack_like(first[rows:], whole)]
    assert np.array_equal(unpack(joined(parts)), first)


def pack_like(codes: NDArray[np.uint8], default: NDArray[np.uint8]) -> Packed:
    """Packed with a default that is given."""
    row, sample = np.nonzero(codes != default)
    return pack_entries(row, sample, codes[row, sample], len(codes), default)


def test_gaps__are_long_runs_without_a_call() -> None:
    """Kept apart from entries and planes, cut where variants are taken, and found on either side of a called site."""
    codes = np.zeros((100, 70), dtype=np.uint8)
    codes[:, 50:] = Genotype.HAPLOID_REF
    codes[10 : 10 + GAP_ROWS, 3] = Genotype.MISSING
    codes[60:100, 60] = Genotype.HAPLOID_MISSING
    codes[5 : 5 + GAP_ROWS - 1, 7] = Genotype.MISSING  # too short
    codes[20, :40] = Genotype.HET  # a common site within the gap
    codes[20, 3] = Genotype.MISSING
    packed = pack(codes)
    assert packed.gap.tolist() == [[3, 10, 10 + GAP_ROWS], [60, 60, 100]]
    assert len(packed.entry_code) == GAP_ROWS - 1 and np.array_equal(unpack(packed), codes)
    rows = np.arange(15, 70)
    assert np.array_equal(unpack(take(packed, rows)), codes[rows])


@given(codes=matrices())
def test_unpack__without_phase_is_the_same_genotype(codes: NDArray[np.uint8]) -> None:
    packed = replace(pack(codes), phase=None)
    phased = np.isin(codes, (Genotype.HET_REF_ALT, Genotype.HET_ALT_REF))
    found = unpack(packed)
    assert np.all((found == codes) | (phased & (found == Genotype.HET)))


@given(codes=matrices(), region=st.sampled_from(list(Region)), groups=st.integers(1, 3), seed=st.integers(0, 2**32))
def test_count_outcomes__is_the_definition(codes: NDArray[np.uint8], region: Region, groups: int, seed: int) -> None:
    """Any codes, any groups, any mixture of karyotypes in one block."""
    random = np.random.default_rng(seed)
    group, sex = random.integers(-1, groups, codes.shape[1]), random.integers(0, 3, codes.shape[1])
    found = np.moveaxis(count_outcomes(pack(codes), group, groups, copies(region, sex)), 0, -1)
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
