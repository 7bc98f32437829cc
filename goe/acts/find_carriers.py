"""Who carries a variant: how many people of each group, or, for the steward's eyes alone, which genomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from goe.acts.choose_genomes import Chosen, choose_genomes
from goe.acts.count_genomes import GROUPINGS, region_place
from goe.acts.genotype_sites import record_look
from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.variants import CONTIGS, Variant, is_rsid, parse_variant
from goe.rules.words import TOTAL, Assembly
from goe.science.genotypes import EFFECT, OUTCOMES, Genotype
from goe.store.formats.write_vcf import SPELLING
from goe.store.genomes.cohort import Place
from goe.store.genomes.joined import JoinedBlock, Source

_EFFECT = {name: EFFECT[..., i] > 0 for i, name in enumerate(OUTCOMES)}  # (copies, codes)
KINDS = ("carriers", "het", "hom", "hemi", "half", "no_call", "not_callable")


def carrier_counts(
    node: Node, asked: str, *, assembly: Assembly, by: Sequence[str] = (), batch: str = "", everyone: bool = False
) -> list[dict[str, Any]]:
    """One row per variant and group: people who have the chromosome, carriers, and how the genotypes of the others are known.

    `asked` is a variant id, an rsID or a region; groups are the combinations of `by` that occur. `carriers` is the sum of
    `het`, `hom`, `hemi` and `half` (one allele called, and it is this one). Raises BadInput or NotFound.
    """
    unknown = set(by) - set(GROUPINGS)
    if unknown:
        raise BadInput(f"people have no column {sorted(unknown)[0]!r}", expected=", ".join(GROUPINGS), where="--by")
    chosen = choose_genomes(node, assembly, batch=batch, everyone=everyone)
    labels = ["_".join(getattr(p, name) for name in by) or TOTAL for p in chosen.people]
    groups = sorted(set(labels))
    member = np.array([[label == group for group in groups] for label in labels], dtype=np.int64)  # (people, groups)
    variants = asked_variants(chosen, asked)
    return [
        {**site, "group": group, **{name: int(numbers[g]) for name, numbers in found.items()}}
        for block in chosen.joined(variants).blocks()
        for site, found in zip(_sites(variants, block), _counted(block, member), strict=True)
        for g, group in enumerate(groups)
    ]


def _kinds(block: JoinedBlock) -> dict[str, NDArray[np.bool_]]:
    """(variants, people) who belongs to each kind."""
    here = {name: table[block.copies, block.codes] for name, table in _EFFECT.items()}
    carries, there = here["allele_count"], block.copies > 0
    unread = block.source == Source.NOWHERE
    whole = here["heterozygote"] | here["homozygote"] | here["hemizygote"]
    return {
        "people": there,
        "carriers": carries,
        "het": here["heterozygote"],
        "hom": here["homozygote"],
        "hemi": here["hemizygote"],
        "half": carries & ~whole,
        "no_call": there & here["missing"] & ~unread,
        "not_callable": there & unread,
    }


def _counted(block: JoinedBlock, member: NDArray[np.int64]) -> Iterator[dict[str, NDArray[np.int64]]]:
    """For each variant, the people of each kind by group."""
    counts = {name: who.astype(np.int64) @ member for name, who in _kinds(block).items()}
    for row in range(block.last - block.first):
        yield {name: numbers[row] for name, numbers in counts.items()}


def carriers(node: Node, asked: str, *, assembly: Assembly, batch: str = "", everyone: bool = False) -> list[dict[str, Any]]:
    """One row per variant and carrier: the genome, its genotype as written, nation, sex, region and first batch.

    Genomes are named, so the look is written into the ledger. Raises BadInput or NotFound.
    """
    chosen = choose_genomes(node, assembly, batch=batch, everyone=everyone)
    variants = asked_variants(chosen, asked)
    found = [
        {
            **site,
            "genome": chosen.columns[i].name,
            "genotype": SPELLING[Genotype(int(codes[i]))],
            **{name: getattr(chosen.people[i], name) for name in GROUPINGS},
        }
        for block in chosen.joined(variants).blocks()
        for site, carries, codes in zip(_sites(variants, block), _kinds(block)["carriers"], block.codes, strict=True)
        for i in np.flatnonzero(carries).tolist()
    ]
    record_look(node, assembly, genomes=len({row["genome"] for row in found}))
    return found


def asked_variants(chosen: Chosen, asked: str) -> pa.Table:
    """The variants meant by an id, an rsID or a region, as a table in genome order.

    An id need not be listed: who was read there does not carry it. Raises NotFound for an rsID or region without a variant.
    """
    if is_rsid(asked):
        table = chosen.variants()
        found = table.filter(pc.equal(table["rsid"], asked.strip().lower()))
    elif asked.count("-") + asked.count(":") >= 3:
        return _one(chosen, _variant(asked))
    else:
        found = chosen.variants(region_place(asked, chosen.assembly))
    if not found.num_rows:
        raise NotFound(f"no variant of {chosen.assembly} is listed at {asked.strip()!r}")
    return found.combine_chunks()


def _variant(asked: str) -> Variant:
    try:
        return parse_variant(asked)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _one(chosen: Chosen, variant: Variant) -> pa.Table:
    contig = CONTIGS.index(variant.contig)
    region_place(f"{variant.contig}:{variant.position}", chosen.assembly)  # raises where the chromosome ends before
    there = chosen.variants(Place(contig, variant.position, variant.position))
    row = [(contig, variant.position, variant.reference, variant.alternate, "", "")]
    asked = pa.table(
        {
            name: pa.array(v, there.schema.field(name).type)
            for name, v in zip(there.column_names, zip(*row, strict=True), strict=True)
        }
    )
    same = pc.and_(pc.equal(there["reference"], variant.reference), pc.equal(there["alternate"], variant.alternate))
    listed = there.filter(same)
    return listed.combine_chunks() if listed.num_rows else asked


def _sites(variants: pa.Table, block: JoinedBlock) -> list[dict[str, Any]]:
    part = variants.slice(block.first, block.last - block.first)
    columns = (part[name].to_pylist() for name in ("contig", "position", "reference", "alternate"))
    return [
        {"chrom": CONTIGS[contig], "pos": position, "ref": reference, "alt": alternate}
        for contig, position, reference, alternate in zip(*columns, strict=True)
    ]
