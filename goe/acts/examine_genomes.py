"""Looking at the genomes of a node one by one, for the steward's eyes: how good each is, by itself and beside the others.

Each genome is described in one pass over the batches of an assembly: a stretch of variants at a time is read by one thread and
counted by two others, first per variant (frequencies, and who alone has an allele), then per person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.everybody import Everybody, chosen_batches, everybody
from goe.acts.setting import Node
from goe.pooling import Block
from goe.rules.words import Assembly
from goe.science import quality
from goe.science.by_person import only
from goe.science.ploidy import Region, Sex
from goe.store.genomes.cohort import StoredCohort

ENOUGH_X = 20
"""Heterozygous sites that a woman would be expected to have on X; with fewer, chance decides and no karyotype is suggested."""

THREADS = 2
MEASURES = (
    "call_rate",
    "heterozygosity",
    "inbreeding",
    "ratio_transitions_transversions",
    "ratio_heterozygous_homozygous",
    "ratio_insertion_deletion",
    "singleton",
    "x_inbreeding",
    "y_call_rate",
)
"""What `summarise` describes of batches and nations."""

_LETTER = np.array(["unknown", "XX", "XY"], dtype=object)  # by Sex
_EXPECTED, _X_EXPECTED = len(quality.NUMBERS), len(quality.NUMBERS) + 1  # columns after the counts: E of F, of F on X


@dataclass(frozen=True)
class GenomeQuality:
    """How good genomes are. `per_person` has a row for each person, `per_batch` one for each of a batch's own genomes.

    Columns: genome, nation, batch, the counts of `quality.NUMBERS`, the ratios of `quality.SampleQuality`, inbreeding,
    x_inbreeding, karyotype (suggested), recorded_karyotype; nan where a divisor is 0.
    """

    per_person: pa.Table
    per_batch: pa.Table


def genome_quality(node: Node, assembly: Assembly | None = None, batches: Sequence[str] = ()) -> GenomeQuality:
    """Describe every genome in the batches of an assembly, or in those named.

    Frequencies and singletons are those of everybody described. `recorded_karyotype` is the registry's (empty where the genome
    is not registered). Raises NotFound for a batch that is not there.
    """
    them = everybody(node, chosen_batches(node, assembly, batches))
    parts = _numbers(them)
    whole = np.zeros((len(them), parts[0].shape[1]))
    for number, part in zip(them.number, parts, strict=True):
        np.add.at(whole, number, part)
    inside = [np.flatnonzero(batch.mask) for batch in them.cohort.batches]
    own = np.concatenate([number[i] for number, i in zip(them.number, inside, strict=True)])
    label = np.repeat([b.batch_id for b in them.batches], [len(i) for i in inside]).astype(object)
    rows = np.concatenate([part[i] for part, i in zip(parts, inside, strict=True)])
    return GenomeQuality(_described(them, np.arange(len(them)), whole), _described(them, own, rows, label))


def _numbers(them: Everybody) -> list[NDArray[np.float64]]:
    """Per batch (samples, counts and both expectations); what is counted in an earlier batch is not counted again."""
    tallies: dict[tuple[int, Region], Any] = {}
    expected = [np.zeros((len(number), 2)) for number in them.number]
    with ThreadPoolExecutor(THREADS) as pool:
        for part in them.cohort.slices():
            for batch, region, tallied, hom in _of_stretch(pool, part):
                tallies[batch, region] = tallies.get((batch, region), 0) + tallied
                if region in (Region.AUTOSOME, Region.X):
                    expected[batch][:, int(region is Region.X)] += hom
    found = [np.zeros((len(number), len(quality.NUMBERS)), dtype=np.int64) for number in them.number]
    for (batch, region), tallied in tallies.items():
        found[batch] += quality.sample_numbers(tallied, region)
    return [np.column_stack(both) for both in zip(found, expected, strict=True)]


Tallied = tuple[int, Region, NDArray[np.int64], NDArray[np.float64]]  # batch, region, tally, E of F; (samples,) and more


def _of_stretch(pool: ThreadPoolExecutor, part: StoredCohort) -> Iterator[Tallied]:
    """What each run of blocks of a stretch of variants adds."""
    blocks = [(i, block, pool.submit(_sites, block)) for i, batch in enumerate(part.batches) for block in batch.blocks()]
    kind = _kinds(part.table)
    total, people = np.zeros((3, part.table.num_rows), dtype=np.int64), np.zeros(part.table.num_rows, dtype=np.int64)
    for _, block, future in blocks:
        sites = future.result()
        total[:, block.row] += np.stack([sites.het, sites.hom_alt, sites.missing])
        people[block.row] += np.count_nonzero(block.mask)
    about = _About(kind, total[:2].sum(axis=0) == 1, quality.Sites(*total).expected_het(people))
    runs = [list(run) for _, run in groupby(blocks, key=lambda b: (b[0], b[1].region))]
    halves = [run[i::THREADS] for run in runs for i in range(THREADS)]
    work = [(run[0][0], run[0][1].region, pool.submit(_of_run, [b for _, b, _ in run], about)) for run in halves if run]
    for batch, region, counted in work:
        tallied, expected = counted.result()
        yield batch, region, tallied, expected


@dataclass(frozen=True)
class _About:
    """What is known of the variants of a stretch, each (variants,)."""

    kind: NDArray[np.int64]
    single: NDArray[np.bool_]
    expected_het: NDArray[np.float64]


def _sites(block: Block) -> quality.Sites:
    return quality.site_states(only(block.packed, block.mask))


def _of_run(blocks: Sequence[Block], about: _About) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tally and the expected homozygotes of some blocks of one batch and region."""
    samples = blocks[0].packed.samples
    tallied, expected = np.zeros((quality.SLOTS, samples), dtype=np.int64), np.zeros(samples)
    for block in blocks:
        packed, row = only(block.packed, block.mask), block.row
        own = quality.tally(packed, about.kind[row], about.single[row])
        hom = quality.expected_homozygous(packed, about.expected_het[row])
        if not block.mask.all():
            own[:, ~block.mask], hom[~block.mask] = 0, 0
        tallied += own
        expected += hom
    return tallied, expected


def _kinds(table: pa.Table) -> NDArray[np.int64]:
    return quality.kinds(*(_alleles(table[name]) for name in ("reference", "alternate")))


def _alleles(column: pa.ChunkedArray) -> quality.Alleles:
    """The strings of a column as they lie in memory."""
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    _, offsets, letters = array.buffers()
    offset = np.frombuffer(offsets, dtype=np.int32)[array.offset : array.offset + len(array) + 1]
    return quality.Alleles(offset, np.frombuffer(letters, dtype=np.uint8))


def _described(
    them: Everybody, person: NDArray[np.int64], numbers: NDArray[np.float64], batch: NDArray[np.object_] | None = None
) -> pa.Table:
    """The table of these people, whose counts are (rows, counts and expectations)."""
    counts = np.rint(numbers[:, :_EXPECTED]).astype(np.int64)
    n = {name: counts[:, i] for i, name in enumerate(quality.NUMBERS)}
    ratios = quality.sample_quality(counts)
    x_expected = numbers[:, _X_EXPECTED]
    x_f = quality.inbreeding(n["x_called"] - n["x_het"], x_expected, n["x_called"])
    suggested = quality.karyotype(x_f, ratios.y_call_rate)
    suggested[n["x_called"] - x_expected < ENOUGH_X] = Sex.UNKNOWN
    return pa.table(
        {
            "genome": pa.array(them.genome[person], pa.string()),
            "nation": pa.array(them.column["nation"][person], pa.string()),
            **({} if batch is None else {"batch": pa.array(batch, pa.string())}),
            **n,
            **{name: pa.array(value, from_pandas=True) for name, value in vars(ratios).items()},
            "inbreeding": pa.array(
                quality.inbreeding(n["called"] - n["het"], numbers[:, _EXPECTED], n["called"]), from_pandas=True
            ),
            "x_inbreeding": pa.array(x_f, from_pandas=True),
            "karyotype": pa.array(_LETTER[suggested], pa.string()),
            "recorded_karyotype": pa.array(them.column["karyotype"][person], pa.string()),
        }
    )


def summarise(found: GenomeQuality) -> list[dict[str, Any]]:
    """A row for each batch and nation and each of MEASURES: genomes with a value, their mean, sd, lowest, median, highest.

    A last row per batch and nation, `sex_mismatch`, has the genomes whose suggested karyotype contradicts the recorded one.
    """
    return [
        row
        for column, table in (("batch", found.per_batch), ("nation", found.per_person))
        for name in table[column].unique().to_pylist()
        for row in _summary(column, name, table.filter(pa.compute.equal(table[column], name)))
    ]


def _summary(column: str, name: str, table: pa.Table) -> Iterator[dict[str, Any]]:
    head = {"group": column, "name": name}
    for measure in MEASURES:
        value = np.asarray(table[measure], dtype=np.float64)
        value = value[np.isfinite(value)]
        numbers = (value.mean(), value.std(), value.min(), np.median(value), value.max()) if len(value) else (None,) * 5
        five = dict(zip(("mean", "sd", "lowest", "median", "highest"), numbers, strict=True))
        yield {
            **head,
            "measure": measure,
            "genomes": len(value),
            **{k: None if v is None else float(v) for k, v in five.items()},
        }
    suggested, recorded = (np.asarray(table[c], dtype=object) for c in ("karyotype", "recorded_karyotype"))
    known = (suggested != "unknown") & np.isin(recorded, ("XX", "XY"))
    wrong = int((known & (suggested != recorded)).sum())
    yield {**head, "measure": "sex_mismatch", "genomes": wrong, **dict.fromkeys(("mean", "sd", "lowest", "median", "highest"))}
