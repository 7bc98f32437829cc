"""Numbers that describe each genome: how complete, how heterozygous, which kinds of variants, which sex.

They are counts per sample that add over blocks of variants, so a genome is described in one pass over the store and a cluster
adds up the parts. What counts as good is not decided here. Unless a name says X or Y, autosomes and the pseudo-autosomal
regions are counted. Genotypes are counted as in `by_person`: a haploid call is homozygous, half a genotype is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.science.by_person import HET, HOM_ALT, MISSING, STATE, column_sums, ones
from goe.science.genotypes import Packed
from goe.science.ploidy import Region, Sex

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

NUMBERS = (  # columns of `sample_numbers`
    "called",
    "missing",
    "hom_ref",
    "het",
    "hom_alt",
    "transition",
    "transversion",
    "insertion",
    "deletion",
    "singleton",
    "x_called",
    "x_het",
    "x_missing",
    "y_called",
    "y_missing",
)
_COLUMN = {name: i for i, name in enumerate(NUMBERS)}

XX_F_BELOW = 0.2  # F on X: the defaults of plink --check-sex
XY_F_ABOVE = 0.8
XX_Y_BELOW = 0.3  # share of Y sites called. A convention of ours: women have next to none, men nearly all
XY_Y_ABOVE = 0.7


class Kind(IntEnum):
    """What sort of change a variant is."""

    OTHER = 0  # several bases for as many, symbolic alleles
    TRANSITION = 1  # A <> G, C <> T
    TRANSVERSION = 2
    INSERTION = 3
    DELETION = 4


_COUNTED_KINDS = {
    "transition": Kind.TRANSITION,
    "transversion": Kind.TRANSVERSION,
    "insertion": Kind.INSERTION,
    "deletion": Kind.DELETION,
}
_BASE = np.zeros(256, dtype=np.uint8)  # (letters,) a bit for each base
_BASE[np.frombuffer(b"ACGT", dtype=np.uint8)] = (1, 2, 4, 8)
_A_OR_G, _C_OR_T = 1 | 4, 2 | 8


@dataclass(frozen=True)
class Alleles:
    """One allele of each variant, upper case, end to end.

    offset  (variants + 1,) integers: where each allele begins
    letter  (letters,) uint8, ASCII
    """

    offset: NDArray[Any]
    letter: NDArray[np.uint8]

    @property
    def length(self) -> Integers:
        """(variants,) letters of each allele."""
        return np.diff(self.offset).astype(np.int64)

    @property
    def first(self) -> NDArray[np.uint8]:
        """(variants,) the bit of the first base; 0 where that is no base."""
        found: NDArray[np.uint8] = _BASE[self.letter[self.offset[:-1]]]
        return found

    @property
    def of_bases(self) -> NDArray[np.bool_]:
        """(variants,) whether an allele consists of A, C, G and T alone."""
        before = np.concatenate([[0], np.cumsum(_BASE[self.letter] == 0)])
        found: NDArray[np.bool_] = before[self.offset[1:]] == before[self.offset[:-1]]
        return found


def kinds(reference: Alleles, alternate: Alleles) -> Integers:
    """(variants,) the Kind of each biallelic variant."""
    longer = alternate.length - reference.length
    kind = np.where(longer > 0, Kind.INSERTION, np.where(longer < 0, Kind.DELETION, Kind.OTHER))
    both = reference.first | alternate.first
    single = (longer == 0) & (alternate.length == 1)
    kind[single] = Kind.TRANSVERSION
    kind[single & ((both == _A_OR_G) | (both == _C_OR_T))] = Kind.TRANSITION
    kind[~alternate.of_bases] = Kind.OTHER
    return kind.astype(np.int64)


@dataclass(frozen=True)
class Sites:
    """People in each state at each variant of a block; every array is (variants,). All others are homozygous reference."""

    het: Integers
    hom_alt: Integers
    missing: Integers

    @property
    def carriers(self) -> Integers:
        """(variants,) people with the alternate allele, once or twice."""
        return self.het + self.hom_alt

    def __add__(self, other: Sites) -> Sites:
        return Sites(self.het + other.het, self.hom_alt + other.hom_alt, self.missing + other.missing)

    def expected_het(self, people: Integers) -> Floats:
        """(variants,) 2 p (1 - p) n / (n - 1): the share of heterozygotes expected among `people` less the missing ones.

        n is the number of alleles called, so the expectation is without bias, as in plink2 --het small-sample.
        """
        called = np.maximum(2 * (people - self.missing), 2)
        p = (self.het + 2 * self.hom_alt) / called
        found: Floats = 2 * p * (1 - p) * called / (called - 1)
        return found


def site_states(packed: Packed) -> Sites:
    """How many people of a block are in each state at each variant."""
    state = _states(packed.entry_code, _STATE_TABLE)
    found = [_by_variant(state == value, packed.entry_offset) for value in (HET, HOM_ALT, MISSING)]
    low, high = packed.plane[:, 0], packed.plane[:, 1]
    one, two, both = (ones(words) for words in (low, high, low & high))
    for total, number in zip(found, (one - both, two - both, both), strict=True):
        total[packed.dense_row] += number
    step = np.bincount(packed.gap[:, 1], minlength=packed.variants + 1)
    step -= np.bincount(packed.gap[:, 2], minlength=packed.variants + 1)
    found[2] += np.cumsum(step)[:-1]
    return Sites(*found)


def _by_variant(chosen: NDArray[np.bool_], offset: Integers) -> Integers:
    """(variants,) how many of the entries of each variant are chosen."""
    if np.count_nonzero(chosen) * 8 < len(chosen):
        return np.diff(np.searchsorted(np.flatnonzero(chosen), offset)).astype(np.int64)
    before = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(chosen, out=before[1:])
    return np.diff(before[offset])


_STATE_TABLE = bytes(np.pad(STATE, (0, 256 - len(STATE))))
# What is counted per person: missing calls; for each kind and whether one person alone has the allele, where the person is
# heterozygous and where homozygous for it; and all variants.
SLOTS = 32
_LOST, _ALL = 0, SLOTS - 1
_SLOT = np.full((2, len(Kind), 16), _ALL, dtype=np.uint8)  # (singleton, kinds, codes)
for _code, _state in enumerate(STATE.tolist()):
    if _state in (HET, HOM_ALT):
        _SLOT[:, :, _code] = (1 + 2 * np.arange(2 * len(Kind)) + (_state == HOM_ALT)).reshape(2, len(Kind))
    elif _state == MISSING:
        _SLOT[:, :, _code] = _LOST
_SLOT_TABLE = bytes(np.pad(_SLOT.reshape(-1), (0, 256 - _SLOT.size)))


def _states(code: NDArray[np.uint8], table: bytes) -> NDArray[np.uint8]:
    """Each byte replaced by what the table of 256 says; several times as fast as indexing."""
    return np.frombuffer(code.tobytes().translate(table), dtype=np.uint8)


def tally(packed: Packed, kind: Integers, singleton: NDArray[np.bool_]) -> Integers:
    """(SLOTS, samples) what `sample_numbers` reads; it adds over blocks of one ploidy region.

    `kind` and `singleton` are (variants,); singleton says that one person alone has the alternate allele, once or twice, of all
    people compared, which is for the caller to know. Rare variants are counted from their carriers, so the cost is that of what
    is stored.
    """
    group = ((singleton * len(Kind) + kind) << 4).astype(np.uint8)
    slot = np.repeat(group, np.diff(packed.entry_offset))
    slot |= packed.entry_code
    key = _states(slot, _SLOT_TABLE).astype(np.int64)
    key *= packed.samples
    key += packed.entry_sample
    found = np.bincount(key, minlength=SLOTS * packed.samples).reshape(SLOTS, packed.samples)
    low, high = packed.plane[:, 0], packed.plane[:, 1]
    three = np.empty((len(low), 3, low.shape[1]), dtype=np.uint64)
    both = np.bitwise_and(low, high, out=three[:, 2])
    np.bitwise_xor(low, both, out=three[:, 0])
    np.bitwise_xor(high, both, out=three[:, 1])
    words = three.reshape(len(low), 3 * low.shape[1])
    of_row = group[packed.dense_row] >> 4
    for g in np.unique(of_row):
        sums = column_sums(words[of_row == g], words.shape[1] * 64).reshape(3, -1)[:, : packed.samples]
        found[1 + 2 * g : 3 + 2 * g] += sums[:2]
        found[_LOST] += sums[2]
    sample, first, last = packed.gap.T
    found[_LOST] += np.bincount(sample, weights=last - first, minlength=packed.samples).astype(np.int64)
    found[_ALL] = packed.variants
    return found


def sample_numbers(tallied: Integers, region: Region) -> Integers:
    """(samples, NUMBERS) from the tally of one ploidy region; the numbers of a genome are the sum over regions.

    transition ... singleton count variants at which the person has the allele, once whether heterozygous or homozygous, as
    plink2 --sample-counts and bcftools stats do.
    """
    numbers = np.zeros((tallied.shape[1], len(NUMBERS)), dtype=np.int64)
    if region is Region.MT:
        return numbers
    lost, every = tallied[_LOST], tallied[_ALL]
    states = tallied[1 : 1 + 4 * len(Kind)].reshape(2, len(Kind), 2, -1)  # (singleton, kinds, het or hom_alt, samples)
    het, hom_alt = states.sum(axis=(0, 1))
    if region is Region.AUTOSOME:
        found = {"missing": lost, "het": het, "hom_alt": hom_alt, "hom_ref": every - lost - het - hom_alt}
        found |= {name: states[:, sort].sum(axis=(0, 1)) for name, sort in _COUNTED_KINDS.items()}
        found |= {"called": every - lost, "singleton": states[1].sum(axis=(0, 1))}
    else:
        letter = region.name.lower()
        found = {f"{letter}_called": every - lost, f"{letter}_missing": lost}
        found |= {"x_het": het} if region is Region.X else {}
    for name, number in found.items():
        numbers[:, _COLUMN[name]] = number
    return numbers


def expected_homozygous(packed: Packed, expected_het: Floats) -> Floats:
    """(samples,) genotypes expected to be homozygous among those called, E of `inbreeding`; adds over blocks.

    The sum of 1 - expected_het over the variants called in a person; `expected_het` is (variants,), for example of `Sites`.
    """
    hom = 1 - expected_het
    gone = np.flatnonzero(_states(packed.entry_code, _STATE_TABLE) == MISSING)
    weight = np.repeat(hom, np.diff(np.searchsorted(gone, packed.entry_offset)))
    found: Floats = hom.sum() - np.bincount(packed.entry_sample[gone], weights=weight, minlength=packed.samples)
    before = np.concatenate([[0], np.cumsum(hom)])
    gap, first, last = packed.gap.T
    found -= np.bincount(gap, weights=before[last] - before[first], minlength=packed.samples)
    dense, person = _bits_set(packed.plane[:, 0] & packed.plane[:, 1])
    return found - np.bincount(person, weights=hom[packed.dense_row[dense]], minlength=packed.samples)


def _bits_set(words: NDArray[np.uint64]) -> tuple[Integers, Integers]:
    """Row and place of each bit set in (rows, words), of which few are."""
    cell = np.flatnonzero(words)
    left = words.reshape(-1)[cell]
    row, place = [cell[:0]], [cell[:0]]
    while len(cell):
        row.append(cell // words.shape[1])
        place.append(cell % words.shape[1] * 64 + np.bitwise_count((left & -left) - np.uint64(1)))
        left &= left - np.uint64(1)  # without the lowest bit
        cell, left = cell[left != 0], left[left != 0]
    return np.concatenate(row), np.concatenate(place)


def inbreeding(homozygous: Integers, expected: Floats, called: Integers) -> Floats:
    """(samples,) F = (O - E) / (N - E) over genotypes called, homozygous (O) and expected so (E); what plink2 --het writes.

    Negative: more heterozygous than the frequencies say, as a mixture of two people's DNA is. nan where nothing is expected to
    be heterozygous.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(called > expected, (homozygous - expected) / (called - expected), np.nan)
    return found


@dataclass(frozen=True)
class SampleQuality:
    """Ratios that describe each genome, every array (samples,); nan where the divisor is 0. Names as the GA4GH has them."""

    call_rate: Floats
    heterozygosity: Floats
    ratio_transitions_transversions: Floats
    ratio_heterozygous_homozygous: Floats
    ratio_insertion_deletion: Floats
    x_heterozygosity: Floats
    y_call_rate: Floats


def sample_quality(numbers: Integers) -> SampleQuality:
    """The ratios, from (samples, NUMBERS). Heterozygous by homozygous is by the alternate homozygotes."""
    n = {name: numbers[:, i].astype(np.float64) for name, i in _COLUMN.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (
            n["called"] / (n["called"] + n["missing"]),
            n["het"] / n["called"],
            n["transition"] / n["transversion"],
            n["het"] / n["hom_alt"],
            n["insertion"] / n["deletion"],
            n["x_het"] / n["x_called"],
            n["y_called"] / (n["y_called"] + n["y_missing"]),
        )
    return SampleQuality(*(np.where(np.isfinite(ratio), ratio, np.nan) for ratio in ratios))


def karyotype(x_inbreeding: Floats, y_call_rate: Floats) -> Integers:
    """(samples,) Sex inferred from F on X and the share of Y sites called, both outside the pseudo-autosomal regions.

    XX where F < .2 and Y < .3, XY where F > .8 and Y > .7, otherwise unknown, as is anybody without X. Where there are no Y
    sites (nan) X decides. F must rest on frequencies of women or of both, not of the person alone.
    """
    no_y = np.isnan(y_call_rate)
    woman = (x_inbreeding < XX_F_BELOW) & (no_y | (y_call_rate < XX_Y_BELOW))
    man = (x_inbreeding > XY_F_ABOVE) & (no_y | (y_call_rate > XY_Y_ABOVE))
    return np.where(woman, np.int64(Sex.XX), np.where(man, np.int64(Sex.XY), np.int64(Sex.UNKNOWN)))
