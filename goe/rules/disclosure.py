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


def plain_state(allele_count: int, allele_number: int) -> State:
    """The state of a cell before anything is hidden."""
    if allele_number == 0:
        return State.NOT_CALLABLE
    return State.VALUE if allele_count else State.OBSERVED_ZERO


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
    hidden = {name for name, cell in cells.items() if _too_small(cell, people[name], floors)}
    parts = set(cells) - {nation}
    if hidden & parts:
        hidden |= {name for name in parts if cells[name].state is not State.NOT_CALLABLE}
    whole = _hide(cells[nation], people[nation], floors, ceiling=None) if nation in hidden else cells[nation]
    ceiling = whole.bound if nation in hidden else whole.allele_count
    shown = {n: _hide(c, people[n], floors, ceiling=ceiling) if n in hidden else c for n, c in cells.items() if n != nation}
    shown[nation] = whole
    return {name: _without_small_genotypes(shown[name], floors, haploid) for name in cells}


def _too_small(cell: PopulationFrequency, people: int, floors: Floors) -> bool:
    if cell.state is State.NOT_CALLABLE:
        return False  # nobody was read there: there is nothing to hide
    ac, an = cell.allele_count or 0, cell.allele_number or 0
    return people < floors.group or min(ac, an - ac) < floors.cell


def _hide(cell: PopulationFrequency, people: int, floors: Floors, *, ceiling: int | None) -> PopulationFrequency:
    """A cell without its counts. Its bound is the largest count that a reader must still think possible.

    `ceiling` is what the nation's own cell says; a part of the nation cannot carry more. The number of alleles read is shown
    unless the population itself is too small.
    """
    ac, an = cell.allele_count or 0, cell.allele_number or 0
    bound = floors.cell - 1 if ac < floors.cell and ceiling is None else an
    return replace(
        cell,
        state=State.SUPPRESSED,
        allele_count=None,
        allele_number=None if people < floors.group else an,
        faf95=None,
        interval=None,
        bound=bound if ceiling is None else min(ceiling, an),
    )


def _without_small_genotypes(cell: PopulationFrequency, floors: Floors, haploid: bool) -> PopulationFrequency:
    counts = [cell.heterozygote_count, cell.homozygote_count] + ([cell.hemizygote_count] if haploid else [])
    if cell.state is State.VALUE and min(c or 0 for c in counts) >= floors.cell:
        return cell
    return replace(cell, heterozygote_count=None, homozygote_count=None, hemizygote_count=None)


def may_take_new_epoch(changed: int, floors: Floors) -> bool:
    """Whether enough people joined or left since the last counting epoch for the same question to be answered anew."""
    return changed == 0 or changed >= floors.change
