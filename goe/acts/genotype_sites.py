"""Genotypes at a list of sites, listed by a batch or not: what a polygenic score, or one person's report, starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.choose_genomes import Chosen, Person, choose_genomes
from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.events import Deed
from goe.rules.variants import CONTIGS, Variant
from goe.rules.words import Assembly, Scope
from goe.science.genotypes import EFFECT, OUTCOMES, Codes, Genotype
from goe.store.formats.sites import read_sites
from goe.store.formats.write_vcf import SPELLING
from goe.store.genomes.joined import Source

__all__ = ["NOT_CALLABLE", "STATES", "SiteGenotypes", "genotype_sites", "genotypes_of", "read_sites", "record_look"]

STATES = {
    Genotype.HOM_REF: "hom_ref",
    Genotype.HET: "het",
    Genotype.HOM_ALT: "hom_alt",
    Genotype.MISSING: "no_call",
    Genotype.HET_REF_ALT: "het",
    Genotype.HET_ALT_REF: "het",
    Genotype.HAPLOID_REF: "haploid_ref",
    Genotype.HAPLOID_ALT: "haploid_alt",
    Genotype.HAPLOID_MISSING: "no_call",
    Genotype.HALF_REF: "half_call",
    Genotype.HALF_ALT: "half_call",
}
NOT_CALLABLE = "not_callable"
_SOURCES = {Source.NOWHERE: "", Source.LISTED: "listed", Source.READ: "callable"}


@dataclass(frozen=True)
class SiteGenotypes:
    """Genotypes of people at sites, in the order in which the sites were asked for.

    codes   (sites, people) values of Genotype, as written in the first batch of the person that speaks about the site
    source  (sites, people) values of Source: listed, only read there (homozygous reference), or not callable
    copies  (sites, people) copies of the chromosome: 0 for Y in women, 1 for X in men outside PAR
    """

    assembly: Assembly
    sites: tuple[Variant, ...]
    genomes: tuple[str, ...]
    people: tuple[Person, ...]
    codes: Codes
    source: NDArray[np.uint8]
    copies: NDArray[np.int64]

    def alternate_count(self) -> NDArray[np.int8]:
        """(sites, people) alternate alleles, 0 to 2; -1 where not callable, not called, half called or impossible."""
        alleles = EFFECT[self.copies, self.codes]
        number, count = (alleles[..., OUTCOMES.index(name)] for name in ("allele_number", "allele_count"))
        half = np.isin(self.codes, (Genotype.HALF_REF, Genotype.HALF_ALT))
        return np.where((number > 0) & ~half & (self.source != Source.NOWHERE), count, -1).astype(np.int8)

    def state(self, site: int, person: int) -> str:
        """One of the words of STATES, or `not_callable`."""
        unread = self.source[site, person] == Source.NOWHERE
        return NOT_CALLABLE if unread else STATES[Genotype(int(self.codes[site, person]))]

    def rows(self, person: int) -> list[dict[str, Any]]:
        """One row per site: the genotype as written (empty where not callable), its state, and how it is known."""
        return [
            {
                "chrom": v.contig,
                "pos": v.position,
                "ref": v.reference,
                "alt": v.alternate,
                "genotype": SPELLING[Genotype(int(code))] if source else "",
                "state": self.state(i, person),
                "known": _SOURCES[Source(int(source))],
            }
            for i, (v, code, source) in enumerate(zip(self.sites, self.codes[:, person], self.source[:, person], strict=True))
        ]


def genotype_sites(chosen: Chosen, sites: Sequence[Variant]) -> SiteGenotypes:
    """The genotypes of chosen genomes (`choose_genomes`) at sites in any order; a site may come twice.

    A site that a batch does not list is homozygous reference in whoever was read there (gVCF blocks, a BED file), and not
    callable in everybody else: a batch that lists another allele of the place says nothing about this one.
    """
    keys = [(CONTIGS.index(v.contig), v.position, v.reference, v.alternate) for v in sites]
    unique = sorted(set(keys))
    blocks = list(chosen.joined(_table(unique)).blocks())
    row = {key: i for i, key in enumerate(unique)}
    order = np.array([row[key] for key in keys], dtype=np.int64)
    parts = (np.concatenate([getattr(b, name) for b in blocks])[order] for name in ("codes", "source", "copies"))
    return SiteGenotypes(chosen.assembly, tuple(sites), tuple(c.name for c in chosen.columns), chosen.people, *parts)


def _table(keys: Sequence[tuple[int, int, str, str]]) -> pa.Table:
    contig, position, reference, alternate = zip(*keys, strict=True)
    return pa.table(
        {
            "contig": pa.array(contig, pa.int8()),
            "position": pa.array(position, pa.int32()),
            "reference": pa.array(reference, pa.string()),
            "alternate": pa.array(alternate, pa.string()),
        }
    )


def genotypes_of(
    node: Node,
    genome: str,
    sites: Sequence[Variant],
    *,
    assembly: Assembly,
    batch: str = "",
    everyone: bool = False,
    scope: Scope = Scope.ALLELE_FREQUENCY,
) -> list[dict[str, Any]]:
    """One person's genotypes at sites, by the name of a genome; written into the ledger, without the name.

    A person with several genomes is answered from all of them, site by site the batch that came first. Raises NotFound for a
    name that is not there or of whom no genome may be shown: the two are not told apart.
    """
    if not sites:
        raise BadInput("no site was asked for", expected="at least one")
    chosen = choose_genomes(node, assembly, batch=batch, everyone=everyone, scope=scope)
    column = next((i for i, c in enumerate(chosen.columns) if genome in c.genomes), None)
    if column is None:
        raise NotFound(
            "no genome of this name may be shown",
            expected=f"one of a participant who consents to {scope} today",
            where=str(node.folder),
            remedy="check the name, the assembly and the consent",
        )
    rows = genotype_sites(chosen.only([column]), sites).rows(0)
    record_look(node, assembly, genomes=1)
    return rows


def record_look(node: Node, assembly: Assembly, *, genomes: int) -> None:
    """Write into the ledger that genotypes were shown with names."""
    object_, details = f"{assembly}, {genomes} genomes", {"genomes": genomes}
    with node.ledger.deed(Deed.GENOMES_SEEN, object_, actor=node.settings.actor, time=node.now, details=details):
        pass
