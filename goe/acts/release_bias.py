"""What including the clinical special category would do to the frequencies of a nation's reference: for its steward's eyes.

Nothing is published or kept. People are counted as they would be in the two releases today. In the disclosure classes that have
a floor a variant is shown only where the counts of both groups may be, and groups that are too small are not compared at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.count import cohort
from goe.acts.products import batches_of, clinical, reference
from goe.acts.setting import Node
from goe.analyses.allele_frequency import allele_frequency
from goe.errors import BadInput, Conflict
from goe.pooling import here
from goe.rules.disclosure import FLOORS, Floors
from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly, DisclosureClass
from goe.science.shift import Shift, beyond_chance, shift
from goe.store.genomes.cohort import StoredCohort

Rows = NDArray[np.signedinteger[Any]]
_GROUPS = (("reference",), ("clinical",))


@dataclass(frozen=True)
class Bias:
    """What would change, and the table of the variants behind it.

    reference, clinical   people of each group
    table                 one row per variant that was compared and may be shown, in genome order
    hidden                variants at which a count is below the floor: neither shown nor judged
    not_read              variants at which one of the groups was not read
    above                 what counts as shifted
    shifted               variants shifted by more than that, and how many of them beyond chance (Bonferroni)
    """

    nation: str
    assembly: Assembly
    reference: int
    clinical: int
    table: pa.Table
    hidden: int
    not_read: int
    above: float
    shifted: int
    beyond_chance: int

    def largest(self, number: int) -> pa.Table:
        """The variants that would shift most, the largest shift first."""
        size = np.abs(np.asarray(self.table["difference"], dtype=np.float64))
        return self.table.take(pa.array(np.argsort(-size, kind="stable")[:number]))

    @property
    def sentence(self) -> str:
        """The answer in words."""
        found = (
            f"Including {self.clinical} people of {self.nation}_clinical among {self.reference} of the reference would "
            f"move the frequency by more than {self.above:g} at {self.shifted} of {self.table.num_rows} variants "
            f"of {self.assembly}, at {self.beyond_chance} of them by more than chance explains"
        )
        for row in self.largest(1).to_pylist():
            name = "-".join(str(row[c]) for c in ("chrom", "pos", "ref", "alt"))
            found += f"; most at {name}, from {row['af_reference']:.4g} to {row['af_included']:.4g}"
        found += f"; {self.not_read} more were not read in both groups" if self.not_read else ""
        return found + (f"; {self.hidden} more are below the floor and not shown." if self.hidden else ".")


def release_bias(node: Node, assembly: Assembly, *, above: float = 0.01) -> Bias:
    """Compare the frequencies of the reference with those of reference and special category together.

    Raises BadInput where one of them has no genome that may be counted, or one is synthetic and the other real; Conflict where
    one is too small for the disclosure class.
    """
    if not 0 <= above < 1:
        raise BadInput(f"the shift is {above:g}", expected="a difference of frequencies, from 0 to 1", where="--above")
    products = (reference(node), clinical(node))
    floors = max((p.floors for p in products), key=lambda f: (f.cell, f.group))
    fit = {b.batch_id: b for p in products for b in batches_of(node, p, assembly)[0]}
    if len({b.synthetic for b in fit.values()}) > 1:
        raise BadInput("one group is synthetic and the other real", expected="genotypes of one kind", where=str(node.folder))
    batches = [b for b in node.genomes.batches() if b.batch_id in fit]
    people = [c for p in products for c in p.people]
    counted = cohort(node, batches, people, in_targets=products[1].in_targets(batches))
    sizes = _sizes(counted)
    _check_sizes(node, sizes, floors)
    parts = [_compared(part, floors) for part in counted.slices()]
    table = pa.concat_tables([rows for rows, _, _ in parts])
    moved = np.abs(np.asarray(table["difference"], dtype=np.float64)) > above
    beyond = beyond_chance(np.asarray(table["z"], dtype=np.float64))
    return Bias(
        node.name,
        assembly,
        *sizes,
        table,
        sum(hidden for _, hidden, _ in parts),
        sum(unread for _, _, unread in parts),
        above,
        int(moved.sum()),
        int((moved & beyond).sum()),
    )


def _sizes(counted: StoredCohort) -> tuple[int, int]:
    """People of the reference and of the special category with a genome in one of the batches."""
    kinds: dict[str, str] = {}
    for batch in counted.batches:
        kinds |= dict(zip(batch.person[batch.mask], batch.people.columns["category"][batch.mask], strict=True))
    return sum(k == "reference" for k in kinds.values()), sum(k == "clinical" for k in kinds.values())


def _check_sizes(node: Node, sizes: tuple[int, int], floors: Floors) -> None:
    for number, name in zip(sizes, ("the reference", "the clinical special category"), strict=True):
        if not number:
            raise BadInput(
                f"nobody of {name} can be counted", expected="people with genomes and consent", where=str(node.folder)
            )
        if number < floors.group:
            raise Conflict(
                f"{number} people of {name} would be compared",
                expected=f"at least {floors.group} in this disclosure class",
                where=str(node.folder),
                remedy="compare when more people have joined",
            )


def _compared(part: StoredCohort, floors: Floors) -> tuple[pa.Table, int, int]:
    """The rows of one stretch of the genome that may be shown, and how many are hidden and how many were not read."""
    counts = allele_frequency(here(part), cells=_GROUPS, by=("category",))
    ac, an = counts.allele_count, counts.allele_number
    read = (an > 0).all(axis=1)
    small = (np.minimum(ac, an - ac) < floors.cell).any(axis=1)
    hidden = read & small & (floors != FLOORS[DisclosureClass.OPEN])
    chosen = np.flatnonzero(read & ~hidden)
    found = shift(ac[chosen, 0], an[chosen, 0], ac[chosen, 1], an[chosen, 1])
    return _table(part, chosen, ac[chosen], an[chosen], found), int(hidden.sum()), int((~read).sum())


def _table(part: StoredCohort, chosen: Rows, ac: Rows, an: Rows, found: Shift) -> pa.Table:
    site = part.table.take(pa.array(chosen))
    with np.errstate(invalid="ignore", divide="ignore"):
        frequency = ac / an
    return pa.table(
        {
            "chrom": pa.array([CONTIGS[c] for c in site["contig"].to_pylist()], pa.string()),
            "pos": site["position"],
            "ref": site["reference"],
            "alt": site["alternate"],
            "rsid": site["rsid"],
            "ac_reference": ac[:, 0],
            "an_reference": an[:, 0],
            "af_reference": found.before,
            "ac_clinical": ac[:, 1],
            "an_clinical": an[:, 1],
            "af_clinical": frequency[:, 1],
            "af_included": found.after,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
            "z": found.z,
        }
    )
