"""Counting the genomes of a node by any grouping of its people: the steward's own look, never a release."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from goe.acts.count import cohort, countable, people_in, releasable
from goe.acts.setting import Node
from goe.analyses.allele_frequency import allele_frequency
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.variants import CONTIGS, contig_length, contig_name
from goe.rules.words import TOTAL, Assembly
from goe.store.genomes.cohort import Place, StoredCohort

GROUPINGS = ("nation", "sex", "region", "batch")
_COLUMNS = {
    "ac": "allele_count",
    "an": "allele_number",
    "het": "heterozygote_count",
    "hom": "homozygote_count",
    "hemi": "hemizygote_count",
    "missing": "missing_count",
}
_PLACE = re.compile(r"([^\s:]+)(?::([0-9,]+)(?:-([0-9,]+))?)?")


def count_genomes(
    node: Node, assembly: Assembly, *, by: Sequence[str] = (), within: str = "", everyone: bool = False
) -> pa.Table:
    """Counts at every site and group: chrom, pos, ref, alt, group, ac, an, het, hom, hemi, missing, in genome order.

    Groups are the combinations of the columns in `by` that occur; without, one group `Total`. `within` is a region such as
    `2:136500000-136700000`. `everyone` ignores consent: a steward's check of the store. Raises BadInput for an unknown column
    or region, or where no batch of the assembly has verified reference alleles.
    """
    unknown = set(by) - set(GROUPINGS)
    if unknown:
        raise BadInput(f"people have no column {sorted(unknown)[0]!r}", expected=", ".join(GROUPINGS), where="--by")
    batches, _ = releasable(node.genomes.batches(), assembly)
    if not batches:
        raise BadInput(
            f"no batch of {assembly} can be counted", expected="a batch with verified reference alleles", where=str(node.folder)
        )
    samples = None if everyone else people_in(countable(node), batches)
    counted = cohort(node, batches, samples, within=region_place(within, assembly) if within else None)
    columns = tuple(by) or ("nation",)
    cells = _cells(counted, columns)
    counts = allele_frequency(here(counted), cells=cells, by=columns)
    variants, groups = len(counted.variants), len(cells)
    names = ["_".join(cell) if by else TOTAL for cell in cells]
    site = np.repeat(np.arange(variants), groups)
    return pa.table(
        {
            "chrom": pa.array(np.array(CONTIGS, dtype=object)[counted.variants.contig[site]], pa.string()),
            "pos": pa.array(counted.variants.position[site], pa.int32()),
            "ref": pa.array(counted.variants.reference[site], pa.string()),
            "alt": pa.array(counted.variants.alternate[site], pa.string()),
            "group": pa.array(np.tile(np.array(names, dtype=object), variants), pa.string()),
            **{short: pa.array(getattr(counts, name).reshape(-1), pa.int32()) for short, name in _COLUMNS.items()},
        }
    )


def _cells(counted: StoredCohort, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The combinations of values that occur among the people counted, sorted."""
    rows: set[tuple[str, ...]] = set()
    for batch in counted.batches:
        rows |= set(zip(*(batch.people.columns[name][batch.mask] for name in columns), strict=True))
    if not rows:
        raise BadInput("nobody may be counted", expected="genomes of participants with the allele-frequency scope")
    return sorted(tuple(map(str, row)) for row in rows)


def region_place(text: str, assembly: Assembly) -> Place:
    """A region as a person types it: a chromosome, a position, or first and last position."""
    match = _PLACE.fullmatch(text.strip())
    contig = contig_name(match[1]) if match else None
    if match is None or contig is None:
        raise BadInput(f"{text!r} is not a region", expected="for example 2:136500000-136700000", where="--region")
    length = contig_length(assembly, contig)
    first = int((match[2] or "1").replace(",", "") or 0)
    last = int((match[3] or (match[2] if match[2] else str(length))).replace(",", "") or 0)
    if not 1 <= first <= last <= length:
        raise BadInput(
            f"{text!r} does not lie on chromosome {contig}",
            expected=f"1 to {length}, its length in {assembly}",
            where="--region",
        )
    return Place(CONTIGS.index(contig), first, last)
