"""Numbers that describe each genome: how complete, how heterozygous, which kinds of variants, which sex.

They are counts per sample that add over blocks of variants, so a genome is described in one pass over the store and a cluster
adds up the parts. What counts as good is not decided here. Unless a name says X or Y, autosomes and the pseudo-autosomal
regions are counted. Genotypes are counted as in `by_person`: a haploid call is homozygous, half a genotype is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from goe.science.by_person import HET, HOM_ALT, HOM_REF, MISSING, STATES, entries, turned
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
_TRANSITIONS = frozenset(["AG", "GA", "CT", "TC"])
_BASES = frozenset("ACGT")


def kinds(reference: NDArray[np.object_], alternate: NDArray[np.object_]) -> Integers:
    """(variants,) the Kind of each biallelic variant, from its alleles as strings (upper case)."""
    return np.array([_kind(r, a) for r, a in zip(reference.tolist(), alternate.tolist(), strict=True)], dtype=np.int64)


def _kind(reference: str, alternate: str) -> Kind:
    if not _BASES.issuperset(alternate):
        return Kind.OTHER
    if len(reference) == len(alternate) == 1:
        return Kind.TRANSITION if reference + alternate in _TRANSITIONS else Kind.TRANSVERSION
    if len(reference) == len(alternate):
        return Kind.OTHER
    return Kind.INSERTION if len(alternate) > len(reference) else Kind.DELETION


def states_by_person(packed: Packed, group: Integers, groups: int) -> Integers:
    """(samples, groups, states) variants of each group at which a person is in each state; states as in `by_person`.

    `group` is (variants,), 0 to groups - 1. Rare variants are counted from the carriers, so the cost is that of what is stored.
    """
    row, sample, state = entries(packed)
    cell = (sample.astype(np.int64) * groups + group[row]) * STATES + state
    found = np.bincount(cell, minlength=packed.samples * groups * STATES).reshape(packed.samples, groups, STATES)
    # (words, samples): summing over a long axis of samples is four times as fast as over a short one of words
    low, high = (np.ascontiguousarray(turned(packed.plane[:, i], packed.samples).T) for i in range(2))
    for g in np.unique(group[packed.dense_row]):
        members = _mask(group[packed.dense_row] == g)[:, None]
        both, one, two = (np.bitwise_count(words & members).sum(axis=0, dtype=np.int64) for words in (low & high, low, high))
        found[:, g, HET] += one - both
        found[:, g, HOM_ALT] += two - both
        found[:, g, MISSING] += both
    _add_gaps(found, packed, group)
    everything = np.bincount(group, minlength=groups)
    found[:, :, HOM_REF] = everything - found[:, :, HET] - found[:, :, HOM_ALT] - found[:, :, MISSING]
    return found


def _add_gaps(found: Integers, packed: Packed, group: Integers) -> None:
    """Add the variants of each group that lie in gaps; `found` is (samples, groups, states)."""
    before = np.zeros((len(group) + 1, found.shape[1]), dtype=np.int64)
    before[1:] = np.cumsum(group[:, None] == np.arange(found.shape[1]), axis=0)
    sample, first, last = packed.gap.T
    np.add.at(found[:, :, MISSING], sample, before[last] - before[first])


def _mask(chosen: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(words,) bits of (variants,) booleans, little-endian."""
    padded = np.pad(chosen, (0, -len(chosen) % 64))
    return np.packbits(padded, bitorder="little").view("<u8").astype(np.uint64)


def sample_numbers(packed: Packed, region: Region, kind: Integers, singleton: NDArray[np.bool_]) -> Integers:
    """(samples, NUMBERS) of one block; the numbers of a genome are the sum over blocks.

    `kind` and `singleton` are (variants,); singleton says that one person alone has the alternate allele, once or twice, of all
    people compared, which is for the caller to know.
    transition ... singleton count variants at which the person has the allele, once whether heterozygous or homozygous, as
    plink2 --sample-counts and bcftools stats do.
    """
    numbers = np.zeros((packed.samples, len(NUMBERS)), dtype=np.int64)
    if region == Region.AUTOSOME:
        _add_autosomes(numbers, packed, kind, singleton)
    elif region in (Region.X, Region.Y):
        state = states_by_person(packed, np.zeros(packed.variants, dtype=np.int64), 1)[:, 0]
        letter = region.name.lower()
        numbers[:, _COLUMN[f"{letter}_called"]] = packed.variants - state[:, MISSING]
        numbers[:, _COLUMN[f"{letter}_missing"]] = state[:, MISSING]
        if region == Region.X:
            numbers[:, _COLUMN["x_het"]] = state[:, HET]
    return numbers


def _add_autosomes(numbers: Integers, packed: Packed, kind: Integers, singleton: NDArray[np.bool_]) -> None:
    counts = states_by_person(packed, kind * 2 + singleton, len(Kind) * 2).reshape(-1, len(Kind), 2, STATES)
    state, carried = counts.sum(axis=(1, 2)), counts[..., HET] + counts[..., HOM_ALT]
    for name, value in (("missing", MISSING), ("hom_ref", HOM_REF), ("het", HET), ("hom_alt", HOM_ALT)):
        numbers[:, _COLUMN[name]] = state[:, value]
    numbers[:, _COLUMN["called"]] = packed.variants - state[:, MISSING]
    for name, sort in _COUNTED_KINDS.items():
        numbers[:, _COLUMN[name]] = carried[:, sort].sum(axis=1)
    numbers[:, _COLUMN["singleton"]] = carried[:, :, 1].sum(axis=1)


def expected_homozygous(packed: Packed, frequency: Floats, number: Integers | None = None) -> Floats:
    """(samples,) genotypes expected to be homozygous among those called, E of `inbreeding`; adds over blocks.

    The sum of 1 - 2 p (1 - p) over the variants called in a person; `frequency` is (variants,). Given `number`, the (variants,)
    alleles from which the frequencies were counted, the expectation is without bias: 2 p (1 - p) n / (n - 1), as plink2
    --het small-sample has it.
    """
    het = 2 * frequency * (1 - frequency)
    if number is not None:
        het = het * number / np.maximum(number - 1, 1)
    row, sample, state = entries(packed)
    gone = state == MISSING
    found: Floats = (1 - het).sum() - np.bincount(sample[gone], weights=(1 - het)[row[gone]], minlength=packed.samples)
    before = np.concatenate([[0], np.cumsum(1 - het)])
    gap, first, last = packed.gap.T
    found -= np.bincount(gap, weights=before[last] - before[first], minlength=packed.samples)
    dense, person = _bits_set(packed.plane[:, 0] & packed.plane[:, 1])
    return found - np.bincount(person, weights=(1 - het)[packed.dense_row[dense]], minlength=packed.samples)


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
