"""Hardy-Weinberg proportions at every site, per genetic stratum: the steward's own look at the sites, never a release."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from goe.acts.count import cohort, consenting, releasable
from goe.acts.count_genomes import GROUPINGS, cells_that_occur
from goe.acts.setting import Node
from goe.analyses.genotype_counts import GENETIC_STRATA, GenotypeCounts, genotype_counts
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly
from goe.store.genomes.cohort import StoredCohort

FLAG_BELOW = 1e-6  # mid-p of excess heterozygosity
FLAG = "excess_heterozygosity"


def hardy_weinberg(
    node: Node,
    assembly: Assembly | None = None,
    *,
    by: Sequence[str] = GENETIC_STRATA,
    flag_below: float = FLAG_BELOW,
    everyone: bool = False,
) -> pa.Table:
    """Genotypes and their test at every autosomal and X site and in every group, in genome order.

    Columns: chrom, pos, ref, alt, group, hom_ref, het, hom_alt, p, f, excess_p, flag. p is the exact mid-p, f = 1 - Ho / He
    (null where nobody differs), excess_p the mid-p of as many heterozygotes or more. On X only women are counted. `flag` says
    that a site has too many heterozygotes; too few are no fault of a site. Only people who consent are counted, unless
    `everyone`. Raises BadInput for an unknown column, or where nobody can be counted.
    """
    unknown = set(by) - set(GROUPINGS)
    if unknown or not by:
        raise BadInput(f"people have no column {(sorted(unknown) or [''])[0]!r}", expected=", ".join(GROUPINGS), where="--by")
    known = node.genomes.batches()
    present = sorted({b.assembly for b in known if b.reference_verified})
    if assembly is None and len(present) != 1:
        raise BadInput(f"the node has {' and '.join(present) or 'no'} batches that can be counted", expected="--assembly")
    batches, _ = releasable(known, assembly or present[0])
    if not batches:
        raise BadInput(f"no batch of {assembly} can be counted", expected="one of verified reference", where=str(node.folder))
    counted = cohort(node, batches, None if everyone else consenting(node))
    cells = cells_that_occur(counted, by)
    parts = [
        _table(part, genotype_counts(here(part), cells=cells, by=by), ["_".join(cell) for cell in cells], flag_below)
        for part in counted.slices()
    ]
    return pa.concat_tables(parts)


def _table(part: StoredCohort, counts: GenotypeCounts, names: Sequence[str], flag_below: float) -> pa.Table:
    """The rows of a stretch of variants: those at which somebody is counted."""
    people = counts.hom_ref_count + counts.heterozygote_count + counts.hom_alt_count
    site, group = np.nonzero(people)
    table = part.table.take(pa.array(site))
    excess = counts.excess_p[site, group]
    return pa.table(
        {
            "chrom": pa.array(np.array(CONTIGS, dtype=object)[np.asarray(table["contig"].combine_chunks())], pa.string()),
            "pos": table["position"],
            "ref": table["reference"],
            "alt": table["alternate"],
            "group": pa.array(np.array(names, dtype=object)[group], pa.string()),
            "hom_ref": counts.hom_ref_count[site, group],
            "het": counts.heterozygote_count[site, group],
            "hom_alt": counts.hom_alt_count[site, group],
            "p": counts.midp[site, group],
            "f": pa.array(counts.inbreeding[site, group], from_pandas=True),
            "excess_p": excess,
            "flag": pa.array(np.where(excess < flag_below, FLAG, "").astype(object), pa.string()),
        }
    )
