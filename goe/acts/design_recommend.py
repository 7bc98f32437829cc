"""How many people, and whom: the recommended size and composition of the national cohorts.

Countries are divided by power allocation with a floor each, so that even the smallest sees a rare allele. Within a country the
groups of origin are divided by power allocation with the floor of a minority, regions in proportion with the floor of a region,
sex and age in proportion. Floors are computed from what they are for, never typed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from goe.acts.design_census import Census
from goe.acts.design_floors import Brief, Land, check_requirements, lands_of, minorities, people_of_countries, weeks_for
from goe.acts.design_outlook import (
    assumptions_of,
    below_in_proportion,
    choices_of,
    modelled_tables,
    not_supplied,
    sensitivity_of,
)
from goe.errors import BadInput
from goe.rules.design import (
    FREQUENCIES,
    Binding,
    CountryDesign,
    PartDesign,
    Recommendation,
    Source,
    Stratum,
    SubgroupDesign,
)
from goe.science.allocation import misfit, power_allocation
from goe.science.detection import detection as detected
from goe.science.detection import relative_error
from goe.science.raking import whole_table

Integers = NDArray[np.int64]


def recommend(
    censuses: Mapping[str, Census], brief: Brief, sources: Sequence[Source] = (), notes: Sequence[str] = ()
) -> Recommendation:
    """The recommended cohort of these countries. Raises BadInput where no answer is left, and says by how much."""
    check_requirements(censuses, brief)
    lands, more = lands_of(censuses, brief)
    size = np.array([float(land.census.people.sum()) for land in lands])
    people = people_of_countries(lands, size, brief.total, brief.exponent)
    parted = [_parts(land, int(n), brief) for land, n in zip(lands, people, strict=True)]
    prices = np.array([land.price for land in lands])
    following = people_of_countries(lands, size, brief.total + 1000, brief.exponent) - people
    return Recommendation(
        total=brief.total,
        cost=float((people * prices).sum()),
        least_total=sum(land.least for land in lands),
        countries=tuple(_country_designs(lands, size, people, parted, brief)),
        parts=tuple(p for land, table in zip(lands, parted, strict=True) for p in _part_designs(land, table, brief)),
        strata=tuple(s for land, table in zip(lands, parted, strict=True) for s in _strata(land, table)),
        subgroups=_subgroup_designs(lands, parted, brief),
        assumptions=assumptions_of(brief),
        choices=choices_of(lands, size, prices, brief),
        sensitivity=sensitivity_of(censuses, brief),
        next_thousand={land.census.country: int(k) for land, k in zip(lands, following, strict=True) if k},
        not_supplied=not_supplied(censuses),
        notes=tuple([*notes, *more, *below_in_proportion(lands, size, brief), *modelled_tables(censuses)]),
        sources=tuple(sources),
    )


def _parts(land: Land, n: int, brief: Brief) -> Integers:
    """(regions, groups, sexes x bands) whole people that sum to n, with the floors of regions and groups kept."""
    by_group, by_region = land.adults.sum(axis=(0, 2, 3)), land.adults.sum(axis=(1, 2, 3))
    groups = _divide(by_group, n, brief.group_exponent, land.group_floor, land.group_cap, land, "groups")
    regions = _divide(by_region, n, 1.0, land.region_floor, land.region_cap, land, "regions")
    r, g = len(regions), len(groups)
    joint = whole_table(land.adults.sum(axis=(2, 3)), regions, groups)
    within = land.adults.reshape(r * g, -1)
    ages = power_allocation(within.sum(axis=0), n, exponent=1.0)
    # where nobody of a cell lives, its age and sex are those of the country
    seed = np.where(within.sum(axis=1, keepdims=True) > 0, within, within.sum(axis=0))
    return whole_table(seed, joint.ravel(), ages).reshape(r, g, -1)


def _divide(
    size: NDArray[np.float64], n: int, exponent: float, floor: Integers, cap: Integers, land: Land, what: str
) -> Integers:
    if wrong := misfit(n, floor, cap):
        raise BadInput(
            f"the {what} of {land.census.country} {'need' if wrong.kind == 'floors' else 'have'} "
            f"{n + wrong.by if wrong.kind == 'floors' else n - wrong.by} people and its number is {n}",
            remedy="change their minima or maxima",
        )
    return power_allocation(size, n, exponent=exponent, floor=floor, cap=cap)


def _detection(n: int, brief: Brief) -> dict[str, float]:
    found = detected(n, FREQUENCIES, sensitivity=brief.sensitivity, inbreeding=brief.inbreeding)
    return {f"{f:g}": round(float(p), 6) for f, p in zip(FREQUENCIES, found, strict=True)}


def _country_designs(
    lands: Sequence[Land], size: NDArray[np.float64], people: Integers, parted: Sequence[Integers], brief: Brief
) -> Iterator[CountryDesign]:
    proportional = power_allocation(size, brief.total, exponent=1.0)
    for i, land in enumerate(lands):
        n = int(people[i])
        share = land.adults.sum(axis=(0, 2, 3)) / land.adults.sum()
        effect = float((share**2 / np.maximum(parted[i].sum(axis=(0, 2)), 0.5)).sum() * n)
        yield CountryDesign(
            country=land.census.country,
            n=n,
            inhabitants=round(float(size[i])),
            adults=round(float(land.adults.sum())),
            proportional=int(proportional[i]),
            floor=land.least,
            binding=tuple(_country_bindings(lands, i, size, n, brief)),
            detection=_detection(n, brief),
            error=float(relative_error(n / effect, 0.01)),
            design_effect=effect,
            cost=n * land.price,
            weeks=weeks_for(land.census.country, n, brief),
        )


def _country_bindings(lands: Sequence[Land], i: int, size: NDArray[np.float64], n: int, brief: Brief) -> Iterator[Binding]:
    """The constraint that sets a country's number, if one does: what there would be with all others but without it."""
    land = lands[i]
    if n == land.least:
        free = replace(land, floor=0, group_floor=0 * land.group_floor, region_floor=0 * land.region_floor)
        without = int(people_of_countries([*lands[:i], free, *lands[i + 1 :]], size, brief.total, brief.exponent)[i])
        if without < n:
            yield Binding(*_reason_of_floor(land, brief), without=without)
    elif n == land.cap:
        free = replace(land, cap=brief.total)
        without = int(people_of_countries([*lands[:i], free, *lands[i + 1 :]], size, brief.total, brief.exponent)[i])
        if without > n:
            yield Binding("available people", land.cap, land.reasons.get("") or "no more can be asked", without=without)


def _reason_of_floor(land: Land, brief: Brief) -> tuple[str, int, str]:
    """Which of a country's floors is the highest, its number, and what it is for."""
    if land.least == land.floor:
        asked = f"an allele of {brief.country_frequency:.1%} is seen with {brief.probability:.0%} probability"
        return "country floor", land.floor, land.reasons.get("") or asked
    if land.least == land.group_floor.sum():
        return "floors of minorities", land.least, "the minorities' floors add up to this"
    return "floors of regions", land.least, "the regions' floors add up to this"


def _part_designs(land: Land, table: Integers, brief: Brief) -> Iterator[PartDesign]:
    for kind, axis, floors in (("region", 0, land.region_floor), ("group", 1, land.group_floor)):
        names = land.census.labels[axis]
        if names == ("",):
            continue
        people = land.adults.sum(axis=tuple(i for i in range(4) if i != axis))
        n = table.sum(axis=tuple(i for i in range(3) if i != axis))
        exponent = 1.0 if axis == 0 else brief.group_exponent
        caps = land.region_cap if axis == 0 else land.group_cap
        for i, name in enumerate(names):
            reason = land.reasons.get(name) or (
                f"an allele of {brief.part_frequency:.0%} is seen with {brief.probability:.0%} probability"
                if floors[i] <= brief.part_floor
                else f"at least {brief.subgroup_minimum} of the subgroup in all countries together"
            )
            without = _without_floor(i, people, int(n.sum()), exponent, floors, caps) if n[i] == floors[i] else int(n[i])
            bound = without < n[i]
            binding = (Binding(f"{kind} floor", int(floors[i]), reason, without=without),) if bound else ()
            yield PartDesign(
                kind, land.census.country, name, int(n[i]), round(float(people[i])), int(floors[i]),
                land.census.modelled, binding, _detection(int(n[i]), brief), float(n[i]) * land.price,
            )  # fmt: skip


def _without_floor(i: int, size: NDArray[np.float64], total: int, exponent: float, floor: Integers, cap: Integers) -> int:
    """What a part would get if its own floor were lifted and every other constraint held."""
    lifted = floor.copy()
    lifted[i] = 0
    return int(power_allocation(size, total, exponent=exponent, floor=lifted, cap=cap)[i])


def _strata(land: Land, table: Integers) -> Iterator[Stratum]:
    sexes, bands = land.census.labels[2], land.bands
    flat = land.adults.reshape(*table.shape)
    for r, g, s in zip(*np.nonzero(table), strict=True):
        sex, band = divmod(int(s), len(bands))
        yield Stratum(
            land.census.country, land.regions[r], land.groups[g], sexes[sex], bands[band], int(table[r, g, s]),
            round(float(flat[r, g, s])), land.census.modelled, float(table[r, g, s]) * land.price,
        )  # fmt: skip


def _subgroup_designs(lands: Sequence[Land], parted: Sequence[Integers], brief: Brief) -> tuple[SubgroupDesign, ...]:
    found = []
    for name in minorities(lands):
        of = [(i, land, land.groups.index(name)) for i, land in enumerate(lands) if name in land.groups]
        countries = {land.census.country: int(parted[i][:, g].sum()) for i, land, g in of}
        n, people = sum(countries.values()), round(sum(float(land.adults[:, g].sum()) for _, land, g in of))
        share = round(brief.total * people / sum(float(land.adults.sum()) for land in lands))
        floor = sum(int(land.group_floor[g]) for _, land, g in of)
        reason = f"at least {brief.subgroup_minimum} in all countries together"
        binding = Binding("subgroup minimum", floor, reason, without=share)
        found.append(
            SubgroupDesign(name, people, n, floor, countries, (binding,) if n == floor > share else (), _detection(n, brief))
        )
    return tuple(found)
