"""Who is related to whom in a node, and whom an analysis of unrelated people keeps: for the steward alone, it names genomes.

Kinship is computed from common autosomal variants, since rare ones tell little of it and much of errors: those with a frequency
of 5 % or more that nine in ten people are called at, and of very many only some, evenly spread. KING-robust needs no more.
Kinship adjusted for ancestry takes axes of ancestry besides, computed from people whom KING finds unrelated, at variants that
are not in linkage disequilibrium.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.everybody import PEOPLE, Everybody, chosen_batches, everybody
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.words import Assembly
from goe.science.by_person import MISSING, STATE, ByPerson, Words, dosages, of_planes, only, planes
from goe.science.genotypes import take, to_words, unpack, words_for
from goe.science.linkage import far_apart
from goe.science.ploidy import Region
from goe.science.quality import Sites, site_states
from goe.science.relatedness import (
    SECOND_DEGREE_ABOVE,
    THIRD_DEGREE_ABOVE,
    Pairs,
    Relation,
    compare,
    related,
    relation,
)
from goe.science.sampling import largest_unrelated
from goe.science.trios import ENOUGH_SITES_APART, mendel_counts, trios
from goe.store.genomes.cohort import StoredCohort

COMMON = 0.05  # least frequency of the rarer allele
CALLED = 0.9  # least share of people called at a variant
MOST_SITES = 50_000  # more tell no more of kinship
MOST_SITES_OF_AXES = 10_000
FEW_PEOPLE = 1_000  # so few pairs are compared at once; more are screened first, which costs a second to begin
WHOLE_TABLE = 5_000  # people up to whom adjusted kinship is computed of all pairs, beyond only of those that KING comes near
NEAR = 0.1  # how far below the threshold KING may be for a pair to be looked at again there
AXES = 4


@dataclass(frozen=True)
class Relatives:
    """Who is related to whom, and the largest set of people of whom no two are.

    `pairs` and `trios` name genomes. `sites_apart` is how many of the `sites` lie so far apart that they are independent; with
    fewer than `sites_needed` kinship is rough and trios are not looked for. `mendel_errors` of `mendel_sites` genotypes of the
    children break Mendel's law. `kept` is the size of the unrelated set, `lost` how many each value of nation, region,
    karyotype and genetic group loses to it.
    """

    pairs: pa.Table
    trios: list[tuple[str, str, str]]
    mendel_errors: int
    mendel_sites: int
    genomes: int
    sites: int
    sites_apart: int
    sites_needed: int
    kept: int
    exact: bool
    lost: dict[str, dict[str, int]]


@dataclass(frozen=True)
class _Common:
    """Everybody at common variants; `contig` and `position` are (variants,)."""

    people: ByPerson
    contig: NDArray[np.int64]
    position: NDArray[np.int64]


_Stretch = tuple[Words, Words, NDArray[np.int64], NDArray[np.int64]]
"""Both planes of variants, (variants, words of people), and their chromosomes and positions, (variants,)."""


def relatives(
    node: Node,
    assembly: Assembly | None = None,
    batches: Sequence[str] = (),
    *,
    above: float = THIRD_DEGREE_ABOVE,
    unrelated_below: float = SECOND_DEGREE_ABOVE,
    maf: float = COMMON,
    adjusted: bool = False,
    axes: int = AXES,
) -> Relatives:
    """Pairs with a kinship of at least `above`, trios, and the largest unrelated set, over the batches of an assembly.

    Kinship is KING-robust, which is too low between people of different ancestry and in admixed ones; `adjusted` adds PC-Relate
    on so many `axes`, by which pairs are then listed and people chosen. Raises BadInput where there is no common autosomal
    variant.
    """
    them = everybody(node, chosen_batches(node, assembly, batches, unverified=True))
    common = _common_variants(them, maf)
    if not common.people.variants:
        raise BadInput(
            "the batches have no common autosomal variants", expected=f"some with a frequency of {maf}", where=str(node.folder)
        )
    least = min(above, unrelated_below, SECOND_DEGREE_ABOVE)
    king = _king(common.people, least - NEAR if adjusted else least)
    pairs = _adjusted(common, king, unrelated_below, least, axes) if adjusted else king
    close = pairs.where(pairs.kinship >= unrelated_below)
    chosen = largest_unrelated(np.stack([close.first, close.second], axis=1), len(them))
    apart = far_apart(common.contig, common.position)
    enough = apart >= ENOUGH_SITES_APART
    found = trios(common.people, pairs, them.sex) if enough else np.empty((0, 3), dtype=np.int64)
    errors, tested = mendel_counts(common.people, found)
    listed = pairs.where(pairs.kinship >= above)
    plain = compare(common.people, listed.first, listed.second).kinship if adjusted else None
    return Relatives(
        pairs=_table(listed, them.genome, plain),
        trios=[(them.genome[c], them.genome[f], them.genome[m]) for c, f, m in found.tolist()],
        mendel_errors=int(errors.sum()),
        mendel_sites=int(tested.sum()),
        genomes=len(them),
        sites=common.people.variants,
        sites_apart=apart,
        sites_needed=ENOUGH_SITES_APART,
        kept=int(chosen.kept.sum()),
        exact=chosen.exact,
        lost=_lost(them, chosen.kept),
    )


def _common_variants(them: Everybody, maf: float) -> _Common:
    total = max(batch.variants for batch in them.batches)
    found: list[_Stretch] = []
    with ThreadPoolExecutor(2) as pool:
        for part in them.cohort.slices():
            found += _of_stretch(pool, them, part, maf, MOST_SITES / total)
    nothing = np.empty((0, words_for(len(them))), dtype=np.uint64)
    found.append((nothing, nothing, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)))
    low, high, contig, position = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return _Common(of_planes(low, high, len(them)), contig, position)


def _of_stretch(pool: ThreadPoolExecutor, them: Everybody, part: StoredCohort, maf: float, share: float) -> list[_Stretch]:
    """The common variants of a stretch."""
    variants = part.table.num_rows
    blocks = [(i, b) for i, batch in enumerate(part.batches) for b in batch.blocks() if b.region is Region.AUTOSOME]
    total = np.zeros((3, variants), dtype=np.int64)
    for (_, block), sites in zip(blocks, pool.map(lambda b: site_states(only(b[1].packed, b[1].mask)), blocks), strict=True):
        total[:, block.row] += np.stack([sites.het, sites.hom_alt, sites.missing])
    seen = np.zeros(variants, dtype=np.int64)
    for _, block in blocks:
        seen[block.row] += np.count_nonzero(block.mask)
    row = _evenly(np.flatnonzero(_common(Sites(*total), seen, len(them), maf)), int(np.ceil(share * variants)))
    contig, position = (np.asarray(part.table[c].combine_chunks(), dtype=np.int64)[row] for c in ("contig", "position"))
    if len(them.batches) == 1 and len(them.number[0]) == len(them) and part.batches[0].mask.all():
        taken = [(block, block.row[np.isin(block.row, row)]) for _, block in blocks]
        both = [planes(take(block.packed, rows - block.row[0])) for block, rows in taken if len(rows)]
        if not both:
            return []
        low, high = (np.concatenate(plane) for plane in zip(*both, strict=True))
        return [(low, high, contig, position)]
    state = np.full((len(row), len(them)), MISSING, dtype=np.uint8)
    for batch, block in blocks:
        chosen = np.flatnonzero(np.isin(block.row, row))
        codes = unpack(take(block.packed, chosen))[:, block.mask]
        state[np.ix_(np.searchsorted(row, block.row[chosen]), them.number[batch][block.mask])] = STATE[codes]
    return [(to_words(state & 1 != 0), to_words(state & 2 != 0), contig, position)]


def _common(sites: Sites, seen: NDArray[np.int64], people: int, maf: float) -> NDArray[np.bool_]:
    """(variants,) which are common, and called in most people."""
    called = seen - sites.missing
    p = (sites.het + 2 * sites.hom_alt) / np.maximum(2 * called, 1)
    common: NDArray[np.bool_] = (np.minimum(p, 1 - p) >= maf) & (called >= CALLED * people) & (called > 0)
    return common


def _evenly(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, spread evenly."""
    return rows if len(rows) <= most else rows[np.arange(most) * len(rows) // most]


def _king(people: ByPerson, above: float) -> Pairs:
    """Pairs with a KING-robust kinship of at least `above`; without the library numba every pair is compared."""
    if find_spec("numba") and people.samples > FEW_PEOPLE:
        return related(people, above=above)
    every = compare(people, *np.triu_indices(people.samples, 1))
    return every.where(every.kinship >= above)


def _adjusted(common: _Common, king: Pairs, unrelated_below: float, least: float, axes: int) -> Pairs:
    """The pairs with a kinship of at least `least` once it is adjusted for ancestry, which `kinship` of them then is."""
    from goe.science.ancestry import principal_components
    from goe.science.linkage import pruned
    from goe.science.pc_relate import kinship, kinship_of

    people = common.people
    close = king.where(king.kinship >= unrelated_below)
    training = largest_unrelated(np.stack([close.first, close.second], axis=1), people.samples).kept
    rows = np.arange(people.variants)
    some = np.concatenate(list(dosages(people, rows)))[:, np.flatnonzero(training)[: 2 * FEW_PEOPLE]]
    apart = _evenly(rows[pruned(some, common.contig)], MOST_SITES_OF_AXES)
    if len(apart) <= axes or training.sum() <= axes + 1:
        raise BadInput(
            f"{len(apart)} variants and {training.sum()} people are too few for {axes} axes", expected="more of both"
        )
    blocks = partial(dosages, people, apart)
    position = principal_components(blocks, axes, np.random.default_rng(1), training=training).position
    if people.samples > WHOLE_TABLE:
        near = replace(king, kinship=kinship_of(blocks(), position, king.first, king.second, training=training))
        return near.where(near.kinship >= least)
    table = kinship(blocks(), position, training=training)
    first, second = np.nonzero(np.triu(np.nan_to_num(table) >= least, 1))
    return replace(compare(people, first, second), kinship=table[first, second])


def _lost(them: Everybody, kept: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
    found = {}
    for name in PEOPLE:
        values = [value or "not recorded" for value in them.column[name].tolist()]
        gone = [value for value, stays in zip(values, kept, strict=True) if not stays]
        if name != "genetic_group" or set(values) != {"unassigned"}:
            found[name] = {value: gone.count(value) for value in sorted(set(values))}
    return found


def _table(pairs: Pairs, names: NDArray[np.object_], plain: NDArray[np.float64] | None) -> pa.Table:
    """The pairs, the closest first. `ibs0` is the share of sites without a common allele."""
    order, genomes = np.argsort(-pairs.kinship, kind="stable"), pa.array(names, pa.string())
    pairs = pairs.where(order)
    called = np.array([r.name.lower().replace("_", " ") for r in Relation], dtype=object)
    return pa.table(
        {
            "first": genomes.take(pa.array(pairs.first)),
            "second": genomes.take(pa.array(pairs.second)),
            "relation": pa.array(called, pa.string()).take(pa.array(relation(pairs))),
            "kinship": pairs.kinship,
            **({} if plain is None else {"king": plain[order]}),
            "ibs0": pairs.ibs0 / np.maximum(pairs.sites, 1),
            "sites": pairs.sites,
        }
    )
