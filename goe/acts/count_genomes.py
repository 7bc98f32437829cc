"""Counting the genomes of a node by any grouping of its people: the steward's own look, never a release."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyarrow as pa

from goe.acts.cluster import Scale
from goe.acts.count import cohort, consenting, releasable
from goe.acts.setting import Node
from goe.analyses.allele_frequency import allele_frequency
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.variants import CONTIGS, contig_length, contig_name
from goe.rules.words import TOTAL, Assembly
from goe.store.genomes.cohort import LABELS, Place, StoredCohort

GROUPINGS = ("nation", "sex", *LABELS, "batch")

T = TypeVar("T")
R = TypeVar("R")
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
    node: Node, assembly: Assembly, *, by: Sequence[str] = (), within: str = "", everyone: bool = False, scale: Scale = here
) -> Iterator[pa.Table]:
    """Counts at every site and group: chrom, pos, ref, alt, group, ac, an, het, hom, hemi, missing, in genome order.

    They come as tables over consecutive stretches of the genome, at least one, so that memory does not grow with it. Groups are
    the combinations of the columns in `by` that occur; without, one group `Total`. `within` is a region such as
    `2:136500000-136700000`. `everyone` ignores consent: a steward's check of the store. `scale` says where it runs
    (`goe.acts.cluster`). Raises BadInput for an unknown column or region, or where no batch of the assembly has verified
    reference alleles.
    """
    unknown = set(by) - set(GROUPINGS)
    if unknown:
        raise BadInput(f"people have no column {sorted(unknown)[0]!r}", expected=", ".join(GROUPINGS), where="--by")
    place = region_place(within, assembly) if within else None
    batches, _ = releasable(node.genomes.batches(), assembly)
    if not batches:
        raise BadInput(
            f"no batch of {assembly} can be counted", expected="a batch with verified reference alleles", where=str(node.folder)
        )
    counted = cohort(node, batches, None if everyone else consenting(node), within=place)
    columns = tuple(by) or ("nation",)
    cells = cells_that_occur(counted, columns)
    names = pa.array(["_".join(cell) if by else TOTAL for cell in cells])
    return _in_order(lambda part: _counts(part, scale, columns, cells, names), counted.slices())


def _in_order(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results of some work on each item in their order, as many at a time as there are cores; few wait."""
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:  # numpy and zstandard let other threads run
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _counts(
    part: StoredCohort, scale: Scale, columns: Sequence[str], cells: Sequence[tuple[str, ...]], names: pa.Array
) -> pa.Table:
    """The rows of one stretch of the genome; what repeats is a dictionary, so that nothing is written out twice."""
    counts = allele_frequency(scale(part), cells=cells, by=columns)
    variants, groups = part.table.num_rows, len(cells)
    site = {name: part.table[name].combine_chunks() for name in ("contig", "position", "reference", "alternate")}
    group = pa.DictionaryArray.from_arrays(np.tile(np.arange(groups, dtype=np.int32), variants), names)
    chrom = pa.DictionaryArray.from_arrays(np.repeat(site["contig"].to_numpy().astype(np.int32), groups), pa.array(CONTIGS))
    return pa.table(
        {
            "chrom": chrom,
            "pos": np.repeat(site["position"].to_numpy(), groups),
            "ref": _repeated(site["reference"], groups),
            "alt": _repeated(site["alternate"], groups),
            "group": group,
            **{short: getattr(counts, name).reshape(-1) for short, name in _COLUMNS.items()},
        }
    )


def _repeated(texts: pa.Array, times: int) -> pa.DictionaryArray:
    """Each text so many times after another, as a dictionary."""
    known = texts.dictionary_encode()
    return pa.DictionaryArray.from_arrays(np.repeat(known.indices.to_numpy(), times), known.dictionary)


def cells_that_occur(counted: StoredCohort, columns: Sequence[str]) -> list[tuple[str, ...]]:
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
