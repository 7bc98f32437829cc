"""Child, father and mother: found from genotypes, and checked against Mendel's law.

Trios tell how good genotypes are: a child's genotype that its parents cannot have passed on is nearly always an error.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from goe.science.by_person import HOM_ALT, STATE, ByPerson, ones
from goe.science.genotypes import Codes
from goe.science.ploidy import Region, Sex
from goe.science.relatedness import DUPLICATE_ABOVE, SECOND_DEGREE_ABOVE, Pairs

Integers = NDArray[np.int64]

# Parent and child are recognised more generously here than by `relation`, because Mendel's law in all three decides: kinship is
# too low in a child of parents of different ancestry, and one poor genome loses more shared alleles than .0012.
SHARED_NOTHING_BELOW = 0.005
MENDEL_BELOW = 0.01  # true trios have far fewer errors; a grandparent and a grandchild taken for parents have far more
# Two strangers share an allele at a common site with a probability of about .94, and two of them keep Mendel's law with a child
# at about .9. At 100 sites that know nothing of each other that is 2 pairs in a thousand, and 3 couples in a hundred thousand.
ENOUGH_SITES_APART = 100
MOST_RELATIVES = 32  # of those who may be parent or child of somebody, the closest that are tried, so that the work is bounded
_COUPLES_TOGETHER = 1 << 14
_COPIES_OF_ALT = np.array([0, 1, 2, -1], dtype=np.int64)  # by state, of two copies
_HAPLOID_ALT = np.array([0, -1, 1, -1], dtype=np.int64)  # of one copy; a heterozygous call is impossible and taken as missing


def trios(
    people: ByPerson,
    pairs: Pairs,
    sex: Integers,
    *,
    age: NDArray[np.float64] | None = None,
    parents_below: float = SECOND_DEGREE_ABOVE,
    mendel_below: float = MENDEL_BELOW,
) -> Integers:
    """(trios, 3) child, father, mother: each person with two parents in the set, ascending.

    `pairs` holds at least every pair with a kinship of `parents_below` (see `related`); a pair not in it is unrelated. `sex` is
    (samples,) of Sex. Father and mother are each related to the child and share an allele with it at all but .005 of the sites,
    are XY and XX, are not related themselves, and with them the child breaks Mendel's law at less than `mendel_below` of the
    sites. Where `age` in years is given, (samples,) nan if unknown, a parent is older than the child. Parents who are related
    to each other are not found, and of many who may be parents of one child only the closest MOST_RELATIVES are tried. Sites
    in linkage disequilibrium make strangers look like parents: ask only with ENOUGH_SITES_APART of them (see `far_apart`).
    """
    close = pairs.where(pairs.kinship >= parents_below)
    kin = set(zip(close.first.tolist(), close.second.tolist(), strict=True))
    candidates = [
        (child, *couple)
        for child, relatives in sorted(_parents_or_children(close).items())
        for couple in _couples(relatives, sex)
        if (min(couple), max(couple)) not in kin and _older(age, child, couple)
    ]
    found = np.array(candidates, dtype=np.int64).reshape(-1, 3)
    parts = [found[i : i + _COUPLES_TOGETHER] for i in range(0, len(found), _COUPLES_TOGETHER)]
    lawful = [part[errors < mendel_below * sites] for part in parts for errors, sites in [mendel_counts(people, part)]]
    return np.concatenate([found[:0], *lawful])


def _parents_or_children(pairs: Pairs) -> dict[int, list[int]]:
    """Whom each person may be parent or offspring of, the closest first, MOST_RELATIVES at most."""
    alike = pairs.kinship >= DUPLICATE_ABOVE
    chosen = pairs.where(~alike & (pairs.ibs0 < SHARED_NOTHING_BELOW * pairs.sites))
    chosen = chosen.where(np.argsort(-chosen.kinship, kind="stable"))
    found: dict[int, list[int]] = {}
    for i, j in zip(chosen.first.tolist(), chosen.second.tolist(), strict=True):
        for one, other in ((i, j), (j, i)):
            if len(near := found.setdefault(one, [])) < MOST_RELATIVES:
                near.append(other)
    return found


def _couples(relatives: list[int], sex: Integers) -> list[tuple[int, int]]:
    """Pairs of a man and a woman, as (father, mother)."""
    ordered = [pair if sex[pair[0]] == Sex.XY else pair[::-1] for pair in combinations(sorted(relatives), 2)]
    return [(father, mother) for father, mother in ordered if sex[father] == Sex.XY and sex[mother] == Sex.XX]


def _older(age: NDArray[np.float64] | None, child: int, couple: tuple[int, int]) -> bool:
    """Whether nobody known to be younger is taken for a parent."""
    return age is None or not any(age[parent] <= age[child] for parent in couple)


def mendel_counts(people: ByPerson, trio: Integers) -> tuple[Integers, Integers]:
    """(trios,) genotypes of the child that break Mendel's law, and sites called in all three; autosomes.

    `trio` is (trios, 3) of child, father, mother. `mendel_errors` is the definition.
    """
    (low, high), (f_low, f_high), (m_low, m_high) = ((people.low[t], people.high[t]) for t in trio.T)
    called = ~((low & high) | (f_low & f_high) | (m_low & m_high))
    father_alt, mother_alt, father_ref, mother_ref = f_high, m_high, ~(f_low | f_high), ~(m_low | m_high)
    het, alt, ref = low, high, ~(low | high)
    wrong = ref & (father_alt | mother_alt) | alt & (father_ref | mother_ref)
    wrong |= het & ((father_alt & mother_alt) | (father_ref & mother_ref))
    return ones(wrong & called), ones(called)


def mendel_errors(
    child: Codes, father: Codes, mother: Codes, sex: Integers, region: Region
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which genotypes of a child break Mendel's law, and which could be tested: called in everybody they depend on.

    Three matrices of (variants, trios) codes; `sex` is (trios,) of the children. On autosomes a child has one allele of each
    parent. On X outside the pseudo-autosomal regions a son has one of his mother's, a daughter one of hers and her father's.
    A child whose sex is unknown is not tested there. The error rate is `errors.sum() / tested.sum()`.
    """
    if region not in (Region.AUTOSOME, Region.X):
        raise ValueError(f"Mendel's law is tested on autosomes and X, not on {region.name}")
    c, f, m = (_COPIES_OF_ALT[STATE[codes]] for codes in (child, father, mother))
    least, most, tested = (f == HOM_ALT) + 0, (f > 0) + 0, (c >= 0) & (f >= 0) & (m >= 0)
    if region == Region.X:
        son, f = sex == Sex.XY, _HAPLOID_ALT[STATE[father]]
        c = np.where(son, _HAPLOID_ALT[STATE[child]], c)
        least = most = np.where(son, 0, f)
        tested = (c >= 0) & (m >= 0) & (son | (f >= 0)) & (sex != Sex.UNKNOWN)
    least, most = least + (m == HOM_ALT), most + (m > 0)
    return tested & ((c < least) | (c > most)), tested
