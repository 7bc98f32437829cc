"""The genomes of a pilot as counts by group: what discovery curves and genetic strata start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.acts.count import cohort, consenting, releasable
from goe.acts.find_relatives import relatives
from goe.acts.setting import Hub, Node, Place, Root
from goe.analyses.allele_frequency import allele_frequency
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.words import Assembly
from goe.science.genotypes import unpack
from goe.science.ploidy import Region
from goe.store.genomes.cohort import StoredCohort

EVERYBODY = "everybody"
AUTOSOMES = frozenset(range(22))
_SPANNING, _SECOND_DEGREE = 10, 0.0884
GROUPINGS = ("nation", "region")
_DOSAGE = np.array(
    [0, 1, 2, np.nan, 1, 1, np.nan, np.nan, np.nan, np.nan, np.nan]
)  # by code of `Genotype`; half-calls are missing


@dataclass(frozen=True)
class Pilot:
    """Allele counts of autosomal sites by group.

    contig, position  (sites,)
    count, number     (sites, groups) alternate and called alleles
    groups            names of the groups
    people            (groups,) people in each
    """

    contig: NDArray[np.int64]
    position: NDArray[np.int64]
    count: NDArray[np.int64]
    number: NDArray[np.int64]
    groups: tuple[str, ...]
    people: NDArray[np.int64]

    @property
    def together(self) -> Pilot:
        """Everybody as one group."""
        return Pilot(
            self.contig, self.position, self.count.sum(axis=1, keepdims=True), self.number.sum(axis=1, keepdims=True),
            (EVERYBODY,), self.people.sum(keepdims=True),
        )  # fmt: skip


def nodes_of(place: Place) -> list[Node]:
    """The nodes of a root, or the one node. Raises BadInput at a hub, which holds no genomes."""
    if isinstance(place, Hub):
        raise BadInput("the hub holds no genomes", expected="a node or a root", where=str(place.folder), remedy="say --dir")
    return list(place.nodes.values()) if isinstance(place, Root) else [place]


def pilot(place: Place, assembly: Assembly, *, by: str = "nation", structure: bool = False) -> Pilot:
    """Counts of the people who may be counted, by nation or region, at sites that every node has.

    `structure` prefers batches whose reference allele is not verified: good enough to compare groups, and often the only ones
    that span the genome. Raises BadInput where there is nobody to count.
    """
    if by not in GROUPINGS:
        raise BadInput(f"people have no {by!r} here", expected=" or ".join(GROUPINGS), where="--by")
    parts = [found for node in nodes_of(place) if (found := _of_node(node, assembly, by, structure))]
    if not parts:
        raise BadInput(
            f"no genomes of {assembly} can be counted", expected="a batch, and people with the allele-frequency scope",
            where=str(place.folder),
        )  # fmt: skip
    return _side_by_side(parts)


def dosages(place: Place, assembly: Assembly, *, structure: bool = True) -> tuple[NDArray[np.float64], list[str]]:
    """(sites, people) alternate alleles at the autosomal sites that every node has, nan where not called; and their nations."""
    parts = []
    for node in nodes_of(place):
        counted = _cohort(node, assembly, structure)
        if counted:
            parts.append((node.name, *_dosage(counted)))
    common = sorted(set.intersection(*(set(keys) for _, keys, _ in parts)))
    rows = [table[[keys[k] for k in common]] for _, keys, table in parts]
    return np.concatenate(rows, axis=1), [name for name, _, table in parts for _ in range(table.shape[1])]


def _cohort(node: Node, assembly: Assembly, structure: bool) -> StoredCohort | None:
    batches = [b for b in node.genomes.batches() if b.assembly == assembly and structure and b.release_fault]
    batches = batches[:1] or releasable(node.genomes.batches(), assembly)[0]
    people = consenting(node)
    if not batches or not people:
        return None
    found = cohort(node, batches, people)
    return found if found.people else None


def _of_node(node: Node, assembly: Assembly, by: str, structure: bool) -> Pilot | None:
    counted = _cohort(node, assembly, structure)
    if counted is None:
        return None
    groups = sorted({str(g) for b in counted.batches for g in b.people.columns[by][b.mask]})
    found = allele_frequency(here(counted), cells=[(g,) for g in groups], by=(by,))
    who = {(str(g), p) for b in counted.batches for g, p in zip(b.people.columns[by][b.mask], b.person[b.mask], strict=True)}
    inside = np.isin(counted.variants.contig, list(AUTOSOMES))
    return Pilot(
        counted.variants.contig[inside].astype(np.int64),
        counted.variants.position[inside],
        found.allele_count[inside].astype(np.int64),
        found.allele_number[inside].astype(np.int64),
        tuple(g or "not known" for g in groups),
        np.array([sum(x == g for x, _ in who) for g in groups], dtype=np.int64),
    )


def _side_by_side(parts: Sequence[Pilot]) -> Pilot:
    """The groups of several nodes at the sites that all of them list once."""
    if len(parts) == 1:
        return parts[0]
    keys = [p.contig * (1 << 40) + p.position for p in parts]
    single = [k[np.isin(k, u[c == 1])] for k in keys for u, c in [np.unique(k, return_counts=True)]]
    common = single[0]
    for k in single[1:]:
        common = np.intersect1d(common, k)
    rows = [np.flatnonzero(np.isin(k, common)) for k in keys]
    return Pilot(
        parts[0].contig[rows[0]],
        parts[0].position[rows[0]],
        np.concatenate([p.count[r] for p, r in zip(parts, rows, strict=True)], axis=1),
        np.concatenate([p.number[r] for p, r in zip(parts, rows, strict=True)], axis=1),
        tuple(g for p in parts for g in p.groups),
        np.concatenate([p.people for p in parts]),
    )


def _dosage(counted: StoredCohort) -> tuple[dict[tuple[int, int], int], NDArray[np.float64]]:
    """The first batch's people: row of each autosomal site by contig and position, and their dosages."""
    batch = counted.batches[0]
    people = np.flatnonzero(batch.mask)
    rows, tables = [], []
    for block in batch.blocks():
        if block.region is Region.AUTOSOME:
            rows.append(block.row)
            tables.append(_DOSAGE[unpack(block.packed)[:, people]])
    order = np.concatenate(rows)
    place = zip(counted.variants.contig[order].tolist(), counted.variants.position[order].tolist(), strict=True)
    return {key: i for i, key in enumerate(place)}, np.concatenate(tables)


def related_pairs(place: Place, assembly: Assembly, *, most_people: int = 5000) -> int | None:
    """Pairs of second-degree relatives or nearer among the genomes of the nodes; None where no batch spans the genome.

    Kinship is looked for in each node's batch with the most variants over at least ten chromosomes, of up to `most_people`.
    """
    found: int | None = None
    for node in nodes_of(place):
        spanning = [
            b for b in node.genomes.batches()
            if b.assembly == assembly and b.samples <= most_people
            and len(set(node.genomes.batch(b.batch_id).variants["contig"].to_pylist()) & AUTOSOMES) >= _SPANNING
        ]  # fmt: skip
        if spanning:
            widest = max(spanning, key=lambda b: b.variants)
            found = (found or 0) + len(relatives(node, assembly, [widest.batch_id], above=_SECOND_DEGREE).pairs)
    return found
