"""Do the batches of a node agree? So that a caller or a sequencing centre does not appear as a nation.

Each pair of batches is compared within each genetic group: people of one ancestry have one allele frequency, whoever called it.
What stands out is kept in the node (`goe.store.genomes.flags`), for a release to leave out. A person in both batches is counted
in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.everybody import Everybody, chosen_batches, everybody
from goe.acts.setting import Node
from goe.analyses.allele_frequency import AlleleCounts, allele_frequency
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.science.comparability import Comparison, compare_batches
from goe.store.genomes.flags import COLUMNS, read_flags, write_flags

ENOUGH_SITES = 100  # tested; with fewer nothing is decided
FLAGGED_ABOVE = 0.01  # share of the tested sites from which two batches cannot be put right by leaving sites out
STRUCTURED_ABOVE = 2.0  # genomic-control lambda, as if each batch had 1,000 alleles at most, from which ancestries differ
_SCALE = 1000

COMPARABLE = "comparable"
WITHOUT_FLAGGED = "comparable without the flagged sites"
NOT_COMPARABLE = "not comparable"
ANCESTRIES_DIFFER = "ancestries differ"
TOO_LITTLE = "too little in common"


@dataclass(frozen=True)
class Agreement:
    """How far two batches agree within a stratum: sites tested and flagged, and what follows.

    inflation is the genomic-control lambda; inflation_1000 what it would be with 1,000 alleles in each
    batch, where there are more.
    """

    first: str
    second: str
    stratum: str
    pipelines: tuple[str, str]
    sites: int
    tested: int
    flagged: int
    inflation: float
    inflation_1000: float
    verdict: str


def compare(
    node: Node, first: str = "", second: str = "", *, assembly: Assembly | None = None, by: str = "genetic_group"
) -> tuple[list[Agreement], pa.Table]:
    """Compare two batches, or all pairs of an assembly, in each stratum; the flagged sites are kept in the node.

    Pearson's chi-square of allele counts after genomic control, Bonferroni over the sites tested, at the sites that both
    batches list or are callable at. Raises BadInput where there are fewer than two batches.
    """
    named = [name for name in (first, second) if name]
    batches = chosen_batches(node, assembly, named)
    if len(batches) < 2:
        raise BadInput(f"there is {len(batches)} batch to compare", expected="two of one assembly", where=str(node.folder))
    them = everybody(node, batches)
    if by not in them.cohort.batches[0].people.columns:
        raise BadInput(f"people have no column {by!r}", expected="genetic_group, nation, region", where="--by")
    names = [b.batch_id for b in batches]
    strata = sorted({str(s) for b in them.cohort.batches for s in np.unique(b.people.columns[by][b.mask].astype(str))})
    cells = [(name, stratum) for name in names for stratum in strata]
    counts = _counts(them, cells, by)
    pipeline = {b.batch_id: b.pipeline for b in batches}
    found, rows = [], []
    for (i, one), (j, other) in combinations(enumerate(names), 2):
        for k, stratum in enumerate(strata):
            columns = [i * len(strata) + k, j * len(strata) + k]
            x, n = (np.concatenate([getattr(c, f)[:, columns] for c, _ in counts]) for f in ("allele_count", "allele_number"))
            compared = compare_batches(x, n)
            about = Agreement(one, other, stratum, (pipeline[one], pipeline[other]), 0, 0, 0, 1.0, 1.0, "")
            found.append(_judged(about, compared, n))
            rows.append(_flagged(about, compared, x, n, [table for _, table in counts]))
    flagged = pa.concat_tables(rows)
    _keep(node, batches[0].assembly, found, flagged)
    return found, flagged


def _counts(them: Everybody, cells: Sequence[tuple[str, str]], by: str) -> list[tuple[AlleleCounts, pa.Table]]:
    """Allele counts of each stretch of variants, with its variants."""
    return [
        (allele_frequency(here(part), cells=cells, by=("batch", by)), part.table.select(COLUMNS.names[:4]))
        for part in them.cohort.slices()
    ]


def _judged(about: Agreement, compared: Comparison, number: NDArray[np.int32]) -> Agreement:
    """The verdict, from what was tested."""
    tested, flagged = compared.tested, int(compared.flagged.sum())
    typical = np.median(number[np.isfinite(compared.statistic)], axis=0) if tested else np.array([1.0, 1.0])
    scaled = 1 + (compared.inflation - 1) * min((1 / typical).sum() / (2 / _SCALE), 1.0)
    if tested < ENOUGH_SITES:
        verdict = TOO_LITTLE
    elif scaled > STRUCTURED_ABOVE:
        verdict = ANCESTRIES_DIFFER
    elif flagged > FLAGGED_ABOVE * tested:
        verdict = NOT_COMPARABLE
    else:
        verdict = WITHOUT_FLAGGED if flagged else COMPARABLE
    return replace(
        about,
        sites=int((number > 0).all(axis=1).sum()),
        tested=tested,
        flagged=flagged,
        inflation=compared.inflation,
        inflation_1000=float(scaled),
        verdict=verdict,
    )


def _flagged(
    about: Agreement, compared: Comparison, x: NDArray[np.int32], n: NDArray[np.int32], tables: Sequence[pa.Table]
) -> pa.Table:
    """The flagged sites of one comparison."""
    row = np.flatnonzero(compared.flagged)
    edges = np.cumsum([0, *(t.num_rows for t in tables)])
    parts = [t.take(pa.array(row[(row >= a) & (row < b)] - a)) for t, (a, b) in zip(tables, pairwise(edges), strict=True)]
    sites = pa.concat_tables(parts)
    said = {name: pa.array([getattr(about, name)] * len(row), pa.string()) for name in ("first", "second", "stratum")}
    frequency = x[row] / n[row]
    numbers = {"frequency_first": frequency[:, 0], "frequency_second": frequency[:, 1], "p": compared.p[row]}
    return pa.table({**{name: sites[name] for name in sites.column_names}, **said, **numbers}).cast(COLUMNS)


def _keep(node: Node, assembly: Assembly, found: Sequence[Agreement], flagged: pa.Table) -> None:
    """Write the flags of these pairs, with what is known of other pairs, in one deed."""
    before, verdicts = read_flags(node.genomes.folder, assembly)
    pairs = {(a.first, a.second) for a in found}
    others = np.array([pair not in pairs for pair in _pairs(before)], dtype=np.bool_)
    together = pa.concat_tables([before.filter(pa.array(others)), flagged])
    known = [v for v in verdicts if (v["first"], v["second"]) not in pairs]
    details = {"pairs": len(pairs), "tested": sum(a.tested for a in found), "flagged": flagged.num_rows}
    with node.ledger.deed(
        Deed.GENOMES_COMPARED, f"batches of {assembly}", actor=node.settings.actor, time=node.now, details=details
    ):
        write_flags(node.genomes.folder, assembly, together, [*known, *({**asdict(a), "compared": node.now} for a in found)])


def _pairs(table: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(table["first"].to_pylist(), table["second"].to_pylist(), strict=True)
