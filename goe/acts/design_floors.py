"""What a design is asked for, and the floors and caps of each country that follow from it; then the division by country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_census import Census
from goe.errors import BadInput
from goe.rules.census import MAJORITY, first_age
from goe.science.allocation import misfit, power_allocation
from goe.science.detection import SENSITIVITY, people_to_detect
from goe.store.formats.design_tables import Requirement, Stage

Integers = NDArray[np.int64]
GENOME_EUR = 445.0


@dataclass(frozen=True)
class Brief:
    """What is asked for. Frequencies and probability are those of the floors; exponents those of power allocation."""

    total: int = 500_000
    exponent: float = 0.7
    group_exponent: float = 0.5
    country_frequency: float = 0.001
    part_frequency: float = 0.01
    probability: float = 0.95
    sensitivity: float = SENSITIVITY
    inbreeding: float = 0.0
    subgroup_minimum: int = 1000
    from_age: int = 18
    genome_eur: float = GENOME_EUR
    requirements: tuple[Requirement, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def country_floor(self) -> int:
        """People in whom a country sees its rare allele."""
        return self._floor(self.country_frequency)

    @property
    def part_floor(self) -> int:
        """People in whom a region or minority sees its allele."""
        return self._floor(self.part_frequency)

    def _floor(self, frequency: float) -> int:
        return people_to_detect(frequency, self.probability, sensitivity=self.sensitivity, inbreeding=self.inbreeding)


@dataclass(frozen=True)
class Land:
    """A country as the allocation sees it: inhabitants, adults by (regions, groups, sexes, bands), prices, floors, caps."""

    census: Census
    adults: NDArray[np.float64]
    bands: tuple[str, ...]
    floor: int
    cap: int
    group_floor: Integers
    group_cap: Integers
    region_floor: Integers
    region_cap: Integers
    price: float
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions, or one empty label."""
        return self.census.labels[0]

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of origin, or one empty label."""
        return self.census.labels[1]

    @property
    def least(self) -> int:
        """The fewest people that meet every floor of the country."""
        return max(self.floor, int(self.group_floor.sum()), int(self.region_floor.sum()))


def lands_of(censuses: Mapping[str, Census], brief: Brief) -> tuple[list[Land], list[str]]:
    """The countries with their floors; a second look raises the floors of minorities that are too few over Europe."""
    notes: list[str] = []
    lands = [_land(census, brief, notes) for census in censuses.values()]
    for name in minorities(lands):
        lands = _with_minimum(lands, name, brief, notes)
    return [_with_floor(land, notes) for land in lands], notes


def _land(census: Census, brief: Brief, notes: list[str]) -> Land:
    old_enough = [i for i, band in enumerate(census.labels[3]) if not band or first_age(band) >= brief.from_age]
    if not old_enough:
        raise BadInput(f"no age band of {census.country} begins at {brief.from_age} or later", remedy="lower --from-age")
    adults = census.people[..., old_enough]
    asked = {(r.nuts, r.group): r for r in brief.requirements if r.country == census.country}
    whole = asked.get(("", ""))
    adult = np.floor(adults.sum())
    cap = min(int(adult), whole.maximum if whole and whole.maximum is not None else int(adult))
    floor = max(brief.country_floor, whole.minimum if whole else 0)
    if floor > cap:
        notes.append(f"{census.country}: the floor of {floor} is above what is available; it is lowered to {cap}")
        floor = cap
    group_floor, group_cap = _limits(adults, 1, census, brief, asked, notes)
    region_floor, region_cap = _limits(adults, 0, census, brief, asked, notes)
    reasons = {f"{nuts}{group}": r.reason for (nuts, group), r in asked.items()}
    bands = tuple(census.labels[3][i] for i in old_enough)
    price = _price(census.country, brief)
    return Land(census, adults, bands, floor, cap, group_floor, group_cap, region_floor, region_cap, price, reasons)


def _limits(
    adults: NDArray[np.float64], axis: int, census: Census, brief: Brief, asked: Mapping[Any, Requirement], notes: list[str]
) -> tuple[Integers, Integers]:
    """Floors and caps of the regions (axis 0) or groups (axis 1) of a country."""
    names = census.labels[axis]
    there = np.floor(adults.sum(axis=tuple(i for i in range(4) if i != axis))).astype(np.int64)
    cap = np.array([min(int(k), census.available.get(name, int(k))) for name, k in zip(names, there, strict=True)])
    floor = np.array([0 if name in ("", MAJORITY) else brief.part_floor for name in names], dtype=np.int64)
    for i, name in enumerate(names):
        if floor[i] > cap[i]:
            notes.append(
                f"{census.country}, {name}: the floor of {floor[i]} is above the {cap[i]} available; it is lowered to that"
            )
            floor[i] = cap[i]
        wanted = asked.get((name, "") if axis == 0 else ("", name)) if name else None
        if wanted:
            cap[i] = min(cap[i], wanted.maximum if wanted.maximum is not None else cap[i])
            floor[i] = min(max(floor[i], wanted.minimum), cap[i])
    return floor, cap


def check_requirements(censuses: Mapping[str, Census], brief: Brief) -> None:
    """Raise BadInput for a requirement about a part that is not in the census, or for more people than there are."""
    for r in brief.requirements:
        census = censuses.get(r.country)
        if census is None:
            raise BadInput(f"a requirement is about {r.country}", expected=f"one of {', '.join(censuses)}")
        for axis, name in ((0, r.nuts), (1, r.group)):
            if name and name not in census.labels[axis]:
                known = ", ".join(filter(None, census.labels[axis])) or "none: the dimension was not supplied"
                raise BadInput(f"a requirement is about {name!r} in {r.country}", expected=known)
        axis, name = (0, r.nuts) if r.nuts else (1, r.group)
        people = census.people.take(census.labels[axis].index(name), axis=axis).sum() if name else census.people.sum()
        there = min(people, census.available.get(r.group, people))
        if r.minimum > there:
            raise BadInput(
                f"the floor of {r.minimum} for {name or 'all'} in {r.country} is above the {there:.0f} people available",
                remedy=f"lower the minimum to {there:.0f} or less",
            )


def _price(country: str, brief: Brief) -> float:
    """Euro for each person who comes out of the last stage: what is lost on the way is paid for too."""
    stages = [s for s in brief.stages if s.country == country]
    price = 0.0
    for i, stage in enumerate(stages):
        price += stage.unit_eur / float(np.prod([s.share_left for s in stages[i:]]))
    return price or brief.genome_eur


def weeks_for(country: str, people: int, brief: Brief) -> float | None:
    """Weeks until so many have passed the slowest stage."""
    stages = [s for s in brief.stages if s.country == country]
    entering = [people / float(np.prod([s.share_left for s in stages[i:]])) for i in range(len(stages))]
    times = [n / s.capacity_week for n, s in zip(entering, stages, strict=True) if s.capacity_week]
    return max(times) if times else None


def minorities(lands: Sequence[Land]) -> list[str]:
    """Names of the groups that are minorities in some country: all but its majority and those born there."""
    return sorted({name for land in lands for name in land.groups} - {"", MAJORITY, "NAT"})


def _with_minimum(lands: list[Land], name: str, brief: Brief, notes: list[str]) -> list[Land]:
    """The floors of a minority raised so that all countries together have the least number of it, by power allocation."""
    holders = [(i, land.groups.index(name)) for i, land in enumerate(lands) if name in land.groups]
    floor = np.array([lands[i].group_floor[g] for i, g in holders])
    cap = np.array([lands[i].group_cap[g] for i, g in holders])
    size = [float(lands[i].adults[:, g].sum()) for i, g in holders]
    wanted = brief.subgroup_minimum
    if cap.sum() < wanted:
        notes.append(
            f"{name}: {int(cap.sum())} people are available in all countries, fewer than the {wanted} wanted; all count"
        )
        wanted = int(cap.sum())
    raised = power_allocation(size, max(wanted, int(floor.sum())), exponent=brief.group_exponent, floor=floor, cap=cap)
    for (i, g), least in zip(holders, raised, strict=True):
        floors = lands[i].group_floor.copy()
        floors[g] = least
        lands[i] = replace(lands[i], group_floor=floors)
    return lands


def _with_floor(land: Land, notes: list[str]) -> Land:
    if land.least > land.cap:
        raise BadInput(
            f"the floors of {land.census.country} need {land.least} people and {land.cap} are available",
            remedy="raise the maximum, or lower the floors of its regions and groups",
        )
    return land


def people_of_countries(
    lands: Sequence[Land], size: NDArray[np.float64], total: int, exponent: float, floors: bool = True
) -> Integers:
    """(countries,) people of each country."""
    low = np.array([land.least if floors else 0 for land in lands], dtype=np.int64)
    high = np.array([land.cap for land in lands], dtype=np.int64)
    if wrong := misfit(total, low, high):
        raise BadInput(_why_not(wrong.kind, wrong.by, total, lands), remedy=_remedy(wrong.kind, wrong.by, total))
    cost = np.array([land.price for land in lands])
    return power_allocation(size, total, exponent=exponent, floor=low, cap=high, cost=cost / cost.mean())


def _why_not(kind: str, by: int, total: int, lands: Sequence[Land]) -> str:
    if kind == "caps":
        return f"only {total - by} people are available, {by} fewer than the total of {total}"
    largest = sorted(lands, key=lambda land: -land.least)[:3]
    named = ", ".join(f"{land.census.country} {land.least}" for land in largest)
    return f"the floors need {total + by} people, {by} more than the total of {total} (the largest: {named})"


def _remedy(kind: str, by: int, total: int) -> str:
    if kind == "caps":
        return "lower --total or raise the maxima"
    return f"raise --total to {total + by}, or lower the floors: a commoner allele, a lower --probability, fewer strata"
