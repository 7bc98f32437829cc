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
_SLOTS = 32  # per person: two for each kind and for whether one person alone has the allele, then one for missing calls
_LOST = 30  # the slot of a missing call
_NOTHING = 31  # ... of what adds nothing
_SLOT = np.full((2, len(Kind), 16), _NOTHING, dtype=np.uint8)  # (singleton, kinds, codes)
for _code, _state in enumerate(STATE):
    if _state in (HET, HOM_ALT):
        _SLOT[:, :, _code] = (np.arange(2 * len(Kind)) * 2 + (_state == HOM_ALT)).reshape(2, len(Kind))
    _SLOT[:, :, _code] = np.where(_state == MISSING, _LOST, _SLOT[:, :, _code])
_SLOT_TABLE = bytes(np.pad(_SLOT.reshape(-1), (0, 256 - _SLOT.size)))


def _states(code: NDArray[np.uint8], table: bytes) -> NDArray[np.uint8]:
    """Each byte replaced by what the table of 256 says; several times as fast as indexing."""
    return np.frombuffer(code.tobytes().translate(table), dtype=np.uint8)


def sample_numbers(packed: Packed, region: Region, kind: Integers, singleton: NDArray[np.bool_]) -> Integers:
    """(samples, NUMBERS) of one block; the numbers of a genome are the sum over blocks.

    `kind` and `singleton` are (variants,); singleton says that one person alone has the alternate allele, once or twice, of all
    people compared, which is for the caller to know.
    transition ... singleton count variants at which the person has the allele, once whether heterozygous or homozygous, as
    plink2 --sample-counts and bcftools stats do.
    """
    numbers = np.zeros((packed.samples, len(NUMBERS)), dtype=np.int64)
    if region not in (Region.AUTOSOME, Region.X, Region.Y):
        return numbers
    states, lost = _carried(packed, kind, singleton)
    het, hom_alt = states.sum(axis=(1, 2)).T
    if region is Region.AUTOSOME:
        found = {"missing": lost, "het": het, "hom_alt": hom_alt, "hom_ref": packed.variants - lost - het - hom_alt}
        found |= {name: states[:, :, sort].sum(axis=(1, 2)) for name, sort in _COUNTED_KINDS.items()}
        found |= {"called": packed.variants - lost, "singleton": states[:, 1].sum(axis=(1, 2))}
    else:
        letter = region.name.lower()
        found = {f"{letter}_called": packed.variants - lost, f"{letter}_missing": lost}
        found |= {"x_het": het} if region is Region.X else {}
    for name, number in found.items():
        numbers[:, _COLUMN[name]] = number
    return numbers


def _carried(packed: Packed, kind: Integers, singleton: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """(samples, singleton, kinds, 2) variants at which a person is heterozygous or homozygous; (samples,) missing calls."""
    group = ((singleton * len(Kind) + kind) << 4).astype(np.uint8)
    slot = np.repeat(group, np.diff(packed.entry_offset))
    slot |= packed.entry_code
    key = packed.entry_sample.astype(np.int64)
    key *= _SLOTS
    key += _states(slot, _SLOT_TABLE)
    found = np.bincount(key, minlength=packed.samples * _SLOTS).reshape(packed.samples, _SLOTS)
    states, lost = found[:, : 4 * len(Kind)].reshape(-1, 2, len(Kind), 2), found[:, _LOST].copy()
    low, high = packed.plane[:, 0], packed.plane[:, 1]
    words = np.concatenate([low & ~high, high & ~low, low & high], axis=1)
    of_row = group[packed.dense_row] >> 4
    for g in np.unique(of_row):
        whole = column_sums(words[of_row == g], words.shape[1] * 64).reshape(3, -1)[:, : packed.samples]
        states[:, g // len(Kind), g % len(Kind)] += whole[:2].T
        lost += whole[2]
    sample, first, last = packed.gap.T
    lost += np.bincount(sample, weights=last - first, minlength=packed.samples).astype(np.int64)
    return states, lost


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
    """Row and place of each bit set in (rows, words)."""
    row, word = np.nonzero(words)
    bits = np.unpackbits(words[row, word].astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    which, place = np.nonzero(bits)
    return row[which], word[which] * 64 + place


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
