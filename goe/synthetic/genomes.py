"""The invented genomes: short stretches of every chromosome, each simulated apart, passed on to children, and partly missing.

A stretch depends on the seed and its own number alone, so stretches can be made in any order and in several processes, and
memory holds one at a time. Within a stretch there is linkage by the history; stretches are too far apart for any, but children
inherit along the whole chromosome. Sites are SNVs; the reference allele is the ancestral one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS, contig_length
from goe.rules.words import Assembly
from goe.science.ploidy import PSEUDO_AUTOSOMAL
from goe.synthetic.history import DEMES, MUTATION, RECOMBINATION, demography, msprime_here
from goe.synthetic.people import People

ASSEMBLY = Assembly.GRCh38
SITES_ON_X = 0.03
STRETCHES = 200  # fewer where there are fewer sites, more where a stretch would have more sites than this
SITES_OF_STRETCH = (20, 2000)
CELLS = 40_000_000  # genotypes of a stretch, which is what a process holds
BAD_STRETCHES = 0.1  # of each nation: where some people have no call at all
_SIZE_OF_X = 0.75
_MARGIN = 1_000_000
_PILOTS = 4
_TRANSITIONS = {"A": "G", "C": "T", "G": "A", "T": "C"}
_TRANSVERSIONS = {"A": "CT", "C": "AG", "G": "CT", "T": "AG"}


@dataclass(frozen=True)
class Stretch:
    """A piece of a chromosome: `room` bases from 1-based `start` are its own, `length` are simulated at a time."""

    number: int
    contig: str
    start: int
    room: int
    sites: int
    length: int = 0


@dataclass(frozen=True)
class Plan:
    """Everything that the genomes follow from. `missing`: share of calls; `tile`: how often each site comes."""

    seed: int
    people: People
    stretches: tuple[Stretch, ...]
    missing: float
    tile: int = 1


@dataclass(frozen=True)
class Sites:
    """The sites of one stretch. allele is (sites, 2 founders) uint8: 1 where that copy has the alternate allele."""

    offset: NDArray[np.int64]  # (sites,) bases from the start of the stretch
    alleles: tuple[tuple[str, str], ...]  # reference and alternate
    allele: NDArray[np.uint8]


def lay_out(seed: int, people: People, sites: int, *, missing: float, tile: int) -> Plan:
    """Where the sites lie. Raises ValueError where they do not fit into the genome."""
    smallest, largest = SITES_OF_STRETCH
    each = min(max(sites // STRETCHES, smallest), largest, max(smallest, CELLS // len(people.nation)))
    on_x = max(1, round(sites * SITES_ON_X))
    autosomes = CONTIGS[:22]
    wanted = {c: n for c, n in zip(autosomes, _shared_out(sites - on_x, [_usable(c)[1] for c in autosomes]), strict=True)}
    drafts = [s for contig, n in {**wanted, "X": on_x}.items() for s in _stretches(contig, n, each)]
    density = {is_x: _density(people, seed, is_x=is_x) for is_x in (False, True)}
    numbered = [replace(s, number=i, length=int(1.2 * s.sites / density[s.contig == "X"]) + 200) for i, s in enumerate(drafts)]
    if any(s.room < tile * s.length * 4 for s in numbered):
        raise ValueError(f"{sites} sites, {tile} times, do not fit into the genome")
    return Plan(seed, people, tuple(numbered), missing, tile)


def _shared_out(number: int, weights: list[int]) -> list[int]:
    """Whole parts of a number in proportion to weights; they add up."""
    edges = np.round(np.cumsum([0, *weights]) / sum(weights) * number).astype(int)
    return [int(n) for n in np.diff(edges)]


def _usable(contig: str) -> tuple[int, int]:
    """First base and number of bases: without the chromosome's ends, on X between the pseudo-autosomal regions."""
    if contig == "X":
        (_, first), (last, _) = PSEUDO_AUTOSOMAL[ASSEMBLY]["X"]
        return first + 1, last - first - 1
    return _MARGIN, contig_length(ASSEMBLY, contig) - 2 * _MARGIN


def _stretches(contig: str, sites: int, each: int) -> Iterator[Stretch]:
    first, bases = _usable(contig)
    number = -(-sites // each)
    for i, quota in enumerate(_shared_out(sites, [1] * number)):
        room = bases // number
        yield Stretch(0, contig, first + i * room, room, quota)


def _density(people: People, seed: int, *, is_x: bool) -> float:
    """Sites per base that these people vary at, from a few genealogies."""
    rng = np.random.default_rng([seed, 1, is_x])
    trees = [_genealogy(people, 1, rng, is_x=is_x) for _ in range(_PILOTS)]
    return float(np.mean([tree.first().total_branch_length for tree in trees]) * MUTATION)


def _genealogy(people: People, length: int, rng: np.random.Generator, *, is_x: bool) -> Any:
    """The ancestry of all founders over some bases."""
    number = np.bincount(people.founder_deme, minlength=len(DEMES))
    return msprime_here().sim_ancestry(
        {deme: int(n) for deme, n in zip(DEMES, number, strict=True) if n},
        demography=demography(scale=_SIZE_OF_X if is_x else 1.0),
        sequence_length=length,
        recombination_rate=RECOMBINATION,
        random_seed=int(rng.integers(1, 2**31)),
        record_provenance=False,
    )


def simulate(plan: Plan, stretch: Stretch) -> Sites:
    """The founders' alleles at the sites of a stretch, all of which vary among the people."""
    msprime = msprime_here()
    rng = np.random.default_rng([plan.seed, 2, stretch.number])
    is_x = stretch.contig == "X"
    seen = np.zeros(2 * len(plan.people.founder_deme), dtype=np.bool_)
    seen[copies(plan, stretch).ravel()] = True
    offset, allele, behind, wanted = [], [], 0, stretch.sites
    while wanted > 0:  # a second piece follows the first where chance gave too few sites
        length = -(-stretch.length * wanted // stretch.sites) + 50
        trees = _genealogy(plan.people, length, rng, is_x=is_x)
        seed = int(rng.integers(1, 2**31))
        binary = msprime.BinaryMutationModel()
        trees = msprime.sim_mutations(trees, rate=MUTATION, random_seed=seed, model=binary, record_provenance=False)
        found = _alleles(trees)
        count = found.sum(axis=1, dtype=np.int64) - found[:, ~seen].sum(axis=1, dtype=np.int64)
        varies = np.flatnonzero((count > 0) & (count < seen.sum()))[:wanted]
        offset.append(behind + trees.tables.sites.position[varies].astype(np.int64))
        allele.append(found[varies])
        behind, wanted = behind + length, wanted - len(varies)
    both = np.concatenate(allele)
    return Sites(np.concatenate(offset), _bases(len(both), rng), both)


def _alleles(trees: Any) -> NDArray[np.uint8]:
    """(sites, copies) whether each copy has the alternate allele; `genotype_matrix` would take four times the memory."""
    found = np.empty((trees.num_sites, trees.num_samples), dtype=np.uint8)
    for row, variant in zip(found, trees.variants(copy=False), strict=True):
        row[:] = variant.genotypes
    return found


def _bases(sites: int, rng: np.random.Generator) -> tuple[tuple[str, str], ...]:
    """Reference and alternate alleles, two transitions for each transversion."""
    references = rng.choice(list("ACGT"), sites)
    transition, which = rng.random(sites) < 2 / 3, rng.integers(0, 2, sites)
    return tuple(
        (str(r), _TRANSITIONS[r] if t else _TRANSVERSIONS[r][w]) for r, t, w in zip(references, transition, which, strict=True)
    )


def copies(plan: Plan, stretch: Stretch) -> NDArray[np.int64]:
    """(people, 2) which founder's copy each person's two copies are: 2 founder, or 2 founder + 1.

    On X a man has his first copy alone; the second column repeats it.
    """
    people = plan.people
    is_child = people.founder < 0
    both = np.stack([2 * people.founder, 2 * people.founder + 1], axis=1)
    phase = _inherited(plan, stretch, int(is_child.sum()))
    both[is_child, 0] = 2 * people.mother[is_child] + phase[:, 0]
    both[is_child, 1] = 2 * people.father[is_child] + phase[:, 1]
    if stretch.contig == "X":
        both[is_child, 1] = 2 * people.father[is_child]  # a father has one, and gives it to daughters
        both[people.is_male, 1] = both[people.is_male, 0]
    return both


def _inherited(plan: Plan, stretch: Stretch, children: int) -> NDArray[np.int64]:
    """(children, 2) which of the mother's and of the father's two copies came down, changing along the chromosome.

    Crossovers have no interference (Haldane): over d bases the copy differs with probability (1 - exp(-2 d r)) / 2.
    """
    along = [s for s in plan.stretches if s.contig == stretch.contig and s.number <= stretch.number]
    rng = np.random.default_rng([plan.seed, 3, CONTIGS.index(stretch.contig)])
    phase = rng.integers(0, 2, (children, 2))
    for before, after in pairwise(along):
        differs = (1 - np.exp(-2 * RECOMBINATION * (after.start - before.start))) / 2
        phase ^= rng.random((children, 2)) < differs
    return phase


def missing_calls(
    plan: Plan, stretch: Stretch, nation: int, sites: int, people: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """People without any call in the stretch, and the site and person of each other missing call.

    Half of the missing calls come in blocks: in one stretch of ten a nation's sequencing failed for some people. The others
    are chance.
    """
    rng = np.random.default_rng([plan.seed, 4, stretch.number, nation])
    is_bad = rng.random() < BAD_STRETCHES
    failed = np.flatnonzero(rng.random(people) < is_bad * plan.missing / 2 / BAD_STRETCHES)
    number = int(rng.binomial(sites * people, plan.missing / 2))
    return failed, rng.integers(0, sites, number), rng.integers(0, people, number)
