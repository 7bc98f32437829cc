"""Swapped samples of a delivery: its genotypes against the sex recorded and against what is stored under the same name.

A delivered VCF of any size does, a fingerprint of some dozen sites too. Only genomes whose people consent are compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from goe.acts.choose_genomes import choose_genomes
from goe.acts.genotype_sites import genotype_sites
from goe.acts.import_genomes import open_genotypes
from goe.acts.setting import Node
from goe.errors import BadInput
from goe.rules.variants import CONTIGS, Variant
from goe.rules.words import Assembly
from goe.science.by_person import HOM_REF, MISSING, STATE
from goe.science.identity import OTHER_BELOW, SAME_ABOVE, concordance, suggested_by_x
from goe.science.ploidy import Region, regions
from goe.store.genomes.joined import Source

GENOTYPES = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
_A_CONTIG = 500  # sites of a chromosome that are compared; all of them tell no more


@dataclass(frozen=True)
class Delivered:
    """The genotypes of one delivered file: autosomal sites and the states there, and the states on X outside PAR."""

    genome: str
    assembly: Assembly
    sites: tuple[Variant, ...]
    state: NDArray[np.uint8]
    on_x: NDArray[np.uint8]


@dataclass(frozen=True)
class Doubt:
    """A delivered genome that is not what it should be, and whose it seems to be (empty where that is not clear)."""

    genome: str
    fault: str
    seems: str = ""


def read_delivered(path: Path, genome: str) -> Delivered:
    """The genotypes of a genome in a file. Raises BadInput where it is none, or has several and not this one."""
    opened = open_genotypes([path], None)
    if genome not in opened.samples and len(opened.samples) > 1:
        raise BadInput("the file holds several genomes, and none of this name", where=str(path))
    column = opened.samples.index(genome) if genome in opened.samples else 0
    sites: list[Variant] = []
    states: list[int] = []
    on_x: list[tuple[int, int]] = []
    taken = [0] * len(CONTIGS)
    for record in opened.records():
        state = int(STATE[record.codes[column]])
        contig = CONTIGS[record.contig]
        if contig == "X" and state not in (HOM_REF, MISSING):
            on_x.append((record.position, state))
        elif contig.isdigit() and state != MISSING and taken[record.contig] < _A_CONTIG and len(record.reference) == 1:
            taken[record.contig] += 1
            sites.append(Variant(contig, record.position, record.reference, record.alternate))
            states.append(state)
    position, state_on_x = (np.array([x[i] for x in on_x], dtype=np.int64) for i in (0, 1))
    inside = regions("X", position, opened.assembly.value) == Region.X
    return Delivered(genome, opened.assembly, tuple(sites), np.array(states, np.uint8), state_on_x[inside].astype(np.uint8))


def doubts(node: Node, delivered: Sequence[Delivered]) -> list[Doubt]:
    """What speaks against the names of delivered genomes: first who is somebody else, then whose sex is another one."""
    recorded = {name: sample.karyotype.value for name, sample in node.registry.samples().items()}
    found = [doubt for one in delivered if (doubt := _identity(node, one))]
    for one in delivered:
        suggested, known = suggested_by_x(one.on_x), recorded.get(one.genome, "unknown")
        if "unknown" not in (suggested, known) and suggested != known:
            found.append(
                Doubt(one.genome, f"the genotypes suggest {suggested}, and {known} is recorded: a swap, or a wrong record")
            )
    return found


def swapped(found: Sequence[Doubt]) -> list[tuple[str, str]]:
    """Pairs of genomes of which each seems to be the other."""
    seems = {doubt.genome: doubt.seems for doubt in found if doubt.seems}
    return sorted((one, other) for one, other in seems.items() if one < other and seems.get(other) == one)


def _identity(node: Node, one: Delivered) -> Doubt | None:
    """Whether the genotypes are those stored under the name; None where they are, or where that cannot be told."""
    try:
        chosen = choose_genomes(node, one.assembly)
    except BadInput:
        return None  # nothing of this assembly is stored
    if not one.sites:
        return None
    stored = genotype_sites(chosen, one.sites)
    states = np.where(stored.source == Source.NOWHERE, MISSING, STATE[stored.codes]).astype(np.uint8)
    share = concordance(one.state, states).share
    own = next((i for i, column in enumerate(chosen.columns) if one.genome in column.genomes), None)
    alike = [i for i in np.flatnonzero(share >= SAME_ABOVE).tolist() if i != own]
    others = sorted(name for i in alike for name in chosen.columns[i].genomes)
    if own is not None and not share[own] < OTHER_BELOW:
        return None
    if own is None:
        return Doubt(one.genome, f"the genotypes are those stored as {others[0]}", others[0]) if len(alike) == 1 else None
    fault = f"the genotypes are not those stored under this name: {share[own]:.0%} are the same"
    if len(alike) != 1:
        return Doubt(one.genome, fault)
    return Doubt(one.genome, f"{fault}; they are those stored as {others[0]}", others[0])
