"""What may be shown of a count: one table for the three classes, and the decision for the cells of one variant.

The table is section 8 of the contracts. Within a nation the sexes add up to the nation, so a hidden cell could be found
by subtraction: where one sex is hidden the other is hidden too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from goe.rules.frequencies import PopulationFrequency
from goe.rules.words import DisclosureClass, State


@dataclass(frozen=True)
class Floors:
    """The least numbers of a disclosure class.

    `cell`: a count below it is not shown. `group`: a population with fewer people is not shown.
    `change`: the same question is not answered again on a set that fewer people have joined or left.
    """

    cell: int
    group: int
    change: int


FLOORS: Mapping[DisclosureClass, Floors] = {
    DisclosureClass.OPEN: Floors(cell=0, group=1, change=0),
    DisclosureClass.REGISTERED: Floors(cell=10, group=200, change=20),
    DisclosureClass.CONTROLLED: Floors(cell=20, group=200, change=20),
}


def disclose(
    cells: Mapping[str, PopulationFrequency],
    people: Mapping[str, int],
    floors: Floors,
    *,
    nation: str,
    haploid: bool = False,
) -> dict[str, PopulationFrequency]:
    """The cells of one variant in one nation as they may be shown: `nation` itself and its sexes.

    `people` is the size of each population; `haploid` says that some people have one copy of the chromosome. A cell is hidden
    when its population is too small, or when its count of either allele is below the floor: zero included, so that nothing and
    a few cannot be told apart. Genotype counts are shown together or not at all, because alleles and heterozygotes give away
    the homozygotes.
    """
    if floors == FLOORS[DisclosureClass.OPEN]:
        return dict(cells)
    parts = {name for name, cell in cells.items() if name != nation and cell.state is not State.NOT_CALLABLE}
    alone = {nation} if len(parts) == 1 else set()  # where one sex alone was read, the nation's cell is that sex's
    hidden = {name for name, cell in cells.items() if _too_small(cell, people[name], floors)}
    hidden |= parts | alone if hidden & parts else set()
    small = {name for name in hidden if people[name] < floors.group}
    small |= parts | alone if small & parts else set()
    whole = _hide(cells[nation], floors, ceiling=None, small=nation in small) if nation in hidden else cells[nation]
    ceiling = whole.bound if nation in hidden else whole.allele_count
    shown = {n: _hide(c, floors, ceiling=ceiling, small=n in small) if n in hidden else c for n, c in cells.items()}
    shown[nation] = whole
    bare = {name for name, cell in shown.items() if _has_small_genotypes(cell, floors, haploid)}
    bare |= parts if bare & parts else set()
    bare |= {nation} if haploid and hidden & parts else set()  # there heterozygotes are women and hemizygotes men
    return {n: _without_genotypes(c) if n in bare else c for n, c in shown.items()}


def _too_small(cell: PopulationFrequency, people: int, floors: Floors) -> bool:
    if cell.state is State.NOT_CALLABLE:
        return False  # nobody was read there: there is nothing to hide
    ac, an = cell.allele_count or 0, cell.allele_number or 0
    return people < floors.group or min(ac, an - ac) < floors.cell


def _hide(cell: PopulationFrequency, floors: Floors, *, ceiling: int | None, small: bool) -> PopulationFrequency:
    """A cell without its counts. Its bound is the largest count that a reader must still think possible.

    `ceiling` is what the nation's own cell says; a part of the nation cannot carry more. The number of alleles read is shown
    unless the population is too `small`; then the bound does not depend on it either.
    """
    ac, an = cell.allele_count or 0, cell.allele_number or 0
    largest = 2 * (floors.group - 1) if small else floors.cell - 1 if ac < floors.cell else an
    return replace(
        cell,
        state=State.SUPPRESSED,
        allele_count=None,
        allele_number=None if small else an,
        faf95=None,
        interval=None,
        bound=largest if ceiling is None else ceiling if small else min(ceiling, an),
    )


def _has_small_genotypes(cell: PopulationFrequency, floors: Floors, haploid: bool) -> bool:
    """Whether one of the genotype counts is below the floor, that of people without the allele among them."""
    ac, an, het = cell.allele_count or 0, cell.allele_number or 0, cell.heterozygote_count or 0
    counts = [het, cell.homozygote_count or 0, (an - ac - het) // 2] + ([cell.hemizygote_count or 0] if haploid else [])
    return cell.state is not State.VALUE or min(counts) < floors.cell


def _without_genotypes(cell: PopulationFrequency) -> PopulationFrequency:
    return replace(cell, heterozygote_count=None, homozygote_count=None, hemizygote_count=None)


def may_take_new_epoch(changed: int, floors: Floors) -> bool:
    """Whether enough people joined or left since the last counting epoch for the same question to be answered anew."""
    return changed == 0 or changed >= floors.change
