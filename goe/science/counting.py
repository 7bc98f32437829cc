"""Counting packed genotypes: alleles and people per variant and group, in one pass over what is stored.

Everybody first has what they have by default; each entry, plane bit or gap then moves one person from the default to what was
called. People are told apart only where the same code is worth something different in them: by the copies of the chromosome
that they have and by their default. The count is checked against `definitions.py` in the tests, genotype by genotype.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.science.genotypes import CODES, EFFECT, OUTCOMES, Genotype, Packed, to_words

Counts = NDArray[np.int32]
Integers = NDArray[np.int64]

_DEFAULTS = (Genotype.HOM_REF, Genotype.HAPLOID_REF)
_KINDS = [(copies, default) for copies in range(3) for default in _DEFAULTS]
_USUAL = np.stack([EFFECT[copies, default] for copies, default in _KINDS])  # (kinds, outcomes) what the default is worth
# (kinds, codes, outcomes) what somebody of a kind adds with a code, beyond what the default adds
_GAIN = np.stack([EFFECT[copies] - EFFECT[copies, default] for copies, default in _KINDS])


@dataclass(frozen=True)
class _Classes:
    """Codes that are worth the same, numbered over the kinds and codes that occur; class 0 is worth what the default is.

    of     (kinds, codes) the class of each
    gain   (classes, outcomes) what one person of the class adds beyond the default
    """

    of: Integers
    gain: Integers


def count_outcomes(packed: Packed, group: Integers, groups: int, copies: Integers) -> Counts:
    """(outcomes, variants, groups) allele number, allele count and people per outcome, in the order of OUTCOMES.

    `group` is (samples,) with values 0 to groups - 1, or -1 for a person who is not counted. `copies` is (samples,): how many
    copies of this chromosome the person has, 0, 1 or 2 (see `goe.science.ploidy`).
    """
    kind = copies * 2 + (packed.default == Genotype.HAPLOID_REF)
    counted = group >= 0
    fine = group * len(_KINDS) + kind
    people = np.bincount(fine[counted], minlength=groups * len(_KINDS)).reshape(groups, len(_KINDS))
    classes = _classes(packed, np.flatnonzero(people.sum(axis=0)))
    number = _from_entries(packed, group, groups, kind, classes)
    for name, k in np.argwhere(people) if len(packed.dense_row) else ():
        _add_planes(number, packed, counted & (fine == name * len(_KINDS) + k), name, classes.of[k], haploid=bool(k % 2))
    _add_gaps(number, packed, group, kind, classes)
    usual = (people @ _USUAL).astype(np.int32)
    found = np.empty((len(OUTCOMES), packed.variants, groups), dtype=np.int32)
    for outcome in range(len(OUTCOMES)):
        found[outcome] = usual[:, outcome]
        for c in np.flatnonzero(classes.gain[:, outcome]):
            found[outcome] += (
                number[c] if classes.gain[c, outcome] == 1 else classes.gain[c, outcome].astype(np.int32) * number[c]
            )
    return found


def _classes(packed: Packed, kinds: Integers) -> _Classes:
    """The classes that this block needs: few, so that little is counted."""
    occurs = np.bincount(packed.entry_code, minlength=CODES) > 0
    occurs[packed.gap_code] = True
    if len(packed.dense_row):
        occurs[[Genotype.HET, Genotype.HOM_ALT, Genotype.MISSING, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING]] = True
    of, gain, known = np.zeros((len(_KINDS), CODES), dtype=np.int64), [np.zeros(len(OUTCOMES), dtype=np.int64)], {}
    for kind in kinds:
        for code in np.flatnonzero(occurs):
            worth = _GAIN[kind, code]
            if worth.any() and (key := tuple(worth)) not in known:
                known[key] = len(gain)
                gain.append(worth)
            of[kind, code] = known.get(tuple(worth), 0)
    return _Classes(of, np.array(gain))


def _from_entries(packed: Packed, group: Integers, groups: int, kind: Integers, classes: _Classes) -> Counts:
    """(classes, variants, groups) people with an entry of each class; what falls into class 0 is nobody's."""
    cells = packed.variants * groups
    place = classes.of[kind] * cells + np.maximum(group, 0)[:, None]  # (samples, codes)
    place[(classes.of[kind] == 0) | (group < 0)[:, None]] = 0
    index = np.multiply(packed.entry_sample, CODES, dtype=np.int64)
    index += packed.entry_code
    key = np.repeat(np.arange(packed.variants) * groups, np.diff(packed.entry_offset))
    key += place.reshape(-1)[index]
    number = np.bincount(key, minlength=len(classes.gain) * cells).astype(np.int32)
    return number.reshape(len(classes.gain), packed.variants, groups)


def _add_planes(number: Counts, packed: Packed, members: NDArray[np.bool_], group: int, of: Integers, haploid: bool) -> None:
    """Add what the bit planes say of some people of one group and kind; `of` is (codes,)."""
    mask = to_words(members[None, :])[0]
    span = np.flatnonzero(mask)
    here = slice(span[0], span[-1] + 1)  # people of a group stand together, where the store knew the groups
    low, high = (packed.plane[:, i, here] & mask[here] for i in range(2))
    one, two, both = (np.bitwise_count(words).sum(axis=1, dtype=np.int32) for words in (low, high, low & high))
    called = (Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING) if haploid else (Genotype.HOM_ALT, Genotype.MISSING)
    for code, people in zip((*called, Genotype.HET), (two - both, both, one - both), strict=True):
        number[of[code], packed.dense_row, group] += people


def _add_gaps(number: Counts, packed: Packed, group: Integers, kind: Integers, classes: _Classes) -> None:
    """Add everybody who has no call between two variants: one more at the first, one less behind the last."""
    sample, first, last = packed.gap.T
    counted = group[sample] >= 0
    if not counted.any():
        return
    sample, first, last = sample[counted], first[counted], last[counted]
    classes_, groups = classes.of[kind[sample], packed.gap_code[counted]], number.shape[2]
    step = np.zeros((number.shape[0], packed.variants + 1, groups), dtype=np.int32)
    np.add.at(step, (classes_, first, group[sample]), 1)
    np.add.at(step, (classes_, last, group[sample]), -1)
    number += np.cumsum(step, axis=1, dtype=np.int32)[:, :-1]
